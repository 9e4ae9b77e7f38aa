package assessment

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE assessment (
	id TEXT PRIMARY KEY, entry BIGINT NOT NULL, situation TEXT NOT NULL, population TEXT NOT NULL, author TEXT NOT NULL, state TEXT NOT NULL, marking TEXT NOT NULL,
	previous TEXT NOT NULL, started BIGINT NOT NULL, submitted BIGINT NOT NULL, reviewed BIGINT NOT NULL, reviewer TEXT NOT NULL,
	saved BIGINT NOT NULL, review BIGINT NOT NULL);
CREATE INDEX assessment_of ON assessment (situation, population, entry);
CREATE INDEX assessment_state ON assessment (state, entry);
CREATE TABLE assessment_mark (assessment TEXT NOT NULL, indicator TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (assessment, indicator));
CREATE TABLE assessment_source (assessment TEXT NOT NULL, indicator TEXT NOT NULL, report TEXT NOT NULL, PRIMARY KEY (assessment, indicator, report));
CREATE TABLE assessment_hand (assessment TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (assessment, person));
`

// Module is what the record needs to know of assessments.
func Module() record.Module {
	return record.Module{Name: "assessment", Schema: schema, Tables: []string{"assessment", "assessment_mark", "assessment_source", "assessment_hand"},
		Kinds: []record.Kind{
			{Name: "assessment.started", Apply: applyStarted},
			{Name: "assessment.saved", Apply: applySaved},
			{Name: "assessment.submitted", Apply: applySubmitted},
			{Name: "assessment.accepted", Apply: applyAccepted},
			{Name: "assessment.returned", Apply: applyReturned},
			{Name: "assessment.discarded", Apply: applyDiscarded},
		}}
}

// The open parts.
type (
	started struct {
		ID         string     `json:"id"`
		Situation  string     `json:"situation"`
		Population string     `json:"population"`
		Previous   string     `json:"previous,omitempty"`
		Marks      []openMark `json:"marks,omitempty"`
	}
	openMark struct {
		Indicator string   `json:"indicator"`
		State     string   `json:"state"`
		Sources   []string `json:"sources,omitempty"`
	}
	saved struct {
		ID    string     `json:"id"`
		Marks []openMark `json:"marks,omitempty"`
	}
	submitted struct {
		ID       string `json:"id"`
		Previous string `json:"previous,omitempty"`
	}
	about struct {
		ID string `json:"id"`
	}
)

func applyStarted(tx *db.Tx, e record.Entry) error {
	var s started
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO assessment (id, entry, situation, population, author, state, marking, previous, started, submitted, reviewed, reviewer, saved, review)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', ?, 0)`,
		s.ID, e.Index, s.Situation, s.Population, e.Actor, Draft, e.Marking, s.Previous, e.Time.UnixMicro(), e.Index)
	if err != nil {
		return err
	}
	if err := applyMarks(tx, s.ID, s.Marks); err != nil {
		return err
	}
	return applyHand(tx, s.ID, e)
}

func applyMarks(tx *db.Tx, id string, marks []openMark) error {
	for _, m := range marks {
		_, err := tx.Exec(`INSERT INTO assessment_mark (assessment, indicator, state) VALUES (?, ?, ?) ON CONFLICT (assessment, indicator) DO UPDATE SET state = excluded.state`,
			id, m.Indicator, m.State)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM assessment_source WHERE assessment = ? AND indicator = ?`, id, m.Indicator); err != nil {
			return err
		}
		for _, r := range m.Sources {
			if _, err := tx.Exec(`INSERT INTO assessment_source (assessment, indicator, report) VALUES (?, ?, ?)`, id, m.Indicator, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func applyHand(tx *db.Tx, id string, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO assessment_hand (assessment, person) VALUES (?, ?) ON CONFLICT (assessment, person) DO NOTHING`, id, e.Actor)
	return err
}

func applySaved(tx *db.Tx, e record.Entry) error {
	var s saved
	if err := e.Decode(&s); err != nil {
		return err
	}
	if err := applyMarks(tx, s.ID, s.Marks); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE assessment SET saved = ? WHERE id = ?`, e.Index, s.ID); err != nil {
		return err
	}
	return applyHand(tx, s.ID, e)
}

func applySubmitted(tx *db.Tx, e record.Entry) error {
	var s submitted
	if err := e.Decode(&s); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE assessment SET state = ?, previous = ?, submitted = ? WHERE id = ?`, Submitted, s.Previous, e.Time.UnixMicro(), s.ID); err != nil {
		return err
	}
	return applyHand(tx, s.ID, e)
}

func applyAccepted(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE assessment SET state = ?, reviewed = ?, reviewer = ?, review = ? WHERE id = ?`, Reviewed, e.Time.UnixMicro(), e.Actor, e.Index, a.ID)
	return err
}

func applyReturned(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE assessment SET state = ?, submitted = 0, reviewer = ?, review = ? WHERE id = ?`, Draft, e.Actor, e.Index, a.ID)
	return err
}

func applyDiscarded(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE assessment SET state = ?, review = ? WHERE id = ?`, Discarded, e.Index, a.ID)
	return err
}

const selectAssessment = `SELECT id, entry, situation, population, author, state, marking, previous, started, submitted, reviewed, reviewer, saved, review FROM assessment`

func scanAssessment(s db.Scanner) (a Assessment, err error) {
	var submitted, reviewed int64
	err = s.Scan(&a.ID, &a.Entry, &a.Situation, &a.Population, &a.Author, &a.State, &a.Marking, &a.Previous, &a.Started, &submitted, &reviewed, &a.Reviewer, &a.Saved, &a.Review)
	a.Submitted, a.Reviewed = moment(submitted), moment(reviewed)
	return a, err
}

// moment is a time, or none for 0.
func moment(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// readAssessments returns a page of those that a filter selects, or the one
// with an id, without words and marks.
func readAssessments(tx *db.Tx, f Filter, id string) ([]Assessment, error) {
	query := selectAssessment + ` WHERE 1 = 1`
	var args []any
	where := func(condition string, on bool, value any) {
		if on {
			query += ` AND ` + condition
			args = append(args, value)
		}
	}
	where(`id = ?`, id != "", id)
	where(`situation = ?`, f.Situation != "", f.Situation)
	where(`population = ?`, f.Population != "", f.Population)
	where(`state = ?`, f.State != "", f.State)
	where(`author = ?`, f.Author != "", f.Author)
	where(`entry < ?`, f.Before > 0, f.Before)
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	return db.All(tx, scanAssessment, query+` ORDER BY entry DESC LIMIT ?`, append(args, f.Limit)...)
}

// readCurrent returns what was accepted last of each population of a
// situation, or of one of them.
func readCurrent(tx *db.Tx, situation, population string) ([]Assessment, error) {
	const last = selectAssessment + ` WHERE situation = ? AND review IN (SELECT MAX(a.review) FROM assessment a WHERE a.situation = ? AND a.state = ? GROUP BY a.population)`
	if population == "" {
		return db.All(tx, scanAssessment, last+` ORDER BY LENGTH(population), population`, situation, situation, Reviewed)
	}
	return db.All(tx, scanAssessment, last+` AND population = ?`, situation, situation, Reviewed, population)
}

// readMarks returns the marks of an assessment by indicator, without words.
func readMarks(tx *db.Tx, id string) (map[string]Mark, error) {
	out := map[string]Mark{}
	err := db.Each(tx, func(s db.Scanner) error {
		var m Mark
		err := s.Scan(&m.Indicator, &m.State)
		out[m.Indicator] = m
		return err
	}, `SELECT indicator, state FROM assessment_mark WHERE assessment = ?`, id)
	if err != nil {
		return nil, err
	}
	err = db.Each(tx, func(s db.Scanner) error {
		var code, report string
		err := s.Scan(&code, &report)
		m := out[code]
		m.Sources = append(m.Sources, report)
		out[code] = m
		return err
	}, `SELECT indicator, report FROM assessment_source WHERE assessment = ? ORDER BY indicator, report`, id)
	return out, err
}

// readStates returns the states of the indicators of several assessments.
func readStates(tx *db.Tx, ids []string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	err := db.Each(tx, func(s db.Scanner) error {
		var id, code, state string
		err := s.Scan(&id, &code, &state)
		if out[id] == nil {
			out[id] = map[string]string{}
		}
		out[id][code] = state
		return err
	}, `SELECT assessment, indicator, state FROM assessment_mark WHERE assessment IN (?`+strings.Repeat(", ?", len(ids)-1)+`)`, args...)
	return out, err
}

func readHands(tx *db.Tx, id string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT person FROM assessment_hand WHERE assessment = ? ORDER BY person`, id)
}

// Citing returns the assessments that rest on a report, the newest first.
func Citing(v *record.View, report string) ([]string, error) {
	return db.All(v.Tx, db.Text, `SELECT a.id FROM assessment a WHERE a.id IN (SELECT s.assessment FROM assessment_source s WHERE s.report = ?) ORDER BY a.entry DESC`, report)
}
