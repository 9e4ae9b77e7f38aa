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

// Vocabulary is the words with which items are coded, and who put them into
// force.
func Vocabulary(v *visit.Visit) error {
	x, err := v.H.CodingVocabulary(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	p := page.Vocabulary{Shipped: x.Entry == 0,
		Terms:   look.Table{ID: "terms", Caption: w.T("vocabulary.terms"), Cols: w.Cols("field", "code", "label")},
		Adopted: look.Table{ID: "adopted", Caption: w.T("vocabulary.adopted"), Cols: w.Cols("at", "by", "#entry")}}
	for _, t := range x.Terms {
		p.Terms.Rows = append(p.Terms.Rows, look.Row{Cells: []look.Cell{{Text: t.Field, ID: true}, {Text: t.Code, ID: true}, {Text: t.Label}}})
	}
	for _, a := range x.Adopted {
		p.Adopted.Rows = append(p.Adopted.Rows, look.Row{Cells: []look.Cell{{At: a.At}, w.RefCell(a.By), w.EntryCell(a.Entry)}})
	}
	if done, err := v.Tables("/coding", &p.Terms, &p.Adopted); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: w.T("vocabulary"), Here: "evidence", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	var file strings.Builder
	if err := p.Terms.WriteCSV(&file); err != nil {
		return err
	}
	v.Prefill("vocabulary", file.String())
	f.Form = v.Form
	p.Frame, p.File = f, f.Field("vocabulary").Area(16)
	return v.Show("vocabulary", p)
}

// AdoptVocabulary puts an office's own words into force.
func AdoptVocabulary(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	file := v.Must("vocabulary")
	if v.Bad() {
		return v.Wrong(Vocabulary)
	}
	if _, err := v.H.AdoptVocabulary(v.R.Context(), v.Who, []byte(file)); err != nil {
		return v.Again(err, Vocabulary)
	}
	return v.Done("/coding", "vocabulary", "")
}
