package votes_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/votes"
)

const rollCalls = `rcid,session,importantvote,date,unres,amend,para,short,descr
1,60,0,2005-12-01,R/60/1,NA,NA,A TOPIC,First text
2,60,1,2005-12-02,R/60/2,NA,1,NA,"Second, text"
`

const ballots = `rcid,country,country_code,vote
2,Namibia,NA,yes
2,Yugoslavia,YU,abstain
1,Federal Republic of Germany,NA,no
1,Côte d’Ivoire,CI,yes
`

func Example() {
	set, _, err := votes.ReadUnvotes(strings.NewReader(ballots), strings.NewReader(rollCalls), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	day := set.Rolls[1].Date
	fmt.Println(set.Rolls[1].Title, set.At(1, votes.Find("NAM", day)), set.Outcome(1, votes.Find("France", day)))
	// Output: Second, text yes absent
}

func TestNames(t *testing.T) {
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	members := votes.Members()
	for _, c := range []struct {
		name string
		on   time.Time
		want string
	}{
		{"Burma", day(1980, 1, 1), "MMR"}, {"Swaziland", day(2010, 1, 1), "SWZ"}, {"ESWATINI", day(2020, 1, 1), "SWZ"}, {"USSR", day(1970, 1, 1), "RUS"},
		{"Yugoslavia", day(1985, 1, 1), "YUG"}, {"Yugoslavia", day(2002, 1, 1), "SRB"}, {"YU", day(2011, 1, 1), "SRB"}, {"SERBIA", day(2015, 1, 1), "SRB"},
		{"China", day(1980, 1, 1), "CHN"}, {"China", day(1965, 1, 1), "TWN"}, {"CHN", day(1971, 10, 26), "CHN"}, {"Zaire", day(1990, 1, 1), "COD"},
		{"TÜRKİYE", day(2023, 1, 1), "TUR"}, {"Turkey", day(2000, 1, 1), "TUR"}, {"Viet Nam", day(2000, 1, 1), "VNM"},
		{"2", day(2000, 1, 1), "USA"}, {"260", day(1980, 1, 1), "DEU"}, {"Cote d'Ivoire", day(2000, 1, 1), "CIV"}, {"Upper Volta", day(1975, 1, 1), "BFA"},
	} {
		if i := votes.Find(c.name, c.on); i < 0 || members[i].ISO3 != c.want {
			t.Errorf("%s in %d is %d, want %s", c.name, c.on.Year(), i, c.want)
		}
	}
	if i := votes.Find("Atlantis", day(2000, 1, 1)); i != -1 {
		t.Errorf("Atlantis is %v", members[i])
	}
	for i, m := range members {
		if got := votes.Find(m.ISO3, day(max(m.Since, 2000), 1, 1)); m.Until == 0 && got != i {
			t.Errorf("%s is found as %d, not %d", m.ISO3, got, i)
		}
	}
	n := 0
	for _, m := range members {
		if m.Member(day(2020, 1, 1)) {
			n++
		}
	}
	if n != 193 {
		t.Errorf("%d Members in 2020", n)
	}
}

func TestLibrary(t *testing.T) {
	const file = `undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,agenda_title,subjects,vote_note,total_yes,total_no,total_abstentions,total_non_voting,total_ms,undl_link
7,AFG,AFGHANISTAN,Y,2023-10-27,ES-10,A/RES/ES-10/21,A/ES-10/L.25,,A/ES-10/PV.41,Protection of civilians : resolution / adopted by the General Assembly,Illegal,TERRITORIES,,3,0,0,1,4,
7,BEN,BENIN,X,2023-10-27,ES-10,A/RES/ES-10/21,,,,,,,,,,,,,
7,CIV,COTE D'IVOIRE,A,2023-10-27,ES-10,A/RES/ES-10/21,,,,,,,,,,,,,
7,SCG,SERBIA AND MONTENEGRO,N,2023-10-27,ES-10,A/RES/ES-10/21,,,,,,,,,,,,,
`
	set, notes, err := votes.ReadLibrary(strings.NewReader(file))
	if err != nil || notes.LeftOut != 0 {
		t.Fatal(err, notes)
	}
	r := set.Rolls[0]
	if r.Draft != "A/ES-10/L.25" || r.Subject != "TERRITORIES" || r.Session != "ES-10" {
		t.Errorf("%+v", r)
	}
	for iso, want := range map[string]votes.Position{"AFG": votes.Yes, "BEN": votes.Absent, "CIV": votes.Abstain, "SRB": votes.No, "FRA": votes.Unknown} {
		if got := set.At(0, votes.Find(iso, r.Date)); got != want {
			t.Errorf("%s: %v, want %v", iso, got, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for name, c := range map[string]struct{ ballots, rolls, want string }{
		"no votes":      {"a,b\n1,2\n", rollCalls, `votes: line 1: there is no column "rcid"; there are a, b`},
		"no country":    {"rcid,vote\n1,yes\n", rollCalls, `neither a column "country" nor "country_code"`},
		"no date":       {ballots, "rcid,session\n1,2\n", `roll calls: line 1: there is no column "date"`},
		"empty":         {"", rollCalls, "no first row"},
		"unknown roll":  {"rcid,country,country_code,vote\n9,Cuba,CU,yes\n", rollCalls, `roll call "9" is not in the file of roll calls`},
		"unknown state": {"rcid,country,country_code,vote\n1,Atlantis,XX,yes\n", rollCalls, `votes: line 2: "Atlantis" (XX) is no Member that is known`},
		"bad vote":      {"rcid,country,country_code,vote\n1,Cuba,CU,perhaps\n", rollCalls, `"perhaps" is no position`},
		"bad date":      {ballots, strings.ReplaceAll(rollCalls, "2005-12-01", "soon"), `"soon" is no date; write 2013-12-18`},
	} {
		_, _, err := votes.ReadUnvotes(strings.NewReader(c.ballots), strings.NewReader(c.rolls), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule votes.Rule
		t    votes.Tally
		want bool
	}{
		{votes.Simple(), votes.Tally{Yes: 2, No: 1, Abstain: 190}, true}, {votes.Simple(), votes.Tally{Yes: 50, No: 50}, false},
		{votes.Simple(), votes.Tally{}, false}, {votes.TwoThirds(), votes.Tally{Yes: 2, No: 1}, true}, {votes.TwoThirds(), votes.Tally{Yes: 65, No: 33}, false},
		{votes.Council(), votes.Tally{Yes: 9, No: 6}, true}, {votes.Council(), votes.Tally{Yes: 8, Abstain: 7}, false},
	} {
		if got := c.rule.Passes(c.t); got != c.want {
			t.Errorf("%s with %+v: %v", c.rule.Name, c.t, got)
		}
	}
}

func open(t testing.TB, name string) *os.File {
	f, err := os.Open(testkit.Shared(t, "votes/"+name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestEverySinceTheBeginning loads the Assembly's votes and counts them again.
func TestEverySinceTheBeginning(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	set, notes, err := votes.ReadUnvotes(open(t, "unga_votes_1946_2013.csv.gz"), open(t, "unga_roll_calls_1946_2013.csv.gz"), open(t, "unga_roll_call_issues_1946_2013.csv.gz"))
	if err != nil || notes.LeftOut != 0 {
		t.Fatal(err, notes)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if mb := float64(after.HeapAlloc-before.HeapAlloc) / 1e6; mb > 60 {
		t.Errorf("%.0f MB for %d votes", mb, set.Count())
	}
	if n := set.Count(); n != 766248 {
		t.Errorf("%d votes; the file has 766,248 rows", n)
	}
	last := set.Rolls[len(set.Rolls)-1]
	if last.Resolution != "R/68/241" || !slices.IsSortedFunc(set.Rolls, func(a, b votes.RollCall) int { return a.Date.Compare(b.Date) }) {
		t.Errorf("the last is %+v", last)
	}
	for i, r := range set.Rolls { // published: 188 to 2, 3 abstentions
		if r.Resolution == "R/68/8" {
			if got := set.Tally(i); got != (votes.Tally{Yes: 188, No: 2, Abstain: 3}) {
				t.Errorf("%s: %+v", r.Resolution, got)
			}
		}
	}
}

func TestCouncilFiles(t *testing.T) {
	signed, notes, err := votes.ReadSignatures(open(t, "hrc_special_session_support.csv"))
	if err != nil || notes.LeftOut != 0 || len(signed) != 226 {
		t.Errorf("%d signatures, %v, %v", len(signed), notes, err)
	}
	counts, notes, err := votes.ReadCounts(open(t, "hrc_mandate_votes.csv"))
	if err != nil || notes.LeftOut != 0 || len(counts) != 19 || counts[0].Tally != (votes.Tally{Yes: 35, No: 3, Abstain: 7}) || counts[0].Verified {
		t.Errorf("%+v, %v, %v", counts, notes, err)
	}
	set, _, err := votes.ReadCouncil(strings.NewReader("symbol,date,iso3,vote,title\nA/HRC/RES/1,2019-09-27,CUB,N,Text\nA/HRC/RES/1,2019-09-27,PER,Y,Text\n"))
	if err != nil || set.Rolls[0].Body != "HRC" || set.At(0, votes.Find("CUB", time.Time{})) != votes.No {
		t.Errorf("%+v, %v", set, err)
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte(ballots), []byte(rollCalls))
	f.Add([]byte("undl_id,ms_code,ms_vote,date\n1,AFG,Y,2020-01-01\n"), []byte("session,iso3,role\n1,AFG,member\n"))
	f.Add([]byte("symbol,date,iso3,vote\nA,2020-01-01,AFG,Y\n"), []byte("symbol,date,yes,no,abstain\nA,2020-01-01,1,2,3\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		r := func(x []byte) *strings.Reader { return strings.NewReader(string(x)) }
		check := func(s *votes.Set, n votes.Notes, err error) {
			if err == nil && (len(s.Rolls) == 0 || s.Count() == 0 || s.Count() > n.Rows) {
				t.Errorf("%d roll calls with %d votes of %d rows", len(s.Rolls), s.Count(), n.Rows)
			}
		}
		check(votes.ReadUnvotes(r(a), r(b), nil))
		check(votes.ReadUnvotes(r(a), r(b), r(b)))
		check(votes.ReadLibrary(r(a)))
		check(votes.ReadCouncil(r(a)))
		if got, n, err := votes.ReadSignatures(r(b)); err == nil && len(got) > n.Rows {
			t.Errorf("%d signatures of %d rows", len(got), n.Rows)
		}
		if got, n, err := votes.ReadCounts(r(b)); err == nil && len(got) > n.Rows {
			t.Errorf("%d counts of %d rows", len(got), n.Rows)
		}
		votes.Head(r(a))
	})
}

func FuzzParsePosition(f *testing.F) {
	f.Add("Y")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := votes.ParsePosition(s); err == nil && p.Cast() {
			if again, err := votes.ParsePosition(p.String()); err != nil || again != p {
				t.Errorf("%q is %v, which is read as %v, %v", s, p, again, err)
			}
		}
	})
}
