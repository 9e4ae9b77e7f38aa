package response

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/protocol"
)

const schema = `
CREATE TABLE protocol (
	id TEXT NOT NULL, digest TEXT NOT NULL, version TEXT NOT NULL, adopted_at BIGINT NOT NULL, adopted_by TEXT NOT NULL,
	said BIGINT NOT NULL, PRIMARY KEY (id, said));
CREATE TABLE response (
	warning TEXT PRIMARY KEY, situation TEXT NOT NULL, protocol TEXT NOT NULL, level BIGINT NOT NULL, opener TEXT NOT NULL,
	opened_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, closed_by TEXT NOT NULL, said BIGINT NOT NULL, closing BIGINT NOT NULL,
	marking TEXT NOT NULL, proposed_by TEXT NOT NULL, proposed_in TEXT NOT NULL, proposal BIGINT NOT NULL);
CREATE TABLE duty (
	id TEXT PRIMARY KEY, warning TEXT NOT NULL, situation TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
	due_at BIGINT NOT NULL, next_at BIGINT NOT NULL, rung BIGINT NOT NULL, opened_at BIGINT NOT NULL, answered_at BIGINT NOT NULL,
	answered_by TEXT NOT NULL, proposed_by TEXT NOT NULL, lapsed_at BIGINT NOT NULL, marking TEXT NOT NULL,
	terms TEXT NOT NULL, rungs TEXT NOT NULL, said BIGINT NOT NULL, answer BIGINT NOT NULL, proposal BIGINT NOT NULL);
CREATE INDEX duty_warning ON duty (warning);
CREATE INDEX duty_situation ON duty (situation, state);
CREATE INDEX duty_owner ON duty (owner, state);
CREATE INDEX duty_next ON duty (next_at);
CREATE INDEX duty_due ON duty (state, due_at);
`

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func applyAdopted(tx *db.Tx, e record.Entry) error {
	var x adopted
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO protocol (id, digest, version, adopted_at, adopted_by, said) VALUES (?, ?, ?, ?, ?, ?)`,
		x.ID, x.Digest, x.Version, e.Time.UnixMicro(), e.Actor, e.Index)
	return err
}

func applyBegun(tx *db.Tx, e record.Entry) error {
	var x begun
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO response (warning, situation, protocol, level, opener, opened_at, closed_at, closed_by, said, closing, marking, proposed_by, proposed_in, proposal)
		VALUES (?, ?, ?, ?, ?, ?, 0, '', ?, 0, ?, '', '', 0)`,
		x.Warning, x.Situation, x.Protocol, x.Level, x.Opener, e.Time.UnixMicro(), e.Index, e.Marking)
	return err
}

func applyClosing(tx *db.Tx, e record.Entry) error {
	var x proposed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE response SET proposed_by = ?, proposed_in = ?, proposal = ? WHERE warning = ?`, e.Actor, x.Role, e.Index, x.Warning)
	return err
}

func applyClosed(tx *db.Tx, e record.Entry) error {
	var x closed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE response SET closed_at = ?, closed_by = ?, closing = ? WHERE warning = ?`, e.Time.UnixMicro(), e.Actor, e.Index, x.Warning)
	return err
}

func applyOpened(tx *db.Tx, e record.Entry) error {
	var t Terms
	if err := e.Decode(&t); err != nil {
		return err
	}
	rungs := rungsJSON(t.Rungs)
	at, due := e.Time.UnixMicro(), t.DueAt.UnixMicro()
	t.Rungs = nil
	terms, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO duty (id, warning, situation, owner, state, due_at, next_at, rung, opened_at, answered_at, answered_by, proposed_by, lapsed_at, marking, terms, rungs, said, answer, proposal)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, '', '', 0, ?, ?, ?, ?, 0, 0)`,
		t.ID, t.Warning, t.Situation, t.Owner, string(protocol.Open), due, due, at, e.Marking, string(terms), rungs, e.Index)
	return err
}

func applyAcknowledged(tx *db.Tx, e record.Entry) error {
	var s step
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE duty SET state = ? WHERE id = ? AND state = ?`, string(protocol.Acknowledged), s.Duty, string(protocol.Open))
	return err
}

func applyProposed(tx *db.Tx, e record.Entry) error {
	var s step
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE duty SET proposed_by = ?, proposal = ? WHERE id = ?`, e.Actor, e.Index, s.Duty)
	return err
}

func applyAnswered(state protocol.State) func(*db.Tx, record.Entry) error {
	return func(tx *db.Tx, e record.Entry) error {
		var s step
		if err := e.Decode(&s); err != nil {
			return err
		}
		answer := int64(0)
		if e.HasSealed() {
			answer = e.Index
		}
		_, err := tx.Exec(`UPDATE duty SET state = ?, answered_at = ?, answered_by = ?, answer = ?, next_at = 0 WHERE id = ?`,
			string(state), e.Time.UnixMicro(), e.Actor, answer, s.Duty)
		return err
	}
}

func applyLapsed(tx *db.Tx, e record.Entry) error {
	var s step
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE duty SET state = ?, lapsed_at = ?, next_at = ? WHERE id = ?`, string(protocol.Lapsed), e.Time.UnixMicro(), micro(s.Next), s.Duty)
	return err
}

func applyEscalated(tx *db.Tx, e record.Entry) error {
	var s step
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE duty SET rung = ?, next_at = ? WHERE id = ?`, s.Rung, micro(s.Next), s.Duty)
	return err
}

func applyRescheduled(tx *db.Tx, e record.Entry) error {
	var s step
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE duty SET due_at = ?, next_at = ?, rungs = ? WHERE id = ?`, micro(s.DueAt), micro(s.Next), rungsJSON(s.Rungs), s.Duty)
	return err
}

const selectDuty = `SELECT state, due_at, rung, opened_at, answered_at, answered_by, proposed_by, lapsed_at, marking, terms, rungs, said, answer, proposal FROM duty `

func scanDuty(s db.Scanner) (d Duty, err error) {
	var state, terms, rungs string
	var due, answered, lapsed int64
	err = s.Scan(&state, &due, &d.Rung, &d.Opened, &answered, &d.AnsweredBy, &d.ProposedBy, &lapsed, &d.Marking, &terms, &rungs, &d.Entry, &d.AnswerEntry, &d.Propose)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(terms), &d.Terms); err != nil {
		return d, fmt.Errorf("terms of a duty: %w", err)
	}
	if err := json.Unmarshal([]byte(rungs), &d.Rungs); err != nil {
		return d, fmt.Errorf("rungs of %s: %w", d.ID, err)
	}
	d.State, d.DueAt, d.Answered, d.LapsedAt = protocol.State(state), instant(due), instant(answered), instant(lapsed)
	return d, nil
}

// Get returns a duty, or a fault of kind NotFound.
func Get(v *record.View, id string) (Duty, error) {
	d, err := db.One(v.Tx, scanDuty, selectDuty+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return d, fault.NotFound("there is no duty %q", id)
	}
	return d, err
}

// A Filter selects duties; zero fields select all.
type Filter struct {
	Warning, Situation, Owner string
	State                     string    // a state, "unanswered", "missed" for what ever lapsed, or "late" with At
	At                        time.Time // the moment of "late"
}

// unanswered is the condition that a duty still owes something.
const unanswered = `state IN ('open', 'acknowledged', 'lapsed')`

// where is the condition that a filter stands for.
func (f Filter) where() (where string, args []any) {
	where = `WHERE 1 = 1`
	add := func(cond string, arg ...any) { where += ` AND ` + cond; args = append(args, arg...) }
	for _, c := range [][2]string{{"warning", f.Warning}, {"situation", f.Situation}, {"owner", f.Owner}} {
		if c[1] != "" {
			add(c[0]+` = ?`, c[1])
		}
	}
	switch f.State {
	case "":
	case "unanswered":
		add(unanswered)
	case "missed":
		add(`lapsed_at > 0`)
	case "late":
		add(unanswered+` AND due_at <= ?`, f.At.UnixMicro())
	default:
		add(`state = ?`, f.State)
	}
	return where, args
}

// List returns duties, the one that is due first first.
func List(v *record.View, f Filter) ([]Duty, error) {
	where, args := f.where()
	return db.All(v.Tx, scanDuty, selectDuty+where+` ORDER BY due_at, said`, args...)
}

// Count returns how many duties a filter selects.
func Count(v *record.View, f Filter) (int64, error) {
	where, args := f.where()
	return db.One(v.Tx, db.Int, `SELECT COUNT(*) FROM duty `+where, args...)
}

// Heads returns duties as List does, with what tells who owes them, who was
// told and how they stand, and nothing else of their terms. A limit above 0
// returns those that are due last, so many.
func Heads(v *record.View, f Filter, limit int) ([]Duty, error) {
	where, args := f.where()
	query := `SELECT id, warning, situation, owner, state, due_at, lapsed_at, rung, proposed_by, marking, terms, rungs, said FROM duty ` + where
	if limit <= 0 {
		return db.All(v.Tx, scanHead, query+` ORDER BY due_at, said`, args...)
	}
	all, err := db.All(v.Tx, scanHead, query+` ORDER BY due_at DESC, said DESC LIMIT ?`, append(args, limit)...)
	slices.Reverse(all)
	return all, err
}

func scanHead(s db.Scanner) (d Duty, err error) {
	var state, terms, rungs string
	var due, lapsed int64
	if err = s.Scan(&d.ID, &d.Warning, &d.Situation, &d.Owner, &state, &due, &lapsed, &d.Rung, &d.ProposedBy, &d.Marking, &terms, &rungs, &d.Entry); err != nil {
		return d, err
	}
	d.State, d.DueAt, d.LapsedAt = protocol.State(state), instant(due), instant(lapsed)
	if strings.Contains(terms, `"deputy":"`) {
		var t struct {
			Deputy string `json:"deputy"`
		}
		if err := json.Unmarshal([]byte(terms), &t); err != nil {
			return d, fmt.Errorf("terms of %s: %w", d.ID, err)
		}
		d.Deputy = t.Deputy
	}
	if d.Rung > 0 {
		if err := json.Unmarshal([]byte(rungs), &d.Rungs); err != nil {
			return d, fmt.Errorf("rungs of %s: %w", d.ID, err)
		}
	}
	return d, nil
}

// listDue returns the duties at which the clock has something to do.
func listDue(tx *db.Tx, now time.Time) ([]Duty, error) {
	return db.All(tx, scanDuty, selectDuty+`WHERE next_at > 0 AND next_at <= ? ORDER BY next_at, said`, now.UnixMicro())
}

// NextDue returns when the clock next has something to do, zero for never.
func NextDue(v *record.View) (time.Time, error) {
	n, err := db.One(v.Tx, db.Int, `SELECT COALESCE(MIN(next_at), 0) FROM duty WHERE next_at > 0`)
	return instant(n), err
}

// Counts are the duties of one situation or of all.
type Counts struct{ Late, Open int64 }

const selectResponse = `SELECT warning, situation, protocol, level, opener, opened_at, closed_at, closed_by, said, closing, marking, proposed_by, proposed_in, proposal FROM response `

func scanResponse(s db.Scanner) (r Response, err error) {
	var closed int64
	err = s.Scan(&r.Warning, &r.Situation, &r.Protocol, &r.Level, &r.Opener, &r.Opened, &closed, &r.ClosedBy, &r.Entry, &r.ClosingEntry,
		&r.Marking, &r.ProposedBy, &r.ProposedIn, &r.Proposal)
	r.Closed = instant(closed)
	return r, err
}

// OfWarning returns the response to a warning, or a fault of kind NotFound.
func OfWarning(v *record.View, warning string) (Response, error) {
	r, err := db.One(v.Tx, scanResponse, selectResponse+`WHERE warning = ?`, warning)
	if fault.KindOf(err) == fault.KindNotFound {
		return r, fault.NotFound("no protocol was opened for %s", warning)
	}
	return r, err
}

// An Adoption is one text of a protocol that an office has adopted.
type Adoption struct {
	ID, Digest, Version, By string
	At                      time.Time
	Entry                   int64
}

func scanAdoption(s db.Scanner) (a Adoption, err error) {
	err = s.Scan(&a.ID, &a.Digest, &a.Version, &a.At, &a.By, &a.Entry)
	return a, err
}

const selectAdoption = `SELECT id, digest, version, adopted_at, adopted_by, said FROM protocol `

// Adopted returns the text of a protocol that is in force.
func Adopted(v *record.View, id string) (Adoption, error) {
	a, err := db.One(v.Tx, scanAdoption, selectAdoption+`WHERE id = ? ORDER BY said DESC LIMIT 1`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return a, fault.NotFound("no protocol %q was adopted", id)
	}
	return a, err
}

// Adoptions returns every text that was adopted, newest first.
func Adoptions(v *record.View) ([]Adoption, error) {
	return db.All(v.Tx, scanAdoption, selectAdoption+`ORDER BY said DESC`)
}

// ProtocolOf returns the text that a response runs under, by its Name.
func ProtocolOf(v *record.View, name string) (*protocol.Protocol, error) {
	id, digest, _ := strings.Cut(name, "@")
	a, err := db.One(v.Tx, scanAdoption, selectAdoption+`WHERE id = ? AND digest >= ? AND digest < ? ORDER BY said DESC LIMIT 1`, id, digest, digest+"g")
	if err != nil {
		return nil, fmt.Errorf("protocol %s: %w", name, err)
	}
	p, _, err := ReadProtocol(v, a.Entry)
	return p, err
}
