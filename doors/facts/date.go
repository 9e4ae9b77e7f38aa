package facts

import (
	"fmt"
	"math"
	"time"
)

// A Date is a whole day, counted from 1 January 1970.
type Date int32

// Always and Forever bound a time that has no known beginning or end.
const (
	Always  Date = math.MinInt32
	Forever Date = math.MaxInt32
)

// Day makes a date.
func Day(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the day of a time, in the time's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1800 || t.Year() > 2200 {
		return 0, fmt.Errorf("%q is no date: write YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// Time returns the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Set says whether the date is one day, and not a bound.
func (d Date) Set() bool { return d != Always && d != Forever && d != 0 }

// String writes YYYY-MM-DD, and nothing for a bound.
func (d Date) String() string {
	if d == Always || d == Forever {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Workdays returns the nth working day after a day: Monday to Friday, without
// the holidays of New York.
func (f *Facts) Workdays(after Date, n int) Date {
	for n > 0 {
		after++
		if wd := after.Time().Weekday(); wd == time.Saturday || wd == time.Sunday || f.Holidays[after] != "" {
			continue
		}
		n--
	}
	return after
}
