package mandate

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE mandate (id TEXT PRIMARY KEY, n BIGINT NOT NULL, code TEXT NOT NULL, place TEXT NOT NULL, state TEXT NOT NULL, own BIGINT NOT NULL,
	founded TEXT NOT NULL, ends TEXT NOT NULL, marking TEXT NOT NULL, tabled BIGINT NOT NULL, entry BIGINT NOT NULL, plan BIGINT NOT NULL);
CREATE UNIQUE INDEX mandate_code ON mandate (code);
CREATE TABLE mandate_alarm (entry BIGINT PRIMARY KEY, mandate TEXT NOT NULL, ends TEXT NOT NULL, days BIGINT NOT NULL, no_text BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX mandate_alarm_mandate ON mandate_alarm (mandate);
CREATE TABLE mandate_rehearsal (entry BIGINT PRIMARY KEY, mandate TEXT NOT NULL, month TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX mandate_rehearsal_mandate ON mandate_rehearsal (mandate, month);
`

// Module is what the record needs to know of mandates.
func Module() record.Module {
	return record.Module{Name: "mandate", Schema: schema, Tables: []string{"mandate", "mandate_alarm", "mandate_rehearsal"}, Kinds: []record.Kind{
		{Name: "mandate.registered", Apply: applyRegistered},
		{Name: "mandate.planned", Apply: applyPlanned},
		{Name: "mandate.tabled", Apply: applyTabled},
		{Name: "mandate.renewed", Apply: applyRenewed},
		{Name: "mandate.ended", Apply: applyEnded},
		{Name: "mandate.alarm", Apply: applyAlarm},
		{Name: "mandate.rehearsed", Apply: applyRehearsed},
	}}
}

func applyRegistered(tx *db.Tx, e record.Entry) error {
	var x registered
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO mandate (id, n, code, place, state, own, founded, ends, marking, tabled, entry, plan)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, place = excluded.place, state = excluded.state, own = excluded.own,
			founded = excluded.founded, ends = excluded.ends, marking = excluded.marking, entry = excluded.entry`,
		x.ID, e.Index, x.Code, x.Place, x.State, x.Own, x.Founded, x.Ends, e.Marking, e.Index)
	return err
}

func applyPlanned(tx *db.Tx, e record.Entry) error {
	var x planned
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE mandate SET plan = ? WHERE id = ?`, e.Index, x.Mandate)
	return err
}

func applyTabled(tx *db.Tx, e record.Entry) error {
	var x about
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE mandate SET tabled = 1 WHERE id = ?`, x.Mandate)
	return err
}

func applyRenewed(tx *db.Tx, e record.Entry) error {
	var x renewed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE mandate SET ends = ?, state = ?, tabled = 0 WHERE id = ?`, x.Ends, Running, x.Mandate)
	return err
}

func applyEnded(tx *db.Tx, e record.Entry) error {
	var x renewed
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE mandate SET ends = ?, state = ? WHERE id = ?`, x.Ends, Ended, x.Mandate)
	return err
}

func applyAlarm(tx *db.Tx, e record.Entry) error {
	var x alarm
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO mandate_alarm (entry, mandate, ends, days, no_text, at) VALUES (?, ?, ?, ?, ?, ?)`, e.Index, x.Mandate, x.Ends, x.Days, x.NoText, e.Time.UnixMicro())
	return err
}

func applyRehearsed(tx *db.Tx, e record.Entry) error {
	var x Rehearsal
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO mandate_rehearsal (entry, mandate, month, at) VALUES (?, ?, ?, ?)`, e.Index, x.Mandate, x.Month, e.Time.UnixMicro())
	return err
}

const selectMandate = `SELECT id, code, place, state, own, founded, ends, marking, tabled, entry, plan FROM mandate `

func scanMandate(s db.Scanner) (m Mandate, err error) {
	var founded, ends string
	if err = s.Scan(&m.ID, &m.Code, &m.Place, &m.State, &m.Own, &founded, &ends, &m.Marking, &m.Tabled, &m.Entry, &m.Plan); err != nil {
		return m, err
	}
	if m.Founded, err = date(founded); err != nil {
		return m, err
	}
	m.Ends, err = date(ends)
	return m, err
}

func readMandate(tx *db.Tx, ref string) (Mandate, error) {
	return db.One(tx, scanMandate, selectMandate+`WHERE id = ? OR code = ?`, ref, ref)
}

func readMandates(tx *db.Tx) ([]Mandate, error) {
	return db.All(tx, scanMandate, selectMandate+`ORDER BY n`)
}

func scanAlarm(s db.Scanner) (a Alarm, err error) {
	var ends string
	var at int64
	if err = s.Scan(&a.Entry, &a.Mandate, &ends, &a.Days, &a.NoText, &at); err != nil {
		return a, err
	}
	a.At = time.UnixMicro(at).UTC()
	a.Ends, err = date(ends)
	return a, err
}

const selectAlarm = `SELECT entry, mandate, ends, days, no_text, at FROM mandate_alarm `

func readAlarms(tx *db.Tx, id string) ([]Alarm, error) {
	return db.All(tx, scanAlarm, selectAlarm+`WHERE mandate = ? OR ? = '' ORDER BY entry DESC`, id, id)
}

// readClock reads what the alarms depend on: mandates with an end, and what was
// given for them.
func readClock(tx *db.Tx) (all []Mandate, given []Alarm, err error) {
	if all, err = db.All(tx, scanMandate, selectMandate+`WHERE ends <> '' AND state = ? ORDER BY n`, Running); err != nil || len(all) == 0 {
		return nil, nil, err
	}
	given, err = db.All(tx, scanAlarm, selectAlarm+`ORDER BY entry`)
	return all, given, err
}

func readRehearsals(v *record.View, id string) ([]Rehearsal, error) {
	entries, err := db.All(v.Tx, db.Int, `SELECT entry FROM mandate_rehearsal WHERE mandate = ? ORDER BY entry DESC`, id)
	if err != nil {
		return nil, err
	}
	out := make([]Rehearsal, 0, len(entries))
	for _, n := range entries {
		e, err := v.Entry(n)
		if err != nil {
			return nil, err
		}
		r := Rehearsal{Entry: n, At: e.Time}
		if err := e.Decode(&r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func readUnrehearsed(tx *db.Tx, month string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT id FROM mandate WHERE own = 1 AND plan > 0 AND state = ? AND NOT EXISTS
		(SELECT 1 FROM mandate_rehearsal r WHERE r.mandate = mandate.id AND r.month = ?) ORDER BY n`, Running, month)
}
