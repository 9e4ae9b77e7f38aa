package worktime

import (
	"fmt"
	"slices"
	"time"
)

// A Holding says who holds a role from the first to the last day, both
// included, in the time zone of the role's office.
type Holding struct {
	From, Until date // a zero Until is open-ended
	By          []string
	Deputies    []string
}

// A Rota hands a role from one person to the next at the same hour every so
// many weeks.
type Rota struct {
	From     date              // day of the first handover; its weekday is that of all
	At       int               // minute of the day of the handover
	Weeks    int               // length of a turn, at least 1
	Order    []string          // who follows whom, again and again
	Swaps    map[string]string // ISO week of a handover, "2026-W53" → who takes the turn instead
	Until    date              // last day of the rota; zero is open-ended
	Deputies []string          // none: whoever comes next in the order
}

// Who returns who holds a role by its periods at a moment, with their deputies,
// in the zone of the role's office.
func Who(held []Holding, zone *time.Location, at time.Time) (holders, deputies []string) {
	today := dayIn(zone, at)
	for _, h := range held {
		if today.Before(h.From) || !h.Until.IsZero() && today.After(h.Until) {
			continue
		}
		holders, deputies = with(holders, h.By), with(deputies, h.Deputies)
	}
	return holders, deputies
}

// with adds those of more that are not in list yet.
func with(list, more []string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// Who returns who has the turn at a moment, and the deputies: those named, or
// whoever comes next.
func (r *Rota) Who(zone *time.Location, at time.Time) (holders, deputies []string) {
	today := dayIn(zone, at)
	if len(r.Order) == 0 || r.Weeks < 1 || !r.Until.IsZero() && today.After(r.Until) {
		return nil, nil
	}
	length := 7 * r.Weeks
	turn := floorDiv(int(today.Sub(r.From)/day), length)
	for turn >= 0 && moment(zone, r.From.AddDate(0, 0, turn*length), r.At).After(at) {
		turn-- // today is a day of handover and the hour has not come
	}
	if turn < 0 {
		return nil, nil
	}
	n := len(r.Order)
	holder := r.Order[turn%n]
	if swap, ok := r.Swaps[isoWeek(r.From.AddDate(0, 0, turn*length))]; ok {
		holder = swap
	}
	deputies = r.Deputies
	for i := 1; i < n && len(deputies) == 0; i++ {
		if next := r.Order[(turn+i)%n]; next != holder {
			deputies = []string{next}
		}
	}
	return []string{holder}, slices.Clone(deputies)
}

func floorDiv(a, b int) int {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// isoWeek returns the ISO 8601 week of a day: "2026-W53".
func isoWeek(d date) string {
	y, w := d.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, w)
}

// weekExists says whether s names an ISO week that its year has: most years
// have no week 53.
func weekExists(s string) bool {
	var y, w int
	if n, err := fmt.Sscanf(s, "%4d-W%2d", &y, &w); n != 2 || err != nil || len(s) != 8 || w < 1 {
		return false
	}
	_, last := time.Date(y, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek() // 28 December is in the last week
	return w <= last
}
