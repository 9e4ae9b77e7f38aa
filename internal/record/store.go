package record

import (
	"fmt"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/ledger"
)

// The base: the log and the bodies beside it. Everything else is a reading.
const baseSchema = `
CREATE TABLE IF NOT EXISTS module (name TEXT PRIMARY KEY, shape TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS head (
	one BIGINT PRIMARY KEY, size BIGINT NOT NULL, edge BYTEA NOT NULL, at BIGINT NOT NULL, checkpoint BYTEA NOT NULL,
	erasures BIGINT NOT NULL, ids TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entry (
	idx BIGINT PRIMARY KEY, leaf BYTEA NOT NULL, hash BYTEA NOT NULL,
	open_salt BYTEA NOT NULL, open BYTEA NOT NULL, sealed_salt BYTEA NOT NULL, sealed BYTEA NOT NULL, erased BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS tile (level BIGINT NOT NULL, n BIGINT NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (level, n));
CREATE TABLE IF NOT EXISTS data_key (subject TEXT PRIMARY KEY, wrapped BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (size BIGINT PRIMARY KEY, note BYTEA NOT NULL, at BIGINT NOT NULL);
`

// ownSchema finds entries by subject. What the latest entries are about is kept
// apart, in the order of the entries: see mergeEvery.
const ownSchema = `
CREATE TABLE entry_subject (subject TEXT NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY (subject, idx));
CREATE TABLE entry_subject_new (subject TEXT NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY (idx, subject));
`

// head is the row that every group locks first.
type head struct {
	ledger.Head
	At       time.Time
	Erasures int64
	ids      counters
}

func makeBase(tx *db.Tx) error {
	if err := tx.Script(baseSchema); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO head (one, size, edge, at, checkpoint, erasures, ids) VALUES (1, 0, ?, 0, ?, 0, '') ON CONFLICT (one) DO NOTHING`, []byte{}, []byte{})
	return err
}

func moduleSchema(tx *db.Tx, name string) (string, error) {
	return db.Maybe(tx, db.Text, `SELECT shape FROM module WHERE name = ?`, name)
}

func setModuleSchema(tx *db.Tx, name, shape string) error {
	_, err := tx.Exec(`INSERT INTO module (name, shape) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET shape = excluded.shape`, name, shape)
	return err
}

func dropTable(tx *db.Tx, table string) error {
	_, err := tx.Exec(`DROP TABLE IF EXISTS ` + table)
	return err
}

const selectHead = `SELECT size, edge, at, checkpoint, erasures, ids FROM head WHERE one = 1`

func scanHead(s db.Scanner) (h head, err error) {
	var edge []byte
	var ids string
	if err = s.Scan(&h.Size, &edge, &h.At, &h.Checkpoint, &h.Erasures, &ids); err != nil {
		return h, err
	}
	if h.ids, err = parseCounters(ids); err != nil {
		return h, err
	}
	h.Edge, err = ledger.ParseEdge(h.Size, edge)
	return h, err
}

func lockHead(tx *db.Tx) (head, error) { return db.Lock(tx, scanHead, selectHead) }
func readHead(tx *db.Tx) (head, error) { return db.One(tx, scanHead, selectHead) }

func insertEntry(tx *db.Tx, p *pending) error {
	_, err := tx.Exec(`INSERT INTO entry (idx, leaf, hash, open_salt, open, sealed_salt, sealed, erased) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		p.e.Index, p.leaf, p.hash[:], p.openSalt, p.openStored, p.sealedSalt, p.sealedStore)
	return err
}

// extendLog writes the finished tiles and the new head.
func extendLog(tx *db.Tx, b ledger.Batch, at time.Time, ids counters) error {
	for _, t := range b.Tiles {
		if _, err := tx.Exec(`INSERT INTO tile (level, n, hash) VALUES (?, ?, ?)`, int64(t.Level), t.N, t.Hash[:]); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE head SET size = ?, edge = ?, at = ?, checkpoint = ?, ids = ? WHERE one = 1`,
		b.Head.Size, ledger.EdgeBytes(b.Head.Edge), at.UnixMicro(), b.Head.Checkpoint, ids.String())
	return err
}

func setCounters(tx *db.Tx, ids counters) error {
	_, err := tx.Exec(`UPDATE head SET ids = ? WHERE one = 1`, ids.String())
	return err
}

// body is a row of the entry table.
type body struct {
	index                              int64
	leaf                               []byte
	openSalt, open, sealedSalt, sealed []byte
	erased                             bool
}

func scanBody(s db.Scanner) (b body, err error) {
	err = s.Scan(&b.index, &b.leaf, &b.openSalt, &b.open, &b.sealedSalt, &b.sealed, &b.erased)
	return b, err
}

const selectBody = `SELECT idx, leaf, open_salt, open, sealed_salt, sealed, erased FROM entry `

func readBody(tx *db.Tx, index int64) (body, error) {
	return db.One(tx, scanBody, selectBody+`WHERE idx = ?`, index)
}

func readBodies(tx *db.Tx, from, to int64) ([]body, error) {
	return db.All(tx, scanBody, selectBody+`WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to)
}

func readLeaves(tx *db.Tx, from, to int64) ([][]byte, error) {
	ls, err := db.All(tx, db.Bytes, `SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to)
	return whole(ls, err, from, to)
}

// whole says that a log does not reach as far as was asked.
func whole[T any](all []T, err error, from, to int64) ([]T, error) {
	if err == nil && int64(len(all)) != to-from {
		return nil, fmt.Errorf("%d to %d: %d found: %w", from, to, len(all), ledger.ErrBeyond)
	}
	return all, err
}

func scanHash(s db.Scanner) (h ledger.Hash, err error) {
	b, err := db.Bytes(s)
	copy(h[:], b)
	return h, err
}

func readHashes(tx *db.Tx, level int, from, to int64) ([]ledger.Hash, error) {
	if level == 0 {
		hs, err := db.All(tx, scanHash, `SELECT hash FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to)
		return whole(hs, err, from, to)
	}
	hs, err := db.All(tx, scanHash, `SELECT hash FROM tile WHERE level = ? AND n >= ? AND n < ? ORDER BY n`, int64(level), from, to)
	return whole(hs, err, from, to)
}

// HistoryIndexes returns the numbers of all entries that name a subject.
func (v *View) HistoryIndexes(subject string) ([]int64, error) { return subjectIndexes(v.Tx, subject) }

func subjectIndexes(tx *db.Tx, subject string) ([]int64, error) {
	old, err := db.All(tx, db.Int, `SELECT idx FROM entry_subject WHERE subject = ? ORDER BY idx`, subject)
	if err != nil {
		return nil, err
	}
	latest, err := db.All(tx, db.Int, `SELECT idx FROM entry_subject_new WHERE subject = ? ORDER BY idx`, subject)
	return append(old, latest...), err
}

// latestIndexes returns the numbers of the last entries that name a subject and
// come before one, newest first.
func latestIndexes(tx *db.Tx, subject string, before int64, limit int) ([]int64, error) {
	var out []int64
	for _, table := range []string{"entry_subject_new", "entry_subject"} {
		some, err := db.All(tx, db.Int, `SELECT idx FROM `+table+` WHERE subject = ? AND idx < ? ORDER BY idx DESC LIMIT ?`, subject, before, limit-len(out))
		if err != nil {
			return nil, err
		}
		if out = append(out, some...); len(out) == limit {
			break
		}
	}
	return out, nil
}

// applySubjects finds an entry by what it is about. Each row is a statement of
// its own: of several in one, SQLite keeps every page as it was until the last.
func applySubjects(tx *db.Tx, e Entry, table string) error {
	for _, s := range e.Subjects {
		if _, err := tx.Exec(`INSERT INTO `+table+` (subject, idx) VALUES (?, ?)`, s, e.Index); err != nil {
			return err
		}
	}
	return nil
}

// mergeEvery is how many entries are found in the small table before they are
// merged into the large one. The subjects of a group lie anywhere in the order
// of names, each on a page of its own in a large table, and a page is what a
// commit writes; in the small table they are one behind the other, and who looks
// for one reads it all. PostgreSQL logs rows, not pages, and keeps deleted ones
// for long: there the small table stays empty.
const mergeEvery = 1024

// applyMerge follows an entry whose number says that it is time.
func applyMerge(tx *db.Tx, e Entry) error {
	if (e.Index+1)%mergeEvery != 0 {
		return nil
	}
	for _, sql := range []string{`INSERT INTO entry_subject (subject, idx) SELECT subject, idx FROM entry_subject_new ORDER BY subject, idx`, `DELETE FROM entry_subject_new`} {
		if _, err := tx.Exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// readKey returns a subject's wrapped data key, or nil if there is none.
func readKey(tx *db.Tx, subject string) ([]byte, error) {
	return db.Maybe(tx, db.Bytes, `SELECT wrapped FROM data_key WHERE subject = ?`, subject)
}

func writeKey(tx *db.Tx, subject string, wrapped []byte) error {
	_, err := tx.Exec(`INSERT INTO data_key (subject, wrapped) VALUES (?, ?)`, subject, wrapped)
	return err
}

// destroy overwrites every sealed part under a subject's key, and the key. The
// log has size entries.
func destroy(tx *db.Tx, subject string, size int64) (n int64, err error) {
	all, err := subjectIndexes(tx, subject)
	if err != nil {
		return 0, err
	}
	for _, i := range all {
		if i >= size { // of this very group, which seals nothing under the key
			break
		}
		b, err := readBody(tx, i)
		if err != nil {
			return 0, err
		}
		h, err := ParseLeaf(b.leaf)
		if err != nil {
			return 0, err
		}
		if h.Key != subject || b.erased {
			continue
		}
		if _, err := tx.Exec(`UPDATE entry SET sealed = ?, sealed_salt = ?, erased = 1 WHERE idx = ?`, []byte{}, []byte{}, b.index); err != nil {
			return 0, err
		}
		n++
	}
	if _, err := tx.Exec(`DELETE FROM data_key WHERE subject = ?`, subject); err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE head SET erasures = erasures + 1 WHERE one = 1`)
	return n, err
}

// entry reads a row: its header from the leaf, its open part checked against it.
func (b body) entry(k *keys.Keys) (Entry, error) {
	h, err := ParseLeaf(b.leaf)
	if err != nil {
		return Entry{}, err
	}
	open, err := k.Unseal(openContext(b.index, h.line()), b.open)
	if err != nil {
		return Entry{}, fault.Stale("entry %d: its header or its open part is not what was stored there", b.index)
	}
	if string(digest(b.openSalt, open)) != string(h.openSum) {
		return Entry{}, fault.Stale("entry %d: its open part is not the one that the log holds", b.index)
	}
	return Entry{Index: b.index, Header: h, Open: open}, nil
}

func (r *Record) readEntries(tx *db.Tx, from, to int64) ([]Entry, error) {
	rows, err := readBodies(tx, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(rows))
	for i, b := range rows {
		if b.index != from+int64(i) {
			return nil, fault.Stale("entry %d is missing", from+int64(i))
		}
		if out[i], err = b.entry(r.keys); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readCosigned(tx *db.Tx) (note []byte, size int64, err error) {
	type row struct {
		note []byte
		size int64
	}
	x, err := db.One(tx, func(s db.Scanner) (r row, err error) { err = s.Scan(&r.note, &r.size); return r, err },
		`SELECT note, size FROM cosigned ORDER BY size DESC LIMIT 1`)
	return x.note, x.size, err
}

func writeCosigned(tx *db.Tx, size int64, note []byte, at time.Time) error {
	if _, err := tx.Exec(`INSERT INTO cosigned (size, note, at) VALUES (?, ?, ?) ON CONFLICT (size) DO UPDATE SET note = excluded.note, at = excluded.at`, size, note, at.UnixMicro()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM cosigned WHERE size < ?`, size)
	return err
}

func searchBodies(tx *db.Tx, s Search) ([]body, error) {
	if s.Subject != "" {
		all, err := latestIndexes(tx, s.Subject, s.Before, s.Limit)
		var out []body
		for _, i := range all {
			b, err := readBody(tx, i)
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
		return out, err
	}
	return db.All(tx, scanBody, selectBody+`WHERE idx < ? ORDER BY idx DESC LIMIT ?`, s.Before, s.Limit)
}

// erasedRows returns the entries whose sealed part is marked as erased.
func erasedRows(tx *db.Tx) ([]body, error) {
	return db.All(tx, scanBody, selectBody+`WHERE erased = 1 ORDER BY idx`)
}
