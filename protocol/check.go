package protocol

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/protocol/form"
	"github.com/heed-project/heed/protocol/worktime"
)

// A checker gathers the problems of one protocol.
type checker struct {
	p    *Protocol
	list []Problem
	used map[string]bool // "role minister", "ladder urgent"
}

// Check reads a protocol for sense: duties that nobody owes or that cannot be
// reached, paths that do not end, deadlines that cannot fall, times when nobody
// holds a role. Do not use a protocol of which Check returns an Error. The
// problems come in the order of the file.
func (p *Protocol) Check() []Problem {
	c := &checker{p: p, used: map[string]bool{}}
	for _, x := range p.Calendars {
		c.list = append(c.list, x.Check(p.places, "calendars."+x.Key)...)
	}
	for _, d := range p.Duties {
		c.duty(d)
	}
	c.gateCycles()
	for _, l := range p.Ladders {
		c.ladder(l)
	}
	c.levels()
	c.opening()
	c.closing()
	for _, r := range p.Roles {
		c.role(r)
	}
	c.unused()
	return form.Sorted(c.list)
}

func (c *checker) bad(path, fix, format string, a ...any) {
	c.list = append(c.list, c.p.places.Problem(form.Error, path, fix, format, a...))
}

func (c *checker) warn(path, fix, format string, a ...any) {
	c.list = append(c.list, c.p.places.Problem(form.Warning, path, fix, format, a...))
}

// owes checks that a role exists and belongs to the office.
func (c *checker) owes(role, path string) {
	c.used["role "+role] = true
	r, ok := c.p.Role(role)
	switch {
	case !ok:
		c.bad(path, "name one of the roles of the file, or add it under roles", "there is no role %q", role)
	case r.Outside:
		c.bad(path, "name a role of the office", "%s is outside the office: nothing can be owed by it", role)
	}
}

// trial is the moment from which deadlines are tried. A fixed one, so that the
// same file always has the same problems.
func trial() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// allowance checks that a time allowed comes to an end.
func (c *checker) allowance(a Allowance, path string) {
	if a.Kind != worktime.WorkingTime && a.Kind != worktime.WorkingDays {
		return
	}
	if a.Calendar == "" {
		c.bad(path, "give the role an office, or write elapsed time such as 4h", "%s is working time, and there is no calendar to count it in", a)
		return
	}
	c.used["calendar "+a.Calendar] = true
	x, ok := c.p.Calendar(a.Calendar)
	if !ok {
		c.bad(path, "name one of the calendars of the file", "%s cannot be counted: there is no calendar %q", a, a.Calendar)
		return
	}
	if x.Location() == nil {
		return // said at the calendar
	}
	if _, err := c.p.Deadline(trial(), a); err != nil {
		c.bad(path, "allow less time, or give the calendar more hours", "the deadline never comes: %v", err)
	}
}

func (c *checker) ladder(l Ladder) {
	path := "ladders." + l.Key
	for i, g := range l.Rungs {
		at := path + ".rungs[" + strconv.Itoa(i) + "]"
		c.owes(g.Role, at+".role")
		c.allowance(g.After, at+".after")
		if i > 0 && g.After.Time == 0 && g.After.Days == 0 {
			c.warn(at+".after", "leave some time between rungs", "this rung is reached together with the one before it")
		}
	}
	if l.Then != "" {
		c.used["ladder "+l.Then] = true
		if _, ok := c.p.Ladder(l.Then); !ok {
			c.bad(path+".then", "name one of the ladders of the file", "there is no ladder %q", l.Then)
			return
		}
	}
	rungs, ends := c.p.climb(l.Key)
	if !ends {
		c.bad(path+".then", "end one of the ladders at a senior office", "the ladder leads back to itself and never ends")
		return
	}
	seen := map[string]bool{}
	for _, g := range rungs {
		if seen[g.Role] {
			c.bad(path, "name each role once on a ladder", "the ladder climbs to %s twice", g.Role)
		}
		seen[g.Role] = true
	}
	if len(rungs) == 0 {
		c.bad(path, "add rungs, each with role and after", "the ladder has no rungs")
		return
	}
	last := rungs[len(rungs)-1].Role
	if r, ok := c.p.Role(last); ok && !r.Senior {
		c.bad(path, "end it at a role that is marked senior: true", "the ladder ends at %s, which is not a named senior office", last)
	}
}

func (c *checker) levels() {
	for l := 1; l <= Levels; l++ {
		path := "levels." + strconv.Itoa(l)
		opens, decides, reviews := 0, false, false
		for _, d := range c.p.Duties {
			if d.opens(l) {
				opens++
				decides, reviews = decides || d.Decides, reviews || d.Review
			}
		}
		if opens == 0 {
			c.bad(path, "let at least one duty open at this level", "a warning of level %d opens no duty", l)
		}
		if l >= 4 && !decides {
			c.warn(path, "mark one duty of this level decides: true", "level %d asks for no decision", l)
		}
		if l >= 4 && !reviews {
			c.warn(path, "add a duty of this level with review: true", "level %d has no review after the action", l)
		}
	}
}

func (c *checker) opening() {
	outside := false
	for _, o := range c.p.Opening {
		c.used["role "+o.Role] = true
		r, ok := c.p.Role(o.Role)
		if !ok {
			c.bad("opening."+o.Role, "name one of the roles of the file, or add it under roles", "there is no role %q", o.Role)
		}
		outside = outside || r.Outside
	}
	if len(c.p.Opening) == 0 {
		c.bad("opening", "name the roles that may open it", "nobody may open the protocol")
	} else if !outside {
		c.warn("opening", "add a role with outside: true, such as civil-society", "nobody outside the office may open the protocol by own standing")
	}
}

func (c *checker) closing() {
	x := c.p.Closing
	if len(x.By) == 0 {
		c.bad("closing.by", "name the roles that may close", "nobody may close the protocol: it never ends")
	}
	for i, r := range x.By {
		c.owes(r, c.item("closing.by", i))
	}
	for i, r := range x.AgreedBy {
		c.owes(r, c.item("closing.agreed-by", i))
	}
	if len(x.AgreedBy) == 0 {
		c.warn("closing", "add agreed-by with a second role", "one person may close the protocol alone")
	}
	known := []string{condAnswered, condDecided, condFollowed, condReviewed}
	for i, k := range x.Conditions {
		if !slices.Contains(known, k) {
			c.bad(c.item("closing.conditions", i), "use one of: "+strings.Join(known, ", "), "%q is not a condition", k)
		}
	}
	for _, k := range []string{condAnswered, condDecided} {
		if !slices.Contains(x.Conditions, k) {
			c.bad("closing.conditions", "add "+k, "without %q a warning could be closed over the heads of those who owe an answer", k)
		}
	}
	for _, k := range []string{condFollowed, condReviewed} {
		if !slices.Contains(x.Conditions, k) {
			c.warn("closing.conditions", "add "+k, "the protocol may close before it is %s", k)
		}
	}
}

// item is the path of an item, or of the list where a single value stands for it.
func (c *checker) item(list string, i int) string {
	path := list + "[" + strconv.Itoa(i) + "]"
	if !c.p.places.Has(path) {
		return list
	}
	return path
}

func (c *checker) unused() {
	senior := false
	for _, r := range c.p.Roles {
		senior = senior || r.Senior
		if !c.used["role "+r.Key] {
			c.warn("roles."+r.Key, "remove it, or give it something to do", "no duty, ladder or other role names %s", r.Key)
		}
	}
	if !senior {
		c.bad("roles", "mark the highest office senior: true", "there is no named senior office at which a ladder may end")
	}
	for _, l := range c.p.Ladders {
		if !c.used["ladder "+l.Key] {
			c.warn("ladders."+l.Key, "remove it, or let a duty name it", "no duty climbs this ladder")
		}
	}
}
