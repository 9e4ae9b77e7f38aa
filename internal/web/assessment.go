package web

import (
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// assessments is the list of a situation's assessments, as CSV.
func (v *visit) assessments() error {
	rows, err := v.h.Assessments(v.r.Context(), v.who, v.r.FormValue("situation"))
	if err != nil {
		return err
	}
	return v.csv("assessments", page.AssessmentTable(v.words, "assessments", rows))
}

// newAssessment is the form on which indicators are marked, beginning with how
// they stood last time.
func (v *visit) newAssessment() error {
	s, err := v.h.Situation(v.r.Context(), v.who, v.r.FormValue("situation"))
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("assessment.new.title"), ID: s.ID, Marking: s.Marking, Kicker: v.words.T("kicker.assessment"), Here: "situations"})
	if err != nil {
		return err
	}
	v.prefill("marking", s.Marking)
	f.Form = v.form
	var at []look.Ref
	for _, p := range s.Pops {
		if p.Until.IsZero() {
			at = append(at, look.Ref{ID: p.ID, Name: p.Name})
		}
	}
	p := page.AssessmentForm{Frame: f, Situation: look.Ref{ID: s.ID, Name: s.Name}, Population: f.Field("population").From(v.named(at)), Summary: f.Field("summary").Area(5),
		Marking: f.Field("marking").From(v.markings())}
	for i, x := range v.h.Framework(v.r.Context()) {
		fm := page.FactorMarks{N: x.N, Name: v.words.Factor(x.N, x.Name), Crime: x.Crime, Open: i == 0}
		for _, ind := range x.Indicators {
			m := page.IndicatorMark{ID: ind.Code, Text: ind.Text, Unsure: ind.Verify, State: v.text("m-" + ind.Code), Source: v.text("s-" + ind.Code)}
			if m.State == "present" || m.State == "worsening" {
				fm.Seen++
				fm.Open = true
			}
			fm.Indicators = append(fm.Indicators, m)
		}
		p.Factors = append(p.Factors, fm)
	}
	return v.show("assessment-new", p)
}

func (v *visit) addAssessment() error {
	if err := v.read(); err != nil {
		return err
	}
	in := heed.AssessmentInput{Situation: v.text("situation"), Population: v.pick("population"), Summary: v.text("summary"), Marking: v.text("marking")}
	for _, x := range v.h.Framework(v.r.Context()) {
		for _, ind := range x.Indicators {
			if state := v.text("m-" + ind.Code); state != "" && state != "unknown" {
				in.Marks = append(in.Marks, mark(ind.Code, state, v.text("s-"+ind.Code)))
			}
		}
	}
	if v.bad() {
		return v.wrong(v.newAssessment)
	}
	id, err := v.h.AddAssessment(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.newAssessment)
	}
	return v.done("/assessments/"+id, "submitted", id)
}

// mark reads what a mark rests on: numbers of reports and whatever else.
func mark(code, state, sources string) heed.Marked {
	m := heed.Marked{Indicator: code, State: state}
	var other []string
	for _, s := range strings.FieldsFunc(sources, func(r rune) bool { return r == ',' || r == ';' || r == '،' }) {
		s = strings.TrimSpace(s)
		if id := strings.ToUpper(s); look.Href(id) != "" {
			m.Sources = append(m.Sources, id)
		} else if s != "" {
			other = append(other, s)
		}
	}
	m.Note = strings.Join(other, ", ")
	return m
}

// assessment is one assessment as it was made, with its review.
func (v *visit) assessment() error {
	x, err := v.h.Assessment(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("assessment.title", v.words.Name(x.Population), v.words.Name(x.Situation)), ID: x.ID, Marking: x.Marking,
		Kicker: v.words.T("kicker.assessment"), Here: "situations", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	marks := map[string]heed.Mark{}
	for _, m := range x.Marks {
		marks[m.Indicator] = m
	}
	p := page.Assessment{Frame: f, Row: x.AssessmentRow, Summary: x.Summary, ReviewNote: x.ReviewNote, Before: x.Before, MayReview: x.MayReview, ReviewField: f.Field("comment").As("review").Area(3)}
	for _, factor := range v.h.Framework(v.r.Context()) {
		fm := page.FactorMarks{N: factor.N, Name: v.words.Factor(factor.N, factor.Name), Crime: factor.Crime}
		for _, ind := range factor.Indicators {
			m := marks[ind.Code]
			fm.Add(page.IndicatorMark{ID: ind.Code, Text: ind.Text, Unsure: ind.Verify, State: m.State, Was: m.Was, Note: look.Text{Body: m.Note}, Sources: m.Sources})
		}
		fm.Open = fm.Changed > 0
		p.Factors = append(p.Factors, fm)
	}
	return v.show("assessment", p)
}

func (v *visit) reviewAssessment() error {
	if err := v.read(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if err := v.h.ReviewAssessment(v.r.Context(), v.who, id, v.text("accept") == "1", v.text("comment")); err != nil {
		return v.again(err, v.assessment)
	}
	return v.done("/assessments/"+id, "reviewed", id)
}
