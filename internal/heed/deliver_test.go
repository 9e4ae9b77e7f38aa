package heed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/testkit"
)

// postbox takes mails, or fails as it is told.
type postbox struct {
	mails []post.Mail
	fail  func(post.Mail) error
}

func (p *postbox) Send(_ context.Context, m post.Mail) error {
	if p.fail != nil {
		if err := p.fail(m); err != nil {
			return err
		}
	}
	p.mails = append(p.mails, m)
	return nil
}

// take returns the mails since the last call.
func (p *postbox) take() []post.Mail {
	m := p.mails
	p.mails = nil
	return m
}

// clock is a time that a test moves on.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { c.now = c.now.Add(time.Millisecond); return c.now }

func (o *office) deliver(t *testing.T, p *postbox) []post.Mail {
	t.Helper()
	n, err := o.Deliver(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := p.take()
	if n != len(got) {
		t.Errorf("it says that %d went out, and %d did", n, len(got))
	}
	return got
}

// to returns the one mail to an address whose subject holds a text.
func to(t *testing.T, mails []post.Mail, address, subject string) post.Mail {
	t.Helper()
	var found []post.Mail
	for _, m := range mails {
		if m.To == address && strings.Contains(m.Subject, subject) {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d mails to %s with %q among %v", len(found), address, subject, subjects(mails))
	}
	return found[0]
}

func subjects(mails []post.Mail) (out []string) {
	for _, m := range mails {
		out = append(out, m.To+": "+m.Subject)
	}
	return out
}

// TestDeliver follows what people are told from the issue of a warning to the
// last rung.
func TestDeliver(t *testing.T) { testkit.Databases(t, testDeliver) }

func testDeliver(t *testing.T, db string) {
	c := &clock{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	o, p := newOfficeAt(t, false, c.Now, db), &postbox{}
	if got := o.deliver(t, p); len(got) != 0 {
		t.Fatalf("with nothing to tell: %v", subjects(got))
	}
	id := o.warn(t, heed.WarningInput{To: []string{o.minister.Person, o.observer.Person}})
	all := o.deliver(t, p)
	m := to(t, all, "chloe@mfa.example", "Une alerte de niveau 4 vous attend ("+id+")")
	for _, want := range []string{"https://heed.example.org/warnings/" + id + "\n", "TLP:AMBER"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.Text)
		}
	}
	owed := to(t, all, "ana@mfa.example", "duties await your answer ("+id+")")
	if !strings.Contains(owed.Text, "https://heed.example.org/duties\n") || !strings.Contains(owed.Text, "Answer due by 2 March 2026") {
		t.Errorf("duties are told as:\n%s", owed.Text)
	}
	for _, m := range all {
		if strings.Contains(m.Subject+m.Text, "Armed men") || strings.Contains(m.Subject+m.Text, "Velden") || strings.Contains(m.Subject+m.Text, "Wethri") {
			t.Errorf("a mail tells what was found:\n%s\n%s", m.Subject, m.Text)
		}
	}
	if got := o.deliver(t, p); len(got) != 0 {
		t.Errorf("told twice: %v", subjects(got))
	}
	w, err := o.ListEntries(t.Context(), o.admin, id, 50)
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	for _, e := range w {
		if e.Kind == "warning.delivered" {
			served++
		}
	}
	if served != 1 { // the observer has no address
		t.Errorf("%d entries say that the warning was delivered", served)
	}

	c.now = c.now.AddDate(0, 0, 10)
	if ticked, err := o.Tick(t.Context(), c.now); err != nil || ticked.Lapsed == 0 || ticked.Escalated == 0 {
		t.Fatalf("%+v, %v", ticked, err)
	}
	all = o.deliver(t, p)
	lapsed, up := 0, 0
	for _, m := range all {
		if strings.Contains(m.Subject, "has lapsed") {
			lapsed++
		}
		if strings.Contains(m.Subject, "has come up to you") || strings.Contains(m.Subject, "est remontée jusqu’à vous") {
			up++
		}
	}
	if lapsed == 0 || up == 0 {
		t.Errorf("after ten days of silence: %v", subjects(all))
	}
	if got := o.deliver(t, p); len(got) != 0 {
		t.Errorf("told twice: %v", subjects(got))
	}
}

// TestDeliverExercise marks every mail of a rehearsal.
func TestDeliverExercise(t *testing.T) {
	o, p := newOffice(t, true), &postbox{}
	o.warn(t, heed.WarningInput{})
	all := o.deliver(t, p)
	if len(all) == 0 {
		t.Fatal("nothing went out")
	}
	for _, m := range all {
		if !strings.HasPrefix(m.Subject, "EXERCISE: ") && !strings.HasPrefix(m.Subject, "EXERCICE") || !strings.Contains(m.Text, "EXERC") {
			t.Errorf("%s: %s", m.To, m.Subject)
		}
	}
}

// TestDeliverAgain has sending fail in every way there is.
func TestDeliverAgain(t *testing.T) {
	testkit.Slow(t)
	c := &clock{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	o, p := newOfficeAt(t, false, c.Now, ""), &postbox{}
	id := o.warn(t, heed.WarningInput{To: []string{o.minister.Person}})
	tries := 0
	chloe := func(err error) func(post.Mail) error {
		return func(m post.Mail) error {
			if m.To != "chloe@mfa.example" || !strings.Contains(m.Text, "/warnings/") {
				return nil
			}
			tries++
			return err
		}
	}

	// The mail server is away for a day: nothing is lost, no try is counted.
	outages := []error{&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}, context.DeadlineExceeded, io.EOF, &textproto.Error{Code: 535, Msg: "who are you"}, fault.Invalid("from", "noise is not a mail address")}
	for i := range 24 {
		p.fail = chloe(outages[i%len(outages)])
		if _, err := o.Deliver(t.Context(), p, nil); err == nil {
			t.Fatal("nobody is told that the mail server is away")
		}
		c.now = c.now.Add(time.Hour)
	}
	p.take()

	// It takes the mail, and the process dies before it can note that.
	ctx, die := context.WithCancel(t.Context())
	p.fail = func(m post.Mail) error { die(); return nil }
	if _, err := o.Deliver(ctx, p, nil); err == nil {
		t.Error("a process that dies says that all went well")
	}
	p.fail = nil
	first := p.take()
	if len(first) != 1 {
		t.Fatalf("%d mails before it died", len(first))
	}
	again := o.deliver(t, p)
	found := false
	for _, m := range again {
		found = found || m.ID == first[0].ID && m.Text == first[0].Text
	}
	if !found {
		t.Errorf("%s was not sent again: %v", first[0].ID, subjects(again))
	}

	// The recipient's server says: later. Five tries, further and further apart.
	next := o.warn(t, heed.WarningInput{Supersedes: id, To: []string{o.minister.Person}})
	tries, p.fail = 0, chloe(&textproto.Error{Code: 451, Msg: "later"})
	var at []time.Duration
	start := c.now
	for range 3 * 60 {
		before := tries
		if _, err := o.Deliver(t.Context(), p, nil); err != nil {
			t.Fatal(err)
		}
		if tries > before {
			at = append(at, c.now.Sub(start).Round(time.Minute))
		}
		c.now = c.now.Add(time.Minute)
	}
	p.take()
	if want := "[0s 1m0s 5m0s 21m0s 1h25m0s]"; fmt.Sprint(at) != want || tries != 5 {
		t.Errorf("tried %d times, at %v, must be %s", tries, at, want)
	}

	// It says: never. One try.
	last := o.warn(t, heed.WarningInput{Supersedes: next, To: []string{o.minister.Person}})
	tries, p.fail = 0, chloe(&textproto.Error{Code: 550, Msg: "no such user"})
	for range 10 {
		if _, err := o.Deliver(t.Context(), p, nil); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(time.Hour)
	}
	if tries != 1 {
		t.Errorf("tried %d times what was refused for good", tries)
	}
	failures := 0
	entries, err := o.ListEntries(t.Context(), o.admin, last, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == "warning.delivered" {
			failures++
		}
	}
	if failures != 1 {
		t.Errorf("%d entries about one failure", failures)
	}
}

// TestWebhook sends to a receiver that checks the signature, as the
// documentation tells it to.
func TestWebhook(t *testing.T) {
	o := newOffice(t, false)
	var (
		mu     sync.Mutex
		secret string
		got    []map[string]any
	)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := post.Verify([]byte(secret), r.Header.Get(post.SignatureHeader), b, time.Now(), time.Minute); err != nil {
			t.Errorf("the signature: %v", err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Error(err)
		}
		got = append(got, m)
	}))
	defer receiver.Close()
	hooks, err := post.NewWebhooks("webhook.allow", []string{"127.0.0.1"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"ftp://x", "noise", "https://user:pass@x.example/", "https://x.example/#f"} {
		if _, err := o.SetWebhook(t.Context(), o.minister, o.minister.Person, bad); err == nil {
			t.Errorf("%q is taken as an address", bad)
		}
	}
	if _, err := o.SetWebhook(t.Context(), o.analyst, o.minister.Person, receiver.URL); err == nil {
		t.Error("somebody sets another's webhook")
	}
	if secret, err = o.SetWebhook(t.Context(), o.minister, o.minister.Person, receiver.URL); err != nil {
		t.Fatal(err)
	}
	id := o.warn(t, heed.WarningInput{To: []string{o.minister.Person}})
	if _, err := o.Deliver(t.Context(), nil, hooks); err != nil {
		t.Fatal(err)
	}
	about := map[any]bool{}
	for _, m := range got {
		about[m["kind"]] = true
		if m["person"] != o.minister.Person || m["id"] == "" || strings.Contains(fmt.Sprint(m), "Velden") {
			t.Errorf("the webhook says %v", m)
		}
	}
	if !about["warning"] || len(got) == 0 || got[0]["link"] != "https://heed.example.org/warnings/"+id {
		t.Errorf("the receiver got %v", got)
	}
	n := len(got)
	if _, err := o.Deliver(t.Context(), nil, hooks); err != nil || len(got) != n {
		t.Errorf("told twice: %v, %v", got, err)
	}
	if _, err := o.SetWebhook(t.Context(), o.minister, o.minister.Person, ""); err != nil {
		t.Fatal(err)
	}
	o.warn(t, heed.WarningInput{To: []string{o.minister.Person}})
	if _, err := o.Deliver(t.Context(), nil, hooks); err != nil || len(got) != n {
		t.Errorf("a webhook that was ended is told: %v, %v", got, err)
	}
}

// TestFeeds reads feed and calendar with their secret, and without.
func TestFeeds(t *testing.T) {
	c := &clock{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	o := newOfficeAt(t, true, c.Now, "")
	id := o.warn(t, heed.WarningInput{})
	o.warn(t, heed.WarningInput{Marking: "RED", To: []string{o.analyst.Person}})
	secret, err := o.NewFeed(t.Context(), o.minister)
	if err != nil {
		t.Fatal(err)
	}
	feed, err := o.Feed(t.Context(), secret, c.now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.Feed(t.Context(), secret, c.now)
	if err != nil || string(again) != string(feed) {
		t.Errorf("the same feed is not the same: %v", err)
	}
	for _, want := range []string{"<feed", "Alerte " + id + ", niveau 4", "EXERCICE", "https://heed.example.org/warnings/" + id} {
		if !strings.Contains(string(feed), want) {
			t.Errorf("the feed does not hold %q:\n%s", want, feed)
		}
	}
	for _, not := range []string{"Armed", "Velden", "Wethri", "W-2"} {
		if strings.Contains(string(feed), not) {
			t.Errorf("the feed holds %q", not)
		}
	}
	mine, err := o.NewFeed(t.Context(), o.admin)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := o.Calendar(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	duties, err := o.ListDuties(t.Context(), o.admin, heed.DutyQuery{Owner: o.admin.Person, State: "unanswered", At: c.now})
	if err != nil || len(duties) == 0 {
		t.Fatalf("%v, %v", duties, err)
	}
	events := strings.Count(string(cal), "BEGIN:VEVENT")
	if events == 0 || events > len(duties) || !strings.Contains(string(cal), "EXERCISE: Duty ") || strings.Contains(string(cal), "Velden") || strings.Contains(string(cal), "STATUS:CANCELLED") {
		t.Errorf("%d events for %d duties:\n%.2000s", events, len(duties), cal)
	}
	if err := o.DoDuty(t.Context(), o.admin, duties[0].ID, "Done in person."); err != nil {
		t.Fatal(err)
	}
	if cal, err = o.Calendar(t.Context(), mine); err != nil || strings.Count(string(cal), "STATUS:CANCELLED") != 1 || strings.Contains(string(cal), "in person") {
		t.Errorf("a duty was answered: %v\n%.1500s", err, cal)
	}
	if _, err := o.Feed(t.Context(), mine+"x", c.now); err == nil {
		t.Error("a guess opens a feed")
	}
	if _, err := o.NewFeed(t.Context(), o.minister); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Feed(t.Context(), secret, c.now); err == nil {
		t.Error("a secret that was replaced opens a feed")
	}
}
