package measure

import (
	"encoding/json"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE package (
	id TEXT PRIMARY KEY, warning TEXT NOT NULL, situation TEXT NOT NULL, decision TEXT NOT NULL, objective TEXT NOT NULL, state TEXT NOT NULL,
	marking TEXT NOT NULL, priorities TEXT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL, entry BIGINT NOT NULL);
CREATE INDEX package_warning ON package (warning);
CREATE TABLE package_step (
	id TEXT PRIMARY KEY, package TEXT NOT NULL, number BIGINT NOT NULL, measure TEXT NOT NULL, venue TEXT NOT NULL, owner TEXT NOT NULL,
	from_at BIGINT NOT NULL, due_at BIGINT NOT NULL, after_steps TEXT NOT NULL, outward BIGINT NOT NULL, state TEXT NOT NULL,
	proposed_by TEXT NOT NULL, approved_by TEXT NOT NULL, closed_at BIGINT NOT NULL, follow_up_at BIGINT NOT NULL,
	entry BIGINT NOT NULL, proposal BIGINT NOT NULL, closing BIGINT NOT NULL, coalition TEXT NOT NULL);
CREATE INDEX package_step_package ON package_step (package, number);
CREATE TABLE tasking (
	id TEXT PRIMARY KEY, package TEXT NOT NULL, step TEXT NOT NULL, to_person TEXT NOT NULL, due_at BIGINT NOT NULL, state TEXT NOT NULL,
	by_person TEXT NOT NULL, sent_by TEXT NOT NULL, report TEXT NOT NULL, marking TEXT NOT NULL, entry BIGINT NOT NULL);
CREATE INDEX tasking_package ON tasking (package);
CREATE INDEX tasking_person ON tasking (to_person);
CREATE TABLE priority (code TEXT PRIMARY KEY, place BIGINT NOT NULL, title TEXT NOT NULL, measures TEXT NOT NULL, source TEXT NOT NULL, entry BIGINT NOT NULL);
CREATE TABLE fact_sighting (fact TEXT PRIMARY KEY, sum TEXT NOT NULL, source TEXT NOT NULL, seen BIGINT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL, entry BIGINT NOT NULL, doubted BIGINT NOT NULL);
`

// list keeps several words in one column.
func list(all []string) string {
	b, _ := json.Marshal(all) // strings: it cannot fail
	return string(b)
}

func unlist(s string) (all []string, err error) {
	err = json.Unmarshal([]byte(s), &all)
	return all, err
}

func applyOpened(tx *db.Tx, e record.Entry) error {
	var x opened
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO package (id, warning, situation, decision, objective, state, marking, priorities, by_person, at, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		x.ID, x.Warning, x.Situation, x.Decision, x.Objective, x.State, e.Marking, list(x.Priorities), e.Actor, e.Time.UnixMicro(), e.Index)
	return err
}

func applyStepAdded(tx *db.Tx, e record.Entry) error {
	var x stepAdded
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO package_step (id, package, number, measure, venue, owner, from_at, due_at, after_steps, outward, state,
		proposed_by, approved_by, closed_at, follow_up_at, entry, proposal, closing, coalition) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, 0, ?, 0, 0, '')`,
		x.ID, x.Package, x.Number, x.Measure, x.Venue, x.Owner, x.From, x.Due, list(x.After), x.Outward, Planned, e.Index)
	return err
}

func applyMoved(tx *db.Tx, e record.Entry) error {
	var x moved
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE package_step SET state = ? WHERE id = ?`, x.State, x.Step); err != nil {
		return err
	}
	var err error
	switch e.Kind {
	case "package.step-proposed":
		_, err = tx.Exec(`UPDATE package_step SET proposed_by = ?, approved_by = '', proposal = ? WHERE id = ?`, e.Actor, e.Index, x.Step)
	case "package.step-approved":
		_, err = tx.Exec(`UPDATE package_step SET approved_by = ? WHERE id = ?`, e.Actor, x.Step)
	case "package.step-closed":
		_, err = tx.Exec(`UPDATE package_step SET closed_at = ?, follow_up_at = ?, closing = ? WHERE id = ?`, e.Time.UnixMicro(), x.FollowUp, e.Index, x.Step)
	}
	return err
}

func applyJoined(tx *db.Tx, e record.Entry) error {
	var x joined
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE package_step SET coalition = ?, state = ? WHERE id = ?`, x.Coalition, x.State, x.Step)
	return err
}

func applyTaskingDrafted(tx *db.Tx, e record.Entry) error {
	var x taskingDrafted
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO tasking (id, package, step, to_person, due_at, state, by_person, sent_by, report, marking, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, '', '', ?, ?)`, x.ID, x.Package, x.Step, x.To, x.Due, Drafted, e.Actor, e.Marking, e.Index)
	return err
}

func applyTaskingSent(tx *db.Tx, e record.Entry) error {
	var x taskingMoved
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE tasking SET state = ?, sent_by = ? WHERE id = ?`, Sent, e.Actor, x.Tasking)
	return err
}

func applyTaskingAnswered(tx *db.Tx, e record.Entry) error {
	var x taskingMoved
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE tasking SET state = ?, report = ? WHERE id = ?`, Answered, x.Report, x.Tasking)
	return err
}

func applyPriorities(tx *db.Tx, e record.Entry) error {
	var x adopted
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM priority`); err != nil {
		return err
	}
	for i, p := range x.Priorities {
		if _, err := tx.Exec(`INSERT INTO priority (code, place, title, measures, source, entry) VALUES (?, ?, ?, ?, ?, ?)`,
			p.Code, i, p.Title, list(p.Measures), p.Source, e.Index); err != nil {
			return err
		}
	}
	return nil
}

const selectPackage = `SELECT id, warning, situation, decision, objective, state, marking, priorities, by_person, at, entry FROM package `

func scanPackage(s db.Scanner) (p Package, err error) {
	var priorities string
	if err = s.Scan(&p.ID, &p.Warning, &p.Situation, &p.Decision, &p.Objective, &p.State, &p.Marking, &priorities, &p.By, &p.At, &p.Entry); err != nil {
		return p, err
	}
	p.Priorities, err = unlist(priorities)
	return p, err
}

// Get returns a package, or a fault of kind NotFound.
func Get(v *record.View, id string) (Package, error) {
	p, err := db.One(v.Tx, scanPackage, selectPackage+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return p, fault.NotFound("there is no package %q", id)
	}
	return p, err
}

// List returns the packages on a warning, or all, the newest first.
func List(v *record.View, warning string) ([]Package, error) {
	if warning == "" {
		return db.All(v.Tx, scanPackage, selectPackage+`ORDER BY entry DESC`)
	}
	return db.All(v.Tx, scanPackage, selectPackage+`WHERE warning = ? ORDER BY entry DESC`, warning)
}

const selectStep = `SELECT id, package, number, measure, venue, owner, from_at, due_at, after_steps, outward, state, proposed_by, approved_by, closed_at, follow_up_at, entry, proposal, closing, coalition FROM package_step `

func scanStep(s db.Scanner) (x Step, err error) {
	var after string
	var closed, follow int64
	if err = s.Scan(&x.ID, &x.Package, &x.Number, &x.Measure, &x.Venue, &x.Owner, &x.From, &x.Due, &after, &x.Outward, &x.State,
		&x.ProposedBy, &x.ApprovedBy, &closed, &follow, &x.Entry, &x.Proposal, &x.Closing, &x.Coalition); err != nil {
		return x, err
	}
	if closed > 0 {
		x.Closed = time.UnixMicro(closed).UTC()
	}
	if follow > 0 {
		x.FollowUp = time.UnixMicro(follow).UTC()
	}
	x.After, err = unlist(after)
	return x, err
}

// Steps returns a package's steps in their order.
func Steps(v *record.View, pkg string) ([]Step, error) {
	return db.All(v.Tx, scanStep, selectStep+`WHERE package = ? ORDER BY number`, pkg)
}

// StepsOf returns the steps that are the work of a coalition.
func StepsOf(v *record.View, coalition string) ([]Step, error) {
	return db.All(v.Tx, scanStep, selectStep+`WHERE coalition = ? ORDER BY id`, coalition)
}

// GetStep returns a step, or a fault of kind NotFound.
func GetStep(v *record.View, id string) (Step, error) {
	s, err := db.One(v.Tx, scanStep, selectStep+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return s, fault.NotFound("there is no step %q", id)
	}
	return s, err
}

const selectTasking = `SELECT id, package, step, to_person, due_at, state, by_person, sent_by, report, marking, entry FROM tasking `

func scanTasking(s db.Scanner) (t Tasking, err error) {
	err = s.Scan(&t.ID, &t.Package, &t.Step, &t.To, &t.Due, &t.State, &t.By, &t.SentBy, &t.Report, &t.Marking, &t.Entry)
	return t, err
}

// Taskings returns the taskings of a package, first to last.
func Taskings(v *record.View, pkg string) ([]Tasking, error) {
	return db.All(v.Tx, scanTasking, selectTasking+`WHERE package = ? ORDER BY entry`, pkg)
}

// TaskingsTo returns the taskings that were sent to a person, first to last.
func TaskingsTo(v *record.View, person string) ([]Tasking, error) {
	return db.All(v.Tx, scanTasking, selectTasking+`WHERE to_person = ? AND state <> ? ORDER BY entry`, person, Drafted)
}

// GetTasking returns a tasking, or a fault of kind NotFound.
func GetTasking(v *record.View, id string) (Tasking, error) {
	t, err := db.One(v.Tx, scanTasking, selectTasking+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return t, fault.NotFound("there is no tasking %q", id)
	}
	return t, err
}

// Priorities returns the capital's priorities in the order of their file.
func Priorities(v *record.View) ([]Priority, error) {
	return db.All(v.Tx, func(s db.Scanner) (p Priority, err error) {
		var measures string
		if err = s.Scan(&p.Code, &p.Title, &measures, &p.Source); err != nil {
			return p, err
		}
		p.Measures, err = unlist(measures)
		return p, err
	}, `SELECT code, title, measures, source FROM priority ORDER BY place`)
}

// applySighting keeps the latest that was said of a fact.
func applySighting(tx *db.Tx, x Sighting) error {
	if _, err := tx.Exec(`DELETE FROM fact_sighting WHERE fact = ?`, x.Fact); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO fact_sighting (fact, sum, source, seen, by_person, at, entry, doubted) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		x.Fact, x.Sum, x.Source, x.Seen.UnixMicro(), x.By, x.At.UnixMicro(), x.Entry)
	return err
}

func applyDoubt(tx *db.Tx, fact string, entry int64) error {
	_, err := tx.Exec(`UPDATE fact_sighting SET doubted = ? WHERE fact = ?`, entry, fact)
	return err
}

const selectSighting = `SELECT fact, sum, source, seen, by_person, at, entry, doubted FROM fact_sighting `

func scanSighting(s db.Scanner) (x Sighting, err error) {
	err = s.Scan(&x.Fact, &x.Sum, &x.Source, &x.Seen, &x.By, &x.At, &x.Entry, &x.Doubted)
	return x, err
}

// Sightings returns what was seen last of each fact that somebody looked up, by
// fact.
func Sightings(v *record.View) ([]Sighting, error) {
	return db.All(v.Tx, scanSighting, selectSighting+`ORDER BY fact`)
}

// LastSighting returns the latest entry about any fact, 0 if there is none.
func LastSighting(v *record.View) (int64, error) {
	return db.One(v.Tx, db.Int, `SELECT COALESCE(MAX(CASE WHEN doubted > entry THEN doubted ELSE entry END), 0) FROM fact_sighting`)
}

func sightingOf(v *record.View, fact string) (Sighting, error) {
	x, err := db.One(v.Tx, scanSighting, selectSighting+`WHERE fact = ?`, fact)
	if fault.KindOf(err) == fault.KindNotFound {
		return x, fault.NotFound("nobody has verified %q here", fact)
	}
	return x, err
}
