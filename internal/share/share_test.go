package share_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/share"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// node is a node that is served.
type node struct {
	*heed.Node
	web  *httptest.Server
	who  heed.Who
	conf *conf.Config
}

func settings(t *testing.T, dir string, public bool) *conf.Config {
	t.Helper()
	flags := map[string]string{"dir": dir}
	if !public {
		flags["log.public"] = "false"
	}
	c, err := conf.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newNode makes a node with an administrator and serves its log.
func newNode(t *testing.T, agency string, public bool) *node {
	t.Helper()
	c := settings(t, filepath.Join(t.TempDir(), "node"), public)
	n, err := heed.MakeNode(t.Context(), c, agency, heed.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := n.SetUp(t.Context(), heed.Who{}, heed.SetupInput{Agency: agency, Admin: "Ana Lima"})
	if err != nil {
		t.Fatal(err)
	}
	x := &node{Node: n, who: heed.Who{Person: id, Via: "cli"}, conf: c}
	x.serve(t)
	t.Cleanup(func() { x.stop(t) })
	return x
}

func (n *node) serve(t *testing.T) {
	n.web = httptest.NewServer(share.New(n.Heed, n.conf, slog.New(slog.DiscardHandler)))
}

func (n *node) stop(t *testing.T) {
	if n.web == nil {
		return
	}
	n.web.Close()
	n.web = nil
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// again opens a stopped node, as a process that starts anew does.
func (n *node) again(t *testing.T) {
	t.Helper()
	var err error
	if n.Node, err = heed.OpenNode(t.Context(), n.conf, heed.Opening{}); err != nil {
		t.Fatal(err)
	}
	n.serve(t)
}

// grow adds reports, one entry each.
func (n *node) grow(t *testing.T, count int) {
	t.Helper()
	for range count {
		if _, err := n.AddPerson(t.Context(), n.who, heed.PersonInput{Name: "Somebody"}); err != nil {
			t.Fatal(err)
		}
	}
}

func (n *node) size(t *testing.T) int64 {
	t.Helper()
	b, err := n.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := ledger.ReadCheckpoint(b)
	if err != nil {
		t.Fatal(err)
	}
	return c.Size
}

func get(t *testing.T, url string) (int, http.Header, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(b)
}

// round has the node's witnesses asked once.
func round(t *testing.T, c *share.Courier) {
	t.Helper()
	if err := c.Round(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (n *node) witness(t *testing.T) heed.Witness {
	t.Helper()
	all, err := n.Witnesses(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d witnesses, %v", len(all), err)
	}
	return all[0]
}

func TestServedLog(t *testing.T) {
	n := newNode(t, "Ministry", true)
	n.grow(t, 260)
	size := n.size(t)
	if status, h, body := get(t, n.web.URL+"/log/key"); status != 200 || body != n.LogKey()+"\n" || h.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the key: %d %q %q", status, h.Get("Content-Type"), body)
	}
	key, err := note.NewVerifier(n.LogKey())
	if err != nil {
		t.Fatal(err)
	}
	status, h, body := get(t, n.web.URL+"/log/checkpoint")
	c, _, err := ledger.Policy{Log: key}.Open([]byte(body))
	if status != 200 || err != nil || c.Size != size || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the checkpoint: %d %v %q %v", status, err, body, h)
	}
	for _, x := range []struct {
		path   string
		status int
		length int
	}{
		{"tile/0/000", 200, 256 * 32}, {"tile/0/000.p/7", 200, 7 * 32}, {"tile/0/001", 404, 0}, {"tile/0/001.p/1", 200, 32},
		{"tile/1/000.p/1", 200, 32}, {"tile/entries/000", 200, -1}, {"tile/entries/001", 404, 0}, {"tile/0/0", 404, 0},
		{"tile/", 404, 0}, {"tile/entries/x000/000", 404, 0}, {"tile/64/000", 404, 0}, {"elsewhere", 404, 0},
	} {
		status, h, body := get(t, n.web.URL+"/log/"+x.path)
		if status != x.status || status == 200 && x.length >= 0 && len(body) != x.length {
			t.Errorf("%s: %d with %d bytes", x.path, status, len(body))
		}
		if lasting := strings.Contains(h.Get("Cache-Control"), "immutable"); lasting != (status == 200) {
			t.Errorf("%s, status %d: Cache-Control %q", x.path, status, h.Get("Cache-Control"))
		}
	}
	_, _, bundle := get(t, n.web.URL+"/log/tile/entries/000")
	if leaves, err := ledger.ParseBundle([]byte(bundle)); err != nil || len(leaves) != 256 || bytes.Contains([]byte(bundle), []byte("Somebody")) {
		t.Errorf("the bundle holds %d leaves, or a name: %v", len(leaves), err)
	}
}

func TestLeavesNotPublic(t *testing.T) {
	n := newNode(t, "Ministry", false)
	for path, want := range map[string]int{"tile/entries/000.p/1": 403, "tile/0/000.p/1": 200, "checkpoint": 200, "key": 200, "witness/key": 200} {
		if status, _, body := get(t, n.web.URL+"/log/"+path); status != want {
			t.Errorf("%s: %d %q, want %d", path, status, body, want)
		}
	}
	if _, _, body := get(t, n.web.URL+"/log/tile/entries/000.p/1"); !strings.Contains(body, "log.public") {
		t.Errorf("the refusal does not say what to do: %q", body)
	}
}

// post asks a witness as it stands in the specification.
func post(t *testing.T, url string, body []byte) (int, string, string) {
	t.Helper()
	r, err := http.Post(url, "text/plain", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Content-Type"), string(b)
}

func (n *node) request(t *testing.T, old int64) []byte {
	t.Helper()
	signed, err := n.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := n.Consistency(t.Context(), old, n.size(t))
	if err != nil {
		t.Fatal(err)
	}
	return ledger.AddCheckpoint{Old: old, Proof: proof, Checkpoint: signed}.Format()
}

// TestWitnessAnswers asks this node for cosignatures with every status.
func TestWitnessAnswers(t *testing.T) {
	a, b := newNode(t, "Ministry A", false), newNode(t, "Ministry B", false)
	url := b.web.URL + "/log/witness/add-checkpoint"
	want := func(what string, body []byte, status int) (string, string) {
		t.Helper()
		got, kind, answer := post(t, url, body)
		if got != status {
			t.Fatalf("%s: %d %q, want %d", what, got, answer, status)
		}
		return kind, answer
	}
	want("an unknown log", a.request(t, 0), 404)
	if err := b.AddLog(t.Context(), b.who, a.LogKey()); err != nil {
		t.Fatal(err)
	}
	first := a.request(t, 0)
	_, line := want("the first checkpoint", first, 200)
	signed, _ := a.Checkpoint(t.Context())
	key, err := b.WitnessKey()
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Merge(signed, []byte(line), v); err != nil {
		t.Errorf("the cosignature %q: %v", line, err)
	}
	size := a.size(t)
	a.grow(t, 5)
	if kind, body := want("from nothing again", a.request(t, 0), 409); kind != ledger.SizeType || body != itoa(size)+"\n" {
		t.Errorf("the conflict is %q of type %q", body, kind)
	}
	want("a proof that does not hold", bytes.Replace(a.request(t, size), []byte("\n"), []byte("\n"+(ledger.Hash{}).String()+"\n"), 1), 422)
	want("the second", a.request(t, size), 200)
	forged := bytes.Replace(a.request(t, a.size(t)), []byte(" "), []byte(" A"), 1)
	if status, _, _ := post(t, url, forged); status == 200 {
		t.Error("a broken signature is cosigned")
	}
	want("nothing", nil, 400)
	want("noise", []byte("old 0\n\nnoise"), 400)
	want("too much", bytes.Repeat([]byte("A"), 100_000), 413)
	if status, _, _ := get(t, url); status != 405 {
		t.Errorf("GET answers %d", status)
	}
}

// TestNodesWitnessEachOther has two nodes cosign each other's logs, falls
// silent, and comes back.
func TestNodesWitnessEachOther(t *testing.T) {
	a, b := newNode(t, "Ministry A", false), newNode(t, "Ministry B", false)
	couriers := map[*node]*share.Courier{}
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		log, witness := pair[0], pair[1]
		key, err := witness.WitnessKey()
		if err != nil {
			t.Fatal(err)
		}
		if err := witness.AddLog(t.Context(), witness.who, log.LogKey()); err != nil {
			t.Fatal(err)
		}
		if err := log.AddWitness(t.Context(), log.who, witness.web.URL+"/log/witness", key); err != nil {
			t.Fatal(err)
		}
		couriers[log] = share.NewCourier(log.Heed, slog.New(slog.DiscardHandler))
	}
	for range 3 {
		for _, n := range []*node{a, b} {
			n.grow(t, 3)
			round(t, couriers[n])
			w := n.witness(t)
			if w.State != heed.WitnessOK || w.Size != n.size(t) {
				t.Fatalf("after a round the witness of %s is %+v, the log has %d", n.Origin(), w, n.size(t))
			}
			log, err := note.NewVerifier(n.LogKey())
			if err != nil {
				t.Fatal(err)
			}
			v, err := ledger.NewVerifier(w.Key)
			if err != nil {
				t.Fatal(err)
			}
			_, _, body := get(t, n.web.URL+"/log/checkpoint")
			if _, by, err := (ledger.Policy{Log: log, Witnesses: []note.Verifier{v}, Quorum: 1}).Open([]byte(body)); err != nil || len(by) != 1 {
				t.Fatalf("the checkpoint that is served: %v\n%s", err, body)
			}
		}
	}

	b.stop(t)
	a.grow(t, 1)
	for range 4 {
		round(t, couriers[a])
	}
	if w := a.witness(t); w.State != heed.WitnessSilent {
		t.Errorf("a witness that does not answer is %q", w.State)
	}
	b.again(t)
	a.moveWitness(t, b.web.URL)
	for range 10 {
		round(t, couriers[a])
	}
	if w := a.witness(t); w.State != heed.WitnessOK || w.Size != a.size(t) {
		t.Errorf("a witness that answers again is %+v", w)
	}
}

// moveWitness says that the node's witness is at another address now.
func (n *node) moveWitness(t *testing.T, url string) {
	t.Helper()
	w := n.witness(t)
	if err := n.AddWitness(t.Context(), n.who, url+"/log/witness", w.Key); err != nil {
		t.Fatal(err)
	}
}

// TestWitnessLoop lets the courier run by itself.
func TestWitnessLoop(t *testing.T) {
	a, b := newNode(t, "Ministry A", false), newNode(t, "Ministry B", false)
	key, err := b.WitnessKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AddLog(t.Context(), b.who, a.LogKey()); err != nil {
		t.Fatal(err)
	}
	if err := a.AddWitness(t.Context(), a.who, b.web.URL+"/log/witness", key); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		share.WitnessLoop(ctx, a.Heed, slog.New(slog.DiscardHandler))
		close(ended)
	}()
	for end := time.Now().Add(time.Minute); a.witness(t).State != heed.WitnessOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the witness was not asked")
		}
	}
	stop()
	<-ended
}
