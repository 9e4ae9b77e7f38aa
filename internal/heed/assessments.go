package heed

import (
	"context"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/situation"
)

// Marked is what an assessment says of one indicator.
type Marked = assessment.Mark

// AssessmentInput is an assessment of one population, as its author gives it.
type AssessmentInput struct {
	Situation  string // id or name
	Population string // id or name, one at risk in the situation
	Marks      []Marked
	Summary    string
	Marking    string // "" is the situation's
	Carry      bool   // begin with what was accepted last
	Draft      bool   // leave it a draft; else it goes to a second person
}

// AddAssessment enters an assessment and hands it to a second person, unless
// it is to stay a draft. It returns its id.
func (h *Heed) AddAssessment(ctx context.Context, who Who, in AssessmentInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		s, err := situation.Find(a.View, in.Situation)
		if err != nil {
			return a.unknown(err)
		}
		if err := a.need(access.AssessmentWrite, a.situation(s)); err != nil {
			return err
		}
		if s.State == situation.Closed {
			return fault.Stale("situation %s is closed: take it up again first", s.ID)
		}
		p, err := atRisk(s, in.Population)
		if err != nil {
			return err
		}
		if in.Marking == "" {
			in.Marking = s.Marking
		}
		x, err := assessment.Start(a.tx, assessment.StartInput{Situation: s.ID, Population: p, Marking: in.Marking, Carry: in.Carry})
		if err != nil {
			return err
		}
		id = x.ID
		return a.fillIn(x, in.Marks, &in.Summary, 0, !in.Draft)
	})
	return id, err
}

// atRisk returns the id of a population at risk by id or name.
func atRisk(s situation.Situation, ref string) (string, error) {
	ref = strings.TrimSpace(ref)
	var names []string
	for _, p := range s.AtRisk() {
		if p.ID == ref || strings.EqualFold(p.Name, ref) {
			return p.ID, nil
		}
		names = append(names, p.ID+" "+p.Name)
	}
	return "", fault.WithHint(fault.Invalid("population", "%q is not a population at risk in %s", ref, s.ID), "one of: "+strings.Join(names, ", "))
}

// fillIn saves marks in a draft and hands it on.
func (a *act) fillIn(x assessment.Assessment, marks []Marked, summary *string, seen int64, submit bool) error {
	if err := a.cited(marks); err != nil {
		return err
	}
	if len(marks) > 0 || summary != nil {
		if _, err := assessment.Save(a.tx, x.ID, assessment.SaveInput{Marks: marks, Summary: summary, Seen: seen}); err != nil {
			return err
		}
	}
	if !submit {
		return nil
	}
	_, err := assessment.Submit(a.tx, x.ID)
	return err
}

// cited makes sure that the reports that marks rest on are there and that the
// author may read them.
func (a *act) cited(marks []Marked) error {
	seen := map[string]bool{}
	for _, m := range marks {
		for _, id := range m.Sources {
			if seen[id] {
				continue
			}
			seen[id] = true
			r, err := report.Get(a.View, id)
			if fault.KindOf(err) == fault.KindNotFound {
				return fault.Invalid("sources", "indicator %s: there is no report %s", m.Indicator, id)
			}
			if err != nil {
				return err
			}
			res, err := a.report(r)
			if err != nil {
				return err
			}
			if !a.may(access.ReportRead, res) {
				return fault.Invalid("sources", "indicator %s: there is no report %s", m.Indicator, id)
			}
		}
	}
	return nil
}

// onAssessment finds an assessment, decides, and acts on it.
func (h *Heed) onAssessment(ctx context.Context, who Who, id, action string, f func(*act, assessment.Assessment) error) error {
	return h.do(ctx, who, func(a *act) error {
		x, err := assessment.Get(a.View, id)
		if err != nil {
			return a.unknown(err)
		}
		r, err := a.assessment(x)
		if err != nil {
			return err
		}
		if !a.may(access.AssessmentRead, r) {
			return fault.NotFound("there is no assessment %s", id)
		}
		if err := a.need(action, r); err != nil {
			return err
		}
		return f(a, x)
	})
}

// SaveAssessment changes a draft: the marks that are given, and the summary if
// there is one. Seen is the draft's Saved as the writer saw it, or 0.
func (h *Heed) SaveAssessment(ctx context.Context, who Who, id string, marks []Marked, summary *string, seen int64, submit bool) error {
	return h.onAssessment(ctx, who, id, access.AssessmentWrite, func(a *act, x assessment.Assessment) error {
		return a.fillIn(x, marks, summary, seen, submit)
	})
}

// DiscardAssessment gives up one that was not accepted, for a reason.
func (h *Heed) DiscardAssessment(ctx context.Context, who Who, id, why string) error {
	return h.onAssessment(ctx, who, id, access.AssessmentWrite, func(a *act, x assessment.Assessment) error {
		_, err := assessment.Discard(a.tx, id, why)
		return err
	})
}

// ReviewAssessment accepts an assessment, or returns it to its author with a
// note. Whoever had a hand in it cannot.
func (h *Heed) ReviewAssessment(ctx context.Context, who Who, id string, accept bool, note string) error {
	return h.onAssessment(ctx, who, id, access.AssessmentReview, func(a *act, x assessment.Assessment) error {
		if slices.Contains(x.Hands, who.Person) {
			return fault.WithHint(fault.Denied("you had a hand in %s: a second person reviews it", id), "ask somebody who had none")
		}
		verdict := assessment.Return
		if accept {
			verdict = assessment.Accept
		}
		_, err := assessment.Review(a.tx, id, verdict, note)
		return err
	})
}
