package doors

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/doors/facts"
)

// The kinds of problem. A contradiction makes an answer wrong on some date; a gap
// makes it weaker than it says.
const (
	Contradiction = "contradiction"
	Gap           = "gap"
)

// A Problem is something wrong with a set of rules and facts.
type Problem struct {
	Kind  string `json:"kind"`
	Where string `json:"where"`
	Text  string `json:"text"`
	Fix   string `json:"fix"`
}

// checker collects problems.
type checker struct {
	b     *Book
	found []Problem
}

func (c *checker) add(kind, where, fix, format string, a ...any) {
	c.found = append(c.found, Problem{kind, where, fmt.Sprintf(format, a...), fix})
}

// Check looks for gaps and contradictions: thresholds that do not fit the body,
// bodies whose rows name too few or too many members in some month, terms that
// overlap, suspensions and reservations of States that are no members, calendars
// that end, vetoes by States that have none. Contradictions come first.
func (b *Book) Check() []Problem {
	c := &checker{b: b, found: []Problem{}}
	for _, id := range b.order {
		m := b.measures[id]
		c.rule(m, &m.rule)
		c.row(m)
	}
	c.sizes()
	c.seats()
	c.terms()
	c.vetoes()
	c.groups()
	slices.SortStableFunc(c.found, func(x, y Problem) int { return cmp.Compare(x.Kind, y.Kind) })
	return c.found
}

// rule holds a threshold against the number of seats.
func (c *checker) rule(m *measure, r *rule) {
	body, ok := c.b.facts.Bodies[r.Body]
	where := m.row.File + " (" + m.row.ID + ")"
	if ok && r.Of > 0 && r.Of != body.Seats {
		c.add(Contradiction, where, "correct the rule or bodies.csv", "the rule counts %d, %s has %d seats", r.Of, body.Name, body.Seats)
	}
	if n := int(r.noObjection()); ok && n > 0 && n != body.Seats {
		c.add(Contradiction, where, "correct the rule or bodies.csv", "nobody of %d may object, %s has %d seats", n, body.Name, body.Seats)
	}
	if ok && max(r.minimum(), r.YesMin) > body.Seats {
		c.add(Contradiction, where, "correct the rule or bodies.csv", "it asks for %d of the %d seats of %s", max(r.minimum(), r.YesMin), body.Seats, body.Name)
	}
	if r.IfContested != "" && c.b.measures[r.IfContested] == nil {
		c.add(Contradiction, where, "name a measure that exists", "a contested request goes to %s, which is no measure", r.IfContested)
	}
	for i := range r.AnyOf {
		way := &r.AnyOf[i]
		c.rule(m, way)
		for j := range i {
			if o := &r.AnyOf[j]; o.Body == way.Body && o.Consent == way.Consent && o.Para == way.Para && way.Para == 0 && o.minimum()+o.YesMin <= way.minimum()+way.YesMin && o.Majority == way.Majority {
				c.add(Contradiction, where, "strike one of them out", "way %d can never matter: way %d of the same body asks for no more", i+1, j+1)
			}
		}
	}
	if r.Then != nil {
		c.rule(m, r.Then)
	}
}

// row looks for what a measure does not say.
func (c *checker) row(m *measure) {
	for _, x := range []struct{ cell, text string }{{m.row.Time, "no usual time to act"}, {m.row.Precedents, "no precedent"}, {m.row.Who, "nobody is named who can set it off"}} {
		if x.cell == "" {
			c.add(Gap, m.row.File+" ("+m.row.ID+")", "add it, with its source", "%s", x.text)
		}
	}
	if !m.row.Mark.Verified() {
		c.add(Gap, m.row.File+" ("+m.row.ID+")", "look it up and mark it S with its source", "not yet verified: %s", m.row.Source)
	}
	if m.row.Window != "" {
		if _, ok := c.b.facts.On(facts.Day(2017, 1, 1)).Session(m.row.Window); !ok {
			c.add(Contradiction, m.row.File+" ("+m.row.ID+")", "add its sessions to calendars.csv", "the calendar %q has no session", m.row.Window)
		}
	}
}

// sizes compares the thresholds of one body with each other.
func (c *checker) sizes() {
	of := map[string]int{}
	for _, id := range c.b.order {
		m := c.b.measures[id]
		if r := m.rule; r.Of > 0 {
			if before, ok := of[r.Body]; ok && before != r.Of {
				c.add(Contradiction, m.row.File+" ("+id+")", "make them agree", "%s has %d members here and %d in another measure", r.Body, r.Of, before)
			}
			of[r.Body] = r.Of
		}
	}
}

// stretch is a time in which a body has too few members named, or too many.
type stretch struct {
	first, last facts.Date
	named       int
}

// seats counts the members of each body in each month and reports the stretches
// in which the rows name too few or too many.
func (c *checker) seats() {
	open := map[string]stretch{}
	for y := 2017; y <= 2026; y++ {
		for m := time.January; m <= time.December; m++ {
			v := c.b.facts.On(facts.Day(y, m, 15))
			for _, code := range []string{"UN", "HRC", "UNSC", "OSCE", "AU-PSC"} { // bodies whose number does not change
				c.count(v, code, open)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(open)) {
		c.stretch(code, open[code])
	}
}

// count compares one body on one day, and goes on with a stretch or ends it.
func (c *checker) count(v *facts.View, code string, open map[string]stretch) {
	body, ok := c.b.facts.Bodies[code]
	if !ok {
		return
	}
	n := len(v.Members(body.Members)) + v.Suspended(body.Members)
	s, going := open[code]
	if going && n != s.named {
		c.stretch(code, s)
		delete(open, code)
		going = false
	}
	switch {
	case n == body.Seats:
	case going:
		s.last = v.Date
		open[code] = s
	default:
		open[code] = stretch{v.Date, v.Date, n}
	}
}

func (c *checker) stretch(code string, s stretch) {
	kind, fix, seats := Gap, "add the members that are missing, or leave it if the seat was vacant", c.b.facts.Bodies[code].Seats
	if s.named > seats {
		kind, fix = Contradiction, "end the terms that are over"
	}
	c.add(kind, "members of "+code, fix, "%d named for %d seats from %s to %s", s.named, seats, s.first, s.last)
}

// terms looks for spells that overlap, and for standings that hang in the air.
func (c *checker) terms() {
	by := map[string][]facts.Spell{}
	for _, s := range c.b.facts.Spells {
		by[s.Body+" "+s.State] = append(by[s.Body+" "+s.State], s)
	}
	for _, s := range c.b.facts.Spells {
		for _, o := range by[s.Body+" "+s.State] {
			switch {
			case o.File == s.File:
			case isSeat(o) && isSeat(s) && o.From <= s.From && s.From <= o.To && (o.From < s.From || o.File < s.File):
				c.add(Contradiction, s.File, "end the first before the second begins", "%s is named twice in %s from %s (also %s)", s.State, s.Body, s.From, o.File)
			}
		}
		if (s.Standing == "suspended" || s.Standing == "reservation IX") &&
			!slices.ContainsFunc(by[s.Body+" "+s.State], func(o facts.Spell) bool { return isSeat(o) && o.From <= s.From && s.From <= o.To }) {
			c.add(Contradiction, s.File, "add the membership, or strike this out", "%s is %s in %s and no member of it on %s", s.State, s.Standing, s.Body, s.From)
		}
	}
}

func isSeat(s facts.Spell) bool { return s.Standing == "member" || s.Standing == "permanent" }

// vetoes looks for vetoes by States without one, and for sittings of a session
// that was never called.
func (c *checker) vetoes() {
	for _, v := range c.b.facts.Vetoes {
		on := c.b.facts.On(v.Day)
		for _, s := range v.By {
			if !on.Permanent(s) {
				c.add(Contradiction, v.File, "correct who voted against", "%s has no veto on %s", s, v.Day)
			}
		}
		if v.Debated == 0 && v.Day >= assembled() && !strings.Contains(v.Note, "emergency special session") {
			c.add(Gap, v.File, "add the day of the debate", "the debate on %s is not known", v.Draft)
		}
	}
	for _, s := range c.b.facts.Standing {
		if s.Kind != "emergency sitting" {
			continue
		}
		if _, ok := c.b.facts.On(s.From).Standing("emergency session", s.State); !ok {
			c.add(Contradiction, s.File, "add the emergency session that sat", "a sitting on %s on %s of no session", s.State, s.From)
		}
	}
}

// groups looks for Members of the United Nations in no regional group, or in two.
func (c *checker) groups() {
	v := c.b.facts.On(facts.Day(2026, 1, 1))
	in := map[string]int{}
	for body, list := range map[string][]string{"African Group": nil, "Asia-Pacific Group": nil, "Eastern European Group": nil, "Latin American and Caribbean Group": nil, "Western European and Others Group": nil} {
		for _, s := range append(list, v.Members(body)...) {
			in[s]++
		}
	}
	for _, s := range v.Members("UN") {
		if in[s] != 1 {
			c.add(Contradiction, "members/regional_groups.csv", "put it in one", "%s is in %d regional groups", s, in[s])
		}
	}
}
