package coalition

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE coalition (
	id TEXT PRIMARY KEY, warning TEXT NOT NULL, situation TEXT NOT NULL, kind TEXT NOT NULL, measure TEXT NOT NULL, state TEXT NOT NULL, marking TEXT NOT NULL,
	threshold BIGINT NOT NULL, of_seats BIGINT NOT NULL, region BIGINT NOT NULL, deadline BIGINT NOT NULL, actor TEXT NOT NULL, opened_at BIGINT NOT NULL, entry BIGINT NOT NULL,
	released_by TEXT NOT NULL, released_at BIGINT NOT NULL, released BIGINT NOT NULL, why TEXT NOT NULL, closed_at BIGINT NOT NULL, closing BIGINT NOT NULL);
CREATE INDEX coalition_warning ON coalition (warning);
CREATE TABLE coalition_seat (
	coalition TEXT NOT NULL, state TEXT NOT NULL, place BIGINT NOT NULL, grp TEXT NOT NULL, member BIGINT NOT NULL, size TEXT NOT NULL, concerned BIGINT NOT NULL,
	near TEXT NOT NULL, asked_at BIGINT NOT NULL, asked BIGINT NOT NULL, PRIMARY KEY (coalition, state));
CREATE TABLE coalition_pledge (entry BIGINT PRIMARY KEY, coalition TEXT NOT NULL, state TEXT NOT NULL, stance TEXT NOT NULL, day BIGINT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX coalition_pledge_of ON coalition_pledge (coalition, state);
CREATE TABLE coalition_confidence (entry BIGINT PRIMARY KEY, coalition TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX coalition_confidence_of ON coalition_confidence (coalition);
CREATE TABLE coalition_signature (entry BIGINT PRIMARY KEY, coalition TEXT NOT NULL, state TEXT NOT NULL, member BIGINT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX coalition_signature_of ON coalition_signature (coalition);
CREATE TABLE coalition_foretold (coalition TEXT PRIMARY KEY, entry BIGINT NOT NULL, at BIGINT NOT NULL, said TEXT NOT NULL);
CREATE TABLE votes_loaded (entry BIGINT PRIMARY KEY, blob TEXT NOT NULL, rolls BIGINT NOT NULL, positions BIGINT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE roll (id TEXT PRIMARY KEY, entry BIGINT NOT NULL, day BIGINT NOT NULL, body TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, positions TEXT NOT NULL);
CREATE INDEX roll_day ON roll (day);
`

func applyOpened(tx *db.Tx, e record.Entry) error {
	var x opened
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO coalition (id, warning, situation, kind, measure, state, marking, threshold, of_seats, region, deadline, actor, opened_at, entry, released_by, released_at, released, why, closed_at, closing)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, '', 0, 0)`,
		x.ID, x.Warning, x.Situation, x.Kind, x.Measure, Preparing, e.Marking, x.Threshold, x.Of, x.Region, x.Deadline, e.Actor, e.Time.UnixMicro(), e.Index)
	if err != nil {
		return err
	}
	for i, s := range x.Seats {
		near, err := json.Marshal(s.Near)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO coalition_seat (coalition, state, place, grp, member, size, concerned, near, asked_at, asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
			x.ID, s.State, i, s.Group, s.Member, s.Size, s.Concerned, string(near)); err != nil {
			return err
		}
	}
	return nil
}

func applyReleased(tx *db.Tx, e record.Entry) error {
	var x named
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE coalition SET state = ?, released_by = ?, released_at = ?, released = ? WHERE id = ?`, Running, e.Actor, e.Time.UnixMicro(), e.Index, x.Coalition)
	return err
}

func applyPledged(tx *db.Tx, e record.Entry) error {
	var x pledged
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO coalition_pledge (entry, coalition, state, stance, day, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Index, x.Coalition, x.State, x.Stance, x.Day, e.Actor, e.Time.UnixMicro())
	return err
}

func applyConfided(tx *db.Tx, e record.Entry) error {
	var x confided
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO coalition_confidence (entry, coalition, id, actor, at) VALUES (?, ?, ?, ?, ?)`, e.Index, x.Coalition, x.ID, e.Actor, e.Time.UnixMicro())
	return err
}

func applyAsked(tx *db.Tx, e record.Entry) error {
	var x asked
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE coalition_seat SET asked_at = ?, asked = ? WHERE coalition = ? AND state = ?`, e.Time.UnixMicro(), e.Index, x.Coalition, x.State)
	return err
}

func applySigned(tx *db.Tx, e record.Entry) error {
	var x signed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO coalition_signature (entry, coalition, state, member, actor, at) VALUES (?, ?, ?, ?, ?, ?)`,
		e.Index, x.Coalition, x.State, x.Member, e.Actor, e.Time.UnixMicro())
	return err
}

func applyForetold(tx *db.Tx, e record.Entry) error {
	var x foretold
	if err := e.Decode(&x); err != nil {
		return err
	}
	said, err := json.Marshal(x.Foretold)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM coalition_foretold WHERE coalition = ?`, x.Coalition); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO coalition_foretold (coalition, entry, at, said) VALUES (?, ?, ?, ?)`, x.Coalition, e.Index, e.Time.UnixMicro(), string(said))
	return err
}

// Told returns what was foretold of a coalition last; its entry is 0 where
// nothing was.
func Told(v *record.View, id string) (Foretold, error) {
	x, err := db.One(v.Tx, func(s db.Scanner) (x Foretold, err error) {
		var said string
		if err = s.Scan(&x.Entry, &x.At, &said); err != nil {
			return x, err
		}
		return x, json.Unmarshal([]byte(said), &x)
	}, `SELECT entry, at, said FROM coalition_foretold WHERE coalition = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return Foretold{}, nil
	}
	return x, err
}

func applyClosed(tx *db.Tx, e record.Entry) error {
	var x closed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE coalition SET state = ?, why = ?, closed_at = ?, closing = ? WHERE id = ?`, Closed, x.Why, e.Time.UnixMicro(), e.Index, x.Coalition)
	return err
}

// loader loads votes out of blobs.
type loader struct{ store blob.Store }

func (l loader) applyLoaded(tx *db.Tx, e record.Entry) error {
	var x loaded
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO votes_loaded (entry, blob, rolls, positions, actor, at) VALUES (?, ?, ?, ?, ?, ?)`,
		e.Index, x.Blob, x.Rolls, x.Positions, e.Actor, e.Time.UnixMicro()); err != nil {
		return err
	}
	sum, err := blob.ParseSum(x.Blob)
	if err != nil {
		return err
	}
	b, err := l.store.Open(tx.Context(), sum)
	if err != nil {
		return fmt.Errorf("the votes of entry %d, blob %s: %w", e.Index, x.Blob, err)
	}
	defer b.Close()
	n := 0
	err = unpack(b, func(r Roll) error {
		n++
		positions, err := json.Marshal(r.Positions)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM roll WHERE id = ?`, r.ID); err != nil { // the later file is the better one
			return err
		}
		_, err = tx.Exec(`INSERT INTO roll (id, entry, day, body, kind, title, positions) VALUES (?, ?, ?, ?, ?, ?, ?)`, r.ID, e.Index, r.Day.UnixMicro(), r.Body, r.Kind, r.Title, string(positions))
		return err
	})
	if err == nil && n != x.Rolls {
		err = fmt.Errorf("blob %s: it has %d roll calls, not %d", x.Blob, n, x.Rolls)
	}
	return err
}

const selectCoalition = `SELECT id, warning, situation, kind, measure, state, marking, threshold, of_seats, region, deadline, actor, opened_at, entry, released_by, released_at, released, why, closed_at, closing FROM coalition `

func scanCoalition(s db.Scanner) (c Coalition, err error) {
	var deadline, released, closed int64
	err = s.Scan(&c.ID, &c.Warning, &c.Situation, &c.Kind, &c.Measure, &c.State, &c.Marking, &c.Threshold, &c.Of, &c.Region, &deadline, &c.Actor, &c.Opened, &c.Entry,
		&c.ReleasedBy, &released, &c.Releasing, &c.Why, &closed, &c.Closing)
	for _, t := range []struct {
		at int64
		to *time.Time
	}{{deadline, &c.Deadline}, {released, &c.Released}, {closed, &c.ClosedAt}} {
		if t.at > 0 {
			*t.to = time.UnixMicro(t.at).UTC()
		}
	}
	return c, err
}

// Get returns a coalition with its seats, pledges and signatures.
func Get(v *record.View, id string) (Coalition, error) {
	c, err := db.One(v.Tx, scanCoalition, selectCoalition+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return c, fault.NotFound("there is no coalition %q", id)
	}
	if err != nil {
		return c, err
	}
	return c, c.fill(v)
}

// fill reads what belongs to a coalition.
func (c *Coalition) fill(v *record.View) (err error) {
	c.Seats, err = db.All(v.Tx, func(s db.Scanner) (x Standing, err error) {
		var near string
		var at int64
		if err = s.Scan(&x.State, &x.Group, &x.Member, &x.Size, &x.Concerned, &near, &at, &x.AskedEntry); err != nil {
			return x, err
		}
		if at > 0 {
			x.Asked = time.UnixMicro(at).UTC()
		}
		return x, json.Unmarshal([]byte(near), &x.Near)
	}, `SELECT state, grp, member, size, concerned, near, asked_at, asked FROM coalition_seat WHERE coalition = ? ORDER BY place`, c.ID)
	if err != nil {
		return err
	}
	c.Pledges, err = db.All(v.Tx, func(s db.Scanner) (p Said, err error) {
		err = s.Scan(&p.Entry, &p.State, &p.Stance, &p.Day, &p.Actor, &p.At)
		return p, err
	}, `SELECT entry, state, stance, day, actor, at FROM coalition_pledge WHERE coalition = ? ORDER BY entry`, c.ID)
	if err != nil {
		return err
	}
	c.Confided, err = db.All(v.Tx, db.Int, `SELECT entry FROM coalition_confidence WHERE coalition = ? ORDER BY entry`, c.ID)
	if err != nil {
		return err
	}
	c.Signed, err = db.All(v.Tx, func(s db.Scanner) (x Signature, err error) {
		err = s.Scan(&x.Entry, &x.State, &x.Member, &x.Actor, &x.At)
		return x, err
	}, `SELECT entry, state, member, actor, at FROM coalition_signature WHERE coalition = ? ORDER BY entry`, c.ID)
	return err
}

// List returns the coalitions of a warning, of all if it is empty, the newest
// first, without what belongs to them.
func List(v *record.View, warning string) ([]Coalition, error) {
	where, args := ``, []any{}
	if warning != "" {
		where, args = `WHERE warning = ? `, []any{warning}
	}
	return db.All(v.Tx, scanCoalition, selectCoalition+where+`ORDER BY entry DESC`, args...)
}

// overdue returns the coalitions that are open after their deadline.
func overdue(v *record.View, now time.Time) ([]string, error) {
	return db.All(v.Tx, db.Text, `SELECT id FROM coalition WHERE state <> ? AND deadline > 0 AND deadline <= ? ORDER BY id`, Closed, now.UnixMicro())
}

// NextDue returns when the next sheet closes itself, zero if none will.
func NextDue(v *record.View) (time.Time, error) {
	at, err := db.One(v.Tx, db.Int, `SELECT COALESCE(MIN(deadline), 0) FROM coalition WHERE state <> ? AND deadline > 0`, Closed)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(at).UTC(), nil
}

// Rolls returns the votes that were loaded, the latest first.
func Rolls(v *record.View) ([]Roll, error) {
	return db.All(v.Tx, func(s db.Scanner) (r Roll, err error) {
		var positions string
		if err = s.Scan(&r.ID, &r.Day, &r.Body, &r.Kind, &r.Title, &positions); err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(positions), &r.Positions)
	}, `SELECT id, day, body, kind, title, positions FROM roll ORDER BY day DESC, id`)
}

// loadedBefore returns the entry that brought a blob, 0 if none did.
func loadedBefore(tx *db.Tx, blob string) (int64, error) {
	return db.One(tx, db.Int, `SELECT COALESCE(MIN(entry), 0) FROM votes_loaded WHERE blob = ?`, blob)
}
