package example

import (
	"math/rand/v2"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
)

// forecastAgo is how many months before the present forecasts are issued.
var forecastAgo = []int{13, 1, 0}

// planForecasts has forecasts of the fictional states issued and the oldest
// scored. They are simulated: each state's last year of simulated counts with
// noise around it. A model that learns needs a longer past than the exercise has.
func (b *build) planForecasts(all []incident) {
	for n, ago := range forecastAgo {
		month := time.Date(b.now.Year(), b.now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
		at := month.Add(-36 * time.Hour)
		if at.Before(Founded(b.now).Add(30*day)) || !at.Before(b.now) {
			continue
		}
		first := forecast.MonthOf(month.Year(), int(month.Month()))
		var entry int64
		b.plan(at, func() error {
			issued, _, err := b.h.IssueForecast(b.ctx, b.who("analyst"), b.simulated(all, first, at, n))
			entry = issued.Entry
			return err
		})
		if n == 0 {
			b.plan(b.now.Add(-2*time.Hour), func() error {
				_, err := b.h.ScoreForecast(b.ctx, b.who("analyst"), entry)
				return err
			})
		}
	}
}

// simulated draws a year of counts for every state.
func (b *build) simulated(all []incident, first forecast.Month, known time.Time, seed int) heed.ForecastDraft {
	rng := rand.New(rand.NewPCG(uint64(seed), 77))
	d := heed.ForecastDraft{Model: "exercise-simulated", Outcome: "ged_os", TrainTo: first - 2, Draws: forecast.Forecast{}, Drivers: map[int][]insight.Driver{}, Marking: "CLEAR", OpenAt: 0.2}
	for i, st := range b.world.States {
		past := make([]float64, 12)
		for _, e := range all {
			m := forecast.MonthOf(e.at.Year(), int(e.at.Month()))
			if back := int(d.TrainTo - m); e.state == i && e.kind == 3 && back >= 0 && back < len(past) && e.at.Before(known) {
				past[back] += float64(e.best)
			}
		}
		sum := 0.0
		for _, x := range past {
			sum += x
		}
		if sum > 0 {
			d.Drivers[st.Views] = []insight.Driver{{Group: "recent", Moves: past[0] / (1 + sum/4)}, {Group: "year", Moves: sum / (sum + 20)}}
		}
		for k := range 12 {
			cell := forecast.Cell{Month: first + forecast.Month(k), Area: st.Views}
			for range 200 {
				d.Draws[cell] = append(d.Draws[cell], forecast.Poisson(rng, past[rng.IntN(len(past))]*(0.5+rng.ExpFloat64())))
			}
		}
	}
	return d
}
