package web

import (
	"strconv"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// dutyTabs are the fixed choices of the list of duties.
var dutyTabs = [...]struct{ name, owner, state string }{{"late", "", "late"}, {"mine", "me", ""}, {"open", "", "open"}, {"done", "", "done"}, {"all", "", ""}}

// duties is the list of duties.
func duties(v *visit.Visit) error {
	q := v.R.URL.Query()
	tab := q.Get("tab")
	f := heed.DutyFilter{Owner: q.Get("owner"), Warning: q.Get("warning"), Situation: q.Get("situation"), Page: v.Part()}
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
	rows, total, err := v.H.Duties(v.R.Context(), v.Who, f)
	if err != nil {
		return err
	}
	now := v.H.Now()
	t := page.DutyTable(v.Words, "duties", rows, now)
	if v.WantsCSV() {
		return v.CSV("duties", t)
	}
	fr, err := v.Frame(look.Frame{Title: v.Words.T("duties.title"), Here: "duties"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/duties", total)
	p := page.Duties{Frame: fr, Table: t}
	for _, x := range dutyTabs {
		one := page.Tab{Text: v.Words.T("tab." + x.name), Href: "/duties?tab=" + x.name, Count: -1, Here: x.name == tab}
		if one.Here {
			one.Count = total
		}
		p.Tabs = append(p.Tabs, one)
	}
	return v.Show("duties", p)
}

// duty is one duty: what is owed, by whom, by when, and the ways to answer.
func duty(v *visit.Visit) error {
	x, err := v.H.Duty(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: x.Title, ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.duty"), Here: "duties", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	if f.Title == "" {
		f.Title = x.ID
	}
	p := page.NewDuty(f, x.DutyRow)
	p.WhatLang = x.WhatLang
	p.What, p.Protocol, p.Deputy, p.Gate, p.GateState, p.Ladder, p.Events = x.What, x.Protocol, x.Deputy, x.Gate, x.GateState, x.Ladder, x.Events
	p.Answer, p.AnsweredBy, p.Refusal, p.Proposed, p.ProposedBy, p.Proposal = x.Answer, x.AnsweredBy, x.Refusal, x.Proposed, x.ProposedBy, x.Proposal
	p.MayAnswer, p.MayExplain, p.MayFollow, p.MayAgree = x.MayAnswer, x.MayExplain, x.MayFollow, x.MayAgree
	p.FollowUps = page.DutyTable(v.Words, "follow-ups", x.FollowUps, f.Now).Without("situation")
	p.FollowUps.Caption, p.FollowUps.Empty = v.Words.T("duty.followups"), v.Words.T("duties.none")
	p.Ack, p.Do, p.Explain, p.Agree = f.Field("note").MayBeEmpty(), f.Field("what").Area(4), f.Field("reason").Area(4), f.Field("agreement").As("note").MayBeEmpty()
	if x.MayFollow {
		people, err := v.Everyone("")
		if err != nil {
			return err
		}
		p.FollowTitle, p.FollowOwner, p.FollowDue = f.Field("title"), f.Field("owner").From(people), f.Field("due").Of("date")
	}
	return v.Show("duty", p)
}

func acknowledgeDuty(v *visit.Visit) error {
	return answerDuty(v, "", "acknowledged", func(id string) error { return v.H.AcknowledgeDuty(v.R.Context(), v.Who, id, v.Text("note")) })
}

func doDuty(v *visit.Visit) error {
	return answerDuty(v, "what", "done", func(id string) error { return v.H.DoDuty(v.R.Context(), v.Who, id, v.Text("what")) })
}

func explainDuty(v *visit.Visit) error {
	return answerDuty(v, "reason", "explained", func(id string) error { return v.H.ExplainDuty(v.R.Context(), v.Who, id, v.Text("reason")) })
}

func agreeDuty(v *visit.Visit) error {
	return answerDuty(v, "", "agreed", func(id string) error {
		proposal, _ := strconv.ParseInt(v.R.PostFormValue("proposal"), 10, 64)
		return v.H.AgreeDuty(v.R.Context(), v.Who, id, proposal, v.Text("agreement"))
	})
}

// answerDuty reads an answer, which must not be empty where a field is named,
// and gives it.
func answerDuty(v *visit.Visit, field, done string, give func(id string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if field != "" && v.Must(field) == "" {
		return v.Wrong(duty)
	}
	if err := give(id); err != nil {
		return v.Again(err, duty)
	}
	return v.Done("/duties/"+id, done, id)
}

// followUp sets a duty that outlives the decision.
func followUp(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.FollowUpInput{Title: v.Must("title"), Owner: v.Pick("owner"), Due: v.Day("due")}
	if in.Due.IsZero() && v.Form.Error("due") == "" {
		v.Must("due")
	}
	if v.Bad() {
		return v.Wrong(duty)
	}
	id, err := v.H.FollowUp(v.R.Context(), v.Who, v.R.PathValue("id"), in)
	if err != nil {
		return v.Again(err, duty)
	}
	return v.Done("/duties/"+id, "opened", id)
}
