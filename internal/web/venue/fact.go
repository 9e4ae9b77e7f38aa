package venue

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Facts is what the doors answer from.
func Facts(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	x, err := v.H.Facts(v.R.Context(), v.Who, heed.FactsAsk{Kind: v.Text("kind"), Like: v.Text("like"), Unverified: v.Text("unverified") != ""}, v.Part())
	if err != nil {
		return err
	}
	t := page.FactTable(v.Words, "facts", x.Rows)
	if v.WantsCSV() {
		return v.CSV("facts", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("facts.page"), Here: "doors"})
	if err != nil {
		return err
	}
	var kinds []look.Option
	for _, k := range x.Kinds {
		kinds = append(kinds, look.Option{Value: k, Text: v.Words.Word("facts.kind.", k)})
	}
	v.Turn(&t, "/facts", x.Total)
	return v.Show("facts", page.Facts{Frame: f, Table: t, All: x.All, Unverified: x.Unverified,
		Ask:  []look.Field{f.Field("kind").As("fact_kind").From(v.OrNone("facts.kind.all", kinds)).MayBeEmpty(), f.Field("like").As("fact_like").MayBeEmpty()},
		Only: f.Field("unverified").As("fact_unverified").Of("checkbox").From(v.Choices("facts.only.", "yes")).MayBeEmpty()})
}

// Fact is one fact, with the forms for who has looked it up.
func Fact(v *visit.Visit) error {
	x, err := v.H.Fact(v.R.Context(), v.Who, v.R.FormValue("fact"))
	if err != nil {
		return err
	}
	v.Prefill("fact_seen", v.H.Now().UTC().Format("2006-01-02"))
	f, err := v.Frame(look.Frame{Title: v.Words.T("facts.title", x.ID), Kicker: v.Words.T("facts.page"), Here: "doors"})
	if err != nil {
		return err
	}
	p := page.Fact{Frame: f, F: x.FactRow, Kind: v.Words.Word("facts.kind.", x.Kind), MayVerify: x.MayVerify && !x.Verified(),
		MayDoubt: x.MayVerify && x.Entry > 0 && !x.Doubted,
		Verify:   []look.Field{f.Field("fact_source"), f.Field("fact_seen").Of("date"), f.Field("fact_saw").Area(3)},
		Doubt:    f.Field("fact_why").Area(2)}
	p.Bad = p.Doubt.Error != ""
	return v.Show("fact", p)
}

// VerifyFact writes down what somebody has seen.
func VerifyFact(v *visit.Visit) error {
	return lookedUp(v, "fact_verified", func(id string) error {
		in := heed.FactSighting{Fact: id, Source: v.Must("fact_source"), Saw: v.Must("fact_saw"), Seen: v.Day("fact_seen")}
		if v.Bad() {
			return nil
		}
		return v.H.VerifyFact(v.R.Context(), v.Who, in)
	})
}

// DoubtFact takes it back.
func DoubtFact(v *visit.Visit) error {
	return lookedUp(v, "fact_doubted", func(id string) error {
		why := v.Must("fact_why")
		if v.Bad() {
			return nil
		}
		return v.H.DoubtFact(v.R.Context(), v.Who, id, why)
	})
}

// lookedUp answers a form on the page of a fact.
func lookedUp(v *visit.Visit, done string, f func(id string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PostFormValue("fact")
	err := f(id)
	switch {
	case err != nil:
		return v.AgainAs(err, Fact, "source", "fact_source", "saw", "fact_saw", "seen", "fact_seen", "why", "fact_why")
	case v.Bad():
		return v.Wrong(Fact)
	}
	return v.Redirect(page.FactHref(id) + "&done=" + done)
}
