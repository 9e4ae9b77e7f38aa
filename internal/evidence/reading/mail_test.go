package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/reading"
)

// TestMailbox: each mail is found apart, in whatever charset, with what is attached and
// the messages in it; what is damaged is read as far as it goes, and said.
func TestMailbox(t *testing.T) {
	forwarded := "From: c@example.org\r\nDate: Sun, 1 Mar 2026 08:10:00 +0000\r\nSubject: Deep below\r\n\r\nthe cellar\r\n"
	box := "From a@example.org Mon Mar  2 08:10:00 2026\n" + letter +
		"\nFrom b@example.org Mon Mar  2 09:10:00 2026\nFrom: b@example.org\nDate: Mon, 2 Mar 2026 09:10:00 +0000\nSubject: =?windows-1251?B?z/Do4uXy?=\nContent-Type: multipart/mixed; boundary=c\n\n" +
		"--c\nContent-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nPGh0bWw+PGI+0NLJ18XUPC9iPjwvaHRtbD4=\n--c\nContent-Type: message/rfc822\n\n" + forwarded + "\n--c--\n" +
		"\nFrom x\nFrom: d@example.org\nSubject: broken\nContent-Type: multipart/mixed; boundary=e\n\n--e\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!\nremnant\n"
	r := reading.Read("all.mbox", []byte(box))
	if r.Kind != reading.Mailbox || r.Fields[0].Value != "3" {
		t.Fatalf("%+v", r)
	}
	for query, want := range map[string]int{"café well.png": 1, "مرحبا": 1, "привет": 2, "cellar c@example.org": 2, "café cellar": 0, "remnant broken": 3} {
		hit, at, ok := r.Find(reading.ParseQuery(query))
		if ok != (want > 0) || at.Mail != want || ok && at.Of != 3 {
			t.Errorf("%s: %+v %+v %v in %q", query, hit, at, ok, r.Text)
		}
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "of 1 of its mails not all can be read") {
		t.Errorf("%q", r.Notes)
	}
	if again := reading.Read("export", []byte(box)); again.Kind != reading.Mailbox || again.Text != r.Text {
		t.Errorf("without a name it is %s", again.Kind)
	}
	if no := reading.Read("note.txt", []byte("From here to there\nit is far")); no.Kind != "text" {
		t.Errorf("a note is %s", no.Kind)
	}
	if no := reading.Read("no.mbox", []byte("it is far")); no.Kind != "text" || no.Text != "it is far" || len(no.Notes) != 1 {
		t.Errorf("%+v", no)
	}
	nested := forwarded
	for n := range 12 {
		nested = fmt.Sprintf("From: a@example.org\r\nSubject: level %d\r\nContent-Type: message/rfc822\r\n\r\n%s", n, nested)
	}
	if r := reading.Read("nested.eml", []byte(nested)); len(r.Notes) != 1 || !strings.Contains(r.Searched(), "level 8") || strings.Contains(r.Text, "cellar") {
		t.Errorf("%q %q", r.Notes, r.Searched())
	}
}

// FuzzMailbox: no mailbox does harm, and what is kept of it is bounded.
func FuzzMailbox(f *testing.F) {
	f.Add([]byte("From a\nFrom: a@example.org\n\nx\n\nFrom b\n" + letter))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<13 {
			return
		}
		r := reading.Read("a.mbox", data)
		if _, at, ok := r.Find(reading.ParseQuery("x")); ok && at.Mail > at.Of || len(r.Text) > 2<<20 {
			t.Errorf("%+v of %d bytes", at, len(r.Text))
		}
	})
}
