package venue

import (
	"net/url"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Package is one package with its steps and taskings.
func Package(v *visit.Visit) error { return show(v, "") }

// show draws a package, with the form open that was not filled in rightly.
func show(v *visit.Visit, bad string) error {
	x, err := v.H.Package(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.Said(x.Title), ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.package"), Here: "packages", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Package{Frame: f, Row: x.PackageRow, Why: x.Why, Decision: x.Decision, Finding: x.Finding, MayChange: x.MayChange, Bad: bad}
	for _, o := range x.Priorities {
		p.Priorities = append(p.Priorities, o.Title)
	}
	for _, s := range x.Steps {
		p.Steps = append(p.Steps, forms(f, s, x))
	}
	for _, t := range x.Taskings {
		p.Taskings = append(p.Taskings, answer(f, t))
	}
	if x.MayChange {
		if err := offer(v, f, x, &p); err != nil {
			return err
		}
	}
	return v.Show("package", p)
}

// forms are those of one step. Their fields bear the step's number, so that each
// label has a field of its own and what was entered wrongly comes back in it.
func forms(f look.Frame, s heed.StepView, x heed.PackageView) page.StepForms {
	own := func(name, words string) look.Field { return f.Field(name + "." + s.ID).As(words) }
	var joins []look.Option
	for _, c := range x.Coalitions {
		joins = append(joins, look.Option{Value: c.ID, Text: c.ID + " · " + f.Words.Said(c.Title)})
	}
	return page.StepForms{StepView: s, Key: page.MeasureName(f.Words, s.Measure, s.Name), MayChange: x.MayChange, Path: "/packages/" + s.Step.ID,
		NewCoalition: "/coalitions/new?" + url.Values{"warning": {x.Warning}, "step": {s.Step.ID}, "measure": {s.Measure}}.Encode(), Join: own("coalition", "step_coalition").From(joins),
		Propose: own("text", "step_words").Area(6), Approve: own("note", "step_note").MayBeEmpty(), Return: own("why", "step_return"),
		Ends: own("result", "step_result").Area(3), Follow: own("follow_up", "step_follow").MayBeEmpty(),
		FollowBy: own("follow_up_by", "step_follow_by").Of("date").MayBeEmpty(), NoFollow: own("no_follow_up", "step_no_follow").MayBeEmpty()}
}

// offer fills in the forms that add a step and draft a tasking.
func offer(v *visit.Visit, f look.Frame, x heed.PackageView, p *page.Package) error {
	people, err := v.Everyone("")
	if err != nil {
		return err
	}
	var measures, steps []look.Option
	for _, m := range x.Measures {
		measures = append(measures, look.Option{Value: m.ID, Text: m.ID + " · " + page.MeasureName(v.Words, m.ID, m.Name)})
	}
	for _, s := range x.Steps {
		steps = append(steps, look.Option{Value: s.Step.ID, Text: s.Step.ID + " · " + v.Words.Said(s.Title)})
	}
	p.AddStep = []look.Field{f.Field("step_title").Area(2), f.Field("measure").As("step_measure").From(measures), f.Field("owner").As("step_owner").From(people),
		f.Field("from").As("step_from").Of("date").MayBeEmpty(), f.Field("due").As("step_due").Of("date"),
		f.Field("after").As("step_after").From(v.OrNone("option.none", steps)).MayBeEmpty()}
	p.Ask = []look.Field{f.Field("to").As("tasking_to").From(people), f.Field("question").As("tasking_question").Area(3),
		f.Field("tasking_due").Of("date"), f.Field("step").As("tasking_step").From(v.OrNone("option.none", steps)).MayBeEmpty()}
	return nil
}

// AddStep adds a step.
func AddStep(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	wrong := func(v *visit.Visit) error { return show(v, "step") }
	in := heed.StepInput{Measure: v.Text("measure"), Owner: v.Text("owner"), Title: v.Must("step_title"), From: v.Day("from"), Due: evening(v.Day("due")), Inward: v.Text("inward") != ""}
	if a := v.Text("after"); a != "" {
		in.After = []string{a}
	}
	if v.Bad() {
		return v.Wrong(wrong)
	}
	pkg := v.R.PathValue("id")
	id, err := v.H.AddStep(v.R.Context(), v.Who, pkg, in)
	if err != nil {
		return v.Again(err, wrong)
	}
	return v.Done("/packages/"+pkg, "added", id)
}

// evening is the end of a working day: what is due on a day may be done on it.
func evening(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return day.Add(18 * time.Hour)
}

// stepID is the step that an address names.
func stepID(v *visit.Visit) string { return v.R.PathValue("id") + "/" + v.R.PathValue("n") }

// moved answers a form that moves a step.
func moved(v *visit.Visit, what string, f func(entered func(string) string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := stepID(v)
	if err := f(func(name string) string { return v.Text(name + "." + id) }); err != nil {
		var pairs []string
		for _, name := range []string{"text", "why", "result", "follow_up", "follow_up_by", "no_follow_up", "coalition"} {
			pairs = append(pairs, name, name+"."+id)
		}
		return v.AgainAs(err, Package, pairs...)
	}
	return v.Done("/packages/"+v.R.PathValue("id"), what, v.R.PathValue("id"))
}

// Propose sets out the words of an outward step.
func Propose(v *visit.Visit) error {
	return moved(v, "step_proposed", func(in func(string) string) error {
		return v.H.ProposeStep(v.R.Context(), v.Who, stepID(v), in("text"))
	})
}

// Approve lets an outward step go.
func Approve(v *visit.Visit) error {
	return moved(v, "step_approved", func(in func(string) string) error {
		return v.H.ApproveStep(v.R.Context(), v.Who, stepID(v), in("note"))
	})
}

// Return sends a proposal back.
func Return(v *visit.Visit) error {
	return moved(v, "step_returned", func(in func(string) string) error {
		return v.H.ReturnStep(v.R.Context(), v.Who, stepID(v), in("why"))
	})
}

// Join makes a step the work of a coalition.
func Join(v *visit.Visit) error {
	return moved(v, "step_joined", func(in func(string) string) error {
		return v.H.JoinStep(v.R.Context(), v.Who, stepID(v), in("coalition"))
	})
}

// Start begins a step.
func Start(v *visit.Visit) error {
	return moved(v, "step_started", func(func(string) string) error { return v.H.StartStep(v.R.Context(), v.Who, stepID(v)) })
}

// Close ends a step.
func Close(v *visit.Visit) error {
	return moved(v, "step_closed", func(in func(string) string) error {
		by := time.Time{}
		if s := in("follow_up_by"); s != "" {
			var err error
			if by, err = time.Parse(time.DateOnly, s); err != nil {
				return fault.Invalid("follow_up_by", "%s", v.Words.T("error.date.of", v.Words.T("field.step_follow_by")))
			}
		}
		return v.H.CloseStep(v.R.Context(), v.Who, stepID(v), heed.StepResult{Dropped: v.Text("dropped") != "", Text: in("result"), FollowUp: in("follow_up"),
			FollowUpBy: evening(by), NoFollowUpAs: in("no_follow_up")})
	})
}

// Task drafts a tasking.
func Task(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	wrong := func(v *visit.Visit) error { return show(v, "tasking") }
	in := heed.TaskingInput{To: v.Text("to"), Question: v.Text("question"), Due: evening(v.Day("tasking_due")), Step: v.Text("step")}
	if v.Bad() {
		return v.Wrong(wrong)
	}
	pkg := v.R.PathValue("id")
	id, err := v.H.DraftTasking(v.R.Context(), v.Who, pkg, in)
	if err != nil {
		return v.Again(err, wrong)
	}
	return v.Done("/packages/"+pkg, "tasking_drafted", id)
}

// Taskings are those that the reader was sent.
func Taskings(v *visit.Visit) error {
	all, err := v.H.MyTaskings(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("taskings.mine"), Here: "packages"})
	if err != nil {
		return err
	}
	p := page.Taskings{Frame: f}
	for _, t := range all {
		p.Rows = append(p.Rows, answer(f, t))
	}
	return v.Show("taskings-page", p)
}

// answer is a tasking with a field of its own for the answer.
func answer(f look.Frame, t heed.TaskingView) page.TaskingForms {
	return page.TaskingForms{TaskingView: t, Answer: f.Field("text." + t.Tasking.ID).As("tasking_answer").Area(4)}
}

// Send lets a tasking go out.
func Send(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if err := v.H.SendTasking(v.R.Context(), v.Who, id); err != nil {
		return v.Again(err, Taskings)
	}
	return v.Done("/packages", "tasking_sent", id)
}

// Answer answers a tasking.
func Answer(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	out, err := v.H.AnswerTasking(v.R.Context(), v.Who, id, v.Text("text."+id))
	if err != nil {
		return v.AgainAs(err, Taskings, "text", "text."+id)
	}
	return v.Done("/taskings", "tasking_answered", out.Report)
}

// Briefing is the page for a meeting.
func Briefing(v *visit.Visit) error {
	b, err := v.H.Briefing(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("brief.title", v.Words.Said(b.Package.Title)), ID: b.Package.ID, Marking: b.Package.Marking, Kicker: v.Words.T("kicker.brief"),
		Here: "packages", Record: look.Place{Entry: b.Package.Entry}})
	if err != nil {
		return err
	}
	p := page.Brief{Frame: f, B: b, Steps: page.StepTable(v.Words, "steps", b.Package.Steps),
		Doors: page.DoorTable(v.Words, "doors", v.Words.T("brief.doors", page.StateName(v.Words, b.State)), b.Doors, "").Without("usual")}
	p.Doors.CSV = "/doors.csv?" + url.Values{"state": {b.State.ID}, "situation": {b.Package.Situation.ID}}.Encode()
	return v.Show("brief", p)
}

// BriefingFile is the same for a word processor.
func BriefingFile(v *visit.Visit) error {
	b, err := v.H.Briefing(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	v.Attach("briefing-"+b.Package.ID+".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	return measure.WriteDOCX(v.W, page.BriefDocument(v.Words, b, v.H.Exercise()))
}
