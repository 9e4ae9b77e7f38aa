package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/heed-project/heed/protocol/form"
	"github.com/heed-project/heed/protocol/worktime"
)

// format is the version of the file format that this package reads.
const format = "1"

// A reader is the form reader with the readings that only protocols have.
type reader struct{ *form.Reader }

// Parse reads a protocol file. It is strict: unknown keys, missing keys and
// values of the wrong form are refused, all at once, as a *ParseError. What is
// well formed but makes no sense is left to Check.
func Parse(data []byte) (*Protocol, error) {
	v, err := form.Root(data)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p := &Protocol{Digest: hex.EncodeToString(sum[:])}
	r := reader{form.NewReader("en")}
	if lang, ok := v.Get("language"); ok { // before all else: texts need it
		r.Code(&r.Language)(lang, "language")
	}
	r.Object(v, "",
		form.Must("protocol", r.format),
		form.Must("id", r.Key(&p.ID)),
		form.May("language", r.Code(&r.Language)),
		form.Must("version", r.String(&p.Version)),
		form.Must("title", r.Words(&p.Title)),
		form.Must("authority", r.Words(&p.Authority)),
		form.Must("levels", r.levels(p)),
		form.Must("calendars", worktime.Calendars(r.Reader, &p.Calendars)),
		form.Must("roles", r.roles(p)),
		form.Must("ladders", r.ladders(p)),
		form.Must("opening", r.opening(p)),
		form.Must("duties", r.duties(p)),
		form.Must("closing", r.closing(p)),
	)
	r.limits(p)
	if list := r.Problems(); len(list) > 0 {
		return nil, &form.ParseError{Problems: list}
	}
	p.Language, p.places = r.Language, r.Places()
	p.offices()
	return p, nil
}

// The most that a protocol may hold, so that it can be checked and rehearsed
// in a moment.
const (
	maxDuties = 100
	maxRungs  = 20 // of all ladders that continue each other
)

func (r reader) limits(p *Protocol) {
	if len(p.Duties) > maxDuties {
		r.Bad("duties", "make two protocols of it", "there are %d duties, at most %d", len(p.Duties), maxDuties)
	}
	for _, l := range p.Ladders {
		if rungs, _ := p.climb(l.Key); len(rungs) > maxRungs {
			r.Bad("ladders."+l.Key, "make it shorter", "the ladder has %d rungs, at most %d", len(rungs), maxRungs)
		}
	}
}

func (r reader) format(v form.Value, path string) {
	if s, ok := r.Line(v, path); ok && s != format {
		r.Bad(path, "write protocol: "+format, "this is format %q; only format %s is known here", s, format)
	}
}

// byLevel reads "4", "1-3" or [1, 2] and marks those levels.
func (r reader) byLevel(dst *[Levels]bool) form.Read {
	return func(v form.Value, path string) {
		r.List(v, path, func(v form.Value, path string) {
			if s, ok := r.Line(v, path); ok {
				for _, l := range r.between(s, path) {
					dst[l-1] = true
				}
			}
		})
	}
}

// between reads "4" or "1-3".
func (r reader) between(s, path string) (levels []int) {
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	a, err1 := strconv.Atoi(strings.TrimSpace(from))
	b, err2 := strconv.Atoi(strings.TrimSpace(to))
	if err1 != nil || err2 != nil || a < 1 || b > Levels || a > b {
		r.Bad(path, "write a level from 1 to 5, or a range such as 3-5", "%q is not a level", s)
		return nil
	}
	for l := a; l <= b; l++ {
		levels = append(levels, l)
	}
	return levels
}

// leveled reads one value for all levels, or a table of values by level, and
// says which.
func (r reader) leveled(v form.Value, path string, set func(level int, v form.Value, path string)) (isTable bool) {
	if isTable = v.IsTable(); !isTable {
		for l := 1; l <= Levels; l++ {
			set(l, v, path)
		}
		return false
	}
	var seen [Levels]bool
	r.Table(v, path, func(key string, v form.Value, path string) {
		for _, l := range r.between(key, path) {
			if seen[l-1] {
				r.Bad(path, "name each level once", "level %d is here twice", l)
			}
			seen[l-1] = true
			set(l, v, path)
		}
	})
	return true
}

func (r reader) levels(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		if !v.IsTable() {
			r.Bad(path, "name the levels 1 to 5 below it", "a table of levels is wanted here")
			return
		}
		r.leveled(v, path, func(l int, v form.Value, path string) { r.Words(&p.Levels[l-1])(v, path) })
		for i, t := range p.Levels {
			if t == nil {
				r.Bad(path, "name all five levels", "level %d is missing", i+1)
			}
		}
	}
}

// offices fills in which calendar each allowance of working time is counted
// in, where the file leaves it to the role's office.
func (p *Protocol) offices() {
	for i := range p.Duties {
		d := &p.Duties[i]
		calendar := d.Calendar
		if calendar == "" {
			owner, _ := p.Role(d.Owner)
			calendar = owner.Office
		}
		for l := range d.Allowed {
			d.Allowed[l] = d.Allowed[l].In(calendar)
		}
	}
	for i := range p.Ladders {
		for j := range p.Ladders[i].Rungs {
			g := &p.Ladders[i].Rungs[j]
			role, _ := p.Role(g.Role)
			g.After = g.After.In(role.Office)
		}
	}
}
