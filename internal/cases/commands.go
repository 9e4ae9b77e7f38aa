package cases

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// mostItems is how many items one answer names.
const mostItems = 400

// Open opens a case and returns its id.
func Open(tx *record.Tx, in Input) (id string, err error) {
	err = cmp.Or(said("name", &in.Name, "how the case is called"), said("authority", &in.Authority, "which authority leads it"),
		party("authority", in.Authority, in.Classes), state("jurisdiction", in.In), short("note", &in.Note))
	if err != nil {
		return "", err
	}
	if in.Marking, err = marking(in.Marking); err != nil {
		return "", err
	}
	if id, err = tx.NextID("CS"); err != nil {
		return "", err
	}
	subjects := []string{id}
	if in.Situation != "" {
		subjects = append(subjects, in.Situation)
	}
	_, err = tx.Append(record.Draft{Kind: "case.opened", Subjects: subjects, Marking: in.Marking, Open: openedOpen{id, in.In, in.Situation}, Sealed: in.Words})
	return id, err
}

// goingOn returns a case that has not ended.
func goingOn(tx *record.Tx, id string) (Case, error) {
	c, err := Get(tx.View, id)
	if err == nil && c.State == Closed {
		err = fault.WithHint(fault.Stale("%s is closed", id), "open another case, and say in its note which one it follows")
	}
	return c, err
}

// Receive enters a request for assistance and returns its id. What it leaves
// open, the office and where it acts, is as in the case.
func Receive(tx *record.Tx, id string, a Asked, received, due time.Time) (string, error) {
	c, err := goingOn(tx, id)
	if err != nil {
		return "", err
	}
	w, err := WordsOf(tx.View, c)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(a.Office) == "" {
		a.Office = w.Authority
		if len(a.Classes) == 0 {
			a.Classes = w.Classes
		}
	}
	a.In, a.For = cmp.Or(a.In, c.In), cmp.Or(a.For, consent.Trial)
	if received.IsZero() {
		received = tx.Now
	}
	err = cmp.Or(said("from", &a.From, "which prosecutor asks"), said("office", &a.Office, "for which office"), party("office", a.Office, a.Classes),
		said("asks", &a.Text, "what is asked"), state("in", a.In))
	switch {
	case err != nil:
	case !slices.Contains(consent.Purposes(), a.For):
		err = fault.Invalid("for", "%.40q is not a purpose that permissions know", a.For)
	case !slices.Contains([]consent.Death{consent.DeathUnknown, consent.DeathPossible, consent.DeathExcluded}, a.Death):
		err = fault.Invalid("death", "%.40q is not possible or excluded", a.Death)
	case received.After(tx.Now):
		err = fault.Invalid("received", "%s is not past yet", received.Format(time.DateOnly))
	case due.IsZero():
		err = fault.Invalid("due", "say by when an answer is due")
	case due.Before(received):
		err = fault.Invalid("due", "the answer is due before the request was received")
	}
	if err != nil {
		return "", err
	}
	rq, err := tx.NextID("RQ")
	if err != nil {
		return "", err
	}
	_, err = tx.Append(record.Draft{Kind: "case.asked", Subjects: []string{rq, id}, Key: id, Marking: c.Marking, Open: askedOpen{rq, id, received.UnixMicro(), due.UnixMicro()}, Sealed: a})
	return rq, err
}

// Reply enters the answer to a request. The items that it names are subjects of
// the entry: it stands in the custody of each.
func Reply(tx *record.Tx, request string, a Answer) (record.Entry, error) {
	r, err := GetRequest(tx.View, request)
	if err != nil {
		return record.Entry{}, err
	}
	if err := r.Waits(); err != nil {
		return record.Entry{}, err
	}
	c, err := goingOn(tx, r.Case)
	if err != nil {
		return record.Entry{}, err
	}
	if err := a.check(); err != nil {
		return record.Entry{}, err
	}
	open := answeredOpen{Request: request, Case: r.Case, Outcome: a.Outcome, Items: a.Items}
	for _, w := range a.Withheld {
		open.Withheld = append(open.Withheld, w.Item)
	}
	subjects := slices.Concat([]string{r.Case, request}, open.Items, open.Withheld)
	slices.Sort(subjects[2:])
	if len(slices.Compact(slices.Clone(subjects))) != len(subjects) {
		return record.Entry{}, fault.Invalid("items", "an item is named twice")
	}
	return tx.Append(record.Draft{Kind: "case.answered", Subjects: subjects, Marking: stricter(c.Marking, a.Marking), Open: open,
		Sealed: answeredWords{a.Text, a.How, a.Death, a.Withheld}})
}

// check holds that an answer is what it says.
func (a *Answer) check() error {
	if err := cmp.Or(short("text", &a.Text), short("how", &a.How)); err != nil {
		return err
	}
	for n := range a.Withheld {
		if err := said("why", &a.Withheld[n].Why, "why "+a.Withheld[n].Item+" is withheld"); err != nil {
			return err
		}
	}
	given, kept := len(a.Items), len(a.Withheld)
	switch {
	case given+kept > mostItems:
		return fault.Invalid("items", "an answer names at most %d items, this one %d", mostItems, given+kept)
	case a.Outcome == Given && given > 0 && kept == 0, a.Outcome == Part && given > 0 && kept > 0:
		return nil
	case a.Outcome == Refused && given == 0 && (a.Text != "" || kept > 0), a.Outcome == Nothing && given+kept == 0 && a.Text != "":
		return nil
	case a.Outcome == Refused && given == 0:
		return fault.Invalid("text", "say why it is refused: a refusal with reasons is an answer")
	case a.Outcome == Nothing && given+kept == 0:
		return fault.Invalid("text", "name the items that are given, or say in words what the answer is")
	}
	return fault.Invalid("outcome", "%d items given and %d withheld are no answer that is %q", given, kept, a.Outcome)
}

// stricter is the stricter of two markings. One that is "" counts for nothing.
func stricter(a, b string) string {
	if slices.Index(record.Markings, b) > slices.Index(record.Markings, a) {
		return b
	}
	return a
}

// Conclude enters something that came of a case. A later one stands beside
// those before: a conviction may be followed by an acquittal on appeal.
func Conclude(tx *record.Tx, id string, o Outcome) (record.Entry, error) {
	c, err := goingOn(tx, id)
	if err != nil {
		return record.Entry{}, err
	}
	if o.Date.IsZero() {
		o.Date = tx.Now
	}
	err = cmp.Or(said("source", &o.Source, "where this can be read: a judgment, a notice, a letter"), short("of", &o.Of), short("text", &o.Text))
	switch {
	case err != nil:
	case !slices.Contains(Outcomes(), o.What):
		err = fault.Invalid("outcome", "%.40q is not one of %s", o.What, strings.Join(Outcomes(), ", "))
	case o.Date.After(tx.Now):
		err = fault.Invalid("date", "%s is not past yet", o.Date.Format(time.DateOnly))
	case o.What == Closed:
		err = unanswered(tx, id)
	}
	if err != nil {
		return record.Entry{}, err
	}
	return tx.Append(record.Draft{Kind: "case.concluded", Subjects: []string{id}, Marking: c.Marking,
		Open: concludedOpen{id, o.What, o.Date.UTC().Format(time.DateOnly)}, Sealed: concludedWords{o.Of, o.Text, o.Source}})
}

// unanswered refuses the end of a case in which a request waits.
func unanswered(tx *record.Tx, id string) error {
	all, err := Requests(tx.View, id)
	for _, r := range all {
		if r.Answer == 0 {
			err = errors.Join(err, fault.WithHint(fault.Stale("%s waits for an answer", r.ID), "answer it first: a refusal with reasons is an answer"))
			break
		}
	}
	return err
}
