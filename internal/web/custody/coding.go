package custody

import (
	"strings"

	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// codingForm is the fields with which an item is coded, as it was coded last.
func codingForm(v *visit.Visit, f look.Frame, x heed.ItemView) (out page.CodingForm, err error) {
	if !x.MayChange || x.Withheld != "" || x.Erased {
		return out, nil
	}
	words, err := v.H.CodingVocabulary(v.R.Context(), v.Who)
	if err != nil {
		return out, err
	}
	var terms []look.Option
	for _, t := range words.Terms {
		terms = append(terms, look.Option{Value: t.String(), Text: t.Label, Hint: t.Field})
	}
	out = page.CodingForm{Terms: f.Field("terms").As("coding.terms").Of("checkbox").From(terms).MayBeEmpty(), Events: f.Field("events").As("coding.events").Area(2).MayBeEmpty(),
		Persons: f.Field("persons").As("coding.persons").Area(2).MayBeEmpty(), Places: f.Field("places").As("coding.places").Area(2).MayBeEmpty(), Note: f.Field("coding_note").As("evidence.note").MayBeEmpty()}
	return out, nil
}

// CodeItem says what an item shows.
func CodeItem(v *visit.Visit) error {
	return onItem(v, "saved", func(id string) error {
		in := coding.Input{Content: coding.Content{Note: v.Text("coding_note"), Places: lines(v.Text("places"))}}
		for _, s := range v.Form.Values["terms"] {
			t, err := coding.ParseTerm(s)
			if err != nil {
				return err
			}
			in.Terms = append(in.Terms, t)
		}
		for _, s := range lines(v.Text("events")) {
			p := strings.SplitN(s+"||", "|", 3)
			in.Events = append(in.Events, coding.Event{Date: p[0], Place: p[1], What: strings.TrimRight(p[2], "|")})
		}
		for _, s := range lines(v.Text("persons")) {
			name, role, _ := strings.Cut(s, "|")
			in.Persons = append(in.Persons, coding.Person{Name: name, Role: role})
		}
		_, err := v.H.CodeEvidence(v.R.Context(), v.Who, id, in)
		return err
	})
}

// lines are those of a text that say something.
func lines(text string) (out []string) {
	for s := range strings.Lines(text) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ReviewCoding accepts what somebody else coded, or gives it back with words.
func ReviewCoding(v *visit.Visit) error {
	return onItem(v, "reviewed", func(id string) error {
		_, err := v.H.ReviewCoding(v.R.Context(), v.Who, id, v.Text("coding_state"), v.Text("coding_words"))
		return err
	})
}
