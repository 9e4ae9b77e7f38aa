package warning

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE warning (
	id TEXT PRIMARY KEY, situation TEXT NOT NULL, level BIGINT NOT NULL, state TEXT NOT NULL, confidence TEXT NOT NULL,
	marking TEXT NOT NULL, protocol TEXT NOT NULL, by_person TEXT NOT NULL, issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
	supersedes TEXT NOT NULL, superseded_by TEXT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX warning_situation ON warning (situation, state);
CREATE INDEX warning_expires ON warning (state, expires_at);
CREATE TABLE warning_population (warning TEXT NOT NULL, population TEXT NOT NULL, PRIMARY KEY (warning, population));
CREATE TABLE warning_source (warning TEXT NOT NULL, n BIGINT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (warning, n));
CREATE INDEX warning_source_ref ON warning_source (ref);
CREATE TABLE warning_served (
	warning TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, served_at BIGINT NOT NULL, acked_at BIGINT NOT NULL,
	ack_entry BIGINT NOT NULL, acked_by TEXT NOT NULL, PRIMARY KEY (warning, person));
CREATE INDEX warning_served_person ON warning_served (person, acked_at);
CREATE TABLE warning_delivery (
	entry BIGINT PRIMARY KEY, warning TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL, ok BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX warning_delivery_of ON warning_delivery (warning, person);
`

func applyIssued(tx *db.Tx, e record.Entry) error {
	var x issued
	if err := e.Decode(&x); err != nil {
		return err
	}
	at := e.Time.UnixMicro()
	if _, err := tx.Exec(`INSERT INTO warning (id, situation, level, state, confidence, marking, protocol, by_person, issued_at, expires_at, supersedes, superseded_by, said)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)`,
		x.ID, x.Situation, x.Level, InForce, x.Confidence, e.Marking, x.Protocol, e.Actor, at, x.Expires, x.Supersedes, e.Index); err != nil {
		return err
	}
	for _, p := range x.Populations {
		if _, err := tx.Exec(`INSERT INTO warning_population (warning, population) VALUES (?, ?)`, x.ID, p); err != nil {
			return err
		}
	}
	for i, s := range x.Sources {
		if _, err := tx.Exec(`INSERT INTO warning_source (warning, n, kind, ref) VALUES (?, ?, ?, ?)`, x.ID, i, s.Kind, s.Ref); err != nil {
			return err
		}
	}
	for _, r := range x.To {
		if _, err := tx.Exec(`INSERT INTO warning_served (warning, person, role, served_at, acked_at, ack_entry, acked_by) VALUES (?, ?, ?, ?, 0, 0, '')`,
			x.ID, r.Person, r.Role, at); err != nil {
			return err
		}
	}
	if x.Supersedes == "" {
		return nil
	}
	_, err := tx.Exec(`UPDATE warning SET state = ?, superseded_by = ? WHERE id = ?`, Superseded, x.ID, x.Supersedes)
	return err
}

func applyAcknowledged(tx *db.Tx, e record.Entry) error {
	var x person
	if err := e.Decode(&x); err != nil {
		return err
	}
	by := ""
	if e.Actor != x.Person {
		by = e.Actor
	}
	_, err := tx.Exec(`UPDATE warning_served SET acked_at = ?, ack_entry = ?, acked_by = ? WHERE warning = ? AND person = ?`,
		e.Time.UnixMicro(), e.Index, by, x.Warning, x.Person)
	return err
}

func applyDelivered(tx *db.Tx, e record.Entry) error {
	var x person
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO warning_delivery (entry, warning, person, channel, ok, at) VALUES (?, ?, ?, ?, ?, ?)`,
		e.Index, x.Warning, x.Person, x.Channel, x.OK, e.Time.UnixMicro())
	return err
}

func applyState(tx *db.Tx, id, state string) error {
	_, err := tx.Exec(`UPDATE warning SET state = ? WHERE id = ?`, state, id)
	return err
}

const selectWarning = `SELECT id, situation, level, state, confidence, marking, protocol, by_person, issued_at, expires_at, supersedes, superseded_by, said FROM warning `

func scanWarning(s db.Scanner) (w Warning, err error) {
	var expires int64
	err = s.Scan(&w.ID, &w.Situation, &w.Level, &w.State, &w.Confidence, &w.Marking, &w.Protocol, &w.By, &w.Issued, &expires, &w.Supersedes, &w.SupersededBy, &w.Entry)
	if expires > 0 {
		w.Expires = time.UnixMicro(expires).UTC()
	}
	return w, err
}

// Get returns a warning, or a fault of kind NotFound.
func Get(v *record.View, id string) (Warning, error) {
	w, err := db.One(v.Tx, scanWarning, selectWarning+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return w, fault.NotFound("there is no warning %q", id)
	}
	return w, err
}

// A Filter selects warnings; zero fields select all.
type Filter struct {
	Situation, State string
	Level            int
	On               string // a person on whom it was served
	Unacknowledged   bool   // with On: only those that the person has not acknowledged
	Source           string // a report or assessment that it rests on
}

// where is the condition that a filter stands for.
func (f Filter) where() (where string, args []any) {
	where = `WHERE 1 = 1`
	add := func(cond string, arg ...any) { where += ` AND ` + cond; args = append(args, arg...) }
	if f.Situation != "" {
		add(`situation = ?`, f.Situation)
	}
	if f.State != "" {
		add(`state = ?`, f.State)
	}
	if f.Level != 0 {
		add(`level = ?`, f.Level)
	}
	if f.Source != "" {
		add(`id IN (SELECT warning FROM warning_source WHERE ref = ?)`, f.Source)
	}
	switch {
	case f.On != "" && f.Unacknowledged:
		add(`id IN (SELECT warning FROM warning_served WHERE person = ? AND acked_at = 0)`, f.On)
	case f.On != "":
		add(`id IN (SELECT warning FROM warning_served WHERE person = ?)`, f.On)
	}
	return where, args
}

// List returns warnings, newest first.
func List(v *record.View, f Filter) ([]Warning, error) {
	where, args := f.where()
	return db.All(v.Tx, scanWarning, selectWarning+where+` ORDER BY said DESC`, args...)
}

// ServedOn returns on whom the warnings were served that a filter selects, by
// warning, without what became of the deliveries: see [Recipients].
func ServedOn(v *record.View, f Filter) (map[string][]Recipient, error) {
	where, args := f.where()
	out := map[string][]Recipient{}
	err := db.Each(v.Tx, func(s db.Scanner) error {
		var id string
		var acked int64
		var r Recipient
		if err := s.Scan(&id, &r.Person, &r.Role, &r.Served, &acked, &r.AckEntry, &r.By); err != nil {
			return err
		}
		if acked > 0 {
			r.Acknowledged = time.UnixMicro(acked).UTC()
		}
		out[id] = append(out[id], r)
		return nil
	}, `SELECT warning, person, role, served_at, acked_at, ack_entry, acked_by FROM warning_served
		WHERE warning IN (SELECT id FROM warning `+where+`) ORDER BY warning, person`, args...)
	return out, err
}

func expiring(tx *db.Tx, now time.Time) ([]Warning, error) {
	return db.All(tx, scanWarning, selectWarning+`WHERE state = ? AND expires_at > 0 AND expires_at <= ? ORDER BY said`, InForce, now.UnixMicro())
}

// Populations returns the ids of the populations that a warning is about.
func Populations(v *record.View, id string) ([]string, error) {
	return db.All(v.Tx, db.Text, `SELECT population FROM warning_population WHERE warning = ? ORDER BY population`, id)
}

// Sources returns what a warning rests on, in the order given.
func Sources(v *record.View, id string) ([]Source, error) {
	return db.All(v.Tx, func(s db.Scanner) (x Source, err error) { err = s.Scan(&x.Kind, &x.Ref); return x, err },
		`SELECT kind, ref FROM warning_source WHERE warning = ? ORDER BY n`, id)
}

// Recipients returns on whom a warning was served, and what came of it.
func Recipients(v *record.View, id string) ([]Recipient, error) {
	all, err := db.All(v.Tx, func(s db.Scanner) (r Recipient, err error) {
		var acked int64
		err = s.Scan(&r.Person, &r.Role, &r.Served, &acked, &r.AckEntry, &r.By)
		if acked > 0 {
			r.Acknowledged = time.UnixMicro(acked).UTC()
		}
		return r, err
	}, `SELECT person, role, served_at, acked_at, ack_entry, acked_by FROM warning_served WHERE warning = ? ORDER BY person`, id)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Deliveries, err = db.All(v.Tx, func(s db.Scanner) (d Delivery, err error) {
			err = s.Scan(&d.Channel, &d.OK, &d.At, &d.Entry)
			return d, err
		}, `SELECT channel, ok, at, entry FROM warning_delivery WHERE warning = ? AND person = ? ORDER BY entry`, id, all[i].Person)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Undelivered returns the recipients of warnings in force whom a channel has
// not reached yet and was tried for fewer than five times, as pairs of warning
// and person.
func Undelivered(v *record.View, channel string) ([][2]string, error) {
	return db.All(v.Tx, func(s db.Scanner) (p [2]string, err error) { err = s.Scan(&p[0], &p[1]); return p, err },
		`SELECT s.warning, s.person FROM warning_served s JOIN warning w ON w.id = s.warning
		 WHERE w.state = ? AND s.acked_at = 0
		 AND NOT EXISTS (SELECT 1 FROM warning_delivery d WHERE d.warning = s.warning AND d.person = s.person AND d.channel = ? AND d.ok = 1)
		 AND (SELECT COUNT(*) FROM warning_delivery d WHERE d.warning = s.warning AND d.person = s.person AND d.channel = ?) < 5
		 ORDER BY w.said, s.person`, InForce, channel, channel)
}

// NextExpiry returns when the next warning in force expires, zero for never.
func NextExpiry(v *record.View) (time.Time, error) {
	n, err := db.One(v.Tx, db.Int, `SELECT COALESCE(MIN(expires_at), 0) FROM warning WHERE state = ? AND expires_at > 0`, InForce)
	if err != nil || n == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(n).UTC(), nil
}
