package protocol

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/protocol/form"
)

// edit makes a protocol of the small one by replacing text in it, each once.
func edit(t testing.TB, replace ...string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := string(data)
	for i := 0; i+1 < len(replace); i += 2 {
		if strings.Count(s, replace[i]) == 0 {
			t.Fatalf("%q is not in the small protocol", replace[i])
		}
		s = strings.Replace(s, replace[i], replace[i+1], 1)
	}
	return []byte(s)
}

func TestCheckFinds(t *testing.T) {
	for _, x := range []struct {
		name    string
		replace []string
		want    []string // parts of one problem
	}{
		{"an unknown owner", []string{"owner: mission", "owner: missoin"}, []string{"error", "duties.speak.owner", `no role "missoin"`}},
		{"an owner outside", []string{"owner: mission", "owner: civil-society"}, []string{"error", "duties.speak.owner", "outside the office"}},
		{"an unknown ladder", []string{"ladder: short", "ladder: shrot"}, []string{"error", "duties.speak.ladder", "no ladder"}},
		{"no ladder at a level", []string{"ladder: {1-3: long, 4-5: short}", "ladder: {1-3: long, 4: short}"}, []string{"error", "duties.acknowledge.ladder", "no ladder at level 5"}},
		{"an unknown rung", []string{"role: director, after: 1h", "role: chief, after: 1h"}, []string{"error", "ladders.short.rungs[0].role", `no role "chief"`}},
		{"a ladder in a circle", []string{"top: {rungs: [{role: minister, after: 1 working day}]}", "top: {rungs: [{role: minister, after: 1 working day}], then: long}"}, []string{"error", "ladders.top.then", "never ends"}},
		{"a ladder to nowhere", []string{"then: top", "then: roof"}, []string{"error", "ladders.long.then", `no ladder "roof"`}},
		{"a ladder that ends too low", []string{", {role: minister, after: 2 working hours}", ""}, []string{"error", "ladders.short", "not a named senior office"}},
		{"no senior office", []string{", senior: true", ""}, []string{"error", "roles", "no named senior office"}},
		{"a role twice on a ladder", []string{"{role: minister, after: 2 working hours}", "{role: director, after: 1h}, {role: minister, after: 1h}"}, []string{"error", "ladders.short", "climbs to director twice"}},
		{"a ladder without rungs", []string{"rungs: [{role: director, after: 1h}, {role: minister, after: 2 working hours}]", "rungs: []"}, []string{"error", "ladders.short", "no rungs"}},
		{"a ladder of one rung", []string{"ladder: down-and-up", "ladder: top"}, []string{"warning", "duties.decide.ladder", "one rung only"}},
		{"two rungs at once", []string{"after: 2 working hours", "after: 0h"}, []string{"warning", "ladders.short.rungs[1].after", "together"}},
		{"a ladder below its owner", []string{"owner: mission", "owner: director"}, []string{"warning", "duties.speak.ladder", "who owes the duty"}},
		{"an unused ladder", []string{"ladder: down-and-up", "ladder: long"}, []string{"warning", "ladders.down-and-up", "no duty climbs"}},
		{"an unused role", []string{"  mission: {title:", "  driver: {title: Driver}\n  mission: {title:"}, []string{"warning", "roles.driver", "names driver"}},
		{"a gate that is not there", []string{"after: [acknowledge]", "after: [verify]"}, []string{"error", "duties.decide.after[0]", `no duty "verify"`}},
		{"a gate at another level", []string{"after: [acknowledge]", "after: [acknowledge, speak]"}, []string{"error", "duties.decide.after[1]", "level 1 opens this duty and not speak"}},
		{"a gate to itself", []string{"after: [acknowledge]", "after: [decide]"}, []string{"error", "duties.decide.after", "decide → decide"}},
		{"gates in a circle", []string{"refusal: nobody", "after: [decide]"}, []string{"error", "for ever: acknowledge → decide → acknowledge"}},
		{"a gate clock without a gate", []string{"after: [decide]\n    clock: gate", "clock: gate"}, []string{"error", "duties.report.clock", "there is none"}},
		{"due before its gate", []string{"5: 24h", "5: 1h"}, []string{"warning", "duties.decide.after", "at level 5 this duty falls due before acknowledge"}},
		{"no time at all", []string{"allowed: 14 days", "allowed: 0h"}, []string{"error", "duties.report.allowed", "lapse as it opens"}},
		{"an office that is never open", []string{"hours: 09:00-18:00, weekend: [Sat, Sun], holidays: {07-04: Independence Day}", "hours: closed, weekend: [Sat, Sun]"}, []string{"error", "calendars.new-york", "never open"}},
		{"holidays all year", []string{"{07-04: Independence Day}", "{01-01..12-31: Holiday}"}, []string{"error", "duties.speak.allowed", "never comes"}},
		{"an unknown zone", []string{"America/New_York", "America/New_Yrok"}, []string{"error", "calendars.new-york.zone", "not a time zone"}},
		{"working time without a calendar", []string{"mission: {title: Mission in New York, office: new-york}", "mission: {title: Mission in New York}"}, []string{"error", "duties.speak.allowed", "no calendar to count it in"}},
		{"an unknown office", []string{"office: new-york}", "office: newyork}"}, []string{"error", "roles.mission.office", "no calendar"}},
		{"an unknown calendar", []string{"levels: [4, 5]", "levels: [4, 5]\n    calendar: paris"}, []string{"error", "duties.speak.calendar", "no calendar"}},
		{"one pair of eyes", []string{"    four-eyes: director\n", ""}, []string{"error", "duties.speak", "only one person"}},
		{"the same pair of eyes", []string{"four-eyes: director", "four-eyes: mission"}, []string{"warning", "duties.speak.four-eyes", "same role"}},
		{"a decision over their heads", []string{"    community: true\n", ""}, []string{"error", "duties.decide", "affected communities"}},
		{"no decision", []string{"    decides: true\n", ""}, []string{"warning", "levels.4", "no decision"}},
		{"no review", []string{"    review: true\n", ""}, []string{"warning", "levels.5", "no review"}},
		{"a level without duties", []string{"allowed: {1-3: 1 working day, 4-5: 2h}", "allowed: {2-3: 1 working day, 4-5: 2h}", "allowed: {1-3: 5 working days, 4: 72h, 5: 24h}", "allowed: {2-3: 5 working days, 4: 72h, 5: 24h}"}, []string{"error", "levels.1", "opens no duty"}},
		{"a duty without levels", []string{"levels: [4, 5]", "levels: []"}, []string{"error", "duties.speak", "never reached"}},
		{"an unknown refusal", []string{"refusal: director", "refusal: boss"}, []string{"error", "duties.decide.refusal", "no role"}},
		{"an unknown opener", []string{"opening: {duty-officer: 1-5,", "opening: {officer: 1-5,"}, []string{"error", "opening.officer", "no role"}},
		{"nobody outside may open", []string{", civil-society: [3, 4-5]", ""}, []string{"warning", "opening", "nobody outside"}},
		{"nobody may open", []string{"opening: {duty-officer: 1-5, civil-society: [3, 4-5]}", "opening: {}"}, []string{"error", "opening", "nobody may open"}},
		{"nobody may close", []string{"  by: director", "  by: []"}, []string{"error", "closing.by", "never ends"}},
		{"civil society closes", []string{"  by: director", "  by: civil-society"}, []string{"error", "closing.by", "outside the office"}},
		{"one closes alone", []string{"  agreed-by: [minister]\n", ""}, []string{"warning", "closing", "alone"}},
		{"a silent closing", []string{"conditions: [answered, decided, followed-up, reviewed]", "conditions: [reviewed, followed-up]"}, []string{"error", "closing.conditions", `"answered"`}},
		{"no follow-up before the end", []string{"conditions: [answered, decided, followed-up, reviewed]", "conditions: [answered, decided, reviewed]"}, []string{"warning", "closing.conditions", "followed-up"}},
		{"an unknown condition", []string{"followed-up, reviewed]", "followed-up, reviewed, tired]"}, []string{"error", "closing.conditions[4]", "not a condition"}},
		{"a gap", []string{"until: 2026-06-30", "until: 2026-06-15"}, []string{"error", "roles.director.held[1]", "from 2026-06-16 to 2026-06-30"}},
		{"an overlap", []string{"until: 2026-06-30", "until: 2026-07-15"}, []string{"warning", "roles.director.held[1]", "overlap from 2026-07-01"}},
		{"a period without people", []string{"by: [Gus, Hal]", "by: []"}, []string{"error", "roles.director.held[1]", "nobody"}},
		{"nobody held at all", []string{"held:\n      - {from: 2026-01-01, until: 2026-06-30, by: Dia, deputies: [Eli, Fay]}\n      - {from: 2026-07-01, by: [Gus, Hal]}", "held: []"}, []string{"error", "roles.director.held", "nobody holds director"}},
		{"an empty rota", []string{"order: [Ada, Ben, Cyd]", "order: []"}, []string{"error", "roles.duty-officer.rota.order", "nobody"}},
		{"a rota that ends first", []string{"until: 2027-06-30", "until: 2025-06-30"}, []string{"error", "roles.duty-officer.rota.until", "ends before"}},
		{"a swap after the end", []string{"2026-W53: Ben", "2027-W40: Ben"}, []string{"warning", "roles.duty-officer.rota.swaps.2027-W40", "no turn"}},
		{"an unknown deputy", []string{"deputy: director", "deputy: directress"}, []string{"error", "roles.duty-officer.deputy", "no role"}},
		{"deputies in a circle", []string{"    title: Director\n", "    title: Director\n    deputy: duty-officer\n"}, []string{"error", "in a circle"}},
		{"a senior office outside", []string{"civil-society: {title: Civil society, ", "civil-society: {title: Civil society, senior: true, "}, []string{"error", "roles.civil-society", "outside"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := Parse(edit(t, x.replace...))
			if err != nil {
				t.Fatal(err)
			}
			problems := p.Check()
			found := slices.ContainsFunc(problems, func(got Problem) bool {
				for _, part := range x.want {
					if !strings.Contains(string(got.Severity)+" "+got.String(), part) {
						return false
					}
				}
				return got.Line > 0 && got.Column > 0 && got.Fix != ""
			})
			if !found {
				t.Errorf("want %q among\n%v", x.want, problems)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, x := range []struct {
		name, replace, with string
		want                []string // parts of the error
	}{
		{"an unknown key", "owner: mission", "ownr: mission", []string{"line 50, column 5", "duties.speak.ownr", `did you mean "owner"?`, "duties.speak", `"owner" is missing`}},
		{"a key twice", "owner: mission", "owner: mission\n    owner: mission", []string{"line 51, column 5", "cannot be read"}},
		{"another format", "protocol: 1", "protocol: 2", []string{"line 3", "only format 1"}},
		{"a bad time", "allowed: 14 days", "allowed: 2 months", []string{"duties.report.allowed", "months"}},
		{"a bad level", "levels: [4, 5]", "levels: [4, 6]", []string{"duties.speak.levels[1]", `"6" is not a level`}},
		{"levels twice", "    ladder: {1-3: long, 4-5: short}", "    levels: 1-5\n    ladder: {1-3: long, 4-5: short}", []string{"remove this line"}},
		{"a level twice", "allowed: {1-3: 1 working day, 4-5: 2h}", "allowed: {1-4: 1 working day, 4-5: 2h}", []string{"level 4 is here twice"}},
		{"no levels", "    levels: [4, 5]\n", "", []string{"duties.speak", "not said which levels"}},
		{"a level missing", ", 5: severe", "", []string{"level 5 is missing"}},
		{"a bad flag", "outward: true", "outward: yes", []string{"duties.speak.outward", "true or false"}},
		{"nothing written", "owner: mission", "owner:", []string{"duties.speak.owner", "nothing is written"}},
		{"a list for a text", "owner: mission", "owner: [mission]", []string{"duties.speak.owner", "not a list"}},
		{"an anchor", "owner: mission", "owner: &m mission", []string{"anchors"}},
		{"a tag", "owner: mission", "owner: !x mission", []string{"tags"}},
		{"capital letters", "owner: mission", "owner: Mission", []string{`"Mission" is not a name`}},
		{"a bad clock", "clock: gate", "clock: noon", []string{"duties.report.clock", "opening or gate"}},
		{"bad hours", "hours: 08:00-15:00", "hours: 15:00-08:00", []string{"calendars.cairo.hours", "22:00-24:00"}},
		{"overlapping hours", "22:00-24:00, 00:00-06:00", "22:00-24:00, 21:00-23:00", []string{"overlap"}},
		{"a bad weekday", "weekend: [Fri, Sat]", "weekend: [Freitag]", []string{"calendars.cairo.weekend[0]", "day of the week"}},
		{"a bad holiday", "07-04: Independence", "4 July: Independence", []string{"is not a holiday"}},
		{"a day that is not there", "07-04: Independence", "2026-02-29: Independence", []string{"is not a holiday"}},
		{"a week that is not there", "2026-W53", "2027-W53", []string{`"2027-W53" is not a week`}},
		{"a period backwards", "until: 2026-06-30, by", "until: 2025-06-30, by", []string{"ends before it begins"}},
		{"periods and a rota", "    title: Duty officer\n", "    title: Duty officer\n    held: [{from: 2026-01-01, by: X}]\n", []string{"not both"}},
		{"a role called nobody", "mission: {title", "nobody: {title", []string{"called nobody"}},
		{"a bad language", "title: {en: Small", "title: {English: Small", []string{"language code"}},
		{"a condition twice", "[answered, decided,", "[answered, answered,", []string{"twice"}},
		{"two documents", "# The smallest", "---\na: 1\n---\n# The smallest", []string{"documents"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := Parse(edit(t, x.replace, x.with))
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("error %v, want a *ParseError", err)
			}
			for _, part := range x.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in\n%v", part, err)
				}
			}
			for _, p := range pe.Problems {
				if p.Line == 0 || p.Fix == "" || p.Severity != form.Error {
					t.Errorf("a problem without place, fix or severity: %+v", p)
				}
			}
		})
	}
}

// One reading shows all problems, in the order of the file.
func TestParseTellsAll(t *testing.T) {
	_, err := Parse(edit(t, "clock: gate", "clock: noon", "owner: mission", "ownr: mission", "allowed: 30 days", "allowed: soon"))
	var pe *ParseError
	if !errors.As(err, &pe) || len(pe.Problems) != 4 {
		t.Fatalf("%v", err)
	}
	for i := 1; i < 4; i++ {
		if pe.Problems[i].Line < pe.Problems[i-1].Line {
			t.Errorf("out of order: %v", err)
		}
	}
}

func TestLimits(t *testing.T) {
	var duties, rungs strings.Builder
	for i := range maxDuties {
		duties.WriteString("  x" + strings.Repeat("i", i%40) + string(rune('a'+i/40)) + ": {title: X, what: X, owner: mission, levels: 5, allowed: 1h, ladder: short}\n")
	}
	for range maxRungs {
		rungs.WriteString("{role: director, after: 1h}, ")
	}
	for _, data := range [][]byte{
		edit(t, "duties:\n", "duties:\n"+duties.String()),
		edit(t, "short: {rungs: [", "short: {rungs: ["+rungs.String()),
		[]byte(strings.Repeat("[", 20000)),
		[]byte(strings.Repeat("- ", 20000)),
		[]byte(strings.Repeat("a: b\n", 100000)),
		[]byte("a: \xff"),
		nil,
	} {
		if _, err := Parse(data); err == nil {
			t.Errorf("%.40q… was read", data)
		}
	}
}

func TestDigestNamesTheText(t *testing.T) {
	a, _ := Parse(edit(t))
	b, _ := Parse(edit(t, "# The smallest", "# the smallest"))
	if len(a.Digest) != 64 || a.Digest == b.Digest {
		t.Errorf("digests %s and %s", a.Digest, b.Digest)
	}
}
