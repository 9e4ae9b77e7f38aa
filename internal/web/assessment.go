package web

import (
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// assessments is the list of a situation's assessments, as CSV.
func assessments(v *visit.Visit) error {
	rows, err := v.H.Assessments(v.R.Context(), v.Who, v.R.FormValue("situation"))
	if err != nil {
		return err
	}
	return v.CSV("assessments", page.AssessmentTable(v.Words, "assessments", rows))
}

// newAssessment is the form on which indicators are marked, beginning with how
// they stood last time.
func newAssessment(v *visit.Visit) error {
	s, err := v.H.Situation(v.R.Context(), v.Who, v.R.FormValue("situation"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("assessment.new.title"), ID: s.ID, Marking: s.Marking, Kicker: v.Words.T("kicker.assessment"), Here: "situations"})
	if err != nil {
		return err
	}
	v.Prefill("marking", s.Marking)
	f.Form = v.Form
	var at []look.Ref
	for _, p := range s.Pops {
		if p.Until.IsZero() {
			at = append(at, look.Ref{ID: p.ID, Name: p.Name})
		}
	}
	p := page.AssessmentForm{Frame: f, Situation: look.Ref{ID: s.ID, Name: s.Name}, Population: f.Field("population").From(v.Named(at)), Summary: f.Field("summary").Area(5),
		Marking: f.Field("marking").From(v.Markings())}
	for i, x := range v.H.Framework(v.R.Context()) {
		fm := page.FactorMarks{N: x.N, Name: v.Words.Factor(x.N, x.Name), Crime: x.Crime, Open: i == 0}
		for _, ind := range x.Indicators {
			m := page.IndicatorMark{ID: ind.Code, Text: ind.Text, Unsure: ind.Verify, State: v.Text("m-" + ind.Code), Source: v.Text("s-" + ind.Code)}
			if m.State == "present" || m.State == "worsening" {
				fm.Seen++
				fm.Open = true
			}
			fm.Indicators = append(fm.Indicators, m)
		}
		p.Factors = append(p.Factors, fm)
	}
	return v.Show("assessment-new", p)
}

func addAssessment(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.AssessmentInput{Situation: v.Text("situation"), Population: v.Pick("population"), Summary: v.Text("summary"), Marking: v.Text("marking")}
	for _, x := range v.H.Framework(v.R.Context()) {
		for _, ind := range x.Indicators {
			if state := v.Text("m-" + ind.Code); state != "" && state != "unknown" {
				in.Marks = append(in.Marks, mark(ind.Code, state, v.Text("s-"+ind.Code)))
			}
		}
	}
	if v.Bad() {
		return v.Wrong(newAssessment)
	}
	id, err := v.H.AddAssessment(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, newAssessment)
	}
	return v.Done("/assessments/"+id, "submitted", id)
}

// mark reads what a mark rests on: numbers of reports and whatever else.
func mark(code, state, sources string) heed.Marked {
	m := heed.Marked{Indicator: code, State: state}
	var other []string
	for _, s := range strings.FieldsFunc(sources, func(r rune) bool { return strings.ContainsRune(",;،，、；", r) }) {
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
func assessment(v *visit.Visit) error {
	x, err := v.H.Assessment(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("assessment.title", v.Words.Name(x.Population), v.Words.Name(x.Situation)), ID: x.ID, Marking: x.Marking,
		Kicker: v.Words.T("kicker.assessment"), Here: "situations", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	marks := map[string]heed.Mark{}
	for _, m := range x.Marks {
		marks[m.Indicator] = m
	}
	p := page.Assessment{Frame: f, Row: x.AssessmentRow, Summary: x.Summary, ReviewNote: x.ReviewNote, Before: x.Before, MayReview: x.MayReview, ReviewField: f.Field("comment").As("review").Area(3)}
	for _, factor := range v.H.Framework(v.R.Context()) {
		fm := page.FactorMarks{N: factor.N, Name: v.Words.Factor(factor.N, factor.Name), Crime: factor.Crime}
		for _, ind := range factor.Indicators {
			m := marks[ind.Code]
			fm.Add(page.IndicatorMark{ID: ind.Code, Text: ind.Text, Unsure: ind.Verify, State: m.State, Was: m.Was, Note: look.Text{Body: m.Note}, Sources: m.Sources})
		}
		fm.Open = fm.Changed > 0
		p.Factors = append(p.Factors, fm)
	}
	return v.Show("assessment", p)
}

func reviewAssessment(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if err := v.H.ReviewAssessment(v.R.Context(), v.Who, id, v.Text("accept") == "1", v.Text("comment")); err != nil {
		return v.Again(err, assessment)
	}
	return v.Done("/assessments/"+id, "reviewed", id)
}
