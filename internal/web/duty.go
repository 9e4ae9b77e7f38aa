package web

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// dutyTabs are the fixed choices of the list of duties.
var dutyTabs = [...]struct{ name, owner, state string }{{"late", "", "late"}, {"mine", "me", ""}, {"open", "", "open"}, {"done", "", "done"}, {"all", "", ""}}

// duties is the list of duties.
func (v *visit) duties() error {
	q := v.r.URL.Query()
	tab := q.Get("tab")
	f := heed.DutyFilter{Owner: q.Get("owner"), Warning: q.Get("warning"), Situation: q.Get("situation"), Page: v.part()}
	if tab == "" {
		tab = "all"
	}
	for _, t := range dutyTabs {
		if t.name == tab {
			f.State = t.state
			if t.owner != "" {
				f.Owner = t.owner
			}
		}
	}
	rows, total, err := v.h.Duties(v.r.Context(), v.who, f)
	if err != nil {
		return err
	}
	now := v.h.Now()
	t := page.DutyTable(v.words, "duties", rows, now)
	if v.wantsCSV() {
		return v.csv("duties", t)
	}
	fr, err := v.frame(look.Frame{Title: v.words.T("duties.title"), Here: "duties"})
	if err != nil {
		return err
	}
	v.turn(&t, "/duties", total)
	p := page.Duties{Frame: fr, Table: t}
	for _, x := range dutyTabs {
		one := page.Tab{Text: v.words.T("tab." + x.name), Href: "/duties?tab=" + x.name, Count: -1, Here: x.name == tab}
		if one.Here {
			one.Count = total
		}
		p.Tabs = append(p.Tabs, one)
	}
	return v.show("duties", p)
}

// duty is one duty: what is owed, by whom, by when, and the ways to answer.
func (v *visit) duty() error {
	x, err := v.h.Duty(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: x.Title, ID: x.ID, Marking: x.Marking, Kicker: v.words.T("kicker.duty"), Here: "duties", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	if f.Title == "" {
		f.Title = x.ID
	}
	p := page.NewDuty(f, x.DutyRow)
	p.What, p.Protocol, p.Deputy, p.Gate, p.GateState, p.Ladder, p.Events = x.What, x.Protocol, x.Deputy, x.Gate, x.GateState, x.Ladder, x.Events
	p.Answer, p.AnsweredBy, p.Refusal, p.Proposed, p.ProposedBy = x.Answer, x.AnsweredBy, x.Refusal, x.Proposed, x.ProposedBy
	p.MayAnswer, p.MayFollow, p.MayAgree = x.MayAnswer, x.MayFollow, x.MayAgree
	p.FollowUps = page.DutyTable(v.words, "follow-ups", x.FollowUps, f.Now).Without("situation")
	p.FollowUps.Caption, p.FollowUps.Empty = v.words.T("duty.followups"), v.words.T("duties.none")
	p.Ack, p.Do, p.Explain, p.Agree = f.Field("note").MayBeEmpty(), f.Field("what").Area(4), f.Field("reason").Area(4), f.Field("agreement").As("note").MayBeEmpty()
	if x.MayFollow {
		people, err := v.everyone("")
		if err != nil {
			return err
		}
		p.FollowTitle, p.FollowOwner, p.FollowDue = f.Field("title"), f.Field("owner").From(people), f.Field("due").Of("date")
	}
	return v.show("duty", p)
}

func (v *visit) acknowledgeDuty() error {
	return v.answerDuty("", "acknowledged", func(id string) error { return v.h.AcknowledgeDuty(v.r.Context(), v.who, id, v.text("note")) })
}

func (v *visit) doDuty() error {
	return v.answerDuty("what", "done", func(id string) error { return v.h.DoDuty(v.r.Context(), v.who, id, v.text("what")) })
}

func (v *visit) explainDuty() error {
	return v.answerDuty("reason", "explained", func(id string) error { return v.h.ExplainDuty(v.r.Context(), v.who, id, v.text("reason")) })
}

func (v *visit) agreeDuty() error {
	return v.answerDuty("", "agreed", func(id string) error { return v.h.AgreeDuty(v.r.Context(), v.who, id, v.text("agreement")) })
}

// answerDuty reads an answer, which must not be empty where a field is named,
// and gives it.
func (v *visit) answerDuty(field, done string, give func(id string) error) error {
	if err := v.read(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if field != "" && v.must(field) == "" {
		return v.wrong(v.duty)
	}
	if err := give(id); err != nil {
		return v.again(err, v.duty)
	}
	return v.done("/duties/"+id, done, id)
}

// followUp sets a duty that outlives the decision.
func (v *visit) followUp() error {
	if err := v.read(); err != nil {
		return err
	}
	in := heed.FollowUpInput{Title: v.must("title"), Owner: v.pick("owner"), Due: v.day("due")}
	if in.Due.IsZero() && v.form.Error("due") == "" {
		v.must("due")
	}
	if v.bad() {
		return v.wrong(v.duty)
	}
	id, err := v.h.FollowUp(v.r.Context(), v.who, v.r.PathValue("id"), in)
	if err != nil {
		return v.again(err, v.duty)
	}
	return v.done("/duties/"+id, "opened", id)
}
