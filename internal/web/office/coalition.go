package office

import (
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
	f, err := v.Frame(look.Frame{Title: v.Words.T("coalitions"), Here: "decisions"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/coalitions", total)
	return v.Show("coalitions", page.Coalitions{Frame: f, Table: t})
}

// Coalition is one coalition, or one of its tables.
func Coalition(v *visit.Visit) error {
	x, err := v.H.Coalition(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	next, pledged, signed, groups := askTable(v.Words, x), pledgeTable(v.Words, x), signTable(v.Words, x), balanceTable(v.Words, x)
	if done, err := v.Tables("/coalitions/"+x.ID, &next, &pledged, &signed, &groups); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.Said(x.Title), ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("coalition.kind." + x.Kind), Here: "decisions", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	var seats []look.Option
	for _, s := range x.Seats {
		seats = append(seats, look.Option{Value: s, Text: s})
	}
	w := v.Words
	return v.Show("coalition", page.Coalition{Frame: f, Row: x, Expected: w.Dec(x.Forecast.Expected), Range: w.Num(int64(x.Forecast.Low)) + "–" + w.Num(int64(x.Forecast.High)),
		Next: next, Pledged: pledged, Signed: signed, Groups: groups, MayChange: x.MayChange, MayRelease: x.MayRelease,
		PledgeState: f.Field("pledge_state").As("seat").From(seats), Stance: f.Field("stance").From(v.Choices("coalition.stance.", "yes", "leaning", "no", "silent")),
		From: f.Field("from").As("heard_from").MayBeEmpty(), SignState: f.Field("sign_state").As("seat").From(seats), By: f.Field("by").As("signed_by"), Means: f.Field("means").As("signed_means").MayBeEmpty()})
}

// ReleaseCoalition is the second person's word.
func ReleaseCoalition(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if err := v.H.ReleaseCoalition(v.R.Context(), v.Who, id, ""); err != nil {
		return v.Again(err, Coalition)
	}
	return v.Done("/coalitions/"+id, "saved", id)
}

// AddPledge writes down what was heard.
func AddPledge(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if _, err := v.H.AddPledge(v.R.Context(), v.Who, id, heed.PledgeInput{State: v.Text("pledge_state"), Stance: v.Text("stance"), From: v.Text("from")}); err != nil {
		return v.Again(err, Coalition)
	}
	return v.Done("/coalitions/"+id, "saved", id)
}

// SignSheet enters a signature.
func SignSheet(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if _, err := v.H.SignSheet(v.R.Context(), v.Who, id, heed.SignatureInput{State: v.Text("sign_state"), By: v.Text("by"), Means: v.Text("means")}); err != nil {
		return v.Again(err, Coalition)
	}
	return v.Done("/coalitions/"+id, "saved", id)
}
