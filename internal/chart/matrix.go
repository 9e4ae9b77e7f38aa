package chart

// Marks counts the indicators of one risk factor by state, for one population.
type Marks struct{ Absent, Present, Worsening, Unknown int }

func (m Marks) total() int { return m.Absent + m.Present + m.Worsening + m.Unknown }

// A Cell is one factor for one population, ready to draw.
type Cell struct {
	Seen      int  // indicators present or worsening
	Of        int  // indicators of the factor
	Worsening int  // of those seen
	Unknown   int  // not known
	Shade     int  // 0 none seen, 1 to 4 by share of those known
	Blank     bool // nothing is known: hatched, never shaded
	Change    int  // seen now less seen last time
	Compared  bool // there was a last time
}

// NewCell turns the marks of now, and of last time where there was one, into
// a cell. The shade is the share seen among the indicators that are known, in
// quarters, so that ignorance does not look like calm.
func NewCell(now Marks, was *Marks) Cell {
	c := Cell{Seen: now.Present + now.Worsening, Of: now.total(), Worsening: now.Worsening, Unknown: now.Unknown}
	known := now.total() - now.Unknown
	switch {
	case known == 0:
		c.Blank = true
	case c.Seen > 0:
		c.Shade = min(4, 1+4*c.Seen/(known+1))
	}
	if was != nil {
		c.Compared = true
		c.Change = c.Seen - was.Present - was.Worsening
	}
	return c
}
