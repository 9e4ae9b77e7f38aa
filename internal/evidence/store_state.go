package evidence

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// state is what a scrub knows, and how far uploads have come; it is no history.
const state = `
CREATE TABLE IF NOT EXISTS evidence_upload (id TEXT PRIMARY KEY, intake TEXT NOT NULL, person TEXT NOT NULL, about BYTEA NOT NULL, size BIGINT NOT NULL, have BIGINT NOT NULL, parts BYTEA NOT NULL, at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS evidence_upload_of ON evidence_upload (intake, at);
CREATE TABLE IF NOT EXISTS evidence_proof (item TEXT PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence_place (intake TEXT PRIMARY KEY, last BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence_destroy (item TEXT PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence_left (of_item TEXT NOT NULL, item TEXT NOT NULL, object TEXT NOT NULL, place BIGINT NOT NULL, length BIGINT NOT NULL, packed BIGINT NOT NULL, PRIMARY KEY (of_item, item));
CREATE TABLE IF NOT EXISTS evidence_owed (item TEXT NOT NULL, replica TEXT NOT NULL, at BIGINT NOT NULL, object TEXT NOT NULL, place BIGINT NOT NULL, length BIGINT NOT NULL, packed BIGINT NOT NULL,
	shared BIGINT NOT NULL, PRIMARY KEY (item, replica));
CREATE INDEX IF NOT EXISTS evidence_proof_at ON evidence_proof (at);
`

func readDue(tx *db.Tx, before time.Time, n int) ([]Item, error) {
	return db.All(tx, scanItem, selectItem+`LEFT JOIN evidence_proof p ON p.item = i.id WHERE p.at IS NULL OR p.at < ? ORDER BY COALESCE(p.at, 0), i.entry LIMIT ?`,
		before.UnixMicro(), n)
}

func countDue(tx *db.Tx, before time.Time) (int, error) {
	n, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM evidence_item i LEFT JOIN evidence_proof p ON p.item = i.id WHERE p.at IS NULL OR p.at < ?`, before.UnixMicro())
	return int(n), err
}

func putProof(tx *db.Tx, item string, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO evidence_proof (item, at) VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET at = excluded.at`, item, at.UnixMicro())
	return err
}

func readProofs(tx *db.Tx, ids []string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	for _, id := range ids {
		at, err := db.Maybe(tx, db.Int, `SELECT at FROM evidence_proof WHERE item = ?`, id)
		if err != nil {
			return nil, err
		}
		if at != 0 {
			out[id] = time.UnixMicro(at).UTC()
		}
	}
	return out, nil
}

func readFixity(tx *db.Tx) (Fixity, error) {
	return db.One(tx, func(s db.Scanner) (f Fixity, err error) {
		var oldest int64
		err = s.Scan(&f.Items, &f.Never, &f.Damaged, &oldest)
		if oldest > 0 {
			f.Oldest = time.UnixMicro(oldest).UTC()
		}
		return f, err
	}, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN p.at IS NULL THEN 1 ELSE 0 END), 0), COALESCE(SUM(i.damaged), 0), COALESCE(MIN(p.at), 0) FROM evidence_item i LEFT JOIN evidence_proof p ON p.item = i.id`)
}

const selectUpload = `SELECT id, intake, person, about, size, have, parts, at FROM evidence_upload `

func scanUpload(s db.Scanner) (u Upload, err error) {
	var at int64
	err = s.Scan(&u.ID, &u.Intake, &u.Person, &u.about, &u.Size, &u.Have, &u.parts, &at)
	u.Begun = time.UnixMicro(at).UTC()
	return u, err
}

func oneUpload(tx *db.Tx, id string, lock bool) (u Upload, err error) {
	if lock {
		u, err = db.Lock(tx, scanUpload, selectUpload+`WHERE id = ?`, id)
	} else {
		u, err = db.One(tx, scanUpload, selectUpload+`WHERE id = ?`, id)
	}
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("there is no upload %.40q: it may have ended", id)
	}
	return u, err
}

func readUploads(tx *db.Tx, intake string) ([]Upload, error) {
	return db.All(tx, scanUpload, selectUpload+`WHERE intake = ? ORDER BY at, id`, intake)
}

func putUpload(tx *db.Tx, u Upload) error {
	_, err := tx.Exec(`INSERT INTO evidence_upload (id, intake, person, about, size, have, parts, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET intake = excluded.intake, size = excluded.size, have = excluded.have, parts = excluded.parts`, u.ID, u.Intake, u.Person, u.about, u.Size, u.Have, u.parts, u.Begun.UnixMicro())
	return err
}

func dropUpload(tx *db.Tx, id string) error {
	_, err := tx.Exec(`DELETE FROM evidence_upload WHERE id = ?`, id)
	return err
}

// reservePlaces gives out n places of an intake and returns the first.
func reservePlaces(tx *db.Tx, intake string, n int) (int, error) {
	if _, err := tx.Exec(`INSERT INTO evidence_place (intake, last) VALUES (?, 0) ON CONFLICT (intake) DO NOTHING`, intake); err != nil {
		return 0, err
	}
	given, err := db.Lock(tx, db.Int, `SELECT last FROM evidence_place WHERE intake = ?`, intake)
	if err != nil {
		return 0, err
	}
	taken, err := lastSeq(tx, intake)
	if err != nil {
		return 0, err
	}
	last := max(int(given), taken)
	_, err = tx.Exec(`UPDATE evidence_place SET last = ? WHERE intake = ?`, last+n, intake)
	return last + 1, err
}

// readPlanned returns the items whose bytes are to be destroyed.
func readPlanned(tx *db.Tx) ([]string, error) {
	return db.All(tx, db.Text, `SELECT item FROM evidence_destroy ORDER BY item`)
}

// putPlanned plans an item, and returns a number by which that can be taken back; 0 where it
// was planned already. Then whoever planned it first cannot take it back any more.
func putPlanned(tx *db.Tx, item string) (int64, error) {
	mine := tx.Now.UnixMicro()
	_, err := tx.Exec(`INSERT INTO evidence_destroy (item, at) VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET at = evidence_destroy.at + 1`, item, mine)
	if err != nil {
		return 0, err
	}
	at, err := db.One(tx, db.Int, `SELECT at FROM evidence_destroy WHERE item = ?`, item)
	if at != mine {
		mine = 0
	}
	return mine, err
}

// takeBack forgets what was planned, and what was found unnamed of the item, where nobody
// else planned it.
func takeBack(tx *db.Tx, item string, mine int64) error {
	n, err := tx.Exec(`DELETE FROM evidence_destroy WHERE item = ? AND at = ?`, item, mine)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(`DELETE FROM evidence_left WHERE of_item = ? AND item = object`, item)
	return err
}

func dropPlanned(tx *db.Tx, item string) error {
	_, err := tx.Exec(`DELETE FROM evidence_destroy WHERE item = ?`, item)
	return err
}

// readLeft returns what an intake that was cut short left of the bytes of an item.
func readLeft(tx *db.Tx, of string) ([]owed, error) {
	return db.All(tx, func(s db.Scanner) (o owed, err error) {
		err = s.Scan(&o.item, &o.at.Object, &o.at.Offset, &o.at.Length, &o.at.Packed)
		return o, err
	}, `SELECT item, object, place, length, packed FROM evidence_left WHERE of_item = ? ORDER BY item`, of)
}

// readSwept returns which of some ids were destroyed before they were acknowledged.
func readSwept(tx *db.Tx, ids []string) (swept []string, err error) {
	any, err := db.Maybe(tx, db.Int, `SELECT 1 FROM evidence_left LIMIT 1`)
	if err != nil || any == 0 {
		return nil, err
	}
	for some := range slices.Chunk(ids, atOnce) {
		part, err := db.All(tx, db.Text, `SELECT item FROM evidence_left WHERE item IN (`+marks(some)+`)`, values(some)...)
		if err != nil {
			return nil, err
		}
		swept = append(swept, part...)
	}
	return swept, nil
}

func putLeft(tx *db.Tx, of string, o owed) error {
	_, err := tx.Exec(`INSERT INTO evidence_left (of_item, item, object, place, length, packed) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (of_item, item) DO NOTHING`,
		of, o.item, o.at.Object, o.at.Offset, o.at.Length, o.at.Packed)
	return err
}

// readOwed returns what lies in replicas still, what was erased first first.
func readOwed(tx *db.Tx) ([]owed, error) {
	return db.All(tx, func(s db.Scanner) (o owed, err error) {
		err = s.Scan(&o.item, &o.replica, &o.at.Object, &o.at.Offset, &o.at.Length, &o.at.Packed, &o.shared)
		return o, err
	}, `SELECT item, replica, object, place, length, packed, shared FROM evidence_owed ORDER BY at, item, replica`)
}

func putOwed(tx *db.Tx, o owed) error {
	_, err := tx.Exec(`INSERT INTO evidence_owed (item, replica, at, object, place, length, packed, shared) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (item, replica) DO NOTHING`,
		o.item, o.replica, tx.Now.UnixMicro(), o.at.Object, o.at.Offset, o.at.Length, o.at.Packed, o.shared)
	return err
}

func dropOwed(tx *db.Tx, o owed) error {
	_, err := tx.Exec(`DELETE FROM evidence_owed WHERE item = ? AND replica = ?`, o.item, o.replica)
	return err
}
