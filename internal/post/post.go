// Package post carries messages out of a node: mail, signed webhooks, Atom
// feeds and calendars. It says what it is given; who is told what, and when it
// is tried again, is decided above it.
//
// Mail is plain text and holds no secret: a link that carries a query, a
// fragment or a password is refused, so that whoever reads another's mail, or
// the log of a mail server, can open nothing. A webhook is signed with a
// secret that only its receiver shares, goes over TLS, follows no redirect and
// reaches no private address unless the operator allows it: a node inside a
// ministry's network must not become the means to knock on its neighbours.
//
//	mailer := post.SMTP{Host: "mail.example.org", Port: 587, From: "Heed <heed@example.org>"}
//	err := mailer.Send(ctx, post.Mail{To: "focal.point@mfa.example", Subject: …, Text: …, ID: "W-1.P-7", Date: now})
//
//	hooks, err := post.NewWebhooks("webhook.allow", conf.Webhook.Allow, clock)
//	err = hooks.Send(ctx, post.Hook{URL: u, Secret: s}, "W-1.P-7", body)
//
// Feeds and calendars are pure functions of their arguments, time included.
// Sources: RFC 5321, 5322, 2045 and 3834 for mail, 2104 for signatures, 4287
// for Atom, 5545 and 7986 for calendars. The package trusts the system's
// certificates and the mail server it is told to use.
package post

import (
	"context"
	"encoding/base64"
	"errors"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/heed-project/heed/internal/fault"
)

// A Mail is one message to one person, so that nobody sees who else was told.
type Mail struct {
	To      string    // an address, as RFC 5322 writes it
	Subject string    // one line
	Text    string    // plain text; lines end in \n
	ID      string    // stable: the same message has it again when sent again
	Thread  string    // the ID of the message that this one follows, or ""
	Tag     string    // BCP 47 tag of the language
	Date    time.Time // when it was written
}

// A Mailer passes mail on.
type Mailer interface {
	// Send returns nil once another server has taken responsibility for the
	// mail. After an error it may have been taken all the same: a mail sent
	// again keeps its ID, by which readers drop the second. [Permanent]
	// tells whether trying again is useless. Any number of goroutines may
	// call it at once.
	Send(ctx context.Context, m Mail) error
}

// permanent is an error that will be the same at the next try.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent says whether a message was refused for good: its address does not
// exist, its receiver does not want it, or it is wrong in itself.
func Permanent(err error) bool {
	var p permanent
	if errors.As(err, &p) || fault.KindOf(err) == fault.KindInvalid || fault.KindOf(err) == fault.KindDenied {
		return true
	}
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code >= 500
}

// links finds addresses in a text.
var links = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s<>"]+`)

// checkLinks refuses a text with a link that could carry a secret.
func checkLinks(field, text string) error {
	for _, link := range links.FindAllString(text, -1) {
		u, err := url.Parse(link)
		if err != nil || u.User != nil || strings.ContainsAny(link, "?#") {
			return fault.Invalid(field, "%s holds a link with a password, a query or a fragment; only plain links go out", field)
		}
	}
	return nil
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// compose returns the bytes of a mail as RFC 5322 wants them.
func compose(m Mail, from *mail.Address) ([]byte, *mail.Address, error) {
	to, err := mail.ParseAddress(m.To)
	switch {
	case err != nil || len(m.To) > longestAddress:
		return nil, nil, fault.Invalid("to", "%.80q is not a mail address", m.To)
	case strings.ContainsFunc(m.Subject, unicode.IsControl) || strings.TrimSpace(m.Subject) == "":
		return nil, nil, fault.Invalid("subject", "the subject must be one line of text")
	case !idForm.MatchString(m.ID) || m.Thread != "" && !idForm.MatchString(m.Thread):
		return nil, nil, fault.Invalid("id", "%q is no message id: letters, digits, dots, hyphens", m.ID)
	case m.Date.IsZero():
		return nil, nil, fault.Invalid("date", "the date is missing")
	case m.Tag != "" && !idForm.MatchString(m.Tag):
		return nil, nil, fault.Invalid("tag", "%q is no language tag", m.Tag)
	}
	if err := errors.Join(checkLinks("subject", m.Subject), checkLinks("text", m.Text)); err != nil {
		return nil, nil, err
	}
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	var b strings.Builder
	header := func(name, value string) { b.WriteString(folded(name+": "+value) + "\r\n") }
	header("From", from.String())
	header("To", to.String())
	header("Subject", subject(m.Subject))
	header("Date", m.Date.Format(time.RFC1123Z))
	header("Message-ID", "<"+m.ID+"@"+domain+">")
	if m.Thread != "" {
		header("In-Reply-To", "<"+m.Thread+"@"+domain+">")
		header("References", "<"+m.Thread+"@"+domain+">")
	}
	header("Auto-Submitted", "auto-generated") // RFC 3834: no vacation notes, please
	header("MIME-Version", "1.0")
	if m.Tag != "" {
		header("Content-Language", m.Tag)
	}
	header("Content-Type", "text/plain; charset=utf-8")
	return writeText(&b, header, m.Text), to, nil
}

// widestHeader is how long a line of the header should be, without its end
// (RFC 5322, 2.1.1); it must not pass 998.
const widestHeader = 78

// folded breaks a header at spaces that stand alone, so that whoever unfolds it
// has the same text again. A word that is too long stays whole: names are
// encoded in words of 75, and an address is cut at its longest.
func folded(line string) string {
	var b strings.Builder
	from, space := 0, -1
	for i := 1; i < len(line); i++ {
		if line[i] == ' ' && line[i-1] != ' ' && i+1 < len(line) && line[i+1] != ' ' {
			if i-from > widestHeader && space > from {
				b.WriteString(line[from:space] + "\r\n")
				from = space
			}
			space = i
		}
	}
	if len(line)-from > widestHeader && space > from {
		b.WriteString(line[from:space] + "\r\n")
		from = space
	}
	return b.String() + line[from:]
}

// The longest address with a name, and the longest subject, in characters.
const longestAddress, longestSubject = 400, 150

// subject cuts what is too long to be read and encodes what is not ASCII. A
// "=?" of its own would be read as such an encoding, and is parted.
func subject(s string) string {
	if runes := []rune(s); len(runes) > longestSubject {
		s = string(runes[:longestSubject-1]) + "…"
	}
	return mime.QEncoding.Encode("utf-8", strings.ReplaceAll(s, "=?", "= ?"))
}

// writeText adds the encoding and the text: quoted-printable, or base64 where
// most of the text is beyond ASCII and would grow threefold.
func writeText(b *strings.Builder, header func(name, value string), text string) []byte {
	text = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(text)
	beyond := 0
	for i := range len(text) {
		if text[i] >= 0x80 {
			beyond++
		}
	}
	if beyond*3 > len(text) {
		header("Content-Transfer-Encoding", "base64")
		b.WriteString("\r\n")
		code := base64.StdEncoding.EncodeToString([]byte(text))
		for ; len(code) > 76; code = code[76:] {
			b.WriteString(code[:76] + "\r\n")
		}
		b.WriteString(code + "\r\n")
		return []byte(b.String())
	}
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(b)
	q.Write([]byte(text)) // a strings.Builder does not fail
	q.Close()
	return []byte(b.String())
}
