package consent

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Why is the part of a permission that is in the way of a use.
type Why string

// The reasons for which a use is refused.
const (
	WhyNone      Why = "none"       // nobody's permission is known
	WhyEarly     Why = "early"      // before it was given
	WhyEnded     Why = "ended"      // it has ended
	WhyWithdrawn Why = "withdrawn"  // it was taken back
	WhyPurpose   Why = "purpose"    // not for this
	WhyParty     Why = "party"      // not to this party
	WhyPlace     Why = "place"      // not there
	WhyDeath     Why = "death"      // a death sentence is possible, or not ruled out
	WhyOnward    Why = "onward"     // not to be passed on
	WhyAsk       Why = "ask"        // the contributor was not asked
	WhyIncomp    Why = "incomplete" // the use does not say what must be known
)

// A Reason is one thing that is in the way, in words.
type Reason struct {
	Why        Why
	Permission string // whose: the id of the permission, "" where there is none
	Text       string
}

// A Decision says whether a use is permitted, and if not, all that is in the way.
type Decision struct {
	Permitted bool
	Reasons   []Reason
}

// String returns "permitted", or the reasons, separated by semicolons.
func (d Decision) String() string {
	if d.Permitted {
		return "permitted"
	}
	texts := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		texts[i] = r.Text
	}
	return strings.Join(texts, "; ")
}

// DecideAll decides where several permissions bear on one thing: all must
// permit the use. Without any it is refused.
func DecideAll(all []Permission, u Use) Decision {
	if len(all) == 0 {
		return Decision{Reasons: []Reason{{WhyNone, "", "nobody's permission is known"}}}
	}
	d := Decision{Permitted: true}
	for _, p := range all {
		one := Decide(p, u)
		d.Permitted = d.Permitted && one.Permitted
		d.Reasons = append(d.Reasons, one.Reasons...)
	}
	return d
}

// Decide decides whether one permission allows a use.
func Decide(p Permission, u Use) Decision {
	c := check{p: p}
	c.time(u)
	c.withdrawn(u)
	c.purpose(u)
	c.parties(u)
	c.place(u)
	c.asked(u)
	return Decision{Permitted: len(c.reasons) == 0, Reasons: c.reasons}
}

type check struct {
	p       Permission
	reasons []Reason
}

func (c *check) no(why Why, format string, args ...any) {
	c.reasons = append(c.reasons, Reason{why, c.p.ID, fmt.Sprintf(format, args...)})
}

func (c *check) asked(u Use) {
	if c.p.Ask && u.Asked == "" {
		c.no(WhyAsk, "the contributor is to be asked before each use, and was not")
	}
}

func (c *check) time(u Use) {
	switch {
	case u.At.IsZero():
		c.no(WhyIncomp, "the use does not say when")
	case c.p.Given.IsZero():
		c.no(WhyEarly, "the permission does not say when it was given")
	case u.At.Before(c.p.Given):
		c.no(WhyEarly, "the permission was given on %s, after the use", day(c.p.Given))
	}
	if !c.p.Until.IsZero() && !u.At.Before(c.p.Until) {
		c.no(WhyEnded, "the permission ended on %s", day(c.p.Until))
	}
}

// withdrawn looks for a withdrawal that reaches the use. One that names
// parties reaches what would go through them as well.
func (c *check) withdrawn(u Use) {
	for _, w := range c.p.Withdrawals {
		if u.At.Before(w.At) {
			continue
		}
		forIt := len(w.For) == 0 || names(w.For, u.For)
		toIt := len(w.To) == 0 || slices.ContainsFunc(append([]Party{u.By}, u.Via...), func(p Party) bool { return listed(w.To, p) })
		if forIt && toIt {
			c.no(WhyWithdrawn, "the permission was withdrawn on %s", day(w.At))
		}
	}
}

func (c *check) purpose(u Use) {
	switch {
	case !slices.Contains(purposes, u.For):
		c.no(WhyIncomp, "the use does not say for which of the known purposes")
	case !names(c.p.For, u.For):
		c.no(WhyPurpose, "it is not permitted for %s", u.For)
	}
}

// parties checks who uses it and through whom it came. Whoever is refused by
// name or class is refused anywhere on the way.
func (c *check) parties(u Use) {
	way := append(slices.Clone(u.Via), u.By)
	for i, party := range way {
		last := i == len(way)-1
		switch {
		case party.Name == "":
			c.no(WhyIncomp, "the use does not say by whom")
		case listed(c.p.NotTo, party):
			c.no(WhyParty, "it is refused to %s", party.Name)
		case listed(c.p.To, party), last && len(u.Via) > 0 && c.p.Onward == OnwardAny:
		default:
			c.no(WhyParty, "it is not permitted to %s", party.Name)
		}
	}
	if len(u.Via) > 0 && c.p.Onward != OnwardListed && c.p.Onward != OnwardAny {
		c.no(WhyOnward, "%s may not pass it on", u.Via[len(u.Via)-1].Name)
	}
}

func (c *check) place(u Use) {
	switch {
	case u.In == "":
		c.no(WhyIncomp, "the use does not say in which state")
	case names(c.p.NotIn, u.In), !names(c.p.In, u.In):
		c.no(WhyPlace, "it is not permitted in %s", u.In)
	}
	if c.p.NoDeath && u.Death != DeathExcluded {
		if u.Death == DeathPossible {
			c.no(WhyDeath, "a death sentence is possible there")
		} else {
			c.no(WhyDeath, "nobody has ruled out a death sentence")
		}
	}
}

// names says whether a list names a value, or all.
func names[T ~string](list []T, v T) bool {
	return slices.Contains(list, v) || slices.Contains(list, Any)
}

// classMark begins the name of a class in a list of parties.
const classMark = "class:"

// listed says whether a list names a party, one of its classes, or all.
func listed(list []string, p Party) bool {
	return names(list, p.Name) || slices.ContainsFunc(p.Classes, func(class string) bool { return slices.Contains(list, classMark+class) })
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
