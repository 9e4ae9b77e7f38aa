package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/response"
)

// A PersonRow is somebody who takes part, as a list shows them. Passkeys and
// LastSeen are for the person and for whoever keeps the register; to others
// they are zero.
type PersonRow struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Agency   Ref       `json:"agency"`
	Roles    []Role    `json:"roles"`
	Active   bool      `json:"active"`
	Passkeys int       `json:"passkeys,omitempty"`
	LastSeen time.Time `json:"last_seen,omitzero"`
}

// A Role is what somebody may act as now, and until when.
type Role struct {
	Name   string    `json:"name"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"` // zero: until further notice
	Deputy Ref       `json:"deputy,omitzero"`
	For    Ref       `json:"for,omitzero"` // the absent person whose role it is
	OnDuty bool      `json:"on_duty,omitempty"`
}

// register is what a list of people reads more than once.
type register struct {
	agencies map[string]string
	holders  map[string][]party.Held // by role
}

func (l *look) register() (*register, error) {
	g := &register{map[string]string{}, map[string][]party.Held{}}
	all, err := party.Agencies(l.View)
	for _, a := range all {
		g.agencies[a.ID] = a.Name
	}
	return g, err
}

// People returns who takes part, those who left at the end.
func (h *Heed) People(ctx context.Context, who Who) (out []PersonRow, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		all, err := party.People(l.View, party.Filter{All: true})
		if err != nil {
			return err
		}
		g, err := l.register()
		if err != nil {
			return err
		}
		out = []PersonRow{}
		for _, p := range all {
			row, err := l.personRow(g, p)
			if err != nil {
				return err
			}
			out = append(out, row)
		}
		slices.SortStableFunc(out, func(a, b PersonRow) int {
			switch {
			case a.Active == b.Active:
				return 0
			case a.Active:
				return -1
			}
			return 1
		})
		return nil
	})
	return out, err
}

func (l *look) personRow(g *register, p party.Person) (PersonRow, error) {
	row := PersonRow{ID: p.ID, Name: p.Name, Agency: Ref{p.Agency, g.agencies[p.Agency]}, Active: p.Active, Roles: []Role{}}
	held, err := party.RolesOf(l.View, p.ID, l.now)
	if err != nil {
		return row, err
	}
	for _, x := range held {
		role := Role{Name: x.Role, From: x.From, Until: x.Until, For: l.ref(x.For), OnDuty: x.OnDuty}
		if role.Deputy, err = l.deputy(g, p.ID, x); err != nil {
			return row, err
		}
		row.Roles = append(row.Roles, role)
	}
	if !l.may(access.SignInManage, l.person(p)) {
		return row, nil
	}
	if row.Passkeys, err = l.passkeys(p.ID); err != nil {
		return row, err
	}
	sessions, err := l.h.door.Sessions(l.View, p.ID)
	for _, s := range sessions {
		if s.Seen.After(row.LastSeen) {
			row.LastSeen = s.Seen
		}
	}
	return row, err
}

// deputy returns who answers for somebody's role while they are absent.
func (l *look) deputy(g *register, person string, x party.Held) (Ref, error) {
	if _, ok := g.holders[x.Role]; !ok {
		all, err := party.HoldersOf(l.View, x.Role, l.now)
		if err != nil {
			return Ref{}, err
		}
		g.holders[x.Role] = all
	}
	for _, o := range g.holders[x.Role] {
		if o.For == person && o.Agency == x.Agency {
			return l.ref(o.Person), nil
		}
	}
	return Ref{}, nil
}

// A Person is somebody with what they are told of themself. What they owe are
// the duties of which they are the owner: see [Heed.Duties].
type Person struct {
	PersonRow
	Email     Text       `json:"email"`
	Languages []string   `json:"languages,omitempty"`
	TimeZone  string     `json:"time_zone,omitempty"`
	Since     time.Time  `json:"since"`
	Left      time.Time  `json:"left,omitzero"`
	History   []EntryRow `json:"history"` // the newest entries about them that the reader may know of
	MayManage bool       `json:"-"`       // give roles, make links
	Self      bool       `json:"-"`
}

// historyShown is how many entries a person's page shows.
const historyShown = 50

// Person returns somebody by id, name, e-mail address or role. Addresses are
// for the person and for whoever keeps the register or the roster.
func (h *Heed) Person(ctx context.Context, who Who, ref string) (out Person, err error) {
	err = h.seen(ctx, who, func(l *eyes) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		p, err := party.GetPerson(l.View, ref)
		if err != nil {
			if p, err = h.desk.Find(l.View, ref); err != nil {
				return err
			}
		}
		g, err := l.register()
		if err != nil {
			return err
		}
		if out.PersonRow, err = l.personRow(g, p); err != nil {
			return err
		}
		out.Since, out.Left, out.Self = p.Since, p.Left, p.ID == l.principal.ID
		out.MayManage = l.may(access.PeopleManage, l.node())
		switch {
		case !l.may(access.AbsenceSet, l.person(p)):
			out.Email.State = Sealed
		case p.Name == "":
			out.Email.State = Erased
		default:
			out.Email.Body, out.Languages, out.TimeZone = p.Email, p.Languages, p.TimeZone
		}
		out.History, err = l.historyOf(p)
		return err
	})
	return out, err
}

// historyOf returns the newest entries about somebody. When they came and went
// is their own affair, and the register's.
func (l *eyes) historyOf(p party.Person) ([]EntryRow, error) {
	all, err := l.View.Entries(record.Search{Subject: p.ID, Limit: historyShown})
	if err != nil {
		return nil, err
	}
	own := l.may(access.SignInManage, l.person(p))
	out := []EntryRow{}
	for _, e := range all {
		if !own && slices.Contains([]string{"party.signed-in", "party.signed-out", "party.link-made", "party.token-made", "party.token-revoked",
			"party.passkey-added", "party.passkey-removed", "party.login-linked"}, e.Kind) {
			continue
		}
		row, ok, err := l.entryRow(e)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, nil
}

// RoleNames returns the roles that somebody can be given: Heed's own, and those
// of the protocols that the office works by.
func (h *Heed) RoleNames(ctx context.Context, who Who) (out []string, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		out = slices.Clone(party.Roles)
		all, err := response.Adoptions(l.View)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, a := range all {
			if seen[a.ID] {
				continue
			}
			seen[a.ID] = true
			p, _, err := response.ReadProtocol(l.View, a.Entry)
			if err != nil {
				return err
			}
			for _, r := range p.Roles {
				if !slices.Contains(out, r.Key) {
					out = append(out, r.Key)
				}
			}
		}
		return nil
	})
	return out, err
}

// Agencies returns the agencies that take part, in the order they were added.
func (h *Heed) Agencies(ctx context.Context, who Who) (out []Ref, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		all, err := party.Agencies(l.View)
		out = []Ref{}
		for _, a := range all {
			out = append(out, Ref{a.ID, a.Name})
		}
		return err
	})
	return out, err
}
