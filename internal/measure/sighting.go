package measure

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Sighting is that somebody has seen a fact of the doors in a source. It holds
// for the row as it was then, Sum; Doubted is the entry of a later doubt, which
// takes it back.
type Sighting struct {
	Fact, Sum, Source string
	Seen              time.Time // the day
	By                string
	At                time.Time
	Entry, Doubted    int64
}

// SightingInput is what somebody says who has looked a fact up: where, when, and
// what stands there.
type SightingInput struct {
	Fact, Sum, Source, Saw string
	Seen                   time.Time
}

type factVerified struct {
	Fact   string `json:"fact"`
	Sum    string `json:"sum"`
	Source string `json:"source"`
	Seen   int64  `json:"seen"`
}

type factDoubted struct {
	Fact string `json:"fact"`
}

// sightingWords are what an entry about a fact says in words: what was seen, or
// why it is doubted.
type sightingWords struct {
	Text string `json:"text"`
}

// See writes down that a fact was seen in a source. That there is such a fact
// the caller has made sure of.
func See(tx *record.Tx, in SightingInput) error {
	in.Source, in.Saw = strings.TrimSpace(in.Source), strings.TrimSpace(in.Saw)
	switch {
	case in.Source == "" || len(in.Source) > 500 || strings.ContainsAny(in.Source, "\r\n"):
		return fault.Invalid("source", "name the source in one line of at most 500 bytes: title, paragraph, address")
	case in.Saw == "" || len(in.Saw) > 5000:
		return fault.Invalid("saw", "say what stands there, in at most 5,000 bytes")
	case in.Seen.IsZero() || in.Seen.After(tx.Now):
		return fault.Invalid("seen", "say on which day it was seen: today or before")
	}
	_, err := tx.Append(record.Draft{Kind: "fact.verified", Subjects: []string{"facts"}, Marking: "GREEN",
		Open: factVerified{in.Fact, in.Sum, in.Source, in.Seen.UnixMicro()}, Sealed: sightingWords{in.Saw}})
	return err
}

// Doubt takes back that a fact is verified.
func Doubt(tx *record.Tx, fact, why string) error {
	x, err := sightingOf(tx.View, fact)
	if err != nil {
		return err
	}
	if why = strings.TrimSpace(why); why == "" || len(why) > 5000 {
		return fault.Invalid("why", "say why it is doubted, in at most 5,000 bytes")
	}
	if x.Doubted > 0 {
		return fault.Stale("that %s is verified was taken back already", fact)
	}
	_, err = tx.Append(record.Draft{Kind: "fact.doubted", Subjects: []string{"facts"}, Marking: "GREEN", Open: factDoubted{fact}, Sealed: sightingWords{why}})
	return err
}

// Saw returns the words of an entry about a fact.
func Saw(v *record.View, entry int64) (string, error) {
	var w sightingWords
	err := v.Unseal(entry, &w)
	return w.Text, err
}

func applyFactVerified(tx *db.Tx, e record.Entry) error {
	var x factVerified
	if err := e.Decode(&x); err != nil {
		return err
	}
	return applySighting(tx, Sighting{Fact: x.Fact, Sum: x.Sum, Source: x.Source, Seen: time.UnixMicro(x.Seen), By: e.Actor, At: e.Time, Entry: e.Index})
}

func applyFactDoubted(tx *db.Tx, e record.Entry) error {
	var x factDoubted
	if err := e.Decode(&x); err != nil {
		return err
	}
	return applyDoubt(tx, x.Fact, e.Index)
}
