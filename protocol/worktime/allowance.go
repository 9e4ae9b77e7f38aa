package worktime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Kind says how an Allowance is counted.
type Kind int

// The three kinds. The zero Kind is no allowance at all.
const (
	Elapsed     Kind = iota + 1 // by the clock; a day is 24 hours
	WorkingTime                 // while the office is open
	WorkingDays                 // whole working days, to closing time
)

// The longest allowances. A duty that may take longer is not a duty.
const (
	maxElapsed = 3660 * 24 * time.Hour
	maxWorking = 4000 * time.Hour
	maxDays    = 1000
)

// An Allowance is the time somebody is given. The zero Allowance is none,
// which is not the same as no time at all ("0h").
type Allowance struct {
	Kind     Kind
	Time     time.Duration // for Elapsed and WorkingTime
	Days     int           // for WorkingDays
	Calendar string        // whose working time; empty for Elapsed
}

// ParseAllowance reads "PT4H", "P1DT12H", "4h", "30 minutes", "2 weeks",
// "2 working hours" or "1 working day". Months and years are refused, for
// they differ in length. The Calendar stays empty.
func ParseAllowance(s string) (Allowance, error) {
	bad := func(why string) (Allowance, error) {
		return Allowance{}, fmt.Errorf("%q is not a time allowed: %s", s, why)
	}
	text := strings.TrimSpace(s)
	if strings.HasPrefix(text, "P") {
		d, err := isoDuration(text)
		if err != nil {
			return bad(err.Error())
		}
		return Allowance{Kind: Elapsed, Time: d}, nil
	}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if digits == 0 || digits > 6 {
		return bad("start with a whole number, as in 4h or 2 working hours")
	}
	n, _ := strconv.Atoi(text[:digits])
	words := strings.Fields(text[digits:])
	working := len(words) == 2 && words[0] == "working"
	if working {
		words = words[1:]
	}
	if len(words) != 1 {
		return bad("write a number and a unit, as in 4h, 30 days, 2 working hours or 1 working day")
	}
	unit, ok := unitOf(words[0])
	switch {
	case !ok:
		return bad(fmt.Sprintf("the unit %q is not one of minutes, hours, days, weeks", words[0]))
	case working && unit == day:
		return limited(s, Allowance{Kind: WorkingDays, Days: n})
	case working && unit == week:
		return bad("write working weeks as working days")
	case working:
		return limited(s, Allowance{Kind: WorkingTime, Time: times(n, unit)})
	}
	return limited(s, Allowance{Kind: Elapsed, Time: times(n, unit)})
}

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// times is n units, or more than any allowance where that is too long to count.
func times(n int, unit time.Duration) time.Duration {
	if time.Duration(n) > maxElapsed/unit {
		return maxElapsed + 1
	}
	return time.Duration(n) * unit
}

func unitOf(word string) (time.Duration, bool) {
	switch word {
	case "m", "min", "minute", "minutes":
		return time.Minute, true
	case "h", "hour", "hours":
		return time.Hour, true
	case "d", "day", "days":
		return day, true
	case "w", "week", "weeks":
		return week, true
	}
	return 0, false
}

func limited(s string, a Allowance) (Allowance, error) {
	if a.Kind == Elapsed && a.Time > maxElapsed ||
		a.Kind == WorkingTime && a.Time > maxWorking || a.Days > maxDays {
		return Allowance{}, fmt.Errorf("%q is too long: at most 3660 days, 4000 working hours or 1000 working days", s)
	}
	return a, nil
}

// isoDuration reads P2W, P1D, PT4H, P1DT12H30M: whole numbers, each unit once,
// in falling order.
func isoDuration(s string) (time.Duration, error) {
	var total time.Duration
	rest, last, inTime := s[1:], 2*week, false
	if rest == "" || strings.HasSuffix(rest, "T") {
		return 0, fmt.Errorf("nothing follows %s", s)
	}
	for rest != "" {
		if rest[0] == 'T' && !inTime {
			inTime, rest = true, rest[1:]
			continue
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 6 || digits == len(rest) {
			return 0, fmt.Errorf("write a duration as in PT4H, P1D or P1DT12H")
		}
		n, _ := strconv.Atoi(rest[:digits])
		unit := isoUnit(rest[digits], inTime)
		if unit == 0 {
			return 0, fmt.Errorf("the unit %q is not allowed here: use W, D, then after T also H, M", rest[digits])
		}
		if unit >= last {
			return 0, fmt.Errorf("units go from the longest to the shortest, each once")
		}
		total, last, rest = total+times(n, unit), unit, rest[digits+1:]
		if total > maxElapsed {
			return 0, fmt.Errorf("it is longer than 3660 days")
		}
	}
	return total, nil
}

func isoUnit(c byte, inTime bool) time.Duration {
	switch {
	case c == 'W' && !inTime:
		return week
	case c == 'D' && !inTime:
		return day
	case c == 'H' && inTime:
		return time.Hour
	case c == 'M' && inTime:
		return time.Minute
	}
	return 0
}

// String returns the allowance as one may write it in a file, in the longest
// unit that divides it. ParseAllowance reads it back.
func (a Allowance) String() string {
	switch a.Kind {
	case Elapsed:
		return amount(a.Time, "")
	case WorkingTime:
		return amount(a.Time, "working ")
	case WorkingDays:
		return plural(a.Days, "working day")
	}
	return "none"
}

func amount(d time.Duration, prefix string) string {
	switch {
	case d >= 2*day && d%day == 0 && prefix == "":
		return plural(int(d/day), "day")
	case d%time.Hour == 0:
		return plural(int(d/time.Hour), prefix+"hour")
	}
	return plural(int(d/time.Minute), prefix+"minute")
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// In returns the allowance counted in a calendar; elapsed time needs none.
func (a Allowance) In(calendar string) Allowance {
	if a.Kind == WorkingTime || a.Kind == WorkingDays {
		a.Calendar = calendar
	}
	return a
}
