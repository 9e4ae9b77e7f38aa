package heed_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/share"
	"github.com/heed-project/heed/internal/testkit"
	"golang.org/x/mod/sumdb/note"
)

// online is two nodes with a line between them: a sends to b, which serves over
// TLS.
type online struct {
	t     *testing.T
	a, b  *keeper
	calls *post.Webhooks
	host  string
	cut   atomic.Pointer[func(r *http.Request) bool] // what does not get through
	parts atomic.Int64                               // parts that came
}

func newOnline(t *testing.T, url string) *online {
	t.Helper()
	dir := t.TempDir()
	o := &online{t: t, a: newKeeper(t, dir, "a"), b: newKeeperOn(t, dir, "b", url)}
	lines := share.Lines(o.b.Heed, slog.New(slog.DiscardHandler))
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cut := o.cut.Load(); cut != nil && (*cut)(r) {
			panic(http.ErrAbortHandler)
		}
		if r.Method == http.MethodPut {
			o.parts.Add(1)
		}
		lines.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(s.Close)
	o.host = s.URL
	ca := filepath.Join(dir, "ca.pem")
	o.a.must(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	o.a.Conf.Handover.Allow, o.a.Conf.Handover.CAFile = []string{"127.0.0.0/8"}, ca
	calls, err := o.a.PeerCalls()
	o.a.must(err)
	o.calls = calls
	return o
}

// meet makes each known to the other.
func (o *online) meet() {
	o.t.Helper()
	_, err := o.a.AddPeer(o.t.Context(), o.a.who, o.b.card(), o.host, "Node B")
	o.a.must(err)
	_, err = o.b.AddPeer(o.t.Context(), o.b.who, o.a.card(), "", "Node A")
	o.b.must(err)
}

// ready has the two meet, and a take in items that go to b when its mandate ends.
func (o *online) ready(items int) {
	o.t.Helper()
	o.meet()
	o.a.mandate("MLD", route("Node B", o.b.card()))
	o.a.take(items, "M-1")
}

// offer offers all that a has.
func (o *online) offer() heed.HandoverMade {
	o.t.Helper()
	made, err := o.a.SendHandover(o.t.Context(), o.a.who, "Node B", heed.HandoverInput{Party: consent.Party{Name: "Node"}, For: consent.Trial, In: "NLD", Link: evidence.Link{Kind: "mandate", To: "M-1"}})
	o.a.must(err)
	return made
}

// carry makes one try, and returns what went wrong.
func (o *online) carry() (answered int, wrong string) {
	o.t.Helper()
	n, err := o.a.CarryHandovers(o.t.Context(), o.calls, true)
	o.a.must(err)
	all, err := o.a.Sendings(o.t.Context(), o.a.who)
	o.a.must(err)
	for _, s := range all {
		wrong += s.Wrong
	}
	return n, wrong
}

// big takes one item that comes in several parts.
func (k *keeper) big(size int) {
	k.t.Helper()
	b := bytes.Repeat([]byte("the road, again. "), size/17+1)[:size]
	in, err := k.BeginEvidence(k.t.Context(), k.who, heed.EvidenceInput{Authority: "order 1", Marking: "AMBER", Links: []evidence.Link{{Kind: "mandate", To: "M-1"}}})
	k.must(err)
	out, err := k.TakeEvidence(k.t.Context(), k.who, in.ID, []evidence.Source{{Name: "film.bin", Type: "application/octet-stream", Size: int64(size), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}}, true, nil)
	k.must(err)
	p := consent.Permission{ID: "CON-B", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Keep, consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}
	k.must(k.PermitEvidence(k.t.Context(), k.who, []string{out.Items[0].ID}, p))
}

// blobs counts what a node keeps among its blobs.
func (k *keeper) blobs() (n int) {
	k.t.Helper()
	files, err := filepath.Glob(filepath.Join(k.Conf.Blobs, "*", "*"))
	k.must(err)
	for _, f := range files {
		if i, err := os.Stat(f); err == nil && !i.IsDir() {
			n++
		}
	}
	return n
}

// TestOnline hands evidence over on a line that breaks in the middle of an
// object, and finds the same on both sides: every byte, head and permission.
func TestOnline(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, url string) {
		o := newOnline(t, url)
		o.ready(5)
		o.a.big(9 << 20)
		made := o.offer()
		if made.Items != 6 {
			t.Fatalf("%+v", made)
		}
		before := o.b.blobs()
		n := 0
		cut := func(r *http.Request) bool { // the third part of an object never comes
			if r.Method == http.MethodPut && r.ContentLength == line.MostPart {
				n++
			}
			return n == 2
		}
		o.cut.Store(&cut)
		if _, wrong := o.carry(); !strings.Contains(wrong, "ask 127.0.0.1") {
			t.Errorf("cut off: %q", wrong)
		}
		o.cut.Store(nil)
		a, err := o.b.Arrival(t.Context(), o.b.who, made.Offer[:12])
		o.b.must(err)
		if !a.Readable || len(a.Lines) != 6 || len(a.Absent) != 1 || a.Left != 1 || a.Have >= a.Bytes || a.PeerName != "Node A" {
			t.Errorf("cut off: readable %v, %d lines, absent %v, %d left, %d of %d bytes", a.Readable, len(a.Lines), a.Absent, a.Left, a.Have, a.Bytes)
		}
		o.parts.Store(0)
		if _, wrong := o.carry(); wrong != "" {
			t.Error(wrong)
		}
		if got := o.parts.Load(); got != 2 { // of three parts the first was there
			t.Errorf("after the line broke %d parts were sent, of three that the object has", got)
		}
		lib, err := o.b.Library(t.Context(), o.b.who, heed.EvidenceFilter{}, 0)
		if err != nil || lib.Total != 0 {
			t.Errorf("%d items are here before anybody decided: %v", lib.Total, err)
		}
		all, err := o.a.Sendings(t.Context(), o.a.who)
		if err != nil || len(all) != 1 || !all[0].Here || all[0].Left != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		taken, err := o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{Authority: "agreement 7"})
		o.b.must(err)
		if n, wrong := o.carry(); n != 1 || wrong != "" {
			t.Errorf("%d receipts came: %s", n, wrong)
		}
		if taken.Outcome != handover.Accepted || taken.Taken != 6 {
			t.Errorf("%+v", taken)
		}
		same(t, "A and B", o.a.state("H-1"), o.b.state(taken.ID))
		h, err := o.a.Handover(t.Context(), o.a.who, "H-1")
		if err != nil || h.State != handover.Accepted || h.Receipt == "" {
			t.Errorf("%+v, %v", h, err)
		}
		if n, wrong := o.carry(); n != 0 || wrong != "" {
			t.Errorf("nothing is sent any more, and %d receipts came: %s", n, wrong)
		}
		if got := o.b.blobs(); got > before+4 { // contents and list of the hand-over stay
			t.Errorf("%d blobs are left of what came, %d were there", got, before)
		}
		for _, k := range []*keeper{o.a, o.b} {
			r, err := k.Rebuild(t.Context(), k.who, nil)
			if err != nil || !r.Identical {
				t.Errorf("rebuild: %+v, %v", r, err)
			}
		}
	})
}

// TestOnlineInPart answers in part, and refuses.
func TestOnlineInPart(t *testing.T) {
	o := newOnline(t, "")
	o.ready(3)
	made := o.offer()
	if _, wrong := o.carry(); wrong != "" {
		t.Fatal(wrong)
	}
	taken, err := o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{Refuse: map[int]string{2: "held here already"}})
	o.b.must(err)
	if n, wrong := o.carry(); n != 1 || wrong != "" || taken.Outcome != handover.Partly {
		t.Errorf("%d, %s, %+v", n, wrong, taken)
	}
	h, err := o.a.Handover(t.Context(), o.a.who, made.ID)
	if err != nil || h.State != handover.Partly || len(h.Declined) != 1 || h.Declined[0].Why != "held here already" {
		t.Errorf("%+v, %v", h.Declined, err)
	}
	again := o.offer()
	if _, wrong := o.carry(); wrong != "" {
		t.Fatal(wrong)
	}
	_, err = o.b.AnswerArrival(t.Context(), o.b.who, again.Offer, heed.TakeInput{RefuseAll: "no room"})
	o.b.must(err)
	if n, wrong := o.carry(); n != 1 || wrong != "" {
		t.Errorf("%d, %s", n, wrong)
	}
	if h, err = o.a.Handover(t.Context(), o.a.who, again.ID); err != nil || h.State != handover.Refused {
		t.Errorf("%s, %v", h.State, err)
	}
	// what came by hand in the meantime is answered on the line too
	if _, err := o.b.AnswerArrival(t.Context(), o.b.who, again.Offer, heed.TakeInput{}); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("answered twice: %v", err)
	}
}

// forged is what somebody posts to b in the name of a.
type forged struct {
	o      *online
	signer note.Signer
	change func(*handover.Request)
	offset int64
}

// post makes a signed request and returns the status and the answer.
func (f forged) post(method, path string, body []byte) (int, string) {
	f.o.t.Helper()
	ctx := f.o.t.Context()
	r := handover.Request{From: f.o.a.Origin(), Key: f.o.a.card().Key, To: f.o.b.Origin(), Method: method, Path: path, Offset: f.offset, At: f.o.a.Now(), Bytes: int64(len(body)), SHA256: handover.Sum(body)}
	if f.change != nil {
		f.change(&r)
	}
	signed, err := r.Sign(f.signer)
	f.o.a.must(err)
	status, answer, err := f.o.calls.Call(ctx, method, f.o.host+path, map[string]string{line.RequestHeader: base64.StdEncoding.EncodeToString(signed)}, body, 1<<20)
	f.o.a.must(err)
	return status, string(answer)
}

// TestOnlineRefused sends what must not come in.
func TestOnlineRefused(t *testing.T) {
	o := newOnline(t, "")
	o.a.mandate("MLD", route("Node B", o.b.card()))
	o.a.take(2, "M-1")
	_, err := o.a.AddPeer(t.Context(), o.a.who, o.b.card(), o.host, "Node B")
	o.a.must(err)
	made := o.offer()
	if _, wrong := o.carry(); !strings.Contains(wrong, "403") || !strings.Contains(wrong, "does not know") {
		t.Errorf("a stranger: %q", wrong)
	}
	_, err = o.b.AddPeer(t.Context(), o.b.who, o.a.card(), "", "Node A")
	o.b.must(err)
	key := heed.EntrySigner(o.a.Heed)
	paper, _ := heed.SentPaper(t.Context(), o.a.Heed, made.Offer)
	body, err := json.Marshal(line.Announcement{Offer: paper.Offer, Seal: paper.Seal, Listing: int64(len(paper.Listing))})
	o.a.must(err)
	at := "/handover/" + made.Offer
	other, otherKey := strangerKey(t, o.a.Origin())
	sum := handover.Sum([]byte(paper.Listing))
	refused := func(what, want string, f forged, method, path string, body []byte) {
		t.Helper()
		f.o = o
		if status, said := f.post(method, path, body); status == http.StatusOK || !strings.Contains(said, want) {
			t.Errorf("%s: %d %s", what, status, said)
		}
	}
	refused("another key", "does not know", forged{signer: other, change: func(r *handover.Request) { r.Key = otherKey }}, "POST", at, body)
	refused("to another receiver", "it is to", forged{signer: key, change: func(r *handover.Request) { r.To = "c.example.org/log" }}, "POST", at, body)
	refused("yesterday's", "set the clocks", forged{signer: key, change: func(r *handover.Request) { r.At = r.At.Add(-time.Hour) }}, "POST", at, body)
	refused("for another address", "another address", forged{signer: key, change: func(r *handover.Request) { r.Path += "/" + sum }}, "POST", at, body)
	refused("other bytes", "not those that were signed", forged{signer: key, change: func(r *handover.Request) { r.SHA256 = sum }}, "POST", at, body)
	refused("an offer under another name", "not the offer that the address names", forged{signer: key}, "POST", "/handover/"+sum, body)
	refused("no JSON", "not JSON", forged{signer: key}, "POST", at, []byte("offer"))
	refused("an object of nothing", "no offer", forged{signer: key}, "PUT", at+"/"+sum, []byte("x"))
	refused("a huge listing", "an announcement has", forged{signer: key}, "POST", at, bytes.Replace(body, []byte(`"listing":`), []byte(`"listing":9`+strings.Repeat("9", 10)), 1))
	toC := offerToAnother(t, o, paper)
	refused("an offer to another", "it is offered to", forged{signer: key}, "POST", "/handover/"+handover.Digest([]byte(toC.Offer)), must(json.Marshal(toC)))
	if all, err := o.b.Arrivals(t.Context(), o.b.who); err != nil || len(all) != 0 {
		t.Fatalf("%d offers wait: %v", len(all), err)
	}
	if status, said := (forged{o: o, signer: key}).post("POST", at, body); status != http.StatusOK || !strings.Contains(said, `"state":"coming"`) {
		t.Fatalf("%d %s", status, said)
	}
	refused("out of order", "has come to byte 0", forged{signer: key, offset: 3}, "PUT", at+"/"+sum, []byte("x"))
	refused("longer than announced", "a part has", forged{signer: key}, "PUT", at+"/"+sum, []byte(paper.Listing+"x"))
	flipped := []byte(paper.Listing)
	flipped[len(flipped)/2] ^= 1
	refused("a tampered object", "thrown away", forged{signer: key}, "PUT", at+"/"+sum, flipped)
	if _, wrong := o.carry(); wrong != "" { // and comes anew
		t.Error(wrong)
	}
	a, err := o.b.Arrival(t.Context(), o.b.who, made.Offer)
	if err != nil || !a.Readable || a.Left != 0 {
		t.Errorf("%+v, %v", a.Arriving, err)
	}
	refused("what is whole", "has come to byte", forged{signer: key}, "PUT", at+"/"+sum, []byte("x"))
	_, err = o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{})
	o.b.must(err)
	// the same offer again is answered with the same receipt, and nothing comes in
	status, said := (forged{o: o, signer: key}).post("POST", at, body)
	st, err := line.ParseStatus([]byte(said))
	if status != http.StatusOK || err != nil || st.State != line.Answered || !strings.Contains(st.Receipt, "heed-receipt/v1") {
		t.Errorf("replayed: %d %s %v", status, said, err)
	}
	if all, err := o.b.Arrivals(t.Context(), o.b.who); err != nil || len(all) != 0 {
		t.Errorf("%d offers wait: %v", len(all), err)
	}
	o.b.must(o.b.EndPeer(t.Context(), o.b.who, "Node A", "the agreement ended"))
	refused("a peer no more", "does not know", forged{signer: key}, "POST", at, body)
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// strangerKey is a key that says it signs a node's entries.
func strangerKey(t *testing.T, origin string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, origin+"/entries")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return s, vkey
}

// offerToAnother is the same offer made out to another node.
func offerToAnother(t *testing.T, o *online, p line.SentPaper) line.Announcement {
	t.Helper()
	x, err := handover.ParseOffer([]byte(p.Offer))
	o.a.must(err)
	x.To = "c.example.org/log"
	_, x.ToKey = strangerKey(t, x.To)
	signed, err := x.Sign(heed.EntrySigner(o.a.Heed))
	o.a.must(err)
	return line.Announcement{Offer: string(signed), Seal: p.Seal, Listing: int64(len(p.Listing))}
}

// TestOnlineBounds holds the bounds of what may wait, and what stays too long.
func TestOnlineBounds(t *testing.T) {
	o := newOnline(t, "")
	o.ready(1)
	before := o.b.blobs()
	for range line.MostOpen + 1 {
		o.offer()
	}
	if _, wrong := o.carry(); !strings.Contains(wrong, "wait here for an answer") {
		t.Errorf("more offers than may wait: %q", wrong)
	}
	all, err := o.b.Arrivals(t.Context(), o.b.who)
	if err != nil || len(all) != line.MostOpen {
		t.Fatalf("%d offers wait: %v", len(all), err)
	}
	if n, err := o.b.TidyLines(t.Context()); n != 0 || err != nil {
		t.Errorf("%d were given up: %v", n, err)
	}
	if n, err := heed.TidyAt(t.Context(), o.b.Heed, time.Now().Add(line.Stays+time.Hour)); n != line.MostOpen || err != nil {
		t.Errorf("%d were given up: %v", n, err)
	}
	if got := o.b.blobs(); got != before {
		t.Errorf("%d blobs are left, %d were there", got, before)
	}
	heed.SetHandoverMost(o.b.Heed, 2000)
	if _, wrong := o.carry(); !strings.Contains(wrong, "what waits here may have 2000 bytes") {
		t.Errorf("more bytes than may wait: %q", wrong)
	}
	if got := o.b.blobs(); got != before {
		t.Errorf("%d blobs are left of what was too much, %d were there", got, before)
	}
}

// TestOnlineBroken breaks the receiver off while it adds a part, at each of the
// two writes: nothing is left that nobody knows.
func TestOnlineBroken(t *testing.T) {
	o := newOnline(t, "")
	o.ready(2)
	made := o.offer()
	before := o.b.blobs()
	failing := &failingBlobs{Store: heed.Blobs(o.b.Heed)}
	heed.SetBlobs(o.b.Heed, failing)
	for at := 1; ; at++ {
		failing.left.Store(int64(at))
		_, wrong := o.carry()
		if wrong == "" {
			break
		}
		if at > 40 {
			t.Fatal(wrong)
		}
	}
	if _, err := o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{}); err != nil {
		t.Fatal(err)
	}
	if n, wrong := o.carry(); n != 1 || wrong != "" {
		t.Error(n, wrong)
	}
	if got := o.b.blobs(); got > before+4 {
		t.Errorf("%d blobs are left, %d were there", got, before)
	}
}

// failingBlobs keeps a blob and then says that it did not, as a process that is
// killed says nothing.
type failingBlobs struct {
	blob.Store
	left atomic.Int64
}

func (f *failingBlobs) Put(ctx context.Context, r io.Reader) (blob.Ref, error) {
	ref, err := f.Store.Put(ctx, r)
	if f.left.Add(-1) == 0 {
		return blob.Ref{}, errors.New("killed")
	}
	return ref, err
}

// TestPeers holds what a peer may be.
func TestPeers(t *testing.T) {
	o := newOnline(t, "")
	a, b := o.a, o.b.card()
	add := func(c heed.Card, url, name string) error {
		_, err := a.AddPeer(t.Context(), a.who, c, url, name)
		return err
	}
	for want, err := range map[string]error{
		"own card":              add(a.card(), "", "x"),
		"it is no verifier key": add(heed.Card{Node: b.Node, Key: "k", Recipient: b.Recipient}, "", "x"),
		"is not the entry key":  add(heed.Card{Node: "other", Key: b.Key, Recipient: b.Recipient}, "", "x"),
		"say whose node":        add(b, "", " "),
		"not the address of a":  add(b, "https://u:p@h/", "x"),
		"hybrid age recipient":  add(heed.Card{Node: b.Node, Key: b.Key, Recipient: "age1x"}, "", "x"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	a.must(add(b, "https://b.example.org/", "Node B"))
	a.must(add(b, "https://b2.example.org", "Node B"))
	_, key := strangerKey(t, b.Node)
	if err := add(heed.Card{Node: b.Node, Key: key, Recipient: b.Recipient}, "", "Node B"); fault.KindOf(err) != fault.KindExists {
		t.Errorf("another key: %v", err)
	}
	_, key = strangerKey(t, "c.example.org/log")
	for _, name := range []string{"node b", b.Node} { // else what is for one would go to the other
		if err := add(heed.Card{Node: "c.example.org/log", Key: key, Recipient: b.Recipient}, "", name); fault.KindOf(err) != fault.KindExists {
			t.Errorf("%s is the name of another: %v", name, err)
		}
	}
	all, err := a.Peers(t.Context(), a.who)
	if err != nil || len(all) != 1 || all[0].URL != "https://b2.example.org" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := a.EndPeer(t.Context(), a.who, "node b", ""); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("ended for no reason: %v", err)
	}
	a.must(a.EndPeer(t.Context(), a.who, "node b", "no agreement"))
	if err := a.EndPeer(t.Context(), a.who, "node b", "no agreement"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := a.SendHandover(t.Context(), a.who, "Node B", heed.HandoverInput{}); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("sent to nobody: %v", err)
	}
}
