package heed

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/measure"
)

// knownBook is the rules and facts as they were after an entry about a fact.
type knownBook struct {
	last int64
	book *doors.Book
}

// book returns the rules and facts as the record has them: what somebody has
// verified says so. They are made anew when something was verified or doubted.
func (l *look) book() (*doors.Book, error) {
	last, err := measure.LastSighting(l.View)
	if err != nil || last == 0 {
		return l.h.book, err
	}
	if k := l.h.known.Load(); k != nil && k.last == last {
		return k.book, nil
	}
	seen, err := l.sights()
	if err != nil {
		return nil, err
	}
	f, err := l.h.book.Facts().With(seen)
	if err != nil {
		return nil, err
	}
	b, err := doors.New(f)
	if err != nil {
		return nil, err
	}
	l.h.known.Store(&knownBook{last, b})
	return b, nil
}

// sights are what was seen of each fact and not doubted since.
func (l *look) sights() (map[string]facts.Sight, error) {
	all, err := measure.Sightings(l.View)
	if err != nil {
		return nil, err
	}
	seen := map[string]facts.Sight{}
	for _, s := range all {
		if s.Doubted == 0 {
			seen[s.Fact] = facts.Sight{Sum: s.Sum, Source: s.Source, Day: facts.DateOf(s.Seen.UTC())}
		}
	}
	return seen, nil
}

// Sights are what was seen of each fact, for who asks about doors outside of a
// page.
func (h *Heed) Sights(ctx context.Context, who Who) (seen map[string]facts.Sight, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.MeasureRead, l.node()); err != nil {
			return err
		}
		seen, err = l.sights()
		return err
	})
	return seen, err
}

// FactsAsk says which facts are asked for: those of a kind, those that hold all
// words of a text, those that nobody has verified.
type FactsAsk struct {
	Kind, Like string
	Unverified bool
}

// A FactRow is one fact and what was seen of it. Stale says that somebody
// verified the row before it was corrected, Doubted that it was taken back.
type FactRow struct {
	facts.Fact
	By             Ref
	At             time.Time
	Entry          int64 // 0 if nobody here has looked it up
	Saw            Text
	Stale, Doubted bool
	Doubt          Text
	DoubtEntry     int64
}

// Verified says whether the fact was seen in a source.
func (r FactRow) Verified() bool { return r.Mark.Verified() }

// FactList is the facts that were asked for, one page of them.
type FactList struct {
	Rows            []FactRow
	Total           int64
	All, Unverified int // of all kinds
	Kinds           []string
	MayVerify       bool
}

// Facts returns the facts that the doors answer from.
func (h *Heed) Facts(ctx context.Context, who Who, q FactsAsk, p Page) (out FactList, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.MeasureRead, e.node()); err != nil {
			return err
		}
		out.MayVerify = e.may(access.FactVerify, e.node())
		all, seen, err := e.everyFact()
		if err != nil {
			return err
		}
		var kept []facts.Fact
		for _, f := range all {
			out.All++
			if !f.Mark.Verified() {
				out.Unverified++
			}
			if !slices.Contains(out.Kinds, f.Kind) {
				out.Kinds = append(out.Kinds, f.Kind)
			}
			if q.Kind != "" && f.Kind != q.Kind || q.Unverified && f.Mark.Verified() || !holds(f, q.Like) {
				continue
			}
			kept = append(kept, f)
		}
		slices.Sort(out.Kinds)
		kept, out.Total = cut(kept, p)
		for _, f := range kept {
			row, err := e.factRow(f, seen[f.ID])
			if err != nil {
				return err
			}
			out.Rows = append(out.Rows, row)
		}
		return nil
	})
	return out, err
}

func holds(f facts.Fact, words string) bool {
	text := strings.ToLower(f.ID + " " + f.Text)
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// everyFact returns the facts as they are known, and what was said of each.
func (e *eyes) everyFact() ([]facts.Fact, map[string]measure.Sighting, error) {
	b, err := e.book()
	if err != nil {
		return nil, nil, err
	}
	all, err := b.Facts().List()
	if err != nil {
		return nil, nil, err
	}
	said, err := measure.Sightings(e.View)
	if err != nil {
		return nil, nil, err
	}
	by := map[string]measure.Sighting{}
	for _, s := range said {
		by[s.Fact] = s
	}
	return all, by, nil
}

func (e *eyes) factRow(f facts.Fact, s measure.Sighting) (row FactRow, err error) {
	if row = (FactRow{Fact: f}); s.Entry == 0 {
		return row, nil
	}
	row.By, row.At, row.Entry, row.DoubtEntry = e.ref(s.By), s.At, s.Entry, s.Doubted
	row.Stale, row.Doubted = s.Sum != f.Sum, s.Doubted > 0
	if row.Saw, err = text(measure.Saw(e.View, s.Entry)); err != nil || !row.Doubted {
		return row, err
	}
	row.Doubt, err = text(measure.Saw(e.View, s.Doubted))
	return row, err
}

// A FactView is one fact, and whether the reader may say something of it.
type FactView struct {
	FactRow
	MayVerify bool
}

// Fact returns one fact.
func (h *Heed) Fact(ctx context.Context, who Who, id string) (out FactView, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.MeasureRead, e.node()); err != nil {
			return err
		}
		out.MayVerify = e.may(access.FactVerify, e.node())
		all, seen, err := e.everyFact()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(f facts.Fact) bool { return f.ID == id })
		if i < 0 {
			return noFact(id)
		}
		out.FactRow, err = e.factRow(all[i], seen[id])
		return err
	})
	return out, err
}

func noFact(id string) error {
	return fault.WithHint(fault.NotFound("there is no fact %q", id), "heed facts list --like WORD finds its id")
}

// FactSighting is what somebody says who has looked a fact up.
type FactSighting = measure.SightingInput

// VerifyFact writes down that somebody has seen a fact in a source: where, when,
// what stands there. From then on it counts as verified, as long as its row says
// the same.
func (h *Heed) VerifyFact(ctx context.Context, who Who, in FactSighting) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.FactVerify, a.node()); err != nil {
			return err
		}
		all, _, err := a.eyes().everyFact()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(f facts.Fact) bool { return f.ID == in.Fact })
		switch {
		case i < 0:
			return noFact(in.Fact)
		case all[i].Mark.Verified():
			return fault.Exists("%s is verified already: %s", in.Fact, all[i].Source)
		}
		in.Sum = all[i].Sum
		return measure.See(a.tx, in)
	})
}

// DoubtFact takes back that a fact is verified, with the reason.
func (h *Heed) DoubtFact(ctx context.Context, who Who, id, why string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.FactVerify, a.node()); err != nil {
			return err
		}
		return measure.Doubt(a.tx, id, why)
	})
}
