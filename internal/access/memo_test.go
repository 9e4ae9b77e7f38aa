package access_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/heed-project/heed/internal/access"
	"pgregory.net/rapid"
)

// TestAMemoDecidesAsTheEngine: whoever asks, of what and in whatever order, is told what
// the engine tells, and the same marks are left.
func TestAMemoDecidesAsTheEngine(t *testing.T) {
	e := engine(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyone().Draw(t, "who")
		m := e.Memo(p)
		ctx, trace := access.Track(context.Background())
		asked := rapid.SliceOfN(anything(), 1, 6).Draw(t, "what")
		for n, r := range append(asked, asked...) { // each twice
			r.ID = fmt.Sprint("T-", n)
			a, purpose := anyAction().Draw(t, "action").Name, rapid.SampledFrom([]string{"", " ", "to know"}).Draw(t, "purpose")
			want, got := e.Decide(p, a, r, purpose), m.Ask(ctx, a, r, purpose)
			if got != want {
				t.Fatalf("%s on %+v for %q: %+v, and the engine says %+v", a, r, purpose, got, want)
			}
			made := trace.Decisions()
			if last := made[len(made)-1]; len(made) != n+1 || last.Resource != r.ID || last.Decision != want {
				t.Fatalf("the mark that was left is %+v", last)
			}
		}
	})
}

// TestAMemoKeepsNothingWhereOneThingIsMeant: an office that refuses one item by its id
// is obeyed, also where another that differs in nothing else was permitted just before.
func TestAMemoKeepsNothingWhereOneThingIsMeant(t *testing.T) {
	for name, text := range map[string]string{
		"by id":      `@id("not-this") forbid (principal, action == Action::"evidence.open", resource) when { resource.id == "E-1.2" };`,
		"by index":   `@id("not-this") forbid (principal, action == Action::"evidence.open", resource) when { resource["id"] == "E-1.2" };`,
		"by scope":   `@id("not-this") forbid (principal, action == Action::"evidence.open", resource == Thing::"E-1.2");`,
		"by itself":  `@id("not-this") forbid (principal, action == Action::"evidence.open", resource) when { [Thing::"E-1.2"].contains(resource) };`,
		"by no word": `@id("not-this") forbid (principal, action == Action::"evidence.open", resource) when { "resource.owner" == "x" || resource == Thing::"E-1.2" };`,
	} {
		e, err := access.New(fstest.MapFS{"house.cedar": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(name, err)
		}
		m := e.Memo(cast["custodian"])
		r := access.Resource{Type: "evidence", Marking: "AMBER", Author: "P-7", Agencies: []string{"AG-1"}, Use: "keep"}
		for _, id := range []string{"E-1.1", "E-1.2", "E-1.3"} {
			r.ID = id
			if got, want := m.Ask(t.Context(), access.EvidenceOpen, r, "to test").Allowed, id != "E-1.2"; got != want {
				t.Errorf("%s: %s: %v", name, id, got)
			}
		}
	}
}

// TestAMemoIsWorthIt: nothing that is shipped asks which item of evidence it is, so that
// a search decides once for all that are alike.
func TestAMemoIsWorthIt(t *testing.T) {
	m := engine(t).Memo(cast["custodian"])
	r := access.Resource{Type: "evidence", Marking: "AMBER", Author: "P-7", Agencies: []string{"AG-1"}, Use: "keep"}
	for n := range 50 {
		r.ID = fmt.Sprint("E-1.", n)
		for _, a := range []string{access.EvidenceRead, access.EvidenceOpen} {
			if !m.Ask(t.Context(), a, r, "to test").Allowed {
				t.Fatalf("%s on %s is refused", a, r.ID)
			}
		}
	}
	if n := access.Kept(m); n != 2 {
		t.Errorf("%d decisions were kept for 50 items that are alike", n)
	}
}
