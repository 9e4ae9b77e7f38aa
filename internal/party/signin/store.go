package signin

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Times are microseconds since 1970; 0 is "not yet".
const schema = `
CREATE TABLE signin_link (id TEXT PRIMARY KEY, hash BYTEA NOT NULL, person TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, used_at BIGINT NOT NULL);
CREATE TABLE signin_session (
	id TEXT PRIMARY KEY, hash BYTEA NOT NULL, person TEXT NOT NULL, means TEXT NOT NULL,
	from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX signin_session_person ON signin_session (person);
CREATE TABLE signin_token (
	id TEXT PRIMARY KEY, handle TEXT NOT NULL UNIQUE, hash BYTEA NOT NULL, person TEXT NOT NULL, scopes TEXT NOT NULL,
	from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX signin_token_person ON signin_token (person);
CREATE TABLE signin_passkey (
	id TEXT PRIMARY KEY, person TEXT NOT NULL, public_key BYTEA NOT NULL, aaguid BYTEA NOT NULL, flags BIGINT NOT NULL,
	from_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, said BIGINT NOT NULL);
CREATE INDEX signin_passkey_person ON signin_passkey (person);
CREATE TABLE signin_login (id TEXT PRIMARY KEY, person TEXT NOT NULL, since BIGINT NOT NULL);
`

// state is what is not history: when a session or token was last used and how
// often a passkey signed (mark), ceremonies under way, failures being counted.
const state = `
CREATE TABLE IF NOT EXISTS signin_mark (id TEXT PRIMARY KEY, n BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS signin_ceremony (id TEXT PRIMARY KEY, data BYTEA NOT NULL, until_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS signin_attempt (source TEXT PRIMARY KEY, n BIGINT NOT NULL, since BIGINT NOT NULL);
`

// at is a time as the tables keep it, when the time that they keep.
func at(t time.Time) int64 { return t.UnixMicro() }

func when(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// maybe lets a row be missing.
func maybe(err error) error {
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	return err
}

// reading makes an apply function of one that is given the open part.
func reading[T any](f func(*db.Tx, record.Entry, T) error) func(*db.Tx, record.Entry) error {
	return func(tx *db.Tx, e record.Entry) error {
		var o T
		if err := e.Decode(&o); err != nil {
			return err
		}
		return f(tx, e, o)
	}
}

func applyLink(tx *db.Tx, e record.Entry, o linkOpen) error {
	_, err := tx.Exec(`INSERT INTO signin_link (id, hash, person, from_at, until_at, used_at) VALUES (?, ?, ?, ?, ?, 0)`,
		handle(o.Hash), o.Hash, o.Person, at(e.Time), at(o.Until))
	return err
}

func applySignedIn(tx *db.Tx, e record.Entry, o signedInOpen) error {
	if o.Link != "" {
		if _, err := tx.Exec(`UPDATE signin_link SET used_at = ? WHERE id = ?`, at(e.Time), o.Link); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO signin_session (id, hash, person, means, from_at, until_at, ended_at, said) VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
		handle(o.Hash), o.Hash, o.Person, o.Means, at(e.Time), at(o.Until), e.Index)
	return err
}

func applySignedOut(tx *db.Tx, e record.Entry, o signedOutOpen) error {
	_, err := tx.Exec(`UPDATE signin_session SET ended_at = ? WHERE id = ? AND ended_at = 0`, at(e.Time), o.Session)
	return err
}

func applyToken(tx *db.Tx, e record.Entry, o tokenOpen) error {
	_, err := tx.Exec(`INSERT INTO signin_token (id, handle, hash, person, scopes, from_at, until_at, ended_at, said) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		o.ID, handle(o.Hash), o.Hash, o.Person, strings.Join(o.Scopes, " "), at(e.Time), at(o.Until), e.Index)
	return err
}

func applyRevoked(tx *db.Tx, e record.Entry, o revokedOpen) error {
	_, err := tx.Exec(`UPDATE signin_token SET ended_at = ? WHERE id = ? AND ended_at = 0`, at(e.Time), o.ID)
	return err
}

func applyPasskey(tx *db.Tx, e record.Entry, o passkeyOpen) error {
	_, err := tx.Exec(`INSERT INTO signin_passkey (id, person, public_key, aaguid, flags, from_at, ended_at, said) VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
		o.Credential, o.Person, o.PublicKey, o.AAGUID, o.Flags, at(e.Time), e.Index)
	return err
}

func applyPasskeyRemoved(tx *db.Tx, e record.Entry, o passkeyRemovedOpen) error {
	_, err := tx.Exec(`UPDATE signin_passkey SET ended_at = ? WHERE id = ? AND ended_at = 0`, at(e.Time), o.Credential)
	return err
}

func applyLogin(tx *db.Tx, e record.Entry, o loginOpen) error {
	_, err := tx.Exec(`INSERT INTO signin_login (id, person, since) VALUES (?, ?, ?)`, o.Login, o.Person, at(e.Time))
	return err
}

func scanLink(s db.Scanner) (l link, err error) {
	err = s.Scan(&l.hash, &l.person, &l.from, &l.until, &l.used)
	return l, err
}

func linkRow(v *record.View, id string) (link, error) {
	return db.One(v.Tx, scanLink, `SELECT hash, person, from_at, until_at, used_at FROM signin_link WHERE id = ?`, id)
}

func scanSession(s db.Scanner) (x Session, err error) {
	err = s.Scan(&x.ID, &x.hash, &x.Person, &x.Means, &x.From, &x.Until, &x.ended, &x.said, &x.Seen)
	if x.Seen.Before(x.From) {
		x.Seen = x.From
	}
	return x, err
}

const selectSession = `SELECT s.id, s.hash, s.person, s.means, s.from_at, s.until_at, s.ended_at, s.said, COALESCE(m.n, 0)
	FROM signin_session s LEFT JOIN signin_mark m ON m.id = s.id `

func sessionRow(v *record.View, id string) (Session, error) {
	return db.One(v.Tx, scanSession, selectSession+`WHERE s.id = ?`, id)
}

func sessionRows(v *record.View, person string) ([]Session, error) {
	return db.All(v.Tx, scanSession, selectSession+`WHERE s.person = ? AND s.ended_at = 0 ORDER BY s.said DESC`, person)
}

func scanToken(s db.Scanner) (t Token, err error) {
	var ended, seen int64
	var scopes string
	err = s.Scan(&t.ID, &t.hash, &t.Person, &scopes, &t.From, &t.Until, &ended, &t.said, &seen)
	t.Ended, t.Seen, t.Scopes = when(ended), when(seen), strings.Fields(scopes)
	return t, err
}

const selectToken = `SELECT t.id, t.hash, t.person, t.scopes, t.from_at, t.until_at, t.ended_at, t.said, COALESCE(m.n, 0)
	FROM signin_token t LEFT JOIN signin_mark m ON m.id = t.id `

func tokenByHandle(v *record.View, handle string) (Token, error) {
	return db.One(v.Tx, scanToken, selectToken+`WHERE t.handle = ?`, handle)
}

func tokenRow(v *record.View, id string) (Token, error) {
	return db.One(v.Tx, scanToken, selectToken+`WHERE t.id = ?`, id)
}

func tokenRows(v *record.View, person string) ([]Token, error) {
	return db.All(v.Tx, scanToken, selectToken+`WHERE t.person = ? ORDER BY t.said DESC`, person)
}

// keepMark raises the number kept beside a session or a passkey.
func keepMark(tx *db.Tx, id string, n int64) error {
	_, err := tx.Exec(`INSERT INTO signin_mark (id, n) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE signin_mark.n < excluded.n`, id, n)
	return err
}

// keepCeremony stores what a ceremony needs to end, and clears those too old.
func keepCeremony(tx *db.Tx, id string, data []byte, until time.Time) error {
	if _, err := tx.Exec(`DELETE FROM signin_ceremony WHERE until_at <= ?`, at(tx.Now)); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO signin_ceremony (id, data, until_at) VALUES (?, ?, ?)`, id, data, at(until))
	return err
}

// keepNoCeremony takes a ceremony out, so that it ends once.
func keepNoCeremony(tx *db.Tx, id string) ([]byte, error) {
	b, err := db.One(tx, db.Bytes, `DELETE FROM signin_ceremony WHERE id = ? AND until_at > ? RETURNING data`, id, at(tx.Now))
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, fault.Late("this sign-in was begun too long ago, or is over: begin again")
	}
	return b, err
}

// attempts are the failures counted for one source.
type attempts struct {
	n     int64
	since time.Time
}

func scanAttempts(s db.Scanner) (a attempts, err error) { err = s.Scan(&a.n, &a.since); return a, err }

func attemptsOf(tx *db.Tx, source string) (attempts, error) {
	return db.Maybe(tx, scanAttempts, `SELECT n, since FROM signin_attempt WHERE source = ?`, source)
}

// keepAttempt counts a failure; one after the window begins a new count.
func keepAttempt(tx *db.Tx, source string, window time.Duration) (attempts, error) {
	return db.One(tx, scanAttempts, `INSERT INTO signin_attempt (source, n, since) VALUES (?, 1, ?)
		ON CONFLICT (source) DO UPDATE SET
			n = CASE WHEN signin_attempt.since > ? THEN signin_attempt.n + 1 ELSE 1 END,
			since = CASE WHEN signin_attempt.since > ? THEN signin_attempt.since ELSE excluded.since END
		RETURNING n, since`, source, at(tx.Now), at(tx.Now.Add(-window)), at(tx.Now.Add(-window)))
}

func scanPasskey(s db.Scanner) (p Passkey, err error) {
	var ended, flags int64
	err = s.Scan(&p.ID, &p.Person, &p.PublicKey, &p.aaguid, &flags, &p.From, &ended, &p.said, &p.count)
	p.Ended, p.flags = when(ended), byte(flags)
	return p, err
}

const selectPasskey = `SELECT p.id, p.person, p.public_key, p.aaguid, p.flags, p.from_at, p.ended_at, p.said, COALESCE(m.n, 0)
	FROM signin_passkey p LEFT JOIN signin_mark m ON m.id = p.id `

func passkeyRow(v *record.View, id string) (Passkey, error) {
	return db.One(v.Tx, scanPasskey, selectPasskey+`WHERE p.id = ?`, id)
}

func passkeyRows(v *record.View, person string) ([]Passkey, error) {
	return db.All(v.Tx, scanPasskey, selectPasskey+`WHERE p.person = ? ORDER BY p.said`, person)
}

// loginPerson returns whose login at the provider a blind name is.
func loginPerson(v *record.View, login string) (string, error) {
	return db.Maybe(v.Tx, db.Text, `SELECT person FROM signin_login WHERE id = ?`, login)
}
