package protocol

import (
	"testing"
	"time"
)

func TestShippedProtocols(t *testing.T) {
	opened := time.Date(2026, 3, 27, 16, 30, 0, 0, time.UTC) // a Friday before clocks change
	for _, name := range Shipped() {
		t.Run(name, func(t *testing.T) {
			data, _ := ShippedFile(name)
			p, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if p.ID != name {
				t.Errorf("id %q in file %q", p.ID, name)
			}
			for _, x := range p.Check() {
				t.Error(x)
			}
			spoken := append([]Text{p.Title}, p.Levels[:]...)
			for _, r := range p.Roles {
				spoken = append(spoken, r.Title)
			}
			for _, d := range p.Duties {
				spoken = append(spoken, d.Title)
			}
			for _, text := range spoken { // the six languages of the pages
				for _, tag := range []string{"ar", "en", "es", "fr", "ru", "zh"} {
					if text[tag] == "" {
						t.Errorf("%q is not said in %s", text.In("en"), tag)
					}
				}
			}
			for level := 1; level <= Levels; level++ {
				duties, err := p.Open(level, opened, "civil-society")
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range duties {
					if len(d.Rungs) < 2 || !d.Rungs[len(d.Rungs)-1].Senior {
						t.Errorf("level %d: %s does not climb two rungs to a senior office: %v", level, d.Key, d.Rungs)
					}
				}
			}
		})
	}
}
