package heed_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// The faults that a public penetration test once found in a system of this
// kind, each with its counterpart here. Stored scripts, formulas in tables and
// forged file names are in internal/web; bombs are in internal/evidence; guessing
// at the door is in internal/party/signin.

// restricted takes in an item that nobody but the custodian is named by, and a
// copy derived from it: its extracted text.
func restricted(t *testing.T, w *world) (original, copied string) {
	t.Helper()
	one := func(name, text, from string) string {
		s := evidence.Source{Name: name, Size: -1, From: from, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
		if from != "" {
			s.How, s.Tool = "text", "by hand"
		}
		out, err := w.AddEvidence(t.Context(), w.as("custodian"), heed.EvidenceInput{Authority: "order", Marking: "RED"}, []evidence.Source{s}, nil)
		if err != nil || len(out.Items) != 1 {
			t.Fatal(out.Refused, err)
		}
		return out.Items[0].ID
	}
	original = one("secret photo.jpg", "photo", "")
	return original, one("secret photo.txt", "the words in the photo", original)
}

// TestWhatOneMayNotReadIsNowhere: history, copies, lists, counts and searches
// follow the access to the item itself.
func TestWhatOneMayNotReadIsNowhere(t *testing.T) {
	w := newWorld(t, "")
	original, copied := restricted(t, w)
	for _, role := range []string{"analyst", "director", "duty-officer", "administrator", "stranger"} {
		who := w.people[role]
		who.Purpose = "curious"
		for _, id := range []string{original, copied} {
			if _, err := w.Item(t.Context(), who, id); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s reads the history of %s: %v", role, id, err)
			}
			var b bytes.Buffer
			if _, _, err := w.OpenEvidence(t.Context(), who, id, &b); err == nil || b.Len() > 0 {
				t.Errorf("%s opens %s", role, id)
			}
		}
		lib, err := w.Library(t.Context(), who, heed.EvidenceFilter{Q: "secret"}, 0)
		if err != nil || len(lib.Items) != 0 || lib.Total != 0 || lib.Facets["marking"]["RED"] != 0 {
			t.Errorf("%s finds %d items, %v, %v", role, lib.Total, lib.Facets, err)
		}
		if hits, err := w.Find(t.Context(), who, "secret photo"); err == nil && strings.Contains(fmt.Sprintf("%+v", hits), "secret photo.") {
			t.Errorf("%s finds it by searching: %v", role, hits)
		}
	}
	lib, err := w.Library(t.Context(), w.as("custodian"), heed.EvidenceFilter{Filter: evidence.Filter{How: "text"}}, 0)
	if err != nil || lib.Total != 1 || lib.Items[0].ID != copied {
		t.Errorf("of the texts the custodian finds %d, %v", lib.Total, err)
	}
	x, err := w.Item(t.Context(), w.as("custodian"), original)
	if err != nil || len(x.Derived) != 1 || len(x.Custody) != 2 {
		t.Fatalf("the custodian sees %d copies and %d events, %v", len(x.Derived), len(x.Custody), err)
	}
}

// TestOneItemTooManyChangesNone: a bulk change over an item that one may not
// change changes no other either, and does not say what the item is.
func TestOneItemTooManyChangesNone(t *testing.T) {
	w := newWorld(t, "")
	original, _ := restricted(t, w)
	both := []string{"E-1.1", original}
	focal := w.as("administrator") // who is the focal point too
	if err := w.LinkEvidence(t.Context(), focal, both, evidence.Link{Kind: "case", To: "C-1"}); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("linked: %v", err)
	}
	if err := w.HoldEvidence(t.Context(), w.as("administrator"), both, "H-9", "x", "x"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("held: %v", err)
	}
	p := consent.Permission{ID: "CO-1", For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}
	if err := w.PermitEvidence(t.Context(), w.as("administrator"), both, p); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("permitted: %v", err)
	}
	x, err := w.Item(t.Context(), w.as("custodian"), "E-1.1")
	if err != nil || len(x.Links) != 0 || x.Holds != 1 || len(x.Permissions) != 0 { // the one hold of the world
		t.Errorf("the other item was changed: %+v, %v", x.Item, err)
	}
}

// TestAnExportAsksForEachItem: an item that one may not read is in no copy and
// in no hand-over that one makes, alone or with others, and no file begins.
func TestAnExportAsksForEachItem(t *testing.T) {
	w := newWorld(t, "")
	original, copied := restricted(t, w)
	who := w.people["administrator"] // the focal point too, who may hand over
	who.Purpose = "to hand over"
	for _, items := range [][]string{{original}, {copied}, {"E-1.1", original}} {
		var b bytes.Buffer
		_, err := w.OfferHandover(t.Context(), who, heed.HandoverInput{Copy: true, Party: consent.Party{Name: "court"}, For: consent.Trial, In: "NLD", Items: items}, &b)
		if fault.KindOf(err) != fault.KindNotFound || b.Len() > 0 || strings.Contains(err.Error(), "secret photo") {
			t.Errorf("%v: %d bytes, %v", items, b.Len(), err)
		}
	}
}

// TestASearchTellsNothingOfWhatOneMayNotOpen: the text and the fields that were
// read of an item are found by those who may open it, for a purpose, and the
// opening is on record before the snippet leaves. Everybody else finds nothing,
// and is not told in how many items there was something to find.
func TestASearchTellsNothingOfWhatOneMayNotOpen(t *testing.T) {
	w := newWorld(t, "")
	w.reopenWith(heed.Opening{Read: func(_ context.Context, name string, data io.Reader) (*reading.Reading, error) {
		b, err := io.ReadAll(data)
		return reading.Read(name, b), err
	}})
	original, copied := restricted(t, w)
	custodian := w.as("custodian")
	custodian.Purpose = "to find the photo"
	for _, id := range []string{original, copied} {
		if _, err := w.ReadEvidence(t.Context(), custodian, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, role := range []string{"analyst", "director", "duty-officer", "administrator", "stranger"} {
		who := w.people[role]
		who.Purpose = "curious"
		out, err := w.SearchEvidence(t.Context(), who, "photo", 0)
		if err == nil && (len(out.Found) > 0 || out.Looked > 0 || out.More) {
			t.Errorf("%s finds %+v", role, out)
		}
		if _, err := w.ReadEvidence(t.Context(), who, copied); err == nil {
			t.Errorf("%s has it read", role)
		}
	}
	events := func(id string) int {
		x, err := w.Item(t.Context(), custodian, id)
		if err != nil || x.Read == nil || x.Read.Text != "" {
			t.Fatalf("the item shows %+v, %v", x.Read, err)
		}
		return len(x.Custody)
	}
	before := events(copied)
	silent := custodian
	silent.Purpose = " "
	if out, err := w.SearchEvidence(t.Context(), silent, "photo", 0); err == nil || len(out.Found) > 0 {
		t.Errorf("without a purpose: %+v, %v", out, err)
	}
	if n := events(copied); n != before {
		t.Errorf("what found nothing left %d entries", n-before)
	}
	out, err := w.SearchEvidence(t.Context(), custodian, "words photo", 0)
	if err != nil || len(out.Found) != 1 || out.Found[0].ID != copied || out.Found[0].Opened == 0 || out.Looked != 2 {
		t.Fatalf("the custodian finds %+v, %v", out, err)
	}
	if n := events(copied); n != before+1 {
		t.Errorf("the snippet left %d entries", n-before)
	}
	w.must(w.Erase(t.Context(), w.as("custodian"), copied, "order 9"))
	if out, err := w.SearchEvidence(t.Context(), custodian, "words photo", 0); err != nil || len(out.Found) > 0 || out.Looked != 1 {
		t.Errorf("after it was erased: %+v, %v", out, err)
	}
	if x, err := w.Item(t.Context(), custodian, copied); err != nil || x.Read != nil {
		t.Errorf("after it was erased: %+v, %v", x.Read, err)
	}
}
