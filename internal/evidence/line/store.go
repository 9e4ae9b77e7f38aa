package line

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// state is what comes and goes on lines: it is no history.
const state = `
CREATE TABLE IF NOT EXISTS handover_arriving (offer TEXT PRIMARY KEY, peer TEXT NOT NULL, paper BYTEA NOT NULL, list TEXT NOT NULL, listed BIGINT NOT NULL, begun BIGINT NOT NULL, seen BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS handover_object (offer TEXT NOT NULL, sum TEXT NOT NULL, n BIGINT NOT NULL, size BIGINT NOT NULL, have BIGINT NOT NULL, PRIMARY KEY (offer, sum));
CREATE INDEX IF NOT EXISTS handover_object_left ON handover_object (offer, n) WHERE have < size;
CREATE TABLE IF NOT EXISTS handover_part (offer TEXT NOT NULL, object TEXT NOT NULL, at BIGINT NOT NULL, size BIGINT NOT NULL, sum BYTEA NOT NULL, here BIGINT NOT NULL, PRIMARY KEY (offer, object, at));
CREATE INDEX IF NOT EXISTS handover_part_unsure ON handover_part (offer) WHERE here = 2;
CREATE TABLE IF NOT EXISTS handover_sending (offer TEXT PRIMARY KEY, id TEXT NOT NULL, peer TEXT NOT NULL, begun BIGINT NOT NULL, tried BIGINT NOT NULL, tries BIGINT NOT NULL, missing BIGINT NOT NULL,
	here BIGINT NOT NULL, wrong TEXT NOT NULL, paper TEXT NOT NULL, spool TEXT NOT NULL);
`

// Module is what the record needs to know: nothing of it is history.
func Module() record.Module { return record.Module{Name: "line", State: state} }

const selectArriving = `SELECT a.offer, a.peer, a.paper, a.list, a.listed, a.begun, a.seen, COUNT(o.sum), COALESCE(SUM(CASE WHEN o.have < o.size THEN 1 ELSE 0 END), 0),
	CAST(COALESCE(SUM(o.size), 0) AS BIGINT), CAST(COALESCE(SUM(o.have), 0) AS BIGINT) FROM handover_arriving a LEFT JOIN handover_object o ON o.offer = a.offer `

const groupArriving = ` GROUP BY a.offer, a.peer, a.paper, a.list, a.listed, a.begun, a.seen ORDER BY a.begun, a.offer`

func scanArriving(s db.Scanner) (a Arriving, err error) {
	var begun, seen int64
	err = s.Scan(&a.Offer, &a.Peer, &a.Paper, &a.List, &a.Listed, &begun, &seen, &a.Files, &a.Left, &a.Bytes, &a.Have)
	a.Begun, a.Seen = time.UnixMicro(begun).UTC(), time.UnixMicro(seen).UTC()
	return a, err
}

func readArriving(tx *db.Tx) ([]Arriving, error) {
	return db.All(tx, scanArriving, selectArriving+groupArriving)
}

func oneArriving(tx *db.Tx, offer string) (Arriving, error) {
	a, err := db.One(tx, scanArriving, selectArriving+`WHERE a.offer = ?`+groupArriving, offer)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("no offer %.16s waits here", offer)
	}
	return a, err
}

// lockOffer holds that an offer waits here, and keeps it so against other
// processes until the transaction ends.
func lockOffer(tx *db.Tx, offer string) error {
	_, err := db.Lock(tx, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }, `SELECT listed FROM handover_arriving WHERE offer = ?`, offer)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("no offer %.16s waits here", offer)
	}
	return err
}

func putArriving(tx *db.Tx, a Arriving) error {
	_, err := tx.Exec(`INSERT INTO handover_arriving (offer, peer, paper, list, listed, begun, seen) VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT (offer) DO NOTHING`,
		a.Offer, a.Peer, a.Paper, a.List, a.Begun.UnixMicro(), a.Seen.UnixMicro())
	return err
}

func setListed(tx *db.Tx, offer string) error {
	_, err := tx.Exec(`UPDATE handover_arriving SET listed = 1 WHERE offer = ?`, offer)
	return err
}

func putObject(tx *db.Tx, offer string, n int, o Object) error {
	_, err := tx.Exec(`INSERT INTO handover_object (offer, sum, n, size, have) VALUES (?, ?, ?, ?, 0) ON CONFLICT (offer, sum) DO NOTHING`, offer, o.Sum, n, o.Bytes)
	return err
}

func scanObject(s db.Scanner) (o Object, err error) {
	err = s.Scan(&o.Sum, &o.Bytes, &o.Have)
	return o, err
}

func oneObject(tx *db.Tx, offer, sum string) (Object, error) {
	o, err := db.One(tx, scanObject, `SELECT sum, size, have FROM handover_object WHERE offer = ? AND sum = ?`, offer, sum)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("offer %.16s has no object %.16s", offer, sum)
	}
	return o, err
}

func readMissing(tx *db.Tx, offer string, most int) ([]Object, error) {
	return db.All(tx, scanObject, `SELECT sum, size, have FROM handover_object WHERE offer = ? AND have < size ORDER BY n LIMIT ?`, offer, most)
}

// aPart is one part of an object; its blob begins with what no other has.
type aPart struct {
	offer, object string
	at, size      int64
	sum           [32]byte
	here          bool // its blob is there
}

func scanPart(s db.Scanner) (p aPart, err error) {
	var sum []byte
	here := 0
	if err = s.Scan(&p.offer, &p.object, &p.at, &p.size, &sum, &here); err == nil {
		copy(p.sum[:], sum)
		p.here = here > 0
	}
	return p, err
}

const selectPart = `SELECT offer, object, at, size, sum, here FROM handover_part `

// reserve notes a part before its blob is put, so that no blob is left that
// nobody knows; it returns what a request that broke off had noted there.
func reserve(tx *db.Tx, p aPart) (lost []aPart, err error) {
	lost, err = db.All(tx, scanPart, selectPart+`WHERE offer = ? AND object = ? AND at >= ?`, p.offer, p.object, p.at)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`DELETE FROM handover_part WHERE offer = ? AND object = ? AND at >= ?`, p.offer, p.object, p.at); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`INSERT INTO handover_part (offer, object, at, size, sum, here) VALUES (?, ?, ?, ?, ?, 0)`, p.offer, p.object, p.at, p.size, p.sum[:])
	return lost, err
}

// here notes that the blob of a part is there, unless another took its place;
// with unsure, that it ends an object which is still to be hashed.
func here(tx *db.Tx, p aPart, unsure bool) (bool, error) {
	state := 1
	if unsure {
		state = 2
	}
	n, err := tx.Exec(`UPDATE handover_part SET here = ? WHERE offer = ? AND object = ? AND at = ? AND sum = ? AND here = 0`, state, p.offer, p.object, p.at, p.sum[:])
	if err != nil || n != 1 {
		return false, err
	}
	if n, err = tx.Exec(`UPDATE handover_object SET have = have + ? WHERE offer = ? AND sum = ? AND have = ?`, p.size, p.offer, p.object, p.at); err != nil || n != 1 {
		return false, err
	}
	_, err = tx.Exec(`UPDATE handover_arriving SET seen = ? WHERE offer = ?`, tx.Now.UnixMicro(), p.offer)
	return err == nil, err
}

// readParts returns the parts of an object, or of all, noted ones too.
func readParts(tx *db.Tx, offer, object string) ([]aPart, error) {
	return db.All(tx, scanPart, selectPart+`WHERE offer = ? AND (object = ? OR ? = '') ORDER BY object, at`, offer, object, object)
}

// readUnsure returns the parts that end an object which is still to be hashed.
func readUnsure(tx *db.Tx, offer string) ([]aPart, error) {
	return db.All(tx, scanPart, selectPart+`WHERE offer = ? AND here = 2 ORDER BY object`, offer)
}

// sure notes that an object was hashed, and tells whether nobody else did.
func sure(tx *db.Tx, p aPart) (bool, error) {
	n, err := tx.Exec(`UPDATE handover_part SET here = 1 WHERE offer = ? AND object = ? AND at = ? AND sum = ? AND here = 2`, p.offer, p.object, p.at, p.sum[:])
	return n == 1, err
}

// resetObject makes an object missing again, and returns its parts.
func resetObject(tx *db.Tx, offer, object string) (gone []aPart, err error) {
	if gone, err = readParts(tx, offer, object); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE handover_object SET have = 0 WHERE offer = ? AND sum = ?`, offer, object)
	return gone, err
}

func dropPart(tx *db.Tx, p aPart) error {
	_, err := tx.Exec(`DELETE FROM handover_part WHERE offer = ? AND object = ? AND at = ? AND sum = ?`, p.offer, p.object, p.at, p.sum[:])
	return err
}

// readOrphans returns the parts whose offer is no more.
func readOrphans(tx *db.Tx) ([]aPart, error) {
	return db.All(tx, scanPart, selectPart+`WHERE NOT EXISTS (SELECT 1 FROM handover_arriving a WHERE a.offer = handover_part.offer)`)
}

// dropArriving forgets an offer and what it expects; its parts go after their files.
func dropArriving(tx *db.Tx, offer string) error {
	for _, q := range []string{`DELETE FROM handover_object WHERE offer = ?`, `DELETE FROM handover_arriving WHERE offer = ?`} {
		if _, err := tx.Exec(q, offer); err != nil {
			return err
		}
	}
	return nil
}

func readSending(tx *db.Tx) ([]Sending, error) {
	return db.All(tx, func(s db.Scanner) (x Sending, err error) {
		var begun, tried int64
		err = s.Scan(&x.Offer, &x.ID, &x.Peer, &begun, &tried, &x.Tries, &x.Left, &x.Here, &x.Wrong, &x.Paper, &x.Spool)
		x.Begun = time.UnixMicro(begun).UTC()
		if tried > 0 {
			x.Tried = time.UnixMicro(tried).UTC()
		}
		return x, err
	}, `SELECT offer, id, peer, begun, tried, tries, missing, here, wrong, paper, spool FROM handover_sending ORDER BY begun, offer`)
}

func putSending(tx *db.Tx, x Sending) error {
	tried := int64(0)
	if !x.Tried.IsZero() {
		tried = x.Tried.UnixMicro()
	}
	_, err := tx.Exec(`INSERT INTO handover_sending (offer, id, peer, begun, tried, tries, missing, here, wrong, paper, spool) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (offer) DO UPDATE SET tried = excluded.tried, tries = excluded.tries, missing = excluded.missing, here = excluded.here, wrong = excluded.wrong`,
		x.Offer, x.ID, x.Peer, x.Begun.UnixMicro(), tried, x.Tries, x.Left, x.Here, x.Wrong, x.Paper, x.Spool)
	return err
}

func dropSending(tx *db.Tx, offer string) error {
	_, err := tx.Exec(`DELETE FROM handover_sending WHERE offer = ?`, offer)
	return err
}
