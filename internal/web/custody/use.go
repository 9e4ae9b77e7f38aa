package custody

import (
	"mime"
	"net/http"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// uses are the fields that say for what an item is used, where that is not to
// keep it or to read it here.
func uses(v *visit.Visit, f look.Frame) page.UseForm {
	var purposes []look.Option
	for _, p := range consent.Purposes() {
		if !consent.InHouse(p) {
			purposes = append(purposes, look.Option{Value: string(p), Text: v.Words.T("purpose." + string(p))})
		}
	}
	return page.UseForm{For: f.Field("use").From(v.OrNone("use.here", purposes)).MayBeEmpty(), Party: f.Field("party").MayBeEmpty(),
		Class: f.Field("class").From(v.OrNone("option.none", v.Choices("use.class.", "court", "state", "un", "regional", "ngo", "archive"))).MayBeEmpty(),
		In:    f.Field("country").As("use.country").From(v.OrNone("option.none", v.Countries())).MayBeEmpty(),
		Death: f.Field("death").From(v.OrNone("use.death.unsaid", v.Choices("use.death.", "excluded", "possible"))).MayBeEmpty(), Asked: f.Field("asked").MayBeEmpty()}
}

// useOf reads them. Whoever names somebody, or a state, says for which use.
func useOf(v *visit.Visit) consent.Use {
	u := consent.Use{For: consent.Purpose(v.Text("use")), By: consent.Party{Name: v.Text("party")}, In: v.Text("country"), Death: consent.Death(v.Text("death")), Asked: v.Text("asked")}
	if class := v.Text("class"); class != "" {
		u.By.Classes = []string{class}
	}
	if u.For == "" && (u.By.Name != "" || u.By.Classes != nil || u.In != "" || u.Death != "" || u.Asked != "") {
		v.Blame("use", "error.choose.of")
	}
	if u.For != "" && u.By.Name == "" && u.By.Classes != nil {
		v.Blame("party", "error.required.of")
	}
	return u
}

// OpenItem gives the bytes of an item out, as a file to be kept: never to be
// shown by the browser on this site. That it was opened is on record before
// the first byte.
func OpenItem(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	v.Who.Purpose = v.Must("purpose")
	use := useOf(v)
	if v.Bad() {
		return v.Wrong(Item)
	}
	shown := v.Who
	v.Who.Use = use
	out := &download{w: v.W, name: id + ".bin", media: "application/octet-stream"}
	_, _, err := v.H.OpenEvidence(v.R.Context(), v.Who, id, out)
	if err != nil && out.begun { // what has left is not whole: the browser must not take it so
		panic(http.ErrAbortHandler)
	}
	if use.For != "" && fault.KindOf(err) == fault.KindDenied { // whoever may read it is told what is in the way, beside the form
		v.Who = shown
		err = v.Again(fault.WithHint(fault.Invalid("use", "%w", err), fault.Hint(err)), Item)
	}
	if err == nil && v.Code == 0 {
		out.begin() // an empty file
	}
	return err
}

// download sets the head of the answer when the first bytes come: until then
// the answer can still be a refusal.
type download struct {
	w           http.ResponseWriter
	name, media string
	begun       bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	h := d.w.Header()
	h.Set("Content-Type", d.media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
}

func (d *download) Write(p []byte) (int, error) {
	d.begin()
	return d.w.Write(p)
}
