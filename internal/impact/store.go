package impact

import (
	"time"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE impact (
	id TEXT PRIMARY KEY, situation TEXT NOT NULL, marking TEXT NOT NULL, method TEXT NOT NULL, expect TEXT NOT NULL,
	date BIGINT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL, entry BIGINT NOT NULL);
CREATE INDEX impact_situation ON impact (situation);
CREATE TABLE impact_run (
	analysis TEXT PRIMARY KEY, entry BIGINT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL, blob TEXT NOT NULL, seen BIGINT NOT NULL,
	verdict TEXT NOT NULL, grade TEXT NOT NULL, estimate DOUBLE PRECISION NOT NULL, se DOUBLE PRECISION NOT NULL, low DOUBLE PRECISION NOT NULL,
	high DOUBLE PRECISION NOT NULL, compared BIGINT NOT NULL);
CREATE INDEX impact_run_blob ON impact_run (blob);
CREATE TABLE impact_rival (entry BIGINT PRIMARY KEY, analysis TEXT NOT NULL, rival TEXT NOT NULL, by_person TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX impact_rival_analysis ON impact_rival (analysis);
CREATE TABLE impact_tool (
	entry BIGINT NOT NULL, place BIGINT NOT NULL, tool TEXT NOT NULL, factor TEXT NOT NULL, nature TEXT NOT NULL, greater BIGINT NOT NULL,
	lesser BIGINT NOT NULL, mixed BIGINT NOT NULL, research TEXT NOT NULL, practice TEXT NOT NULL, PRIMARY KEY (entry, place));
CREATE INDEX impact_tool_tool ON impact_tool (tool);
`

// Module is what the record needs to know of impact. The store is where tables
// of evidence on tools are.
func Module(store blob.Store) record.Module {
	l := loader{store}
	return record.Module{Name: "impact", Schema: schema, Tables: []string{"impact", "impact_run", "impact_rival", "impact_tool"},
		Kinds: []record.Kind{
			{Name: "impact.registered", Apply: applyRegistered},
			{Name: "impact.ran", Apply: applyRan},
			{Name: "impact.rival-answered", Apply: applyAnswered},
			{Name: "impact.tools-imported", Apply: l.applyTools},
		}}
}

func applyRegistered(tx *db.Tx, e record.Entry) error {
	var x registered
	if err := e.Decode(&x); err != nil {
		return err
	}
	date, err := time.Parse(time.DateOnly, x.Date)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO impact (id, situation, marking, method, expect, date, by_person, at, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		x.ID, x.Situation, e.Marking, x.Method, x.Expect, date.Unix(), e.Actor, e.Time.UnixMicro(), e.Index)
	return err
}

func applyRan(tx *db.Tx, e record.Entry) error {
	var x ran
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO impact_run (analysis, entry, by_person, at, blob, seen, verdict, grade, estimate, se, low, high, compared)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, x.Analysis, e.Index, e.Actor, e.Time.UnixMicro(), x.Blob, x.Seen, string(x.Verdict), string(x.Grade),
		x.Effect.Estimate, x.Effect.SE, x.Effect.Low, x.Effect.High, one(x.Compared))
	return err
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func applyAnswered(tx *db.Tx, e record.Entry) error {
	var x answered
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO impact_rival (entry, analysis, rival, by_person, at) VALUES (?, ?, ?, ?, ?)`, e.Index, x.Analysis, string(x.Rival), e.Actor, e.Time.UnixMicro())
	return err
}

const selectAnalysis = `SELECT i.id, i.situation, i.marking, i.method, i.expect, i.date, i.by_person, i.at, i.entry,
	COALESCE(r.entry, 0), COALESCE(r.by_person, ''), COALESCE(r.at, 0), COALESCE(r.blob, ''), COALESCE(r.seen, 0), COALESCE(r.verdict, ''), COALESCE(r.grade, ''),
	COALESCE(r.estimate, 0), COALESCE(r.se, 0), COALESCE(r.low, 0), COALESCE(r.high, 0), COALESCE(r.compared, 0)
	FROM impact i LEFT JOIN impact_run r ON r.analysis = i.id `

func scanAnalysis(s db.Scanner) (a Analysis, err error) {
	var date, at, ranAt, compared int64
	var verdict, grade string
	var r Ran
	err = s.Scan(&a.ID, &a.Situation, &a.Marking, &a.Method, &a.Expect, &date, &a.By, &at, &a.Entry,
		&r.Entry, &r.By, &ranAt, &r.Blob, &r.Seen, &verdict, &grade, &r.Effect.Estimate, &r.Effect.SE, &r.Effect.Low, &r.Effect.High, &compared)
	a.Date, a.At = time.Unix(date, 0).UTC(), time.UnixMicro(at).UTC()
	if r.Entry > 0 {
		r.Verdict, r.Grade = causal.Verdict(verdict), causal.Grade(grade)
		r.At, r.Compared = time.UnixMicro(ranAt).UTC(), compared == 1
		a.Ran = &r
	}
	return a, err
}

// Get returns an analysis, or a fault of kind NotFound.
func Get(v *record.View, id string) (Analysis, error) {
	a, err := db.One(v.Tx, scanAnalysis, selectAnalysis+`WHERE i.id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return a, fault.NotFound("there is no analysis %q", id)
	}
	return a, err
}

// List returns analyses, the newest first; those of a situation when one is
// named.
func List(v *record.View, situation string) ([]Analysis, error) {
	if situation == "" {
		return db.All(v.Tx, scanAnalysis, selectAnalysis+`ORDER BY i.entry DESC`)
	}
	return db.All(v.Tx, scanAnalysis, selectAnalysis+`WHERE i.situation = ? ORDER BY i.entry DESC`, situation)
}

// Answers returns what was said of the rivals of an analysis, first to last.
func Answers(v *record.View, id string) ([]Answered, error) {
	return db.All(v.Tx, func(s db.Scanner) (a Answered, err error) {
		var at int64
		var rival string
		err = s.Scan(&a.Entry, &rival, &a.By, &at)
		a.Rival, a.At = causal.Rival(rival), time.UnixMicro(at).UTC()
		return a, err
	}, `SELECT entry, rival, by_person, at FROM impact_rival WHERE analysis = ? ORDER BY entry`, id)
}

// firstRun returns the entry of the first run on some data, or 0.
func firstRun(tx *db.Tx, blob string) (int64, error) {
	return db.One(tx, func(s db.Scanner) (n int64, err error) { err = s.Scan(&n); return n, err },
		`SELECT COALESCE(MIN(entry), 0) FROM impact_run WHERE blob = ?`, blob)
}

// Tools returns what is known of a tool, of the newest table: contexts and ways
// of using it under which it did more or less. Without a name it returns all.
func Tools(v *record.View, tool string) ([]Finding, error) {
	where, args := ``, []any{}
	if tool != "" {
		where, args = ` AND tool = ?`, []any{tool}
	}
	return db.All(v.Tx, func(s db.Scanner) (f Finding, err error) {
		err = s.Scan(&f.Entry, &f.Tool, &f.Factor, &f.Nature, &f.Greater, &f.Lesser, &f.Mixed, &f.Research, &f.Practice)
		return f, err
	}, `SELECT entry, tool, factor, nature, greater, lesser, mixed, research, practice FROM impact_tool
		WHERE entry = (SELECT MAX(entry) FROM impact_tool)`+where+` ORDER BY tool, greater + lesser + mixed DESC, place`, args...)
}

// applyFindings loads the rows of a table.
func applyFindings(tx *db.Tx, entry int64, rows []Finding) error {
	for i, f := range rows {
		if _, err := tx.Exec(`INSERT INTO impact_tool (entry, place, tool, factor, nature, greater, lesser, mixed, research, practice) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			entry, i, f.Tool, f.Factor, f.Nature, f.Greater, f.Lesser, f.Mixed, f.Research, f.Practice); err != nil {
			return err
		}
	}
	return nil
}
