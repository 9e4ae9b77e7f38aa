package ledger_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// A log takes three leaves, proves one of them to somebody who has only the
// log's key, and is cosigned by a witness.
func Example() {
	ctx := context.Background()
	store := ledger.NewMemory()
	skey, vkey, _ := note.GenerateKey(seed(1), "example.org/log")
	signer, _ := note.NewSigner(skey)
	logKey, _ := ledger.NewVerifier(vkey)

	// The log appends.
	head, _ := store.Head(ctx)
	leaves := [][]byte{[]byte("warned"), []byte("acknowledged"), []byte("decided")}
	batch, _ := ledger.Extend(head, leaves, "example.org/log", signer)
	fmt.Println("appended:", store.Append(ctx, batch))
	fmt.Println("again:", errors.Is(store.Append(ctx, batch), ledger.ErrFork))

	// A witness sees the log for the first time and cosigns.
	cosigner, _ := ledger.NewCosigner("witness.example.net", ed25519.NewKeyFromSeed(make([]byte, 32)))
	decision := ledger.Decide(ledger.AddCheckpoint{Checkpoint: batch.Head.Checkpoint}, []note.Verifier{logKey}, ledger.Seen{})
	line, _ := cosigner.Cosign(decision.Checkpoint, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

	// The log adds the cosignature to its checkpoint and proves a leaf.
	witnessKey, _ := ledger.NewVerifier(cosigner.VerifierKey())
	checkpoint, _ := ledger.Merge(batch.Head.Checkpoint, line, witnessKey)
	leaf, proof, _ := ledger.NewReader(store, 16).Proof(ctx, 1, checkpoint)

	// Somebody checks the proof offline.
	policy := ledger.Policy{Log: logKey, Witnesses: []note.Verifier{witnessKey}, Quorum: 1}
	c, by, err := proof.Verify(leaf, policy)
	fmt.Printf("%q is entry %d of %d, seen by %s at %s, %v\n", leaf, proof.Index, c.Size, by[0].Name, by[0].At.Format(time.RFC3339), err)
	// Output:
	// appended: <nil>
	// again: true
	// "acknowledged" is entry 1 of 3, seen by witness.example.net at 2026-03-01T12:00:00Z, <nil>
}
