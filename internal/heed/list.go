package heed

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// Option is an option that a decision weighed.
type Option = decision.Option

// ListedSituation is a situation with the level at which it stands.
type ListedSituation struct {
	situation.Situation
	Level int `json:"level"` // the highest of the warnings in force, 0 for none
}

// ListSituations returns the situations that who may read.
func (h *Heed) ListSituations(ctx context.Context, who Who) (out []ListedSituation, err error) {
	out = []ListedSituation{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil { // whoever takes part may ask
			return err
		}
		all, err := situation.List(l.View, situation.Filter{})
		if err != nil {
			return err
		}
		for _, s := range all {
			if !l.may(access.SituationRead, l.situation(s)) {
				continue
			}
			level, err := l.level(s.ID)
			if err != nil {
				return err
			}
			out = append(out, ListedSituation{s, level})
		}
		return nil
	})
	return out, err
}

// level is the highest level of the warnings in force in a situation.
func (l *look) level(situation string) (level int, err error) {
	all, err := warning.List(l.View, warning.Filter{Situation: situation, State: warning.InForce})
	for _, w := range all {
		level = max(level, w.Level)
	}
	return level, err
}

// inForce returns a warning in force in a situation, "" for none.
func (l *look) inForce(situation string) (string, error) {
	all, err := warning.List(l.View, warning.Filter{Situation: situation, State: warning.InForce})
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0].ID, nil
}

// ListedWarning is a warning without its words.
type ListedWarning struct {
	ID        string    `json:"id"`
	Situation string    `json:"situation"`
	Level     int       `json:"level"`
	State     string    `json:"state"`
	Issued    time.Time `json:"issued"`
	Expires   time.Time `json:"expires,omitzero"`
	By        string    `json:"by"`
	Marking   string    `json:"marking"`
	Entry     int64     `json:"entry"`
}

// ListWarnings returns the warnings that who may read, newest first; mine are
// those that were served on them and that they have not acknowledged.
func (h *Heed) ListWarnings(ctx context.Context, who Who, situationRef string, mine bool) (out []ListedWarning, err error) {
	out = []ListedWarning{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil {
			return err
		}
		f := warning.Filter{}
		if situationRef != "" {
			s, err := situation.Find(l.View, situationRef)
			if err != nil {
				return err
			}
			f.Situation = s.ID
		}
		if mine {
			f.On, f.Unacknowledged = who.Person, true
		}
		all, err := warning.List(l.View, f)
		if err != nil {
			return err
		}
		for _, w := range all {
			r, err := l.warning(w)
			if err != nil {
				return err
			}
			if l.may(access.WarningRead, r) {
				out = append(out, ListedWarning{w.ID, w.Situation, w.Level, w.State, w.Issued, w.Expires, w.By, w.Marking, w.Entry})
			}
		}
		return nil
	})
	return out, err
}

// DutyQuery selects duties.
type DutyQuery struct {
	Warning, Owner string
	State          string    // a state, "unanswered" or "late"
	At             time.Time // the moment at which they are looked at
}

// ListedDuty is a duty as a list shows it.
type ListedDuty struct {
	ID        string    `json:"id"`
	Warning   string    `json:"warning"`
	Owner     string    `json:"owner"`
	OwnerName string    `json:"owner_name"`
	Role      string    `json:"role"`
	Title     string    `json:"title,omitempty"`
	DueAt     time.Time `json:"due_at"`
	State     string    `json:"state"`
	Late      bool      `json:"late"`
	Rung      int       `json:"rung"`
}

// ListDuties returns the duties that who may read, the one that is due first
// first.
func (h *Heed) ListDuties(ctx context.Context, who Who, q DutyQuery) (out []ListedDuty, err error) {
	out = []ListedDuty{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil {
			return err
		}
		if states := []string{"", "open", "acknowledged", "done", "explained", "lapsed", "unanswered", "missed", "late"}; !slices.Contains(states, q.State) {
			return fault.Invalid("state", "%q is no state of a duty: one of %s", q.State, strings.Join(states[1:], ", "))
		}
		f := response.Filter{Warning: q.Warning, State: q.State, At: q.At}
		if q.Owner != "" {
			p, err := h.desk.Find(l.View, q.Owner)
			if err != nil {
				return fault.Invalid("owner", "%w", err)
			}
			f.Owner = p.ID
		}
		all, err := response.List(l.View, f)
		if err != nil {
			return err
		}
		for _, d := range all {
			r, err := l.duty(d)
			if err != nil {
				return err
			}
			if !l.may(access.DutyRead, r) {
				continue
			}
			row := ListedDuty{ID: d.ID, Warning: d.Warning, Owner: d.Owner, OwnerName: l.name(d.Owner), Role: d.Role, DueAt: d.DueAt,
				State: stateAt(d, q.At), Late: d.Late(q.At), Rung: d.Rung}
			if w, err := response.ReadWords(l.View, d); err == nil {
				row.Title = w.Title.In("en")
			} else if fault.KindOf(err) != fault.KindNotFound {
				return err
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// stateAt is the state of a duty at a moment: what is past its deadline has
// lapsed, whether or not the clock has written it down yet.
func stateAt(d response.Duty, at time.Time) string {
	if d.Late(at) {
		return string(protocol.Lapsed)
	}
	return string(d.State)
}

// ListedEntry is an entry's header as a list shows it.
type ListedEntry struct {
	Index    int64     `json:"index"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Actor    string    `json:"actor"`
	Subjects []string  `json:"subjects"`
	Marking  string    `json:"marking,omitempty"`
	Clock    string    `json:"clock,omitempty"`
}

// ListEntries returns those of the newest entries that who may know of, about a
// subject if one is named.
func (h *Heed) ListEntries(ctx context.Context, who Who, subject string, limit int) (out []ListedEntry, err error) {
	out = []ListedEntry{}
	err = h.listed(ctx, who, func(l *eyes) error {
		all, err := l.Entries(record.Search{Subject: subject, Limit: limit})
		if err != nil {
			return err
		}
		for _, e := range all {
			ok, err := l.knows(e)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, ListedEntry{e.Index, e.Time, e.Kind, e.Actor, e.Subjects, e.Marking, e.Clock})
			}
		}
		return nil
	})
	return out, err
}

// ListedPerson is somebody with the roles that they hold now.
type ListedPerson struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Agency string   `json:"agency"`
	Roles  []string `json:"roles"`
}

// ListPeople returns who takes part.
func (h *Heed) ListPeople(ctx context.Context, who Who) (out []ListedPerson, err error) {
	out = []ListedPerson{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		all, err := party.People(l.View, party.Filter{})
		if err != nil {
			return err
		}
		for _, p := range all {
			roles, err := l.rolesOf(p.ID)
			if err != nil {
				return err
			}
			out = append(out, ListedPerson{p.ID, p.Label(), p.Agency, roles})
		}
		return nil
	})
	return out, err
}

// Rebuild replays the record and compares; see [record.Record.Rebuild].
func (h *Heed) Rebuild(ctx context.Context, who Who, progress func(done, of int64)) (out record.Rebuilt, err error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.SystemCheck, l.node()) }); err != nil {
		return out, err
	}
	return h.rec.Rebuild(ctx, progress)
}

// Verify checks the whole log; see [record.Record.Verify].
func (h *Heed) Verify(ctx context.Context, who Who, progress func(done int64)) (out record.Verified, err error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.SystemCheck, l.node()) }); err != nil {
		return out, err
	}
	return h.rec.Verify(ctx, progress)
}
