package record

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/ledger"
	"github.com/heed-project/heed/ledger/ledgertest"
	"golang.org/x/mod/sumdb/note"
)

// TestLog runs the suite that every store of a ledger passes.
func TestLog(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, url string) {
		ledgertest.Run(t, func(t *testing.T) ledger.Store {
			s := db.Source{Path: filepath.Join(t.TempDir(), "heed.db"), Key: make([]byte, 32), URL: url}
			if url != "" {
				s.URL = testkit.Postgres(t)
			}
			return openLog(t, s)
		})
	})
}

// reopening is a log that can be closed and opened again, as a restart does.
type reopening struct {
	logStore
	source db.Source
}

func openLog(t *testing.T, s db.Source) ledger.Store {
	d, err := db.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Update(t.Context(), makeBase); err != nil {
		t.Fatal(err)
	}
	return reopening{logStore{d}, s}
}

// Reopen implements ledgertest.Reopener.
func (r reopening) Reopen(t *testing.T) ledger.Store {
	r.db.Close()
	return openLog(t, r.source)
}

func aLeaf(t testing.TB) (b []byte, s note.Signer, v note.Verifier) {
	skey, vkey, err := note.GenerateKey(rand.Reader, "heed.example/test/entries")
	if err != nil {
		t.Fatal(err)
	}
	s, _ = note.NewSigner(skey)
	v, _ = note.NewVerifier(vkey)
	h := Header{Kind: "warning.issued", Time: time.Date(2026, 11, 22, 16, 4, 16, 123456000, time.UTC), Actor: "P-1", Node: "heed.example/test",
		Subjects: []string{"W-1", "S-1"}, Marking: "AMBER", Key: "W-1", Clock: "behind by 3s", openSum: make([]byte, 32), sealedSum: bytes.Repeat([]byte{1}, 32)}
	b, err = leaf(h.line(), s)
	if err != nil {
		t.Fatal(err)
	}
	return b, s, v
}

func TestLeafIsCheckedToTheByte(t *testing.T) {
	b, _, v := aLeaf(t)
	if _, err := ParseLeaf(b); err != nil {
		t.Fatal(err)
	}
	if err := VerifyLeaf(b, v); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		for _, x := range []byte{1, 0x20, 0x80} {
			c := bytes.Clone(b)
			c[i] ^= x
			if VerifyLeaf(c, v) == nil {
				t.Errorf("byte %d of %q changed, and it still verifies", i, b)
			}
		}
	}
	for _, tail := range []string{"\n", " ", "x"} {
		if VerifyLeaf(append(bytes.Clone(b), tail...), v) == nil {
			t.Errorf("a tail of %q is accepted", tail)
		}
	}
	_, _, other := aLeaf(t)
	if VerifyLeaf(b, other) == nil {
		t.Error("another key accepts it")
	}
}

// FuzzParseLeaf: a leaf that parses is spelt as this package spells it, so no
// two spellings of one header exist.
func FuzzParseLeaf(f *testing.F) {
	b, _, _ := aLeaf(f)
	f.Add(b)
	f.Add([]byte(strings.Replace(string(b), `"v":1`, `"v": 1`, 1)))
	f.Add([]byte(strings.Replace(string(b), `"clock":"behind by 3s",`, "", 1)))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseLeaf(b)
		if err != nil {
			return
		}
		line := h.line()
		if !bytes.HasPrefix(b, line) || len(h.Subjects) == 0 || h.Time.Location() != time.UTC {
			t.Errorf("parsed %q as %+v, which is spelt %q", b, h, line)
		}
		sameAsJSON(t, h)
	})
}

// sameAsJSON compares the spelling of a header with encoding/json's.
func sameAsJSON(t *testing.T, h Header) {
	t.Helper()
	w := wire{V: 1, Kind: h.Kind, Time: h.Time.Format(timeForm), Actor: h.Actor, Node: h.Node, Subjects: h.Subjects,
		Marking: h.Marking, Clock: h.Clock, Open: &part{Digest: h.openSum}}
	if h.HasSealed() {
		w.Sealed = &part{Digest: h.sealedSum, Key: h.Key}
	}
	want, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.line(); string(got) != string(want)+"\n" {
		t.Errorf("spelt %q, want %q", got, want)
	}
}

func TestHeaderIsSpeltAsJSON(t *testing.T) {
	sum := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	for _, word := range []string{"W-1", "", `a"b\c`, "<é&\u2028>", "tab\tbell\a", "\x7f\xff", "名"} {
		h := Header{Kind: "warning.issued", Time: time.Date(2026, 11, 22, 16, 4, 16, 1000, time.UTC), Actor: word, Node: word, Subjects: []string{"S-1", word}, openSum: sum}
		sameAsJSON(t, h)
		h.Marking, h.Clock, h.Key, h.sealedSum = word, word, word, sum
		sameAsJSON(t, h)
	}
}
