package study

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// fields that a fault of the node names, by the field of the form that it is
// about.
var blamed = map[string]string{
	"question": "question", "measure": "measure", "data": "series", "date": "date", "expect": "expect", "method": "method", "time": "time_column",
	"outcome": "outcome_column", "unit": "unit_column", "treated": "treated", "exclude": "exclude", "family": "family", "period": "period", "harmonics": "harmonics", "model": "model",
	"start": "start", "offset": "offset_column", "control": "controls", "tool": "tool", "where": "where", "missing": "missing", "errors": "errors",
}

// New is the form that registers an analysis.
func New(v *visit.Visit) error {
	v.Prefill("method", impact.Series, "expect", impact.Fewer, "family", "gaussian", "model", "level", "missing", "refuse")
	f, err := v.Frame(look.Frame{Title: v.Words.T("impact.new.title"), Here: "impact"})
	if err != nil {
		return err
	}
	situations, _, err := v.H.Situations(v.R.Context(), v.Who, heed.SituationFilter{})
	if err != nil {
		return err
	}
	var places []look.Option
	for _, s := range situations {
		places = append(places, look.Option{Value: s.ID, Text: v.Words.Name(look.Ref{ID: s.ID, Name: s.Name})})
	}
	w := v.Words
	return v.Show("impact-new", page.ImpactForm{Frame: f,
		Asked: []look.Field{f.Field("question").Area(2), f.Field("situation").From(v.OrNone("option.none", places)).MayBeEmpty(), f.Field("measure").Area(2),
			f.Field("date").As("measure_date").Of("date"), f.Field("series").As("impact_series").Area(2),
			f.Field("expect").As("impact_expect").From(v.Choices("impact.expect.", impact.Fewer, impact.More, impact.None)), f.Field("because").As("impact_because").Area(2).MayBeEmpty(),
			f.Field("tool").As("impact_tool").MayBeEmpty(), f.Field("marking").From(v.Markings())},
		Design: []look.Field{f.Field("method").As("impact_method").From(v.Choices("impact.method.", impact.Methods()...)), f.Field("time_column"), f.Field("outcome_column"),
			f.Field("start").As("impact_start").MayBeEmpty(), f.Field("unit_column").MayBeEmpty(), f.Field("treated").MayBeEmpty(), f.Field("exclude").As("impact_exclude").MayBeEmpty(),
			f.Field("family").From(v.Choices("impact.family.", "gaussian", "poisson", "quasipoisson", "negbin")),
			f.Field("model").From([]look.Option{{Value: "level", Text: w.T("impact.model.level")}, {Value: "level+trend", Text: w.T("impact.model.trend")}}),
			f.Field("offset_column").MayBeEmpty(), f.Field("harmonics").Of("number").MayBeEmpty(), f.Field("period").MayBeEmpty(), f.Field("controls").MayBeEmpty(),
			f.Field("errors").As("impact_errors").MayBeEmpty(), f.Field("where").As("impact_where").Area(2).MayBeEmpty(),
			f.Field("missing").As("impact_missing").From(v.Choices("impact.missing.", "refuse", "drop"))}})
}

// Register writes an analysis down.
func Register(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	period := 0.0
	if s := v.Text("period"); s != "" {
		var err error
		if period, err = strconv.ParseFloat(s, 64); err != nil {
			v.Blame("period", "error.number.of")
		}
	}
	plan := impact.Plan{Question: v.Must("question"), Situation: v.Text("situation"), Measure: v.Must("measure"), Date: v.Text("date"), Data: v.Text("series"),
		Expect: v.Text("expect"), Because: v.Text("because"), Tool: v.Text("tool"), Marking: v.Text("marking"),
		Design: impact.Design{Method: v.Text("method"), Time: v.Must("time_column"), Outcome: v.Must("outcome_column"), Start: v.Text("start"), Unit: v.Text("unit_column"),
			Treated: v.Lines("treated"), Exclude: v.Lines("exclude"), Offset: v.Text("offset_column"), Harmonics: max(0, v.Number("harmonics")), Period: period,
			Trend: v.Text("model") == "level+trend", Controls: v.Lines("controls"), Family: v.Text("family"), Seed: 1,
			Where: v.Lines("where"), Missing: v.Text("missing"), Errors: v.Text("errors")}}
	if plan.Design.Method != impact.Series {
		plan.Design.Family = "" // only regressions have one
	}
	if v.Bad() {
		return v.Wrong(New)
	}
	a, err := v.H.RegisterImpact(v.R.Context(), v.Who, plan)
	if field, ours := blamed[fault.Field(err)]; ours && fault.KindOf(err) == fault.KindInvalid {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: field, Text: err.Error()})
		return v.Wrong(New)
	}
	if err != nil {
		return v.Again(err, New)
	}
	return v.Done("/impact/"+a.ID, "saved", "")
}

// Run runs a registered analysis on a table that was pasted.
func Run(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, data := v.R.PathValue("id"), v.R.PostForm.Get("data")
	if strings.TrimSpace(data) == "" {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: "data", Text: v.Words.T("error.required.of", v.Words.T("field.impact_table"))})
		return v.Wrong(One)
	}
	if _, err := v.H.RunImpact(v.R.Context(), v.Who, id, strings.NewReader(data)); err != nil {
		return v.Again(err, One)
	}
	return v.Done("/impact/"+id, "saved", "")
}
