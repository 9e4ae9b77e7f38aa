package consent

import (
	"testing"
	"time"
)

// TestTheHouseKeepsToIt reads like the policy: who keeps a thing, with what
// condition on it, may do what.
func TestTheHouseKeepsToIt(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	given, before := now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1)
	house := Party{Name: "Archive", Classes: []string{"archive"}}
	trial := Permission{ID: "CON-1", Given: given, For: []Purpose{Trial}, To: []string{"ICC"}, In: []string{"NLD"}, Onward: NotOnward}
	all := Permission{ID: "CON-2", Given: given, For: []Purpose{Any}, To: []string{Any}, In: []string{Any}, Onward: OnwardAny}
	with := func(p Permission, change func(*Permission)) []Permission { change(&p); return []Permission{p} }
	icc := Use{For: Trial, By: Party{Name: "ICC"}, In: "NLD"}
	for _, c := range []struct {
		what string
		on   []Permission
		use  Use
		want Why // "": permitted
	}{
		{"no condition: kept", nil, Use{For: Keep}, ""},
		{"no condition: read", nil, Use{For: Analysis}, ""},
		{"no condition: a trial needs somebody's permission", nil, Use{For: Trial}, WhyNone},
		{"given for a trial: kept for it", []Permission{trial}, Use{For: Keep}, ""},
		{"given for a trial: not read for anything else", []Permission{trial}, Use{For: Analysis}, WhyPurpose},
		{"given for a trial: used there", []Permission{trial}, icc, ""},
		{"given for a trial at the ICC: not for one at home", []Permission{trial}, Use{For: Trial, In: "NLD"}, WhyParty},
		{"given for all: read", []Permission{all}, Use{For: Analysis}, ""},
		{"until a day that has come: read", with(all, func(p *Permission) { p.Until = before }), Use{For: Analysis}, WhyEnded},
		{"until a day that has come: kept", with(all, func(p *Permission) { p.Until = before }), Use{For: Keep}, WhyEnded},
		{"from a day that has not come", with(all, func(p *Permission) { p.Given = now.AddDate(0, 0, 1) }), Use{For: Keep}, WhyEarly},
		{"taken back: read", with(all, func(p *Permission) { p.Withdrawals = []Withdrawal{{At: before}} }), Use{For: Analysis}, WhyWithdrawn},
		{"taken back: kept", with(all, func(p *Permission) { p.Withdrawals = []Withdrawal{{At: before}} }), Use{For: Keep}, WhyWithdrawn},
		{"taken back for reading: kept", with(all, func(p *Permission) { p.Withdrawals = []Withdrawal{{At: before, For: []Purpose{Analysis}}} }), Use{For: Keep}, ""},
		{"taken back for reading: read", with(all, func(p *Permission) { p.Withdrawals = []Withdrawal{{At: before, For: []Purpose{Analysis}}} }), Use{For: Analysis}, WhyWithdrawn},
		{"refused to the house", with(all, func(p *Permission) { p.NotTo = []string{"Archive"} }), Use{For: Keep}, WhyParty},
		{"refused to what the house is", with(all, func(p *Permission) { p.NotTo = []string{"class:archive"} }), Use{For: Analysis}, WhyParty},
		{"refused in the state where the house is", with(all, func(p *Permission) { p.NotIn = []string{"CHE"} }), Use{For: Analysis}, WhyPlace},
		{"refused in a state: where is the house?", with(all, func(p *Permission) { p.NotIn = []string{"CHE"} }), Use{For: Analysis, In: "none"}, WhyIncomp},
		{"not where death is possible: read", with(all, func(p *Permission) { p.NoDeath = true }), Use{For: Analysis}, ""},
		{"not where death is possible: read where it is", with(all, func(p *Permission) { p.NoDeath = true }), Use{For: Analysis, Death: DeathPossible}, WhyDeath},
		{"not where death is possible: a trial, nothing known", with(all, func(p *Permission) { p.NoDeath = true }), Use{For: Trial}, WhyDeath},
		{"ask first: kept", with(all, func(p *Permission) { p.Ask = true }), Use{For: Keep}, ""},
		{"ask first: read unasked", with(all, func(p *Permission) { p.Ask = true }), Use{For: Analysis}, WhyAsk},
		{"ask first: read, asked", with(all, func(p *Permission) { p.Ask = true }), Use{For: Analysis, Asked: "yes, in entry 7"}, ""},
		{"one of two refuses", []Permission{all, trial}, Use{For: Analysis}, WhyPurpose},
	} {
		u := c.use
		u.At = now
		if u.By.Name == "" {
			u.By = house
		}
		switch u.In {
		case "":
			u.In = "CHE"
		case "none":
			u.In = ""
		}
		d := DecideKept(c.on, u)
		got := Why("")
		if len(d.Reasons) > 0 {
			got = d.Reasons[0].Why
		}
		if d.Permitted != (c.want == "") || got != c.want {
			t.Errorf("%s: %s, want %q", c.what, d, c.want)
		}
	}
}
