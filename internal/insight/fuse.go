package insight

import "math"

// A Finding is what an assessment says of one risk factor.
type Finding struct {
	Factor    int `json:"factor"`
	Present   int `json:"present"`   // indicators
	Worsening int `json:"worsening"` // indicators
	Absent    int `json:"absent"`
	Of        int `json:"of"` // indicators of the factor
}

// The weights of the update. They are judgements, not estimates: nobody has
// measured how much more often violence follows where an indicator is seen.
// They are kept small so that an assessment can move a forecast and
// not drown it, and the page shows what half and twice of them would do.
const (
	perWorsening = 0.40 // log likelihood ratio of a factor all of whose indicators worsen
	perPresent   = 0.15 // of one all of whose indicators are present
	perAbsent    = -0.15
	mostUpdate   = 1.6 // the sum of all factors, either way: a factor of about five
)

// A Fusion joins a forecast with an assessment by Bayes' rule on the odds:
// posterior odds = prior odds × exp(sum over factors of a log likelihood ratio).
type Fusion struct {
	Prior float64 `json:"prior"` // the forecast's probability
	Moves float64 `json:"moves"` // log likelihood ratio, after the bound
	Bound bool    `json:"bound"` // whether the bound held it back
	Post  float64 `json:"post"`
	Half  float64 `json:"half"`  // with half of the weight of the assessment
	Twice float64 `json:"twice"` // with twice
	Top   []Moved `json:"top"`   // what each factor adds, in the order of the framework
}

// Moved is what one factor adds to the log odds.
type Moved struct {
	Factor int     `json:"factor"`
	Moves  float64 `json:"moves"`
}

// Fuse updates a probability with the findings of an assessment. A factor of
// which nothing is known moves nothing. The findings must not rest on the
// forecast itself: then it would be counted twice.
func Fuse(prior float64, findings []Finding) Fusion {
	f := Fusion{Prior: prior}
	for _, x := range findings {
		if x.Of == 0 || x.Present+x.Worsening+x.Absent == 0 {
			continue
		}
		of := float64(x.Of)
		m := (perWorsening*float64(x.Worsening) + perPresent*float64(x.Present) + perAbsent*float64(x.Absent)) / of
		f.Top = append(f.Top, Moved{x.Factor, m})
		f.Moves += m
	}
	bounded := max(-mostUpdate, min(mostUpdate, f.Moves))
	f.Bound = bounded != f.Moves
	f.Moves = bounded
	f.Post, f.Half, f.Twice = update(prior, f.Moves), update(prior, f.Moves/2), update(prior, f.Moves*2)
	return f
}

// update moves a probability by a log likelihood ratio. A forecast from a
// sample of draws is never certain: it is held off 0 and 1 by half a draw in a thousand.
func update(p, moves float64) float64 {
	p = min(0.9995, max(0.0005, p))
	odds := p / (1 - p) * math.Exp(moves)
	return odds / (1 + odds)
}
