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
	for back := range 3 { // closing time may be midnight, and a day may be skipped
		for _, s := range c.open(today.AddDate(0, 0, -back)) {
			if !t.Before(s.from) && !t.After(s.to) {
				return true
			}
		}
	}
	return false
}

// A stretch is opening hours as moments.
type stretch struct{ from, to time.Time }

// open returns when the office is open on one day, in order, never
// overlapping, none reaching into the next day: all moments at which the wall
// clock shows a time within its hours.
func (c Calendar) open(d date) []stretch {
	if len(c.Hours[d.Weekday()]) == 0 || c.holiday(d) {
		return nil
	}
	next := begins(c.zone, d.AddDate(0, 0, 1))
	var out []stretch
	for _, s := range segments(c.zone, d) {
		for _, h := range c.Hours[d.Weekday()] {
			x := stretch{s.at(d, h.From), s.at(d, h.To)}
			x.from, x.to = later(x.from, s.from), earlier(earlier(x.to, s.to), next)
			if k := len(out) - 1; k >= 0 && !out[k].to.Before(x.from) {
				x.from = out[k].to
				if x.from.Before(x.to) {
					out[k].to = x.to
				}
			} else if x.from.Before(x.to) {
				out = append(out, x)
			}
		}
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
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
	for next := d.AddDate(0, 0, 1); !begins(zone, next).After(t); next = next.AddDate(0, 0, 1) {
		d = next
	}
	return d
}

// begins returns when a day begins: when the wall clock first shows its
// midnight, or where that is skipped, when it first shows anything later.
func begins(zone *time.Location, d date) time.Time { return moment(zone, d, 0) }

// moment returns when the wall clock first shows the minute of the day, or
// where that is skipped, the moment of the change.
func moment(zone *time.Location, d date, minute int) time.Time {
	for _, s := range segments(zone, d) {
		if at := s.at(d, minute); at.Before(s.to) {
			return later(at, s.from)
		}
	}
	panic("unreachable: the last segment reaches beyond the day")
}

// A segment is a time in which the clock of a zone does not change.
type segment struct {
	from, to time.Time
	offset   int // seconds east of UTC
}

// at returns when the clock would show the minute of the day by this offset.
func (s segment) at(d date, minute int) time.Time {
	return time.Unix(d.Unix()+int64(minute)*60-int64(s.offset), 0)
}

// segments returns the segments, in order, that may hold a part of the day.
func segments(zone *time.Location, d date) []segment {
	const widest = 26 * time.Hour // no zone is further from UTC
	at, until := d.Add(-widest).In(zone), d.Add(day+widest)
	var out []segment
	for at.Before(until) {
		_, offset := at.Zone()
		_, ends := at.ZoneBounds()
		if ends.IsZero() || ends.After(until) {
			ends = until
		}
		if !ends.After(at) {
			// Beyond the table of a zone, ZoneBounds ends each year after 365
			// days; on the 366th its end is past.
			ends = at.Truncate(day).Add(day)
		}
		out = append(out, segment{at, ends, offset})
		at = ends.In(zone)
	}
	return out
}

// date is a day without a zone, kept as its midnight in UTC.
type date = time.Time
