// Package causal estimates what a measure changed, and says how little that may
// be: interrupted time series here, comparisons with other units in synth, a
// local level with regression in state.
//
// It promises that doubt is part of the result. Every estimate has an
// interval; the recommended one averages over an autocorrelation that is not
// known, so that it is right as often as it says (docs/method/impact.md has the
// figures). Every result has its diagnostics, and a verdict out of six, made by
// the rule in Judge. A series of one place, with nothing to compare it with,
// never earns more than Consistent: something changed at that time, and what
// changed it is not identified.
//
// It trusts the caller that the date was chosen before the outcome was seen.
// Heed's impact module keeps the proof of that.
//
// Sources: Wagner et al. 2002; Lopez Bernal, Cummins and Gasparrini 2017;
// Linden 2015; Turner et al. 2021; Shadish, Cook and Campbell 2002 (rivals).
//
//	result, err := causal.Interrupted(causal.Series{Time: t, Outcome: y, Start: 37,
//		Family: causal.Poisson, Offset: population})
//	fmt.Println(result.RateRatio, result.Verdict)
package causal

import "math"

// An Interval is an estimate, its standard error and the bounds of its 95 %
// interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	SE       float64 `json:"se"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Excludes says whether a value lies outside the interval.
func (i Interval) Excludes(x float64) bool { return i.Low > x || i.High < x }

// Finite says whether all numbers of an interval can be written down.
func (i Interval) Finite() bool {
	for _, x := range []float64{i.Estimate, i.SE, i.Low, i.High} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// A Verdict is what may be said about an effect.
type Verdict string

// The six verdicts, weakest first. Consistent is the normal one.
const (
	TooLittle  Verdict = "too little to say"
	NotShown   Verdict = "no effect shown"
	OnePoint   Verdict = "rests on one point"
	UnderWay   Verdict = "already under way"
	Consistent Verdict = "consistent with, not identified"
	Supported  Verdict = "supported by comparison"
)

// Verdicts returns all six, weakest first.
func Verdicts() []Verdict {
	return []Verdict{TooLittle, NotShown, OnePoint, UnderWay, Consistent, Supported}
}

// A Grade is the strength of the evidence, after GRADE: what was observed and
// not assigned begins at low, is lowered by each weakness, and is raised only by
// a comparison that could have refuted it. Software never grants high.
type Grade string

// The three grades.
const (
	VeryLow  Grade = "very low"
	Low      Grade = "low"
	Moderate Grade = "moderate"
)

// The least that a verdict needs.
const (
	LeastBefore  = 8    // times before the start
	LeastAfter   = 3    // times after it
	LeastSpare   = 5    // times more than coefficients
	LeastCounted = 10   // events in all, of counts
	LeastDonors  = 19   // so that a placebo test can reach 1 in 20
	WorstFit     = 0.25 // error before the start, in standard deviations of the outcome before it
	LargestClaim = 0.05 // probability at which a placebo test supports
)

// Evidence is what the verdict is drawn from.
type Evidence struct {
	Before, After int      // times
	Coefficients  int      // fitted to them
	Counts        bool     // the outcome is a count
	Counted       float64  // events in all, of counts
	Effect        Interval // of the average effect; zero is none
	Fragile       bool     // without one point the interval holds zero
	PriorBreak    bool     // a change that excludes zero where none was: in the middle of the time before
	OneSide       bool     // every count on one side of the start is zero: the effect has one bound
	PreTrend      bool     // the treated moved away from the compared before the start
	Comparison    *Comparison
}

// A Comparison is how the treated compares with units that were not.
type Comparison struct {
	Donors   int     // units compared with
	PlaceboP float64 // share of units, the treated among them, with an effect as large
	Fit      float64 // error before the start over the outcome's standard deviation then
}

// A Judgment is the verdict, its grade, and the codes of the reasons.
type Judgment struct {
	Verdict Verdict  `json:"verdict"`
	Grade   Grade    `json:"grade"`
	Reasons []string `json:"reasons"`
}

// Judge applies the rule. The first that holds decides:
//
//  1. fewer than LeastBefore times before, LeastAfter after, or LeastSpare more
//     than coefficients, or a series of counts with fewer than LeastCounted in
//     all: too little to say;
//  2. the 95 % interval of the average effect holds zero, or, where a placebo test
//     was made among LeastDonors units or more, it gives more than LargestClaim:
//     no effect shown;
//  3. without a single point the interval holds zero: rests on one point;
//  4. the same model finds a change in the middle of the time before, or the
//     treated had moved away from the compared before: already under way;
//  5. a comparison with at least LeastDonors units, a placebo test at most
//     LargestClaim and an error before the start of at most WorstFit standard
//     deviations: supported by comparison;
//  6. else: consistent with, not identified; very low where every count on one
//     side is zero.
//
// Rules 3 to 6 only weaken the claim of rule 2, so a claim where nothing
// happened stays as rare as the interval says.
func Judge(e Evidence) Judgment {
	c := e.Comparison
	enough := c != nil && c.Donors >= LeastDonors && !math.IsNaN(c.PlaceboP)
	refuted := enough && c.PlaceboP > LargestClaim
	supported := enough && c.PlaceboP <= LargestClaim && c.Fit <= WorstFit
	switch {
	case e.Before < LeastBefore || e.After < LeastAfter || e.Before+e.After < e.Coefficients+LeastSpare || e.Counts && e.Counted < LeastCounted:
		return Judgment{TooLittle, VeryLow, weak(e)}
	case !enough && !e.Effect.Excludes(0), refuted:
		return Judgment{NotShown, VeryLow, weak(e)}
	case e.Fragile:
		return Judgment{OnePoint, VeryLow, weak(e)}
	case e.PriorBreak || e.PreTrend:
		return Judgment{UnderWay, VeryLow, weak(e)}
	case supported:
		return Judgment{Supported, Moderate, weak(e)}
	case e.OneSide:
		return Judgment{Consistent, VeryLow, weak(e)}
	}
	return Judgment{Consistent, Low, weak(e)}
}

// weak lists what is weak about the evidence, as codes.
func weak(e Evidence) []string {
	out := []string{}
	add := func(holds bool, code string) {
		if holds {
			out = append(out, code)
		}
	}
	c := e.Comparison
	add(e.Before < LeastBefore, "few-before")
	add(e.After < LeastAfter, "few-after")
	add(e.Before+e.After < e.Coefficients+LeastSpare, "few-spare")
	add(e.Counts && e.Counted < LeastCounted, "few-counted")
	add(!e.Effect.Excludes(0), "interval-holds-zero")
	add(e.Fragile, "one-point")
	add(e.PriorBreak, "prior-break")
	add(e.PreTrend, "pre-trend")
	add(e.OneSide, "one-side")
	add(c == nil, "no-comparison")
	if c != nil {
		add(c.Donors < LeastDonors, "few-donors")
		add(math.IsNaN(c.PlaceboP), "no-placebo")
		add(c.PlaceboP > LargestClaim, "placebo-as-large")
		add(c.Fit > WorstFit, "poor-fit")
	}
	return out
}

// A Rival is another explanation than the measure, by its code.
type Rival string

// The rivals that an analysis answers one by one (Shadish, Cook and Campbell's
// threats to internal validity, those that fit a series).
const (
	History         Rival = "history"         // something else happened at that time
	Maturation      Rival = "maturation"      // it was changing anyway
	Instrumentation Rival = "instrumentation" // counting changed
	Regression      Rival = "regression"      // the start followed an extreme
	Selection       Rival = "selection"       // the treated differ from the compared
	Spillover       Rival = "spillover"       // the compared were touched too
	Anticipation    Rival = "anticipation"    // people acted before the start
	Chance          Rival = "chance"          // the series moves so by itself
)

// Rivals returns the rivals that apply: those that need a comparison only with
// one.
func Rivals(compared bool) []Rival {
	out := []Rival{History, Maturation, Instrumentation, Regression, Anticipation, Chance}
	if compared {
		out = append(out, Selection, Spillover)
	}
	return out
}
