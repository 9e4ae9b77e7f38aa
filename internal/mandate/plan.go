package mandate

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Plan is what becomes of everything when a mandate ends. It is sealed with
// the mandate; what the tables hold is that there is one.
type Plan struct {
	Decides   string  `json:"decides"`   // who decides, and who if they are gone
	Retention string  `json:"retention"` // how long, and where, what nobody gets is kept
	Keys      string  `json:"keys"`      // who gets the keys
	Routes    []Route `json:"routes"`    // tried in order: the first that fits and is permitted takes an item
}

// A Route is one successor, and the condition under which an item goes there.
type Route struct {
	Name    string   `json:"name"`              // of the successor, as permissions name it
	Classes []string `json:"classes,omitempty"` // what it is: "court", "un", "archive", …
	Gets    string   `json:"gets"`              // in words
	// Purpose, State and Death are the use for which the items would go there.
	Purpose consent.Purpose `json:"purpose"`
	State   string          `json:"state"` // ISO 3166 alpha-3
	Death   consent.Death   `json:"death,omitempty"`
	When    When            `json:"when,omitzero"`
	Peer    Peer            `json:"peer,omitzero"`
}

// When is the condition of a route. What is left out is not asked; all that is
// said must hold.
type When struct {
	Links   []Link `json:"links,omitempty"`   // the item belongs to all of these
	Marking string `json:"marking,omitempty"` // it is marked at most so
	Media   string `json:"media,omitempty"`   // its media type begins so
}

// A Link is what an item belongs to: a case, a collection, a situation.
type Link struct {
	Kind string `json:"kind"`
	To   string `json:"to"`
}

// A Peer is the successor's node, as the two have told each other.
type Peer struct {
	Node      string `json:"node,omitempty"`      // the name of its log
	LogKey    string `json:"log_key,omitempty"`   // that signs its log
	Key       string `json:"key,omitempty"`       // that signs its entries
	Recipient string `json:"recipient,omitempty"` // age recipient to which keys are wrapped
}

// Thing is what a route asks of an item.
type Thing struct {
	Links   []Link
	Marking string
	Media   string
}

// Fits says whether an item goes this way, consent apart.
func (r Route) Fits(t Thing) bool {
	for _, l := range r.When.Links {
		if !slices.Contains(t.Links, l) {
			return false
		}
	}
	if r.When.Marking != "" && slices.Index(record.Markings, t.Marking) > slices.Index(record.Markings, r.When.Marking) {
		return false
	}
	return strings.HasPrefix(t.Media, r.When.Media)
}

// ParsePlan reads a plan from JSON, and says what it lacks.
func ParsePlan(b []byte) (Plan, error) {
	var p Plan
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Plan{}, fault.WithHint(fault.Invalid("plan", "the plan cannot be read: %w", err), "heed mandate plan --help shows one")
	}
	if _, err := d.Token(); err != io.EOF {
		return Plan{}, fault.Invalid("plan", "there is more than one plan in it")
	}
	return p, p.check()
}

func (p Plan) check() error {
	for _, c := range []struct{ name, text, what string }{
		{"decides", p.Decides, "who decides"}, {"retention", p.Retention, "how long what nobody gets is kept, and where"}, {"keys", p.Keys, "who gets the keys"},
	} {
		if err := said("plan."+c.name, c.text, c.what); err != nil {
			return err
		}
	}
	if len(p.Routes) == 0 || len(p.Routes) > 100 {
		return fault.Invalid("plan.routes", "a plan names 1 to 100 successors, this one %d", len(p.Routes))
	}
	for i, r := range p.Routes {
		if err := r.check(); err != nil {
			return fault.Invalid("plan.routes", "successor %d: %w", i+1, err)
		}
	}
	return nil
}

func (r Route) check() error {
	if err := said("name", r.Name, "who the successor is"); err != nil {
		return err
	}
	if err := said("gets", r.Gets, "what "+r.Name+" gets"); err != nil {
		return err
	}
	switch {
	case !slices.Contains(consent.Purposes(), r.Purpose):
		return fault.Invalid("purpose", "%q is not one of the purposes that a consent can name: %v", r.Purpose, consent.Purposes())
	case len(r.State) != 3 || strings.ToUpper(r.State) != r.State:
		return fault.Invalid("state", "%.20q is not a state as ISO 3166 names it with three letters", r.State)
	case !slices.Contains([]consent.Death{consent.DeathUnknown, consent.DeathPossible, consent.DeathExcluded}, r.Death):
		return fault.Invalid("death", "%.20q is not possible or excluded", r.Death)
	case r.When.Marking != "" && !slices.Contains(record.Markings, r.When.Marking):
		return fault.Invalid("marking", "%.20q is not one of %v", r.When.Marking, record.Markings)
	case (r.Peer.Key == "") != (r.Peer.Node == ""):
		return fault.Invalid("peer", "of a node and its key only one is said")
	}
	for _, l := range r.When.Links {
		if l.Kind == "" || l.To == "" {
			return fault.Invalid("when", "a link has a kind and says to what")
		}
	}
	return nil
}

// Party is the successor as consent knows it.
func (r Route) Party() consent.Party { return consent.Party{Name: r.Name, Classes: r.Classes} }

func said(field, text, what string) error {
	if strings.TrimSpace(text) == "" {
		return fault.Invalid(field, "say %s", what)
	}
	if len(text) > 10000 || strings.ContainsRune(text, 0) {
		return fault.Invalid(field, "the text of %s is too long, or no text", field)
	}
	return nil
}
