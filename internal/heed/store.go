package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// ownSchema is what the node has noticed about itself; ownState is where its
// couriers are, and what it has cosigned for others.
const ownSchema = `
CREATE TABLE witness_event (entry BIGINT PRIMARY KEY, witness TEXT NOT NULL, vkey TEXT NOT NULL, kind TEXT NOT NULL, size BIGINT NOT NULL, at BIGINT NOT NULL);
`

const ownState = `
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS witness (
	name TEXT PRIMARY KEY, url TEXT NOT NULL, vkey TEXT NOT NULL, state TEXT NOT NULL, size BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, vkey TEXT NOT NULL, size BIGINT NOT NULL, root BYTEA NOT NULL, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS file_planned (report TEXT NOT NULL, sum TEXT NOT NULL, PRIMARY KEY (report, sum));
CREATE TABLE IF NOT EXISTS feed (hash TEXT PRIMARY KEY, person TEXT NOT NULL, made_at BIGINT NOT NULL);
`

// setting keeps a fact about the node that is not history.
func (h *Heed) setting(ctx context.Context, name, value string) error {
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}

func (h *Heed) readSetting(ctx context.Context, name string) (value string, err error) {
	err = h.rec.DB().View(ctx, func(tx *db.Tx) error { value, err = settingOf(tx, name); return err })
	return value, err
}

func settingOf(tx *db.Tx, name string) (string, error) {
	return db.Maybe(tx, db.Text, `SELECT value FROM setting WHERE name = ?`, name)
}

// A Witness is another party that cosigns this node's log.
type Witness struct {
	Name, URL, Key string
	State          string // new, ok, silent, refused
	Size           int64  // of the last checkpoint it cosigned, or refused
	At             time.Time
}

func scanWitness(s db.Scanner) (w Witness, err error) {
	var at int64
	err = s.Scan(&w.Name, &w.URL, &w.Key, &w.State, &w.Size, &at)
	if at > 0 {
		w.At = time.UnixMicro(at).UTC()
	}
	return w, err
}

func witnesses(tx *db.Tx) ([]Witness, error) {
	return db.All(tx, scanWitness, selectWitness+`ORDER BY name`)
}

const selectWitness = `SELECT name, url, vkey, state, size, at FROM witness `

func witnessNamed(tx *db.Tx, name string) (Witness, error) {
	return db.Lock(tx, scanWitness, selectWitness+`WHERE name = ?`, name)
}

func putWitness(tx *db.Tx, w Witness) error {
	at := int64(0)
	if !w.At.IsZero() {
		at = w.At.UnixMicro()
	}
	_, err := tx.Exec(`INSERT INTO witness (name, url, vkey, state, size, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET url = excluded.url, vkey = excluded.vkey, state = excluded.state, size = excluded.size, at = excluded.at`,
		w.Name, w.URL, w.Key, w.State, w.Size, at)
	return err
}

func dropWitness(tx *db.Tx, name string) error {
	_, err := tx.Exec(`DELETE FROM witness WHERE name = ?`, name)
	return err
}

// witnessed is the open part of an entry about a witness.
type witnessSaid struct {
	Witness string `json:"witness"`
	Key     string `json:"key,omitempty"`
	Size    int64  `json:"size"` // the checkpoint that was offered
	Kept    int64  `json:"kept,omitempty"`
}

func applyWitness(tx *db.Tx, e record.Entry) error {
	var x witnessSaid
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO witness_event (entry, witness, vkey, kind, size, at) VALUES (?, ?, ?, ?, ?, ?)`, e.Index, x.Witness, x.Key, e.Kind, x.Size, e.Time.UnixMicro())
	return err
}

// A refusal is one of a witness that has not accepted since, and that nobody
// has acknowledged: an alarm, whether or not the witness is still asked.
type refusal struct {
	witness, key string
	size         int64
	at           time.Time
}

func standingRefusals(tx *db.Tx) ([]refusal, error) {
	return db.All(tx, func(s db.Scanner) (x refusal, err error) {
		var at int64
		err = s.Scan(&x.witness, &x.key, &x.size, &at)
		x.at = time.UnixMicro(at).UTC()
		return x, err
	}, `SELECT witness, vkey, size, at FROM witness_event e WHERE kind = 'witness.refused' AND NOT EXISTS (
		SELECT 1 FROM witness_event l WHERE l.witness = e.witness AND l.vkey = e.vkey AND l.entry > e.entry) ORDER BY witness, entry`)
}

// A Log is the log of another node that this one cosigns.
type Log struct {
	Origin, Key string
	Size        int64
	Root        []byte
	At          time.Time
}

func scanLog(s db.Scanner) (l Log, err error) {
	var at int64
	err = s.Scan(&l.Origin, &l.Key, &l.Size, &l.Root, &at)
	if at > 0 {
		l.At = time.UnixMicro(at).UTC()
	}
	return l, err
}

const selectLog = `SELECT origin, vkey, size, root, at FROM witnessed `

func lockLog(tx *db.Tx, origin string) (Log, error) {
	return db.Lock(tx, scanLog, selectLog+`WHERE origin = ?`, origin)
}

func putLog(tx *db.Tx, l Log) error {
	_, err := tx.Exec(`INSERT INTO witnessed (origin, vkey, size, root, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (origin) DO UPDATE SET vkey = excluded.vkey, size = excluded.size, root = excluded.root, at = excluded.at`,
		l.Origin, l.Key, l.Size, l.Root, tx.Now.UnixMicro())
	return err
}

func putFeed(tx *db.Tx, hash, person string) error {
	if _, err := tx.Exec(`DELETE FROM feed WHERE person = ?`, person); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO feed (hash, person, made_at) VALUES (?, ?, ?)`, hash, person, tx.Now.UnixMicro())
	return err
}

// putFilePlanned remembers that a file of a report is to be destroyed.
func putFilePlanned(tx *db.Tx, report, sum string) error {
	_, err := tx.Exec(`INSERT INTO file_planned (report, sum) VALUES (?, ?) ON CONFLICT (report, sum) DO NOTHING`, report, sum)
	return err
}

func dropFilePlanned(tx *db.Tx, report, sum string) error {
	_, err := tx.Exec(`DELETE FROM file_planned WHERE report = ? AND sum = ?`, report, sum)
	return err
}

// filesPlanned returns pairs of report and file.
func filesPlanned(tx *db.Tx) ([][2]string, error) {
	return db.All(tx, func(s db.Scanner) (x [2]string, err error) { err = s.Scan(&x[0], &x[1]); return x, err },
		`SELECT report, sum FROM file_planned ORDER BY report, sum`)
}

// dropContacts forgets where somebody is written to, and what they subscribed to.
func dropContacts(tx *db.Tx, person string) error {
	for _, q := range []string{`DELETE FROM webhook WHERE person = ?`, `DELETE FROM feed WHERE person = ?`} {
		if _, err := tx.Exec(q, person); err != nil {
			return err
		}
	}
	return nil
}

func feedOf(tx *db.Tx, hash string) (string, error) {
	return db.One(tx, db.Text, `SELECT person FROM feed WHERE hash = ?`, hash)
}

// feedSince returns when a person's feed was made, zero where there is none.
func feedSince(tx *db.Tx, person string) (time.Time, error) {
	us, err := db.One(tx, db.Int, `SELECT made_at FROM feed WHERE person = ?`, person)
	if fault.KindOf(err) == fault.KindNotFound {
		return time.Time{}, nil
	}
	return time.UnixMicro(us).UTC(), err
}

// outwardSchema is what is known of field clients; outwardState holds their
// secrets, and what was sent to whom.
const outwardSchema = `
CREATE TABLE field_account (id TEXT PRIMARY KEY, person TEXT NOT NULL, made_at BIGINT NOT NULL, ended_at BIGINT NOT NULL);
`

const outwardState = `
CREATE TABLE IF NOT EXISTS field_secret (account TEXT PRIMARY KEY, sealed BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS field_nonce (nonce TEXT NOT NULL, count BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (nonce, count));
CREATE TABLE IF NOT EXISTS webhook (person TEXT PRIMARY KEY, sealed BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS notice (
	about TEXT NOT NULL, what TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL,
	tries BIGINT NOT NULL, done BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (about, what, person, channel));
`

const selectAccount = `SELECT id, person, made_at, ended_at FROM field_account `

func scanAccount(s db.Scanner) (a FieldAccount, err error) {
	var made, ended int64
	err = s.Scan(&a.User, &a.Person, &made, &ended)
	a.Since = time.UnixMicro(made).UTC()
	if ended > 0 {
		a.Ended = time.UnixMicro(ended).UTC()
	}
	return a, err
}

func applyAccountMade(tx *db.Tx, e record.Entry) error {
	var x accountSaid
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO field_account (id, person, made_at, ended_at) VALUES (?, ?, ?, 0)`, x.ID, x.Person, e.Time.UnixMicro())
	return err
}

func applyAccountEnded(tx *db.Tx, e record.Entry) error {
	var x accountSaid
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE field_account SET ended_at = ? WHERE id = ?`, e.Time.UnixMicro(), x.ID)
	return err
}

func accountOf(tx *db.Tx, user string) (FieldAccount, error) {
	return db.One(tx, scanAccount, selectAccount+`WHERE id = ?`, user)
}

func accountsOf(tx *db.Tx, person string) ([]FieldAccount, error) {
	return db.All(tx, scanAccount, selectAccount+`WHERE person = ? ORDER BY made_at, id`, person)
}

func putAccountSecret(tx *db.Tx, user string, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO field_secret (account, sealed) VALUES (?, ?)`, user, sealed)
	return err
}

func dropAccountSecret(tx *db.Tx, user string) error {
	_, err := tx.Exec(`DELETE FROM field_secret WHERE account = ?`, user)
	return err
}

func accountSecret(tx *db.Tx, user string) ([]byte, error) {
	return db.One(tx, db.Bytes, `SELECT sealed FROM field_secret WHERE account = ?`, user)
}

// useNonce remembers one use of a nonce, and tells whether it is the first.
func useNonce(tx *db.Tx, nonce string, count int64, now, until time.Time) (bool, error) {
	if _, err := tx.Exec(`DELETE FROM field_nonce WHERE until < ?`, now.UnixMicro()); err != nil {
		return false, err
	}
	n, err := tx.Exec(`INSERT INTO field_nonce (nonce, count, until) VALUES (?, ?, ?) ON CONFLICT (nonce, count) DO NOTHING`, nonce, count, until.UnixMicro())
	return n == 1, err
}

func putWebhook(tx *db.Tx, person string, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO webhook (person, sealed) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET sealed = excluded.sealed`, person, sealed)
	return err
}

func dropWebhook(tx *db.Tx, person string) error {
	_, err := tx.Exec(`DELETE FROM webhook WHERE person = ?`, person)
	return err
}

func webhookOf(tx *db.Tx, person string) ([]byte, error) {
	return db.One(tx, db.Bytes, `SELECT sealed FROM webhook WHERE person = ?`, person)
}

// sent is how far a notice has come.
type sent struct {
	notice
	tries int64
	done  bool
	at    time.Time
}

func scanSent(s db.Scanner) (x sent, err error) {
	var at int64
	err = s.Scan(&x.about, &x.what, &x.person, &x.channel, &x.tries, &x.done, &at)
	x.at = time.UnixMicro(at).UTC()
	return x, err
}

const selectSent = `SELECT about, what, person, channel, tries, done, at FROM notice `

func allSent(tx *db.Tx) ([]sent, error) { return db.All(tx, scanSent, selectSent) }

func lockSent(tx *db.Tx, n notice) (sent, error) {
	return db.Lock(tx, scanSent, selectSent+`WHERE about = ? AND what = ? AND person = ? AND channel = ?`, n.about, n.what, n.person, n.channel)
}

func putSent(tx *db.Tx, x sent) error {
	done := int64(0)
	if x.done {
		done = 1
	}
	_, err := tx.Exec(`INSERT INTO notice (about, what, person, channel, tries, done, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (about, what, person, channel) DO UPDATE SET tries = excluded.tries, done = excluded.done, at = excluded.at`,
		x.about, x.what, x.person, x.channel, x.tries, done, x.at.UnixMicro())
	return err
}

func dropSent(tx *db.Tx, about string) error {
	_, err := tx.Exec(`DELETE FROM notice WHERE about = ?`, about)
	return err
}
