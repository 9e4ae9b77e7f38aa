package situation

import (
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE situation (
	id TEXT PRIMARY KEY, n BIGINT NOT NULL, country TEXT NOT NULL, state TEXT NOT NULL, analyst TEXT NOT NULL, marking TEXT NOT NULL,
	opened BIGINT NOT NULL, closed BIGINT NOT NULL, words BIGINT NOT NULL, entry BIGINT NOT NULL);
CREATE TABLE situation_population (
	id TEXT PRIMARY KEY, situation TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, entry BIGINT NOT NULL);
CREATE INDEX situation_population_of ON situation_population (situation);
CREATE TABLE situation_member (person TEXT NOT NULL, situation TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (person, situation));
CREATE INDEX situation_member_of ON situation_member (situation);
`

// Module is what the record needs to know of situations.
func Module() record.Module {
	return record.Module{Name: "situation", Schema: schema, Tables: []string{"situation", "situation_population", "situation_member"},
		Kinds: []record.Kind{
			{Name: "situation.added", Apply: applyAdded},
			{Name: "situation.renamed", Apply: applyRenamed},
			{Name: "situation.state-set", Apply: applyState},
			{Name: "situation.closed", Apply: applyClosed},
			{Name: "situation.population-added", Apply: applyPopulationAdded},
			{Name: "situation.population-ended", Apply: applyPopulationEnded},
			{Name: "situation.analyst-set", Apply: applyAnalyst},
			{Name: "situation.member-added", Apply: applyMemberAdded},
			{Name: "situation.member-removed", Apply: applyMemberRemoved},
		}}
}

// The open parts.
type (
	added struct {
		ID          string   `json:"id"`
		Country     string   `json:"country,omitempty"`
		State       string   `json:"state"`
		Analyst     string   `json:"analyst,omitempty"`
		Populations []string `json:"populations,omitempty"`
		Members     []string `json:"members,omitempty"`
	}
	about struct {
		ID string `json:"id"`
	}
	stateSet struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
	population struct {
		ID         string `json:"id"`
		Population string `json:"population"`
	}
	member struct {
		ID     string `json:"id"`
		Person string `json:"person"`
	}
)

func applyAdded(tx *db.Tx, e record.Entry) error {
	var a added
	if err := e.Decode(&a); err != nil {
		return err
	}
	at := e.Time.UnixMicro()
	_, err := tx.Exec(`INSERT INTO situation (id, n, country, state, analyst, marking, opened, closed, words, entry) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		a.ID, e.Index, a.Country, a.State, a.Analyst, e.Marking, at, e.Index, e.Index)
	if err != nil {
		return err
	}
	for _, p := range a.Populations {
		if err := applyPopulation(tx, a.ID, p, e); err != nil {
			return err
		}
	}
	for _, m := range a.Members {
		if err := applyMember(tx, a.ID, m, e); err != nil {
			return err
		}
	}
	return nil
}

func applyPopulation(tx *db.Tx, situation, id string, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO situation_population (id, situation, since, until, entry) VALUES (?, ?, ?, 0, ?)`,
		id, situation, e.Time.UnixMicro(), e.Index)
	return err
}

func applyMember(tx *db.Tx, situation, who string, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO situation_member (person, situation, since) VALUES (?, ?, ?)`, who, situation, e.Time.UnixMicro())
	return err
}

func applyRenamed(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE situation SET words = ?, entry = ? WHERE id = ?`, e.Index, e.Index, a.ID)
	return err
}

func applyState(tx *db.Tx, e record.Entry) error {
	var s stateSet
	if err := e.Decode(&s); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE situation SET state = ?, closed = 0, entry = ? WHERE id = ?`, s.State, e.Index, s.ID)
	return err
}

func applyClosed(tx *db.Tx, e record.Entry) error {
	var a about
	if err := e.Decode(&a); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE situation SET state = ?, closed = ?, entry = ? WHERE id = ?`, Closed, e.Time.UnixMicro(), e.Index, a.ID)
	return err
}

func applyPopulationAdded(tx *db.Tx, e record.Entry) error {
	var p population
	if err := e.Decode(&p); err != nil {
		return err
	}
	if err := applyPopulation(tx, p.ID, p.Population, e); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE situation SET words = ?, entry = ? WHERE id = ?`, e.Index, e.Index, p.ID)
	return err
}

func applyPopulationEnded(tx *db.Tx, e record.Entry) error {
	var p population
	if err := e.Decode(&p); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE situation_population SET until = ?, entry = ? WHERE id = ?`, e.Time.UnixMicro(), e.Index, p.Population); err != nil {
		return err
	}
	return applyTouched(tx, p.ID, e)
}

func applyTouched(tx *db.Tx, id string, e record.Entry) error {
	_, err := tx.Exec(`UPDATE situation SET entry = ? WHERE id = ?`, e.Index, id)
	return err
}

func applyAnalyst(tx *db.Tx, e record.Entry) error {
	var m member
	if err := e.Decode(&m); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE situation SET analyst = ?, entry = ? WHERE id = ?`, m.Person, e.Index, m.ID)
	return err
}

func applyMemberAdded(tx *db.Tx, e record.Entry) error {
	var m member
	if err := e.Decode(&m); err != nil {
		return err
	}
	if err := applyMember(tx, m.ID, m.Person, e); err != nil {
		return err
	}
	return applyTouched(tx, m.ID, e)
}

func applyMemberRemoved(tx *db.Tx, e record.Entry) error {
	var m member
	if err := e.Decode(&m); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM situation_member WHERE person = ? AND situation = ?`, m.Person, m.ID); err != nil {
		return err
	}
	return applyTouched(tx, m.ID, e)
}

// row is a situation without its words, and the entry that holds them.
type row struct {
	Situation
	words int64
}

func scanSituation(s db.Scanner) (r row, err error) {
	var closed int64
	err = s.Scan(&r.ID, &r.Country, &r.State, &r.Analyst, &r.Marking, &r.Opened, &closed, &r.words, &r.Entry)
	r.Closed = moment(closed)
	return r, err
}

// moment is a time, or none for 0.
func moment(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// readSituations returns those that a filter selects, or the one with an id.
func readSituations(tx *db.Tx, f Filter, id string) ([]row, error) {
	query := `SELECT id, country, state, analyst, marking, opened, closed, words, entry FROM situation WHERE 1 = 1`
	var args []any
	where := func(condition string, on bool, values ...any) {
		if on {
			query += " AND " + condition
			args = append(args, values...)
		}
	}
	where(`id = ?`, id != "", id)
	where(`state = ?`, f.State != "", f.State)
	where(`state <> ?`, f.Open, Closed)
	where(`country = ?`, f.Country != "", f.Country)
	where(`analyst = ?`, f.Analyst != "", f.Analyst)
	where(`(analyst = ? OR id IN (SELECT situation FROM situation_member WHERE person = ?))`, f.Member != "", f.Member, f.Member)
	return db.All(tx, scanSituation, query+` ORDER BY n`, args...)
}

// readPopulations returns those of one situation, or of all for "".
func readPopulations(tx *db.Tx, situation string) ([]Population, error) {
	const query = `SELECT p.id, p.situation, p.since, p.until, p.entry FROM situation_population p `
	// the shorter id is the earlier: p2 comes before p10
	const order = ` ORDER BY p.situation, LENGTH(p.id), p.id`
	scan := func(s db.Scanner) (p Population, err error) {
		var until int64
		err = s.Scan(&p.ID, &p.Situation, &p.Since, &until, &p.Entry)
		p.Until = moment(until)
		return p, err
	}
	if situation == "" {
		return db.All(tx, scan, query+order)
	}
	return db.All(tx, scan, query+`WHERE p.situation = ?`+order, situation)
}

type membership struct{ situation, person string }

// readMembers returns those of one situation, or of all for "".
func readMembers(tx *db.Tx, situation string) ([]membership, error) {
	const query, order = `SELECT situation, person FROM situation_member `, ` ORDER BY since, person`
	scan := func(s db.Scanner) (m membership, err error) {
		err = s.Scan(&m.situation, &m.person)
		return m, err
	}
	if situation == "" {
		return db.All(tx, scan, query+order)
	}
	return db.All(tx, scan, query+`WHERE situation = ?`+order, situation)
}

func readMemberOf(tx *db.Tx, person string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT id FROM situation WHERE analyst = ? OR id IN (SELECT situation FROM situation_member WHERE person = ?) ORDER BY n`, person, person)
}
