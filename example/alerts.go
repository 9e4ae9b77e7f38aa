package example

import (
	"fmt"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/response"
)

// national is the protocol that the ministry works by.
const national = "national-focal-point"

// alert is a warning as the exercise means it, and what becomes of it.
type alert struct {
	Key, Situation, Protocol, Confidence, Finding, Supersedes string
	Hours, Expires, Closed                                    float64 // before the present
	Level                                                     int
	Populations                                               []int
	To, Unread                                                []string
	Duties                                                    map[string]course
	Ruling                                                    *ruling
	Why                                                       string

	id string
}

// course is what becomes of a duty, where that is not what usually does.
type course struct {
	Share   float64 // of the time allowed after which it is answered
	Late    float64 // hours after the deadline
	Open    bool    // it is left to those who play, unless it has fallen due
	Silent  bool    // it is never answered
	Explain string  // the reasons for which it is not done
	Words   string
	Follow  *follow
}

// follow is a duty that comes of a duty; it is due hours after the present.
type follow struct {
	Title, What, Owner string
	Due                float64
}

// ruling is a decision.
type ruling struct {
	Known, Choice, Reason, Community, NoCommunity string
	Options                                       [][3]string
	Chosen                                        int
	Dissent                                       *struct{ By, Words string }
	Then                                          *struct {
		After                     float64 // hours
		Choice, Reason, Community string
	}
}

// planWarnings has each warning issued, and ended if it ends.
func (b *build) planWarnings() {
	for i := range b.alerts {
		a := &b.alerts[i]
		b.plan(b.before(a.Hours), func() error { return b.warn(a) })
		if a.Closed == 0 {
			continue
		}
		b.plan(b.before(a.Closed), func() error {
			proposal, err := b.h.CloseWarning(b.ctx, b.who("director"), a.id, a.Why, []string{"communities-told"})
			if err != nil || proposal == 0 {
				return err
			}
			b.plan(b.at.Add(b.hours(0.2, 3)), func() error { return b.h.AgreeClosing(b.ctx, b.who("secgen"), a.id, proposal, "") })
			return nil
		})
	}
}

// warn issues a warning on what is known of its situation, and plans what its
// recipients do.
func (b *build) warn(a *alert) error {
	w := b.watched[a.Situation]
	in := heed.WarningInput{Situation: w.id, Level: a.Level, Finding: a.Finding, Confidence: a.Confidence, Protocol: a.Protocol, Opener: ""}
	for _, p := range a.Populations {
		in.Populations = append(in.Populations, w.Populations[p])
	}
	for _, key := range a.To {
		in.To = append(in.To, b.ids[key])
	}
	for _, id := range w.assessed[max(0, len(w.assessed)-4):] {
		in.Sources = append(in.Sources, heed.WarningSource{Kind: "report", ID: id})
	}
	if w.latest != "" {
		in.Sources = append(in.Sources, heed.WarningSource{Kind: "assessment", ID: w.latest, Note: "The assessment of those at risk, reviewed by a second person."})
	}
	in.Sources = append(in.Sources, heed.WarningSource{Kind: "series", ID: "series/ged", Note: "Events of the past months, simulated for the exercise."})
	if a.Expires > 0 {
		in.Expires = b.before(a.Expires)
	}
	for _, o := range b.alerts {
		if o.Key == a.Supersedes && a.Supersedes != "" {
			in.Supersedes = o.id
		}
	}
	out, err := b.h.IssueWarning(b.ctx, b.who("focal"), in)
	if err != nil {
		return fmt.Errorf("warning %s: %w", a.Key, err)
	}
	a.id = out.ID
	b.sum.Warnings++
	b.sum.Duties += len(out.Duties)
	if err := b.admit(w.id, out.Duties); err != nil {
		return err
	}
	b.planReading(a)
	b.planClock(a, out.Duties)
	b.planDuties(a, out.Duties)
	return nil
}

// admit lets second persons of other agencies work on a situation, so that they
// may read what they are to agree to.
func (b *build) admit(situation string, duties []response.Duty) error {
	for _, d := range duties {
		for _, p := range b.world.People {
			who := situation + " " + p.Key
			if p.Agency == "" || !slices.Contains(p.Roles, d.FourEyes) || b.admitted[who] {
				continue
			}
			if err := b.h.AddMember(b.ctx, b.who("focal"), situation, b.ids[p.Key]); err != nil && fault.KindOf(err) != fault.KindExists {
				return fmt.Errorf("%s works on %s: %w", p.Name, situation, err)
			}
			b.admitted[who] = true
		}
	}
	return nil
}

// planReading has the recipients acknowledge, but for those who do not.
func (b *build) planReading(a *alert) {
	most := [...]float64{1: 30, 2: 30, 3: 20, 4: 6, 5: 1.5}[a.Level]
	for _, key := range a.To {
		wait, words := b.hours(0.1, most), ""
		if b.rng.IntN(2) == 0 {
			words = one(b, b.words.Ack)
		}
		if slices.Contains(a.Unread, key) {
			continue
		}
		reader := key
		if key == "geneva" && a.Hours < 48 {
			reader = "geneva2" // who stands in
		}
		b.plan(b.at.Add(wait), func() error { return b.h.AcknowledgeWarning(b.ctx, b.who(reader), a.id, words) })
	}
}

// planClock has the node look at the clock when something can fall due: at each
// deadline and rung, and at short intervals while deadlines may still move.
func (b *build) planClock(a *alert, duties []response.Duty) {
	for _, d := range duties {
		b.plan(d.DueAt.Add(2*time.Second), b.tick)
		for _, r := range d.Rungs {
			b.plan(r.At.Add(2*time.Second), b.tick)
		}
	}
	if a.Level < 4 {
		return
	}
	for t := b.at; t.Before(b.at.Add(6 * day)); t = t.Add(20 * time.Minute) {
		b.plan(t, b.tick)
	}
	if a.Expires > 0 {
		b.plan(b.before(a.Expires).Add(2*time.Second), b.tick)
	}
}
