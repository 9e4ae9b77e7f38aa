package doors_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

const (
	memberHead  = "body,iso3,from,to,standing,note,source,date,mark\n"
	measureHead = "id,venue,measure,who_can_trigger,threshold_text,threshold_rule,typical_time_to_act,precedents,evidence\n"
)

// with opens the shipped facts with one file over them.
func with(t *testing.T, file, data string) (*doors.Book, error) {
	t.Helper()
	f, err := facts.Load(facts.Shipped(), fstest.MapFS{file: {Data: []byte(data)}})
	if err != nil {
		t.Fatal(err)
	}
	return doors.New(f)
}

// TestShippedHolds: the rules and facts that come with Heed do not contradict
// themselves.
func TestShippedHolds(t *testing.T) {
	for _, p := range book(t).Check() {
		if p.Kind == doors.Contradiction {
			t.Errorf("%s: %s", p.Where, p.Text)
		}
	}
}

// TestContradictions breaks one thing at a time; the check finds it.
func TestContradictions(t *testing.T) {
	if testing.Short() {
		t.Skip("left to `make test`")
	}
	for _, x := range []struct{ name, file, data, want string }{
		{"seats", "measures.csv", measureHead + `GE-SS,HRC,Special session,m,t,"{""body"":""HRC"",""members_min"":16,""of"":53}",d,p,S x` + "\n", "the rule counts 53"},
		{"unanimity", "measures.csv", measureHead + `RG-EU,EU,Listing,m,t,"{""body"":""EU-Council"",""unanimity"":28}",d,p,S x` + "\n", "28 may object"},
		{"a way that never matters", "measures.csv", measureHead + `X,OSCE,X,m,t,"{""body"":""OSCE"",""any_of"":[{""states_min"":6},{""states_min"":10}]}",d,p,S x` + "\n", "can never matter"},
		{"contested to nowhere", "measures.csv", measureHead + `X,UNSC,X,m,t,"{""body"":""UNSC"",""requesters_min"":1,""if_contested"":""Y""}",d,p,S x` + "\n", "which is no measure"},
		{"twice a member", "members/a.csv", memberHead + "HRC,SVN,2026-06-01,2028-12-31,member,,s,,K\n", "named twice"},
		{"too many", "members/a.csv", memberHead + "HRC,NOR,2026-01-01,2026-12-31,member,,s,,K\n", "48 named for 47 seats"},
		{"too few", "members/a.csv", memberHead + "HRC,SVN,2026-01-01,,member,,s,,X\n", "46 named for 47 seats"},
		{"suspended from nothing", "members/a.csv", memberHead + "HRC,NOR,2026-01-01,2026-12-31,suspended,,s,,K\n", "no member of it"},
		{"veto of one without", "vetoes.csv", "day,draft,situations,by,debated,note,source,date,mark\n2026-01-05,S/2026/1,SDN,DEU,,,s,,K\n", "DEU has no veto"},
		{"sitting of no session", "situations.csv", "kind,iso3,from,to,name,note,source,date,mark\nemergency sitting,SDN,2026-01-05,2026-01-05,x,,s,,K\n", "of no session"},
		{"group", "members/a.csv", memberHead + "African Group,SVN,,,member,,s,,K\n", "in 2 regional groups"},
		{"calendar", "doors.csv", "measure,requires,window,source,date,mark\nGE-SS,,no such calendar,s,,K\n", "has no session"},
	} {
		t.Run(x.name, func(t *testing.T) {
			b, err := with(t, x.file, x.data)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range b.Check() {
				if strings.Contains(p.Text, x.want) {
					return
				}
			}
			t.Errorf("not found: %q", x.want)
		})
	}
}

// TestRules: a rule that is not understood in full is refused.
func TestRules(t *testing.T) {
	for _, rule := range []string{
		`{}`, `{"body":"HRC","members_min":16,"majority":"simple_pv"}`, `{"body":"NOWHERE","members_min":16}`, `{"members_minimum":16}`, `{"majority":"simple_pv"}`,
		`{"body":"HRC","members_min":60,"of":47}`, `{"actor":"nobody"}`, `{"auto":"rain"}`, `{"states_min":1,"requires":["luck"]}`, `{"body":"HRC","majority":"most"}`, `[]`, `{"body":"HRC","consensus":"yes"}`,
		`{"states_min":1} {"states_min":2}`, `{"any_of":[{"body":"HRC"}]}`,
	} {
		if _, err := with(t, "measures.csv", measureHead+`X,v,n,m,t,"`+strings.ReplaceAll(rule, `"`, `""`)+`",d,p,K`+"\n"); err == nil || !strings.Contains(err.Error(), "the rule of X") {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// TestQuestions: what cannot be asked is refused.
func TestQuestions(t *testing.T) {
	b := book(t)
	on := facts.Day(2026, 3, 1)
	for _, q := range []doors.Question{
		{Measure: "GE-SS", On: on},
		{Measure: "NO-SUCH", States: []string{"SVN"}, On: on},
		{Measure: "GE-SS", States: []string{"ZZZ"}, On: on},
		{Measure: "GE-SS", States: []string{"SVN"}, Situation: "ZZZ", On: on},
		{Measure: "GE-SS", States: []string{"SVN"}, With: []string{"FRA"}, Against: []string{"FRA"}, On: on},
		{Measure: "GE-SS", States: []string{"SVN"}, Against: []string{"SVN"}, On: on},
		{Measure: "GE-RES", States: []string{"SVN"}, Tally: &doors.Tally{Yes: -1}, On: on},
	} {
		if a, err := b.Open(q); err == nil {
			t.Errorf("%+v: %s, want an error", q, a.Outcome)
		}
	}
}

// TestWindows: the next window is the session that sits, or the next one; a
// State that will be a party is told from when.
func TestWindows(t *testing.T) {
	b := book(t)
	for _, x := range []struct {
		measure, state, situation string
		on                        facts.Date
		want                      string
	}{
		{"GE-URG", "FRA", "", facts.Day(2022, 3, 3), "2022-03-03"},
		{"GE-URG", "FRA", "", facts.Day(2022, 5, 1), "2022-06-13"},
		{"NY-GA3", "FRA", "", facts.Day(2024, 1, 1), "2024-10-02"},
		{"GE-SS", "FRA", "", facts.Day(2022, 5, 1), "2022-05-01"},
		{"JU-ICCREF", "UKR", "", facts.Day(2024, 11, 1), "2025-01-01"},
		{"RG-EU", "HRV", "", facts.Day(2013, 6, 1), "2013-07-01"},
	} {
		a, err := b.Open(doors.Question{Measure: x.measure, States: []string{x.state}, Situation: x.situation, On: x.on})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Window.From.String(); got != x.want {
			t.Errorf("%s for %s on %s: %s, want %s", x.measure, x.state, x.on, got, x.want)
		}
	}
}

// TestCandidates: who could supply what is missing are those who would count.
func TestCandidates(t *testing.T) {
	b := book(t)
	q := doors.Question{Measure: "GE-SS", States: []string{"SVN"}, With: []string{"FRA"}, Against: []string{"CHN"}, On: facts.Day(2026, 3, 1)}
	who, err := b.On(q.On).Candidates(q)
	if err != nil {
		t.Fatal(err)
	}
	members := len(b.Facts().On(q.On).Members("HRC"))
	if len(who) < members-3 || len(who) > members-1 {
		t.Errorf("%d candidates of %d members", len(who), members)
	}
	for _, s := range who {
		q := q
		q.With = append([]string{s}, q.With...)
		after, err := b.Open(q)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := b.Open(doors.Question{Measure: "GE-SS", States: []string{"SVN"}, With: []string{"FRA"}, Against: []string{"CHN"}, On: q.On})
		if after.Missing != before.Missing-1 {
			t.Errorf("%s is a candidate and does not count", s)
		}
	}
}

func FuzzRule(f *testing.F) {
	shipped := book(f).Facts()
	for _, m := range shipped.Measures {
		f.Add(m.Rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		known := *shipped
		known.Measures = []facts.Measure{{ID: "X", Rule: rule, Threshold: "t", Origin: facts.Origin{Source: "s"}}}
		b, err := doors.New(&known)
		if err != nil {
			return
		}
		for _, s := range []string{"FRA", "SVN", "USA"} {
			if a, err := b.Open(doors.Question{Measure: "X", States: []string{s}, Situation: "SDN", On: facts.Day(2024, 1, 1)}); err != nil || a.Outcome == "" {
				t.Errorf("%s for %s: %v %v", rule, s, a.Outcome, err)
			}
		}
	})
}
