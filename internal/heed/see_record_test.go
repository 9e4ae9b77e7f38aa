package heed_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/ledger"
)

// TestAnEntryShowsItsPlaceAndItsState follows a body from readable to erased,
// and checks each entry's proof as a stranger would.
func TestAnEntryShowsItsPlaceAndItsState(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	rows, err := w.Entries(ctx, w.now("analyst"), heed.EntryFilter{Limit: 500})
	w.must(err)
	bodies := map[string]int{}
	for _, r := range rows {
		bodies[r.Body]++
		e, err := w.Entry(ctx, w.now("analyst"), r.Index)
		w.must(err)
		c, err := ledger.ReadCheckpoint([]byte(e.Checkpoint))
		w.must(err)
		var hashes []ledger.Hash
		for _, h := range e.Proof {
			hashes = append(hashes, ledger.Hash(h))
		}
		w.must(ledger.Included(c, e.Index, e.Header, hashes))
		if h := ledger.LeafHash(e.Header); !bytes.Equal(e.LeafHash, h[:]) || e.TreeSize != c.Size {
			t.Errorf("entry %d: leaf hash or size", r.Index)
		}
		if !json.Valid(e.Open) && len(e.Open) > 0 {
			t.Errorf("entry %d: the open part is %q", r.Index, e.Open)
		}
	}
	if bodies[heed.BodyOpen] == 0 || bodies[heed.BodySealed] == 0 || bodies[heed.BodyProtected] != 0 {
		t.Errorf("the analyst is shown %v", bodies) // who a source is, is RED: not even that there is an entry
	}
	rows, err = w.Entries(ctx, w.now("duty-officer"), heed.EntryFilter{Kind: "report.identity"})
	w.must(err)
	if len(rows) != 1 || rows[0].Body != heed.BodyProtected {
		t.Fatalf("whoever took the report in is shown %+v", rows)
	}
	e, err := w.Entry(ctx, w.now("duty-officer"), rows[0].Index)
	w.must(err)
	if e.Sealed.State != heed.Sealed || e.Sealed.Body != "" {
		t.Errorf("a protected body: %+v", e.Sealed)
	}
	w.erased()
}

// erased destroys the words of the warning and looks at what is left of them.
func (w *world) erased() {
	t, ctx := w.t, w.t.Context()
	find := func() heed.Entry {
		rows, err := w.Entries(ctx, w.now("analyst"), heed.EntryFilter{Subject: "W-1", Kind: "warning.issued"})
		w.must(err)
		e, err := w.Entry(ctx, w.now("analyst"), rows[0].Index)
		w.must(err)
		return e
	}
	before := find()
	if !strings.Contains(before.Sealed.Body, canary) {
		t.Fatalf("the analyst reads %q", before.Sealed.Body)
	}
	w.must(w.Erase(ctx, w.now("custodian"), "W-1", "order 7/2026"))
	after := find()
	if after.Body != heed.BodyErased || after.Sealed.State != heed.Erased || after.Sealed.Body != "" || !bytes.Equal(after.Header, before.Header) {
		t.Errorf("erased: %s %+v", after.Body, after.Sealed)
	}
	authority, err := w.Entry(ctx, w.now("analyst"), after.Erased)
	w.must(err)
	if authority.Kind != "record.erased" || !strings.Contains(authority.Sealed.Body, "order 7/2026") {
		t.Errorf("the authority is entry %d, %s: %s", after.Erased, authority.Kind, authority.Sealed.Body)
	}
}

// TestWhatIsSomebodysOwnStaysTheirs: a device's name is not read by colleagues,
// and a stranger's explorer shows none of the office's entries.
func TestWhatIsSomebodysOwnStaysTheirs(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	_, err := w.NewToken(ctx, w.now("analyst"), "label-"+canary, []string{"read"}, time.Time{})
	w.must(err)
	rows, err := w.Entries(ctx, w.now("analyst"), heed.EntryFilter{Kind: "party.token-made"})
	w.must(err)
	for name, reads := range map[string]bool{"analyst": true, "administrator": true, "director": false, "duty-officer": false} {
		e, err := w.Entry(ctx, w.now(name), rows[0].Index)
		w.must(err)
		if strings.Contains(e.Sealed.Body, canary) != reads {
			t.Errorf("%s: %+v", name, e.Sealed)
		}
	}
	theirs, err := w.Entries(ctx, w.now("stranger"), heed.EntryFilter{Limit: 500})
	w.must(err)
	for _, r := range theirs {
		for _, s := range r.Subjects {
			if prefix, _, _ := strings.Cut(s, "-"); slices.Contains([]string{"S", "W", "D", "DEC", "R", "A"}, prefix) {
				t.Errorf("the stranger is shown entry %d about %s", r.Index, s)
			}
		}
	}
	if _, err := w.Entry(ctx, w.now("stranger"), 1_000_000); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("an entry that is not there: %v", err)
	}
}

// TestEntriesArePaged: pages hold every entry once, and filters select.
func TestEntriesArePaged(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	all, err := w.Entries(ctx, w.now("analyst"), heed.EntryFilter{Limit: 500})
	w.must(err)
	var paged []heed.EntryRow
	for f := (heed.EntryFilter{Limit: 7}); ; f.Before = paged[len(paged)-1].Index {
		rows, err := w.Entries(ctx, w.now("analyst"), f)
		w.must(err)
		paged = append(paged, rows...)
		if len(rows) < 7 {
			break
		}
	}
	if len(paged) != len(all) || len(all) < 30 {
		t.Errorf("%d entries on pages, %d at once", len(paged), len(all))
	}
	for name, f := range map[string]heed.EntryFilter{"noun": {Kind: "warning"}, "actor": {Actor: w.people["director"].Person}, "time": {From: all[10].At, To: all[3].At}} {
		rows, err := w.Entries(ctx, w.now("analyst"), f)
		w.must(err)
		if len(rows) == 0 || len(rows) >= len(all) {
			t.Errorf("%s: %d entries", name, len(rows))
		}
		for _, r := range rows {
			switch {
			case name == "noun" && !strings.HasPrefix(r.Kind, "warning."), name == "actor" && r.Actor.ID != f.Actor, name == "time" && (r.At.Before(f.From) || !r.At.Before(f.To)):
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	if kinds := w.EntryKinds(ctx); !slices.Contains(kinds, "warning.issued") || !slices.IsSorted(kinds) {
		t.Errorf("kinds: %v", kinds)
	}
}

// TestFind: by number and by name, and nothing that is not for the reader.
func TestFind(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	for q, id := range map[string]string{"w-1": "W-1", "S-1": "S-1", "plain": "S-1", "R-1": "R-1", "DEC-1": "DEC-1", "D-2": "D-2", "E-0": "E-0", "3": "E-3", "analyst umber": w.people["analyst"].Person} {
		hits, err := w.Find(ctx, w.now("analyst"), q)
		w.must(err)
		if len(hits) != 1 || hits[0].ID != id {
			t.Errorf("%q: %+v", q, hits)
		}
		if q[0] == 'a' || q == "E-0" || q == "3" {
			continue
		}
		if hits, err = w.Find(ctx, w.now("stranger"), q); err != nil || len(hits) > 0 {
			t.Errorf("the stranger finds %+v by %q (%v)", hits, q, err)
		}
	}
}
