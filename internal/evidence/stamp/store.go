package stamp

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE stamp_authority (url TEXT PRIMARY KEY, kind TEXT NOT NULL, entry BIGINT NOT NULL);
CREATE TABLE stamp (entry BIGINT PRIMARY KEY, intake TEXT NOT NULL, authority TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL,
	at BIGINT NOT NULL, ends BIGINT NOT NULL, renews BIGINT NOT NULL, upgrades BIGINT NOT NULL, height BIGINT NOT NULL, kept BIGINT NOT NULL, actor TEXT NOT NULL);
CREATE INDEX stamp_intake ON stamp (intake, authority);
CREATE INDEX stamp_ends ON stamp (ends);
CREATE INDEX stamp_renews ON stamp (renews);
CREATE INDEX stamp_upgrades ON stamp (upgrades);
CREATE TABLE stamp_item (item TEXT NOT NULL, intake TEXT NOT NULL, node TEXT NOT NULL, of_intake TEXT NOT NULL, PRIMARY KEY (item, intake));
`

// Module is what the record needs to know of time stamps.
func Module() record.Module {
	return record.Module{Name: "stamp", Schema: schema, Tables: []string{"stamp_authority", "stamp", "stamp_item"}, Kinds: []record.Kind{
		{Name: "stamp.authority", Apply: applyAuthority},
		{Name: "stamp.kept", Apply: applyKept},
		{Name: "stamp.upgraded", Apply: applyKept},
		{Name: "stamp.brought", Apply: applyKept},
		{Name: "stamp.about", Apply: applyAbout},
	}}
}

type authorityOpen struct {
	URL   string `json:"url"`
	Kind  string `json:"kind"`
	Ended bool   `json:"ended,omitempty"`
}

type stampOpen struct {
	Intake    string    `json:"intake"`
	Authority string    `json:"authority"`
	Kind      string    `json:"kind"`
	Digest    string    `json:"digest"`
	At        time.Time `json:"at,omitzero"`
	Ends      time.Time `json:"ends,omitzero"`
	Renews    int64     `json:"renews,omitempty"`
	Upgrades  int64     `json:"upgrades,omitempty"`
	Height    uint64    `json:"height,omitempty"`
}

func applyAuthority(tx *db.Tx, e record.Entry) error {
	var x authorityOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if x.Ended {
		_, err := tx.Exec(`DELETE FROM stamp_authority WHERE url = ?`, x.URL)
		return err
	}
	_, err := tx.Exec(`INSERT INTO stamp_authority (url, kind, entry) VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE SET kind = excluded.kind, entry = excluded.entry`, x.URL, x.Kind, e.Index)
	return err
}

func applyKept(tx *db.Tx, e record.Entry) error {
	var x stampOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO stamp (entry, intake, authority, kind, digest, at, ends, renews, upgrades, height, kept, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Index, x.Intake, x.Authority, x.Kind, x.Digest, micros(x.At), micros(x.Ends), x.Renews, x.Upgrades, int64(x.Height), e.Time.UnixMicro(), e.Actor)
	return err
}

// aboutOpen says which items here are those of an intake of another custodian.
type aboutOpen struct {
	Intake string   `json:"intake"` // under which name its stamps are kept
	Node   string   `json:"node"`
	Of     string   `json:"of"` // the intake there
	Items  []string `json:"items"`
}

func applyAbout(tx *db.Tx, e record.Entry) error {
	var x aboutOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	for _, item := range x.Items {
		if _, err := tx.Exec(`INSERT INTO stamp_item (item, intake, node, of_intake) VALUES (?, ?, ?, ?) ON CONFLICT (item, intake) DO NOTHING`, item, x.Intake, x.Node, x.Of); err != nil {
			return err
		}
	}
	return nil
}

// readElsewhere returns the intakes of other custodians by which an item came.
func readElsewhere(tx *db.Tx, item string) ([]Elsewhere, error) {
	return db.All(tx, func(s db.Scanner) (x Elsewhere, err error) {
		err = s.Scan(&x.Name, &x.Node, &x.Intake)
		return x, err
	}, `SELECT intake, node, of_intake FROM stamp_item WHERE item = ? ORDER BY intake`, item)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

const selectStamp = `SELECT entry, intake, authority, kind, digest, at, ends, renews, upgrades, height, kept, actor,
	CASE WHEN EXISTS (SELECT 1 FROM stamp o WHERE o.entry = s.renews AND o.ends > 0 AND o.ends < s.at) THEN 1 ELSE 0 END FROM stamp s `

func scanStamp(s db.Scanner) (x Stamp, err error) {
	var at, ends, height, kept, late int64
	err = s.Scan(&x.Entry, &x.Intake, &x.Authority, &x.Kind, &x.Digest, &at, &ends, &x.Renews, &x.Upgrades, &height, &kept, &x.By, &late)
	x.At, x.Ends, x.Height, x.Kept, x.Late = moment(at), moment(ends), uint64(height), moment(kept), late > 0
	return x, err
}

func readStamps(tx *db.Tx, intake string) ([]Stamp, error) {
	return db.All(tx, scanStamp, selectStamp+`WHERE intake = ? ORDER BY entry`, intake)
}

func readAuthorities(tx *db.Tx) ([]Authority, error) {
	return db.All(tx, func(s db.Scanner) (a Authority, err error) {
		err = s.Scan(&a.URL, &a.Kind, &a.Entry)
		return a, err
	}, `SELECT url, kind, entry FROM stamp_authority ORDER BY entry`)
}

// readMissing joins the intakes of evidence, whose table a rebuild makes first.
func readMissing(tx *db.Tx, authority string, most int) ([]string, error) {
	return db.All(tx, db.Text, `SELECT i.id FROM evidence_intake i WHERE i.ended > 0 AND NOT EXISTS (
		SELECT 1 FROM stamp s WHERE s.intake = i.id AND s.authority = ? AND s.renews = 0 AND s.upgrades = 0) ORDER BY i.entry LIMIT ?`, authority, most)
}

func readEnding(tx *db.Tx, before time.Time, most int) ([]Stamp, error) {
	return db.All(tx, scanStamp, selectStamp+`WHERE s.ends > 0 AND s.ends < ? AND NOT EXISTS (SELECT 1 FROM stamp r WHERE r.renews = s.entry) ORDER BY s.ends LIMIT ?`,
		before.UnixMicro(), most)
}

// never stands for a proof that no certificate ends: one in a block chain.
const never = int64(1) << 62

// readEnds returns when the last proof of time of each intake ends, of those
// that nothing renews; in a calendar that is pending, 0.
func readEnds(tx *db.Tx) (map[string]int64, error) {
	out := map[string]int64{}
	err := db.Each(tx, func(s db.Scanner) error {
		var intake string
		var ends int64
		err := s.Scan(&intake, &ends)
		out[intake] = ends
		return err
	}, `SELECT s.intake, MAX(CASE WHEN s.kind = ? AND (s.at > 0 OR s.height > 0) THEN CAST(? AS BIGINT) ELSE s.ends END) FROM stamp s
		WHERE NOT EXISTS (SELECT 1 FROM stamp r WHERE r.renews = s.entry) GROUP BY s.intake`, OpenTimestamps, never)
	return out, err
}

// readWaiting returns proofs of calendars that lead into no block yet and that nothing
// upgrades.
func readWaiting(tx *db.Tx, after int64, most int) ([]Stamp, error) {
	return db.All(tx, scanStamp, selectStamp+`WHERE s.kind = ? AND s.height = 0 AND s.entry > ? AND NOT EXISTS (SELECT 1 FROM stamp u WHERE u.upgrades = s.entry) ORDER BY s.entry LIMIT ?`,
		OpenTimestamps, after, most)
}
