package protocol

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/protocol/worktime"
)

func small(t testing.TB) *Protocol { return load(t, "testdata/small.yaml") }

func load(t testing.TB, file string) *Protocol {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func vectors(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", file, len(rows), err)
	}
	return rows[1:]
}

func TestDeadlineVectors(t *testing.T) {
	p := small(t)
	for _, v := range vectors(t, "deadlines.csv") {
		calendar, from, allowed, want := v[0], v[1], v[2], v[3]
		a, err := worktime.ParseAllowance(allowed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Deadline(at(t, from), a.In(calendar))
		if err != nil || !got.Equal(at(t, want)) {
			t.Errorf("%s: %s from %s: %s (%v), want %s", calendar, allowed, from, got.Format(time.RFC3339), err, want)
		}
	}
}

// opening writes what a level opens as the vectors do.
func opening(p *Protocol, level int, opened time.Time) ([][]string, error) {
	duties, err := p.Open(level, opened, "")
	var out [][]string
	for _, d := range duties {
		row := []string{p.ID, fmt.Sprint(level), opened.Format(time.RFC3339), d.Key, d.Role, d.DueAt.Format(time.RFC3339)}
		var rungs []string
		for _, g := range d.Rungs {
			rungs = append(rungs, g.Role+" "+g.At.Format(time.RFC3339))
		}
		out = append(out, append(row, strings.Join(rungs, "; ")))
	}
	return out, err
}

func TestOpeningVectors(t *testing.T) {
	protocols := map[string]*Protocol{"small": small(t)}
	for _, name := range Shipped() {
		data, _ := ShippedFile(name)
		p, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		protocols[name] = p
	}
	rows := vectors(t, "opening.csv")
	seen := map[string]bool{}
	for _, v := range rows {
		id, level, opened := v[0], int(v[1][0]-'0'), v[2]
		if key := fmt.Sprint(id, level, opened); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		var want [][]string
		for _, w := range rows {
			if slices.Equal(w[:3], v[:3]) {
				want = append(want, w)
			}
		}
		got, err := opening(protocols[id], level, at(t, opened))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Errorf("%s level %d opened %s:\n%s\nwant\n%s", id, level, opened, lines(got), lines(want))
		}
	}
}

func lines(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\n")
	}
	return b.String()
}

func TestSmallHasNoProblems(t *testing.T) {
	for _, x := range small(t).Check() {
		if !strings.HasPrefix(x.Path, "calendars.") {
			t.Error(x)
		}
	}
}

func TestWhoOpens(t *testing.T) {
	p := small(t)
	now := at(t, "2026-06-01T10:00:00Z")
	for _, x := range []struct {
		level  int
		opener string
		ok     bool
	}{
		{1, "", true}, {1, "duty-officer", true}, {2, "civil-society", false}, {3, "civil-society", true},
		{5, "civil-society", true}, {4, "minister", false}, {4, "stranger", false}, {0, "", false}, {6, "", false},
	} {
		duties, err := p.Open(x.level, now, x.opener)
		if (err == nil) != x.ok || x.ok == (len(duties) == 0) {
			t.Errorf("level %d by %q: %d duties, %v", x.level, x.opener, len(duties), err)
		}
	}
}

func TestDutiesCarryWhatTheyNeed(t *testing.T) {
	duties, err := small(t).Open(4, at(t, "2026-06-01T10:00:00Z"), "civil-society")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Due{}
	for _, d := range duties {
		by[d.Key] = d
	}
	if d := by["acknowledge"]; d.Refusal != "nobody" || d.Deputy != "director" || d.Allowed != "2 hours" {
		t.Errorf("acknowledge: %+v", d)
	}
	if d := by["speak"]; !d.Outward || d.FourEyes != "director" || d.Refusal != "mission" {
		t.Errorf("speak: %+v", d)
	}
	if d := by["decide"]; !d.Decides || !d.Community || d.Refusal != "director" || !slices.Equal(d.After, []string{"acknowledge"}) {
		t.Errorf("decide: %+v", d)
	}
	if d := by["report"]; !d.FollowUp || !d.FromGate || d.DueAt.Sub(by["decide"].DueAt) != 14*24*time.Hour {
		t.Errorf("report: %+v", d)
	}
}

// A gate that opens early brings the deadline forward; one that opens late
// does not put it off.
func TestRestartAtTheGate(t *testing.T) {
	p := small(t)
	opened := at(t, "2026-06-01T10:00:00Z")
	duties, _ := p.Open(5, opened, "")
	i := slices.IndexFunc(duties, func(d Due) bool { return d.Key == "report" })
	report := duties[i]
	early, err := p.Restart(report, opened.Add(time.Hour))
	if err != nil || !early.DueAt.Equal(opened.Add(14*24*time.Hour+time.Hour)) || !early.Rungs[0].At.Before(report.Rungs[0].At) {
		t.Errorf("early: %v (%v)", early.DueAt, err)
	}
	late, err := p.Restart(report, opened.Add(100*time.Hour))
	if err != nil || !late.DueAt.Equal(report.DueAt) {
		t.Errorf("late: %v, want %v (%v)", late.DueAt, report.DueAt, err)
	}
	if same, err := p.Restart(duties[0], opened); err != nil || !same.DueAt.Equal(duties[0].DueAt) {
		t.Errorf("a duty without a gate clock: %v (%v)", same.DueAt, err)
	}
	report.Key = "gone"
	if _, err := p.Restart(report, opened); err == nil {
		t.Error("a duty that the protocol no longer has was restarted")
	}
}

func TestRaiseBringsForwardAndOpens(t *testing.T) {
	p := small(t)
	opened := at(t, "2026-06-01T10:00:00Z")
	running, _ := p.Open(3, opened, "")
	raised := opened.Add(time.Hour)
	sooner, fresh, err := p.Raise(running, nil, 4, raised)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(list []Due) (out []string) {
		for _, d := range list {
			out = append(out, d.Key)
		}
		return out
	}
	if !slices.Equal(keys(sooner), []string{"acknowledge", "decide"}) || !slices.Equal(keys(fresh), []string{"speak", "report", "review"}) {
		t.Errorf("sooner %v, fresh %v", keys(sooner), keys(fresh))
	}
	if d := sooner[0]; !d.OpenedAt.Equal(opened) || !d.DueAt.Equal(raised.Add(2*time.Hour)) || d.Level != 4 {
		t.Errorf("acknowledge after the raise: %+v", d)
	}
	sooner, fresh, _ = p.Raise(nil, []string{"acknowledge", "decide", "speak"}, 5, raised)
	if len(sooner) != 0 || !slices.Equal(keys(fresh), []string{"report", "review"}) {
		t.Errorf("known duties opened again: %v, %v", keys(sooner), keys(fresh))
	}
	late, _ := p.Open(5, opened, "")
	if sooner, _, _ := p.Raise(late, nil, 4, raised); len(sooner) != 0 {
		t.Errorf("duties moved though nothing is due sooner: %v", keys(sooner))
	}
}

func TestRehearsalClimbsToTheTop(t *testing.T) {
	for _, level := range []int{1, 4, 5} {
		p := small(t)
		opened := at(t, "2026-12-23T16:00:00Z")
		steps, err := p.Rehearse(level, opened)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) }) {
			t.Error("the steps are not in the order of time")
		}
		top := map[string]bool{}
		for _, s := range steps {
			if s.At.Before(opened) {
				t.Errorf("%s before the opening", s.Duty)
			}
			if s.Senior {
				top[s.Duty] = true
			}
			if s.Role == "director" && !slices.Equal(s.Holders, []string{"Gus", "Hal"}) {
				t.Errorf("director held by %v at %s", s.Holders, s.At)
			}
		}
		duties, _ := p.Open(level, opened, "")
		if len(top) != len(duties) {
			t.Errorf("level %d: %d of %d duties reach the senior office", level, len(top), len(duties))
		}
	}
}

func TestWhoHolds(t *testing.T) {
	p := small(t)
	for _, x := range []struct{ role, at, holder, deputy string }{
		{"duty-officer", "2026-01-05T07:59:59Z", "", ""}, // before the first handover at 9 in Brussels
		{"duty-officer", "2026-01-05T08:00:00Z", "Ada", "Ben"},
		{"duty-officer", "2026-01-12T07:59:59Z", "Ada", "Ben"},
		{"duty-officer", "2026-01-12T08:00:00Z", "Ben", "Cyd"},
		{"duty-officer", "2026-03-30T06:59:59Z", "Cyd", "Ada"}, // summer time: an hour earlier in UTC
		{"duty-officer", "2026-03-30T07:00:00Z", "Ada", "Ben"},
		{"duty-officer", "2026-12-28T08:00:00Z", "Ben", "Cyd"}, // week 53: Ben for Ada
		{"duty-officer", "2027-01-04T08:00:00Z", "Ben", "Cyd"}, // and in his own turn
		{"duty-officer", "2027-06-30T21:59:59Z", "Cyd", "Ada"},
		{"duty-officer", "2027-06-30T22:00:00Z", "", ""},
		{"director", "2025-12-31T22:59:59Z", "", ""},
		{"director", "2025-12-31T23:00:00Z", "Dia", "Eli Fay"},
		{"director", "2026-06-30T21:59:59Z", "Dia", "Eli Fay"},
		{"director", "2026-06-30T22:00:00Z", "Gus Hal", ""},
		{"director", "2099-06-30T22:00:00Z", "Gus Hal", ""},
		{"minister", "2026-06-30T22:00:00Z", "", ""},
		{"nobody", "2026-06-30T22:00:00Z", "", ""},
	} {
		h, d := p.WhoHolds(x.role, at(t, x.at))
		if strings.Join(h, " ") != x.holder || strings.Join(d, " ") != x.deputy {
			t.Errorf("%s at %s: %v, deputies %v; want %s, %s", x.role, x.at, h, d, x.holder, x.deputy)
		}
	}
}

func TestClosingIsNeverSilent(t *testing.T) {
	p := small(t)
	duties, _ := p.Open(4, at(t, "2026-06-01T10:00:00Z"), "")
	end := Ending{Role: "director", AgreedBy: "minister", Reason: "the threat has passed", Statements: []string{"told"}}
	for _, d := range duties {
		end.Duties = append(end.Duties, Standing{d, Done})
	}
	end.Duties[2].State = Explained
	if m := p.Missing(end); len(m) != 0 {
		t.Fatalf("everything is there, and yet: %v", m)
	}
	for name, spoil := range map[string]func(e *Ending){
		"a role that may not":  func(e *Ending) { e.Role = "duty-officer" },
		"no role":              func(e *Ending) { e.Role = "" },
		"nobody agrees":        func(e *Ending) { e.AgreedBy = "" },
		"no reason":            func(e *Ending) { e.Reason = " \n" },
		"no statement":         func(e *Ending) { e.Statements = nil },
		"an open duty":         func(e *Ending) { e.Duties[0].State = Open },
		"an acknowledged duty": func(e *Ending) { e.Duties[1].State = Acknowledged },
		"no decision":          func(e *Ending) { e.Duties[2].State = Lapsed },
		"an open follow-up":    func(e *Ending) { e.Duties[3].State = Open },
		"no review":            func(e *Ending) { e.Duties[4].State = Lapsed },
	} {
		e := end
		e.Duties = slices.Clone(end.Duties)
		spoil(&e)
		if m := p.Missing(e); len(m) != 1 {
			t.Errorf("%s: missing %q, want one thing", name, m)
		}
	}
}

func Example() {
	data, _ := ShippedFile("national-focal-point")
	p, err := Parse(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	opened := time.Date(2026, 3, 27, 16, 0, 0, 0, time.UTC)
	duties, _ := p.Open(4, opened, "civil-society")
	for _, d := range duties[:3] {
		fmt.Println(d.DueAt.Format("2 Jan 15:04"), d.Role, "–", d.Title.In("en"))
	}
	// Output:
	// 27 Mar 18:00 duty-officer – Acknowledge the warning
	// 28 Mar 04:00 analyst – Verify what is reported
	// 29 Mar 16:00 analyst – Assess the risk
}
