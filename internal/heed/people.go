package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
)

// person is what access is told of somebody's own things.
func (l *look) person(p party.Person) access.Resource {
	return access.Resource{Type: "person", ID: p.ID, Owner: p.ID, Marking: "GREEN", Agencies: []string{home, p.Agency}, Exercise: l.h.Exercise()}
}

// PersonInput is somebody who joins. Agency is an id or a name; Role may be
// left out.
type PersonInput struct {
	Name, Email, Agency, Role, Language, TimeZone string
}

// AddPerson enters somebody, gives them a role if one is named, and returns
// their id.
func (h *Heed) AddPerson(ctx context.Context, who Who, in PersonInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.PeopleManage, a.node()); err != nil {
			return err
		}
		x := party.PersonInput{Name: in.Name, Email: in.Email, Agency: home, TimeZone: in.TimeZone}
		if in.Agency != "" {
			g, err := h.desk.FindAgency(a.View, in.Agency)
			if err != nil {
				return fault.Invalid("agency", "%w", err)
			}
			x.Agency = g.ID
		}
		if in.Language != "" {
			x.Languages = []string{in.Language}
		}
		if x.TimeZone == "" {
			x.TimeZone = h.parts.Location.String()
		}
		p, err := h.desk.AddPerson(a.tx, x)
		if err != nil {
			return err
		}
		id = p.ID
		if in.Role == "" {
			return nil
		}
		_, err = party.GrantRole(a.tx, party.RoleInput{Person: id, Role: in.Role})
		return err
	})
	return id, err
}

// AddAgency enters an agency and returns its id.
func (h *Heed) AddAgency(ctx context.Context, who Who, in party.AgencyInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.PeopleManage, a.node()); err != nil {
			return err
		}
		g, err := h.desk.AddAgency(a.tx, in)
		id = g.ID
		return err
	})
	return id, err
}

// onPerson finds somebody, decides, and acts.
func (h *Heed) onPerson(ctx context.Context, who Who, ref, action string, f func(*act, party.Person) error) error {
	return h.do(ctx, who, func(a *act) error {
		p, err := h.desk.Find(a.View, ref)
		if err != nil {
			return err
		}
		if err := a.need(action, a.person(p)); err != nil {
			return err
		}
		return f(a, p)
	})
}

// GiveRole gives somebody a role for a time; zero times are from now and until
// further notice.
func (h *Heed) GiveRole(ctx context.Context, who Who, ref, role, agency string, from, until time.Time) error {
	return h.onPerson(ctx, who, ref, access.PeopleManage, func(a *act, p party.Person) error {
		if agency != "" {
			g, err := h.desk.FindAgency(a.View, agency)
			if err != nil {
				return fault.Invalid("agency", "%w", err)
			}
			agency = g.ID
		}
		_, err := party.GrantRole(a.tx, party.RoleInput{Person: p.ID, Role: role, Agency: agency, From: from, Until: until})
		return err
	})
}

// EndRole ends a role now.
func (h *Heed) EndRole(ctx context.Context, who Who, ref, role string) error {
	return h.onPerson(ctx, who, ref, access.PeopleManage, func(a *act, p party.Person) error {
		return party.EndRole(a.tx, p.ID, role, p.Agency)
	})
}

// SetDeputy says who stands in for somebody while they are away.
func (h *Heed) SetDeputy(ctx context.Context, who Who, ref, deputy string, from, until time.Time) error {
	return h.onPerson(ctx, who, ref, access.AbsenceSet, func(a *act, p party.Person) error {
		in := party.DeputyInput{Person: p.ID, From: from, Until: until}
		if deputy != "" {
			d, err := h.desk.Find(a.View, deputy)
			if err != nil {
				return fault.Invalid("deputy", "%w", err)
			}
			in.Deputy = d.ID
		}
		return party.SetDeputy(a.tx, in)
	})
}

// Deactivate ends what a person may do here; nothing of what they did is lost.
func (h *Heed) Deactivate(ctx context.Context, who Who, ref, reason string) error {
	return h.onPerson(ctx, who, ref, access.PeopleManage, func(a *act, p party.Person) error {
		return party.Deactivate(a.tx, p.ID, reason)
	})
}
