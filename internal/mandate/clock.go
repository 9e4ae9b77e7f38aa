package mandate

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/record"
)

// Steps returns the days before the end at which there is an alarm.
func Steps() []int { return []int{270, 180, 90, 30} }

// untabled is the number of days before the end from which on it is an alarm
// of its own that no text to renew a mandate is tabled.
const untabled = 90

// An Alarm says that a mandate comes to its end.
type Alarm struct {
	Mandate string    `json:"mandate"`
	Ends    time.Time `json:"ends"`
	Days    int       `json:"days"`    // the step: 270, 180, 90, 30
	NoText  bool      `json:"no_text"` // that no text is tabled, not that the end comes
	At      time.Time `json:"at"`
	Entry   int64     `json:"entry"`
}

type alarm struct {
	Mandate string `json:"mandate"`
	Ends    string `json:"ends"`
	Days    int    `json:"days"`
	NoText  bool   `json:"no_text,omitempty"`
}

// due lists the alarms that should have been given by a time and were not: of
// the steps that were passed unseen, as by a node that was off, only the last.
func due(all []Mandate, given []Alarm, now time.Time) (out []Alarm) {
	for _, m := range all {
		if m.State != Running || m.Ends.IsZero() {
			continue
		}
		left := m.Ends.Sub(now)
		step := 0
		for _, days := range Steps() {
			if left <= time.Duration(days)*24*time.Hour {
				step = days
			}
		}
		if step == 0 || left < -30*24*time.Hour {
			continue
		}
		was := func(noText bool) bool {
			return slices.ContainsFunc(given, func(a Alarm) bool {
				return a.Mandate == m.ID && a.Ends.Equal(m.Ends) && a.NoText == noText && a.Days <= step
			})
		}
		if !was(false) {
			out = append(out, Alarm{Mandate: m.ID, Ends: m.Ends, Days: step})
		}
		if step <= untabled && !m.Tabled && !was(true) {
			out = append(out, Alarm{Mandate: m.ID, Ends: m.Ends, Days: step, NoText: true})
		}
	}
	return out
}

// Due tells whether there is an alarm to be given.
func Due(v *record.View, now time.Time) (bool, error) {
	all, given, err := readClock(v.Tx)
	return err == nil && len(due(all, given, now)) > 0, err
}

// Tick gives the alarms that have fallen due.
func Tick(tx *record.Tx) (n int, err error) {
	all, given, err := readClock(tx.Tx)
	if err != nil {
		return 0, err
	}
	for _, a := range due(all, given, tx.Now) {
		if _, err := tx.Append(record.Draft{Kind: "mandate.alarm", Subjects: []string{a.Mandate}, Open: alarm{a.Mandate, dateText(a.Ends), a.Days, a.NoText}}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Alarms returns the alarms that were given for a mandate, or for all, the
// newest first.
func Alarms(v *record.View, id string) ([]Alarm, error) { return readAlarms(v.Tx, id) }

// A Rehearsal is what a close-out would have done on a day, or what one did:
// numbers only.
type Rehearsal struct {
	Mandate    string         `json:"mandate"`
	Month      string         `json:"month"` // "2026-03"
	Items      int            `json:"items"`
	Unassigned int            `json:"unassigned"` // that nobody would get
	AtRisk     int            `json:"at_risk"`    // that would be orphaned for any reason
	Whys       map[string]int `json:"whys"`       // items by reason
	Run        bool           `json:"run"`        // packages were made
	At         time.Time      `json:"-"`
	Entry      int64          `json:"-"`
}

// Rehearsed records a rehearsal, or a run.
func Rehearsed(tx *record.Tx, r Rehearsal) (record.Entry, error) {
	r.Month = tx.Now.Format("2006-01")
	if r.Whys == nil {
		r.Whys = map[string]int{}
	}
	return tx.Append(record.Draft{Kind: "mandate.rehearsed", Subjects: []string{r.Mandate}, Open: r})
}

// Rehearsals returns those of a mandate, the newest first.
func Rehearsals(v *record.View, id string) ([]Rehearsal, error) { return readRehearsals(v, id) }

// Unrehearsed returns the mandates that this node works under, have a plan, and
// were not rehearsed in the month of now.
func Unrehearsed(v *record.View, now time.Time) ([]string, error) {
	return readUnrehearsed(v.Tx, now.UTC().Format("2006-01"))
}
