package party

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

// Times are microseconds since 1970; 0 is "until further notice" or "never".
const schema = `
CREATE TABLE party_agency (id TEXT PRIMARY KEY, kind TEXT NOT NULL, country TEXT NOT NULL, name_key TEXT NOT NULL, said BIGINT NOT NULL);
CREATE TABLE party_person (
	id TEXT PRIMARY KEY, agency TEXT NOT NULL, active BIGINT NOT NULL, name_key TEXT NOT NULL, mail_key TEXT NOT NULL,
	since BIGINT NOT NULL, left_at BIGINT NOT NULL, first BIGINT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX party_person_name ON party_person (name_key);
CREATE INDEX party_person_mail ON party_person (mail_key);
CREATE TABLE party_role (
	id TEXT PRIMARY KEY, person TEXT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL,
	from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX party_role_person ON party_role (person);
CREATE INDEX party_role_role ON party_role (role);
CREATE TABLE party_deputy (
	said BIGINT PRIMARY KEY, person TEXT NOT NULL, deputy TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL);
CREATE INDEX party_deputy_person ON party_deputy (person);
CREATE INDEX party_deputy_deputy ON party_deputy (deputy);
CREATE TABLE party_shift (
	said BIGINT NOT NULL, n BIGINT NOT NULL, role TEXT NOT NULL, agency TEXT NOT NULL, person TEXT NOT NULL,
	from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, PRIMARY KEY (said, n));
CREATE INDEX party_shift_role ON party_shift (role);
CREATE INDEX party_shift_person ON party_shift (person);
`

// at is a time as the tables keep it.
func at(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// when is the time that a table keeps.
func when(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func applyAgency(tx *db.Tx, e record.Entry) error {
	var o agencyOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO party_agency (id, kind, country, name_key, said) VALUES (?, ?, ?, ?, ?)`, o.ID, o.Kind, o.Country, o.NameKey, e.Index)
	return err
}

func applyPerson(tx *db.Tx, e record.Entry) error {
	var o personOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO party_person (id, agency, active, name_key, mail_key, since, left_at, first, said) VALUES (?, ?, 1, ?, ?, ?, 0, ?, ?)
		ON CONFLICT (id) DO UPDATE SET agency = excluded.agency, name_key = excluded.name_key, mail_key = excluded.mail_key, said = excluded.said`,
		o.ID, o.Agency, o.NameKey, o.MailKey, at(e.Time), e.Index, e.Index)
	return err
}

func applyState(tx *db.Tx, e record.Entry) error {
	var o stateOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	if o.Active {
		_, err := tx.Exec(`UPDATE party_person SET active = 1 WHERE id = ?`, o.ID)
		return err
	}
	_, err := tx.Exec(`UPDATE party_person SET active = 0, left_at = ? WHERE id = ?`, at(e.Time), o.ID)
	return err
}

func applyGrant(tx *db.Tx, e record.Entry) error {
	var o grantOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO party_role (id, person, role, agency, from_at, until_at, said) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		o.ID, o.Person, o.Role, o.Agency, at(o.From), at(o.Until), e.Index)
	return err
}

func applyEnd(tx *db.Tx, e record.Entry) error {
	var o endOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE party_role SET until_at = ? WHERE id = ?`, at(o.Until), o.ID)
	return err
}

func applyDeputy(tx *db.Tx, e record.Entry) error {
	var o deputyOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO party_deputy (said, person, deputy, from_at, until_at) VALUES (?, ?, ?, ?, ?)`,
		e.Index, o.Person, o.Deputy, at(o.From), at(o.Until))
	return err
}

// applyRota replaces what was planned from the first shift on, and cuts short
// the shift that runs into it.
func applyRota(tx *db.Tx, e record.Entry) error {
	var o rotaOpen
	if err := e.Decode(&o); err != nil {
		return err
	}
	first := at(o.Shifts[0].From)
	if _, err := tx.Exec(`DELETE FROM party_shift WHERE role = ? AND agency = ? AND from_at >= ?`, o.Role, o.Agency, first); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE party_shift SET until_at = ? WHERE role = ? AND agency = ? AND until_at > ?`, first, o.Role, o.Agency, first); err != nil {
		return err
	}
	for n, s := range o.Shifts {
		if _, err := tx.Exec(`INSERT INTO party_shift (said, n, role, agency, person, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			e.Index, n, o.Role, o.Agency, s.Person, at(s.From), at(s.Until)); err != nil {
			return err
		}
	}
	return nil
}

func scanAgency(s db.Scanner) (a Agency, err error) {
	err = s.Scan(&a.ID, &a.Kind, &a.Country, &a.said)
	return a, err
}

const selectAgency = `SELECT id, kind, country, said FROM party_agency `

func agencyRow(v *record.View, id string) (Agency, error) {
	return db.One(v.Tx, scanAgency, selectAgency+`WHERE id = ?`, id)
}

func agencyRows(v *record.View) ([]Agency, error) {
	return db.All(v.Tx, scanAgency, selectAgency+`ORDER BY said`)
}

func agenciesNamed(v *record.View, key string) ([]Agency, error) {
	return db.All(v.Tx, scanAgency, selectAgency+`WHERE name_key = ? ORDER BY said`, key)
}

func scanPerson(s db.Scanner) (p Person, err error) {
	var left int64
	err = s.Scan(&p.ID, &p.Agency, &p.Active, &p.Since, &left, &p.said)
	p.Left = when(left)
	return p, err
}

const selectPerson = `SELECT id, agency, active, since, left_at, said FROM party_person `

func personRow(v *record.View, id string) (Person, error) {
	return db.One(v.Tx, scanPerson, selectPerson+`WHERE id = ?`, id)
}

func personRows(v *record.View, f Filter) ([]Person, error) {
	return db.All(v.Tx, scanPerson, selectPerson+`WHERE (active = 1 OR ? = 1) AND (agency = ? OR ? = '') ORDER BY first`, f.All, f.Agency, f.Agency)
}

func peopleByName(v *record.View, key string) ([]Person, error) {
	return db.All(v.Tx, scanPerson, selectPerson+`WHERE name_key = ? ORDER BY first`, key)
}

func peopleByMail(v *record.View, key string) ([]Person, error) {
	return db.All(v.Tx, scanPerson, selectPerson+`WHERE mail_key = ? ORDER BY first`, key)
}

func scanHeld(s db.Scanner) (h Held, err error) {
	var from, until int64
	err = s.Scan(&h.ID, &h.Person, &h.Role, &h.Agency, &from, &until)
	h.From, h.Until = when(from), when(until)
	return h, err
}

func scanShift(s db.Scanner) (h Held, err error) {
	h, err = scanHeld(s)
	h.OnDuty = true
	return h, err
}

const (
	selectRole  = `SELECT r.id, r.person, r.role, r.agency, r.from_at, r.until_at FROM party_role r JOIN party_person p ON p.id = r.person `
	selectShift = `SELECT '', r.person, r.role, r.agency, r.from_at, r.until_at FROM party_shift r JOIN party_person p ON p.id = r.person `
)

// grants returns everything ever granted to a person.
func grants(v *record.View, person string) ([]Held, error) {
	return db.All(v.Tx, scanHeld, selectRole+`WHERE r.person = ? ORDER BY r.said`, person)
}

// holding returns the active people to whom a role was granted at a moment.
func holding(v *record.View, role string, t time.Time) ([]Held, error) {
	return db.All(v.Tx, scanHeld, selectRole+`WHERE r.role = ? AND p.active = 1 AND r.from_at <= ? AND (r.until_at = 0 OR r.until_at > ?) ORDER BY r.said`,
		role, at(t), at(t))
}

// onDuty returns the active people whose shift in a role it is.
func onDuty(v *record.View, role string, t time.Time) ([]Held, error) {
	return db.All(v.Tx, scanShift, selectShift+`WHERE r.role = ? AND p.active = 1 AND r.from_at <= ? AND r.until_at > ? ORDER BY r.said, r.n`, role, at(t), at(t))
}

func shiftsOf(v *record.View, person string, t time.Time) ([]Held, error) {
	return db.All(v.Tx, scanShift, selectShift+`WHERE r.person = ? AND r.from_at <= ? AND r.until_at > ? ORDER BY r.said, r.n`, person, at(t), at(t))
}

// Rota returns the shifts of a role in an agency that end after a moment.
func Rota(v *record.View, role, agency string, after time.Time) ([]Held, error) {
	return db.All(v.Tx, scanShift, selectShift+`WHERE r.role = ? AND r.agency = ? AND r.until_at > ? ORDER BY r.from_at, r.said, r.n`, role, agency, at(after))
}

// deputyOf returns who stands in for a person at a moment: the latest word on
// it, "" if nobody.
func deputyOf(v *record.View, person string, t time.Time) (string, error) {
	id, err := db.One(v.Tx, db.Text, `SELECT deputy FROM party_deputy WHERE person = ? AND from_at <= ? AND (until_at = 0 OR until_at > ?) ORDER BY said DESC LIMIT 1`,
		person, at(t), at(t))
	return id, ignoreErased(err)
}

// mayStandFor returns everyone who ever named this deputy.
func mayStandFor(v *record.View, deputy string) ([]string, error) {
	return db.All(v.Tx, db.Text, `SELECT person FROM party_deputy WHERE deputy = ? GROUP BY person ORDER BY MIN(said)`, deputy)
}
