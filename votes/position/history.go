// Package position predicts what every Member will do on a draft: yes,
// abstain, no or stay away, each with a probability, and what the count will be.
//
// A History is the votes up to a day. Asked about a Draft, it says what each
// state did on the closest earlier texts, on less close ones, lately on
// anything, and what the states that vote like it did; where one source is
// thin the next stands in. That is carried forward, and it is already a good
// prediction. A Model corrects it by gradient-boosted trees, learned from
// earlier roll calls of which the history before them is known. When Members
// have declared their positions, a second set of trees sees how far those are
// from what was expected, for states that vote alike, that voted alike on such
// texts, and of which the same was expected.
//
//	history, err := position.Walk(set, position.Drafts(set), from, learn)
//	model, err := position.Train(set, lessons, 1)
//	known := history.Case(position.Draft{Date: day, Text: wording.Read(title, "", "")})
//	forecast := model.Predict(known, known.Declare(pledges))
//	chance := forecast.Tally(votes.Simple(), nil, 1).Pass
//
// Promises: a case holds nothing of its own day or later, nor of a roll call
// on the same resolution. The same seed gives the same numbers. Sponsors are
// pledges to vote yes. Tables, definitions and limits: docs/method/votes.md.
package position

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/wording"
)

// A Draft is a text that will be put to the vote, as it is known before.
type Draft struct {
	Date       time.Time
	Text       wording.Text
	Resolution string // roll calls on the same resolution are not looked at
	Important  bool
}

// A History is what is known of the votes before a day.
type History struct {
	set    *votes.Set
	index  *wording.Index
	rolls  []int // place in the index → roll call of the set
	states int

	agree, both []float64    // state × state: weighted agreement, and of how much
	rates       []tallies    // of each state: what it did lately
	kinds       [4][]tallies // the same for each kind of text: see kindOf
	away        []decayed    // of each state: how often it stayed away, this year
	gone        []decayed    // the same over the years
	last        time.Time
	kernel      []float64 // of agreement, for the day in kernelAt
	kernelAt    time.Time
}

// tallies are decayed counts of yes, abstain and no.
type tallies [3]decayed

// decayed is a sum whose parts lose weight with time.
type decayed struct {
	sum, of float64
	at      float64 // years
}

func (d *decayed) add(v, w, year, tau float64) {
	f := math.Exp(-(year - d.at) / tau)
	d.sum, d.of, d.at = d.sum*f+v*w, d.of*f+w, year
}

func (d *decayed) mean(prior, weight float64) float64 {
	return (d.sum + prior*weight) / (d.of + weight)
}

// years counts time in years.
func years(t time.Time) float64 { return float64(t.Unix()) / (365.25 * 86400) }

const (
	tauAgree = 4.0
	tauRate  = 2.0
	tauKind  = 4.0
	tauAway  = 0.7
)

// NewHistory returns a history without votes.
func NewHistory(set *votes.Set) *History {
	n := votes.Len()
	h := &History{set: set, index: wording.NewIndex(), states: n,
		agree: make([]float64, n*n), both: make([]float64, n*n), rates: make([]tallies, n), away: make([]decayed, n), gone: make([]decayed, n)}
	for k := range h.kinds {
		h.kinds[k] = make([]tallies, n)
	}
	return h
}

// Observe adds a roll call of the set that has been taken.
func (h *History) Observe(roll int, text wording.Text) {
	r := &h.set.Rolls[roll]
	h.index.Add(text)
	h.rolls = append(h.rolls, roll)
	year, row := years(r.Date), h.set.Row(roll)
	t := h.set.Tally(roll)
	cast := float64(max(1, t.Yes+t.Abstain+t.No))
	top := float64(max(t.Yes, t.Abstain, t.No)) / cast
	weight := (1.03 - top) * math.Exp((year-years(epoch()))/tauAgree)
	for i := range h.states {
		p := h.set.Outcome(roll, i)
		if p == votes.Absent || p.Cast() {
			away := 0.0
			if p == votes.Absent {
				away = 1
			}
			h.away[i].add(away, 1, year, tauAway)
			h.gone[i].add(away, 1, year, 4*tauAway)
		}
		if !p.Cast() {
			continue
		}
		for c := range 3 {
			v := 0.0
			if int(p)-1 == c {
				v = 1
			}
			h.rates[i][c].add(v, 1.03-top, year, tauRate)
			h.kinds[kindOf(text)][i][c].add(v, 1.03-top, year, tauKind)
		}
		for j, q := range row {
			if q.Cast() {
				h.both[i*h.states+j] += weight
				switch {
				case p == q:
					h.agree[i*h.states+j] += weight
				case p == votes.Abstain || q == votes.Abstain:
					h.agree[i*h.states+j] += weight * 0.35
				}
			}
		}
	}
	h.last = r.Date
	h.kernelAt = time.Time{}
}

func epoch() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// Agreement returns how often two states voted alike lately, with more weight
// to divided votes.
func (h *History) Agreement(i, j int) float64 {
	k := i*h.states + j
	prior := 2 * math.Exp((years(h.last)-years(epoch()))/tauAgree) * 0.5
	return (h.agree[k] + 0.5*prior) / (h.both[k] + prior)
}

// weights returns the kernel of agreement between all states.
func (h *History) weights() []float64 {
	if h.kernel != nil && h.kernelAt.Equal(h.last) {
		return h.kernel
	}
	if h.kernel == nil {
		h.kernel = make([]float64, h.states*h.states)
	}
	for i := range h.states {
		for j := range h.states {
			w := 0.0
			if i != j {
				w = math.Exp(22 * (h.Agreement(i, j) - 1))
			}
			h.kernel[i*h.states+j] = w
		}
	}
	h.kernelAt = h.last
	return h.kernel
}

// A relative is an earlier roll call on a similar text.
type relative struct {
	roll  int
	sim   float64 // with what differs in kind taken off
	age   float64 // years
	score float64
	turn  bool // a motion against a text: who is for one is against the other
}

// relatives finds earlier roll calls, the closest first.
func (h *History) relatives(d Draft, n int) []relative {
	var out []relative
	for _, m := range h.index.Near(d.Text, n) {
		roll := h.rolls[m.At]
		r := &h.set.Rolls[roll]
		if d.Resolution != "" && sameResolution(r.Resolution, d.Resolution) {
			continue
		}
		sim := m.Similarity
		t := h.index.Text(m.At)
		switch {
		case t.Part != d.Text.Part && (t.Part == "") != (d.Text.Part == ""):
			sim *= 0.8
		case t.Part != d.Text.Part:
			sim *= 0.93
		}
		turn := false
		if t.Amendment != d.Text.Amendment {
			sim *= 0.7
		}
		if t.Motion != d.Text.Motion {
			sim *= 0.7
			turn = true
		}
		age := years(d.Date) - years(r.Date)
		out = append(out, relative{roll, sim, age, sim - 0.012*age, turn})
	}
	slices.SortStableFunc(out, func(a, b relative) int { return cmp.Compare(b.score, a.score) })
	return out
}

// as returns what a vote on the relative means for the draft.
func (r relative) as(p votes.Position) votes.Position {
	if r.turn && p.Cast() {
		return votes.No + votes.Yes - p
	}
	return p
}

func sameResolution(a, b string) bool {
	return strings.TrimPrefix(a, "A/RES/") == strings.TrimPrefix(b, "A/RES/") && a != ""
}

// kindOf numbers the kinds of texts: a whole, a paragraph, an amendment, a
// motion. Members vote on these in ways of their own: an amendment that is put
// to the vote is mostly one against the text.
func kindOf(t wording.Text) int {
	switch {
	case t.Motion:
		return 3
	case t.Amendment:
		return 2
	case t.Part != "":
		return 1
	}
	return 0
}

// onKind is what a state did lately on texts of the kind.
func (h *History) onKind(t wording.Text, i int, base dist) dist {
	rates := &h.kinds[kindOf(t)][i]
	of := weighted{weight: rates[0].of}
	for c := range of.sum {
		of.sum[c] = rates[c].sum
	}
	return blend(of, base, 0.5)
}
