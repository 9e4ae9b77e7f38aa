package insight

import (
	"strings"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// The states of a draft, and what a person can make of one.
const (
	Open      = "open"
	Dismissed = "dismissed" // no warning, for a reason
	Reported  = "reported"  // somebody is asked to look, and a report will say what they saw
	Warned    = "warned"    // a person has issued a warning, which stands for itself
)

// Verdicts returns what a person can make of a draft.
func Verdicts() []string { return []string{Dismissed, Reported, Warned} }

// A Raised is a draft that a forecast opened because it passed the threshold
// that was set when it was issued. It is no warning: it asks a person to judge
// whether there should be one.
type Raised struct {
	ID          string         `json:"id"`
	Issued      int64          `json:"issued"`
	Situation   string         `json:"situation"`
	Country     string         `json:"country"`
	Month       forecast.Month `json:"month"` // of the highest risk
	Probability float64        `json:"probability"`
	Before      float64        `json:"before"` // what the forecast before it said
	Threshold   float64        `json:"threshold"`
	At          time.Time      `json:"at"`
	State       string         `json:"state"`
	By          string         `json:"by,omitempty"`     // who judged
	Judged      int64          `json:"judged,omitempty"` // the entry
	Warning     string         `json:"warning,omitempty"`
	Marking     string         `json:"marking"`
	Entry       int64          `json:"entry"`
}

// Raise opens a draft for a situation in a country, if the forecast passes its
// threshold there, the one before it did not, and no draft is open for the
// situation. It returns nil where there is nothing to raise.
func Raise(tx *record.Tx, i Issued, situation, country, marking string) (*Raised, error) {
	if i.OpenAt == 0 || country == "" {
		return nil, nil
	}
	now, before, err := highest(tx.View, i, country)
	if err != nil || now.Deadly < i.OpenAt || before >= i.OpenAt {
		return nil, err
	}
	all, err := Drafts(tx.View, situation, Open)
	if err != nil || len(all) > 0 {
		return nil, err
	}
	id, err := tx.NextID("F")
	if err != nil {
		return nil, err
	}
	in := raised{ID: id, Issued: i.Entry, Situation: situation, Country: country, Month: now.Month, Probability: now.Deadly, Before: before, Threshold: i.OpenAt}
	e, err := tx.Append(record.Draft{Kind: "insight.raised", Subjects: []string{id, situation}, Marking: marking, Open: in})
	return &Raised{ID: id, Issued: i.Entry, Situation: situation, Country: country, Month: now.Month, Probability: now.Deadly, Before: before,
		Threshold: i.OpenAt, At: e.Time, State: Open, Marking: marking, Entry: e.Index}, err
}

// highest returns a country's month of the highest risk, and the highest
// that the forecast before said of any month.
func highest(v *record.View, i Issued, country string) (top Cell, before float64, err error) {
	cells, err := Cells(v, i.Entry, country)
	if err != nil {
		return top, 0, err
	}
	for _, c := range cells {
		if c.Deadly > top.Deadly {
			top = c
		}
	}
	all, err := List(v, i.Outcome)
	if err != nil {
		return top, 0, err
	}
	for _, x := range all {
		if x.Entry < i.Entry {
			old, err := Cells(v, x.Entry, country)
			for _, c := range old {
				before = max(before, c.Deadly)
			}
			return top, before, err
		}
	}
	return top, 0, nil
}

// JudgeDraft says what a person made of a draft, and why. Warned names the warning
// that they issued.
func JudgeDraft(tx *record.Tx, id, verdict, warning, why string) error {
	d, err := FindDraft(tx.View, id)
	if err != nil {
		return err
	}
	if why = strings.TrimSpace(why); why == "" {
		return fault.Invalid("reason", "say why: whoever looks back will ask")
	}
	switch {
	case d.State != Open:
		return fault.Exists("%s was judged already: %s", id, d.State)
	case verdict != Dismissed && verdict != Reported && verdict != Warned:
		return fault.Invalid("verdict", "%q is not a verdict: one of %s", verdict, strings.Join(Verdicts(), ", "))
	case (verdict == Warned) != (warning != ""):
		return fault.Invalid("warning", "name the warning if one was issued, and only then")
	}
	_, err = tx.Append(record.Draft{Kind: "insight.judged", Subjects: []string{id, d.Situation}, Marking: d.Marking,
		Open: judged{ID: id, Verdict: verdict, Warning: warning}, Sealed: reason{why}})
	return err
}

type reason struct {
	Reason string `json:"reason"`
}

// Why returns the reason that was given for a verdict.
func Why(v *record.View, d Raised) (string, error) {
	if d.Judged == 0 {
		return "", nil
	}
	var r reason
	err := v.Unseal(d.Judged, &r)
	return r.Reason, err
}
