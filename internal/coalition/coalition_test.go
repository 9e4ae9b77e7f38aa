package coalition_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// node is a record with this module and a place for blobs.
type node struct {
	t *testing.T
	*record.Record
	store blob.Store
}

func each(t *testing.T, f func(*node)) {
	testkit.Databases(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		k, err := keys.Create(dir, "heed.example/test", keys.Passphrase("only for this test"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(t.Context(), db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		store, err := blob.Open(t.Context(), blob.Source{URL: filepath.Join(dir, "blobs")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Open(t.Context(), d, k, record.Options{}, coalition.Module(store))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		n := &node{t, r, store}
		f(n)
		v, err := n.Verify(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if x, err := n.Rebuild(t.Context(), nil); err != nil || !x.Identical || x.Entries != v.Size {
			t.Fatalf("rebuild %+v, verified %d, %v", x, v.Size, err)
		}
	})
}

func (n *node) do(person string, f func(tx *record.Tx) error) error {
	return n.Do(context.Background(), record.By{Person: person}, f)
}

func (n *node) get(id string) (c coalition.Coalition) {
	n.t.Helper()
	err := n.View(n.t.Context(), func(v *record.View) (err error) { c, err = coalition.Get(v, id); return err })
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

// seats are members in two groups of five, one of them of the region
// concerned, and two observers.
func seats() (out []coalition.Seat) {
	for i := range 10 {
		out = append(out, coalition.Seat{State: fmt.Sprintf("XA%c", 'A'+i), Group: []string{"North", "South"}[i/5], Member: true, Size: "small", Concerned: i == 9, Near: []string{fmt.Sprintf("XA%c", 'A'+(i+1)%10)}})
	}
	return append(out, coalition.Seat{State: "XBA", Group: "North"}, coalition.Seat{State: "XBB", Group: "South", Concerned: true})
}

func input() coalition.Input {
	return coalition.Input{Warning: "W-1", Situation: "S-1", Kind: coalition.Session, Threshold: 4, Region: true, Title: "Session on wells", Seats: seats()}
}

func TestASheetClosesItselfAtTheThreshold(t *testing.T) {
	each(t, func(n *node) {
		var id string
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(n.do("P-1", func(tx *record.Tx) (err error) { id, err = coalition.Open(tx, input()); return err }))
		if err := n.do("P-1", func(tx *record.Tx) error { return coalition.Release(tx, id, "") }); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("its author released it: %v", err)
		}
		sign := func(state string) (done bool, err error) {
			err = n.do("P-1", func(tx *record.Tx) (err error) {
				_, done, err = coalition.Sign(tx, id, coalition.Signing{State: state, By: "Representative"})
				return err
			})
			return done, err
		}
		if _, err := sign("XAA"); fault.KindOf(err) != fault.KindStale {
			t.Errorf("signed before the release: %v", err)
		}
		must(n.do("P-2", func(tx *record.Tx) error { return coalition.Release(tx, id, "") }))
		for _, s := range []string{"XAA", "XAB", "XBB", "XAC", "XAD"} { // an observer of the region does not count, but is of the region
			done, err := sign(s)
			must(err)
			if want := s == "XAD"; done != want {
				t.Errorf("after %s closed is %v", s, done)
			}
		}
		if _, err := sign("XAE"); fault.KindOf(err) != fault.KindLate {
			t.Errorf("signed after the end: %v", err)
		}
		c := n.get(id)
		if m, o := c.Count(); c.State != coalition.Closed || c.Why != coalition.ByThreshold || m != 4 || o != 1 {
			t.Errorf("%s by %s with %d and %d", c.State, c.Why, m, o)
		}
	})
}

func TestASheetClosesItselfAtTheDeadlineOnce(t *testing.T) {
	each(t, func(n *node) {
		var id string
		in := input()
		in.Deadline = time.Now().Add(time.Hour)
		if err := n.do("P-1", func(tx *record.Tx) (err error) { id, err = coalition.Open(tx, in); return err }); err != nil {
			t.Fatal(err)
		}
		for want := range 2 {
			err := n.Do(t.Context(), record.By{Person: "P-1", At: time.Now().Add(time.Duration(2+want) * time.Hour)}, func(tx *record.Tx) error {
				ended, err := coalition.Tick(tx)
				closed := len(ended)
				if closed != 1-want {
					t.Errorf("round %d closed %d", want, closed)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if c := n.get(id); c.Why != coalition.ByDeadline {
			t.Errorf("%+v", c)
		}
	})
}

func TestConfidencesAreSealed(t *testing.T) {
	each(t, func(n *node) {
		var id string
		if err := n.do("P-1", func(tx *record.Tx) (err error) { id, err = coalition.Open(tx, input()); return err }); err != nil {
			t.Fatal(err)
		}
		for _, h := range []coalition.Heard{{State: "XAC", Stance: "yes", From: "A delegate", Confidential: true}, {State: "XAD", Stance: "leaning", From: "A minister"}} {
			if err := n.do("P-1", func(tx *record.Tx) (err error) { _, err = coalition.Pledge(tx, id, h); return err }); err != nil {
				t.Fatal(err)
			}
		}
		c := n.get(id)
		if len(c.Confided) != 1 || len(c.Pledges) != 1 || c.Stance("XAC").Stance != "" || c.Stance("XAD").Stance != "leaning" {
			t.Fatalf("%+v", c)
		}
		err := n.View(t.Context(), func(v *record.View) error {
			var words coalition.Confidence
			if err := v.Unseal(c.Confided[0], &words); fault.KindOf(err) != fault.KindDenied {
				t.Errorf("unsealed without a purpose: %+v, %v", words, err)
			}
			e, err := v.Entry(c.Confided[0])
			if strings.Contains(string(e.Open), "XAC") || strings.Contains(strings.Join(e.Subjects, " "), "XAC") {
				t.Errorf("the open part tells who: %s", e.Open)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var words coalition.Confidence
		if _, err := n.OpenProtected(t.Context(), record.By{Person: "P-1", Purpose: "to count"}, c.Confided[0], &words); err != nil || words.State != "XAC" || words.From != "A delegate" {
			t.Errorf("%+v, %v", words, err)
		}
	})
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	each(t, func(n *node) {
		for field, change := range map[string]func(*coalition.Input){
			"threshold": func(in *coalition.Input) { in.Threshold = 11 },
			"kind":      func(in *coalition.Input) { in.Kind = "party" },
			"title":     func(in *coalition.Input) { in.Title = " " },
			"warning":   func(in *coalition.Input) { in.Warning = "" },
			"deadline":  func(in *coalition.Input) { in.Deadline = time.Now().Add(-time.Hour) },
			"seats":     func(in *coalition.Input) { in.Seats = append(in.Seats, in.Seats[0]) },
			"region":    func(in *coalition.Input) { in.Seats = in.Seats[:5] },
		} {
			in := input()
			change(&in)
			if err := n.do("P-1", func(tx *record.Tx) error { _, err := coalition.Open(tx, in); return err }); fault.Field(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

const rolls = "id,date,body,kind,title,iso3,position\n" +
	"v1,2024-01-01,B,vote,Session on mines,XAA,yes\nv1,2024-01-01,B,vote,Session on mines,XAB,no\nv1,2024-01-01,B,vote,Session on mines,XAC,absent\n" +
	"s1,2024-02-01,B,sponsors,Session on wells,XAD,lead\ns1,2024-02-01,B,sponsors,Session on wells,XAE,sponsor\n"

func TestVotesAreOneEntry(t *testing.T) {
	each(t, func(n *node) {
		load := func(text string) coalition.Loaded {
			out, err := coalition.Load(t.Context(), n.Record, record.By{Person: "P-1"}, n.store, "votes.csv", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		first := load(rolls + "v1,never,B,vote,x,XAA,yes\n")
		if first.Rolls != 2 || len(first.Rejected) != 1 || first.Rejected[0].Line != 7 {
			t.Errorf("%+v", first)
		}
		if again := load(rolls); again.Entry != first.Entry {
			t.Errorf("a second time it is entry %d, not %d", again.Entry, first.Entry)
		}
		err := n.View(t.Context(), func(v *record.View) error {
			all, err := coalition.Rolls(v)
			if len(all) != 2 || all[0].Positions["XAD"] != "lead" || len(all[1].Positions) != 2 {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhomToAsk(t *testing.T) {
	all, _, err := coalition.ReadRolls(strings.NewReader(rolls))
	if err != nil {
		t.Fatal(err)
	}
	c := coalition.Coalition{Threshold: 4}
	for _, s := range seats() {
		c.Seats = append(c.Seats, coalition.Standing{Seat: s})
	}
	c.Signed = []coalition.Signature{{State: "XAA", Member: true}}
	c.Pledges = []coalition.Said{{State: "XAC", Stance: coalition.Leaning}, {State: "XAF", Stance: coalition.No}}
	ranked := coalition.Rank(c, "Session on wells", all)
	at := map[string]coalition.Candidate{}
	for _, x := range ranked {
		at[x.State] = x
	}
	has := func(state, code string) bool {
		return slices.ContainsFunc(at[state].Reasons, func(r coalition.Reason) bool { return r.Code == code })
	}
	for _, want := range [][2]string{{"XAD", coalition.Backed}, {"XAD", coalition.Led}, {"XAB", coalition.Opposed}, {"XAJ", coalition.Neighbour}, {"XAJ", coalition.Concerned}, {"XAG", coalition.Missing}, {"XAC", coalition.Leans}, {"XAF", coalition.Refused}} {
		if !has(want[0], want[1]) {
			t.Errorf("%s has not the reason %s: %+v", want[0], want[1], at[want[0]].Reasons)
		}
	}
	if at["XAD"].Chance <= at["XAG"].Chance || at["XAB"].Chance >= at["XAG"].Chance || at["XAC"].Chance < 0.65 || at["XAF"].Chance > 0.03 || at["XBA"].Need >= at["XAB"].Need {
		t.Errorf("%+v", at)
	}
	next := coalition.Next(ranked, 10)
	if len(next) != 10 || slices.ContainsFunc(next, func(x coalition.Candidate) bool { return x.State == "XAF" || x.State == "XAA" }) || !slices.IsSortedFunc(next, func(a, b coalition.Candidate) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	}) {
		t.Errorf("%+v", next)
	}
	// The forecast is the distribution of a sum: compare with every outcome.
	f, sum, enough := coalition.Foresee(c, ranked), 1.0, 0.0
	var chances []float64
	for _, x := range ranked {
		if x.Member {
			chances = append(chances, x.Chance)
			sum += x.Chance
		}
	}
	for bits := range 1 << len(chances) {
		p, k := 1.0, 1
		for i, q := range chances {
			if bits>>i&1 == 1 {
				p, k = p*q, k+1
			} else {
				p *= 1 - q
			}
		}
		if k >= c.Threshold {
			enough += p
		}
	}
	if math.Abs(f.Expected-sum) > 1e-9 || math.Abs(f.Enough-enough) > 1e-9 || f.Low > f.High {
		t.Errorf("%+v, want %v and %v", f, sum, enough)
	}
}

func FuzzReadRolls(f *testing.F) {
	f.Add([]byte(rolls))
	f.Add([]byte("undl_id,ms_code,ms_vote,date,title\n1,AFG,Y,2024-01-01,T\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, out, err := coalition.ReadRolls(bytes.NewReader(b))
		n := 0
		for _, r := range all {
			n += len(r.Positions)
		}
		if err == nil && (n > out.Rows || len(all) != out.Rolls) {
			t.Errorf("%d positions of %d rows", n, out.Rows)
		}
	})
}
