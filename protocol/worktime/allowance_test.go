package worktime

import (
	"testing"
	"time"
)

func TestParseAllowance(t *testing.T) {
	for s, want := range map[string]Allowance{
		"4h":                  {Kind: Elapsed, Time: 4 * time.Hour},
		"PT4H":                {Kind: Elapsed, Time: 4 * time.Hour},
		"P1DT12H30M":          {Kind: Elapsed, Time: 36*time.Hour + 30*time.Minute},
		"P2W":                 {Kind: Elapsed, Time: 14 * day},
		"90 min":              {Kind: Elapsed, Time: 90 * time.Minute},
		"30 days":             {Kind: Elapsed, Time: 30 * day},
		"0h":                  {Kind: Elapsed},
		"2 working hours":     {Kind: WorkingTime, Time: 2 * time.Hour},
		"45 working minutes":  {Kind: WorkingTime, Time: 45 * time.Minute},
		"  1   working  day ": {Kind: WorkingDays, Days: 1},
		"10 working days":     {Kind: WorkingDays, Days: 10},
	} {
		if got, err := ParseAllowance(s); err != nil || got != want {
			t.Errorf("%q: %+v (%v), want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "h", "4", "4 x", "-4h", "4.5h", "1 month", "2 years", "P1M", "P1Y", "PT", "P", "PT1D", "P1H", "PT1H2H",
		"PT1M1H", "P1DT", "4 working", "working 4 hours", "1 working week", "4 hours long", "9999999h", "4000 days",
		"P9999D", "2000 working days", "5000 working hours", "PTT1H", "P1", "4 Hours", "+4h", "PT4H30",
	} {
		if got, err := ParseAllowance(s); err == nil {
			t.Errorf("%q was read as %+v", s, got)
		}
	}
}

// TestTooLong: what a counter of nanoseconds cannot hold is too long too.
func TestTooLong(t *testing.T) {
	for _, s := range []string{"P23333W", "P999999W", "P106752D", "P213504D", "P523W", "P522WT999999H", "30500 weeks", "999999 weeks", "213504 days", "999999 days", "3661 days", "999999 working hours", "4001 working hours", "1001 working days"} {
		if a, err := ParseAllowance(s); err == nil {
			t.Errorf("%q is %s", s, a)
		}
	}
	for _, s := range []string{"P3660D", "3660 days", "522 weeks", "4000 working hours", "1000 working days", "999999 minutes"} {
		if _, err := ParseAllowance(s); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParseAllowance(f *testing.F) {
	for _, s := range []string{"4h", "PT4H", "P1DT12H30M", "2 working hours", "1 working day", "30 days", "P2W", "0m", "P1M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAllowance(s)
		if err != nil {
			return
		}
		if a.Time < 0 || a.Days < 0 || a.Kind == 0 {
			t.Errorf("%q is %+v", s, a)
		}
		if b, err := ParseAllowance(a.String()); err != nil || a != b {
			t.Errorf("%q is %+v, written %q, read back %+v (%v)", s, a, a, b, err)
		}
	})
}
