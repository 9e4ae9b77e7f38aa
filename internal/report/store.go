package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE report (
	id TEXT PRIMARY KEY, entry BIGINT NOT NULL, words BIGINT NOT NULL, source_type TEXT NOT NULL, occurred BIGINT NOT NULL, country TEXT NOT NULL, channel TEXT NOT NULL,
	state TEXT NOT NULL, marking TEXT NOT NULL, received BIGINT NOT NULL, actor TEXT NOT NULL,
	reliability TEXT NOT NULL, credibility BIGINT NOT NULL, assessment BIGINT NOT NULL, identity BIGINT NOT NULL, repeats BIGINT NOT NULL, repeat_of TEXT NOT NULL, joined BIGINT NOT NULL);
CREATE INDEX report_repeat ON report (repeat_of, entry);
CREATE UNIQUE INDEX report_entry ON report (entry);
CREATE INDEX report_state ON report (state, entry);
CREATE INDEX report_country ON report (country, entry);
CREATE INDEX report_source ON report (source_type, entry);
CREATE INDEX report_occurred ON report (occurred, entry);
CREATE TABLE report_mark (mark TEXT PRIMARY KEY, report TEXT NOT NULL);
CREATE TABLE report_link (report TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (report, kind, target));
CREATE INDEX report_link_to ON report_link (target, report);
CREATE TABLE report_step (entry BIGINT PRIMARY KEY, report TEXT NOT NULL, state TEXT NOT NULL, at BIGINT NOT NULL, target TEXT NOT NULL);
CREATE INDEX report_step_of ON report_step (report);
`

// Module is what the record needs to know of reports.
func Module() record.Module {
	return record.Module{Name: "report", Schema: schema, Tables: []string{"report", "report_mark", "report_link", "report_step"},
		Kinds: []record.Kind{
			{Name: "report.submitted", Apply: applySubmitted},
			{Name: "report.attached", Apply: applyAttached},
			{Name: "report.identity", Apply: applyIdentity, Protected: true},
			{Name: "report.assessed", Apply: applyAssessed},
			{Name: "report.linked", Apply: applyLinked},
			{Name: "report.unlinked", Apply: applyUnlinked},
			{Name: "report.joined", Apply: applyJoined},
			{Name: "report.parted", Apply: applyParted},
			{Name: "report.used", Apply: applyUsed},
			{Name: "report.led", Apply: applyLed},
			{Name: "report.withdrawn", Apply: applyWithdrawn},
			{Name: "report.imported", Apply: record.None},
		}}
}

// The open parts.
type (
	submitted struct {
		ID         string   `json:"id"`
		Repeats    string   `json:"repeats,omitempty"` // the report that said it first
		SourceType string   `json:"source_type"`
		Occurred   string   `json:"occurred"` // a day
		Country    string   `json:"country,omitempty"`
		Channel    string   `json:"channel"`
		Situations []string `json:"situations,omitempty"`
		marks
	}
	about struct {
		ID string `json:"id"`
	}
	assessed struct {
		ID          string `json:"id"`
		Reliability string `json:"reliability"`
		Credibility int    `json:"credibility"`
	}
	link struct {
		ID string `json:"id"`
		To string `json:"to"`
	}
	imported struct {
		File       string `json:"file"` // SHA-256
		Rows       int    `json:"rows"`
		Accepted   int    `json:"accepted"`
		Duplicates int    `json:"duplicates"`
		Rejected   int    `json:"rejected"`
	}
)

func applySubmitted(tx *db.Tx, e record.Entry) error {
	var s submitted
	if err := e.Decode(&s); err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, s.Occurred)
	if err != nil {
		return fmt.Errorf("day %q: %w", s.Occurred, err)
	}
	_, err = tx.Exec(`INSERT INTO report (id, entry, words, source_type, occurred, country, channel, state, marking, received, actor, reliability, credibility, assessment, identity, repeats, repeat_of, joined)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, ?, 0)`,
		s.ID, e.Index, e.Index, s.SourceType, day.UnixMicro(), s.Country, s.Channel, Received, e.Marking, e.Time.UnixMicro(), e.Actor, s.Repeats)
	if err != nil {
		return err
	}
	if s.Repeats != "" {
		if _, err := tx.Exec(`UPDATE report SET repeats = repeats + 1 WHERE id = ?`, s.Repeats); err != nil {
			return err
		}
	}
	for _, mark := range []string{s.Receipt, s.Content, s.Reference, s.Instance, s.Own} {
		if mark == "" {
			continue
		}
		if err := applyMark(tx, mark, s.ID); err != nil {
			return err
		}
	}
	for _, to := range s.Situations {
		if err := applyLink(tx, s.ID, "situation", to, e); err != nil {
			return err
		}
	}
	return nil
}

// applyMark lets a mark name a report. A mark that named one which was erased
// or withdrawn names the one that tells the same anew.
func applyMark(tx *db.Tx, mark, id string) error {
	_, err := tx.Exec(`INSERT INTO report_mark (mark, report) VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET report = excluded.report`, mark, id)
	return err
}

func applyLink(tx *db.Tx, id, kind, to string, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO report_link (report, kind, target, at) VALUES (?, ?, ?, ?)`, id, kind, to, e.Time.UnixMicro())
	return err
}

func applyStep(tx *db.Tx, id, state, to string, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO report_step (entry, report, state, at, target) VALUES (?, ?, ?, ?, ?)`, e.Index, id, state, e.Time.UnixMicro(), to)
	return err
}

func applyAttached(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET words = ? WHERE id = ?`, e.Index, a.ID)
	return err
}

func applyIdentity(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET identity = ? WHERE id = ?`, e.Index, a.ID)
	return err
}

func applyAssessed(tx *db.Tx, e record.Entry) error {
	var a assessed
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET reliability = ?, credibility = ?, assessment = ?, state = CASE WHEN state = ? THEN ? ELSE state END WHERE id = ?`,
		a.Reliability, a.Credibility, e.Index, Received, Assessed, a.ID)
	if err != nil {
		return err
	}
	return applyStep(tx, a.ID, Assessed, "", e)
}

func applyLinked(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	return applyLink(tx, l.ID, "situation", l.To, e)
}

func applyUnlinked(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM report_link WHERE report = ? AND kind = 'situation' AND target = ?`, l.ID, l.To)
	return err
}

// applyJoined counts one that came word for word once only: it was counted when
// it came.
func applyJoined(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET repeats = repeats + 1 WHERE id = ? AND NOT EXISTS (SELECT 1 FROM report r WHERE r.id = ? AND r.repeat_of <> '')`, l.To, l.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE report SET repeat_of = ?, joined = ? WHERE id = ?`, l.To, e.Index, l.ID)
	return err
}

func applyParted(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE report SET repeats = repeats - 1 WHERE id = ?`, l.To); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET repeat_of = '', joined = 0 WHERE id = ?`, l.ID)
	return err
}

func applyUsed(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	if err := applyLink(tx, l.ID, "warning", l.To, e); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE report SET state = ? WHERE id = ? AND state IN (?, ?)`, Used, l.ID, Received, Assessed); err != nil {
		return err
	}
	return applyStep(tx, l.ID, Used, l.To, e)
}

func applyLed(tx *db.Tx, e record.Entry) error {
	var l link
	if err := e.Decode(&l); err != nil {
		return err
	}
	if err := applyLink(tx, l.ID, "decision", l.To, e); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE report SET state = ? WHERE id = ? AND state <> ?`, Led, l.ID, Withdrawn); err != nil {
		return err
	}
	return applyStep(tx, l.ID, Led, l.To, e)
}

func applyWithdrawn(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE report SET state = ? WHERE id = ?`, Withdrawn, a.ID); err != nil {
		return err
	}
	return applyStep(tx, a.ID, Withdrawn, "", e)
}

// conditions turns a filter into the tail of a query.
func conditions(f Filter, id string) (string, []any) {
	var parts []string
	var args []any
	where := func(condition string, on bool, values ...any) {
		if on {
			parts = append(parts, condition)
			args = append(args, values...)
		}
	}
	where(`id = ?`, id != "", id)
	where(`repeat_of = ?`, id == "", f.Repeating)
	where(`state = ?`, f.State != "", f.State)
	where(`source_type = ?`, f.SourceType != "", f.SourceType)
	where(`country = ?`, f.Country != "", f.Country)
	where(`occurred >= ?`, !f.From.IsZero(), f.From.UnixMicro())
	where(`occurred <= ?`, !f.To.IsZero(), f.To.UnixMicro())
	where(`entry >= ?`, f.After > 0, f.After)
	where(`entry < ?`, f.Before > 0, f.Before)
	where(`id IN (SELECT report FROM report_link WHERE target = ?)`, f.Situation != "", f.Situation)
	where(`NOT EXISTS (SELECT 1 FROM report_link l WHERE l.report = report.id AND l.kind = 'situation')`, f.Unlinked)
	if len(parts) == 0 {
		return "", nil
	}
	return ` WHERE ` + strings.Join(parts, " AND "), args
}

// readReports returns a page of those that a filter selects, or the one with
// an id, without words.
func readReports(tx *db.Tx, f Filter, id string) ([]Report, error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	where, args := conditions(f, id)
	return db.All(tx, func(s db.Scanner) (r Report, err error) {
		err = s.Scan(&r.ID, &r.Entry, &r.words, &r.SourceType, &r.Occurred, &r.Country, &r.Channel, &r.State, &r.Marking, &r.Received, &r.Actor,
			&r.Reliability, &r.Credibility, &r.Assessment, &r.Identity, &r.Repeats, &r.RepeatOf, &r.Joined)
		return r, err
	}, `SELECT id, entry, words, source_type, occurred, country, channel, state, marking, received, actor, reliability, credibility, assessment, identity, repeats, repeat_of, joined
		FROM report`+where+` ORDER BY entry DESC LIMIT ?`, append(args, f.Limit)...)
}

// readWords returns the entries that hold the words of all reports but one.
func readWords(tx *db.Tx, but string) ([]int64, error) {
	return db.All(tx, db.Int, `SELECT words FROM report WHERE id <> ? ORDER BY entry`, but)
}

// A Group is how many reports share what decides who may read them, and their
// kind of source.
type Group struct {
	Situations []string
	Marking    string
	Actor      string
	SourceType string
	Count      int64
}

// Groups counts the reports that a filter selects, by group. It looks at the
// newest of them only, as many as limit says: so it costs the same however
// many there are.
func Groups(v *record.View, f Filter, limit int) ([]Group, error) {
	where, args := conditions(f, "")
	var several []string // the report, where a group is one that belongs to several situations
	out, err := db.All(v.Tx, func(s db.Scanner) (g Group, err error) {
		var first, id string
		if err = s.Scan(&first, &id, &g.Marking, &g.Actor, &g.SourceType, &g.Count); first != "" {
			g.Situations = []string{first}
		}
		several = append(several, id)
		return g, err
	}, `SELECT situation, several, marking, actor, source_type, COUNT(*) FROM (
		SELECT r.marking, r.actor, r.source_type, COALESCE(MIN(l.target), '') AS situation, CASE WHEN COUNT(l.target) > 1 THEN r.id ELSE '' END AS several
		FROM (SELECT id, marking, actor, source_type FROM report`+where+` ORDER BY entry DESC LIMIT ?) AS r
		LEFT JOIN report_link l ON l.report = r.id AND l.kind = 'situation'
		GROUP BY r.id, r.marking, r.actor, r.source_type) AS g
		GROUP BY situation, several, marking, actor, source_type`, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	links, err := readLinks(v.Tx, slices.DeleteFunc(slices.Clone(several), func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for _, l := range links {
		if l.kind == "situation" {
			of[l.report] = append(of[l.report], l.to)
		}
	}
	for i, id := range several {
		if id != "" {
			out[i].Situations = of[id]
		}
	}
	return out, nil
}

// Heads returns a page of reports as List does, without their words.
func Heads(v *record.View, f Filter) ([]Report, error) {
	rows, err := readReports(v.Tx, f, "")
	if err != nil {
		return nil, err
	}
	return rows, addLinks(v, rows)
}

func countReports(tx *db.Tx, f Filter) (map[string]int, error) {
	f.Before = 0
	where, args := conditions(f, "")
	out := map[string]int{}
	err := db.Each(tx, func(s db.Scanner) error {
		var state string
		var n int
		err := s.Scan(&state, &n)
		out[state] = n
		return err
	}, `SELECT state, COUNT(*) FROM report`+where+` GROUP BY state`, args...)
	return out, err
}

type linked struct{ report, kind, to string }

func readLinks(tx *db.Tx, ids []string) ([]linked, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return db.All(tx, func(s db.Scanner) (l linked, err error) {
		err = s.Scan(&l.report, &l.kind, &l.to)
		return l, err
	}, `SELECT report, kind, target FROM report_link WHERE report IN (?`+strings.Repeat(", ?", len(ids)-1)+`) ORDER BY at, target`, args...)
}

func readSteps(tx *db.Tx, id string) ([]Step, error) {
	return db.All(tx, func(s db.Scanner) (x Step, err error) {
		err = s.Scan(&x.State, &x.At, &x.In)
		return x, err
	}, `SELECT state, at, target FROM report_step WHERE report = ? ORDER BY entry`, id)
}

// readMark returns the report that a mark names, or "".
func readMark(tx *db.Tx, mark string) (string, error) {
	return db.Maybe(tx, db.Text, `SELECT report FROM report_mark WHERE mark = ?`, mark)
}
