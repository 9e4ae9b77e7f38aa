package facts_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/heed-project/heed/doors/facts"
)

func load(t testing.TB, more ...fstest.MapFS) (*facts.Facts, error) {
	t.Helper()
	if len(more) == 0 {
		return facts.Load(facts.Shipped())
	}
	return facts.Load(facts.Shipped(), more[0])
}

// TestSeats: in every month the bodies whose size is fixed are named in full,
// but for the seats that were vacant and those not known.
func TestSeats(t *testing.T) {
	f, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"UN": 193, "HRC": 47, "UNSC": 15, "OSCE": 57}
	for year := 2017; year <= 2026; year++ {
		for month := time.January; month <= time.December; month++ {
			v := f.On(facts.Day(year, month, 1))
			for body, n := range want {
				vacant := body == "HRC" && (year == 2018 && month == time.July || year == 2022 && month == time.May)
				if got := len(v.Members(body)); got != n && !(vacant && got == n-1) {
					t.Errorf("%s on %s: %d members, want %d", body, v.Date, got, n)
				}
			}
		}
	}
	v := f.On(facts.Day(2024, 6, 1))
	sum := 0
	for group, n := range map[string]int{"African Group": 54, "Asia-Pacific Group": 54, "Eastern European Group": 23, "Latin American and Caribbean Group": 33, "Western European and Others Group": 29} {
		if sum += len(v.Members(group)); len(v.Members(group)) != n {
			t.Errorf("%s: %d, want %d", group, len(v.Members(group)), n)
		}
	}
	if sum != 193 {
		t.Errorf("%d States in regional groups", sum)
	}
	for _, x := range []struct {
		body string
		on   facts.Date
		n    int
	}{{"GC", facts.Day(2024, 1, 1), 153}, {"ICC", facts.Day(2024, 6, 1), 124}, {"ICC", facts.Day(2025, 2, 1), 125}, {"ICC", facts.Day(2026, 7, 1), 124}, {"EU", facts.Day(2020, 1, 31), 28}, {"EU", facts.Day(2020, 2, 1), 27}, {"ASEAN", facts.Day(2026, 1, 1), 11}, {"ICERD", facts.Day(2024, 1, 1), 182}} {
		if got := len(f.On(x.on).Members(x.body)); got != x.n {
			t.Errorf("%s on %s: %d, want %d", x.body, x.on, got, x.n)
		}
	}
}

const head = "body,iso3,from,to,standing,note,source,date,mark\n"

func TestCorrections(t *testing.T) {
	day := facts.Day(2026, 3, 1)
	f, err := load(t, fstest.MapFS{"members/ours.csv": {Data: []byte(head +
		"HRC,FRA,2026-01-01,2028-12-31,member,,our note,2026-02-01,S\n" + // added
		"EU,SVN,2004-05-01,2025-12-31,member,,our note,2026-02-01,S\n" + // replaced
		"OSCE,CHE,1973-07-03,,member,,our note,2026-02-01,X\n")}, // struck out
		"readme.csv": {Data: []byte("not,ours\n")}})
	if err != nil {
		t.Fatal(err)
	}
	v := f.On(day)
	if !v.Member("HRC", "FRA") || v.Sure("HRC", "FRA") != facts.Seen {
		t.Error("the added row is not there")
	}
	if v.Member("EU", "SVN") {
		t.Error("the replaced row still holds")
	}
	if v.Member("OSCE", "CHE") {
		t.Error("the row that was struck out still holds")
	}
	if w, _ := load(t); !w.On(day).Member("EU", "SVN") || !w.On(day).Member("OSCE", "CHE") {
		t.Error("a correction changed what comes with the package")
	}
}

// TestSightings: a fact that somebody has seen in a source says so, and its
// answers do, until its row says something else.
func TestSightings(t *testing.T) {
	f, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.List()
	if err != nil {
		t.Fatal(err)
	}
	kinds, ids := map[string]int{}, map[string]facts.Fact{}
	for _, x := range all {
		if _, twice := ids[x.ID]; twice || x.Text == "" || x.Sum == "" || x.File == "" {
			t.Errorf("%+v", x)
		}
		ids[x.ID] = x
		if !x.Mark.Verified() {
			kinds[x.Kind]++
		}
	}
	for _, kind := range []string{"measure", "membership", "reservation", "mechanism"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s waits to be verified: %v", kind, kinds)
		}
	}
	measure, member := ids["measures/NY-PRST"], ids["members/EU/SVN/2004-05-01/member"]
	if measure.Mark != facts.Unsure || member.Mark == facts.Seen || member.Kind != "membership" {
		t.Fatalf("%+v, %+v", measure, member)
	}
	day := facts.Day(2026, 2, 3)
	seen := map[string]facts.Sight{}
	for _, x := range []facts.Fact{measure, member} {
		seen[x.ID] = facts.Sight{Sum: x.Sum, Source: "Box K, folder 2", Day: day}
	}
	g, err := f.With(seen)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Measures {
		if (m.ID == measure.ID[len("measures/"):]) != (m.Source == "Box K, folder 2" && m.Mark == facts.Seen && m.Date == day) {
			t.Errorf("%+v", m.Origin)
		}
	}
	if v := g.On(facts.Day(2026, 3, 1)); v.Sure("EU", "SVN") != facts.Seen || f.On(facts.Day(2026, 3, 1)).Sure("EU", "SVN") == facts.Seen {
		t.Error("the membership is not verified, or was before")
	}
	if again, err := g.List(); err != nil || len(again) != len(all) {
		t.Errorf("%d of %d facts after one was verified: %v", len(again), len(all), err)
	}
	corrected, err := load(t, fstest.MapFS{"members/ours.csv": {Data: []byte(head + "EU,SVN,2004-05-01,2025-12-31,member,,our note,2026-02-01,K\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if corrected, err = corrected.With(seen); err != nil || corrected.On(facts.Day(2025, 3, 1)).Sure("EU", "SVN") == facts.Seen {
		t.Errorf("a row that was corrected since counts as seen: %v", err)
	}
}

// TestRefused: what cannot be right is refused, with the place.
func TestRefused(t *testing.T) {
	for _, x := range []struct{ name, file, data, want string }{
		{"no column", "members/a.csv", "body,iso3\nHRC,FRA\n", `members/a.csv: the column "from" is missing`},
		{"date", "members/a.csv", head + "HRC,FRA,1 May,,member,,s,,K\n", "members/a.csv, line 2, column from"},
		{"backwards", "members/a.csv", head + "HRC,FRA,2026-01-01,2025-01-01,member,,s,,K\n", "before it begins"},
		{"unknown State", "members/a.csv", head + "HRC,ZZZ,,,member,,s,,K\n", "column iso3"},
		{"standing", "members/a.csv", head + "HRC,FRA,,,guest,,s,,K\n", "column standing"},
		{"no source", "members/a.csv", head + "HRC,FRA,,,member,,,,K\n", "column source: it is empty"},
		{"twice", "members/a.csv", head + "HRC,FRA,2030-01-01,,member,,s,,K\nHRC,FRA,2030-01-01,2031-01-01,member,,s,,K\n", "as line 2"},
		{"nothing to strike", "members/a.csv", head + "HRC,FRA,2030-01-01,,member,,s,,X\n", "strike out"},
		{"ragged", "members/a.csv", head + "HRC,FRA\n", "wrong number of fields"},
		{"empty", "members/a.csv", "", "no line of column names"},
		{"nothing known", "other.txt", "x", "no file that is known"},
		{"debate", "vetoes.csv", "day,draft,situations,by,debated,note,source,date,mark\n2026-01-05,S/2026/1,SDN,RUS,2026-01-04,,s,,K\n", "before the veto"},
		{"seats", "bodies.csv", "body,name,members,seats,outsiders,scope,source,date,mark\nX,x,X,many,,,s,,K\n", "column seats"},
		{"measure", "doors.csv", "measure,requires,window,source,date,mark\nNO-SUCH,,,s,,K\n", "no row of measures.csv"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := load(t, fstest.MapFS{x.file: {Data: []byte(x.data)}})
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
}

// TestExercise: the exercise has the same measures and nobody real.
func TestExercise(t *testing.T) {
	f, err := facts.Load(facts.Exercise()...)
	if err != nil {
		t.Fatal(err)
	}
	v := f.On(facts.Day(2026, 3, 1))
	if len(v.Members("HRC")) != 47 || len(v.Members("UNSC")) != 15 || len(f.Measures) != 43 || len(f.Vetoes) != 0 {
		t.Errorf("%d members, %d in the Council, %d measures", len(v.Members("HRC")), len(v.Members("UNSC")), len(f.Measures))
	}
	for _, s := range f.States {
		if !strings.HasPrefix(s.ISO3, "X") {
			t.Errorf("%s is real", s.ISO3)
		}
	}
}

func TestWorkdays(t *testing.T) {
	f, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	// 26 May 2022 was a Thursday; 30 May was Memorial Day.
	if got := f.Workdays(facts.Day(2022, 5, 26), 10); got != facts.Day(2022, 6, 10) {
		t.Errorf("ten working days after 26 May 2022: %s, want 2022-06-10", got)
	}
	if got := f.Workdays(facts.Day(2024, 11, 18), 10); got != facts.Day(2024, 12, 3) {
		t.Errorf("ten working days after 18 November 2024: %s, want 2024-12-03 (Thanksgiving)", got)
	}
}

func TestMarks(t *testing.T) {
	for text, want := range map[string]facts.Mark{
		"S": facts.Seen, "K": facts.Unsure, "S for 1970; K others": facts.Mixed, "S OHCHR": facts.Seen,
		"policy": facts.Unsure, "": facts.Unsure, "K; art. 99 spirit in SCR": facts.Unsure, "S un.org (K date)": facts.Mixed,
	} {
		if got := facts.ParseMark(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestNames: a State is called by the name it bore on the day.
func TestNames(t *testing.T) {
	f, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		iso3 string
		on   facts.Date
		want string
	}{{"TUR", facts.Day(2022, 1, 1), "Turkey"}, {"TUR", facts.Day(2023, 1, 1), "Türkiye"}, {"SWZ", facts.Day(2018, 1, 1), "Swaziland"}, {"MKD", facts.Day(2020, 1, 1), "North Macedonia"}, {"SVN", facts.Day(2020, 1, 1), "Slovenia"}, {"ZZZ", facts.Day(2020, 1, 1), "ZZZ"}} {
		if got := f.Name(x.iso3, x.on); got != x.want {
			t.Errorf("%s on %s: %q, want %q", x.iso3, x.on, got, x.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-03-01", "1948-12-09", "2026-02-30", "0001-01-01", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := facts.ParseDate(s); err == nil && d.String() != s {
			t.Errorf("%q became %q", s, d)
		}
	})
}

// FuzzLoad gives files of any content in the place of a correction: they are
// refused or read, never worse. Only names that a file system can have are given:
// under others a folder in memory holds itself without end.
func FuzzLoad(f *testing.F) {
	f.Add("members/x.csv", head+"HRC,FRA,2026-01-01,,member,,s,2026-01-01,K\n")
	f.Add("measures.csv", "id,venue,measure,who_can_trigger,threshold_text,threshold_rule,typical_time_to_act,precedents,evidence\nA,b,c,d,e,{},f,g,K\n")
	f.Add("vetoes.csv", "day,draft,situations,by,debated,note,source,date,mark\n2026-01-05,S/2026/1,SDN,RUS,,,s,,K\n")
	f.Add("neighbours.csv", "iso3,near,source,date,mark\nSDN,TCD,s,,K\n")
	f.Add("rules/doors.csv", "measure,requires,window,since,source,date,mark\nGE-SS,,,2006-06-19,s,,K\n")
	f.Fuzz(func(t *testing.T, name, data string) {
		if !fs.ValidPath(name) || name == "." || len(data) > 1<<16 {
			return
		}
		known, err := facts.Load(facts.Shipped(), fstest.MapFS{name: {Data: []byte(data)}})
		if err == nil {
			known.On(facts.Day(2026, 1, 1))
		}
	})
}

func ExampleFacts_On() {
	known, err := facts.Load(facts.Shipped())
	if err != nil {
		panic(err)
	}
	day := known.On(facts.Day(2026, 3, 1))
	fmt.Println(day.Member("HRC", "SVN"), day.Member("UNSC", "SVN"), len(day.Members("HRC")))
	// Output: true false 47
}

// TestNeighbours: whoever borders on another is bordered on by it.
func TestNeighbours(t *testing.T) {
	f, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	exercise, err := facts.Load(facts.Exercise()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*facts.Facts{f, exercise} {
		for a, near := range f.Near {
			for _, b := range near {
				if !slices.Contains(f.Near[b], a) {
					t.Errorf("%s is named as a neighbour of %s, and not the other way round", b, a)
				}
			}
		}
	}
	if got := f.Near["SDN"]; !slices.Contains(got, "TCD") || len(got) != 7 || len(exercise.Near["XAF"]) != 3 || len(f.Near["FJI"]) != 0 {
		t.Errorf("Sudan: %v; Pelloway: %v", got, exercise.Near["XAF"])
	}
	if _, err := load(t, fstest.MapFS{"neighbours.csv": {Data: []byte("iso3,near,source,date,mark\nSDN,TCD XXX,s,,K\n")}}); err == nil || !strings.Contains(err.Error(), `"XXX" is in no row`) {
		t.Error(err)
	}
}
