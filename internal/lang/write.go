package lang

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Num writes a whole number with narrow no-break spaces between thousands,
// which readers of every language take alike.
func (c *Catalog) Num(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		s = "−" + s[1:]
		first = len("−")
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// Dec writes a number with this many decimals, and the sign between them that
// the language uses. What is not a number is "—".
func (c *Catalog) Dec(f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) >= 1e15 {
		return "—"
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'f', decimals, 64), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return "—"
	}
	s := c.Num(n)
	if fraction != "" {
		s += c.text["lang.decimal"] + fraction
	}
	if f < 0 && strings.Trim(whole+fraction, "0") != "" {
		s = "−" + s
	}
	return s
}

// Percent writes a share, 0.125 as "12.5 %".
func (c *Catalog) Percent(share float64, decimals int) string {
	return c.fill(c.text["lang.percent"], []any{c.Dec(share*100, decimals)})
}

// Day writes a date in the time's own zone: "19 November 2026". Its parts are not
// isolated from one another: the month is a word of the language and gives the
// whole its direction, also where that is isolated in a sentence.
func (c *Catalog) Day(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = c.text["lang.day.1"] // the first is "1er" in French
	}
	month, _ := c.month(t)
	return strings.NewReplacer("{0}", day, "{1}", month, "{2}", strconv.Itoa(t.Year())).Replace(c.text["lang.date"])
}

// Month writes a month: "November 2026".
func (c *Catalog) Month(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	_, alone := c.month(t)
	return strings.NewReplacer("{0}", alone, "{1}", strconv.Itoa(t.Year())).Replace(c.text["lang.monthyear"])
}

// month returns the word for a month as it stands after a day, and as it stands
// alone: in Russian "ноября" and "ноябрь", written "ноября|ноябрь".
func (c *Catalog) month(t time.Time) (dated, alone string) {
	text := c.text["lang.month."+strconv.Itoa(int(t.Month()))]
	dated, alone, two := strings.Cut(text, "|")
	if !two {
		alone = text
	}
	return dated, alone
}

// When writes a date and a time of day with its zone: "19 November 2026,
// 14:05 UTC".
func (c *Catalog) When(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	// The time and its zone are one thing, read from left to right.
	return strings.NewReplacer("{0}", c.Day(t), "{1} {2}", c.Isolate(t.Format("15:04 MST"))).Replace(c.text["lang.datetime"])
}

// List joins names as the language lists them: "a, b and c".
func (c *Catalog) List(names []string) string {
	n := len(names)
	switch n {
	case 0:
		return ""
	case 1:
		return c.Isolate(names[0])
	}
	var b strings.Builder
	for i, name := range names[:n-1] {
		if i > 0 {
			b.WriteString(c.text["lang.list.comma"])
		}
		b.WriteString(c.Isolate(name))
	}
	b.WriteString(c.text["lang.list.and"])
	b.WriteString(c.Isolate(names[n-1]))
	return b.String()
}
