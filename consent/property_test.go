package consent_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"pgregory.net/rapid"
)

var (
	someParties = []consent.Party{{Name: "A"}, {Name: "B", Classes: []string{"court"}}, {Name: "C", Classes: []string{"court", "un"}}, {Name: "D", Classes: []string{"press"}}}
	someNames   = []string{"A", "B", "C", "D", "class:court", "class:un", "class:press", consent.Any}
	someStates  = []string{"NLD", "SEN", "XAA", consent.Any}
	somePurpose = append(consent.Purposes(), consent.Any)
)

func moment(t *rapid.T, label string) time.Time {
	return on("2024-01-01").AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, label))
}

func list[T comparable](t *rapid.T, from []T, label string) []T {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 4, rapid.ID[T]).Draw(t, label)
}

func drawWithdrawal(t *rapid.T, p consent.Permission) consent.Withdrawal {
	at := moment(t, "withdrawn")
	if at.Before(p.Given) {
		at = p.Given
	}
	return consent.Withdrawal{At: at, For: list(t, somePurpose, "withdrawn for"), To: list(t, someNames, "withdrawn to")}
}

func drawPermission(t *rapid.T) consent.Permission {
	p := consent.Permission{ID: "C", Given: moment(t, "given"), For: list(t, somePurpose, "for"), To: list(t, someNames, "to"), NotTo: list(t, someNames[:6], "not to"),
		In: list(t, someStates, "in"), NotIn: list(t, someStates[:3], "not in"), NoDeath: rapid.Bool().Draw(t, "no death"),
		Onward: rapid.SampledFrom([]consent.Onward{consent.NotOnward, consent.OnwardListed, consent.OnwardAny}).Draw(t, "onward"), Ask: rapid.Bool().Draw(t, "ask")}
	if rapid.Bool().Draw(t, "ends") {
		p.Until = p.Given.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "until"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "withdrawals") {
		p.Withdrawals = append(p.Withdrawals, drawWithdrawal(t, p))
	}
	return p
}

func drawUse(t *rapid.T) consent.Use {
	party := rapid.SampledFrom(someParties)
	return consent.Use{For: rapid.SampledFrom(consent.Purposes()).Draw(t, "use for"), By: party.Draw(t, "by"), Via: rapid.SliceOfN(party, 0, 2).Draw(t, "via"),
		In: rapid.SampledFrom(someStates[:3]).Draw(t, "use in"), Death: rapid.SampledFrom([]consent.Death{consent.DeathUnknown, consent.DeathPossible, consent.DeathExcluded}).Draw(t, "death"),
		At: moment(t, "at"), Asked: rapid.SampledFrom([]string{"", "E-1"}).Draw(t, "asked")}
}

// add puts one more condition on a permission.
func add(t *rapid.T, p consent.Permission) consent.Permission {
	drop := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "drop") }
	switch rapid.IntRange(0, 8).Draw(t, "condition") {
	case 0:
		if len(p.For) > 0 {
			p.For = slices.Delete(slices.Clone(p.For), drop(len(p.For)), len(p.For))
		}
	case 1:
		if len(p.To) > 0 {
			p.To = slices.Delete(slices.Clone(p.To), drop(len(p.To)), len(p.To))
		}
	case 2:
		p.NotTo = append(slices.Clone(p.NotTo), rapid.SampledFrom(someNames).Draw(t, "refused"))
	case 3:
		if len(p.In) > 0 {
			p.In = slices.Delete(slices.Clone(p.In), drop(len(p.In)), len(p.In))
		}
	case 4:
		p.NotIn = append(slices.Clone(p.NotIn), rapid.SampledFrom(someStates).Draw(t, "not there"))
	case 5:
		p.NoDeath = true
	case 6:
		p.Onward = map[consent.Onward]consent.Onward{consent.OnwardAny: consent.OnwardListed, consent.OnwardListed: consent.NotOnward, consent.NotOnward: consent.NotOnward}[p.Onward]
	case 7:
		p.Ask = true
	case 8:
		if end := moment(t, "sooner"); end.After(p.Given) && (p.Until.IsZero() || end.Before(p.Until)) {
			p.Until = end
		}
	}
	return p
}

// TestWithdrawalNeverPermitsMore withdraws something from any permission.
func TestWithdrawalNeverPermitsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, u := drawPermission(t), drawUse(t)
		less := p
		w := drawWithdrawal(t, p)
		less.Withdrawals = append(slices.Clone(p.Withdrawals), w)
		was, is := consent.Decide(p, u), consent.Decide(less, u)
		if is.Permitted && !was.Permitted {
			t.Fatalf("permitted by a withdrawal: %v before", was)
		}
		if u.At.Before(w.At) && is.Permitted != was.Permitted {
			t.Fatalf("a withdrawal reached back in time")
		}
	})
}

// TestConditionNeverPermitsMore adds a condition to any permission.
func TestConditionNeverPermitsMore(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		p, u := drawPermission(t), drawUse(t)
		was, is := consent.Decide(p, u), consent.Decide(add(t, p), u)
		if is.Permitted && !was.Permitted {
			t.Fatalf("permitted by a condition more: %v before", was)
		}
		if is.Permitted != (len(is.Reasons) == 0) {
			t.Fatalf("permitted %v with the reasons %v", is.Permitted, is.Reasons)
		}
		if !is.Permitted {
			refused++
		}
	})
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

// TestAnotherPersonNeverPermitsMore adds somebody who is concerned as well.
func TestAnotherPersonNeverPermitsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q, u := drawPermission(t), drawPermission(t), drawUse(t)
		both := consent.DecideAll([]consent.Permission{p, q}, u)
		if both.Permitted != (consent.Decide(p, u).Permitted && consent.Decide(q, u).Permitted) {
			t.Fatalf("both: %v", both)
		}
	})
}

// TestFormKeepsTheDecision writes and reads any permission.
func TestFormKeepsTheDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, u := drawPermission(t), drawUse(t)
		b, err := p.Format()
		if err != nil {
			t.Fatal(err)
		}
		q, err := consent.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if consent.Decide(p, u).String() != consent.Decide(q, u).String() {
			t.Fatalf("%v, and read again %v", consent.Decide(p, u), consent.Decide(q, u))
		}
	})
}

// FuzzParse reads anything: what is read is written again as it was.
func FuzzParse(f *testing.F) {
	b, err := statement().Format()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"id":"C","given":"2024-01-01T00:00:00Z","for":[],"to":[],"in":[],"no_death":false,"onward":"no","ask":false}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := consent.Parse(b)
		if err != nil {
			return
		}
		if again, err := p.Format(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was read and written again as %q: %v", b, again, err)
		}
	})
}
