package decision

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE decision (
	id TEXT PRIMARY KEY, warning TEXT NOT NULL, situation TEXT NOT NULL, state TEXT NOT NULL, marking TEXT NOT NULL,
	drafted_by TEXT NOT NULL, drafted_at BIGINT NOT NULL, signed_by TEXT NOT NULL, signed_at BIGINT NOT NULL, kind TEXT NOT NULL,
	credential TEXT NOT NULL, supersedes TEXT NOT NULL, superseded_by TEXT NOT NULL, dissents BIGINT NOT NULL, consulted BIGINT NOT NULL,
	digest BYTEA NOT NULL, said BIGINT NOT NULL, signing BIGINT NOT NULL);
CREATE INDEX decision_warning ON decision (warning);
CREATE INDEX decision_situation ON decision (situation);
CREATE TABLE dissent (entry BIGINT PRIMARY KEY, decision TEXT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX dissent_decision ON dissent (decision);
`

func applyDrafted(tx *db.Tx, e record.Entry) error {
	var x drafted
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO decision (id, warning, situation, state, marking, drafted_by, drafted_at, signed_by, signed_at, kind, credential, supersedes, superseded_by, dissents, consulted, digest, said, signing)
		VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, '', '', ?, '', 0, ?, ?, ?, 0)`,
		x.ID, x.Warning, x.Situation, Drafted, e.Marking, e.Actor, e.Time.UnixMicro(), x.Supersedes, x.Consulted, x.Digest, e.Index)
	return err
}

func applySigned(tx *db.Tx, e record.Entry) error {
	var x signed
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE decision SET state = ?, signed_by = ?, signed_at = ?, kind = ?, credential = ?, signing = ? WHERE id = ?`,
		Signed, e.Actor, e.Time.UnixMicro(), x.Kind, x.Credential, e.Index, x.Decision); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE decision SET state = ?, superseded_by = ? WHERE id = (SELECT supersedes FROM decision WHERE id = ?)`, Superseded, x.Decision, x.Decision)
	return err
}

func applyDissented(tx *db.Tx, e record.Entry) error {
	var x dissent
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO dissent (entry, decision, by_person, at) VALUES (?, ?, ?, ?)`, e.Index, x.Decision, e.Actor, e.Time.UnixMicro()); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE decision SET dissents = dissents + 1 WHERE id = ?`, x.Decision)
	return err
}

const selectDecision = `SELECT id, warning, situation, state, marking, drafted_by, drafted_at, signed_by, signed_at, kind, credential, supersedes, superseded_by, dissents, consulted, digest, said, signing FROM decision `

func scanDecision(s db.Scanner) (d Decision, err error) {
	var at int64
	err = s.Scan(&d.ID, &d.Warning, &d.Situation, &d.State, &d.Marking, &d.DraftedBy, &d.Drafted, &d.SignedBy, &at, &d.Kind, &d.Credential,
		&d.Supersedes, &d.SupersededBy, &d.Dissents, &d.Consulted, &d.Digest, &d.Entry, &d.SigningEntry)
	if at > 0 {
		d.Signed = time.UnixMicro(at).UTC()
	}
	return d, err
}

// Get returns a decision, or a fault of kind NotFound.
func Get(v *record.View, id string) (Decision, error) {
	d, err := db.One(v.Tx, scanDecision, selectDecision+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return d, fault.NotFound("there is no decision %q", id)
	}
	return d, err
}

// A Filter selects decisions; zero fields select all.
type Filter struct{ Warning, Situation, State string }

// List returns decisions, newest first.
func List(v *record.View, f Filter) ([]Decision, error) {
	where, args := `WHERE 1 = 1`, []any{}
	for _, c := range [][2]string{{"warning", f.Warning}, {"situation", f.Situation}, {"state", f.State}} {
		if c[1] != "" {
			where += ` AND ` + c[0] + ` = ?`
			args = append(args, c[1])
		}
	}
	return db.All(v.Tx, scanDecision, selectDecision+where+` ORDER BY said DESC`, args...)
}

// A Dissenter is somebody who disagreed, and the entry with the words.
type Dissenter struct {
	By    string
	At    time.Time
	Entry int64
}

// Dissents returns who disagreed with a decision, first to last.
func Dissents(v *record.View, id string) ([]Dissenter, error) {
	return db.All(v.Tx, func(s db.Scanner) (d Dissenter, err error) { err = s.Scan(&d.Entry, &d.By, &d.At); return d, err },
		`SELECT entry, by_person, at FROM dissent WHERE decision = ? ORDER BY entry`, id)
}
