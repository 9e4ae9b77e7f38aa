package reading

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"path"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/bundle"
)

// The bounds on what is read of mail.
const (
	mostMails  = 2000 // of one mailbox
	mostWithin = 5    // messages within messages
)

// endOfMail stands after each mail of a mailbox.
const endOfMail = '\f'

// Mailbox is the kind of a reading whose text is many mails.
const Mailbox = "mbox"

// isMailbox tells a mailbox by its name, or by how it begins: a line of the sender, then
// headers.
func isMailbox(ext string, data []byte) bool {
	if ext == ".mbox" || ext == ".mbx" {
		return true
	}
	head := data[:min(len(data), 4096)]
	first, rest, ok := bytes.Cut(head, []byte("\n"))
	if !ok || !bytes.HasPrefix(first, []byte("From ")) {
		return false
	}
	m, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(rest), "\r\n\r\n"...)))
	return err == nil && (m.Header.Get("From") != "" || m.Header.Get("Date") != "")
}

// mail reads one message: its head are fields, its text is the text.
func (r *Reading) mail(data []byte) {
	m, err := bundle.ParseMail(data)
	if err != nil {
		r.note("not all of the message can be read: %v", err)
		r.heads(data)
		if text, ok := decode(data, ""); ok {
			r.say(text)
		}
		return
	}
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject", "Message-Id", "In-Reply-To", "Reply-To", "X-Originating-Ip", "X-Mailer"} {
		for _, value := range m.Headers[name] {
			r.field("mail."+name, value)
		}
	}
	r.said(m, 0)
}

// heads reads what can be read of the head of a message that is damaged.
func (r *Reading) heads(data []byte) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return
	}
	for _, name := range []string{"From", "To", "Date", "Subject"} {
		r.field("mail."+name, m.Header.Get(name))
	}
}

// said reads the text of a message, names what is attached, and reads the messages in it.
func (r *Reading) said(m *bundle.Mail, depth int) {
	if head := strings.ToLower(m.Text[:min(len(m.Text), 512)]); strings.Contains(head, "<html") || strings.Contains(head, "<!doctype html") || strings.Contains(head, "<body") {
		r.html([]byte(m.Text), "utf-8")
	} else {
		r.say(m.Text)
	}
	for _, a := range m.Attachments {
		if a.Type != "message/rfc822" {
			r.field("mail.Attachment", a.Name)
			continue
		}
		in, err := bundle.ParseMail(a.Bytes)
		switch {
		case err != nil:
			r.note("a message in the message cannot be read: %v", err)
		case depth+1 >= mostWithin:
			r.note("messages within messages were read to a depth of %d", mostWithin)
		default:
			r.field("mail.Attachment", in.Subject)
			r.say(headOf(in))
			r.said(in, depth+1)
		}
	}
}

// headOf words the head of a message as text.
func headOf(m *bundle.Mail) string {
	date := ""
	if !m.Date.IsZero() {
		date = m.Date.Format(time.RFC3339)
	}
	return fmt.Sprintf("From: %s\nTo: %s\nDate: %s\nSubject: %s", m.From, strings.Join(m.To, ", "), date, m.Subject)
}

// errEnough ends the reading of a mailbox.
var errEnough = errors.New("enough")

// mailbox reads the mails of a mailbox, each with its head before its text, and
// [endOfMail] after it.
func (r *Reading) mailbox(data []byte) {
	var text strings.Builder
	all, unread := 0, 0
	err := bundle.ReadMbox(bytes.NewReader(data), func(line int, raw []byte) error {
		if all++; all > mostMails || text.Len() >= mostText {
			all--
			r.note("only the first %d mails were read", all)
			return errEnough
		}
		one := &Reading{}
		m, err := bundle.ParseMail(raw)
		if err != nil {
			unread++
			one.mail(raw) // what can be read of it
		} else {
			one.say(headOf(m))
			one.said(m, 0)
		}
		for _, f := range one.Fields {
			one.say(strings.TrimPrefix(f.Name, "mail.") + ": " + f.Value)
		}
		said := one.Text
		if room := mostText - text.Len(); len(said) > room {
			said = strings.ToValidUTF8(said[:room], "")
			r.note("only the first %d kB of the text were read", mostText>>10)
		}
		text.WriteString(said)
		text.WriteRune(endOfMail)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		r.note("the mailbox cannot be read further: %v", err)
	}
	if all == 0 {
		r.Kind = "text"
		if plain, ok := decode(data, ""); ok {
			r.say(plain)
		}
		return
	}
	r.field("mbox.Mails", fmt.Sprint(all))
	if unread > 0 {
		r.note("of %d of its mails not all can be read", unread)
	}
	r.Text = text.String()
}

// A Spot is which mail of a mailbox something was found in; zero for what is none.
type Spot struct{ Mail, Of int }

// Find looks for a query in what was read. Of a mailbox all of it must be in one mail.
func (r *Reading) Find(q Query) (hit Hit, at Spot, ok bool) {
	if r.Kind != Mailbox {
		hit, ok = q.In(r.Searched())
		return hit, at, ok
	}
	mails := strings.Split(strings.TrimSuffix(r.Text, string(endOfMail)), string(endOfMail))
	for n, text := range mails {
		if hit, ok = q.In(text); ok {
			return hit, Spot{n + 1, len(mails)}, true
		}
	}
	return hit, at, false
}

// isMail tells a message by its name.
func isMail(name string) bool { return strings.EqualFold(path.Ext(name), ".eml") }
