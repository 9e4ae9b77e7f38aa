package frame

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Clock is a column of times on one line of equal steps. A column of plain
// numbers is taken as it stands: time 37 is 37. Calendar times (years, dates,
// months, quarters) are counted in steps from the earliest one, which is 0.
type Clock struct {
	At    []float64 // the time of each row
	Label []string  // as the row has it
	Unit  string    // number, year, quarter, month, week or day

	form form
	zero float64 // the earliest time, in what the form counts
	step float64 // how many of those are one unit
}

// A form is a way of writing times.
type form int

const (
	plainNumber form = iota
	yearNumber       // 1970 or 1970.25, counted in years
	monthForm        // counted in months since year 0
	dayForm          // counted in days since 1970
)

var (
	yearMonth = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})$`)
	named     = regexp.MustCompile(`^([A-Za-z]{3,9})\.?[ -](\d{4})$`)
	namedLast = regexp.MustCompile(`^(\d{4})[ -]([A-Za-z]{3,9})$`)
	stataTime = regexp.MustCompile(`^(?i)(\d{4})\s*-?\s*([mq])\s*(\d{1,2})$`)
	compact   = regexp.MustCompile(`^(1[5-9]|20|21)(\d{2})(0[1-9]|1[0-2])$`)
	fullDate  = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$`)
)

// Clock reads a column of times: numbers, years, YYYY-MM, YYYYMM, YYYY-MM-DD,
// 1990q1, 1990m1 or Jan 1990. All must have one form. Dates that fall on one day
// of the month, or on the last of each, are months (quarters, years); dates whole
// weeks apart are weeks.
func (t *Table) Clock(name string) (*Clock, error) {
	cells, err := t.Texts(name)
	if err != nil {
		return nil, err
	}
	c := &Clock{Label: cells, At: make([]float64, len(cells))}
	for i, cell := range cells {
		if missing(cell) {
			return nil, &Error{t.lines[i], name, "the time is missing"}
		}
		f, at, err := parseTime(cell)
		if err != nil {
			return nil, &Error{t.lines[i], name, err.Error()}
		}
		if i == 0 {
			c.form = f
		}
		if f != c.form && f <= yearNumber && c.form <= yearNumber {
			f, c.form = plainNumber, plainNumber // 998, 999, 1000: an index after all
		}
		if f != c.form {
			return nil, &Error{t.lines[i], name, fmt.Sprintf("the time %q does not have the form of %q", cell, cells[0])}
		}
		c.At[i] = at
	}
	c.scale(cells)
	return c, nil
}

// scale finds the unit and counts from the earliest time.
func (c *Clock) scale(cells []string) {
	c.step = 1
	switch c.form {
	case plainNumber:
		c.Unit = "number"
		return
	case yearNumber:
		c.Unit = "year"
	case monthForm:
		c.Unit, c.step = months(c.At)
	case dayForm:
		if at, ok := sameDay(cells); ok {
			c.form, c.At = monthForm, at
			c.Unit, c.step = months(at)
			break
		}
		c.Unit = "day"
		if len(c.At) > 1 && divides(c.At, 7) {
			c.Unit, c.step = "week", 7
		}
	}
	c.zero = slices.Min(c.At)
	for i, x := range c.At {
		c.At[i] = (x - c.zero) / c.step
	}
}

// months says whether months are years or quarters.
func months(at []float64) (string, float64) {
	switch {
	case len(at) > 1 && divides(at, 12):
		return "year", 12
	case len(at) > 1 && divides(at, 3):
		return "quarter", 3
	}
	return "month", 1
}

// divides says whether all distances are multiples of n.
func divides(at []float64, n float64) bool {
	return !slices.ContainsFunc(at, func(x float64) bool { return math.Mod(x-at[0], n) != 0 })
}

// sameDay counts dates in months when all fall on one day of the month, or on
// the last.
func sameDay(cells []string) ([]float64, bool) {
	out, day, same, last := make([]float64, len(cells)), 0, true, true
	for i, cell := range cells {
		m := fullDate.FindStringSubmatch(cell)
		y, mo, d := atoi(m[1]), atoi(m[2]), atoi(m[3])
		same = same && (i == 0 || d == day)
		last = last && d == time.Date(y, time.Month(mo)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		out[i], day = float64(12*y+mo-1), d
	}
	return out, same || last
}

// Position returns where a time given in words stands on the clock. It may be
// coarser than the times of the column: a year means its first day.
func (c *Clock) Position(text string) (float64, error) {
	f, at, err := parseTime(strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("the time %q: %w", text, err)
	}
	switch {
	case f <= yearNumber && c.form == plainNumber:
		return at, nil
	case f == c.form:
	case f == yearNumber && c.form == monthForm:
		at *= 12
	case f == dayForm && c.form == monthForm:
		day := time.Unix(0, 0).UTC().AddDate(0, 0, int(at))
		length := float64(day.AddDate(0, 1, -day.Day()).Day())
		at = float64(12*day.Year()+int(day.Month())-1) + float64(day.Day()-1)/length
		if sub := c.sameDayAs(day); sub {
			at = math.Floor(at)
		}
	case f == yearNumber && c.form == dayForm:
		at = days(int(at), 1, 1)
	case f == monthForm && c.form == dayForm:
		at = days(int(at)/12, int(at)%12+1, 1)
	case f == monthForm && c.form == yearNumber:
		at /= 12
	case f == dayForm && c.form == yearNumber:
		day := time.Unix(0, 0).UTC().AddDate(0, 0, int(at))
		at = float64(day.Year()) + float64(day.YearDay()-1)/366
	default:
		return 0, fmt.Errorf("the time %q does not have the form of the times in the table, such as %q", text, c.Label[0])
	}
	return (at - c.zero) / c.step, nil
}

// sameDayAs says whether the column's dates fall on a date's day of the month, or
// both on the last.
func (c *Clock) sameDayAs(day time.Time) bool {
	m := fullDate.FindStringSubmatch(c.Label[0])
	if m == nil {
		return false
	}
	d := time.Date(atoi(m[1]), time.Month(atoi(m[2])), atoi(m[3]), 0, 0, 0, 0, time.UTC)
	return d.Day() == day.Day() || d.AddDate(0, 0, 1).Day() == 1 && day.AddDate(0, 0, 1).Day() == 1
}

// parseTime reads one time.
func parseTime(s string) (form, float64, error) {
	if m := fullDate.FindStringSubmatch(s); m != nil {
		y, mo, d := atoi(m[1]), atoi(m[2]), atoi(m[3])
		if date := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC); mo < 1 || mo > 12 || date.Day() != d {
			return 0, 0, fmt.Errorf("%q is not a date", s)
		}
		return dayForm, days(y, mo, d), nil
	}
	if m := stataTime.FindStringSubmatch(s); m != nil {
		y, n := atoi(m[1]), atoi(m[3])
		if strings.EqualFold(m[2], "q") {
			n = 3*n - 2
		}
		return month(s, y, n)
	}
	if m := named.FindStringSubmatch(s); m != nil {
		if n := monthNamed(m[1]); n > 0 {
			return month(s, atoi(m[2]), n)
		}
	}
	if m := namedLast.FindStringSubmatch(s); m != nil {
		if n := monthNamed(m[2]); n > 0 {
			return month(s, atoi(m[1]), n)
		}
	}
	if m := compact.FindStringSubmatch(s); m != nil {
		return month(s, atoi(m[1]+m[2]), atoi(m[3]))
	}
	if m := yearMonth.FindStringSubmatch(s); m != nil && len(m[2]) == 2 && s[4] != '.' {
		return month(s, atoi(m[1]), atoi(m[2]))
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e12 {
		return 0, 0, fmt.Errorf("%q is not a time: use a number, a year, YYYY-MM, YYYY-MM-DD or Jan 2020", s)
	}
	if x >= 1000 && x < 3000 {
		return yearNumber, x, nil
	}
	return plainNumber, x, nil
}

// monthNamed returns the number of a month by its English name or the first three
// letters of it, else 0.
func monthNamed(name string) int {
	for n := time.January; n <= time.December; n++ {
		if strings.EqualFold(name, n.String()) || strings.EqualFold(name, n.String()[:3]) {
			return int(n)
		}
	}
	return 0
}

func month(s string, y, n int) (form, float64, error) {
	if n < 1 || n > 12 {
		return 0, 0, fmt.Errorf("%q is not a month or quarter", s)
	}
	return monthForm, float64(12*y + n - 1), nil
}

func days(y, m, d int) float64 {
	return float64(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // digits, by the pattern
	return n
}

// Order returns the rows in the order of time.
func (c *Clock) Order() []int {
	out := make([]int, len(c.At))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(c.At[a], c.At[b]) })
	return out
}

// Reorder returns the elements of a column in an order. A nil column stays nil.
func Reorder[T any](column []T, order []int) []T {
	if column == nil {
		return nil
	}
	out := make([]T, len(order))
	for i, k := range order {
		out[i] = column[k]
	}
	return out
}
