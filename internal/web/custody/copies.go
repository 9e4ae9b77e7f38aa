package custody

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// copyForm asks what is to be gone from a copy, and for what copies are made.
func copyForm(v *visit.Visit, f look.Frame) page.CopyForm {
	v.Prefill("dpi", "150")
	f.Form = v.Form
	return page.CopyForm{Words: f.Field("redact_words").As("copies.words").Area(3).MayBeEmpty(), Boxes: f.Field("redact_boxes").As("copies.boxes").Area(3).MayBeEmpty(),
		DPI: f.Field("dpi").As("copies.dpi").Of("number").MayBeEmpty(), Seen: f.Field("seen").As("copies.seen").MayBeEmpty(),
		Purpose: f.Field("copy_purpose").As("copies.purpose"), TextPurpose: f.Field("text_purpose").As("copies.purpose")}
}

// RedactItem makes a copy of an item from which something is gone. The original is
// opened for it; nothing of it is shown.
func RedactItem(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("copy_purpose")
	r := copies.Redaction{Words: v.Lines("redact_words")}
	for _, line := range v.Lines("redact_boxes") {
		b, err := copies.ParseBlackout(line)
		if err != nil {
			v.Blame("redact_boxes", "error.copies.box")
			break
		}
		r.Boxes = append(r.Boxes, b)
	}
	if v.Text("dpi") != "" {
		r.DPI = v.Number("dpi")
	}
	for _, n := range strings.FieldsFunc(v.Text("seen"), func(c rune) bool { return c == ',' || c == ' ' }) {
		page, err := strconv.Atoi(n)
		if err != nil {
			v.Blame("seen", "error.copies.seen")
			break
		}
		r.Seen = append(r.Seen, page)
	}
	return copied(v, "copies.redacted", func(id string) (evidence.Taken, error) { return v.H.RedactEvidence(v.R.Context(), v.Who, id, r) })
}

// KeepText keeps the text of an item as an item of its own.
func KeepText(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("text_purpose")
	return copied(v, "copies.kept", func(id string) (evidence.Taken, error) { return v.H.KeepText(v.R.Context(), v.Who, id) })
}

// copied makes a copy and leads to it.
func copied(v *visit.Visit, done string, make func(id string) (evidence.Taken, error)) error {
	if v.Bad() {
		return v.Wrong(Item)
	}
	id := v.R.PathValue("id")
	taken, err := make(id)
	if err != nil {
		return v.Again(err, Item)
	}
	return v.Done("/evidence/"+taken.ID, done, taken.ID)
}
