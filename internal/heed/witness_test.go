package heed_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// TestManyReadersOfTheLog: more readers than the database has sessions, none of
// whom may wait for a second one while it holds a first.
func TestManyReadersOfTheLog(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // none of them waits for ever
		defer cancel()
		entries, err := ledger.ParseTilePath("tile/entries/000.p/2")
		w.must(err)
		hashes, err := ledger.ParseTilePath("tile/0/000.p/2")
		w.must(err)
		director := w.as("director")
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				for range 10 {
					_, err := w.Tile(ctx, heed.Nobody, entries)
					if err == nil {
						_, err = w.Tile(ctx, heed.Nobody, hashes)
					}
					if err == nil {
						_, err = w.EntryProof(ctx, director, 1)
					}
					if err == nil {
						_, err = w.Entry(ctx, director, 1)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

// cosigner is a witness of another house.
func cosigner(t *testing.T, name string, seed byte) string {
	c, err := ledger.NewCosigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return c.VerifierKey()
}

// TestARefusalStands: neither removing the witness nor another under its name
// ends the alarm, and all of it is on record.
func TestARefusalStands(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx, key := t.Context(), cosigner(t, "w1.example", 1)
		alarms := func() (n int) {
			s, err := w.Standing(ctx, w.as("director"))
			w.must(err)
			for _, a := range s.Alarms {
				if a.Kind == "witness.refused" && a.Name == "w1.example" {
					n++
				}
			}
			return n
		}
		w.must(w.AddWitness(ctx, w.as("administrator"), "https://w1.example", key))
		if err := w.AddWitness(ctx, w.as("administrator"), "https://other.example", cosigner(t, "w1.example", 2)); fault.KindOf(err) != fault.KindExists {
			t.Errorf("a witness was exchanged for another of its name: %v", err)
		}
		all, err := w.Witnesses(ctx)
		w.must(err)
		w.must(w.WitnessRefused(ctx, all[0], 5, 7))
		w.must(w.WitnessRefused(ctx, all[0], 6, 7))
		w.at = time.Now() // what the node notices is noted at its own time
		w.must(w.RemoveWitness(ctx, w.as("administrator"), "w1.example"))
		if n := alarms(); n != 1 {
			t.Errorf("%d alarms after the witness was removed", n)
		}
		w.must(w.AddWitness(ctx, w.as("administrator"), "https://other.example", cosigner(t, "w1.example", 2)))
		all, err = w.Witnesses(ctx)
		w.must(err)
		w.must(w.WitnessSilent(ctx, all[0]))
		w.at = time.Now().Add(time.Hour)
		if n := alarms(); n != 1 {
			t.Errorf("%d alarms after another came under its name", n)
		}
		if err := w.AcceptWitnessAlarm(ctx, w.as("director"), "w1.example", "no matter"); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("a director ended it: %v", err)
		}
		if err := w.AcceptWitnessAlarm(ctx, w.as("administrator"), "w1.example", " "); fault.Field(err) != "reason" {
			t.Errorf("it was ended without a reason: %v", err)
		}
		w.must(w.AcceptWitnessAlarm(ctx, w.as("administrator"), "w1.example", "restored from the backup of 3 May, as agreed with them"))
		if n := alarms(); n != 0 {
			t.Errorf("%d alarms after it was acknowledged", n)
		}
		if err := w.AcceptWitnessAlarm(ctx, w.as("administrator"), "w1.example", "again"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("acknowledged twice: %v", err)
		}
		var kinds []string
		rows, err := w.Entries(ctx, w.as("director"), heed.EntryFilter{Kind: "witness"})
		w.must(err)
		for _, r := range rows {
			kinds = append(kinds, r.Kind)
		}
		want := []string{"witness.acknowledged", "witness.added", "witness.removed", "witness.refused", "witness.added"}
		if !slices.Equal(kinds, want) {
			t.Errorf("on record: %v", kinds)
		}
	})
}

// TestAWitnessDoesNotForget: naming a log again does not make the node cosign
// another history of it.
func TestAWitnessDoesNotForget(t *testing.T) {
	testkit.Slow(t)
	w := newWorld(t, "")
	private, public, err := note.GenerateKey(rand.Reader, "other.example/log")
	w.must(err)
	signer, err := note.NewSigner(private)
	w.must(err)
	ask := func(leaf string) int {
		batch, err := ledger.Extend(ledger.Head{}, [][]byte{[]byte(leaf)}, "other.example/log", signer)
		w.must(err)
		d, _, err := w.CosignFor(t.Context(), append([]byte("old 0\n\n"), batch.Head.Checkpoint...))
		w.must(err)
		return d.Status
	}
	w.must(w.AddLog(t.Context(), w.as("administrator"), public))
	if s := ask("one history"); s != ledger.Cosign {
		t.Fatalf("the first history: %v", s)
	}
	if err := w.AddLog(t.Context(), w.as("administrator"), public); fault.KindOf(err) != fault.KindExists {
		t.Errorf("named again: %v", err)
	}
	if s := ask("another history"); s == ledger.Cosign {
		t.Error("it cosigned a fork")
	}
	rows, err := w.Entries(t.Context(), w.as("director"), heed.EntryFilter{Kind: "witness.log-added"})
	if err != nil || len(rows) != 1 {
		t.Errorf("on record: %+v, %v", rows, err)
	}
}
