package custody

import (
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Unpack takes the records of an export in and says what became of them. Files that it
// names are looked for among what came in with it.
func Unpack(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("unpack_purpose")
	if v.Bad() {
		return v.Wrong(Item)
	}
	id := v.R.PathValue("id")
	x, err := v.H.UnpackEvidence(v.R.Context(), v.Who, id, heed.UnpackInput{})
	if fault.Field(err) == "item" { // what is wrong with it is said beside the button
		err = fault.WithHint(fault.Invalid("unpack_purpose", "%w", err), fault.Hint(err))
	}
	if err != nil {
		return v.Again(err, Item)
	}
	if len(x.Items) > 0 {
		if err := v.H.JudgeSoon(v.R.Context(), v.Who, x.Intake, x.Items); err != nil {
			return err
		}
	}
	export, err := v.H.Item(v.R.Context(), v.Who, id)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("unpack.title", id), ID: id, Kicker: v.Words.T("kicker.item"), Here: "evidence", Record: look.Place{Entry: x.Opened}})
	if err != nil {
		return err
	}
	return v.Show("unpacked", page.NewUnpacked(f, id, x, export.Names))
}
