// Package mandate keeps the register of mechanisms: who was founded to do what,
// by which act and vote, until when, with what money and staff, who may come
// to what they hold, and what becomes of it when they end.
//
// A mandate that this node works under needs an exit plan from the first day:
// successors by condition, what each of them gets, where the keys go, how long
// the rest is retained, and who decides. From 270 days before its end on there
// are alarms, again at 180, 90 and 30, and at 90 and 30 another one when no text to renew
// it is tabled. They are entries, appended by the clock, each of them once.
//
// The facts about mechanisms are public knowledge in our own words; what is
// not yet verified is marked (K) in the source, and stays marked wherever it
// is shown. The overlap map says which mechanisms do the same work in one
// place, and which elements of the work nobody there does.
//
//	id, err := mandate.Register(tx, mandate.Input{Facts: …, Own: true, Plan: &plan})
//	alarms, err := mandate.Tick(tx)
//	p, err := mandate.PlanOf(v, id)
//
// The package trusts its caller to have decided who may do this. It knows
// nothing of evidence: what a close-out would do is worked out above.
package mandate

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a mandate.
const (
	Planned = "planned" // founded, and not at work yet
	Running = "running"
	Ended   = "ended"
)

// A Fact is something said about a mechanism, and whether it is verified.
type Fact struct {
	Text string `json:"text,omitempty"`
	// Doubt says that it is not yet verified: the source marks it with (K).
	Doubt bool `json:"doubt,omitempty"`
}

// Facts are what the register says of a mechanism. They are sealed with it.
type Facts struct {
	Name      string `json:"name"`
	Type      string `json:"type,omitempty"` // FFM, CoI, mechanism, …
	Act       string `json:"act,omitempty"`  // the founding act
	Vote      Fact   `json:"vote,omitzero"`  // yes-no-abstained, or how else
	Work      Fact   `json:"work,omitzero"`  // the mandate's elements, in words
	Renewals  Fact   `json:"renewals,omitzero"`
	Status    Fact   `json:"status,omitzero"`
	Archive   Fact   `json:"archive,omitzero"` // exit, archive, successor
	Money     Fact   `json:"money,omitzero"`
	Staff     Fact   `json:"staff,omitzero"`
	Access    Fact   `json:"access,omitzero"`
	Custodian Fact   `json:"custodian,omitzero"`
	Source    string `json:"source,omitempty"`
	Doubts    string `json:"doubts,omitempty"` // what the source says is not verified
}

// A Mandate is one line of the register.
type Mandate struct {
	ID      string    `json:"id"`   // "M-1"
	Code    string    `json:"code"` // what it is called in short: "IIMM"
	Place   string    `json:"place,omitempty"`
	State   string    `json:"state"`
	Own     bool      `json:"own"` // this node works under it
	Founded time.Time `json:"founded,omitzero"`
	Ends    time.Time `json:"ends,omitzero"` // zero: open-ended, or not known
	Marking string    `json:"marking"`
	// Tabled is whether a text to renew it is tabled since it was last renewed.
	Tabled   bool     `json:"tabled"`
	Elements []string `json:"elements"` // codes of what it does: see Elements
	Entry    int64    `json:"entry"`    // that holds the facts
	Plan     int64    `json:"plan,omitempty"`
	Facts
}

// Left is the whole days from a time to the end; ok is false where no end is
// known.
func (m Mandate) Left(at time.Time) (days int, ok bool) {
	if m.Ends.IsZero() {
		return 0, false
	}
	return int(m.Ends.Sub(at).Hours() / 24), true
}

// element is a part of what mechanisms are founded to do, and the words by
// which a text says so.
type element struct {
	code  string
	words []string
}

var elements = []element{
	{"facts", []string{"facts", "violations", "fact-finding", "protests", "executions", "kivu"}},
	{"causes", []string{"root causes", "circumstances"}},
	{"perpetrators", []string{"perpetrators", "identify"}},
	{"collect", []string{"collect", "evidence"}},
	{"consolidate", []string{"consolidat"}},
	{"preserve", []string{"preserv", "storing"}},
	{"analyse", []string{"analy"}},
	{"files", []string{"prepare files", "case files", "case assessments"}},
	{"share", []string{"share with", "cooperate", "support iraqi", "for proceedings", "courts"}},
	{"report", []string{"report", "monitor"}},
	{"missing", []string{"missing", "fate and whereabouts"}},
	{"families", []string{"families", "victims"}},
	{"guidance", []string{"guidance", "accountability"}},
}

// Elements returns the codes of all parts of the work, in their order.
func Elements() []string {
	out := make([]string, len(elements))
	for i, e := range elements {
		out[i] = e.code
	}
	return out
}

// elementsOf reads the parts of the work out of words.
func elementsOf(work string) []string {
	out := []string{}
	work = strings.ToLower(work)
	for _, e := range elements {
		if slices.ContainsFunc(e.words, func(w string) bool { return strings.Contains(work, w) }) {
			out = append(out, e.code)
		}
	}
	return out
}

// An Overlap is one place: who does which part of the work there.
type Overlap struct {
	Place    string              `json:"place"`
	Mandates []string            `json:"mandates"` // codes, at work there
	Does     map[string][]string `json:"does"`     // by element: codes
	Shared   []string            `json:"shared"`   // elements that several do
	Nobody   []string            `json:"nobody"`   // elements that nobody does
}

// Overlaps maps who does the same work where. Mandates that have ended do
// nothing; a place where all have ended is on the map, with nobody for
// anything.
func Overlaps(all []Mandate) []Overlap {
	at := map[string]*Overlap{}
	for _, m := range all {
		if m.Place == "" {
			continue
		}
		o := at[m.Place]
		if o == nil {
			o = &Overlap{Place: m.Place, Does: map[string][]string{}, Mandates: []string{}, Shared: []string{}, Nobody: []string{}}
			at[m.Place] = o
		}
		if m.State != Running {
			continue
		}
		o.Mandates = append(o.Mandates, m.Code)
		for _, e := range m.Elements {
			o.Does[e] = append(o.Does[e], m.Code)
		}
	}
	out := make([]Overlap, 0, len(at))
	for _, o := range at {
		for _, e := range Elements() {
			switch n := len(o.Does[e]); {
			case n == 0:
				o.Nobody = append(o.Nobody, e)
			case n > 1:
				o.Shared = append(o.Shared, e)
			}
		}
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b Overlap) int { return strings.Compare(a.Place, b.Place) })
	return out
}

// Get returns a mandate by its id or its code, with the facts.
func Get(v *record.View, ref string) (Mandate, error) {
	m, err := readMandate(v.Tx, ref)
	if fault.KindOf(err) == fault.KindNotFound {
		return m, fault.WithHint(fault.NotFound("there is no mandate %q", ref), "heed mandate list shows those that there are")
	}
	if err != nil {
		return m, err
	}
	return m, tell(v, &m)
}

// tell adds the facts.
func tell(v *record.View, m *Mandate) error {
	err := v.Unseal(m.Entry, &m.Facts)
	if fault.KindOf(err) == fault.KindNotFound { // erased
		return nil
	}
	m.Elements = elementsOf(m.Work.Text)
	return err
}

// List returns the register, in the order in which it was entered.
func List(v *record.View) ([]Mandate, error) {
	all, err := readMandates(v.Tx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := tell(v, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}
