// Package example is the exercise: a fictional region of eight states with two
// years of history, played on a real node.
//
// [Build] writes that history as the people in it would have: through the
// methods of heed.Heed, each command given by a person at its own time, and the
// clock looked at in between, so that what nobody answered has lapsed and
// climbed when it should. Nothing is put into a table, and everything is marked
// as an exercise, because the node was made so. States, places, peoples,
// offices, people, reports and figures are invented. Three cities are real,
// since the shipped protocols count time by them: New York, Geneva, The Hague,
// Addis Ababa. The map is that of package geo, and coordinates of simulated
// events lie in empty ocean.
//
//	n, err := heed.MakeNode(ctx, conf, example.Agency, heed.Opening{FoundedAt: example.Founded(now)})
//	sum, err := example.Build(ctx, n.Heed, example.Options{Seed: 1, Now: now})
//
// It promises the same history, entry by entry, for the same seed and present,
// but for what is random in any node: keys, salts, receipts and links. It trusts
// that the node is new and was founded at [Founded].
package example

import (
	"container/heap"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// Agency is the office whose node the exercise is played on.
const Agency = "Ministry of Foreign Affairs of Pelloway"

// days is how much history there is.
const days = 730

const day = 24 * time.Hour

// Founded is when a node must begin on which an exercise ends at now.
func Founded(now time.Time) time.Time { return present(now).Add(-days*day - time.Hour) }

// present is a moment to the second: entries keep microseconds, people do not.
func present(now time.Time) time.Time { return now.UTC().Truncate(time.Second) }

// Options say which exercise it is.
type Options struct {
	Seed int64
	Now  time.Time // its present: nothing is written after it
}

// Summary says what was made.
type Summary struct {
	FocalPoint string // the person through whose eyes one looks first
	Entries    int64
	Agencies   int
	People     int
	Situations int
	Reports    int
	Warnings   int
	Duties     int
	Decisions  int
	Lapsed     int
	Escalated  int
}

//go:embed world.json
var worldJSON []byte

//go:embed words.json
var wordsJSON []byte

//go:embed alerts.json
var alertsJSON []byte

// build is an exercise being written.
type build struct {
	ctx    context.Context
	h      *heed.Heed
	rng    *rand.Rand
	now    time.Time // the present, where it ends
	at     time.Time // of the step that is being taken
	world  world
	words  words
	alerts []alert

	steps   agenda
	counted int // steps planned so far, which keeps equal times in order
	ids     map[string]string
	names   map[string]string // of people, by id
	watched map[string]*watched
	// admitted are people of other agencies who work on a situation.
	admitted map[string]bool
	// permitted are items whose givers have consented.
	permitted []string
	sealed    []string // reports that say who their source is
	sum       Summary
}

// Build writes the exercise into a new node.
func Build(ctx context.Context, h *heed.Heed, o Options) (Summary, error) {
	b := &build{ctx: ctx, h: h, rng: rand.New(rand.NewPCG(uint64(o.Seed), 0x6865656400)), now: present(o.Now),
		ids: map[string]string{}, names: map[string]string{}, watched: map[string]*watched{}, admitted: map[string]bool{}}
	if !h.Exercise() {
		return b.sum, fault.Denied("this node is not an exercise, and invented history is written on no other")
	}
	for _, part := range []struct {
		text []byte
		into any
	}{{worldJSON, &b.world}, {wordsJSON, &b.words}, {alertsJSON, &b.alerts}} {
		if err := json.Unmarshal(part.text, part.into); err != nil {
			return b.sum, fmt.Errorf("exercise: %w", err)
		}
	}
	b.planPeople()
	b.planSituations()
	b.planReports()
	b.planData()
	b.planAssessments()
	b.planWarnings()
	b.planMandates()
	b.planEvidence()
	b.planHouse()
	b.planImpact()
	b.planCoalition()
	b.every(b.ago(days)+3*time.Hour, 6*time.Hour, b.tick)
	if err := b.play(); err != nil {
		return b.sum, fmt.Errorf("exercise, %s: %w", b.at.Format(time.RFC3339), err)
	}
	all, err := h.ListEntries(ctx, b.who("focal"), "", 1)
	if err == nil && len(all) > 0 {
		b.sum.Entries = all[0].Index + 1
	}
	b.sum.FocalPoint = b.ids["focal"]
	return b.sum, err
}

// A step is something that somebody does at a time.
type step struct {
	at time.Time
	n  int
	do func() error
}

// agenda is a heap of steps, the next one first.
type agenda []step

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push adds a step, for the heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(step)) }

// Pop takes the last one, for the heap.
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// ago is the time from the founding to a number of days before the present.
func (b *build) ago(d float64) time.Duration { return time.Duration((days - d) * float64(day)) }

// before is the moment a number of hours before the present.
func (b *build) before(hours float64) time.Time {
	return b.now.Add(-time.Duration(hours * float64(time.Hour)))
}

// plan has something done at a moment. What would come after the present is
// left to those who play.
func (b *build) plan(at time.Time, do func() error) {
	if at.After(b.now) {
		return
	}
	b.counted++
	heap.Push(&b.steps, step{at.Truncate(time.Second), b.counted, do})
}

// every has something done again and again, from a time after the founding on.
func (b *build) every(from, step time.Duration, do func() error) {
	var again func() error
	at := b.now.Add(from - days*day)
	again = func() error {
		at = at.Add(step)
		b.plan(at, again)
		return do()
	}
	b.plan(at, again)
}

// play takes the steps in order of time. A step that is planned for a time that
// has passed is taken at once.
func (b *build) play() error {
	b.at = Founded(b.now)
	for b.steps.Len() > 0 {
		next := heap.Pop(&b.steps).(step)
		if next.at.After(b.at) {
			b.at = next.at
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if err := next.do(); err != nil {
			return err
		}
	}
	b.at = b.now
	return b.tick()
}

// tick has the node look at the clock.
func (b *build) tick() error {
	out, err := b.h.Tick(b.ctx, b.at)
	b.sum.Lapsed += out.Lapsed
	b.sum.Escalated += out.Escalated
	return err
}

// who is somebody, now.
func (b *build) who(key string) heed.Who { return b.person(b.ids[key]) }

// person is somebody by id, now.
func (b *build) person(id string) heed.Who { return heed.Who{Person: id, Via: "web", At: b.at} }

// between draws a number from low to high, both included.
func (b *build) between(low, high int) int { return low + b.rng.IntN(high-low+1) }

// hours draws a length of time.
func (b *build) hours(low, high float64) time.Duration {
	return time.Duration((low + b.rng.Float64()*(high-low)) * float64(time.Hour))
}

// one draws one of several.
func one[T any](b *build, of []T) T { return of[b.rng.IntN(len(of))] }
