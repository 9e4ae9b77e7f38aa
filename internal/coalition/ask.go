package coalition

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/heed-project/heed/votes/wording"
)

// Reasons why a state may go along. A face puts them into words.
const (
	Follows   = "follows"   // it goes with one that has signed or said yes: State
	Backed    = "backed"    // it backed such a text: Roll, Day
	Opposed   = "opposed"   // it opposed such a text
	Neighbour = "neighbour" // a neighbour has signed: State
	Concerned = "concerned" // of the region concerned, of which nobody has signed
	Missing   = "missing"   // nobody of its group has signed
	Led       = "led"       // small or middle, and has led before: N times
	Leans     = "leans"     // it was heard to lean
	Refused   = "refused"   // it was heard to say no
)

// A Reason is one thing that speaks for or against asking a state.
type Reason struct {
	Code  string    `json:"code"`
	State string    `json:"state,omitempty"`
	Roll  string    `json:"roll,omitempty"`
	Title string    `json:"title,omitempty"`
	Day   time.Time `json:"day,omitzero"`
	N     int       `json:"n,omitempty"`
}

// A Candidate is a state that could be asked.
type Candidate struct {
	Seat
	Stance  string   `json:"stance,omitempty"`
	Asked   bool     `json:"asked,omitempty"`
	Chance  float64  `json:"chance"` // by rule, not calibrated: see Rank
	Need    float64  `json:"need"`
	Reach   float64  `json:"reach"`
	Score   float64  `json:"score"`
	Led     int      `json:"led,omitempty"` // how often it led a text
	Reasons []Reason `json:"reasons"`
}

// A Forecast is how the count may end.
type Forecast struct {
	Signed   int     `json:"signed"`
	Expected float64 `json:"expected"` // members that will sign, with those that have
	Low      int     `json:"low"`      // with nine chances of ten
	High     int     `json:"high"`
	Enough   float64 `json:"enough"` // the chance that enough members sign
}

// Rank says whom to ask next, the best first.
//
// Chance starts from 0.3. What the state did on earlier texts that are similar
// to this one, what it has in common with those that have signed or said yes,
// and a neighbour that signed move it on a log-odds scale; what it was heard to
// say overrules that. Need is 1 for a member, 0.25 for an observer, and a third
// more while nobody of the region concerned has signed and the state is of it.
// Reach falls with the share of its regional group that has signed already.
// The weights are a rule of ours. They are not learned, and the chance is to be
// read as an order, not as a frequency.
func Rank(c Coalition, title string, rolls []Roll) []Candidate {
	r := newRanking(c, title, rolls)
	var out []Candidate
	for _, s := range c.Seats {
		if !c.signed(s.State) {
			out = append(out, r.candidate(s))
		}
	}
	slices.SortStableFunc(out, func(a, b Candidate) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.State, b.State)) })
	return out
}

// Next returns the next n to ask: those that were not asked and have not
// answered for good.
func Next(all []Candidate, n int) (out []Candidate) {
	for _, x := range all {
		if !x.Asked && x.Stance != No && x.Stance != Yes && len(out) < n {
			out = append(out, x)
		}
	}
	return out
}

// ranking is the work of Rank.
type ranking struct {
	c      Coalition
	rolls  []Roll
	near   []wording.Match // rolls similar to this text
	with   []string        // who has signed or said yes
	groups map[string][2]int
	led    map[string]int
}

func newRanking(c Coalition, title string, rolls []Roll) *ranking {
	r := &ranking{c: c, rolls: rolls, groups: map[string][2]int{}, led: map[string]int{}}
	ix := wording.NewIndex()
	for _, x := range rolls {
		ix.Add(wording.Read(x.Title, "", ""))
		for state, p := range x.Positions {
			if p == "lead" {
				r.led[state]++
			}
		}
	}
	r.near = ix.Near(wording.Read(title, "", ""), 30)
	for _, s := range c.Seats {
		g := r.groups[s.Group]
		g[1]++
		if c.signed(s.State) {
			g[0]++
			r.with = append(r.with, s.State)
		} else if c.Stance(s.State).Stance == Yes {
			r.with = append(r.with, s.State)
		}
		r.groups[s.Group] = g
	}
	return r
}

// agreement is how alike two states acted, from -1 to 1, drawn to 0 where
// they have little in common.
func (r *ranking) agreement(a, b string) float64 {
	sum, n := 0.0, 3.0
	for _, x := range r.rolls {
		p, q := x.Positions[a], x.Positions[b]
		switch {
		case x.Kind != Vote && (p != "") != (q != ""):
			sum, n = sum-0.2, n+0.2 // one backed it alone
		case p == "" || q == "":
		case x.Kind != Vote || p == q:
			sum, n = sum+1, n+1
		case p == "abstain" || q == "abstain":
			n++
		default:
			sum, n = sum-1, n+1
		}
	}
	return sum / n
}

func (r *ranking) candidate(s Standing) Candidate {
	x := Candidate{Seat: s.Seat, Asked: !s.Asked.IsZero(), Stance: r.c.Stance(s.State).Stance, Led: r.led[s.State]}
	odds := math.Log(0.3 / 0.7)
	odds += 2.5 * r.text(&x)
	odds += 2 * r.company(&x)
	for _, near := range s.Near {
		if r.c.signed(near) {
			odds += 0.6
			x.Reasons = append(x.Reasons, Reason{Code: Neighbour, State: near})
			break
		}
	}
	if x.Led > 0 && s.Size != "large" && s.Size != "" {
		odds += 0.3
		x.Reasons = append(x.Reasons, Reason{Code: Led, N: x.Led})
	}
	x.Chance = 1 / (1 + math.Exp(-odds))
	r.heard(&x)
	r.need(&x)
	x.Score = x.Chance * x.Need * x.Reach
	return x
}

// text returns what the state did on similar texts, from -1 to 1.
func (r *ranking) text(x *Candidate) float64 {
	sum, n := 0.0, 0.5
	best, worst := Reason{Code: Backed}, Reason{Code: Opposed}
	top, low := 0.0, 0.0
	for _, m := range r.near {
		roll := r.rolls[m.At]
		w := m.Similarity * m.Similarity
		switch roll.Positions[x.State] {
		case "yes", "sponsor", "lead", "signed":
			sum, n = sum+w, n+w
			if w > top {
				top, best = w, Reason{Code: Backed, Roll: roll.ID, Title: roll.Title, Day: roll.Day}
			}
		case "no":
			sum, n = sum-w, n+w
			if w > low {
				low, worst = w, Reason{Code: Opposed, Roll: roll.ID, Title: roll.Title, Day: roll.Day}
			}
		case "abstain":
			sum, n = sum-0.3*w, n+w
		}
	}
	if top > 0 {
		x.Reasons = append(x.Reasons, best)
	}
	if low > top {
		x.Reasons = append(x.Reasons, worst)
	}
	return sum / n
}

// company returns how alike the state is to those who go along, by the three
// closest.
func (r *ranking) company(x *Candidate) float64 {
	type one struct {
		state string
		a     float64
	}
	var all []one
	for _, w := range r.with {
		if w != x.State {
			all = append(all, one{w, r.agreement(x.State, w)})
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(b.a, a.a) })
	if all[0].a > 0.2 {
		x.Reasons = append(x.Reasons, Reason{Code: Follows, State: all[0].state})
	}
	sum := 0.0
	all = all[:min(3, len(all))]
	for _, o := range all {
		sum += o.a
	}
	return sum / float64(len(all))
}

// heard lets what a state said overrule the rest.
func (r *ranking) heard(x *Candidate) {
	switch x.Stance {
	case Yes:
		x.Chance = max(x.Chance, 0.95)
	case Leaning:
		x.Chance = max(x.Chance, 0.65)
		x.Reasons = append(x.Reasons, Reason{Code: Leans})
	case No:
		x.Chance = min(x.Chance, 0.03)
		x.Reasons = append(x.Reasons, Reason{Code: Refused})
	case Silent:
		x.Chance *= 0.6
	}
}

// need sets need and reach.
func (r *ranking) need(x *Candidate) {
	x.Need = 0.25
	if x.Member {
		x.Need = 1
	}
	if x.Concerned && !r.c.RegionSigned() {
		x.Need *= 1.3
		x.Reasons = append(x.Reasons, Reason{Code: Concerned})
	}
	g := r.groups[x.Group]
	x.Reach = 1 - 0.6*float64(g[0])/float64(max(1, g[1]))
	if g[0] == 0 && len(r.c.Signed) > 0 {
		x.Reach += 0.2
		x.Reasons = append(x.Reasons, Reason{Code: Missing})
	}
}

// Foresee adds the chances up. It takes them as independent, which makes the
// range too narrow.
func Foresee(c Coalition, all []Candidate) Forecast {
	members, _ := c.Count()
	f := Forecast{Signed: members, Expected: float64(members)}
	p := []float64{1} // p[k]: the chance that k more sign
	for _, x := range all {
		if !x.Member {
			continue
		}
		f.Expected += x.Chance
		next := make([]float64, len(p)+1)
		for k, v := range p {
			next[k] += v * (1 - x.Chance)
			next[k+1] += v * x.Chance
		}
		p = next
	}
	sum := 0.0
	f.Low, f.High = -1, members
	for k, v := range p {
		sum += v
		if f.Low < 0 && sum >= 0.05 {
			f.Low = members + k
		}
		if sum < 0.95 {
			f.High = members + k + 1
		}
		if members+k >= c.Threshold {
			f.Enough += v
		}
	}
	return f
}

// Balance is how many of each group have signed, of how many.
type Balance struct {
	Group  string `json:"group"`
	Signed int    `json:"signed"`
	Of     int    `json:"of"`
}

// Balanced returns the groups in the order in which they are named.
func Balanced(c Coalition) (out []Balance) {
	for _, s := range c.Seats {
		i := slices.IndexFunc(out, func(b Balance) bool { return b.Group == s.Group })
		if i < 0 {
			i = len(out)
			out = append(out, Balance{Group: s.Group})
		}
		out[i].Of++
		if c.signed(s.State) {
			out[i].Signed++
		}
	}
	return out
}
