package example

import (
	"fmt"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/response"
)

// planDuties has the duties of a warning answered, in the order in which they
// gate each other. What is never answered, and what waits for it, is left.
func (b *build) planDuties(a *alert, duties []response.Duty) {
	answered, due := map[string]time.Time{}, map[string]time.Time{}
	for _, d := range duties {
		due[d.Key] = d.DueAt
		c := a.Duties[d.Key]
		at, ok := b.answerTime(d, c, answered, due)
		if !ok || c.Silent || c.Open && d.DueAt.After(b.now) || d.Decides && a.Ruling == nil {
			continue
		}
		if d.Decides {
			answered[d.Key] = at
			b.planRuling(a, d, at)
			continue
		}
		answered[d.Key] = b.planAnswer(a, d, c, at)
	}
}

// answerTime is when a duty is answered; false if what gates it never is.
func (b *build) answerTime(d response.Duty, c course, answered, due map[string]time.Time) (time.Time, bool) {
	start, gates, begins := d.Opened, d.Opened, d.Opened
	for _, key := range d.After {
		if _, opened := due[key]; !opened {
			continue // a gate that this level does not open
		}
		at, ok := answered[key]
		if !ok {
			return start, false
		}
		if at.After(gates) {
			gates = at
		}
		if due[key].After(begins) {
			begins = due[key]
		}
	}
	share := c.Share
	if share == 0 {
		share = 0.3 + 0.5*b.rng.Float64()
	}
	at := d.Opened.Add(time.Duration(share * float64(d.DueAt.Sub(d.Opened))))
	if d.FromGate {
		share /= 3 // the deadline moves when the gate opens, and the working days in it
		at = gates.Add(time.Duration(share * float64(d.DueAt.Sub(begins))))
	}
	if c.Late > 0 {
		at = d.DueAt.Add(time.Duration(c.Late * float64(time.Hour)))
	}
	if soonest := gates.Add(b.hours(0.2, 0.6)); at.Before(soonest) {
		at = soonest
	}
	return at, true
}

// planAnswer has a duty acknowledged and answered, and returns when it is.
func (b *build) planAnswer(a *alert, d response.Duty, c course, at time.Time) time.Time {
	if b.rng.IntN(3) > 0 && c.Late == 0 {
		early := d.Opened.Add(at.Sub(d.Opened) / 4)
		b.plan(early, func() error { return b.h.AcknowledgeDuty(b.ctx, b.person(d.Owner), d.ID, "") })
	}
	words := c.Words
	if words == "" {
		words = one(b, b.words.Done[d.Key])
	}
	if c.Explain != "" {
		b.plan(at, func() error { return b.h.ExplainDuty(b.ctx, b.person(d.Owner), d.ID, c.Explain) })
		return at
	}
	b.plan(at, func() error {
		if err := b.h.DoDuty(b.ctx, b.person(d.Owner), d.ID, words); err != nil {
			return fmt.Errorf("%s, %s by %s: %w", d.ID, d.Key, b.names[d.Owner], err)
		}
		return nil
	})
	if d.FourEyes != "" {
		at = at.Add(b.hours(0.2, 0.2+float64(6-a.Level)/2))
		b.plan(at, func() error { return b.agree(d) })
	}
	b.planFollow(d, c, at.Add(20*time.Minute))
	return at
}

// agree has a second person read what is proposed and agree: whoever holds the
// role that the protocol wants, and may read it.
func (b *build) agree(d response.Duty) error {
	err := fault.NotFound("nobody holds the role %s", d.FourEyes)
	for _, key := range b.holding(d.FourEyes) {
		if b.ids[key] == d.Owner {
			continue
		}
		var read heed.Duty
		if read, err = b.h.Duty(b.ctx, b.who(key), d.ID); err == nil {
			err = b.h.AgreeDuty(b.ctx, b.who(key), d.ID, read.Proposal, "")
		}
		if k := fault.KindOf(err); k != fault.KindDenied && k != fault.KindNotFound {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s, %s: a second person: %w", d.ID, d.Key, err)
	}
	return nil
}

// holding are those who hold a role.
func (b *build) holding(role string) (keys []string) {
	for _, p := range b.world.People {
		if slices.Contains(p.Roles, role) {
			keys = append(keys, p.Key)
		}
	}
	return keys
}

// planFollow sets a duty that comes of a duty.
func (b *build) planFollow(d response.Duty, c course, at time.Time) {
	if c.Follow == nil {
		return
	}
	b.plan(at, func() error {
		due := b.now.Add(time.Duration(c.Follow.Due * float64(time.Hour)))
		_, err := b.h.FollowUp(b.ctx, b.person(d.Owner), d.ID, heed.FollowUpInput{Title: c.Follow.Title, What: c.Follow.What, Owner: b.ids[c.Follow.Owner], Due: due})
		b.sum.Duties++
		return err
	})
}

// planRuling has a decision drafted, dissented from, signed by who owes it, and
// superseded where another followed.
func (b *build) planRuling(a *alert, d response.Duty, at time.Time) {
	r, id := a.Ruling, ""
	drafted := at.Add(-b.hours(1.5, 4))
	if earliest := d.Opened.Add(at.Sub(d.Opened) / 2); drafted.Before(earliest) {
		drafted = earliest
	}
	b.plan(drafted, func() (err error) {
		in := heed.DecisionInput{Warning: a.id, Known: r.Known, Choice: r.Choice, Reason: r.Reason, Community: r.Community, NoCommunity: r.NoCommunity}
		for i, o := range r.Options {
			in.Options = append(in.Options, heed.Option{Name: o[0], For: o[1], Against: o[2], Chosen: i == r.Chosen})
		}
		id, err = b.h.DraftDecision(b.ctx, b.who("focal"), in)
		b.sum.Decisions++
		return err
	})
	if r.Dissent != nil {
		b.plan(drafted.Add(at.Sub(drafted)/2), func() error { return b.h.AddDissent(b.ctx, b.who(r.Dissent.By), id, r.Dissent.Words) })
	}
	b.plan(at, func() error { return b.sign(d, id) })
	b.planFollow(d, a.Duties[d.Key], at.Add(20*time.Minute))
	if r.Then == nil {
		return
	}
	b.plan(at.Add(time.Duration(r.Then.After*float64(time.Hour))), func() error {
		in := heed.DecisionInput{Warning: a.id, Supersedes: id, Known: r.Known, Choice: r.Then.Choice, Reason: r.Then.Reason, Community: r.Then.Community}
		second, err := b.h.DraftDecision(b.ctx, b.who("focal"), in)
		if err != nil {
			return err
		}
		b.sum.Decisions++
		return b.sign(d, second)
	})
}

// sign has who owes a decision sign it.
func (b *build) sign(d response.Duty, id string) error {
	if _, err := b.h.SignBySession(b.ctx, b.person(d.Owner), id); err != nil {
		return fmt.Errorf("%s signs %s: %w", b.names[d.Owner], id, err)
	}
	return nil
}
