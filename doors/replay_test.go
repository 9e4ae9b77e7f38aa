package doors_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

// records reads a file of comma-separated values by column.
func records(t testing.TB, data []byte) (out []map[string]string) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, c := range rows[0] {
			m[c] = r[i]
		}
		out = append(out, m)
	}
	return out
}

// TestReplays asks what happened: on its date each act was open or not.
func TestReplays(t *testing.T) {
	b := book(t)
	data, err := os.ReadFile("testdata/replays.csv")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records(t, data) {
		on, err := facts.ParseDate(r["on"])
		if err != nil {
			t.Fatal(err)
		}
		q := doors.Question{Measure: r["measure"], States: []string{r["state"]}, On: on, Situation: r["situation"], With: strings.Fields(r["with"])}
		if r["votes"] != "" {
			q.Tally = &doors.Tally{Vetoed: r["vetoed"] == "yes"}
			fmt.Sscanf(r["votes"], "%d-%d-%d", &q.Tally.Yes, &q.Tally.No, &q.Tally.Abstain)
		}
		a, err := b.Open(q)
		if err != nil {
			t.Fatalf("line %d: %v", i+2, err)
		}
		missing := 0
		if r["missing"] != "" {
			missing, _ = strconv.Atoi(r["missing"])
		}
		if string(a.Outcome) != r["answer"] || a.Missing != missing {
			t.Errorf("line %d: %s for %s on %s about %s: %s, %d missing (%s); want %s, %d (%s)",
				i+2, r["measure"], r["state"], on, r["situation"], a.Outcome, a.Missing, a.Why(), r["answer"], missing, r["source"])
		}
	}
}

// shared opens a file of data beside the repository.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	root := cmp.Or(os.Getenv("HEED_SHARED"), "../../shared")
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatalf("the data beside the repository: %v", err)
	}
	return data
}

// TestSpecialSessions replays the requests whose signatories are known: with all
// of them the door was open, with the members one short of sixteen it was not,
// and the observers alone opened nothing.
func TestSpecialSessions(t *testing.T) {
	b := book(t)
	dates := map[string]facts.Date{}
	for _, r := range records(t, shared(t, "facts/hrc_special_sessions.csv")) {
		d, err := facts.ParseDate(r["start"])
		if err != nil {
			t.Fatal(err)
		}
		dates[r["no"]] = d
	}
	members, observers := map[string][]string{}, map[string][]string{}
	for _, r := range records(t, shared(t, "data/votes/hrc_special_session_support.csv")) {
		side := members
		if r["role"] == "observer" {
			side = observers
		}
		side[r["session"]] = append(side[r["session"]], r["iso3"])
	}
	if len(members) < 3 {
		t.Fatalf("%d sessions with known signatories", len(members))
	}
	for no, who := range members {
		ask := func(list []string) doors.Answer {
			a, err := b.Open(doors.Question{Measure: "GE-SS", States: list[:1], With: list[1:], On: dates[no]})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		slices.Sort(who)
		all := ask(slices.Concat(who, observers[no]))
		if all.Outcome != doors.Open || all.Have != len(who) {
			t.Errorf("S-%s on %s: %s with %d of %d members counted; not counted: %s", no, dates[no], all.Outcome, all.Have, len(who), all.Why())
		}
		if a := ask(slices.Concat(who[:15], observers[no])); a.Outcome != doors.Short || a.Missing != 1 {
			t.Errorf("S-%s: fifteen members and %d observers: %s, %d missing; want short of one", no, len(observers[no]), a.Outcome, a.Missing)
		}
		if len(observers[no]) > 0 {
			if a := ask(observers[no]); a.Missing != 16 {
				t.Errorf("S-%s: observers alone: %d missing, want 16", no, a.Missing)
			}
		}
	}
}

// asked draws a question about any measure in the years of the facts.
func asked(t *rapid.T, b *doors.Book, states []string) doors.Question {
	some := func(label string, most int) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(states), 0, most, rapid.ID).Draw(t, label)
	}
	q := doors.Question{
		Measure: rapid.SampledFrom(b.Measures()).Draw(t, "measure"),
		States:  []string{rapid.SampledFrom(states).Draw(t, "state")},
		On:      facts.Day(2017, 1, 1) + facts.Date(rapid.IntRange(0, 3650).Draw(t, "day")),
		Consent: rapid.Bool().Draw(t, "consent"), Important: rapid.Bool().Draw(t, "important"), Final: rapid.Bool().Draw(t, "final"),
	}
	if rapid.Bool().Draw(t, "about") {
		q.Situation = rapid.SampledFrom(states).Draw(t, "situation")
	}
	taken := slices.Clone(q.States)
	free := func(list []string) (out []string) {
		for _, s := range list {
			if !slices.Contains(taken, s) {
				out, taken = append(out, s), append(taken, s)
			}
		}
		return out
	}
	q.With, q.Against, q.Abstain = free(some("with", 60)), free(some("against", 30)), free(some("abstain", 30))
	return q
}

func rank(o doors.Outcome) int {
	return slices.Index([]doors.Outcome{doors.Closed, doors.Short, doors.Open}, o)
}

// worse says whether an answer is worse than the one before.
func worse(before, after doors.Answer) bool {
	if before.Outcome != after.Outcome {
		return rank(after.Outcome) < rank(before.Outcome)
	}
	return after.Missing > before.Missing
}

// pool is the States that questions are drawn from: all, with those that sit in
// small bodies more often.
func pool(b *doors.Book) []string {
	v := b.Facts().On(facts.Day(2024, 1, 1))
	return slices.Concat(v.Members("UN"), v.Members("UNSC"), v.Members("UNSC"), v.Members("HRC"), v.Members("OSCE"))
}

// TestSupporters: one more supporter never closes a door, nor adds to what is
// missing.
func TestSupporters(t *testing.T) {
	b := book(t)
	states := pool(b)
	rapid.Check(t, func(t *rapid.T) {
		q := asked(t, b, states)
		before, err := b.Open(q)
		if err != nil {
			t.Fatal(err)
		}
		more := rapid.SampledFrom(states).Draw(t, "more")
		if slices.Contains(q.Against, more) || slices.Contains(q.Abstain, more) {
			t.Skip("said otherwise")
		}
		q.With = append(q.With, more)
		after, err := b.Open(q)
		if err != nil {
			t.Fatal(err)
		}
		if worse(before, after) {
			t.Fatalf("%s joined and it became worse: %s %d, then %s %d (%s)", more, before.Outcome, before.Missing, after.Outcome, after.Missing, after.Why())
		}
	})
}

// TestVeto: a negative vote, of a permanent member or another, never opens a
// door and never takes from what is missing.
func TestVeto(t *testing.T) {
	b := book(t)
	states := pool(b)
	rapid.Check(t, func(t *rapid.T) {
		q := asked(t, b, states)
		before, err := b.Open(q)
		if err != nil {
			t.Fatal(err)
		}
		no := rapid.SampledFrom([]string{"CHN", "FRA", "GBR", "RUS", "USA", rapid.SampledFrom(states).Draw(t, "any")}).Draw(t, "no")
		if slices.Contains(slices.Concat(q.States, q.With, q.Against, q.Abstain), no) {
			t.Skip("has a position")
		}
		q.Against = append(q.Against, no)
		after, err := b.Open(q)
		if err != nil {
			t.Fatal(err)
		}
		if worse(after, before) {
			t.Fatalf("%s voted against and it became better: %s %d, then %s %d", no, before.Outcome, before.Missing, after.Outcome, after.Missing)
		}
		if m, _ := b.Measure(q.Measure); strings.Contains(m.Rule, `"veto":true`) && slices.Contains([]string{"CHN", "FRA", "GBR", "RUS", "USA"}, no) && after.Outcome != doors.Closed {
			t.Fatalf("%s vetoed %s and it is %s", no, q.Measure, after.Outcome)
		}
	})
}

// TestTallies: of two votes with the same noes, more yes is never worse; with the
// same yes, more noes is never better; abstentions change nothing where only
// those who vote count.
func TestTallies(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"GE-RES", "NY-GAMECH", "NY-HRCSUSP", "NY-PROC", "NY-RES", "NY-ESS"}).Draw(t, "measure")
		tally := doors.Tally{Yes: rapid.IntRange(0, 100).Draw(t, "yes"), No: rapid.IntRange(0, 60).Draw(t, "no"), Abstain: rapid.IntRange(0, 30).Draw(t, "abstain")}
		ask := func(x doors.Tally) doors.Answer {
			a, err := b.Open(doors.Question{Measure: id, States: []string{"FRA"}, On: facts.Day(2022, 3, 1), Tally: &x})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		base := ask(tally)
		up, no, shy := tally, tally, tally
		up.Yes, no.No, shy.Abstain = up.Yes+1, no.No+1, shy.Abstain+1
		if worse(base, ask(up)) || worse(ask(no), base) || ask(shy).Outcome != base.Outcome {
			t.Fatalf("%s %+v: %s; one more yes %s, one more no %s, one more abstention %s", id, tally, base.Outcome, ask(up).Outcome, ask(no).Outcome, ask(shy).Outcome)
		}
	})
}
