package heed_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/share"
)

// TestOnlineNotAnyMore erases one item and takes permission for another back
// after they were offered: neither goes, and the others do.
func TestOnlineNotAnyMore(t *testing.T) {
	o := newOnline(t, "")
	o.ready(4)
	p := consent.Permission{ID: "CON-9", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Keep, consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}
	o.a.must(o.a.PermitEvidence(t.Context(), o.a.who, []string{"E-1.3"}, p))
	made := o.offer()
	keeper, err := o.a.AddPerson(t.Context(), o.a.who, heed.PersonInput{Name: "Cy Cole", Role: "custodian"})
	o.a.must(err)
	o.a.must(o.a.Erase(t.Context(), heed.Who{Person: keeper, Via: "web"}, "E-1.2", "order 9"))
	p.Withdrawals = []consent.Withdrawal{{At: o.a.Now()}}
	o.a.must(o.a.PermitEvidence(t.Context(), o.a.who, []string{"E-1.3"}, p))
	if _, wrong := o.carry(); !strings.Contains(wrong, "does not go") {
		t.Errorf("%q", wrong)
	}
	a, err := o.b.Arrival(t.Context(), o.b.who, made.Offer)
	if o.b.must(err); !a.Readable || a.Left != 2 || len(a.Absent) != 2 || !a.Absent[2] || !a.Absent[3] {
		t.Errorf("%d left, absent %v", a.Left, a.Absent)
	}
	taken, err := o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{})
	if o.b.must(err); taken.Outcome != handover.Partly || taken.Taken != 2 {
		t.Errorf("%+v", taken)
	}
	if n, wrong := o.carry(); n != 1 || wrong != "" {
		t.Error(n, wrong)
	}
}

// TestOnlineTurns sends as long as a turn lasts, and goes on in the next: that is
// nothing wrong.
func TestOnlineTurns(t *testing.T) {
	o := newOnline(t, "")
	o.ready(1)
	made := o.offer()
	heed.SetHandoverTurn(o.a.Heed, time.Nanosecond)
	for turn := 1; ; turn++ {
		o.parts.Store(0)
		if _, wrong := o.carry(); wrong != "" {
			t.Fatal(wrong)
		}
		if got := o.parts.Load(); got > 1 {
			t.Fatalf("%d parts in turn %d", got, turn)
		} else if got == 0 {
			break
		}
		if turn > 100 {
			t.Fatal("it does not end")
		}
	}
	if a, err := o.b.Arrival(t.Context(), o.b.who, made.Offer); err != nil || a.Left != 0 || !a.Readable {
		t.Errorf("%+v, %v", a.Arriving, err)
	}
}

// TestOnlineAnotherReceipt: a peer that answers with the receipt for another
// offer has not answered this one.
func TestOnlineAnotherReceipt(t *testing.T) {
	o := newOnline(t, "")
	o.ready(1)
	first := o.offer()
	if _, wrong := o.carry(); wrong != "" {
		t.Fatal(wrong)
	}
	_, err := o.b.AnswerArrival(t.Context(), o.b.who, first.Offer, heed.TakeInput{RefuseAll: "no room"})
	o.b.must(err)
	if n, wrong := o.carry(); n != 1 || wrong != "" {
		t.Fatal(n, wrong)
	}
	h, err := o.a.Handover(t.Context(), o.a.who, first.ID)
	o.a.must(err)
	said := must(json.Marshal(line.Status{State: line.Answered, Receipt: string(transfer.Receipt{Answer: []byte(h.Receipt), Refusals: []byte(h.Refusals)}.Format())}))
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(said) }))
	defer s.Close()
	_, err = o.a.AddPeer(t.Context(), o.a.who, o.b.card(), s.URL, "Node B")
	o.a.must(err)
	second := o.offer()
	if n, wrong := o.carry(); n != 0 || !strings.Contains(wrong, "answers another offer") {
		t.Errorf("%d, %q", n, wrong)
	}
	if all, err := o.a.Sendings(t.Context(), o.a.who); err != nil || len(all) != 1 || all[0].ID != second.ID {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestOnlineEnded: with a peer that is no more goes what it sent and nobody took.
func TestOnlineEnded(t *testing.T) {
	o := newOnline(t, "")
	o.ready(1)
	before := o.b.blobs()
	o.offer()
	if _, wrong := o.carry(); wrong != "" {
		t.Fatal(wrong)
	}
	if n, err := o.b.TidyLines(t.Context()); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	o.b.must(o.b.EndPeer(t.Context(), o.b.who, "Node A", "it sends what nobody asked for"))
	if n, err := o.b.TidyLines(t.Context()); n != 1 || err != nil || o.b.blobs() != before {
		t.Errorf("%d were given up, %v; %d blobs are left of %d", n, err, o.b.blobs(), before)
	}
}

// watchedBody tells whether it was read.
type watchedBody struct{ read bool }

func (w *watchedBody) Read([]byte) (int, error) { w.read = true; return 0, io.EOF }

// TestOnlineUnread: of a request that was signed for another address the body is
// not even read.
func TestOnlineUnread(t *testing.T) {
	o := newOnline(t, "")
	o.meet()
	sum := handover.Sum([]byte("offer"))
	unread := &watchedBody{}
	req := httptest.NewRequest("POST", "/handover/"+sum, unread)
	r := handover.Request{From: o.a.Origin(), Key: o.a.card().Key, To: o.b.Origin(), Method: "POST", Path: "/handover/" + handover.Sum([]byte("another")), At: o.a.Now(), Bytes: 5, SHA256: sum}
	signed, err := r.Sign(heed.EntrySigner(o.a.Heed))
	o.a.must(err)
	req.Header.Set(line.RequestHeader, base64.StdEncoding.EncodeToString(signed))
	out := httptest.NewRecorder()
	share.Lines(o.b.Heed, slog.New(slog.DiscardHandler)).ServeHTTP(out, req)
	if out.Code != http.StatusForbidden || unread.read {
		t.Errorf("%d, read %v: %s", out.Code, unread.read, out.Body)
	}
}
