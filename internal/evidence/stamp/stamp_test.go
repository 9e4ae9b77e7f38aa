package stamp_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// pending is what a calendar answers: a pending attestation.
func pending() []byte {
	uri := "https://calendar.example"
	body := append([]byte{byte(len(uri))}, uri...)
	return append(append([]byte{0x00, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e}, byte(len(body))), body...)
}

func TestQueueIsWhatIsMissing(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		desk := evidence.New(n.Record, nil)
		calendar := stamp.Authority{URL: "https://calendar.example", Kind: stamp.OpenTimestamps}
		var in evidence.Intake
		n.Must("P-1", func(tx *record.Tx) (err error) {
			if _, err := stamp.AddAuthority(tx, calendar, false); err != nil {
				return err
			}
			in, err = desk.Begin(tx, evidence.IntakeInput{Authority: "x"})
			return err
		})
		missing := func() (ids []string) {
			n.Look(func(v *record.View) (err error) { ids, err = stamp.Missing(v, calendar, 10); return err })
			return ids
		}
		if len(missing()) != 0 {
			t.Error("an intake that goes on is in the queue")
		}
		if err := desk.End(t.Context(), record.By{Person: "P-1", At: n.At}, in, 0); err != nil {
			t.Fatal(err)
		}
		if len(missing()) != 1 {
			t.Error("an intake that ended is not in the queue")
		}
		d := stamp.Due{Intake: in.ID, Authority: calendar, Text: []byte(stamp.Line([]byte{0}, "E-1.1"))}
		body, _, err := stamp.Request(d)
		if sum := sha256.Sum256(d.Text); err != nil || string(body) != string(sum[:]) {
			t.Errorf("asked with %x, %v", body, err)
		}
		s, err := stamp.Read(d, pending())
		if err != nil {
			t.Fatal(err)
		}
		n.Must("P-1", func(tx *record.Tx) error { _, err := stamp.Keep(tx, s); return err })
		if len(missing()) != 0 {
			t.Error("a stamped intake is in the queue")
		}
		n.Look(func(v *record.View) error {
			all, err := stamp.Of(v, in.ID)
			if err != nil || len(all) != 1 || len(all[0].Token) == 0 {
				t.Errorf("%+v, %v", all, err)
			}
			due, err := stamp.Renewals(v, nil, time.Now(), 10)
			if err != nil || len(due) != 0 {
				t.Errorf("%+v, %v", due, err)
			}
			return nil
		})
		for _, a := range []stamp.Authority{{URL: "ftp://x", Kind: stamp.RFC3161}, {URL: "https://u:p@x", Kind: stamp.RFC3161}, {URL: "https://x", Kind: "notary"}} {
			if err := n.Try("P-1", func(tx *record.Tx) error { _, err := stamp.AddAuthority(tx, a, false); return err }); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%+v: %v", a, err)
			}
		}
	}, evidence.Module(), stamp.Module())
}

// TestLate: a renewal carries a time on only if it was made while what it renews was
// valid. One that came too late says so, and the evidence record ends before it.
func TestLate(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
		keep := func(renews int64, at, ends int) int64 {
			var e record.Entry
			n.Must("P-1", func(tx *record.Tx) (err error) {
				e, err = stamp.Keep(tx, stamp.Stamp{Intake: "IN-1", Authority: "https://x", Kind: stamp.RFC3161, At: day(at), Ends: day(ends), Renews: renews, Token: []byte{0x04, 1, byte(at)}})
				return err
			})
			return e.Index
		}
		first := keep(0, 1, 10)
		intime := keep(first, 10, 20)
		late := keep(intime, 21, 30)
		after := keep(late, 25, 40)
		n.Look(func(v *record.View) error {
			all, err := stamp.Of(v, "IN-1")
			if err != nil || len(all) != 4 {
				t.Fatalf("%+v, %v", all, err)
			}
			for _, s := range all {
				if s.Late != (s.Entry == late) {
					t.Errorf("made %s, late: %v", s.At, s.Late)
				}
			}
			for from, tokens := range map[int64]int{first: 2, intime: 1, late: 2, after: 1} {
				der, err := stamp.Chain(all, from)
				if got := bytes.Count(der, []byte{0x30, 3, 0x04, 1}); err != nil || got != tokens {
					t.Errorf("the record from entry %d holds %d tokens, not %d: %x, %v", from, got, tokens, der, err)
				}
			}
			return nil
		})
	}, evidence.Module(), stamp.Module())
}

// FuzzRead gives the reader of answers anything at all: it must refuse.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x00}, false)
	f.Add(pending(), true)
	f.Fuzz(func(t *testing.T, b []byte, calendar bool) {
		d := stamp.Due{Authority: stamp.Authority{Kind: stamp.RFC3161}, Text: []byte("x")}
		if calendar {
			d.Authority.Kind = stamp.OpenTimestamps
		}
		if s, err := stamp.Read(d, b); err == nil && !calendar {
			t.Errorf("%d bytes passed for a token: %+v", len(b), s)
		}
	})
}
