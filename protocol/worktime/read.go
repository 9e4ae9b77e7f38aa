package worktime

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/protocol/form"
)

// This file reads calendars, periods and rotas from a file.

// Calendars reads a table of calendars, in the order of the file.
func Calendars(r *form.Reader, dst *[]Calendar) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			r.IsKey(key, path)
			c := CalendarOf(r, v, path)
			c.Key = key
			*dst = append(*dst, c)
		})
	}
}

// CalendarOf reads one calendar. An unknown zone is left to Check.
func CalendarOf(r *form.Reader, v form.Value, path string) Calendar {
	var c Calendar
	var closed [7]bool
	var own map[time.Weekday][]Span
	var usual []Span
	r.Object(v, path,
		form.May("title", r.Words(&c.Title)),
		form.Must("zone", r.String(&c.Zone)),
		form.Must("hours", hours(r, &usual)),
		form.Must("weekend", weekdays(r, &closed)),
		form.May("days", ownHours(r, &own)),
		form.May("holidays", holidays(r, &c.Holidays)),
	)
	for d := range c.Hours {
		if !closed[d] {
			c.Hours[d] = usual
		}
		if h, ok := own[time.Weekday(d)]; ok {
			c.Hours[d] = h
		}
	}
	if c.Zone != "" && c.Zone != "Local" {
		c.zone, _ = time.LoadLocation(c.Zone)
	}
	return c
}

// hours reads "09:00-12:30, 13:30-17:30", or a list of such.
func hours(r *form.Reader, dst *[]Span) form.Read {
	return func(v form.Value, path string) {
		var spans []Span
		r.List(v, path, func(v form.Value, path string) {
			s, ok := r.Line(v, path)
			if !ok || s == "closed" {
				return
			}
			for part := range strings.SplitSeq(s, ",") {
				from, to, _ := strings.Cut(strings.TrimSpace(part), "-")
				a, err1 := clock(strings.TrimSpace(from))
				b, err2 := clock(strings.TrimSpace(to))
				if err1 != nil || err2 != nil || a >= b {
					r.Bad(path, "write hours as 09:00-17:30; for a night, 22:00-24:00 and 00:00-06:00", "%q is not a span of hours within one day", strings.TrimSpace(part))
					continue
				}
				spans = append(spans, Span{a, b})
			}
		})
		slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
		for _, s := range spans {
			if k := len(*dst) - 1; k >= 0 && s.From < (*dst)[k].To {
				r.Bad(path, "make the spans follow one another", "two spans of hours overlap")
			} else if k >= 0 && s.From == (*dst)[k].To {
				(*dst)[k].To = s.To
			} else {
				*dst = append(*dst, s)
			}
		}
	}
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if s == d.String() || s == d.String()[:3] {
			return d, true
		}
	}
	return 0, false
}

func weekdays(r *form.Reader, dst *[7]bool) form.Read {
	return func(v form.Value, path string) {
		r.List(v, path, func(v form.Value, path string) {
			s, ok := r.Line(v, path)
			if d, known := weekday(s); known {
				dst[d] = true
			} else if ok {
				r.Bad(path, "write Mon, Tue, Wed, Thu, Fri, Sat or Sun", "%q is not a day of the week", s)
			}
		})
	}
}

func ownHours(r *form.Reader, dst *map[time.Weekday][]Span) form.Read {
	return func(v form.Value, path string) {
		*dst = map[time.Weekday][]Span{}
		r.Table(v, path, func(key string, v form.Value, path string) {
			d, ok := weekday(key)
			if !ok {
				r.Bad(path, "write Mon, Tue, Wed, Thu, Fri, Sat or Sun", "%q is not a day of the week", key)
			}
			var spans []Span
			hours(r, &spans)(v, path)
			(*dst)[d] = spans
		})
	}
}

// holidays reads dates and runs of dates with their names: "2026-01-01",
// "2026-12-24..2027-01-01", and every year "01-01" or "12-24..01-01".
func holidays(r *form.Reader, dst *[]Holiday) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			h := Holiday{}
			from, to, isRun := strings.Cut(key, "..")
			if !isRun {
				to = from
			}
			var ok1, ok2 bool
			if h.Yearly = len(from) == 5 && len(to) == 5; h.Yearly {
				from, to = "2000-"+from, "2000-"+to
			}
			h.From, ok1 = parseDate(from)
			h.To, ok2 = parseDate(to)
			if !ok1 || !ok2 || h.To.Before(h.From) && !h.Yearly || h.To.Sub(h.From) > 400*day {
				r.Bad(path, "write 2026-01-01, 2026-12-24..2027-01-01, or 01-01 for every year", "%q is not a holiday", key)
				return
			}
			r.String(&h.Title)(v, path)
			*dst = append(*dst, h)
		})
	}
}

// Held reads a list of periods.
func Held(r *form.Reader, dst *[]Holding) form.Read {
	return func(v form.Value, path string) {
		r.List(v, path, func(v form.Value, path string) {
			h := Holding{}
			r.Object(v, path,
				form.Must("from", dayOf(r, &h.From)),
				form.May("until", dayOf(r, &h.Until)),
				form.Must("by", r.Lines(&h.By)),
				form.May("deputies", r.Lines(&h.Deputies)),
			)
			if !h.Until.IsZero() && h.Until.Before(h.From) {
				r.Bad(path, "set until to the last day", "the period ends before it begins")
			}
			*dst = append(*dst, h)
		})
	}
}

// RotaOf reads a rota.
func RotaOf(r *form.Reader, dst **Rota) form.Read {
	return func(v form.Value, path string) {
		x := &Rota{Weeks: 1, Swaps: map[string]string{}}
		r.Object(v, path,
			form.Must("from", dayOf(r, &x.From)),
			form.Must("at", func(v form.Value, path string) {
				if s, ok := r.Line(v, path); ok {
					var err error
					if x.At, err = clock(s); err != nil || x.At == 24*60 {
						r.Bad(path, "write the hour of the handover as 09:00", "%q is not a time of day", s)
					}
				}
			}),
			form.May("weeks", func(v form.Value, path string) {
				if s, ok := r.Line(v, path); ok {
					var err error
					if x.Weeks, err = strconv.Atoi(s); err != nil || x.Weeks < 1 || x.Weeks > 52 {
						r.Bad(path, "write how many weeks a turn lasts, 1 to 52", "%q is not a number of weeks", s)
					}
				}
			}),
			form.Must("order", r.Lines(&x.Order)),
			form.May("swaps", func(v form.Value, path string) {
				r.Table(v, path, func(key string, v form.Value, path string) {
					if !weekExists(key) {
						r.Bad(path, "write an ISO week that the year has, as in 2026-W53", "%q is not a week", key)
					}
					x.Swaps[key], _ = r.Line(v, path)
				})
			}),
			form.May("until", dayOf(r, &x.Until)),
			form.May("deputies", r.Lines(&x.Deputies)),
		)
		*dst = x
	}
}

// AllowanceOf reads a time allowed.
func AllowanceOf(r *form.Reader, dst *Allowance) form.Read {
	return func(v form.Value, path string) {
		s, ok := r.Line(v, path)
		if !ok {
			return
		}
		a, err := ParseAllowance(s)
		if err != nil {
			r.Bad(path, "write 4h, PT4H, 30 days, 2 working hours or 1 working day", "%v", err)
		}
		*dst = a
	}
}

// dayOf reads a date as 2026-01-31.
func dayOf(r *form.Reader, dst *date) form.Read {
	return func(v form.Value, path string) {
		if s, ok := r.Line(v, path); ok {
			if d, ok := parseDate(s); ok {
				*dst = d
			} else {
				r.Bad(path, "write the date as 2026-01-31", "%q is not a date from 1900 to 2999", s)
			}
		}
	}
}

func parseDate(s string) (date, bool) {
	d, err := time.Parse(time.DateOnly, s)
	return d, err == nil && d.Year() >= 1900 && d.Year() < 3000
}

// clock reads "09:30" as minutes; "24:00" is the end of the day.
func clock(s string) (int, error) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%2d:%2d", &h, &m); n != 2 || err != nil || len(s) != 5 ||
		h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is not a time of day such as 09:30", s)
	}
	return h*60 + m, nil
}
