package transfer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func contents(n int) bundle.Contents {
	var c bundle.Contents
	c.Logs = []bundle.Log{{Key: "key", Checkpoint: []byte("checkpoint\n"), Witnesses: []string{}}}
	for i := range n {
		sum := sha256.Sum256([]byte{byte(i)})
		h := hex.EncodeToString(sum[:])
		c.Items = append(c.Items, handover.Item{N: i + 1, ID: "E-1.1", SHA256: h, Consents: []string{}, Payload: handover.Plain,
			Custody: []handover.Segment{{Node: "a.example.org/log", ID: "E-1.1", Events: 1, Head: custody.ChainStart(sum).String()}}})
	}
	return c
}

// TestBothSides keeps a hand-over as the sender and as the receiver do.
func TestBothSides(t *testing.T) {
	blobs, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	desk := transfer.New(blobs)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		moved := []transfer.Moved{{N: 1, Item: "E-1.1"}, {N: 2, Item: "E-1.2"}, {N: 3, Item: "E-1.3"}}
		kept, list, err := desk.Keep(t.Context(), contents(3), moved)
		if err != nil {
			t.Fatal(err)
		}
		o := transfer.Offering{ID: "H-1", Mandate: "M-1", Marking: "AMBER", Offer: handover.Offer{To: "b.example.org/log", Items: 3, Bytes: 9}, Signed: []byte("offer " + recordtest.Canary),
			Contents: kept, List: list}
		if err := n.Try("P-1", func(tx *record.Tx) error { _, err := transfer.Offer(tx, o); return err }); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("offered for no purpose: %v", err)
		}
		o.Purpose = "the end of the mandate"
		n.Must("P-1", func(tx *record.Tx) error { _, err := transfer.Offer(tx, o); return err })
		var refusals []byte
		for _, place := range []int{1, 2} {
			line, err := handover.Refusal{N: place, SHA256: contents(3).Items[place-1].SHA256, Why: "damaged"}.Line()
			if err != nil {
				t.Fatal(err)
			}
			refusals = append(refusals, line...)
		}
		n.At = n.At.Add(time.Hour)
		withdraw := func(why string) error {
			return n.Try("P-1", func(tx *record.Tx) error {
				h, err := transfer.Get(tx.View, "H-1")
				if err != nil {
					return err
				}
				_, err = transfer.Withdraw(tx, h, why)
				return err
			})
		}
		for _, c := range []struct {
			why  string
			kind fault.Kind
		}{{" ", fault.KindInvalid}, {"the disk was full", fault.KindOther}, {"again", fault.KindStale}} {
			if err := withdraw(c.why); fault.KindOf(err) != c.kind {
				t.Errorf("withdrawn for %q: %v", c.why, err)
			}
		}
		n.Must("P-1", func(tx *record.Tx) error { // who has the bundle answers all the same
			h, err := transfer.Get(tx.View, handover.Digest(o.Signed))
			if err != nil {
				return err
			}
			if h.State != transfer.Withdrawn {
				t.Errorf("it is %s", h.State)
			}
			_, err = transfer.Answer(tx, h, handover.Answer{Outcome: handover.Partly, Refused: 2}, []byte("receipt"), refusals)
			return err
		})
		n.Must("P-2", func(tx *record.Tx) error {
			_, err := transfer.Take(tx, transfer.Taking{ID: "H-2", Marking: "RED", Offer: handover.Offer{From: "c.example.org/log"}, Signed: []byte("another offer"),
				Answer: handover.Answer{Outcome: handover.Accepted, Taken: 2}, Receipt: []byte("ours"), Contents: kept, List: list})
			return err
		})
		n.Look(func(v *record.View) error {
			h, err := transfer.Get(v, "H-1")
			if err != nil || h.State != handover.Partly || h.Refused != 2 || h.Purpose != o.Purpose || h.Receipt != "receipt" || h.Offered != string(o.Signed) || h.Answered.IsZero() {
				t.Errorf("%+v, %v", h, err)
			}
			if err := n.Try("P-1", func(tx *record.Tx) error {
				_, err := transfer.Answer(tx, h, handover.Answer{}, nil, nil)
				return err
			}); fault.KindOf(err) != fault.KindStale {
				t.Errorf("answered twice: %v", err)
			}
			c, err := desk.Contents(t.Context(), h)
			if err != nil || len(c.Items) != 3 || c.Items[2].SHA256 != contents(3).Items[2].SHA256 {
				t.Errorf("%d items, %v", len(c.Items), err)
			}
			gone, err := transfer.Taken(v)
			if err != nil || len(gone) != 1 || gone["E-1.3"][0] != "b.example.org/log" {
				t.Errorf("%v, %v", gone, err)
			}
			from, place, err := transfer.Origin(v, "E-1.2")
			if err != nil || from.ID != "H-2" || place != 2 || from.Marking(v) != "RED" {
				t.Errorf("%+v, %d, %v", from, place, err)
			}
			all, err := transfer.Of(v, "E-1.1")
			if err != nil || len(all) != 2 || all[0].ID != "H-1" || all[0].Fate != "refused" || all[0].Why != "damaged" || all[0].Taker != "P-1" || all[1].ID != "H-2" || all[1].Fate != "came" {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
	}, transfer.Module(blobs))
}

// FuzzParseReceipt cuts anything in two: what is cut is put together again.
func FuzzParseReceipt(f *testing.F) {
	f.Add(transfer.Receipt{Answer: []byte("heed-receipt/v1\n{}\n\n— x y\n"), Refusals: []byte("{}\n")}.Format())
	f.Add([]byte("\n--- refusals\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := transfer.ParseReceipt(b); err == nil && !bytes.Equal(r.Format(), b) {
			t.Errorf("%q is put together as %q", b, r.Format())
		}
	})
}
