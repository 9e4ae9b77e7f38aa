package consent

// InHouse tells whether a purpose is one for which nobody but the custodian
// gets a thing: to keep it, and to read and compare it.
func InHouse(p Purpose) bool { return p == Keep || p == Analysis }

// DecideKept decides a use by the custodian in whose hands a thing was put.
//
// In house, to keep it or to read it, he need not be named among those to whom
// it may go, nor his state among those where, nor a death sentence be ruled out:
// nobody else gets it. What is refused to him or in his state by name, what has
// ended, was taken back or is to be asked for is refused to him as to anybody.
// Keeping is what he was given it for: it needs no mention and no asking. Reading
// must be among the purposes. Where nobody put a condition, in house he is free.
//
// For every other purpose he is anybody: see DecideAll.
func DecideKept(all []Permission, u Use) Decision {
	if !InHouse(u.For) {
		return DecideAll(all, u)
	}
	d := Decision{Permitted: true}
	for _, p := range all {
		c := check{p: p}
		c.time(u)
		c.withdrawn(u)
		if u.For != Keep {
			c.purpose(u)
			c.asked(u)
		}
		c.house(u)
		d.Permitted = d.Permitted && len(c.reasons) == 0
		d.Reasons = append(d.Reasons, c.reasons...)
	}
	return d
}

// house checks what reaches the custodian though nobody else gets a thing.
func (c *check) house(u Use) {
	switch {
	case u.By.Name == "":
		c.no(WhyIncomp, "the use does not say by whom")
	case listed(c.p.NotTo, u.By):
		c.no(WhyParty, "it is refused to %s", u.By.Name)
	}
	switch {
	case len(c.p.NotIn) > 0 && u.In == "":
		c.no(WhyIncomp, "the use does not say in which state")
	case names(c.p.NotIn, u.In):
		c.no(WhyPlace, "it is not permitted in %s", u.In)
	}
	if c.p.NoDeath && u.Death == DeathPossible {
		c.no(WhyDeath, "a death sentence is possible there")
	}
}
