package heed

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/record"
)

// otsForm is what a calendar is asked for.
const otsForm = "application/vnd.opentimestamps.v1"

// upgradeStamps asks the calendars whether what they promised is in a block by now. A
// calendar that does not answer is left for this run: what is missing stays missing. Its
// caller has decided that who may.
func (h *Heed) upgradeStamps(ctx context.Context, who Who, by []stamp.Authority, out *Stamped) error {
	silent := map[string]bool{}
	for after := int64(0); ; {
		var due []stamp.Promised
		last := after
		err := h.rec.View(ctx, func(v *record.View) (err error) { due, last, err = stamp.Waiting(v, after, stampsAtOnce); return err })
		if err != nil {
			return err
		}
		for _, p := range due {
			done, err := h.upgradeStamp(ctx, who, by, p, silent, out)
			switch {
			case err != nil:
				return err
			case done:
				out.Upgraded++
			default:
				out.Waiting++
			}
		}
		if last == after {
			return nil
		}
		after = last
	}
}

func (h *Heed) upgradeStamp(ctx context.Context, who Who, by []stamp.Authority, p stamp.Promised, silent map[string]bool, out *Stamped) (bool, error) {
	for _, a := range p.Asked {
		if !stamp.MayAsk(a.URI, by) {
			if !silent[a.URI] {
				silent[a.URI] = true
				out.Failed = append(out.Failed, fmt.Sprintf("%s is a calendar that a proof of %s names; it is not asked: add it as an authority, if it is to be", a.URI, p.Intake))
			}
			continue
		}
		host := a.URI
		if u, err := url.Parse(a.URI); err == nil {
			host = u.Host
		}
		if silent[host] {
			continue
		}
		s, err := askCalendar(ctx, p, a)
		if fault.KindOf(err) == fault.KindNotFound {
			continue
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			silent[host] = true
			out.Failed = append(out.Failed, err.Error())
			continue
		}
		return true, h.rec.Do(ctx, who.by(), func(tx *record.Tx) error {
			_, err := stamp.Keep(tx, s)
			return err
		})
	}
	return false, nil
}

// askCalendar asks for the rest of a proof; NotFound is that the calendar has it not yet.
func askCalendar(ctx context.Context, p stamp.Promised, a ots.Attestation) (stamp.Stamp, error) {
	answer, err := post.Fetch(ctx, strings.TrimRight(a.URI, "/")+a.Path(), otsForm, mostAnswer)
	if err != nil {
		return stamp.Stamp{}, err
	}
	return p.Kept(a, answer)
}

// stampsOn words the stamps of the intake of an item: they are about its digest too.
func (l *look) stampsOn(id string) (out []Custody, err error) {
	i, err := evidence.Head(l.View, id)
	if err != nil {
		return nil, err
	}
	all, err := stamp.List(l.View, i.Intake)
	if err != nil {
		return nil, err
	}
	before, err := stamp.ElsewhereOf(l.View, id)
	for n := 0; n < len(before) && err == nil; n++ {
		var brought []stamp.Stamp
		brought, err = stamp.List(l.View, before[n].Name)
		all = append(all, brought...)
	}
	for _, s := range all {
		c := Custody{Entry: s.Entry, Kind: "stamp.kept", At: s.Kept, By: s.By, Name: l.name(s.By), Under: s.Authority}
		if s.Upgrades > 0 {
			c.Kind = "stamp.upgraded"
		}
		switch {
		case s.Height > 0:
			c.Detail = fmt.Sprintf("block %d", s.Height)
		case s.Late:
			c.Detail = "late " + s.At.Format(time.RFC3339)
		case !s.At.IsZero():
			c.Detail = "states " + s.At.Format(time.RFC3339)
		}
		out = append(out, c)
	}
	return out, err
}
