package worktime

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/heed-project/heed/protocol/form"
)

// trial is the moment from which a calendar is tried. A fixed one, so that the
// same file always has the same problems.
func trial() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Check reads a calendar for sense: an unknown zone, an office that never opens.
func (c Calendar) Check(at form.Places, path string) []form.Problem {
	if c.zone == nil {
		return []form.Problem{at.Problem(form.Error, path+".zone", "write an IANA name such as Africa/Addis_Ababa", "%q is not a time zone", c.Zone)}
	}
	if _, err := c.afterTime(trial(), time.Minute); err != nil {
		return []form.Problem{at.Problem(form.Error, path, "give it hours on at least one day of the week", "the office is never open: no deadline in working time can fall")}
	}
	return nil
}

// Check reads a rota for sense: nobody in it, an end before the beginning, a
// swap in a week in which no turn begins.
func (r *Rota) Check(at form.Places, path string) (out []form.Problem) {
	if len(r.Order) == 0 {
		out = append(out, at.Problem(form.Error, path+".order", "name the people in turn", "nobody is in the rota"))
	}
	if !r.Until.IsZero() && r.Until.Before(r.From) {
		out = append(out, at.Problem(form.Error, path+".until", "set until to the last day", "the rota ends before it begins"))
	}
	for _, week := range slices.Sorted(maps.Keys(r.Swaps)) {
		if !r.handover(week) {
			out = append(out, at.Problem(form.Warning, path+".swaps."+week, "use the week in which the turn begins", "no turn of the rota begins in %s", week))
		}
	}
	return out
}

// handover says whether a turn begins in an ISO week.
func (r *Rota) handover(week string) bool {
	d := r.From
	for range 4000 {
		if w := isoWeek(d); w == week && (r.Until.IsZero() || !d.After(r.Until)) {
			return true
		} else if w > week {
			return false
		}
		d = d.AddDate(0, 0, 7*r.Weeks)
	}
	return false
}

// CheckHeld reads the periods of a role for gaps, overlaps, and periods in
// which nobody holds it.
func CheckHeld(held []Holding, at form.Places, path string) (out []form.Problem) {
	item := func(i int) string { return path + "[" + strconv.Itoa(i) + "]" }
	order := make([]int, len(held))
	for i, h := range held {
		order[i] = i
		if len(h.By) == 0 {
			out = append(out, at.Problem(form.Error, item(i), "name at least one person", "nobody holds the role in this period"))
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(held[a].From.Compare(held[b].From), cmp.Compare(a, b))
	})
	var covered date // the last day that somebody holds the role
	for k, i := range order {
		h := held[i]
		switch next := covered.AddDate(0, 0, 1); {
		case k == 0:
		case covered.Equal(forever()) || next.After(h.From):
			out = append(out, at.Problem(form.Warning, item(i), "end the period before it the day before, or name both people in one period",
				"two periods overlap from %s", h.From.Format(time.DateOnly)))
		case next.Before(h.From):
			out = append(out, at.Problem(form.Error, item(i), "close the gap", "nobody holds the role from %s to %s",
				next.Format(time.DateOnly), h.From.AddDate(0, 0, -1).Format(time.DateOnly)))
		}
		if h.Until.IsZero() {
			covered = forever()
		} else if h.Until.After(covered) {
			covered = h.Until
		}
	}
	return out
}

// forever stands for the end of an open-ended period.
func forever() date { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }
