package cases

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE case_file (id TEXT PRIMARY KEY, jurisdiction TEXT NOT NULL, situation TEXT NOT NULL, marking TEXT NOT NULL, state TEXT NOT NULL,
	actor TEXT NOT NULL, at BIGINT NOT NULL, entry BIGINT NOT NULL);
CREATE UNIQUE INDEX case_file_entry ON case_file (entry);
CREATE TABLE case_request (id TEXT PRIMARY KEY, file TEXT NOT NULL, marking TEXT NOT NULL, received BIGINT NOT NULL, due BIGINT NOT NULL, entry BIGINT NOT NULL,
	outcome TEXT NOT NULL, answered BIGINT NOT NULL, answer BIGINT NOT NULL);
CREATE INDEX case_request_file ON case_request (file, entry);
CREATE TABLE case_outcome (entry BIGINT PRIMARY KEY, file TEXT NOT NULL, what TEXT NOT NULL, day TEXT NOT NULL, actor TEXT NOT NULL);
CREATE INDEX case_outcome_file ON case_outcome (file, entry);
`

// Module is what the record needs to know of cases.
func Module() record.Module {
	return record.Module{Name: "cases", Schema: schema, Tables: []string{"case_file", "case_request", "case_outcome"}, Kinds: []record.Kind{
		{Name: "case.opened", Apply: applyOpened},
		{Name: "case.asked", Apply: applyAsked},
		{Name: "case.answered", Apply: applyAnswered},
		{Name: "case.concluded", Apply: applyConcluded},
	}}
}

func applyOpened(tx *db.Tx, e record.Entry) error {
	var x openedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO case_file (id, jurisdiction, situation, marking, state, actor, at, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		x.ID, x.In, x.Situation, e.Marking, Opened, e.Actor, e.Time.UnixMicro(), e.Index)
	return err
}

func applyAsked(tx *db.Tx, e record.Entry) error {
	var x askedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO case_request (id, file, marking, received, due, entry, outcome, answered, answer) VALUES (?, ?, ?, ?, ?, ?, '', 0, 0)`,
		x.ID, x.Case, e.Marking, x.Received, x.Due, e.Index)
	return err
}

func applyAnswered(tx *db.Tx, e record.Entry) error {
	var x answeredOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE case_request SET outcome = ?, answered = ?, answer = ? WHERE id = ?`, x.Outcome, e.Time.UnixMicro(), e.Index, x.Request)
	return err
}

func applyConcluded(tx *db.Tx, e record.Entry) error {
	var x concludedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO case_outcome (entry, file, what, day, actor) VALUES (?, ?, ?, ?, ?)`, e.Index, x.Case, x.What, x.Date, e.Actor); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE case_file SET state = ? WHERE id = ?`, x.What, x.Case)
	return err
}

const selectCase = `SELECT id, jurisdiction, situation, marking, state, actor, at, entry FROM case_file `

func scanCase(s db.Scanner) (c Case, err error) {
	var at int64
	err = s.Scan(&c.ID, &c.In, &c.Situation, &c.Marking, &c.State, &c.By, &at, &c.Entry)
	c.At = time.UnixMicro(at).UTC()
	return c, err
}

// Get returns a case, or a fault of kind NotFound.
func Get(v *record.View, id string) (Case, error) {
	c, err := db.One(v.Tx, scanCase, selectCase+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return c, missing(id)
	}
	return c, err
}

func missing(id string) error { return fault.NotFound("there is no case %.60s", id) }

// List returns all cases, the newest first.
func List(v *record.View) ([]Case, error) {
	return db.All(v.Tx, scanCase, selectCase+`ORDER BY entry DESC`)
}

const selectRequest = `SELECT id, file, marking, received, due, entry, outcome, answered, answer FROM case_request `

func scanRequest(s db.Scanner) (r Request, err error) {
	var received, due, answered int64
	err = s.Scan(&r.ID, &r.Case, &r.Marking, &received, &due, &r.Entry, &r.Outcome, &answered, &r.Answer)
	r.Received, r.Due = time.UnixMicro(received).UTC(), time.UnixMicro(due).UTC()
	if r.Answer > 0 {
		r.Answered = time.UnixMicro(answered).UTC()
	}
	return r, err
}

// GetRequest returns a request, or a fault of kind NotFound.
func GetRequest(v *record.View, id string) (Request, error) {
	r, err := db.One(v.Tx, scanRequest, selectRequest+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return r, fault.NotFound("there is no request %.60s", id)
	}
	return r, err
}

// Requests returns the requests in a case, in the order in which they came.
func Requests(v *record.View, id string) ([]Request, error) {
	return db.All(v.Tx, scanRequest, selectRequest+`WHERE file = ? ORDER BY entry`, id)
}

// WordsOf returns what is sealed of a case; of one that was erased, nothing,
// and a fault of kind NotFound.
func WordsOf(v *record.View, c Case) (w Words, err error) {
	err = v.Unseal(c.Entry, &w)
	return w, err
}

// AskedOf returns who asked for what.
func AskedOf(v *record.View, r Request) (a Asked, err error) {
	err = v.Unseal(r.Entry, &a)
	return a, err
}

// AnswerOf returns the answer to a request; of one that was erased, without its
// words, and a fault of kind NotFound.
func AnswerOf(v *record.View, r Request) (a Answer, err error) {
	e, err := v.Entry(r.Answer)
	if err != nil {
		return a, err
	}
	var x answeredOpen
	if err := e.Decode(&x); err != nil {
		return a, err
	}
	a = Answer{Outcome: x.Outcome, Items: x.Items, Marking: e.Marking}
	for _, item := range x.Withheld {
		a.Withheld = append(a.Withheld, Withheld{Item: item})
	}
	var w answeredWords
	if err := v.Unseal(r.Answer, &w); err != nil {
		return a, err
	}
	a.Text, a.How, a.Death, a.Withheld = w.Text, w.How, w.Death, w.Why
	return a, nil
}

// OutcomesOf returns what came of a case, in order. Of one that was erased the
// words are gone.
func OutcomesOf(v *record.View, id string) ([]Outcome, error) {
	all, err := db.All(v.Tx, func(s db.Scanner) (o Outcome, err error) {
		var day string
		if err = s.Scan(&o.Entry, &o.What, &day, &o.By); err != nil {
			return o, err
		}
		o.Date, err = time.Parse(time.DateOnly, day)
		return o, err
	}, `SELECT entry, what, day, actor FROM case_outcome WHERE file = ? ORDER BY entry`, id)
	for n := range all {
		var w concludedWords
		if err := v.Unseal(all[n].Entry, &w); err != nil {
			if fault.KindOf(err) == fault.KindNotFound {
				continue
			}
			return nil, err
		}
		all[n].Of, all[n].Text, all[n].Source = w.Of, w.Text, w.Source
	}
	return all, err
}

// A Told is what an entry of a case says about one of the items that it names.
type Told struct{ Case, Request, Fate string }

// Tell reads an entry of a case as it stands in the custody of an item.
func Tell(e record.Entry, item string) (t Told, err error) {
	if e.Kind != "case.answered" {
		return t, nil
	}
	var x answeredOpen
	if err := e.Decode(&x); err != nil {
		return t, err
	}
	t = Told{Case: x.Case, Request: x.Request, Fate: "withheld"}
	for _, given := range x.Items {
		if given == item {
			t.Fate = Given
		}
	}
	return t, nil
}
