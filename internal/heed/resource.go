package heed

import (
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// What access is told of each thing: its marking, its situation and who works
// on that, its author, and on whom it was served.

func (l *look) node() access.Resource {
	return access.Resource{Type: "node", ID: l.h.Origin(), Marking: "GREEN", Agencies: []string{home}, Exercise: l.h.Exercise()}
}

// home is the agency whose node this is: the first that was entered.
const home = "AG-1"

func (l *look) situation(s situation.Situation) access.Resource {
	return access.Resource{Type: "situation", ID: s.ID, Situation: s.ID, Marking: s.Marking, Members: members(s), Owner: s.Analyst,
		Agencies: []string{home}, Exercise: l.h.Exercise()}
}

// agencies are the node's own and those of the people a thing was served on.
func (l *look) agencies(people []string) ([]string, error) {
	out := []string{home}
	for _, id := range people {
		p, err := party.GetPerson(l.View, id)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, p.Agency) {
			out = append(out, p.Agency)
		}
	}
	return out, nil
}

func members(s situation.Situation) []string {
	m := append([]string(nil), s.Members...)
	if s.Analyst != "" {
		m = append(m, s.Analyst)
	}
	return m
}

// of fills in what a situation adds to a resource.
func (l *look) of(r access.Resource, id string) (access.Resource, error) {
	r.Situation, r.Exercise = id, l.h.Exercise()
	if r.Agencies == nil {
		r.Agencies = []string{home}
	}
	if id == "" {
		return r, nil
	}
	s, err := situation.Get(l.View, id)
	if err != nil {
		return r, err
	}
	r.Members = members(s)
	if r.Marking == "" {
		r.Marking = s.Marking
	}
	return r, nil
}

func (l *look) warning(w warning.Warning) (access.Resource, error) {
	r := access.Resource{Type: "warning", ID: w.ID, Marking: w.Marking, Author: w.By}
	served, err := warning.Recipients(l.View, w.ID)
	if err != nil {
		return r, err
	}
	for _, s := range served {
		r.Recipients = append(r.Recipients, s.Person)
	}
	if r.Agencies, err = l.agencies(r.Recipients); err != nil {
		return r, err
	}
	return l.of(r, w.Situation)
}

// duty is a resource whose recipients are all who were told of it: the owner,
// the deputy, and each rung that has been reached.
func (l *look) duty(d response.Duty) (access.Resource, error) {
	r := access.Resource{Type: "duty", ID: d.ID, Marking: d.Marking, Owner: d.Owner, Author: d.ProposedBy, Recipients: []string{d.Owner}}
	if d.Deputy != "" {
		r.Recipients = append(r.Recipients, d.Deputy)
	}
	for _, g := range d.Rungs {
		if g.Number <= d.Rung && g.Person != "" {
			r.Recipients = append(r.Recipients, g.Person)
		}
	}
	var err error
	if r.Agencies, err = l.agencies(r.Recipients); err != nil {
		return r, err
	}
	return l.of(r, d.Situation)
}

func (l *look) decision(d decision.Decision) (access.Resource, error) {
	return l.of(access.Resource{Type: "decision", ID: d.ID, Marking: d.Marking, Author: d.DraftedBy, Owner: d.SignedBy}, d.Situation)
}

func (l *look) report(r report.Report) (access.Resource, error) {
	return l.of(access.Resource{Type: "report", ID: r.ID, Marking: r.Marking, Author: r.Actor}, first(r.Situations))
}

func (l *look) assessment(a assessment.Assessment) (access.Resource, error) {
	return l.of(access.Resource{Type: "assessment", ID: a.ID, Marking: a.Marking, Author: a.Author}, a.Situation)
}

// entry is a resource for a raw entry: as marked as it is itself, and as its
// situation where it names one.
func (l *look) entry(e record.Entry) (access.Resource, error) {
	r := access.Resource{Type: "entry", ID: e.Subjects[0], Marking: e.Marking, Author: e.Actor, Agencies: []string{home}, Exercise: l.h.Exercise()}
	for _, s := range e.Subjects {
		if len(s) > 2 && s[:2] == "S-" {
			out, err := l.of(r, s)
			if err == nil {
				return out, nil
			}
		}
	}
	return r, nil
}

func first(ss []string) string {
	if len(ss) == 0 {
		return ""
	}
	return ss[0]
}
