package office

import (
	"cmp"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Coalitions is the list of coalitions.
func Coalitions(v *visit.Visit) error {
	rows, total, err := v.H.Coalitions(v.R.Context(), v.Who, "", v.Part())
	if err != nil {
		return err
	}
	t := coalitionTable(v.Words, "coalitions", rows)
	if v.WantsCSV() {
		return v.CSV("coalitions", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("coalitions"), Here: "coalitions"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/coalitions", total)
	return v.Show("coalitions", page.Coalitions{Frame: f, Table: t})
}

// Coalition is one coalition, or one of its tables.
func Coalition(v *visit.Visit) error { return coalitionWith(v, nil) }

// coalitionWith is the page of a coalition, with the confidences that were just
// opened.
func coalitionWith(v *visit.Visit, opened []heed.Confided) error {
	x, err := v.H.Coalition(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	next, asked, pledged, signed, groups := askTable(v.Words, x), askedTable(v.Words, x), pledgeTable(v.Words, x), signTable(v.Words, x), balanceTable(v.Words, x)
	tally := tallyTable(v.Words, x)
	if done, err := v.Tables("/coalitions/"+x.ID, &next, &asked, &pledged, &signed, &groups, &tally); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.Said(x.Title), ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("coalition.kind." + x.Kind), Here: "coalitions", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	w, seats := v.Words, []look.Option{}
	for _, s := range x.Seats {
		seats = append(seats, look.Option{Value: s, Text: seatName(w, x, s)})
	}
	w.Sort(seats)
	seats = v.OrNone("option.state", seats)
	tick := f.Field("confidential").Of("checkbox").From(v.Choices("coalition.confidential.", "yes")).MayBeEmpty()
	p := page.Coalition{Frame: f, Row: x, Expected: w.Dec(x.Forecast.Expected), Range: w.Num(int64(x.Forecast.Low)) + "–" + w.Num(int64(x.Forecast.High)),
		Tally: tally, Pass: w.T("coalition.percent", w.Catalog.Dec(100*x.Tally.Pass, 0)), Next: next, Asked: asked, Pledged: pledged, Signed: signed, Groups: groups,
		Ask: []look.Field{f.Field("ask_state").From(seats), f.Field("how").As("ask_how").MayBeEmpty()},
		Pledge: []look.Field{f.Field("pledge_state").From(seats), f.Field("stance").From(v.OrNone("option.stance", v.Choices("coalition.stance.", "yes", "leaning", "no", "silent"))),
			f.Field("from").As("heard_from").MayBeEmpty(), f.Field("heard_by").MayBeEmpty(), f.Field("heard_on").Of("date").MayBeEmpty(), f.Field("pledge_note").Area(2).MayBeEmpty()},
		Sign:         []look.Field{f.Field("sign_state").From(seats), f.Field("signed_by"), f.Field("means").As("signed_means").MayBeEmpty()},
		Confidential: tick, Reason: f.Field("withdraw_reason").Area(2), Note: f.Field("release_note").MayBeEmpty(), Purpose: f.Field("purpose").As("coalition_purpose"),
		Opened: confidedTable(w, x, opened), MayChange: x.MayChange, MayAsk: x.MayChange && x.State == "open", MayRelease: x.MayRelease, MayOpen: x.MayOpen}
	for field, bad := range map[string]*bool{"ask_state": &p.BadAsk, "pledge_state": &p.BadPledge, "stance": &p.BadPledge, "heard_on": &p.BadPledge,
		"sign_state": &p.BadSign, "signed_by": &p.BadSign, "withdraw_reason": &p.BadEnd, "purpose": &p.BadSee} {
		*bad = *bad || f.Form.Error(field) != ""
	}
	return v.Show("coalition", p)
}

// ReleaseCoalition is the second person's word.
func ReleaseCoalition(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if err := v.H.ReleaseCoalition(v.R.Context(), v.Who, id, v.Text("release_note")); err != nil {
		return v.Again(err, Coalition)
	}
	return v.Done("/coalitions/"+id, "coalition_released", id)
}

// AskState writes down that a State is asked.
func AskState(v *visit.Visit) error {
	return worked(v, "coalition_asked", []string{"state", "ask_state"}, func(id string) error {
		state := v.Pick("ask_state")
		if v.Bad() {
			return nil
		}
		return v.H.AskState(v.R.Context(), v.Who, id, state, v.Text("how"))
	})
}

// AddPledge writes down what was heard.
func AddPledge(v *visit.Visit) error {
	return worked(v, "coalition_pledged", []string{"state", "pledge_state", "day", "heard_on"}, func(id string) error {
		in := heed.PledgeInput{State: v.Pick("pledge_state"), Stance: v.Pick("stance"), From: v.Text("from"), By: v.Text("heard_by"), Day: v.Day("heard_on"),
			Note: v.Text("pledge_note"), Confidential: v.Text("confidential") != ""}
		if v.Bad() {
			return nil
		}
		_, err := v.H.AddPledge(v.R.Context(), v.Who, id, in)
		return err
	})
}

// SignSheet enters a signature.
func SignSheet(v *visit.Visit) error {
	return worked(v, "coalition_signed", []string{"state", "sign_state", "by", "signed_by"}, func(id string) error {
		in := heed.SignatureInput{State: v.Pick("sign_state"), By: v.Must("signed_by"), Means: v.Text("means")}
		if v.Bad() {
			return nil
		}
		_, err := v.H.SignSheet(v.R.Context(), v.Who, id, in)
		return err
	})
}

// WithdrawCoalition closes a coalition by hand.
func WithdrawCoalition(v *visit.Visit) error {
	return worked(v, "coalition_withdrawn", []string{"reason", "withdraw_reason"}, func(id string) error {
		why := v.Must("withdraw_reason")
		if v.Bad() {
			return nil
		}
		return v.H.WithdrawCoalition(v.R.Context(), v.Who, id, why)
	})
}

// worked answers a form on the page of a coalition.
func worked(v *visit.Visit, done string, names []string, f func(id string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	err := f(id)
	switch {
	case err != nil:
		return v.AgainAs(err, Coalition, names...)
	case v.Bad():
		return v.Wrong(Coalition)
	}
	return v.Done("/coalitions/"+id, done, id)
}

// OpenConfidences shows what was said in confidence, once that it was opened is
// on record.
func OpenConfidences(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	who := v.Who
	if who.Purpose = v.Must("purpose"); v.Bad() {
		return v.Wrong(Coalition)
	}
	opened, err := v.H.OpenConfidences(v.R.Context(), who, v.R.PathValue("id"))
	if err != nil {
		return v.Again(err, Coalition)
	}
	return coalitionWith(v, opened)
}

// NewCoalition is the form that opens a coalition on a warning.
func NewCoalition(v *visit.Visit) error {
	x, err := v.H.CoalitionForm(v.R.Context(), v.Who, v.R.FormValue("warning"))
	if err != nil {
		return err
	}
	step, measure := v.R.FormValue("step"), v.R.FormValue("measure")
	v.Prefill("kind", "session", "measure", cmp.Or(measure, "GE-SS"), "marking", x.Warning.Marking, "region", "yes")
	w := v.Words
	f, err := v.Frame(look.Frame{Title: w.T("coalition.new.title", x.Warning.ID), ID: x.Warning.ID, Marking: x.Warning.Marking, Kicker: w.T("coalition.new"), Here: "coalitions"})
	if err != nil {
		return err
	}
	var measures []look.Option
	for _, m := range x.Measures {
		measures = append(measures, look.Option{Value: m.ID, Text: m.ID + " · " + page.MeasureName(w, m.ID, m.Name)})
	}
	return v.Show("coalition-new", page.CoalitionForm{Frame: f, Warning: x.Warning, Step: step, Region: f.Field("region").As("co_region").Of("checkbox").From(v.Choices("coalition.region.", "yes")).MayBeEmpty(),
		Fields: []look.Field{f.Field("kind").As("co_kind").From(v.Choices("coalition.kind.", "session", "draft", "statement")), f.Field("co_title"), f.Field("text").As("co_text").Area(5).MayBeEmpty(),
			f.Field("measure").As("co_measure").From(measures), f.Field("states").As("co_states").MayBeEmpty(), f.Field("threshold").Of("number").MayBeEmpty(),
			f.Field("deadline").As("co_deadline").Of("date").MayBeEmpty(), f.Field("marking").From(v.Markings())}})
}

// OpenCoalition opens one.
func OpenCoalition(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.CoalitionInput{Warning: v.R.FormValue("warning"), Kind: v.Text("kind"), Measure: v.Text("measure"), Title: v.Must("co_title"), Text: v.Text("text"), Marking: v.Text("marking"),
		States: v.Lines("states"), Threshold: max(0, v.Number("threshold")), Region: v.Text("region") != "", Deadline: v.Day("deadline"), Step: v.R.FormValue("step")}
	if !in.Deadline.IsZero() {
		in.Deadline = in.Deadline.Add(18 * time.Hour) // the end of a working day
	}
	if v.Bad() {
		return v.Wrong(NewCoalition)
	}
	id, err := v.H.OpenCoalition(v.R.Context(), v.Who, in)
	if err != nil {
		return v.AgainAs(err, NewCoalition, "title", "co_title", "seats", "states")
	}
	return v.Done("/coalitions/"+id, "opened", id)
}
