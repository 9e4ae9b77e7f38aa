package coding

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE coding (item TEXT PRIMARY KEY, entry BIGINT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL, state TEXT NOT NULL, reviewer TEXT NOT NULL, review BIGINT NOT NULL);
CREATE TABLE coding_term (item TEXT NOT NULL, field TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (item, field, code));
CREATE TABLE coding_hand (item TEXT NOT NULL, person TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (item, person, part));
CREATE TABLE coding_vocabulary (entry BIGINT PRIMARY KEY);
`

// The parts that somebody can have in a coding.
const (
	coder    = "coder"
	reviewer = "reviewer"
)

// Module is what the record needs to know of coding.
func Module() record.Module {
	return record.Module{Name: "coding", Schema: schema, Tables: []string{"coding", "coding_term", "coding_hand", "coding_vocabulary"}, Kinds: []record.Kind{
		{Name: "coding.coded", Apply: applyCoded},
		{Name: "coding.reviewed", Apply: applyReviewed},
		{Name: "coding.vocabulary", Apply: applyVocabulary},
	}}
}

func applyCoded(tx *db.Tx, e record.Entry) error {
	var x codedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO coding (item, entry, actor, at, state, reviewer, review) VALUES (?, ?, ?, ?, ?, '', 0)
		ON CONFLICT (item) DO UPDATE SET entry = excluded.entry, actor = excluded.actor, at = excluded.at, state = excluded.state, reviewer = '', review = 0`,
		x.Item, e.Index, e.Actor, e.Time.UnixMicro(), ToReview)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM coding_term WHERE item = ?`, x.Item); err != nil {
		return err
	}
	for _, t := range x.Terms {
		if _, err := tx.Exec(`INSERT INTO coding_term (item, field, code) VALUES (?, ?, ?)`, x.Item, t.Field, t.Code); err != nil {
			return err
		}
	}
	return applyHand(tx, x.Item, e.Actor, coder)
}

func applyReviewed(tx *db.Tx, e record.Entry) error {
	var x reviewedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE coding SET state = ?, reviewer = ?, review = ? WHERE item = ?`, x.State, e.Actor, e.Index, x.Item); err != nil {
		return err
	}
	return applyHand(tx, x.Item, e.Actor, reviewer)
}

func applyHand(tx *db.Tx, item, person, part string) error {
	_, err := tx.Exec(`INSERT INTO coding_hand (item, person, part) VALUES (?, ?, ?) ON CONFLICT (item, person, part) DO NOTHING`, item, person, part)
	return err
}

func applyVocabulary(tx *db.Tx, e record.Entry) error {
	_, err := tx.Exec(`INSERT INTO coding_vocabulary (entry) VALUES (?)`, e.Index)
	return err
}

func readVocabulary(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Int, `SELECT COALESCE(MAX(entry), 0) FROM coding_vocabulary`)
}

// Adoptions returns the entries with which vocabularies were put into force, the
// newest first.
func Adoptions(v *record.View) ([]int64, error) {
	return db.All(v.Tx, db.Int, `SELECT entry FROM coding_vocabulary ORDER BY entry DESC`)
}

func readHand(tx *db.Tx, item, person, part string) (bool, error) {
	n, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM coding_hand WHERE item = ? AND person = ? AND part = ?`, item, person, part)
	return n > 0, err
}

// Get returns the coding of an item, or a fault of kind NotFound.
func Get(v *record.View, item string) (Coding, error) {
	c, err := db.One(v.Tx, func(s db.Scanner) (c Coding, err error) {
		var at int64
		err = s.Scan(&c.Item, &c.Entry, &c.By, &at, &c.State, &c.Reviewer, &c.Review)
		c.At = time.UnixMicro(at).UTC()
		return c, err
	}, `SELECT item, entry, actor, at, state, reviewer, review FROM coding WHERE item = ?`, item)
	if fault.KindOf(err) == fault.KindNotFound {
		return c, fault.NotFound("%.60s was not coded", item)
	}
	if err != nil {
		return c, err
	}
	terms, err := TermsOf(v, []string{item})
	c.Terms = append([]Term{}, terms[item]...)
	return c, err
}

// TermsOf returns the terms of many items, by item.
func TermsOf(v *record.View, items []string) (map[string][]Term, error) {
	out := map[string][]Term{}
	for part := range slices.Chunk(items, 200) {
		args := make([]any, len(part))
		for n, id := range part {
			args[n] = id
		}
		_, err := db.All(v.Tx, func(s db.Scanner) (t Term, err error) {
			var item string
			err = s.Scan(&item, &t.Field, &t.Code)
			out[item] = append(out[item], t)
			return t, err
		}, `SELECT item, field, code FROM coding_term WHERE item IN (?`+strings.Repeat(`, ?`, len(part)-1)+`) ORDER BY item, field, code`, args...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
