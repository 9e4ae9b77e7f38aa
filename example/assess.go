package example

import (
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// signs are indicators of the Framework of Analysis in the order in which they
// show as a situation gets worse: some eight for each step of heat.
var signs = [...]string{
	"1.11", "2.8", "4.8", "7.13", "9.4", "6.2", "3.6", "2.3",
	"7.14", "4.5", "7.8", "9.1", "5.3", "6.7", "1.6", "2.6",
	"7.5", "7.7", "8.7", "7.3", "5.1", "11.4", "4.6", "13.7",
	"11.1", "7.10", "11.2", "12.8", "7.9", "2.4", "13.8", "14.4",
	"10.3", "10.8", "11.3", "12.7", "12.10", "7.12", "8.1", "10.1",
}

// calm are indicators that were looked for and found absent where it is not
// bad yet.
var calm = [...]string{"1.1", "1.4", "5.6", "7.4", "10.2", "10.4", "10.6", "12.1", "12.6", "6.11", "8.4", "11.8"}

// examined says of whom, by whom and when assessments are made: situation,
// population, days before the present. The last one of each is compared with
// the one before.
var examined = [...]struct {
	situation  string
	population int
	ago        []float64
}{
	{"teshel", 0, []float64{640, 302, 151.5, 12, 0.7}},
	{"teshel", 1, []float64{500, 150.5, 10}},
	{"teshel", 2, []float64{298, 9}},
	{"vote", 0, []float64{560, 198, 40, 2.6}},
	{"vote", 1, []float64{196, 7}},
	{"anvil", 0, []float64{380, 252, 28, 8.2}},
	{"anvil", 1, []float64{250, 27}},
	{"corridor", 0, []float64{690, 601, 587, 555, 300}},
	{"corridor", 1, []float64{600, 550}},
	{"ferry", 0, []float64{430, 288, 120}},
	{"quell", 0, []float64{540, 481, 400, 320}},
	{"flats", 0, []float64{400, 20}},
	{"islands", 0, []float64{365, 100}},
	{"wells", 0, []float64{340, 80}},
	{"ballot", 0, []float64{290, 230}},
	{"tolkane", 1, []float64{200}},
}

// planAssessments has each of them written by the analyst and reviewed by
// another; one was returned first, and one still waits.
func (b *build) planAssessments() {
	for k, x := range examined {
		for i, ago := range x.ago {
			b.plan(b.before(ago*24), func() error { return b.assess(b.watched[x.situation], x.population, i, k) })
		}
	}
	b.plan(b.before(5), func() error {
		w := b.watched["tolkane"]
		_, err := b.h.AddAssessment(b.ctx, b.who(w.Analyst), heed.AssessmentInput{Situation: w.id, Population: w.Populations[0],
			Marks: b.marks(w, 1, false), Summary: "Two quarrels over the well, both settled by the elders. " + one(b, b.words.Summary)})
		return err
	})
}

func (b *build) assess(w *watched, population, i, k int) error {
	heat := w.heat(b.daysAgo())
	in := heed.AssessmentInput{Situation: w.id, Population: w.Populations[population], Carry: i > 0, Marks: b.marks(w, heat, i > 0), Summary: one(b, b.words.Summary)}
	id, err := b.h.AddAssessment(b.ctx, b.who(w.Analyst), in)
	if err != nil {
		return err
	}
	w.latest = id
	second := "focal"
	if (i+k)%3 == 0 {
		second = "analyst2"
		if w.Analyst == second {
			second = "analyst"
		}
	}
	review := func() error { return b.h.ReviewAssessment(b.ctx, b.who(second), id, true, one(b, b.words.Review)) }
	wait := b.hours(3, 40)
	if b.daysAgo() < 3 {
		wait = b.hours(0.5, 2)
	}
	if k != 5 || i != 1 {
		b.plan(b.at.Add(wait), review)
		return nil
	}
	b.plan(b.at.Add(wait), func() error {
		return b.h.ReviewAssessment(b.ctx, b.who(second), id, false, "On what does 7.5 rest? The two reports are of one source.")
	})
	b.plan(b.at.Add(wait+20*time.Hour), func() error {
		words := "Corrected: the second report was traced to another source."
		return b.h.SaveAssessment(b.ctx, b.who(w.Analyst), id, nil, &words, 0, true)
	})
	b.plan(b.at.Add(wait+30*time.Hour), review)
	return nil
}

// marks says of each sign how it stands: the signs of a heat and of those below
// are present, the latest ones worsening, the next ones were looked for in vain,
// and of the rest nothing is known.
func (b *build) marks(w *watched, heat int, before bool) []heed.Marked {
	var out []heed.Marked
	for i, code := range signs {
		m := heed.Marked{Indicator: code, State: "present"}
		switch step := i/8 + 1; {
		case step > heat+1:
			continue
		case step > heat && b.rng.IntN(2) == 0:
			continue
		case step > heat:
			m.State = "absent"
		case step == heat && before && b.rng.IntN(3) > 0:
			m.State = "worsening"
		case b.rng.IntN(9) == 0:
			m.State = "unknown"
		}
		if m.State == "present" || m.State == "worsening" {
			m.Sources, m.Note = b.cited(w), one(b, b.words.Note)
		}
		out = append(out, m)
	}
	for _, code := range calm {
		if b.rng.IntN(3) > 0 {
			out = append(out, heed.Marked{Indicator: code, State: "absent"})
		}
	}
	return out
}

// cited draws up to two of the latest reports of a situation.
func (b *build) cited(w *watched) []string {
	latest := w.assessed[max(0, len(w.assessed)-8):]
	if len(latest) == 0 {
		return nil
	}
	first := one(b, latest)
	if second := one(b, latest); second != first {
		return []string{first, second}
	}
	return []string{first}
}
