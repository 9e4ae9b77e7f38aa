package custody

import (
	"net/http"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// ExportForm asks which items go out, for what, to whom and where. The items of a
// case, or of a part of the library, are named already.
func ExportForm(v *visit.Visit) error {
	w, q := v.Words, v.R.URL.Query()
	f, err := v.Frame(look.Frame{Title: w.T("export.title"), Here: "evidence"})
	if err != nil {
		return err
	}
	if !f.Can("evidence.open") {
		return fault.Denied("you may not open evidence")
	}
	p := page.Export{}
	named := q["item"]
	if filter := filterOf(q); len(named) == 0 && v.Form.Values == nil && filter != (heed.EvidenceFilter{}) {
		filter.Limit = 500
		lib, err := v.H.Library(v.R.Context(), v.Who, filter, 0)
		if err != nil {
			return err
		}
		for _, i := range lib.Items {
			named = append(named, i.ID)
		}
		if lib.More {
			p.Part = w.T("export.part", len(lib.Items), lib.Total)
		}
	}
	v.Prefill("items", strings.Join(named, "\n"))
	f.Form = v.Form
	p.Frame, p.Use = f, uses(v, f)
	p.Use.For = f.Field("use").From(v.OrNone("option.none", outward(v)))
	p.Use.Party = f.Field("party").As("export.party")
	p.Items, p.Name, p.Purpose = f.Field("items").As("export.items").Area(5), f.Field("name").As("export.name").MayBeEmpty(), f.Field("purpose")
	return v.Show("export", p)
}

// outward are the purposes for which somebody else gets a thing.
func outward(v *visit.Visit) []look.Option {
	return slices.DeleteFunc(purposes(v, consent.Trial), func(o look.Option) bool { return consent.InHouse(consent.Purpose(o.Value)) })
}

// Export gives items out as a bag. That they were opened is on record before the
// first byte; what the reader may not see or use so is left out and listed.
func Export(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("purpose")
	v.Pick("use")
	v.Must("party")
	use := useOf(v)
	if v.Bad() {
		return v.Wrong(ExportForm)
	}
	shown := v.Who
	v.Who.Use = use
	out := &download{w: v.W, name: "export.zip", media: "application/zip"}
	_, err := v.H.ExportZip(v.R.Context(), v.Who, heed.ExportInput{Items: v.Lines("items"), Title: v.Text("name"), Withhold: true}, out)
	if err != nil && out.begun { // what has left is not whole: the browser must not take it so
		panic(http.ErrAbortHandler)
	}
	if kind := fault.KindOf(err); kind == fault.KindDenied || kind == fault.KindNotFound {
		err = fault.WithHint(fault.Invalid("items", "%w", err), fault.Hint(err))
	}
	if err != nil {
		v.Who = shown
		return v.Again(err, ExportForm)
	}
	return nil
}
