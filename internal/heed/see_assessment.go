package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/situation"
)

// Factor is one of the 14 risk factors of the UN framework, with its
// indicators.
type Factor = assessment.Factor

// Framework returns the risk factors in order. They are the same for everyone.
func (h *Heed) Framework(context.Context) []Factor { return assessment.Framework() }

// Returned is the state of an assessment that a reviewer gave back to its
// author; the others are those of package assessment.
const Returned = "returned"

// An AssessmentRow is an assessment in a list.
type AssessmentRow struct {
	ID         string    `json:"id"`
	Situation  Ref       `json:"situation"`
	Population Ref       `json:"population"`
	State      string    `json:"state"` // draft, submitted, returned, reviewed, discarded
	At         time.Time `json:"at"`    // of the last step
	By         Ref       `json:"by"`
	Reviewer   Ref       `json:"reviewer,omitzero"`
	Marking    string    `json:"marking"`
	Entry      int64     `json:"entry"`
	Absent     int       `json:"absent"`
	Present    int       `json:"present"`
	Worsening  int       `json:"worsening"`
	Unknown    int       `json:"unknown"`
}

// Assessments returns those of a situation, or all where none is named, the
// newest first.
func (h *Heed) Assessments(ctx context.Context, who Who, situationRef string) (out []AssessmentRow, err error) {
	err = h.listed(ctx, who, func(l *eyes) error {
		id := ""
		if situationRef != "" {
			s, err := situation.Find(l.View, situationRef)
			if err != nil {
				return err
			}
			if err := l.need(access.SituationRead, l.situation(s)); err != nil {
				return err
			}
			id = s.ID
		}
		out, err = l.assessments(id)
		return err
	})
	return out, err
}

// assessments returns what the reader may read of those of a situation, or of
// all for "".
func (l *eyes) assessments(situation string) ([]AssessmentRow, error) {
	out := []AssessmentRow{}
	for f := (assessment.Filter{Situation: situation, Limit: 500}); ; {
		all, err := assessment.List(l.View, f)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			r, err := l.assessment(a)
			if err != nil {
				return nil, err
			}
			if l.may(access.AssessmentRead, r) {
				out = append(out, l.assessmentRow(a))
			}
		}
		if len(all) < f.Limit {
			return out, nil
		}
		f.Before = all[len(all)-1].Entry
	}
}

func (l *eyes) assessmentRow(a assessment.Assessment) AssessmentRow {
	row := AssessmentRow{ID: a.ID, Situation: l.situationRef(a.Situation), Population: l.population(a.Situation, a.Population), State: a.State, At: a.Started,
		By: l.ref(a.Author), Reviewer: l.ref(a.Reviewer), Marking: a.Marking, Entry: a.Entry,
		Absent: a.Counts.Absent, Present: a.Counts.Present, Worsening: a.Counts.Worsening, Unknown: a.Counts.Unknown}
	for _, t := range []time.Time{a.Submitted, a.Reviewed} {
		if t.After(row.At) {
			row.At = t
		}
	}
	if a.State == assessment.Draft && a.Review > 0 {
		row.State = Returned
	}
	return row
}

// population returns a population by the name that it gives itself.
func (l *eyes) population(in, id string) Ref {
	s, err := l.at(in)
	if err != nil {
		return Ref{ID: id}
	}
	return populationIn(s, id)
}

func populationIn(s situation.Situation, id string) Ref {
	i := slices.IndexFunc(s.Populations, func(p situation.Population) bool { return p.ID == id })
	if i < 0 {
		return Ref{ID: id}
	}
	return Ref{id, s.Populations[i].Name}
}

// An Assessment is one with everything that it says.
type Assessment struct {
	AssessmentRow
	Marks      []Mark `json:"marks"` // every indicator in the order of the framework
	Summary    Text   `json:"summary"`
	ReviewNote Text   `json:"review_note"`
	Before     string `json:"before,omitempty"` // the one it is compared with
	Saved      int64  `json:"saved"`            // to be given back when a draft is saved
	MayReview  bool   `json:"-"`
	MayWrite   bool   `json:"-"`
}

// A Mark is what is said of one indicator, and what was said the time before.
type Mark struct {
	Marked
	Was string `json:"was,omitempty"` // "" where there is no time before
}

// Assessment returns one with all its marks.
func (h *Heed) Assessment(ctx context.Context, who Who, id string) (out Assessment, err error) {
	err = h.seen(ctx, who, func(l *eyes) error {
		a, err := assessment.Get(l.View, id)
		if err != nil {
			return l.hidden(err)
		}
		r, err := l.assessment(a)
		if err != nil {
			return err
		}
		if err := l.need(access.AssessmentRead, r); err != nil {
			return err
		}
		out.AssessmentRow, out.Before, out.Saved = l.assessmentRow(a), a.Previous, a.Saved
		out.Summary.Body = a.Summary
		if a.Erased {
			out.Summary.State = Erased
		}
		if a.Review > 0 {
			if out.ReviewNote, err = text(assessment.Comment(l.View, a.Review)); err != nil {
				return err
			}
		}
		out.MayWrite = a.State == assessment.Draft && l.may(access.AssessmentWrite, r)
		out.MayReview = a.State == assessment.Submitted && !slices.Contains(a.Hands, who.Person) && l.may(access.AssessmentReview, r)
		was, err := l.marksBefore(a)
		if err != nil {
			return err
		}
		for _, m := range a.Marks {
			out.Marks = append(out.Marks, Mark{m, was[m.Indicator]})
		}
		return nil
	})
	return out, err
}

// marksBefore returns the states that the assessment before one gave, if the
// reader may read that.
func (l *eyes) marksBefore(a assessment.Assessment) (map[string]string, error) {
	out := map[string]string{}
	if a.Previous == "" {
		return out, nil
	}
	before, err := assessment.Get(l.View, a.Previous)
	if err != nil {
		return out, err
	}
	r, err := l.assessment(before)
	if err != nil || !l.may(access.AssessmentRead, r) {
		return out, err
	}
	for _, m := range before.Marks {
		out[m.Indicator] = m.State
	}
	return out, nil
}

// A Matrix shows the 14 factors against the populations of a situation, by
// what was accepted last, and how it was the time before.
type Matrix struct {
	At          time.Time   `json:"at,omitzero"` // of the latest assessment in it
	Assessments []string    `json:"assessments"` // by column; "" where none was accepted yet, or is not for the reader
	Before      []string    `json:"before"`      // those that they are compared with
	Populations []Ref       `json:"populations"` // the columns
	Factors     []MatrixRow `json:"factors"`     // always 14
}

// A MatrixRow is one factor.
type MatrixRow struct {
	Factor int          `json:"factor"`
	Name   string       `json:"name"`
	Crime  string       `json:"crime"`
	Cells  []MatrixCell `json:"cells"` // by column
}

// A MatrixCell counts the indicators of one factor for one population.
type MatrixCell struct {
	Absent    int     `json:"absent"`
	Present   int     `json:"present"`
	Worsening int     `json:"worsening"`
	Unknown   int     `json:"unknown"`
	Was       *[4]int `json:"was,omitempty"` // the same four, the time before
	Change    int     `json:"change"`        // indicators that got worse less those that got better
}

// RiskMatrix returns the matrix of a situation.
func (h *Heed) RiskMatrix(ctx context.Context, who Who, situationRef string) (m Matrix, err error) {
	err = h.seen(ctx, who, func(l *eyes) error {
		s, err := situation.Find(l.View, situationRef)
		if err != nil {
			return l.hidden(err)
		}
		if err := l.need(access.SituationRead, l.situation(s)); err != nil {
			return err
		}
		m, err = l.matrix(s)
		return err
	})
	return m, err
}

// matrix builds the matrix of a situation from the assessments that the reader
// may read.
func (l *look) matrix(s situation.Situation) (Matrix, error) {
	m := Matrix{Assessments: []string{}, Before: []string{}, Populations: []Ref{}}
	for _, f := range assessment.Framework() {
		m.Factors = append(m.Factors, MatrixRow{Factor: f.N, Name: f.Name, Crime: f.Crime})
	}
	for _, p := range s.AtRisk() {
		x, err := assessment.MatrixOf(l.View, s.ID, p.ID)
		if err != nil {
			return m, err
		}
		if x, err = l.mayMatrix(s, p.ID, x); err != nil {
			return m, err
		}
		m.Populations = append(m.Populations, Ref{p.ID, p.Name})
		m.Assessments, m.Before = append(m.Assessments, x.Assessment), append(m.Before, x.Previous)
		if x.At.After(m.At) {
			m.At = x.At
		}
		for i, f := range x.Factors {
			c := MatrixCell{Absent: f.Now.Absent, Present: f.Now.Present, Worsening: f.Now.Worsening, Unknown: f.Now.Unknown, Change: f.Change}
			if f.Was != nil {
				c.Was = &[4]int{f.Was.Absent, f.Was.Present, f.Was.Worsening, f.Was.Unknown}
			}
			m.Factors[i].Cells = append(m.Factors[i].Cells, c)
		}
	}
	return m, nil
}

// mayMatrix leaves a population's column unknown where the assessment behind
// it is not for the reader.
func (l *look) mayMatrix(s situation.Situation, population string, x assessment.Matrix) (assessment.Matrix, error) {
	for _, id := range []string{x.Assessment, x.Previous} {
		if id == "" {
			continue
		}
		a, err := assessment.Get(l.View, id)
		if err != nil {
			return x, err
		}
		r, err := l.assessment(a)
		if err != nil {
			return x, err
		}
		if !l.may(access.AssessmentRead, r) {
			return unknownMatrix(s.ID, population), nil
		}
	}
	return x, nil
}

// unknownMatrix is that of a population of which nothing is known.
func unknownMatrix(s, population string) assessment.Matrix {
	x := assessment.Matrix{Situation: s, Population: population}
	for _, f := range assessment.Framework() {
		x.Factors = append(x.Factors, assessment.Row{N: f.N, Name: f.Name, Crime: f.Crime, Of: len(f.Indicators), Now: assessment.Counts{Unknown: len(f.Indicators)}})
	}
	return x
}
