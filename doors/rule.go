package doors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/doors/facts"
)

// rule is a threshold. Exactly one of its kinds is set; the other fields go
// with it.
type rule struct {
	Body string `json:"body"`

	// Kinds.
	ConvenorsMin   int      `json:"convenors_min"`   // so many members convene
	RequestersMin  int      `json:"requesters_min"`  // so many members ask
	MembersMin     int      `json:"members_min"`     // so many members sign
	StatesMin      int      `json:"states_min"`      // so many States act
	SignatoriesMin int      `json:"signatories_min"` // so many States, members or not
	YesMin         int      `json:"yes_min"`         // so many votes in favour
	Consensus      amount   `json:"consensus"`       // nobody objects
	NoObjection    amount   `json:"no_objection"`
	Unanimity      amount   `json:"unanimity"`
	Majority       string   `json:"majority"`
	Actor          string   `json:"actor"` // somebody else acts
	Auto           string   `json:"auto"`  // it happens by itself
	Choice         []string `json:"choice"`
	AnyOf          []rule   `json:"any_of"`

	// What goes with them.
	Of             int    `json:"of"`
	Veto           bool   `json:"veto"`
	MayBeTwoThirds bool   `json:"may_be_two_thirds"`
	Then           *rule  `json:"then"`
	Requires       strs   `json:"requires"`
	Requester      string `json:"requester"`
	IfContested    string `json:"if_contested"`
	Consent        bool   `json:"consent"`
	Para           int    `json:"para"`
	Unless         string `json:"unless"`
	Deadline       int    `json:"deadline_working_days"`
	DeadlineHours  int    `json:"deadline_hours"`
	ReportHours    int    `json:"report_hours_before"`
	ReplyDays      int    `json:"reply_days"`
	MeetingDays    int    `json:"meeting_days"`
}

// amount is a number of members, or true for all of them.
type amount int

// all is the amount that true stands for.
const all amount = -1

func (a *amount) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*a = all
		return nil
	case "false":
		*a = 0
		return nil
	}
	var n int
	if err := json.Unmarshal(b, &n); err != nil || n < 1 {
		return fmt.Errorf("%s is neither true nor a number of members", b)
	}
	*a = amount(n)
	return nil
}

// strs is one string or several.
type strs []string

func (s *strs) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = strs{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}

// parseRule reads a threshold. A key that is not known is an error: a rule that
// is half understood would answer wrongly.
func parseRule(text string) (rule, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var r rule
	if err := d.Decode(&r); err != nil {
		return rule{}, fmt.Errorf("%q: %w", text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return rule{}, fmt.Errorf("%q: there is more after the rule", text)
	}
	return r, nil
}

// minimum is the number of those who must act together, for the kinds that
// count them.
func (r *rule) minimum() int {
	return max(r.ConvenorsMin, r.RequestersMin, r.MembersMin, r.StatesMin, r.SignatoriesMin)
}

// noObjection is the number whose objection would stop it, for the kinds that
// one member can stop.
func (r *rule) noObjection() amount {
	for _, a := range []amount{r.Consensus, r.NoObjection, r.Unanimity} {
		if a != 0 {
			return a
		}
	}
	return 0
}

// kinds says how many of the kinds are set.
func (r *rule) kinds() (n int) {
	for _, set := range []bool{r.minimum() > 0, r.YesMin > 0, r.noObjection() != 0, r.Majority != "", r.Actor != "", r.Auto != "", len(r.Choice) > 0, len(r.AnyOf) > 0} {
		if set {
			n++
		}
	}
	return n
}

// check refuses a rule that cannot be answered.
func (r *rule) check(f *facts.Facts, row *facts.Measure) error {
	if n := r.kinds(); n > 1 || n == 0 && len(r.Requires) == 0 {
		return fmt.Errorf("it has %d kinds of threshold, not one", n)
	}
	if _, ok := f.Bodies[r.Body]; r.Body != "" && !ok {
		return fmt.Errorf("the body %q is in no row of bodies.csv", r.Body)
	}
	if r.Body == "" && (r.kinds() == 0 || r.YesMin > 0 || r.Majority != "" || r.noObjection() != 0) { // no kind is more yes than no
		return errors.New("it counts votes and names no body")
	}
	if r.Of > 0 && max(r.YesMin, r.minimum()) > r.Of {
		return fmt.Errorf("it asks for more than there are: %d of %d", max(r.YesMin, r.minimum()), r.Of)
	}
	if r.Majority != "" && majorities[r.Majority] == "" {
		return fmt.Errorf("the majority %q is not known", r.Majority)
	}
	if r.Actor != "" && actors[r.Actor] == "" {
		return fmt.Errorf("the actor %q is not known", r.Actor)
	}
	if r.Auto != "" && r.Auto != "veto" {
		return fmt.Errorf("what sets it off, %q, is not known", r.Auto)
	}
	for _, c := range append(append([]string{}, r.Requires...), row.Requires...) {
		if conditions[c].words == "" {
			return fmt.Errorf("the condition %q is not known", c)
		}
	}
	for i := range r.AnyOf {
		if err := r.AnyOf[i].check(f, row); err != nil {
			return err
		}
	}
	if r.Then != nil {
		return r.Then.check(f, row)
	}
	return nil
}

// majorities are the ways of counting, with what each means.
var majorities = map[string]string{
	"simple_pv":                 "more yes than no",
	"two_thirds_pv":             "two thirds of those who vote yes or no",
	"consensus_or_two_thirds":   "nobody objects, or else two thirds of the members",
	"two_thirds_for_suspension": "a majority of the members; two thirds to suspend one",
}

// actors are those who act where States cannot, and what a State can do: "own"
// if the act is the State's, "write" if it may turn to them, "none" if not.
var actors = map[string]string{
	"UNSG": "none", "ACHPR": "none", "mandate_holder": "write", "committee_or_state_party": "own",
	"national_prosecutor": "own", "jurisdiction": "own", "capital": "own",
}
