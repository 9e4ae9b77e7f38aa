package mandate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Input is what is entered in the register.
type Input struct {
	Facts
	Code    string
	Place   string // ISO 3166 alpha-3, may be left out
	State   string // "" is Running
	Own     bool   // this node works under it: then a plan is required
	Founded time.Time
	Ends    time.Time
	Marking string // "" is GREEN
	Plan    *Plan
}

var (
	codeForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9./-]{0,39}$`)
	idForm    = regexp.MustCompile(`^M-[0-9]+$`)
	placeForm = regexp.MustCompile(`^([A-Z]{3})?$`)
)

func (in *Input) check() error {
	if in.State == "" {
		in.State = Running
	}
	if in.Marking == "" {
		in.Marking = "GREEN"
	}
	if err := said("name", in.Name, "how the mechanism is called"); err != nil {
		return err
	}
	for _, f := range []string{in.Type, in.Act, in.Vote.Text, in.Work.Text, in.Renewals.Text, in.Status.Text, in.Archive.Text, in.Money.Text, in.Staff.Text, in.Access.Text, in.Custodian.Text, in.Source, in.Doubts} {
		if len(f) > 10000 {
			return fault.Invalid("facts", "a text has %d bytes, at most 10,000", len(f))
		}
	}
	switch {
	case !codeForm.MatchString(in.Code) || idForm.MatchString(in.Code):
		return fault.Invalid("code", "%.60q is no short name: letters, digits, dots, strokes, at most 40", in.Code)
	case !placeForm.MatchString(in.Place):
		return fault.Invalid("place", "%.20q is not a state as ISO 3166 names it with three letters", in.Place)
	case !slices.Contains([]string{Planned, Running, Ended}, in.State):
		return fault.Invalid("state", "%.20q is not planned, running or ended", in.State)
	case !in.Ends.IsZero() && in.Ends.Before(in.Founded):
		return fault.Invalid("ends", "it ends before it is founded")
	case in.Own && in.Plan == nil:
		return fault.WithHint(fault.Invalid("plan", "an exit plan is required: %s will end, and what it keeps must go somewhere", in.Code),
			"write one: heed mandate plan --help shows its form")
	}
	if in.Plan != nil {
		return in.Plan.check()
	}
	return nil
}

type registered struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Place   string `json:"place,omitempty"`
	State   string `json:"state"`
	Own     bool   `json:"own,omitempty"`
	Founded string `json:"founded,omitempty"`
	Ends    string `json:"ends,omitempty"`
}

type planned struct {
	Mandate string `json:"mandate"`
	Routes  int    `json:"routes"`
}

type renewed struct {
	Mandate string `json:"mandate"`
	Ends    string `json:"ends,omitempty"`
}

type about struct {
	Mandate string `json:"mandate"`
}

type words struct {
	Text string `json:"text"`
	Vote string `json:"vote,omitempty"`
	// Leaving is why what nobody has taken over is left behind at the end.
	Leaving string `json:"leaving,omitempty"`
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Register enters a mechanism, with its plan if it has one.
func Register(tx *record.Tx, in Input) (id string, err error) {
	if err := in.check(); err != nil {
		return "", err
	}
	if m, err := readMandate(tx.Tx, in.Code); err == nil {
		return "", fault.Exists("%s is in the register already, as %s", in.Code, m.ID)
	} else if fault.KindOf(err) != fault.KindNotFound {
		return "", err
	}
	if id, err = tx.NextID("M"); err != nil {
		return "", err
	}
	if err := enter(tx, id, in); err != nil {
		return "", err
	}
	if in.Plan != nil {
		err = SetPlan(tx, id, *in.Plan)
	}
	return id, err
}

func enter(tx *record.Tx, id string, in Input) error {
	_, err := tx.Append(record.Draft{Kind: "mandate.registered", Subjects: []string{id}, Marking: in.Marking, Sealed: in.Facts,
		Open: registered{id, in.Code, in.Place, in.State, in.Own, dateText(in.Founded), dateText(in.Ends)}})
	return err
}

// Imported says what an import of a register did.
type Imported struct {
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

// Import enters a whole register: what is new is added, what has changed is
// entered anew, and the rest is left. What this node works under keeps its own
// end and state: an outside register does not end it. Nor does it mark anew what
// is here.
func Import(tx *record.Tx, all []Input) (out Imported, err error) {
	for _, in := range all {
		m, err := Get(tx.View, in.Code)
		switch {
		case fault.KindOf(err) == fault.KindNotFound:
			if _, err := Register(tx, in); err != nil {
				return out, fmt.Errorf("%s: %w", in.Code, err)
			}
			out.Added++
			continue
		case err != nil:
			return out, err
		}
		in.Marking = m.Marking
		if m.Own {
			in.Own, in.Ends, in.State, in.Founded, in.Place = true, m.Ends, m.State, m.Founded, m.Place
		}
		if reflect.DeepEqual(m.Facts, in.Facts) && m.Ends.Equal(in.Ends) && m.State == in.State && m.Place == in.Place && m.Founded.Equal(in.Founded) {
			out.Unchanged++
			continue
		}
		if err := enter(tx, m.ID, in); err != nil {
			return out, err
		}
		out.Changed++
	}
	return out, nil
}

// SetPlan writes down what becomes of everything when a mandate ends.
func SetPlan(tx *record.Tx, ref string, p Plan) error {
	if err := p.check(); err != nil {
		return err
	}
	m, err := Get(tx.View, ref)
	if err != nil {
		return err
	}
	_, err = tx.Append(record.Draft{Kind: "mandate.planned", Subjects: []string{m.ID}, Marking: atLeast(m.Marking, "AMBER"), Open: planned{m.ID, len(p.Routes)}, Sealed: p})
	return err
}

// atLeast is the stricter of two markings.
func atLeast(a, b string) string {
	if slices.Index(record.Markings, a) > slices.Index(record.Markings, b) {
		return a
	}
	return b
}

// PlanOf returns the plan of a mandate, or a fault of kind NotFound.
func PlanOf(v *record.View, ref string) (Plan, error) {
	m, err := readMandate(v.Tx, ref)
	if err != nil {
		return Plan{}, err
	}
	if m.Plan == 0 {
		return Plan{}, fault.WithHint(fault.NotFound("%s has no exit plan", m.ID), "heed mandate plan "+m.ID+" FILE")
	}
	var p Plan
	err = v.Unseal(m.Plan, &p)
	return p, err
}

// Table records that a text to renew a mandate was tabled.
func Table(tx *record.Tx, ref, text string) error {
	if err := said("text", text, "which text was tabled"); err != nil {
		return err
	}
	m, err := atWork(tx, ref)
	if err != nil {
		return err
	}
	_, err = tx.Append(record.Draft{Kind: "mandate.tabled", Subjects: []string{m.ID}, Marking: m.Marking, Open: about{m.ID}, Sealed: words{Text: strings.TrimSpace(text)}})
	return err
}

// Renew gives a mandate another end, under a text and a vote.
func Renew(tx *record.Tx, ref string, until time.Time, text, vote string) error {
	if err := said("text", text, "under which text it is renewed"); err != nil {
		return err
	}
	m, err := Get(tx.View, ref)
	if err != nil {
		return err
	}
	if !until.IsZero() && !until.After(tx.Now) {
		return fault.Invalid("until", "%s is past: a mandate is renewed into the future", dateText(until))
	}
	_, err = tx.Append(record.Draft{Kind: "mandate.renewed", Subjects: []string{m.ID}, Marking: m.Marking, Open: renewed{m.ID, dateText(until)}, Sealed: words{Text: strings.TrimSpace(text), Vote: vote}})
	return err
}

// End ends a mandate, for a reason; leaving is why something is left behind, ""
// where nothing is.
func End(tx *record.Tx, ref, reason, leaving string) error {
	if err := said("reason", reason, "why it ends"); err != nil {
		return err
	}
	if leaving != "" {
		if err := said("leaving", leaving, "why something is left behind"); err != nil {
			return err
		}
	}
	m, err := atWork(tx, ref)
	if err != nil {
		return err
	}
	_, err = tx.Append(record.Draft{Kind: "mandate.ended", Subjects: []string{m.ID}, Marking: m.Marking, Open: renewed{m.ID, dateText(tx.Now)}, Sealed: words{Text: strings.TrimSpace(reason), Leaving: leaving}})
	return err
}

func atWork(tx *record.Tx, ref string) (Mandate, error) {
	m, err := Get(tx.View, ref)
	if err == nil && m.State == Ended {
		err = fault.Stale("%s has ended already", m.ID)
	}
	return m, err
}
