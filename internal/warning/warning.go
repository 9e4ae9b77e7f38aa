// Package warning keeps warnings: a level from 1 to 5 for a situation and the
// populations at risk in it, with a finding, its sources, how sure we are, and
// until when it holds.
//
// A warning is served on named people. Each must acknowledge; that one was
// served and said nothing is as much a fact as an answer. A warning is never
// edited: it is superseded by another, it expires, or it is closed with a
// reason.
//
//	w, err := warning.Issue(tx, warning.IssueInput{Situation: "S-1", Level: 4, Finding: …, To: …})
//	err = warning.Acknowledge(tx, w.ID, "P-3", "seen")
//
// The finding and every note are sealed under the warning's own data key; the
// tables hold ids, levels and times. Who may issue and read is decided above.
package warning

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Levels of a warning, and what they are called in English.
const (
	Low = iota + 1
	Watch
	Raised
	High
	Severe
)

// Confidence in a finding.
var Confidences = []string{"low", "moderate", "high"}

// States of a warning.
const (
	InForce    = "in-force"
	Expired    = "expired"
	Superseded = "superseded"
	Closed     = "closed"
)

// SourceKinds are what a finding can rest on.
var SourceKinds = []string{"report", "assessment", "series", "forecast", "other"}

// A Source is one thing that a finding rests on.
type Source struct {
	Kind string `json:"kind"`
	Ref  string `json:"ref"` // "R-3", "A-1"; "" for kind other
}

// A Recipient is a person on whom a warning is served.
type Recipient struct {
	Person, Role         string
	Served, Acknowledged time.Time // Acknowledged is zero until then
	AckEntry             int64
	By                   string // who acknowledged, if it was a deputy
	Deliveries           []Delivery
}

// A Delivery is one attempt to reach a recipient outside the web.
type Delivery struct {
	Channel string // mail, webhook
	OK      bool
	At      time.Time
	Entry   int64
}

// A Warning is what the tables say of one.
type Warning struct {
	ID, Situation, State, Confidence, Marking, Protocol, By string
	Level                                                   int
	Issued, Expires                                         time.Time // Expires is zero where it holds until closed
	Supersedes, SupersededBy                                string
	Entry                                                   int64
}

// Words are the sealed part of a warning.
type Words struct {
	Finding       string            `json:"finding"`
	Sources       map[string]string `json:"sources,omitempty"`        // notes by index of the source
	MarkingReason string            `json:"marking_reason,omitempty"` // why it is more open than its situation
}

// IssueInput is what a warning is made of.
type IssueInput struct {
	Situation   string
	Level       int
	Populations []string // ids
	Finding     string
	Confidence  string // "" is moderate
	Marking     string // "" is AMBER
	// MarkingReason says why it is more open than its situation.
	MarkingReason string
	Protocol      string // id@version of the protocol that it opens
	Supersedes    string
	Expires       time.Time
	Sources       []Source
	SourceNotes   map[string]string
	To            []Served
}

// Served names a recipient and the role in which the warning is served.
type Served struct {
	Person string `json:"person"`
	Role   string `json:"role,omitempty"`
}

// issued is the open part of warning.issued.
type issued struct {
	ID          string   `json:"id"`
	Situation   string   `json:"situation"`
	Level       int      `json:"level"`
	Populations []string `json:"populations,omitempty"`
	Confidence  string   `json:"confidence"`
	Expires     int64    `json:"expires,omitempty"` // microseconds
	Protocol    string   `json:"protocol,omitempty"`
	Supersedes  string   `json:"supersedes,omitempty"`
	Sources     []Source `json:"sources,omitempty"`
	To          []Served `json:"to"`
}

// Issue issues a warning and serves it.
func Issue(tx *record.Tx, in IssueInput) (Warning, error) {
	if err := in.check(tx.Now); err != nil {
		return Warning{}, err
	}
	if in.Supersedes != "" {
		old, err := Get(tx.View, in.Supersedes)
		if err != nil {
			return Warning{}, err
		}
		if old.State != InForce || old.Situation != in.Situation {
			return Warning{}, fault.Stale("%s is %s and of situation %s: it cannot be superseded here", old.ID, old.State, old.Situation)
		}
	}
	id, err := tx.NextID("W")
	if err != nil {
		return Warning{}, err
	}
	subjects := []string{id, in.Situation}
	for _, s := range in.Sources {
		if s.Ref != "" && !slices.Contains(subjects, s.Ref) {
			subjects = append(subjects, s.Ref)
		}
	}
	if in.Supersedes != "" && !slices.Contains(subjects, in.Supersedes) {
		subjects = append(subjects, in.Supersedes)
	}
	for _, r := range in.To {
		subjects = append(subjects, r.Person)
	}
	open := issued{ID: id, Situation: in.Situation, Level: in.Level, Populations: in.Populations, Confidence: in.Confidence,
		Protocol: in.Protocol, Supersedes: in.Supersedes, Sources: in.Sources, To: in.To}
	if !in.Expires.IsZero() {
		open.Expires = in.Expires.UnixMicro()
	}
	_, err = tx.Append(record.Draft{Kind: "warning.issued", Subjects: subjects, Marking: in.Marking, Open: open,
		Sealed: Words{in.Finding, in.SourceNotes, strings.TrimSpace(in.MarkingReason)}})
	if err != nil {
		return Warning{}, err
	}
	return Get(tx.View, id)
}

// check fills in what is left out and says what is wrong.
func (in *IssueInput) check(now time.Time) error {
	in.Finding = strings.TrimSpace(in.Finding)
	if in.Confidence == "" {
		in.Confidence = "moderate"
	}
	if in.Marking == "" {
		in.Marking = "AMBER"
	}
	switch {
	case in.Situation == "":
		return fault.Invalid("situation", "say which situation the warning is about")
	case in.Level < Low || in.Level > Severe:
		return fault.Invalid("level", "level is %d, must be 1 (low) to 5 (severe)", in.Level)
	case in.Finding == "":
		return fault.Invalid("finding", "say what you found, in one sentence that someone can act on")
	case len(in.Finding) > 20000:
		return fault.Invalid("finding", "the finding has %d bytes, must have at most 20,000", len(in.Finding))
	case !slices.Contains(Confidences, in.Confidence):
		return fault.Invalid("confidence", "confidence %q is not one of %s", in.Confidence, strings.Join(Confidences, ", "))
	case !slices.Contains(record.Markings, in.Marking):
		return fault.Invalid("marking", "marking %q is not one of %s", in.Marking, strings.Join(record.Markings, ", "))
	case len(in.To) == 0:
		return fault.Invalid("to", "name at least one person on whom the warning is served")
	case !in.Expires.IsZero() && !in.Expires.After(now):
		return fault.Invalid("expires", "the warning would expire at %s, which has passed", in.Expires.UTC().Format(time.RFC3339))
	}
	for i, r := range in.To {
		if slices.ContainsFunc(in.To[:i], func(o Served) bool { return o.Person == r.Person }) {
			return fault.Invalid("to", "%s is named twice", r.Person)
		}
	}
	for _, s := range in.Sources {
		if !slices.Contains(SourceKinds, s.Kind) {
			return fault.Invalid("sources", "%q is not a kind of source: use %s", s.Kind, strings.Join(SourceKinds, ", "))
		}
	}
	return nil
}

// person is the open part of what a recipient or a channel did.
type person struct {
	Warning string `json:"warning"`
	Person  string `json:"person"`
	Channel string `json:"channel,omitempty"`
	OK      bool   `json:"ok,omitempty"`
}

// note is the sealed part of what somebody adds.
type note struct {
	Note string `json:"note"`
}

// Acknowledge records that a recipient, or their deputy, has the warning.
func Acknowledge(tx *record.Tx, id, recipient, words string) (record.Entry, error) {
	w, err := Get(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	all, err := Recipients(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	at := slices.IndexFunc(all, func(r Recipient) bool { return r.Person == recipient })
	if at < 0 {
		return record.Entry{}, fault.Denied("%s was not served on %s", id, recipient)
	}
	if !all[at].Acknowledged.IsZero() {
		return record.Entry{}, fault.Exists("%s was acknowledged on %s", id, all[at].Acknowledged.Format("2 January 2006 15:04 MST"))
	}
	d := record.Draft{Kind: "warning.acknowledged", Subjects: []string{id, recipient, w.Situation}, Marking: w.Marking, Open: person{Warning: id, Person: recipient}}
	if words = strings.TrimSpace(words); words != "" {
		d.Sealed = note{words}
	}
	return tx.Append(d)
}

// Delivered records an attempt to reach a recipient by a channel; a failure
// says why.
func Delivered(tx *record.Tx, id, recipient, channel string, failure error) error {
	w, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	d := record.Draft{Kind: "warning.delivered", Subjects: []string{id, recipient}, Marking: w.Marking,
		Open: person{Warning: id, Person: recipient, Channel: channel, OK: failure == nil}}
	if failure != nil {
		d.Sealed = note{failure.Error()}
	}
	_, err = tx.Append(d)
	return err
}

// ended is the open part of the entries that end a warning.
type ended struct {
	Warning string `json:"warning"`
}

// Close ends a warning, with a reason. That no duty is open is decided above.
func Close(tx *record.Tx, id, reason string) error {
	w, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Invalid("reason", "say why %s is closed: nothing is closed in silence", id)
	}
	if w.State == Closed || w.State == Superseded {
		return fault.Stale("%s is %s already", id, w.State)
	}
	_, err = tx.Append(record.Draft{Kind: "warning.closed", Subjects: []string{id, w.Situation}, Marking: w.Marking, Open: ended{id}, Sealed: note{reason}})
	return err
}

// Expire ends the warnings whose time has passed, and returns their ids. It
// does nothing the second time.
func Expire(tx *record.Tx) ([]string, error) {
	due, err := expiring(tx.Tx, tx.Now)
	if err != nil {
		return nil, err
	}
	for _, w := range due {
		if _, err := tx.Append(record.Draft{Kind: "warning.expired", Subjects: []string{w.ID, w.Situation}, Marking: w.Marking, Open: ended{w.ID}}); err != nil {
			return nil, err
		}
	}
	ids := make([]string, len(due))
	for i, w := range due {
		ids[i] = w.ID
	}
	return ids, nil
}

// Read returns the words of a warning, or a fault of kind NotFound if they
// were erased.
func Read(v *record.View, w Warning) (Words, error) {
	var words Words
	err := v.Unseal(w.Entry, &words)
	return words, err
}

// AckNote returns what a recipient said on acknowledging, "" if nothing.
func AckNote(v *record.View, r Recipient) (string, error) {
	var n note
	err := v.Unseal(r.AckEntry, &n)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	return n.Note, err
}

// Module returns the warnings' share of the record.
func Module() record.Module {
	return record.Module{Name: "warning", Schema: schema,
		Tables: []string{"warning", "warning_population", "warning_source", "warning_served", "warning_delivery"},
		Kinds: []record.Kind{
			{Name: "warning.issued", Apply: applyIssued},
			{Name: "warning.acknowledged", Apply: applyAcknowledged},
			{Name: "warning.delivered", Apply: applyDelivered},
			{Name: "warning.closed", Apply: applyEnd(Closed)},
			{Name: "warning.expired", Apply: applyEnd(Expired)},
		}}
}

func applyEnd(state string) func(*db.Tx, record.Entry) error {
	return func(tx *db.Tx, e record.Entry) error {
		var x ended
		if err := e.Decode(&x); err != nil {
			return err
		}
		return applyState(tx, x.Warning, state)
	}
}
