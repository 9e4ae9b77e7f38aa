package series

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE series_import (
	entry BIGINT PRIMARY KEY, kind TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, blob TEXT NOT NULL, file TEXT NOT NULL,
	row_count BIGINT NOT NULL, accepted BIGINT NOT NULL, revised BIGINT NOT NULL, duplicates BIGINT NOT NULL, rejected BIGINT NOT NULL,
	first_month BIGINT NOT NULL, last_month BIGINT NOT NULL, withdrawn BIGINT NOT NULL);
CREATE TABLE series_event (
	source TEXT NOT NULL, id TEXT NOT NULL, entry BIGINT NOT NULL, country TEXT NOT NULL, type BIGINT NOT NULL, month BIGINT NOT NULL,
	first_day BIGINT NOT NULL, last_day BIGINT NOT NULL, best BIGINT NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL, civilians BIGINT NOT NULL,
	lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL, exactness BIGINT NOT NULL, fingerprint BIGINT NOT NULL,
	PRIMARY KEY (source, id, entry));
CREATE INDEX series_event_in ON series_event (country, month);
CREATE INDEX series_event_at ON series_event (lat, lon);
CREATE TABLE series_month (
	country TEXT NOT NULL, source TEXT NOT NULL, type BIGINT NOT NULL, month BIGINT NOT NULL, entry BIGINT NOT NULL,
	n BIGINT NOT NULL, best BIGINT NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL, civilians BIGINT NOT NULL,
	PRIMARY KEY (country, source, type, month, entry));
CREATE INDEX series_month_at ON series_month (month);
CREATE TABLE series_cell (
	views BIGINT NOT NULL, month BIGINT NOT NULL, outcome TEXT NOT NULL, entry BIGINT NOT NULL, country TEXT NOT NULL, value DOUBLE PRECISION NOT NULL,
	PRIMARY KEY (views, month, outcome, entry));
CREATE INDEX series_cell_in ON series_cell (country, month);
CREATE INDEX series_cell_month ON series_cell (month);
`

// Module is what the record needs to know of series. The store is where the
// rows of imports are.
func Module(store blob.Store) record.Module {
	l := loader{store}
	return record.Module{Name: "series", Schema: schema, Tables: []string{"series_import", "series_event", "series_month", "series_cell"},
		Kinds: []record.Kind{
			{Name: "series.imported", Apply: l.applyImported},
			{Name: "series.withdrawn", Apply: applyWithdrawn},
		}}
}

// The open parts.
type (
	imported struct {
		Kind       string       `json:"kind"`
		Blob       string       `json:"blob"`
		File       string       `json:"file"`
		Rows       int          `json:"rows"`
		Accepted   int          `json:"accepted"`
		Revised    int          `json:"revised"`
		Duplicates int          `json:"duplicates"`
		Rejected   int          `json:"rejected"`
		First      events.Month `json:"first"`
		Last       events.Month `json:"last"`
	}
	withdrawn struct {
		Import int64  `json:"import"`
		Kind   string `json:"kind"`
	}
)

// loader loads rows out of blobs.
type loader struct{ store blob.Store }

func (l loader) applyImported(tx *db.Tx, e record.Entry) error {
	var in imported
	if err := e.Decode(&in); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO series_import (entry, kind, at, actor, blob, file, row_count, accepted, revised, duplicates, rejected, first_month, last_month, withdrawn)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, e.Index, in.Kind, e.Time.UnixMicro(), e.Actor, in.Blob, in.File,
		in.Rows, in.Accepted, in.Revised, in.Duplicates, in.Rejected, int(in.First), int(in.Last))
	if err != nil {
		return err
	}
	b, err := open(tx.Context(), l.store, in.Blob)
	if err != nil {
		return err
	}
	defer b.Close()
	load := rowLoader{tx: tx, entry: e.Index, change: map[monthKey]sums{}}
	if in.Revised > 0 && in.Kind != Panel {
		if load.before, err = readNewest(tx, in.Kind, e.Index); err != nil {
			return err
		}
	}
	if err := unpack(b, in.Kind, load.reader(in.Kind)); err != nil {
		return fmt.Errorf("blob %s: %w", in.Blob, err)
	}
	if load.n != in.Accepted {
		return fmt.Errorf("blob %s: it has %d rows, not %d", in.Blob, load.n, in.Accepted)
	}
	return load.applyMonths()
}

// rowLoader inserts rows, many with one statement.
type rowLoader struct {
	tx     *db.Tx
	entry  int64
	n      int                // rows read
	before map[string]counted // what the import revises, by the source's id
	change map[monthKey]sums
	into   string
	wide   int // columns
	args   []any
}

// together is how many rows one statement inserts.
const together = 40

func (l *rowLoader) reader(kind string) func(int, []byte) error {
	if kind == Panel {
		return l.applyCell
	}
	return l.applyEvent
}

func (l *rowLoader) applyEvent(_ int, row []byte) error {
	var e events.Event
	if err := json.Unmarshal(row, &e); err != nil {
		return err
	}
	l.n++
	now := counted{monthKey{e.ISO3, e.Source, int(e.Type), int(events.MonthOf(e.Start))}, sums{1, e.Best, e.Low, e.High, e.Civilians}}
	l.change[now.monthKey] = l.change[now.monthKey].plus(now.sums, 1)
	if was, ok := l.before[e.SourceID]; ok {
		l.change[was.monthKey] = l.change[was.monthKey].plus(was.sums, -1)
	}
	return l.applyRow(`INSERT INTO series_event (source, id, entry, country, type, month, first_day, last_day, best, low, high, civilians, lat, lon, exactness, fingerprint) VALUES `,
		e.Source, e.SourceID, l.entry, e.ISO3, now.kind, now.month, e.Start.UnixMicro(), e.End.UnixMicro(),
		e.Best, e.Low, e.High, e.Civilians, e.Lat, e.Lon, e.Precision, fingerprint(e))
}

func (l *rowLoader) applyCell(_ int, row []byte) error {
	var c events.Cell
	if err := json.Unmarshal(row, &c); err != nil {
		return err
	}
	l.n++
	for _, outcome := range slices.Sorted(maps.Keys(c.Values)) {
		err := l.applyRow(`INSERT INTO series_cell (views, month, outcome, entry, country, value) VALUES `, c.Country, int(c.Month), outcome, l.entry, c.ISO3, c.Values[outcome])
		if err != nil {
			return err
		}
	}
	return nil
}

// applyRow inserts a row of one table, now or with those that follow.
func (l *rowLoader) applyRow(into string, values ...any) error {
	l.into, l.wide = into, len(values)
	l.args = append(l.args, values...)
	if len(l.args) < together*l.wide {
		return nil
	}
	return l.applyRest()
}

func (l *rowLoader) applyRest() error {
	rows := len(l.args) / max(l.wide, 1)
	if rows == 0 {
		return nil
	}
	one := "(?" + strings.Repeat(", ?", l.wide-1) + ")"
	_, err := l.tx.Exec(l.into+one+strings.Repeat(", "+one, rows-1), l.args...)
	l.args = nil // the statement may be on its way still
	return err
}

// applyMonths inserts what the import changes in each month.
func (l *rowLoader) applyMonths() error {
	if err := l.applyRest(); err != nil {
		return err
	}
	for _, k := range slices.SortedFunc(maps.Keys(l.change), monthKey.compare) {
		if s := l.change[k]; s != (sums{}) {
			err := l.applyRow(`INSERT INTO series_month (country, source, type, month, entry, n, best, low, high, civilians) VALUES `,
				k.country, k.source, k.kind, k.month, l.entry, s.n, s.best, s.low, s.high, s.civilians)
			if err != nil {
				return err
			}
		}
	}
	return l.applyRest()
}

func applyWithdrawn(tx *db.Tx, e record.Entry) error {
	var w withdrawn
	if err := e.Decode(&w); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE series_import SET withdrawn = ? WHERE entry = ?`, e.Index, w.Import); err != nil {
		return err
	}
	if w.Kind == Panel {
		_, err := tx.Exec(`DELETE FROM series_cell WHERE entry = ?`, w.Import)
		return err
	}
	if _, err := tx.Exec(`DELETE FROM series_event WHERE source = ? AND entry = ?`, w.Kind, w.Import); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM series_month WHERE source = ?`, w.Kind); err != nil {
		return err
	}
	changes, err := readChanges(tx, w.Kind)
	if err != nil {
		return err
	}
	for _, entry := range slices.Sorted(maps.Keys(changes)) {
		again := rowLoader{tx: tx, entry: entry, change: changes[entry]}
		if err := again.applyMonths(); err != nil {
			return err
		}
	}
	return nil
}

// newestEvent and newestCell leave out what a later import, up to an entry,
// replaced.
const (
	newestEvent = ` e.entry <= ? AND NOT EXISTS (SELECT 1 FROM series_event l WHERE l.source = e.source AND l.id = e.id AND l.entry > e.entry AND l.entry <= ?)`
	newestCell  = ` c.entry <= ? AND NOT EXISTS (SELECT 1 FROM series_cell l
		WHERE l.views = c.views AND l.month = c.month AND l.outcome = c.outcome AND l.entry > c.entry AND l.entry <= ?)`
)

type monthRow struct {
	source, outcome string
	Point
}

func readMonths(tx *db.Tx, s Span) ([]monthRow, error) {
	from, to, asOf := s.bounds()
	return db.All(tx, func(r db.Scanner) (m monthRow, err error) {
		var month, kind int
		err = r.Scan(&m.source, &kind, &month, &m.Value, &m.Low, &m.High, &m.Events, &m.Entry, &m.Imported)
		m.Month, m.outcome = events.Month(month), outcomeOf(m.source, events.Violence(kind))
		return m, err
	}, `SELECT g.source, g.type, g.month, g.best, g.low, g.high, g.n, g.newest, i.at FROM (
			SELECT m.source, m.type, m.month, CAST(SUM(m.best) AS DOUBLE PRECISION) AS best, CAST(SUM(m.low) AS DOUBLE PRECISION) AS low,
				CAST(SUM(m.high) AS DOUBLE PRECISION) AS high, CAST(SUM(m.n) AS BIGINT) AS n, MAX(m.entry) AS newest
			FROM series_month m WHERE m.country = ? AND m.month BETWEEN ? AND ? AND m.entry <= ? GROUP BY m.source, m.type, m.month) g
		JOIN series_import i ON i.entry = g.newest WHERE g.n > 0 ORDER BY g.source, g.type, g.month`,
		s.Country, int(from), int(to), asOf)
}

func readCells(tx *db.Tx, s Span) ([]monthRow, error) {
	from, to, asOf := s.bounds()
	return db.All(tx, func(r db.Scanner) (m monthRow, err error) {
		var month int
		err = r.Scan(&m.outcome, &month, &m.Value, &m.Entry, &m.Imported)
		m.source, m.Month, m.Low, m.High = Panel, events.Month(month), m.Value, m.Value
		return m, err
	}, `SELECT g.outcome, g.month, g.value, g.newest, i.at FROM (
			SELECT c.outcome, c.month, SUM(c.value) AS value, MAX(c.entry) AS newest FROM series_cell c
			WHERE c.country = ? AND c.month BETWEEN ? AND ? AND`+newestCell+` GROUP BY c.outcome, c.month) g
		JOIN series_import i ON i.entry = g.newest ORDER BY g.outcome, g.month`,
		s.Country, int(from), int(to), asOf, asOf)
}

func readEventTotals(tx *db.Tx, from, to events.Month) ([]part, error) {
	return db.All(tx, func(r db.Scanner) (p part, err error) {
		var kind int
		err = r.Scan(&p.Country, &p.Source, &kind, &p.Events, &p.Deaths, &p.Low, &p.High, &p.Civilians, &p.Entry)
		p.outcome = outcomeOf(p.Source, events.Violence(kind))
		return p, err
	}, `SELECT m.country, m.source, m.type, CAST(SUM(m.n) AS BIGINT), CAST(SUM(m.best) AS DOUBLE PRECISION), CAST(SUM(m.low) AS DOUBLE PRECISION),
			CAST(SUM(m.high) AS DOUBLE PRECISION), CAST(SUM(m.civilians) AS DOUBLE PRECISION), MAX(m.entry)
		FROM series_month m WHERE m.month BETWEEN ? AND ? GROUP BY m.country, m.source, m.type HAVING SUM(m.n) > 0 ORDER BY m.country, m.source, m.type`,
		int(from), int(to))
}

func readCellTotals(tx *db.Tx, from, to events.Month) ([]part, error) {
	_, _, all := Span{}.bounds()
	return db.All(tx, func(r db.Scanner) (p part, err error) {
		err = r.Scan(&p.Country, &p.outcome, &p.Deaths, &p.Entry)
		p.Source, p.Low, p.High = Panel, p.Deaths, p.Deaths
		return p, err
	}, `SELECT c.country, c.outcome, SUM(c.value), MAX(c.entry)
		FROM series_cell c WHERE c.month BETWEEN ? AND ? AND`+newestCell+` GROUP BY c.country, c.outcome ORDER BY c.country, c.outcome`,
		int(from), int(to), all, all)
}

const selectEvent = `SELECT e.source, e.id, e.country, e.type, e.first_day, e.last_day, e.best, e.low, e.high, e.civilians, e.lat, e.lon, e.exactness, e.entry FROM series_event e `

func scanEvent(s db.Scanner) (e Event, err error) {
	var kind int
	err = s.Scan(&e.Source, &e.ID, &e.Country, &kind, &e.Start, &e.End, &e.Best, &e.Low, &e.High, &e.Civilians, &e.Lat, &e.Lon, &e.Precision, &e.Entry)
	e.Type = events.Violence(kind).String()
	return e, err
}

func readEvents(tx *db.Tx, s Span, limit int) ([]Event, error) {
	from, to, asOf := s.bounds()
	return db.All(tx, scanEvent, selectEvent+`WHERE e.country = ? AND e.month BETWEEN ? AND ? AND`+newestEvent+
		` ORDER BY e.month DESC, e.first_day DESC, e.source, e.id LIMIT ?`, s.Country, int(from), int(to), asOf, asOf, limit)
}

func readBox(tx *db.Tx, b box, s Span) ([]Event, error) {
	from, to, asOf := s.bounds()
	return db.All(tx, scanEvent, selectEvent+`WHERE e.lat BETWEEN ? AND ? AND (e.lon BETWEEN ? AND ? OR e.lon BETWEEN ? AND ?)
		AND e.month BETWEEN ? AND ? AND (? = '' OR e.country = ?) AND`+newestEvent+` ORDER BY e.first_day DESC, e.source, e.id`,
		b.south, b.north, b.west, b.east, b.west2, b.east2, int(from), int(to), s.Country, s.Country, asOf, asOf)
}

func readImports(tx *db.Tx) ([]Imported, error) {
	return db.All(tx, func(s db.Scanner) (i Imported, err error) {
		var first, last int
		err = s.Scan(&i.Entry, &i.Kind, &i.At, &i.Actor, &i.Blob, &i.File, &i.Rows, &i.Accepted, &i.Revised, &i.Duplicates, &i.Rejected, &first, &last, &i.Withdrawn)
		i.First, i.Last = events.Month(first), events.Month(last)
		return i, err
	}, `SELECT entry, kind, at, actor, blob, file, row_count, accepted, revised, duplicates, rejected, first_month, last_month, withdrawn FROM series_import ORDER BY entry DESC`)
}

// lastImport is the newest entry that changed what is loaded of a kind, or 0.
func lastImport(tx *db.Tx, kind string) (int64, error) {
	return db.One(tx, db.Int, `SELECT COALESCE(MAX(CASE WHEN withdrawn > entry THEN withdrawn ELSE entry END), 0) FROM series_import WHERE kind = ?`, kind)
}

// entryOfFile is the newest import of this very file that stands, or 0.
func entryOfFile(tx *db.Tx, file string) (int64, error) {
	return db.One(tx, db.Int, `SELECT COALESCE(MAX(entry), 0) FROM series_import WHERE file = ? AND withdrawn = 0`, file)
}

func readFingerprints(tx *db.Tx, source string) (map[string]int64, error) {
	out := map[string]int64{}
	err := db.Each(tx, func(s db.Scanner) error {
		var id string
		var mark int64
		err := s.Scan(&id, &mark)
		out[id] = mark
		return err
	}, `SELECT id, fingerprint FROM series_event WHERE source = ? ORDER BY entry`, source)
	return out, err
}

func readValues(tx *db.Tx) (map[cellKey]float64, error) {
	out := map[cellKey]float64{}
	err := db.Each(tx, func(s db.Scanner) error {
		var k cellKey
		var value float64
		err := s.Scan(&k.views, &k.month, &k.outcome, &value)
		out[k] = value
		return err
	}, `SELECT views, month, outcome, value FROM series_cell ORDER BY entry`)
	return out, err
}

// Counts returns the newest value of every cell of an outcome of the panels, by
// VIEWS country id and month, and the newest import that has a part in it.
func Counts(v *record.View, outcome string) (values map[[2]int]float64, entry int64, err error) {
	values = map[[2]int]float64{}
	err = db.Each(v.Tx, func(s db.Scanner) error {
		var at [2]int
		var value float64
		var from int64
		err := s.Scan(&at[0], &at[1], &value, &from)
		values[at] = value
		entry = max(entry, from)
		return err
	}, `SELECT views, month, value, entry FROM series_cell WHERE outcome = ? ORDER BY entry`, outcome)
	return values, entry, err
}

// readEventPanel returns the deaths of an outcome by country and month, and the
// countries that each import changed; a country without deaths of the outcome has
// an empty map.
func readEventPanel(tx *db.Tx, source, outcome string) (sums map[string]map[events.Month]float64, of map[int64]map[string]bool, err error) {
	sums, of = map[string]map[events.Month]float64{}, map[int64]map[string]bool{}
	err = db.Each(tx, func(s db.Scanner) error {
		var country string
		var kind, month, best int
		var entry int64
		if err := s.Scan(&country, &kind, &month, &entry, &best); err != nil {
			return err
		}
		if sums[country] == nil {
			sums[country] = map[events.Month]float64{}
		}
		if of[entry] == nil {
			of[entry] = map[string]bool{}
		}
		of[entry][country] = true
		if outcomeOf(source, events.Violence(kind)) == outcome {
			sums[country][events.Month(month)] += float64(best)
		}
		return nil
	}, `SELECT country, type, month, entry, best FROM series_month WHERE source = ? ORDER BY country, type, month, entry`, source)
	return sums, of, err
}

// Find returns the newest version of one event of a source, or a fault of kind
// NotFound.
func Find(v *record.View, source, id string) (Event, error) {
	e, err := db.One(v.Tx, scanEvent, selectEvent+`WHERE e.source = ? AND e.id = ? ORDER BY e.entry DESC LIMIT 1`, source, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return e, fault.NotFound("there is no event %s of %s", id, source)
	}
	return e, err
}

const selectVersion = `SELECT id, entry, country, type, month, best, low, high, civilians FROM series_event WHERE source = ? `

// readNewest returns the newest version before an entry of each event of a
// source.
func readNewest(tx *db.Tx, source string, before int64) (map[string]counted, error) {
	out := map[string]counted{}
	scan := scanVersion(source)
	err := db.Each(tx, func(s db.Scanner) error {
		v, err := scan(s)
		out[v.id] = v.counted
		return err
	}, selectVersion+`AND entry < ? ORDER BY entry`, source, before)
	return out, err
}

func readChanges(tx *db.Tx, source string) (map[int64]map[monthKey]sums, error) {
	scan := scanVersion(source)
	return changesOf(func(f func(version) error) error {
		return db.Each(tx, func(s db.Scanner) error {
			v, err := scan(s)
			if err != nil {
				return err
			}
			return f(v)
		}, selectVersion+`ORDER BY id, entry`, source)
	})
}
