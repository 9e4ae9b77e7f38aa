// Package worktime counts the time an office is given: by the clock, or while
// the office is open, in its own hours, weekend, holidays and time zone.
//
//	a, err := worktime.ParseAllowance("2 working days")
//	due, err := calendar.Deadline(from, a)
//	people, deputies := rota.Who(zone, at)
//
// It promises that a deadline is exact to the second, is never before its
// start, never falls while the office is closed if it is counted in working
// time, and never comes earlier for a later start or a longer allowance. This
// holds where clocks change, by an hour, by half an hour or by a day.
//
// It also says who holds a role at a moment: by periods of days, or by a rota
// that hands over at the same hour every so many weeks.
//
// It trusts the time zone database: the copy of the machine, or else the one
// that is linked in. Holidays are trusted as written.
//
// Sources: ISO 8601 durations and weeks; Regulation (EEC, Euratom) No 1182/71
// for counting days (the day of the event is not counted).
package worktime

import (
	"fmt"
	"time"
	_ "time/tzdata" // calendars work on machines without zone files

	"github.com/heed-project/heed/protocol/form"
)

// A Calendar is the working time of one office: hours per weekday and
// holidays, in its own time zone.
type Calendar struct {
	Key      string
	Title    form.Text
	Zone     string // IANA name: "Africa/Addis_Ababa"
	Hours    [7][]Span
	Holidays []Holiday

	zone *time.Location // nil when Zone is unknown
}

// A Span is opening hours within one day, in minutes from midnight by the
// wall clock; To may be 1440, the end of the day.
type Span struct{ From, To int }

// A Holiday is a run of days on which the office is closed. A Yearly one has
// no year: its dates stand in the year 2000 and it falls in every year, over
// the end of the year when To is before From.
type Holiday struct {
	From, To date
	Yearly   bool
	Title    string
}

// horizon is how far ahead a deadline is looked for, in days. A calendar that
// works one day a week gives 1000 working days within it.
const horizon = 8000

// Deadline returns the moment, in UTC, at which an allowance that starts at
// from is used up. Elapsed time runs by the clock, in any calendar.
//
// Working time runs while the office is open; what is used up at closing time
// is due at closing time, and no time at all is due at the next moment when
// the office is open. Working days are counted after the day of from, and are
// due when the office closes on the last.
//
// Where a change of the clock skips an opening time, the moment of the change
// stands for it; where an hour comes twice, the office is open in both.
//
// It fails when the zone is unknown, when from is before 1900 or after 9000,
// and when the deadline is not reached within 8000 days.
func (c Calendar) Deadline(from time.Time, a Allowance) (time.Time, error) {
	if y := from.UTC().Year(); y < 1900 || y > 9000 {
		return time.Time{}, fmt.Errorf("the year %d is out of range: deadlines are counted from 1900 to 9000", y)
	}
	switch {
	case a.Kind == Elapsed:
		return from.UTC().Add(a.Time), nil
	case a.Kind != WorkingTime && a.Kind != WorkingDays:
		return time.Time{}, fmt.Errorf("there is no time allowed")
	case c.zone == nil:
		return time.Time{}, fmt.Errorf("%s cannot be counted: calendar %s has the unknown time zone %q", a, c.Key, c.Zone)
	case a.Kind == WorkingDays:
		return c.afterDays(from, a.Days)
	}
	return c.afterTime(from, a.Time)
}

// Location returns the calendar's time zone, or nil when it is unknown.
func (c Calendar) Location() *time.Location { return c.zone }

// afterTime uses up d while the office is open.
func (c Calendar) afterTime(from time.Time, d time.Duration) (time.Time, error) {
	cursor, today := from, c.day(from)
	for range horizon {
		for _, s := range c.open(today) {
			if cursor.Before(s.from) {
				cursor = s.from
			}
			if !cursor.Before(s.to) {
				continue
			}
			if left := s.to.Sub(cursor); d <= left {
				return cursor.Add(d).UTC(), nil
			} else {
				d -= left
				cursor = s.to
			}
		}
		today = today.AddDate(0, 0, 1)
	}
	return time.Time{}, c.tooShort()
}

// afterDays counts n working days after the day of from. With n = 0 it is the
// next time the office closes.
func (c Calendar) afterDays(from time.Time, n int) (time.Time, error) {
	today := c.day(from)
	if n > 0 {
		today = today.AddDate(0, 0, 1)
	}
	for range horizon {
		if spans := c.open(today); len(spans) > 0 {
			closes := spans[len(spans)-1].to
			if n--; n <= 0 && !closes.Before(from) {
				return closes.UTC(), nil
			}
		}
		today = today.AddDate(0, 0, 1)
	}
	return time.Time{}, c.tooShort()
}

func (c Calendar) tooShort() error {
	return fmt.Errorf("calendar %s has too little working time: the deadline never comes", c.Key)
}

// WorksAt says whether the office is open at t. Closing time itself counts as
// open, for a deadline may stand on it.
func (c Calendar) WorksAt(t time.Time) bool {
	if c.zone == nil {
		return false
	}
	today := c.day(t)
	for _, d := range []date{today.AddDate(0, 0, -1), today} {
		for _, s := range c.open(d) {
			if !t.Before(s.from) && !t.After(s.to) {
				return true
			}
		}
	}
	return false
}

// A stretch is opening hours as moments.
type stretch struct{ from, to time.Time }

// open returns the opening hours of one day as moments, in order, never
// overlapping, each longer than nothing, none reaching into the next day.
func (c Calendar) open(d date) []stretch {
	if len(c.Hours[d.Weekday()]) == 0 || c.holiday(d) {
		return nil
	}
	var out []stretch
	last, ends := c.moment(d, 0, false), c.moment(d, 24*60, false)
	for _, s := range c.Hours[d.Weekday()] {
		from, to := c.moment(d, s.From, false), c.moment(d, s.To, true)
		if from.Before(last) {
			from = last
		}
		if to.After(ends) {
			to = ends
		}
		if from.Before(to) {
			out, last = append(out, stretch{from, to}), to
		}
	}
	return out
}

func (c Calendar) holiday(d date) bool {
	for _, h := range c.Holidays {
		if h.Yearly {
			x, y, k := yearDay(h.From), yearDay(h.To), yearDay(d)
			if x <= k && k <= y || y < x && (k >= x || k <= y) {
				return true
			}
		} else if !d.Before(h.From) && !d.After(h.To) {
			return true
		}
	}
	return false
}

// yearDay orders days within a year, the same in every year.
func yearDay(d date) int { return int(d.Month())*100 + d.Day() }

// day returns the day of t in the calendar's zone: the latest day that has
// begun. Where the clock is set back over midnight, the new day stays begun.
func (c Calendar) day(t time.Time) date {
	return dayIn(c.zone, t)
}

func dayIn(zone *time.Location, t time.Time) date {
	y, m, dd := t.In(zone).Date()
	d := time.Date(y, m, dd, 0, 0, 0, 0, time.UTC)
	for next := d.AddDate(0, 0, 1); !moment(zone, next, 0, false).After(t); next = next.AddDate(0, 0, 1) {
		d = next
	}
	return d
}

func (c Calendar) moment(d date, minute int, last bool) time.Time {
	return moment(c.zone, d, minute, last)
}

// moment returns when the wall clock in zone shows the minute of the day d. A
// time that comes twice is the first, or the last if asked; a time that is
// skipped is the moment of the change.
func moment(zone *time.Location, d date, minute int, last bool) time.Time {
	wall := d.Unix() + int64(minute)*60
	const widest = 26 * 3600 // no zone is further from UTC
	at := time.Unix(wall-widest, 0).In(zone)
	var found time.Time
	for {
		_, offset := at.Zone()
		starts, ends := at.ZoneBounds()
		is := time.Unix(wall-int64(offset), 0)
		if !is.Before(starts) && (ends.IsZero() || is.Before(ends)) {
			if found = is; !last {
				return found
			}
		}
		if ends.IsZero() || ends.Unix() > wall+widest {
			break
		}
		// Skipped: before the change the clock has not shown it, after it has.
		_, next := ends.Zone()
		if found.IsZero() && ends.Unix()+int64(offset) <= wall && wall < ends.Unix()+int64(next) {
			return ends
		}
		at = ends
	}
	return found
}

// date is a day without a zone, kept as its midnight in UTC.
type date = time.Time
