package heed_test

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// kept stands in the name, the path, the note and the bytes of an item.
const kept = "unconsented7"

// conditioned takes in an item and a text derived from it.
func conditioned(t *testing.T, w *world) (original, text string) {
	t.Helper()
	one := func(from string) string {
		s := evidence.Source{Name: kept + ".jpg", Path: "/phone/" + kept, Note: "note " + kept, Size: -1, From: from,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("bytes " + kept + from)), nil }}
		if from != "" {
			s.How, s.Tool = "text", "by hand"
		}
		out, err := w.AddEvidence(t.Context(), w.as("custodian"), heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, []evidence.Source{s}, nil)
		if err != nil || len(out.Items) != 1 {
			t.Fatal(out.Refused, err)
		}
		return out.Items[0].ID
	}
	original = one("")
	return original, one(original)
}

func (w *world) permit(id string, change func(*consent.Permission)) {
	w.t.Helper()
	p := consent.Permission{ID: "CON-7", Given: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}
	change(&p)
	w.must(w.PermitEvidence(w.t.Context(), w.as("custodian"), []string{id}, p))
}

// TestConsentAtEveryDoor reads like the policy: with what condition on an item,
// who finds it, who reads its name, who opens it, and whether the text that was
// derived from it goes the same way.
func TestConsentAtEveryDoor(t *testing.T) {
	testkit.Slow(t)
	w := newWorld(t, "")
	ctx := t.Context()
	const hidden, row, read, opened = "hidden", "a row without words", "read", "opened"
	trial := func(by, in string, death consent.Death) consent.Use {
		return consent.Use{For: consent.Trial, By: consent.Party{Name: by}, In: in, Death: death}
	}
	for _, c := range []struct {
		what   string
		change func(*consent.Permission)
		role   string
		use    consent.Use
		want   string
	}{
		{"for all", func(*consent.Permission) {}, "analyst", consent.Use{}, opened},
		{"for all", func(*consent.Permission) {}, "custodian", consent.Use{}, opened},
		{"for all", func(*consent.Permission) {}, "stranger", consent.Use{}, hidden},
		{"for a trial alone", func(p *consent.Permission) { p.For = []consent.Purpose{consent.Trial} }, "analyst", consent.Use{}, hidden},
		{"for a trial alone", func(p *consent.Permission) { p.For = []consent.Purpose{consent.Trial} }, "custodian", consent.Use{}, opened},
		{"for a trial alone", func(p *consent.Permission) { p.For = []consent.Purpose{consent.Trial} }, "custodian", consent.Use{For: consent.Analysis}, row},
		{"for a trial alone", func(p *consent.Permission) { p.For = []consent.Purpose{consent.Trial} }, "analyst", consent.Use{For: consent.Keep}, read},
		{"for the ICC", func(p *consent.Permission) { p.To = []string{"ICC"} }, "custodian", trial("ICC", "NLD", ""), opened},
		{"for the ICC", func(p *consent.Permission) { p.To = []string{"ICC"} }, "custodian", trial("Press", "NLD", ""), row},
		{"in the Netherlands", func(p *consent.Permission) { p.In = []string{"NLD"} }, "custodian", trial("ICC", "NLD", ""), opened},
		{"in the Netherlands", func(p *consent.Permission) { p.In = []string{"NLD"} }, "custodian", trial("ICC", "USA", ""), row},
		{"without death", func(p *consent.Permission) { p.NoDeath = true }, "custodian", trial("court", "USA", consent.DeathPossible), row},
		{"without death", func(p *consent.Permission) { p.NoDeath = true }, "custodian", trial("court", "USA", ""), row},
		{"without death", func(p *consent.Permission) { p.NoDeath = true }, "custodian", trial("court", "USA", consent.DeathExcluded), opened},
		{"until yesterday", func(p *consent.Permission) { p.Until = p.Given.AddDate(1, 0, 0) }, "custodian", consent.Use{}, row},
		{"until yesterday", func(p *consent.Permission) { p.Until = p.Given.AddDate(1, 0, 0) }, "analyst", consent.Use{}, hidden},
		{"taken back", func(p *consent.Permission) { p.Withdrawals = []consent.Withdrawal{{At: p.Given}} }, "custodian", consent.Use{}, row},
		{"taken back", func(p *consent.Permission) { p.Withdrawals = []consent.Withdrawal{{At: p.Given}} }, "director", consent.Use{}, hidden},
		{"ask first", func(p *consent.Permission) { p.Ask = true }, "analyst", consent.Use{}, hidden},
	} {
		original, text := conditioned(t, w)
		w.permit(original, c.change)
		for _, id := range []string{original, text} {
			who := w.as(c.role)
			who.Purpose, who.Use = "to see", c.use
			got := hidden
			if x, err := w.Item(ctx, who, id); err == nil {
				got = map[bool]string{true: read, false: row}[x.Name != ""]
				if x.Withheld == "" && x.Name == "" {
					t.Errorf("%s: %s is told nothing, and not why", c.what, c.role)
				}
			} else if strings.Contains(err.Error(), kept) || fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s: %s is told %v", c.what, c.role, err)
			}
			var b bytes.Buffer
			if _, _, err := w.OpenEvidence(ctx, who, id, &b); err == nil && strings.Contains(b.String(), kept) {
				got = opened
			} else if err == nil || b.Len() > 0 || strings.Contains(err.Error(), kept) {
				t.Errorf("%s: opened with %d bytes and %v", c.what, b.Len(), err)
			}
			b.Reset() // an export asks for each item as its opening does, and for more than to keep it
			_, err := w.ExportZip(ctx, who, heed.ExportInput{Items: []string{id}, Withhold: true}, &b)
			if wrong := err == nil && got != opened || err != nil && got == opened && c.use.For != ""; wrong || err != nil && (b.Len() > 0 || strings.Contains(err.Error(), kept)) {
				t.Errorf("%s, %s: %s, and exported %d bytes with %v", c.what, c.role, got, b.Len(), err)
			}
			lib, err := w.Library(ctx, who, heed.EvidenceFilter{Q: "", Filter: evidence.Filter{ID: id}}, 0)
			w.must(err)
			if listed := lib.Total == 1; listed == (got == hidden) || listed && (lib.Items[0].Name == "") != (got == row) {
				t.Errorf("%s, %s: %s, and the list has %+v", c.what, c.role, got, lib.Items)
			}
			if lib, err = w.Library(ctx, who, heed.EvidenceFilter{Q: kept, Filter: evidence.Filter{ID: id}}, 0); err != nil || (lib.Total == 1) != (got == read || got == opened) {
				t.Errorf("%s, %s: %s, and its name finds %d, %v", c.what, c.role, got, lib.Total, err)
			}
			if got != c.want {
				t.Errorf("%s, %s for %q: %s is %s, want %s", c.what, c.role, c.use.For, id, got, c.want)
			}
		}
	}
}

// TestNoWayRoundConsent calls every method that there is, as everybody, with
// items whose consent was taken back: nothing that is sealed of them comes out,
// in an answer or an error.
func TestNoWayRoundConsent(t *testing.T) {
	testkit.Slow(t)
	w := newWorld(t, "")
	original, text := conditioned(t, w)
	w.permit(original, func(p *consent.Permission) { p.Withdrawals = []consent.Withdrawal{{At: p.Given}} })
	in := "IN-" + strings.TrimSuffix(strings.TrimPrefix(original, "E-"), ".1")
	h, called := reflect.ValueOf(w.Heed), 0
	for i := range h.NumMethod() {
		m := h.Type().Method(i)
		if m.Type.NumIn() < 3 || m.Type.In(2) != reflect.TypeFor[heed.Who]() || m.Name == "Erase" || m.Name == "PermitEvidence" {
			continue
		}
		called++
		for _, role := range []string{"custodian", "analyst", "administrator", "director"} {
			for _, id := range []string{original, text, in} {
				who := w.people[role]
				who.Purpose = "to see"
				out, err := call(h.Method(i), t.Context(), who, id)
				if strings.Contains(out, kept) || err != nil && strings.Contains(err.Error(), kept) {
					t.Errorf("%s(%s) tells %s: %.300s %v", m.Name, id, role, out, err)
				}
			}
		}
	}
	if called < 40 {
		t.Errorf("only %d methods were called", called)
	}
	offer := heed.HandoverInput{Copy: true, Party: consent.Party{Name: "court"}, For: consent.Trial, In: "NLD", Death: consent.DeathExcluded, Items: []string{text}}
	who := w.people["custodian"]
	who.Purpose = "to hand over"
	var b bytes.Buffer
	if _, err := w.OfferHandover(t.Context(), who, offer, &b); fault.KindOf(err) != fault.KindDenied || b.Len() > 0 {
		t.Errorf("handed over without consent: %d bytes, %v", b.Len(), err)
	}
	if _, err := w.RedactEvidence(t.Context(), who, text, copies.Redaction{Words: []string{kept}}); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("redacted without consent: %v", err)
	}
}
