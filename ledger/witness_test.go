package ledger_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func request(t *testing.T, s ledger.Store, old int64) ledger.AddCheckpoint {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := ledger.NewReader(s, 8).Consistency(t.Context(), old, head.Size)
	if err != nil {
		t.Fatal(err)
	}
	a := ledger.AddCheckpoint{Old: old, Proof: proof, Checkpoint: head.Checkpoint}
	b, err := ledger.ParseAddCheckpoint(a.Format())
	if err != nil || !bytes.Equal(b.Format(), a.Format()) {
		t.Fatalf("the request is read back as %+v, %v", b, err)
	}
	return b
}

// TestWitness follows a log through a witness: first sight, growth, the same
// head again, and then every reason to refuse.
func TestWitness(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	trusted := []note.Verifier{verifier}
	s := ledger.NewMemory()
	grow(t, s, signer, 5)
	var last ledger.Seen
	step := func(a ledger.AddCheckpoint, want int) ledger.Decision {
		t.Helper()
		d := ledger.Decide(a, trusted, last)
		if d.Status != want {
			t.Fatalf("status %d (%s), must be %d", d.Status, d.Reason, want)
		}
		if d.Status == ledger.Cosign {
			last = d.Seen
		} else if d.Reason == "" {
			t.Fatal("refused without a reason")
		}
		return d
	}
	step(request(t, s, 0), ledger.Cosign)
	step(request(t, s, 5), ledger.Cosign)
	first := request(t, s, 0)
	grow(t, s, signer, 300)
	step(request(t, s, 5), ledger.Cosign)
	if d := step(request(t, s, 5), ledger.Conflict); d.Size != 305 {
		t.Errorf("the conflict names size %d, must be 305", d.Size)
	}
	step(first, ledger.Conflict)
	step(ledger.AddCheckpoint{Old: 305, Checkpoint: first.Checkpoint}, ledger.BadRequest)

	long := request(t, s, 305)
	long.Proof = make([]ledger.Hash, 1)
	step(long, ledger.Unprocessable)
	step(ledger.AddCheckpoint{Old: 305, Checkpoint: []byte("nonsense")}, ledger.BadRequest)
	if d := ledger.Decide(request(t, s, 305), nil, last); d.Status != ledger.UnknownLog {
		t.Errorf("an unknown log: status %d", d.Status)
	}
	_, other := keys(t, origin, 9)
	if d := ledger.Decide(request(t, s, 305), []note.Verifier{other}, last); d.Status != ledger.Forbidden {
		t.Errorf("a log of another key: status %d", d.Status)
	}

	// The history is rewritten and signed again with the real key.
	forged := ledger.NewMemory()
	grow(t, forged, signer, 1)
	b, _ := forged.Head(t.Context())
	batch, err := ledger.Extend(b, append([][]byte{[]byte("rewritten")}, make([][]byte, 303)...), origin, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := forged.Append(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Verify(t.Context(), forged, ledger.Policy{Log: verifier}, nil); err != nil {
		t.Fatalf("the forged history is consistent in itself, yet: %v", err)
	}
	step(request(t, forged, 305), ledger.Conflict)
	grow(t, forged, signer, 7)
	step(request(t, forged, 305), ledger.Unprocessable)
	grow(t, s, signer, 20)
	step(request(t, s, 305), ledger.Cosign)
}

func TestDecideFirstSight(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	empty, err := ledger.Checkpoint{Origin: origin, Root: ledger.Head{}.Root()}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := ledger.Checkpoint{Origin: origin, Root: ledger.LeafHash(nil)}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if d := ledger.Decide(ledger.AddCheckpoint{Checkpoint: empty}, []note.Verifier{verifier}, ledger.Seen{}); d.Status != ledger.Cosign {
		t.Errorf("the empty log: %d %s", d.Status, d.Reason)
	}
	if d := ledger.Decide(ledger.AddCheckpoint{Checkpoint: wrong}, []note.Verifier{verifier}, ledger.Seen{}); d.Status != ledger.Conflict {
		t.Errorf("an empty log with a root of its own: %d %s", d.Status, d.Reason)
	}
}

func TestCosignAndMerge(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	w1, v1 := witness(t, "w1.example.org", 11)
	w2, v2 := witness(t, "w2.example.org", 12)
	w3, v3 := witness(t, "w3.example.org", 13)
	s := ledger.NewMemory()
	head := grow(t, s, signer, 10)
	c, err := ledger.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	line := func(w *ledger.Cosigner, at time.Time) []byte {
		b, err := w.Cosign(c, at)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	msg, err := ledger.Merge(head.Checkpoint, append(line(w1, noon), line(w3, noon)...), v1, v2)
	if err != nil {
		t.Fatal(err)
	}
	if msg, err = ledger.Merge(msg, line(w2, noon.Add(time.Hour)), v2); err != nil {
		t.Fatal(err)
	}
	if msg, err = ledger.Merge(msg, line(w1, noon.Add(time.Minute)), v1); err != nil {
		t.Fatal(err)
	}
	policy := ledger.Policy{Log: verifier, Witnesses: []note.Verifier{v1, v2, v3}, Quorum: 2}
	got, by, err := policy.Open(msg)
	if err != nil || got.Size != 10 || len(by) != 2 {
		t.Fatalf("%+v, %v, %v", got, by, err)
	}
	if by[0].Name != "w2.example.org" || !by[0].At.Equal(noon.Add(time.Hour)) || !by[1].At.Equal(noon.Add(time.Minute)) {
		t.Errorf("cosignatures are %v", by)
	}
	policy.Quorum = 3
	if _, _, err := policy.Open(msg); err == nil || !strings.Contains(err.Error(), "2 of 3 witnesses") {
		t.Errorf("a quorum of three is met by two: %v", err)
	}
	if _, err := ledger.Merge(msg, line(w3, noon), v1); err == nil {
		t.Error("an answer without the asked witness's signature is merged")
	}
	c.Size++
	if _, err := ledger.Merge(msg, line(w1, noon), v1); err == nil {
		t.Error("a cosignature over another checkpoint is merged")
	}
	if _, err := ledger.Merge(msg, []byte("nonsense"), v1); err == nil {
		t.Error("nonsense is merged")
	}
	// The head with its cosignatures is still a head that can be extended.
	head.Checkpoint = msg
	if _, err := ledger.Extend(head, [][]byte{{1}}, origin, signer); err != nil {
		t.Error(err)
	}
}

func TestPolicyRefuses(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	w, v := witness(t, "w1.example.org", 11)
	c := ledger.Checkpoint{Origin: origin, Size: 1, Root: ledger.LeafHash(nil)}
	good, err := c.Sign(signer, w.At(noon))
	if err != nil {
		t.Fatal(err)
	}
	policy := ledger.Policy{Log: verifier, Witnesses: []note.Verifier{v}, Quorum: 1}
	if _, _, err := policy.Open(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for _, bit := range []byte{1, 4, 0x20} {
			bad := bytes.Clone(good)
			bad[i] ^= bit
			if got, _, err := policy.Open(bad); err == nil {
				t.Fatalf("byte %d changed to %q and still accepted as %v", i, bad[i], got)
			}
		}
	}
	if _, _, err := (ledger.Policy{}).Open(good); err == nil {
		t.Error("a policy without a log's key accepts a checkpoint")
	}
	alone, err := c.Sign(w.At(noon))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := policy.Open(alone); err == nil || !strings.Contains(err.Error(), "not signed by "+origin) {
		t.Errorf("a checkpoint without the log's signature: %v", err)
	}
	c.Origin = "example.org/other"
	other, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := policy.Open(other); err == nil || !strings.Contains(err.Error(), "example.org/other") {
		t.Errorf("a checkpoint of another log: %v", err)
	}
	if _, err := w.At(time.Unix(-1, 0)).Sign([]byte("x")); err == nil {
		t.Error("a cosignature from before 1970 is made")
	}
}

func TestVerifierKey(t *testing.T) {
	w, _ := witness(t, "w1.example.org", 11)
	key := w.VerifierKey()
	if v, err := ledger.NewVerifier(key); err != nil || v.Name() != "w1.example.org" {
		t.Errorf("%q: %v", key, err)
	}
	for _, bad := range []string{
		"", "a", "a+b", key + "A", key[:len(key)-1], "x" + key, strings.Replace(key, "+", " +", 1),
		"w1.example.org+00000000+" + key[strings.LastIndex(key, "+")+1:],
		strings.ToUpper(key),
	} {
		if _, err := ledger.NewVerifier(bad); err == nil {
			t.Errorf("%q is read as a verifier key", bad)
		}
	}
	if _, err := ledger.NewCosigner("a b", nil); err == nil {
		t.Error("a name with a space is taken")
	}
	if _, err := ledger.NewCosigner("a", nil); err == nil {
		t.Error("an empty key is taken")
	}
}

func TestConsistent(t *testing.T) {
	signer, _ := keys(t, origin, 1)
	s := ledger.NewMemory()
	a, _ := ledger.ReadCheckpoint(grow(t, s, signer, 7).Checkpoint)
	b, _ := ledger.ReadCheckpoint(grow(t, s, signer, 6).Checkpoint)
	proof, err := ledger.NewReader(s, 1).Consistency(t.Context(), 7, 13)
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.Consistent(a, b, proof); err != nil {
		t.Error(err)
	}
	if err := ledger.Consistent(b, a, proof); err == nil {
		t.Error("a log went backwards")
	}
	if err := ledger.Consistent(a, b, proof[1:]); err == nil {
		t.Error("a short proof is accepted")
	}
	b.Origin = "example.org/other"
	if err := ledger.Consistent(a, b, proof); err == nil {
		t.Error("two logs are one")
	}
}

func TestParseSize(t *testing.T) {
	if n, err := ledger.ParseSize([]byte("305\n")); n != 305 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, s := range []string{"", "305", "0305\n", "-1\n", "1\n\n", " 1\n", "9223372036854775808\n"} {
		if _, err := ledger.ParseSize([]byte(s)); err == nil {
			t.Errorf("%q is read as a size", s)
		}
	}
}
