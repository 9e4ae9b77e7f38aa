package protocol

import (
	"testing"
	"time"
)

// Whatever the file says: reading, checking, opening and rehearsing end, and
// what Check has no error against can be opened at every level.
func FuzzParse(f *testing.F) {
	for _, name := range Shipped() {
		data, _ := ShippedFile(name)
		f.Add(data)
	}
	f.Add(edit(f))
	f.Add(edit(f, "top: {rungs: [{role: minister, after: 1 working day}]}", "top: {rungs: [], then: long}"))
	f.Add(edit(f, "refusal: nobody", "after: [decide]\n    clock: gate", "after: [acknowledge]", "after: [report]\n    clock: gate"))
	f.Add([]byte("protocol: 1\nid: [\n"))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		sound := true
		for _, x := range p.Check() {
			sound = sound && x.Severity != "error"
		}
		opened := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
		for level := 0; level <= Levels+1; level++ {
			duties, err := p.Open(level, opened, "")
			if known := level >= 1 && level <= Levels; sound && known && err != nil {
				t.Errorf("a sound protocol does not open: %v", err)
			}
			for _, d := range duties {
				if d.DueAt.Before(opened) {
					t.Errorf("%s is due before it opens", d.Key)
				}
				for i, g := range d.Rungs {
					if g.At.Before(d.DueAt) || i > 0 && g.At.Before(d.Rungs[i-1].At) {
						t.Errorf("%s climbs out of order", d.Key)
					}
				}
			}
			p.Rehearse(level, opened)
		}
		for _, r := range p.Roles {
			p.WhoHolds(r.Key, opened)
		}
	})
}
