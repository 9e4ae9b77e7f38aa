package example

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// planData has event data and panels come in every month, each file with the
// month before and, as publishers do, with what was revised of the month before
// that. One file begins with a bad row.
func (b *build) planData() {
	all := b.incidents()
	first := b.now.AddDate(0, -24, 0)
	month := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := range 24 {
		from, end := month.AddDate(0, i, 0), month.AddDate(0, i+1, 0)
		comes := end.Add(11*day + 9*time.Hour)
		if comes.Before(Founded(b.now).Add(2 * day)) {
			continue
		}
		b.plan(comes, func() error { return b.importEvents(all, from, end) })
		b.plan(comes.Add(25*time.Minute), func() error { return b.importPanel(all, from) })
	}
	b.planForecasts(all)
}

// incident is an event of violence as the simulated data set has it.
type incident struct {
	id           int
	at           time.Time
	state        int
	where        spot
	kind         int // UCDP's types, 1 to 3
	best, spread int
	civilians    int
	headline     string
}

// incidents draws the events of the whole time: for each state as many as its
// situations are bad, and a few in any case.
func (b *build) incidents() []incident {
	var out []incident
	for d := days; d > 11; d-- {
		for i, st := range b.world.States {
			heat, in := b.worst(st.Code, float64(d))
			rate := [...]float64{0.006, 0.012, 0.04, 0.12, 0.3, 0.55}[heat]
			if b.rng.Float64() >= rate {
				continue
			}
			e := incident{id: 770000 + len(out), at: b.before(float64(d) * 24), state: i, kind: 3}
			switch b.rng.IntN(4) {
			case 0:
				e.kind = 1
			case 1:
				e.kind = 2
			}
			p := b.rng.IntN(len(st.Places))
			if in != nil && in.Country == st.Code && b.rng.IntN(4) > 0 {
				p = in.Places[b.rng.IntN(len(in.Places))]
			}
			e.where = st.place(p)
			e.best = int(math.Exp(b.rng.NormFloat64()*0.8 + 0.35*float64(heat)))
			e.spread = b.rng.IntN(3)
			if e.civilians = e.best; e.kind != 3 {
				e.civilians = e.best / 3
			}
			e.headline = strings.ReplaceAll(one(b, b.words.Incidents), "{place}", e.where.name)
			out = append(out, e)
		}
	}
	return out
}

// worst is the situation of a state that is worst on a day.
func (b *build) worst(code string, ago float64) (heat int, in *situation) {
	for i, s := range b.world.Situations {
		if s.Country != code {
			continue
		}
		if h := s.heat(ago); h > heat {
			heat, in = h, &b.world.Situations[i]
		}
	}
	return heat, in
}

var gedHeader = []string{"id", "year", "type_of_violence", "dyad_name", "side_a", "side_b", "source_article", "source_headline", "where_prec", "where_coordinates",
	"latitude", "longitude", "country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end", "deaths_civilians", "best", "low", "high"}

// importEvents brings the events of a month, and every third of the month
// before with a figure that was revised.
func (b *build) importEvents(all []incident, from, end time.Time) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{gedHeader}
	if from.Month() == time.March {
		bad := b.row(all[0])
		bad[17] = "the 30th"
		rows = append(rows, bad)
	}
	for i, e := range all {
		switch {
		case !e.at.Before(from) && e.at.Before(end):
		case i%3 == 0 && !e.at.Before(from.AddDate(0, -1, 0)) && e.at.Before(from):
			e.best++
		default:
			continue
		}
		rows = append(rows, b.row(e))
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if len(rows) == 1 {
		return nil
	}
	_, err := b.h.Import(b.ctx, b.who("analyst"), "ged", fmt.Sprintf("exercise-events-%s.csv", from.Format("2006-01")), &text)
	return err
}

// row is an incident in GED's columns.
func (b *build) row(e incident) []string {
	st := b.world.States[e.state]
	a, o := st.Army, st.Armed
	switch e.kind {
	case 2:
		a, o = st.Armed, "Neighbourhood guards of "+e.where.name
	case 3:
		o = "Civilians"
		if e.id%2 == 0 {
			a = st.Armed
		}
	}
	num := strconv.Itoa
	deg := func(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }
	d := e.at.Format(time.DateOnly)
	return []string{num(e.id), num(e.at.Year()), num(e.kind), a + " - " + o, a, o, "Simulated for the exercise", e.headline, "2", e.where.name,
		deg(e.where.lat), deg(e.where.lon), st.Name, num(st.Views), "Exercise region", "1", "1", d, d, num(e.civilians), num(e.best),
		num(max(0, e.best-e.spread)), num(e.best + 2*e.spread)}
}

// importPanel brings what a month amounts to in each state.
func (b *build) importPanel(all []incident, from time.Time) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"month_id", "country_id", "iso3", "ged_sb", "ged_ns", "ged_os", "source"}}
	month := from.Format("2006-01")
	for i, st := range b.world.States {
		var sum [4]int
		for _, e := range all {
			if e.state == i && e.at.Format("2006-01") == month {
				sum[e.kind] += e.best
			}
		}
		rows = append(rows, []string{month, strconv.Itoa(st.Views), st.Code, strconv.Itoa(sum[1]), strconv.Itoa(sum[2]), strconv.Itoa(sum[3]), "Simulated for the exercise"})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	_, err := b.h.Import(b.ctx, b.who("analyst"), "panel", fmt.Sprintf("exercise-panel-%s.csv", month), &text)
	return err
}
