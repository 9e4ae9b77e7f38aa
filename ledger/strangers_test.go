package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// strangers builds the programs of others that check ours, and returns their
// folder.
func strangers(t *testing.T) string {
	if testing.Short() {
		t.Skip("the strangers take a minute to build for the first time")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-C", filepath.Join(testkit.Root(t), "tools", "strangers"), "-o", bin+"/",
		"./fsck", "./client", "./witness", "filippo.io/torchwood/cmd/litewitness")
	if out, err := build.CombinedOutput(); err != nil {
		t.Logf("%s", out)
		testkit.Missing(t, "what tools/strangers is built of")
	}
	return bin
}

// serve serves a log as C2SP tlog-tiles says. The store can be exchanged while
// it is served.
type serve struct {
	store      ledger.Store
	checkpoint []byte // instead of the store's own
}

func (s *serve) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/log/")
	if path == "checkpoint" {
		head, err := s.store.Head(r.Context())
		if err != nil {
			http.Error(w, err.Error(), 500)
		} else if s.checkpoint != nil {
			w.Write(s.checkpoint)
		} else {
			w.Write(head.Checkpoint)
		}
		return
	}
	p, err := ledger.ParseTilePath(path)
	if err != nil {
		http.Error(w, err.Error(), 404)
		return
	}
	b, err := ledger.TileData(r.Context(), s.store, p)
	switch {
	case errors.Is(err, ledger.ErrBeyond):
		http.Error(w, err.Error(), 404)
	case err != nil:
		http.Error(w, err.Error(), 500)
	default:
		w.Write(b)
	}
}

// startWitness runs litewitness until the test ends.
func startWitness(t *testing.T, bin, logKey string) (url, key string) {
	cmd := exec.Command(filepath.Join(bin, "witness"), "--dir", t.TempDir(), "--log", logKey)
	cmd.WaitDelay = 10 * time.Second
	stdin, err := cmd.StdinPipe() // its end ends the witness; were it killed, litewitness would live on
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() && key == "" {
		what, value, _ := strings.Cut(lines.Text(), " ")
		if what == "url" {
			url = value
			continue
		}
		return url, value
	}
	t.Fatalf("the witness does not start: %s", complaint.String())
	return "", ""
}

// TestStrangers shows a log to programs that share nothing with ours: after
// appends all agree; after one flipped bit they must not; after the history
// was rewritten and signed again with the real key, fsck agrees, as it must,
// and the witness refuses.
func TestStrangers(t *testing.T) {
	bin := strangers(t)
	signer, verifier := keys(t, origin, 1)
	_, logKey, err := note.GenerateKey(seed(1), origin)
	if err != nil {
		t.Fatal(err)
	}
	s := &serve{store: ledger.NewMemory()}
	web := httptest.NewServer(s)
	defer web.Close()
	run := func(name string, args ...string) (string, error) {
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
		defer stop()
		out, err := exec.CommandContext(ctx, filepath.Join(bin, name), append(args, "--key", logKey)...).CombinedOutput()
		return string(out), err
	}
	agree := func(want string) {
		t.Helper()
		if out, err := run("fsck", "--url", web.URL+"/log/"); err != nil || !strings.Contains(out, "checked "+want+"\n") {
			t.Fatalf("fsck of %s entries: %v\n%s", want, err, out)
		}
		if out, err := run("client", "--url", web.URL+"/log/"); err != nil || out != "read "+want+"\n" {
			t.Fatalf("client on %s entries: %v\n%s", want, err, out)
		}
	}
	for _, step := range []struct {
		n    int
		size string
	}{{1, "1"}, {254, "255"}, {1, "256"}, {1, "257"}, {743, "1000"}, {69_000, "70000"}} {
		grow(t, s.store, signer, step.n)
		agree(step.size)
	}

	honest := s.store
	for _, d := range []damaged{{honest, ledger.Entries, 1234}, {honest, ledger.Entries, 69_999}, {honest, 0, 300}, {honest, 1, 5}, {honest, 1, 272}} {
		s.store = d
		if out, err := run("fsck", "--url", web.URL+"/log/"); err == nil {
			t.Errorf("fsck agrees with damage at level %d of %d: %s", d.level, d.n, out)
		}
	}
	s.store = honest

	url, witnessKey := startWitness(t, bin, logKey)
	watcher, err := ledger.NewVerifier(witnessKey)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(old int64) (int, []byte) {
		t.Helper()
		r, err := http.Post(url+"add-checkpoint", "text/plain", bytes.NewReader(request(t, s.store, old).Format()))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode == ledger.Conflict && r.Header.Get("Content-Type") != ledger.SizeType {
			t.Errorf("a conflict comes as %q", r.Header.Get("Content-Type"))
		}
		return r.StatusCode, body
	}
	var last ledger.Seen
	both := func(old int64, want int) []byte {
		t.Helper()
		status, body := ask(old)
		d := ledger.Decide(request(t, s.store, old), []note.Verifier{verifier}, last)
		if status != want || d.Status != want {
			t.Fatalf("the witness answers %d %q, ours %d %q, must be %d", status, body, d.Status, d.Reason, want)
		}
		if want == ledger.Cosign {
			last = d.Seen
		}
		return body
	}
	both(0, ledger.Cosign)
	grow(t, s.store, signer, 345)
	if size, err := ledger.ParseSize(both(0, ledger.Conflict)); err != nil || size != 70_000 {
		t.Errorf("the conflict names %d, %v", size, err)
	}
	line := both(70_000, ledger.Cosign)
	head, _ := s.store.Head(t.Context())
	if s.checkpoint, err = ledger.Merge(head.Checkpoint, line, watcher); err != nil {
		t.Fatal(err)
	}
	if out, err := run("client", "--url", web.URL+"/log/", "--witness", witnessKey); err != nil || out != "read 70345\n" {
		t.Errorf("client, with the witness: %v\n%s", err, out)
	}
	proveToStranger(t, s.store, s.checkpoint, func(leaf, proof string) (string, error) {
		return run("client", "--leaf", leaf, "--proof", proof, "--witness", witnessKey)
	})

	s.checkpoint, s.store = nil, rewritten(t, signer)
	agree("70400")
	if status, _ := ask(70_345); status != ledger.Unprocessable {
		t.Errorf("the witness answers %d to a rewritten history, must be %d", status, ledger.Unprocessable)
	}
	both(70_345, ledger.Unprocessable)
	s.store = honest
	grow(t, s.store, signer, 1)
	both(70_345, ledger.Cosign)
}

// rewritten is a history other than the one told before, signed with the real
// key.
func rewritten(t *testing.T, signer note.Signer) ledger.Store {
	s := ledger.NewMemory()
	b, err := ledger.Extend(ledger.Head{}, [][]byte{[]byte("another beginning")}, origin, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	grow(t, s, signer, 70_399)
	return s
}

// proveToStranger writes a leaf and its proof to files and has them checked;
// then the proof of another leaf.
func proveToStranger(t *testing.T, s ledger.Store, checkpoint []byte, check func(leaf, proof string) (string, error)) {
	t.Helper()
	leaf, p, err := ledger.NewReader(s, 16).Proof(t.Context(), 23_456, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	leafFile, proofFile := filepath.Join(dir, "leaf"), filepath.Join(dir, "leaf.tlog-proof")
	if err := errors.Join(os.WriteFile(leafFile, leaf, 0o666), os.WriteFile(proofFile, p.Format(), 0o666)); err != nil {
		t.Fatal(err)
	}
	if out, err := check(leafFile, proofFile); err != nil || out != "proved\n" {
		t.Errorf("a proof shown to a stranger: %v\n%s", err, out)
	}
	if err := os.WriteFile(leafFile, append(leaf, '!'), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := check(leafFile, proofFile); err == nil {
		t.Errorf("a stranger accepts the proof for another leaf: %s", out)
	}
}
