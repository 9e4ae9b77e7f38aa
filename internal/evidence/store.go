package evidence

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE evidence_intake (id TEXT PRIMARY KEY, entry BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, marking TEXT NOT NULL, via TEXT NOT NULL,
	ended BIGINT NOT NULL, refused BIGINT NOT NULL);
CREATE TABLE evidence_item (
	entry BIGINT PRIMARY KEY, id TEXT NOT NULL, intake TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, marking TEXT NOT NULL, bytes BIGINT NOT NULL,
	mark TEXT NOT NULL, object TEXT NOT NULL, place BIGINT NOT NULL, length BIGINT NOT NULL, packed BIGINT NOT NULL, origin TEXT NOT NULL, how TEXT NOT NULL,
	state TEXT NOT NULL, holds BIGINT NOT NULL, damaged BIGINT NOT NULL);
CREATE UNIQUE INDEX evidence_item_id ON evidence_item (id); CREATE INDEX evidence_item_intake ON evidence_item (intake, entry);
CREATE INDEX evidence_item_mark ON evidence_item (mark);
CREATE INDEX evidence_item_origin ON evidence_item (origin) WHERE origin <> '';
CREATE INDEX evidence_item_object ON evidence_item (object) WHERE packed = 0;
CREATE TABLE evidence_link (item TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (item, kind, target));
CREATE INDEX evidence_link_to ON evidence_link (kind, target, item);
CREATE TABLE evidence_permission (item TEXT NOT NULL, id TEXT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (item, id));
CREATE TABLE evidence_hold (item TEXT NOT NULL, id TEXT NOT NULL, entry BIGINT NOT NULL, released BIGINT NOT NULL, PRIMARY KEY (item, id));
CREATE TABLE evidence_reading (item TEXT PRIMARY KEY, entry BIGINT NOT NULL); CREATE INDEX evidence_reading_entry ON evidence_reading (entry);
CREATE TABLE evidence_described (item TEXT NOT NULL, export TEXT NOT NULL, line BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (item, export, line)); CREATE INDEX evidence_described_by ON evidence_described (export);
CREATE TABLE evidence_custodian (recipient TEXT PRIMARY KEY, holder TEXT NOT NULL, entry BIGINT NOT NULL);
`

// Module is what the record needs to know of evidence.
func Module() record.Module {
	return record.Module{Name: "evidence", Schema: schema, State: state,
		Tables: []string{"evidence_intake", "evidence_item", "evidence_link", "evidence_permission", "evidence_hold", "evidence_reading", "evidence_described", "evidence_custodian"},
		Kinds: []record.Kind{
			{Name: "evidence.intake-begun", Apply: reads(applyBegun)},
			{Name: "evidence.intake-ended", Apply: reads(applyEnded)},
			{Name: "evidence.taken", Apply: reads(applyTaken)},
			{Name: "evidence.opened", Apply: record.None},
			{Name: "evidence.copied", Apply: record.None},
			{Name: "evidence.destroyed", Apply: record.None},
			{Name: "evidence.marked", Apply: reads(applyMarked)},
			{Name: "evidence.linked", Apply: reads(applyLinked)},
			{Name: "evidence.unlinked", Apply: reads(applyUnlinked)},
			{Name: "evidence.permitted", Apply: reads(applyPermitted)},
			{Name: "evidence.held", Apply: reads(applyHeld)},
			{Name: "evidence.released", Apply: reads(applyReleased)},
			{Name: "evidence.reviewed", Apply: reads(applyReviewed)},
			{Name: "evidence.proved", Apply: record.None},
			{Name: "evidence.judged", Apply: record.None},
			{Name: "evidence.read", Apply: reads(applyRead)},
			{Name: "evidence.described", Apply: reads(applyDescribed)},
			{Name: "evidence.damaged", Apply: reads(applyDamaged)},
			{Name: "evidence.restored", Apply: reads(applyRestored)},
			{Name: "evidence.custody-key", Apply: reads(applyCustodian)},
		}}
}

// reads gives an apply function the open part of its entry.
func reads[T any](f func(*db.Tx, record.Entry, T) error) func(*db.Tx, record.Entry) error {
	return func(tx *db.Tx, e record.Entry) error {
		var x T
		if err := e.Decode(&x); err != nil {
			return err
		}
		return f(tx, e, x)
	}
}

func applyBegun(tx *db.Tx, e record.Entry, x begunOpen) error {
	_, err := tx.Exec(`INSERT INTO evidence_intake (id, entry, at, actor, marking, via, ended, refused) VALUES (?, ?, ?, ?, ?, ?, 0, 0)`,
		x.ID, e.Index, e.Time.UnixMicro(), e.Actor, e.Marking, x.Via)
	if err != nil {
		return err
	}
	return applyLinks(tx, x.ID, x.Links...)
}

func applyEnded(tx *db.Tx, e record.Entry, x endedOpen) error {
	_, err := tx.Exec(`UPDATE evidence_intake SET ended = ?, refused = ? WHERE id = ?`, e.Time.UnixMicro(), x.Refused, x.ID)
	return err
}

func applyTaken(tx *db.Tx, e record.Entry, x takenOpen) error {
	_, err := tx.Exec(`INSERT INTO evidence_item (id, entry, intake, seq, at, actor, marking, bytes, mark, object, place, length, packed, origin, how, state, holds, damaged)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unreviewed', 0, 0)`,
		x.ID, e.Index, x.Intake, x.Seq, e.Time.UnixMicro(), e.Actor, e.Marking, x.Bytes, x.Mark, x.Object, x.Offset, x.Length, x.Packed, x.From, x.How)
	if err != nil {
		return err
	}
	return applyLinks(tx, x.ID, x.Links...)
}

func applyLinks(tx *db.Tx, item string, links ...Link) (err error) {
	for n := 0; n < len(links) && err == nil; n++ {
		_, err = tx.Exec(`INSERT INTO evidence_link (item, kind, target) VALUES (?, ?, ?) ON CONFLICT (item, kind, target) DO NOTHING`, item, links[n].Kind, links[n].To)
	}
	return err
}

func applyMarked(tx *db.Tx, e record.Entry, x aboutItem) error {
	_, err := tx.Exec(`UPDATE evidence_item SET marking = ? WHERE id = ?`, e.Marking, x.Item)
	return err
}

func applyLinked(tx *db.Tx, e record.Entry, x linkOpen) error {
	return applyLinks(tx, x.Item, Link{x.Kind, x.To})
}

func applyUnlinked(tx *db.Tx, e record.Entry, x linkOpen) error {
	_, err := tx.Exec(`DELETE FROM evidence_link WHERE item = ? AND kind = ? AND target = ?`, x.Item, x.Kind, x.To)
	return err
}

func applyPermitted(tx *db.Tx, e record.Entry, x underOpen) error {
	_, err := tx.Exec(`INSERT INTO evidence_permission (item, id, entry) VALUES (?, ?, ?) ON CONFLICT (item, id) DO UPDATE SET entry = excluded.entry`, x.Item, x.ID, e.Index)
	return err
}

func applyHeld(tx *db.Tx, e record.Entry, x underOpen) error {
	if _, err := tx.Exec(`INSERT INTO evidence_hold (item, id, entry, released) VALUES (?, ?, ?, 0)`, x.Item, x.ID, e.Index); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE evidence_item SET holds = holds + 1 WHERE id = ?`, x.Item)
	return err
}

func applyReleased(tx *db.Tx, e record.Entry, x underOpen) error {
	if _, err := tx.Exec(`UPDATE evidence_hold SET released = ? WHERE item = ? AND id = ?`, e.Index, x.Item, x.ID); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE evidence_item SET holds = holds - 1 WHERE id = ?`, x.Item)
	return err
}

func applyReviewed(tx *db.Tx, e record.Entry, x reviewOpen) error {
	_, err := tx.Exec(`UPDATE evidence_item SET state = ? WHERE id = ?`, x.State, x.Item)
	return err
}

func applyDamaged(tx *db.Tx, _ record.Entry, x aboutItem) error {
	_, err := tx.Exec(`UPDATE evidence_item SET damaged = 1 WHERE id = ?`, x.Item)
	return err
}

func applyRestored(tx *db.Tx, _ record.Entry, x aboutItem) error {
	_, err := tx.Exec(`UPDATE evidence_item SET damaged = 0 WHERE id = ?`, x.Item)
	return err
}

func applyRead(tx *db.Tx, e record.Entry, x aboutItem) error {
	_, err := tx.Exec(`INSERT INTO evidence_reading (item, entry) VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET entry = excluded.entry`, x.Item, e.Index)
	return err
}

// readingOf returns the entry of the last reading of an item, or 0.
func readingOf(tx *db.Tx, item string) (int64, error) {
	return db.Maybe(tx, db.Int, `SELECT entry FROM evidence_reading WHERE item = ?`, item)
}

// readingsAtOnce bounds a page of readings.
const readingsAtOnce = 1000

// aReading is the last reading of an item.
type aReading struct {
	item  string
	entry int64
}

func readingsAfter(tx *db.Tx, after int64) ([]aReading, error) {
	return db.All(tx, func(s db.Scanner) (r aReading, err error) { err = s.Scan(&r.item, &r.entry); return r, err },
		`SELECT item, entry FROM evidence_reading WHERE entry > ? ORDER BY entry LIMIT ?`, after, readingsAtOnce)
}

func applyDescribed(tx *db.Tx, e record.Entry, x describedOpen) error {
	_, err := tx.Exec(`INSERT INTO evidence_described (item, export, line, entry) VALUES (?, ?, ?, ?)`, x.Item, x.By, x.Line, e.Index)
	return err
}

// readDescribed returns what exports say of an item, or of whom an export says something.
func readDescribed(tx *db.Tx, item, export string) ([]Described, error) {
	scan := func(s db.Scanner) (d Described, err error) {
		err = s.Scan(&d.of, &d.By, &d.Line, &d.Entry)
		return d, err
	}
	return db.All(tx, scan, `SELECT item, export, line, entry FROM evidence_described WHERE item = ? OR (export = ? AND export <> '') ORDER BY entry`, item, export)
}

func applyCustodian(tx *db.Tx, e record.Entry, x custodianOpen) error {
	if x.Ended {
		_, err := tx.Exec(`DELETE FROM evidence_custodian WHERE recipient = ?`, x.Recipient)
		return err
	}
	_, err := tx.Exec(`INSERT INTO evidence_custodian (recipient, holder, entry) VALUES (?, ?, ?) ON CONFLICT (recipient) DO UPDATE SET holder = excluded.holder`,
		x.Recipient, x.Holder, e.Index)
	return err
}

const selectItem = `SELECT i.id, i.entry, i.intake, i.seq, i.at, i.actor, i.marking, i.bytes, i.object, i.place, i.length, i.packed, i.origin, i.how, i.state, i.holds, i.damaged FROM evidence_item i `

func scanItem(s db.Scanner) (i Item, err error) {
	var at int64
	err = s.Scan(&i.ID, &i.Entry, &i.Intake, &i.Seq, &at, &i.By, &i.Marking, &i.Size, &i.Place.Object, &i.Place.Offset, &i.Place.Length, &i.Place.Packed,
		&i.From, &i.How, &i.State, &i.Holds, &i.Damaged)
	i.Taken = time.UnixMicro(at).UTC()
	return i, err
}

// where words a filter.
func (f Filter) where() (string, []any) {
	var parts []string
	var args []any
	add := func(on bool, text string, with ...any) {
		if on {
			parts, args = append(parts, text), append(args, with...)
		}
	}
	add(f.ID != "", `i.id = ?`, f.ID)
	add(f.Intake != "", `i.intake = ?`, f.Intake)
	add(f.Link.Kind != "", `i.id IN (SELECT item FROM evidence_link WHERE kind = ? AND target = ?)`, f.Link.Kind, f.Link.To)
	add(f.From != "", `i.origin = ?`, f.From)
	add(f.Originals, `i.origin = ''`)
	add(f.How != "", `i.how = ?`, f.How)
	add(f.NoThumbs, `i.how <> 'thumbnail'`)
	add(f.State != "", `i.state = ?`, f.State)
	add(f.Marking != "", `i.marking = ?`, f.Marking)
	add(f.Held, `i.holds > 0`)
	add(f.Damaged, `i.damaged = 1`)
	add(f.By != "", `i.actor = ?`, f.By)
	add(f.Mark != "", `i.mark = ?`, f.Mark)
	add(f.After > 0, `i.entry > ?`, f.After)
	add(f.Before > 0, `i.entry < ?`, f.Before)
	if len(parts) == 0 {
		return "", nil
	}
	return `WHERE ` + strings.Join(parts, ` AND `) + ` `, args
}

func readItems(tx *db.Tx, f Filter) ([]Item, error) {
	where, args := f.where()
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	order := `ORDER BY i.entry DESC LIMIT ?`
	if f.Oldest {
		order = `ORDER BY i.entry LIMIT ?`
	}
	return db.All(tx, scanItem, selectItem+where+order, append(args, min(limit, 1000))...)
}

type linked struct {
	item string
	Link
}

func readLinks(tx *db.Tx, ids []string) ([]linked, error) {
	return db.All(tx, func(s db.Scanner) (l linked, err error) {
		err = s.Scan(&l.item, &l.Kind, &l.To)
		return l, err
	}, `SELECT item, kind, target FROM evidence_link WHERE item IN (`+marks(ids)+`) ORDER BY item, kind, target`, values(ids)...)
}

func countItems(tx *db.Tx, f Filter) (map[string]map[string]int, error) {
	where, args := f.where()
	out := map[string]map[string]int{}
	type row struct {
		name string
		n    int
	}
	scan := func(s db.Scanner) (x row, err error) { err = s.Scan(&x.name, &x.n); return x, err }
	for _, column := range []string{"state", "marking", "how"} {
		rows, err := db.All(tx, scan, `SELECT `+column+`, COUNT(*) FROM evidence_item i `+where+`GROUP BY `+column+` ORDER BY `+column, args...)
		if err != nil {
			return nil, err
		}
		out[column] = map[string]int{}
		for _, x := range rows {
			out[column][x.name] = x.n
		}
	}
	rows, err := db.All(tx, scan, `SELECT l.kind || ' ' || l.target, COUNT(*) FROM evidence_link l WHERE l.item IN (SELECT i.id FROM evidence_item i `+where+`) GROUP BY l.kind, l.target ORDER BY 1`, args...)
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		kind, to, _ := strings.Cut(x.name, " ")
		if out[kind] == nil {
			out[kind] = map[string]int{}
		}
		out[kind][to] = x.n
	}
	return out, nil
}

// holdEntry returns the entry of a hold that is in force, or NotFound.
func holdEntry(tx *db.Tx, item, id string) (int64, error) {
	n, err := db.One(tx, db.Int, `SELECT entry FROM evidence_hold WHERE item = ? AND id = ? AND released = 0`, item, id)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("%s is under no hold %s", item, id)
	}
	return n, err
}

func lastSeq(tx *db.Tx, intake string) (int, error) {
	n, err := db.One(tx, db.Int, `SELECT COALESCE(MAX(seq), 0) FROM evidence_item WHERE intake = ?`, intake)
	return int(n), err
}

// countTaken returns how many items an intake has, and their bytes.
func countTaken(tx *db.Tx, intake string) (items int, size int64, err error) {
	size, err = db.One(tx, func(s db.Scanner) (n int64, err error) { err = s.Scan(&items, &n); return n, err },
		`SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM evidence_item WHERE intake = ?`, intake)
	return items, size, err
}

// linksOf returns what every item of an intake is linked to when it is taken
// in: the intake itself is linked so.
func linksOf(tx *db.Tx, intake string) ([]Link, error) {
	return db.All(tx, func(s db.Scanner) (l Link, err error) { err = s.Scan(&l.Kind, &l.To); return l, err },
		`SELECT kind, target FROM evidence_link WHERE item = ? ORDER BY kind, target`, intake)
}

func readIntake(tx *db.Tx, id string) (Intake, error) {
	return db.One(tx, scanIntake, selectIntake+`WHERE id = ?`, id)
}

func readIntakes(tx *db.Tx, via string) ([]Intake, error) {
	return db.All(tx, scanIntake, selectIntake+`WHERE via = ? ORDER BY entry`, via)
}

const selectIntake = `SELECT id, entry, at, actor, marking, via, ended, refused FROM evidence_intake `

func scanIntake(s db.Scanner) (in Intake, err error) {
	var at, ended int64
	err = s.Scan(&in.ID, &in.Entry, &at, &in.By, &in.Marking, &in.Via, &ended, &in.Refused)
	in.At = time.UnixMicro(at).UTC()
	if ended > 0 {
		in.Ended = time.UnixMicro(ended).UTC()
	}
	return in, err
}

func readCustodians(tx *db.Tx) ([]Custodian, error) {
	return db.All(tx, func(s db.Scanner) (c Custodian, err error) {
		err = s.Scan(&c.Recipient, &c.Holder, &c.Entry)
		return c, err
	}, `SELECT recipient, holder, entry FROM evidence_custodian ORDER BY entry`)
}

// holdTaken tells whether an item has, or had, a hold of this name.
func holdTaken(tx *db.Tx, item, id string) (bool, error) {
	n, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM evidence_hold WHERE item = ? AND id = ?`, item, id)
	return n > 0, err
}

// readTerms returns the entries of the permissions on items, by item and id.
func readTerms(tx *db.Tx, ids []string) (map[string]map[string]int64, error) {
	out := map[string]map[string]int64{}
	err := db.Each(tx, func(s db.Scanner) error {
		var item, id string
		var entry int64
		err := s.Scan(&item, &id, &entry)
		if out[item] == nil {
			out[item] = map[string]int64{}
		}
		out[item][id] = entry
		return err
	}, `SELECT item, id, entry FROM evidence_permission WHERE item IN (`+marks(ids)+`)`, values(ids)...)
	return out, err
}

func readOrigin(tx *db.Tx, id string) (string, error) {
	return db.Maybe(tx, db.Text, `SELECT origin FROM evidence_item WHERE id = ?`, id)
}

// readHolds names the holds that are in force on an item.
func readHolds(tx *db.Tx, item string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT id FROM evidence_hold WHERE item = ? AND released = 0 ORDER BY id`, item)
}

// readMark returns the keyed digest of an item's bytes.
func readMark(tx *db.Tx, item string) (string, error) {
	mark, err := db.One(tx, db.Text, `SELECT mark FROM evidence_item WHERE id = ?`, item)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("there is no item %s", item)
	}
	return mark, err
}

// readOn returns every item of the object of the store in which an item is. The
// members of a segment were taken in together, so that they need no index.
func readOn(tx *db.Tx, i Item) ([]Item, error) {
	if i.Place.Packed {
		return db.All(tx, scanItem, selectItem+`WHERE i.entry BETWEEN ? AND ? AND i.object = ? ORDER BY i.entry`, i.Entry-partFiles, i.Entry+partFiles, i.Place.Object)
	}
	return db.All(tx, scanItem, selectItem+`WHERE i.object = ? AND i.packed = 0 ORDER BY i.entry`, i.Place.Object)
}
