package consent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
)

func on(date string) time.Time {
	t, err := time.Parse("2006-01-02", date)
	if err != nil {
		panic(err)
	}
	return t
}

// statement is what the survivor of the table below said.
func statement() consent.Permission {
	return consent.Permission{
		ID: "CON-1", Given: on("2024-03-01"), Until: on("2034-03-01"),
		For:   []consent.Purpose{consent.Keep, consent.Analysis, consent.Trial},
		To:    []string{"Mechanism A", "class:court"},
		NotTo: []string{"Court of Erewhon"},
		In:    []string{consent.Any}, NotIn: []string{"XAA"},
		NoDeath: true, Onward: consent.OnwardListed,
		Withdrawals: []consent.Withdrawal{{At: on("2026-01-01"), For: []consent.Purpose{consent.Analysis}}, {At: on("2027-01-01"), To: []string{"Mechanism A"}}},
	}
}

var (
	mechanism = consent.Party{Name: "Mechanism A", Classes: []string{"un"}}
	court     = consent.Party{Name: "Regional Court", Classes: []string{"court"}}
	erewhon   = consent.Party{Name: "Court of Erewhon", Classes: []string{"court"}}
	paper     = consent.Party{Name: "Daily Paper", Classes: []string{"press"}}
)

// TestPolicy reads as what the survivor would say of each use.
func TestPolicy(t *testing.T) {
	trial := func(f func(u *consent.Use)) consent.Use {
		u := consent.Use{For: consent.Trial, By: court, In: "NLD", Death: consent.DeathExcluded, At: on("2025-05-05")}
		f(&u)
		return u
	}
	for _, c := range []struct {
		says string
		use  consent.Use
		why  string // "" is yes
	}{
		{"a court in the Netherlands may use it", trial(func(u *consent.Use) {}), ""},
		{"the mechanism may keep it", trial(func(u *consent.Use) { u.For, u.By = consent.Keep, mechanism }), ""},
		{"the mechanism may pass it to a court", trial(func(u *consent.Use) { u.Via = []consent.Party{mechanism} }), ""},
		{"not before I said so", trial(func(u *consent.Use) { u.At = on("2024-02-29") }), "the permission was given on 1 March 2024, after the use"},
		{"from the day it ends no more", trial(func(u *consent.Use) { u.At = on("2034-03-01") }), "the permission ended on 1 March 2034"},
		{"the day before still", trial(func(u *consent.Use) { u.At = on("2034-02-28") }), ""},
		{"not to be published", trial(func(u *consent.Use) { u.For = consent.Publication }), "it is not permitted for publication"},
		{"not to the papers", trial(func(u *consent.Use) { u.By = paper }), "it is not permitted to Daily Paper"},
		{"not to that court, although it is a court", trial(func(u *consent.Use) { u.By = erewhon }), "it is refused to Court of Erewhon"},
		{"not through that court either", trial(func(u *consent.Use) { u.Via = []consent.Party{erewhon} }), "it is refused to Court of Erewhon"},
		{"the mechanism may not pass it to the papers", trial(func(u *consent.Use) { u.By, u.Via = paper, []consent.Party{mechanism} }), "it is not permitted to Daily Paper"},
		{"not through the papers to a court", trial(func(u *consent.Use) { u.Via = []consent.Party{paper} }), "it is not permitted to Daily Paper"},
		{"not in that country", trial(func(u *consent.Use) { u.In = "XAA" }), "it is not permitted in XAA"},
		{"not where somebody can be put to death", trial(func(u *consent.Use) { u.Death = consent.DeathPossible }), "a death sentence is possible there"},
		{"not where nobody knows", trial(func(u *consent.Use) { u.Death = consent.DeathUnknown }), "nobody has ruled out a death sentence"},
		{"I took analysis back: before that it was right", trial(func(u *consent.Use) { u.For, u.At = consent.Analysis, on("2025-12-31") }), ""},
		{"and after that it is not", trial(func(u *consent.Use) { u.For, u.At = consent.Analysis, on("2026-01-01") }), "the permission was withdrawn on 1 January 2026"},
		{"a trial is still right then", trial(func(u *consent.Use) { u.At = on("2026-01-01") }), ""},
		{"I took it back from the mechanism", trial(func(u *consent.Use) { u.By, u.At = mechanism, on("2027-01-01") }), "the permission was withdrawn on 1 January 2027"},
		{"so it passes nothing on", trial(func(u *consent.Use) { u.Via, u.At = []consent.Party{mechanism}, on("2027-01-01") }), "the permission was withdrawn on 1 January 2027"},
		{"the court has it from others", trial(func(u *consent.Use) { u.At = on("2027-01-01") }), ""},
		{"say who you are", trial(func(u *consent.Use) { u.By = consent.Party{} }), "the use does not say by whom"},
		{"a class is not a name", trial(func(u *consent.Use) { u.By = consent.Party{Classes: []string{"court"}} }), "the use does not say by whom"},
		{"say what for", trial(func(u *consent.Use) { u.For = "" }), "the use does not say for which of the known purposes"},
		{"say where", trial(func(u *consent.Use) { u.In = "" }), "the use does not say in which state"},
		{"say when", trial(func(u *consent.Use) { u.At = time.Time{} }), "the use does not say when"},
		{"all that is in the way is said", trial(func(u *consent.Use) { u.For, u.By, u.In = consent.Publication, paper, "XAA" }), "it is not permitted for publication; it is not permitted to Daily Paper; it is not permitted in XAA"},
	} {
		d := consent.Decide(statement(), c.use)
		want := c.why
		if want == "" {
			want = "permitted"
		}
		if d.Permitted != (c.why == "") || !strings.HasPrefix(d.String(), want) {
			t.Errorf("%s: got %q, want %q", c.says, d, want)
		}
	}
}

// TestConditions changes one condition of an open permission at a time.
func TestConditions(t *testing.T) {
	use := consent.Use{For: consent.Trial, By: court, Via: []consent.Party{mechanism}, In: "NLD", At: on("2025-05-05")}
	for _, c := range []struct {
		name string
		set  func(p *consent.Permission)
		why  consent.Why
	}{
		{"open", func(p *consent.Permission) {}, ""},
		{"no purpose", func(p *consent.Permission) { p.For = nil }, consent.WhyPurpose},
		{"nobody", func(p *consent.Permission) { p.To = nil }, consent.WhyParty},
		{"nowhere", func(p *consent.Permission) { p.In = nil }, consent.WhyPlace},
		{"not that class", func(p *consent.Permission) { p.NotTo = []string{"class:court"} }, consent.WhyParty},
		{"not anybody", func(p *consent.Permission) { p.NotTo = []string{consent.Any} }, consent.WhyParty},
		{"not onward", func(p *consent.Permission) { p.Onward = consent.NotOnward }, consent.WhyOnward},
		{"onward unsaid", func(p *consent.Permission) { p.Onward = "" }, consent.WhyOnward},
		{"onward to anybody", func(p *consent.Permission) { p.Onward, p.To = consent.OnwardAny, []string{mechanism.Name} }, ""},
		{"onward to those listed", func(p *consent.Permission) { p.To = []string{mechanism.Name} }, consent.WhyParty},
		{"ask first", func(p *consent.Permission) { p.Ask = true }, consent.WhyAsk},
		{"no death sentence", func(p *consent.Permission) { p.NoDeath = true }, consent.WhyDeath},
		{"never given", func(p *consent.Permission) { p.Given = time.Time{} }, consent.WhyEarly},
		{"wholly withdrawn", func(p *consent.Permission) { p.Withdrawals = []consent.Withdrawal{{At: on("2025-01-01")}} }, consent.WhyWithdrawn},
	} {
		p := consent.Permission{ID: "C", Given: on("2024-01-01"), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardListed}
		c.set(&p)
		d := consent.Decide(p, use)
		switch {
		case c.why == "" && !d.Permitted:
			t.Errorf("%s: refused: %v", c.name, d)
		case c.why != "" && (d.Permitted || slices.ContainsFunc(d.Reasons, func(r consent.Reason) bool { return r.Why != c.why || r.Permission != "C" })):
			t.Errorf("%s: want %s, got %+v", c.name, c.why, d.Reasons)
		}
	}
	p := consent.Permission{Given: on("2024-01-01"), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardListed, Ask: true}
	use.Asked = "E-7"
	if d := consent.Decide(p, use); !d.Permitted {
		t.Errorf("asked, and yet: %v", d)
	}
}

// TestAll holds that everybody concerned must permit.
func TestAll(t *testing.T) {
	use := consent.Use{For: consent.Trial, By: court, In: "NLD", Death: consent.DeathExcluded, At: on("2025-05-05")}
	other := statement()
	other.ID, other.For = "CON-2", []consent.Purpose{consent.Keep}
	if d := consent.DecideAll(nil, use); d.Permitted || d.Reasons[0].Why != consent.WhyNone {
		t.Errorf("nobody permits: %v", d)
	}
	if d := consent.DecideAll([]consent.Permission{statement()}, use); !d.Permitted {
		t.Errorf("one permits: %v", d)
	}
	if d := consent.DecideAll([]consent.Permission{statement(), other}, use); d.Permitted || len(d.Reasons) != 1 || d.Reasons[0].Permission != "CON-2" {
		t.Errorf("one of two permits: %v", d)
	}
}

func TestForm(t *testing.T) {
	b, err := statement().Format()
	if err != nil {
		t.Fatal(err)
	}
	p, err := consent.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Format(); err != nil || string(again) != string(b) {
		t.Errorf("written again: %s, %v", again, err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"trial"`, `"revenge"`, `for: "revenge" is not known`},
		{`"trial"`, `"keep"`, `for: "keep" stands twice`},
		{`"XAA"`, `"xaa"`, `not_in: "xaa" is not known`},
		{`"class:court"`, `"class:\u0000"`, `to: "class:\x00" is not known`},
		{`"onward":"listed"`, `"onward":"maybe"`, `onward: "maybe"`},
		{`"onward"`, `"on"`, `not JSON of the form`},
		{`"id":"CON-1"`, `"id":"CON-1","id":"CON-1"`, `one spelling`},
		{`"id":"CON-1"`, `"id":""`, `id: "" is not an id`},
		{`2034-03-01`, `2024-03-01`, `until: the permission ends before it is given`},
		{`2026-01-01`, `2020-01-01`, `withdrawals: the first is before`},
		{`2027-01-01`, `2020-01-01`, `withdrawals: the number 2 is before`},
		{"}\n", "}\n\n", `one spelling`},
		{"}\n", "}{}\n", `more than one`},
		{`2024-03-01T00:00:00Z`, `2024-03-01T01:00:00+01:00`, `one spelling`},
		{`2024-03-01T00:00:00Z`, `0001-01-01T00:00:00Z`, `given: say when`},
	} {
		bad := strings.Replace(string(b), c.from, c.to, 1)
		if bad == string(b) {
			t.Fatalf("%s is not in %s", c.from, b)
		}
		if _, err := consent.Parse([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: want %q, got %v", c.to, c.from, c.want, err)
		}
	}
	if _, err := consent.Parse(make([]byte, consent.MaxForm+1)); err == nil {
		t.Error("a form of any length is read")
	}
}
