package protocol

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/protocol/worktime"
)

func (c *checker) duty(d Duty) {
	path := "duties." + d.Key
	c.owes(d.Owner, path+".owner")
	if d.Calendar != "" {
		c.used["calendar "+d.Calendar] = true
		if _, ok := c.p.Calendar(d.Calendar); !ok {
			c.bad(path+".calendar", "name one of the calendars of the file", "there is no calendar %q", d.Calendar)
		}
	}
	opens, told := false, map[string]bool{} // one problem for all levels that share it
	for l := 1; l <= Levels; l++ {
		if d.opens(l) {
			opens = true
			c.dutyAt(d, l, path, told)
		}
	}
	if !opens {
		c.bad(path, "give it levels", "no level opens this duty: it is never reached")
	}
	if d.FromGate && len(d.After) == 0 {
		c.bad(path+".clock", "add after, or write clock: opening", "the clock starts at a gate, and there is none")
	}
	if d.Outward && d.FourEyes == "" {
		c.bad(path, "add four-eyes with the role of the second person", "the act is seen outside and only one person looks at it")
	}
	if d.FourEyes != "" {
		c.owes(d.FourEyes, path+".four-eyes")
		if d.FourEyes == d.Owner {
			c.warn(path+".four-eyes", "name another role", "the second person has the same role as the first")
		}
	}
	if d.Refusal != nobody && d.Refusal != d.Owner {
		c.owes(d.Refusal, path+".refusal")
	}
	if d.Decides && !d.Community {
		c.bad(path, "add community: true", "a decision needs the input of the affected communities, or the reason why there is none")
	}
}

// dutyAt checks what may differ by level.
func (c *checker) dutyAt(d Duty, l int, path string, told map[string]bool) {
	once := func(key string, f func()) {
		if !told[key] {
			told[key] = true
			f()
		}
	}
	a := d.Allowed[l-1]
	once("allowed "+a.String(), func() {
		c.allowance(a, path+".allowed")
		if a.Time == 0 && a.Days == 0 {
			c.bad(path+".allowed", "allow some time", "the duty would lapse as it opens")
		}
	})
	ladder := d.Ladder[l-1]
	c.used["ladder "+ladder] = true
	once("ladder "+ladder, func() {
		x, ok := c.p.Ladder(ladder)
		rungs, _ := c.p.climb(ladder)
		switch {
		case ladder == "":
			c.bad(path+".ladder", "name a ladder for each level that opens the duty", "there is no ladder at level %d: a lapse would be told to nobody", l)
		case !ok:
			c.bad(path+".ladder", "name one of the ladders of the file", "there is no ladder %q", ladder)
		case len(x.Rungs) > 0 && x.Rungs[0].Role == d.Owner:
			c.warn(path+".ladder", "choose a ladder that starts above the owner", "a lapse is first told to %s, who owes the duty", d.Owner)
		}
		if len(rungs) == 1 {
			c.warn(path+".ladder", "add a rung between the owner and the senior office", "the ladder %s has one rung only", ladder)
		}
	})
	for i, g := range d.After {
		once("gate "+g, func() { c.gate(d, g, l, c.item(path+".after", i)) })
	}
}

// gate checks one duty that another waits for, at a level that opens the other.
func (c *checker) gate(d Duty, key string, l int, path string) {
	g, ok := c.p.Duty(key)
	if !ok {
		c.bad(path, "name one of the duties of the file", "there is no duty %q to wait for", key)
		return
	}
	for ; l <= Levels; l++ {
		if d.opens(l) && !g.opens(l) {
			c.bad(path, "open both at the same levels", "level %d opens this duty and not %s, for which it waits: it can never be done", l, key)
			return
		}
		if !d.opens(l) || d.FromGate {
			continue
		}
		mine, err1 := c.p.latest(d, l)
		first, err2 := c.p.latest(g, l)
		if err1 == nil && err2 == nil && mine < first {
			c.warn(path, "allow more time, or write clock: gate", "at level %d this duty falls due before %s, for which it waits", l, key)
			return
		}
	}
}

// latest is how long after the trial moment a duty falls due, in nanoseconds.
func (p *Protocol) latest(d Duty, level int) (int64, error) {
	start, err := p.starts(d, level, trial(), map[string]time.Time{}, 0)
	if err != nil {
		return 0, err
	}
	due, err := p.Deadline(start, d.Allowed[level-1])
	return due.Sub(trial()).Nanoseconds(), err
}

// gateCycles finds duties that wait for each other. Each circle is told once.
func (c *checker) gateCycles() {
	state := map[string]int{} // 1 on the path, 2 finished
	var path []string
	var visit func(key string)
	visit = func(key string) {
		d, ok := c.p.Duty(key)
		if !ok || state[key] == 2 {
			return
		}
		if state[key] == 1 {
			circle := append(slices.Clone(path[slices.Index(path, key):]), key)
			c.bad("duties."+path[len(path)-1]+".after", "let one of them start without the other", "these duties wait for each other for ever: %s", strings.Join(circle, " → "))
			return
		}
		state[key] = 1
		path = append(path, key)
		for _, g := range d.After {
			visit(g)
		}
		path = path[:len(path)-1]
		state[key] = 2
	}
	for _, d := range c.p.Duties {
		visit(d.Key)
	}
}

func (c *checker) role(r Role) {
	path := "roles." + r.Key
	if r.Office != "" {
		c.used["calendar "+r.Office] = true
		if _, ok := c.p.Calendar(r.Office); !ok {
			c.bad(path+".office", "name one of the calendars of the file", "there is no calendar %q", r.Office)
		}
	}
	if r.Deputy != "" {
		c.owes(r.Deputy, path+".deputy")
		c.deputies(r)
	}
	if r.Outside && r.Senior {
		c.bad(path, "remove one of the two", "an office outside cannot be the senior office of this one")
	}
	if c.p.places.Has(path+".held") && len(r.Held) == 0 {
		c.bad(path+".held", "name who holds it, or remove the key and use the register of people", "nobody holds %s", r.Key)
	}
	c.list = append(c.list, worktime.CheckHeld(r.Held, c.p.places, path+".held")...)
	if r.Rota != nil {
		c.list = append(c.list, r.Rota.Check(c.p.places, path+".rota")...)
	}
}

// deputies checks that the roles that stand in for each other come to an end.
func (c *checker) deputies(r Role) {
	seen := []string{r.Key}
	for r.Deputy != "" {
		if slices.Contains(seen, r.Deputy) {
			c.bad("roles."+seen[0]+".deputy", "let one of them have no deputy", "the deputies stand in for each other in a circle: %s", strings.Join(append(seen, r.Deputy), " → "))
			return
		}
		seen = append(seen, r.Deputy)
		r, _ = c.p.Role(r.Deputy)
	}
}
