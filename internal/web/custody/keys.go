package custody

import (
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Keys are the custody keys that are in force, with the forms that add one and
// end one.
func Keys(v *visit.Visit) error {
	all, err := v.H.CustodyKeys(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	t := look.Table{ID: "keys", Caption: w.T("keys.list"), Empty: w.T("keys.none"), Cols: w.Cols("key", "holder", "since", "#entry")}
	var ends []look.Option
	for _, k := range all {
		holder := look.Ref{ID: k.Holder.ID, Name: k.Holder.Name}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: k.Key, ID: true}, w.RefCell(holder), {At: k.Since}, w.EntryCell(k.Entry)}})
		ends = append(ends, look.Option{Value: k.Key, Text: k.Key + " · " + w.Name(holder)})
	}
	if done, err := v.Tables("/evidence/keys", &t); done {
		return err
	}
	people, err := v.Everyone("")
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: w.T("keys.title"), Here: "evidence"})
	if err != nil {
		return err
	}
	return v.Show("keys", page.Keys{Frame: f, Table: t, Recipient: f.Field("recipient").Area(4), Holder: f.Field("holder").As("keys.holder").From(people),
		Key: f.Field("key").As("keys.key").From(ends), Reason: f.Field("reason").As("keys.why").Area(2)})
}

// AddKey has what is taken in from now on encrypted to one more key.
func AddKey(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	recipient, holder := v.Must("recipient"), v.Must("holder")
	if v.Bad() {
		return v.Wrong(Keys)
	}
	k, err := v.H.AddCustodian(v.R.Context(), v.Who, recipient, holder)
	if err != nil {
		return v.Again(err, Keys)
	}
	return v.Done("/evidence/keys", "key.added", k.Key)
}

// EndKey has nothing encrypted to a key any more.
func EndKey(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	key, reason := v.Must("key"), v.Must("reason")
	if v.Bad() {
		return v.Wrong(Keys)
	}
	k, err := v.H.EndCustodian(v.R.Context(), v.Who, key, reason)
	if err != nil {
		return v.Again(err, Keys)
	}
	return v.Done("/evidence/keys", "key.ended", k.Key)
}
