package worktime

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/heed-project/heed/protocol/form"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// changes are moments at which a clock somewhere changes, each odd in its way.
var changes = []struct{ zone, at, why string }{
	{"Europe/Brussels", "2026-03-29T01:00:00Z", "an hour is skipped"},
	{"Europe/Brussels", "2026-10-25T01:00:00Z", "an hour comes twice"},
	{"America/New_York", "2026-03-08T07:00:00Z", "an hour is skipped"},
	{"America/New_York", "2026-11-01T06:00:00Z", "an hour comes twice"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "half an hour comes twice"},
	{"Australia/Lord_Howe", "2026-10-03T15:30:00Z", "half an hour is skipped"},
	{"Africa/Cairo", "2026-04-23T22:00:00Z", "the first hour of a day is skipped"},
	{"Africa/Cairo", "2026-10-29T21:00:00Z", "the last hour of a day comes twice"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z", "midnight is skipped"},
	{"America/Sao_Paulo", "2019-02-17T02:00:00Z", "midnight comes late"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z", "a whole day is skipped"},
	{"Pacific/Kwajalein", "1993-08-21T12:00:00Z", "a whole day is skipped"},
	{"Asia/Kathmandu", "1985-12-31T18:30:00Z", "a quarter of an hour is skipped"},
	{"Africa/Addis_Ababa", "2026-01-01T00:00:00Z", "nothing changes"},
}

// folded is a zone whose clock went back over midnight, so that a day begins
// twice.
var folded = struct{ zone, at, why string }{"America/St_Johns", "2010-11-07T02:31:00Z", "midnight comes twice"}

func drawCalendar(t *rapid.T, zone string) Calendar {
	c := Calendar{Key: "c", Zone: zone}
	c.zone, _ = time.LoadLocation(zone)
	for d := range c.Hours {
		minute := 0
		for range rapid.IntRange(0, 2).Draw(t, "spans") {
			from := minute + rapid.IntRange(0, 500).Draw(t, "from")
			to := from + rapid.IntRange(1, 700).Draw(t, "hours")
			if to > 1440 {
				break
			}
			c.Hours[d] = append(c.Hours[d], Span{from, to})
			minute = to + 1
		}
		if rapid.IntRange(0, 5).Draw(t, "always") == 0 {
			c.Hours[d] = []Span{{0, 1440}}
		}
	}
	return c
}

func drawHolidays(t *rapid.T, c *Calendar, near time.Time) {
	for range rapid.IntRange(0, 2).Draw(t, "holidays") {
		from := near.Truncate(day).AddDate(0, 0, rapid.IntRange(-3, 6).Draw(t, "day"))
		h := Holiday{From: from, To: from.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "days"))}
		if h.Yearly = rapid.Bool().Draw(t, "yearly"); h.Yearly {
			h.From = time.Date(2000, h.From.Month(), h.From.Day(), 0, 0, 0, 0, time.UTC)
			h.To = time.Date(2000, h.To.Month(), h.To.Day(), 0, 0, 0, 0, time.UTC)
		}
		c.Holidays = append(c.Holidays, h)
	}
}

// isOpen is a second way to say that an office is open during the minute that
// begins at t: it reads the wall clock.
func isOpen(c Calendar, t time.Time) bool {
	w := t.In(c.zone)
	d := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	for _, h := range c.Holidays {
		if h.Yearly {
			a, b, k := h.From.Format("01-02"), h.To.Format("01-02"), d.Format("01-02")
			if a <= b && a <= k && k <= b || a > b && (k >= a || k <= b) {
				return false
			}
		} else if !d.Before(h.From) && !d.After(h.To) {
			return false
		}
	}
	minute := w.Hour()*60 + w.Minute()
	for _, s := range c.Hours[w.Weekday()] {
		if s.From <= minute && minute < s.To {
			return true
		}
	}
	return false
}

// Working time is what a clerk would count who looks at the clock every minute.
func TestWorkingTimeIsCountedMinuteByMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom(changes).Draw(t, "change")
		at, _ := time.Parse(time.RFC3339, change.at)
		c := drawCalendar(t, change.zone)
		drawHolidays(t, &c, at)
		from := at.Add(time.Duration(rapid.IntRange(-3000, 200).Draw(t, "minutes before")) * time.Minute)
		want := rapid.IntRange(0, 2500).Draw(t, "minutes")
		got, err := c.Deadline(from, Allowance{Kind: WorkingTime, Time: time.Duration(want) * time.Minute})

		cursor, left, limit := from, want, from.Add(40*day)
		for ; cursor.Before(limit); cursor = cursor.Add(time.Minute) {
			if isOpen(c, cursor) {
				if left == 0 {
					break
				}
				left--
				if left == 0 && want > 0 {
					cursor = cursor.Add(time.Minute)
					break
				}
			}
		}
		if !cursor.Before(limit) {
			return // too far to count by the minute
		}
		if err != nil || !got.Equal(cursor) {
			t.Fatalf("%d working minutes from %s: %v, %v; by the minute %s", want, from.In(c.zone), got.In(c.zone), err, cursor.In(c.zone))
		}
	})
}

// Working days are what a clerk would count on a wall calendar.
func TestWorkingDaysAreCountedDayByDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom(changes).Draw(t, "change")
		at, _ := time.Parse(time.RFC3339, change.at)
		c := drawCalendar(t, change.zone)
		drawHolidays(t, &c, at)
		from := at.Add(time.Duration(rapid.IntRange(-6000, 600).Draw(t, "minutes before")) * time.Minute)
		n := rapid.IntRange(1, 12).Draw(t, "days")
		got, err := c.Deadline(from, Allowance{Kind: WorkingDays, Days: n})

		today, left, closes := from.In(c.zone).Format(time.DateOnly), n, time.Time{}
		for m := from.Truncate(time.Minute); left > 0 || m.Before(closes.Add(26*time.Hour)); m = m.Add(time.Minute) {
			if m.After(from.Add(60 * day)) {
				return // hardly ever open
			}
			if !isOpen(c, m) {
				continue
			}
			if d := m.In(c.zone).Format(time.DateOnly); d != today {
				if left == 0 {
					break
				}
				if d != closes.In(c.zone).Add(-time.Minute).Format(time.DateOnly) || closes.IsZero() {
					left--
				}
				closes = m.Add(time.Minute)
				if left == 0 {
					today = "" // only this day from here on
					closes = lastOpen(c, m)
					break
				}
			}
		}
		if left == 0 && (err != nil || !got.Equal(closes)) {
			t.Fatalf("%d working days from %s: %v, %v; by the day %s", n, from.In(c.zone), got.In(c.zone), err, closes.In(c.zone))
		}
	})
}

// lastOpen returns when the office closes for the last time on the day of m.
func lastOpen(c Calendar, m time.Time) (closes time.Time) {
	d := m.In(c.zone).Format(time.DateOnly)
	for ; m.In(c.zone).Format(time.DateOnly) == d; m = m.Add(time.Minute) {
		if isOpen(c, m) {
			closes = m.Add(time.Minute)
		}
	}
	return closes
}

// A deadline is never before its start, never while the office is closed, and
// never earlier for a later start or a longer allowance.
func TestDeadlineIsMonotone(t *testing.T) {
	all := append(changes[:len(changes):len(changes)], folded)
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom(all).Draw(t, "change")
		at, _ := time.Parse(time.RFC3339, change.at)
		c := drawCalendar(t, change.zone)
		drawHolidays(t, &c, at)
		from := at.Add(time.Duration(rapid.Int64Range(-200_000, 200_000).Draw(t, "seconds")) * time.Second)
		later := from.Add(time.Duration(rapid.Int64Range(0, 100_000).Draw(t, "later")) * time.Second)
		a := Allowance{Kind: rapid.SampledFrom([]Kind{Elapsed, WorkingTime, WorkingDays}).Draw(t, "kind")}
		longer := a
		if a.Kind == WorkingDays {
			a.Days = rapid.IntRange(0, 30).Draw(t, "days")
			longer.Days = a.Days + rapid.IntRange(0, 5).Draw(t, "more days")
		} else {
			a.Time = time.Duration(rapid.Int64Range(0, 500_000).Draw(t, "time")) * time.Second
			longer.Time = a.Time + time.Duration(rapid.Int64Range(0, 100_000).Draw(t, "more"))*time.Second
		}
		due, err := c.Deadline(from, a)
		if err != nil {
			t.Skip("never open")
		}
		if due.Before(from) {
			t.Fatalf("due %s before its start %s", due, from)
		}
		if a.Kind != Elapsed && !c.WorksAt(due) {
			t.Fatalf("due at %s, when the office is closed", due.In(c.zone))
		}
		if x, err := c.Deadline(later, a); err != nil || x.Before(due) {
			t.Fatalf("from %s due %s, from the later %s due the earlier %s (%v)", from, due, later, x, err)
		}
		if x, err := c.Deadline(from, longer); err != nil || x.Before(due) {
			t.Fatalf("%s gives %s, the longer %s gives %s (%v)", a, due, longer, x, err)
		}
	})
}

// Two allowances of working time one after the other are as long as both in one.
func TestWorkingTimeAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom(changes).Draw(t, "change")
		at, _ := time.Parse(time.RFC3339, change.at)
		c := drawCalendar(t, change.zone)
		one := time.Duration(rapid.Int64Range(1, 300_000).Draw(t, "one")) * time.Second
		two := time.Duration(rapid.Int64Range(1, 300_000).Draw(t, "two")) * time.Second
		first, err := c.afterTime(at, one)
		if err != nil {
			t.Skip("never open")
		}
		second, err1 := c.afterTime(first, two)
		both, err2 := c.afterTime(at, one+two)
		if err1 != nil || err2 != nil || !second.Equal(both) {
			t.Fatalf("%s then %s gives %s (%v), together %s (%v)", one, two, second, err1, both, err2)
		}
	})
}

// At every minute round every change, moment is the first time at which the
// clock shows what it shows.
func TestMomentIsWhatTheClockShows(t *testing.T) {
	for _, change := range append(changes[:len(changes):len(changes)], folded) {
		z := zone(t, change.zone)
		at, _ := time.Parse(time.RFC3339, change.at)
		first := map[string]time.Time{}
		for m := at.Add(-50 * time.Hour); m.Before(at.Add(50 * time.Hour)); m = m.Add(time.Minute) {
			w := m.In(z)
			shown := w.Format("2006-01-02 15:04")
			if _, seen := first[shown]; !seen {
				first[shown] = m
			}
			d := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
			if got := moment(z, d, w.Hour()*60+w.Minute()); m.After(at.Add(-24*time.Hour)) && !got.Equal(first[shown]) {
				t.Fatalf("%s (%s): the clock first shows %s at %s, moment gives %s", change.zone, change.why, shown, first[shown], got)
			}
		}
	}
}

// Where the rules of a zone are applied beyond its table, every day of a leap
// year still has an end.
func TestEveryDayBegins(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Sydney", "Europe/Dublin", "Africa/Casablanca", "UTC"} {
		z := zone(t, name)
		for d := time.Date(2039, 12, 20, 0, 0, 0, 0, time.UTC); d.Year() < 2042; d = d.AddDate(0, 0, 1) {
			if s := begins(z, d).In(z).Format(time.DateTime); s != d.Format(time.DateTime) {
				t.Fatalf("%s: %s begins at %s", name, d, s)
			}
		}
	}
}

func TestDaysEndWhereTheyShould(t *testing.T) {
	r := form.NewReader("en")
	v, err := form.Root([]byte(`
office:
  zone: Africa/Addis_Ababa
  hours: 08:00-12:00, 14:00-18:00
  weekend: [Fri, Sat]
  days: {Thu: 08:00-12:00, Sat: "10:00-11:00"}
  holidays: {2026-12-31..2027-01-03: Closed, 02-29: Leap day, 12-25..01-01: Every year}
`))
	if err != nil {
		t.Fatal(err)
	}
	var list []Calendar
	Calendars(r, &list)(v, "")
	if p := r.Problems(); len(p) > 0 {
		t.Fatal(p)
	}
	c := list[0]
	for _, x := range []struct{ from, allowed, want string }{
		{"2026-06-03T09:00:00", "0 working hours", "2026-06-03T09:00:00"}, // Wednesday
		{"2026-06-03T07:00:00", "0 working hours", "2026-06-03T08:00:00"},
		{"2026-06-03T12:00:00", "0 working hours", "2026-06-03T14:00:00"},
		{"2026-06-03T11:00:00", "1 working hour", "2026-06-03T12:00:00"}, // due as they close
		{"2026-06-03T11:00:00", "2 working hours", "2026-06-03T15:00:00"},
		{"2026-06-04T11:00:00", "2 working hours", "2026-06-06T11:00:00"}, // Thursday to Saturday's hour
		{"2026-06-03T09:00:00", "0 working days", "2026-06-03T18:00:00"},
		{"2026-06-03T19:00:00", "0 working days", "2026-06-04T12:00:00"},
		{"2026-06-03T09:00:00", "1 working day", "2026-06-04T12:00:00"},
		{"2026-06-03T23:00:00", "1 working day", "2026-06-04T12:00:00"},
		{"2026-06-05T09:00:00", "1 working day", "2026-06-06T11:00:00"}, // from a closed day
		{"2026-12-24T09:00:00", "1 working day", "2027-01-04T18:00:00"}, // over the year
		{"2027-12-24T09:00:00", "1 working day", "2028-01-02T18:00:00"},
		{"2028-02-28T09:00:00", "1 working day", "2028-03-01T18:00:00"}, // the leap day is off
		{"2026-06-03T09:00:00", "PT0M", "2026-06-03T09:00:00"},
		{"2026-06-03T09:00:00", "P1DT30M", "2026-06-04T09:30:00"},
	} {
		a, err := ParseAllowance(x.allowed)
		if err != nil {
			t.Fatal(err)
		}
		from, _ := time.ParseInLocation("2006-01-02T15:04:05", x.from, c.zone)
		got, err := c.Deadline(from, a)
		if s := got.In(c.zone).Format("2006-01-02T15:04:05"); err != nil || s != x.want {
			t.Errorf("%s from %s: %s (%v), want %s", x.allowed, x.from, s, err, x.want)
		}
	}
}

func TestDeadlineRefuses(t *testing.T) {
	never := Calendar{Key: "never", zone: time.UTC}
	closed := Calendar{Key: "closed", zone: time.UTC, Holidays: []Holiday{{
		From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2000, 12, 31, 0, 0, 0, 0, time.UTC), Yearly: true}}}
	closed.Hours[1] = []Span{{0, 1440}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, f := range map[string]func() (time.Time, error){
		"no hours":     func() (time.Time, error) { return never.Deadline(now, Allowance{Kind: WorkingTime}) },
		"holidays":     func() (time.Time, error) { return closed.Deadline(now, Allowance{Kind: WorkingDays, Days: 1}) },
		"no zone":      func() (time.Time, error) { return Calendar{}.Deadline(now, Allowance{Kind: WorkingDays, Days: 1}) },
		"no allowance": func() (time.Time, error) { return never.Deadline(now, Allowance{}) },
		"far future": func() (time.Time, error) {
			return never.Deadline(time.Unix(1<<55, 0), Allowance{Kind: Elapsed, Time: 1})
		},
	} {
		if due, err := f(); err == nil {
			t.Errorf("%s: due %s, want an error", name, due)
		}
	}
}

// One working day a week reaches the longest allowance.
func TestLongestAllowance(t *testing.T) {
	c := Calendar{Key: "weekly", zone: zone(t, "America/New_York")}
	c.Hours[time.Monday] = []Span{{540, 600}}
	if _, err := c.Deadline(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Allowance{Kind: WorkingDays, Days: maxDays}); err != nil {
		t.Error(err)
	}
}

func ExampleCalendar_Deadline() {
	newYork, _ := time.LoadLocation("America/New_York")
	var c Calendar
	r := form.NewReader("en")
	v, _ := form.Root([]byte("{zone: America/New_York, hours: 09:00-18:00, weekend: [Sat, Sun]}"))
	c = CalendarOf(r, v, "new-york")
	from := time.Date(2026, 3, 6, 17, 0, 0, 0, newYork) // a Friday, two days before clocks change
	a, _ := ParseAllowance("2 working hours")
	due, _ := c.Deadline(from, a)
	fmt.Println(due.In(newYork).Format(time.RFC1123))
	// Output: Mon, 09 Mar 2026 10:00:00 EDT
}
