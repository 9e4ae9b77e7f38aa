package example

import (
	"fmt"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/protocol"
)

// world is who and what there is.
type world struct {
	Agency     string      `json:"agency"`
	Agencies   []agency    `json:"agencies"`
	People     []person    `json:"people"`
	States     []state     `json:"states"`
	Situations []situation `json:"situations"`
	Places     []string    `json:"places"` // spots within a town
}

type agency struct{ Key, Name, Kind, Country string }

type person struct {
	Key, Name, Agency, Language, Zone string
	Roles                             []string
	Home                              []string // roles held in the ministry by somebody from elsewhere
}

type state struct {
	Code, Name, Army, Armed string
	Views                   int
	Places                  [][3]any // name, and its place on the map
}

// situation is one as the exercise means it. Times are days before the present.
type situation struct {
	Key, Name, Country, Area, Analyst, Marking string
	ReportsFrom                                string `json:"country-of-reports"`
	Members, Populations                       []string
	Places                                     []int
	Open, Closed                               float64
	Why                                        string
	Heat                                       [][2]float64 // how bad it is, from when on
	Reports                                    int
}

// mail makes an address that can belong to nobody.
func mail(name string) string {
	fold := strings.NewReplacer("ë", "e", "ê", "e", " ", ".", "'", "")
	return fold.Replace(strings.ToLower(name)) + "@exercise.example"
}

// planPeople sets the node up and enters agencies and people, on its first day.
func (b *build) planPeople() {
	at := Founded(b.now).Add(10 * time.Minute)
	next := func(do func() error) {
		at = at.Add(40 * time.Second)
		b.plan(at, do)
	}
	focal := b.world.People[0]
	next(func() error {
		id, _, err := b.h.SetUp(b.ctx, heed.Who{Via: "cli", At: b.at}, heed.SetupInput{Agency: b.world.Agency, Kind: "ministry", Country: "XAF",
			Admin: focal.Name, Email: mail(focal.Name), Protocols: protocol.Shipped()})
		b.meet(focal, id)
		b.sum.Agencies++
		return err
	})
	for _, g := range b.world.Agencies {
		next(func() error {
			id, err := b.h.AddAgency(b.ctx, b.who("focal"), party.AgencyInput{Name: g.Name, Kind: g.Kind, Country: g.Country})
			b.ids["agency "+g.Key] = id
			b.sum.Agencies++
			return err
		})
	}
	for _, p := range b.world.People[1:] {
		next(func() error { return b.enter(p) })
	}
}

// meet remembers somebody.
func (b *build) meet(p person, id string) {
	b.ids[p.Key], b.names[id] = id, p.Name
	b.sum.People++
}

// enter enters somebody with their roles.
func (b *build) enter(p person) error {
	in := heed.PersonInput{Name: p.Name, Email: mail(p.Name), Agency: b.ids["agency "+p.Agency], Role: p.Roles[0], Language: p.Language, TimeZone: p.Zone}
	id, err := b.h.AddPerson(b.ctx, b.who("focal"), in)
	if err != nil {
		return fmt.Errorf("enter %s: %w", p.Name, err)
	}
	b.meet(p, id)
	for _, role := range p.Home {
		if err := b.h.GiveRole(b.ctx, b.who("focal"), id, role, b.world.Agency, time.Time{}, time.Time{}); err != nil {
			return fmt.Errorf("give %s to %s: %w", role, p.Name, err)
		}
	}
	return nil
}

// watched is a situation that is being followed.
type watched struct {
	situation
	id       string
	assessed []string // reports that were assessed and belong to it, oldest first
	latest   string   // its latest assessment
}

// heat is how bad it is, from 0 to 5, a number of days before the present.
func (s situation) heat(ago float64) int {
	h := 0
	for _, step := range s.Heat {
		if ago <= step[0] {
			h = int(step[1])
		}
	}
	return h
}

// daysAgo is how long before the present the step is that is being taken.
func (b *build) daysAgo() float64 { return b.now.Sub(b.at).Hours() / 24 }

// planSituations opens the situations, and closes those that end.
func (b *build) planSituations() {
	for _, s := range b.world.Situations {
		w := &watched{situation: s}
		b.watched[s.Key] = w
		b.plan(b.before(s.Open*24), func() error {
			in := heed.SituationInput{Name: s.Name, Country: s.Country, Area: s.Area, Populations: s.Populations, Analyst: b.ids[s.Analyst], Marking: s.Marking}
			if in.Area == "" {
				in.Area = b.place(w, 0).name + " and around"
			}
			for _, m := range s.Members {
				in.Members = append(in.Members, b.ids[m])
			}
			var err error
			w.id, err = b.h.AddSituation(b.ctx, b.who(s.Analyst), in)
			b.sum.Situations++
			return err
		})
		for _, step := range s.Heat[1:] {
			if step[1] < 2 {
				continue
			}
			b.plan(b.before(step[0]*24), func() error {
				return b.h.SetSituation(b.ctx, b.who(s.Analyst), w.id, "active", "Reports and figures have turned for the worse.")
			})
			break
		}
		if s.Closed > 0 {
			b.plan(b.before(s.Closed*24), func() error { return b.h.CloseSituation(b.ctx, b.who("focal"), w.id, s.Why) })
		}
	}
}

// spot is a place of the region.
type spot struct {
	name     string
	lat, lon float64
}

// stateOf returns a state by its code.
func (b *build) stateOf(code string) state {
	for _, s := range b.world.States {
		if s.Code == code {
			return s
		}
	}
	return b.world.States[0]
}

// place returns one of the places of a situation.
func (b *build) place(w *watched, i int) spot {
	code := w.Country
	if code == "" {
		code = w.ReportsFrom
	}
	return b.stateOf(code).place(w.Places[i%len(w.Places)])
}

// place returns a place by its number. A thousand units of the map are ten
// degrees, in an ocean where nobody lives.
func (s state) place(i int) spot {
	p := s.Places[i%len(s.Places)]
	return spot{p[0].(string), -48 + p[2].(float64)/100, -125 + p[1].(float64)/100}
}
