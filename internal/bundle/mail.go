package bundle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/ianaindex"
)

// Limits on a message.
const (
	maxParts   = 1000
	maxNesting = 20
)

// A Mail is one message.
type Mail struct {
	ID          string // Message-ID, without its brackets
	Subject     string
	From        string
	To          []string // To and Cc
	Date        time.Time
	Text        string // the plain text, else the HTML as it is
	Headers     map[string][]string
	Attachments []Attachment
}

// An Attachment is a file in a message.
type Attachment struct {
	Name   string // one segment of a path, or ""
	Type   string
	Bytes  []byte
	SHA256 string
}

// words decodes headers in any encoding that is known here.
var words = &mime.WordDecoder{CharsetReader: charset}

func charset(name string, r io.Reader) (io.Reader, error) {
	enc, err := ianaindex.MIME.Encoding(name)
	if err != nil || enc == nil {
		return nil, fmt.Errorf("the encoding %q is not known here", name)
	}
	return enc.NewDecoder().Reader(r), nil
}

// ParseMail reads a message with its attachments.
func ParseMail(b []byte) (*Mail, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("mail: more than %d bytes", MaxBytes)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	m := &Mail{Headers: map[string][]string{}, Subject: decoded(msg.Header.Get("Subject")), From: decoded(msg.Header.Get("From")),
		ID: strings.Trim(msg.Header.Get("Message-Id"), "<> ")}
	if m.From == "" && m.ID == "" && msg.Header.Get("Date") == "" {
		return nil, errors.New("mail: no sender, no number and no date: this is no message")
	}
	for k, v := range msg.Header {
		for _, s := range v {
			m.Headers[k] = append(m.Headers[k], decoded(s))
		}
	}
	m.To = slices.Concat(m.Headers["To"], m.Headers["Cc"])
	if t, err := msg.Header.Date(); err == nil {
		m.Date = t.UTC()
	}
	p := &parts{m: m}
	if err := p.part(textproto.MIMEHeader(msg.Header), msg.Body, 0); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if m.Text == "" {
		m.Text = p.html
	}
	return m, nil
}

// decoded reads the encoded words of a header; what cannot be read stays.
func decoded(s string) string {
	if out, err := words.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// parts walks through a message.
type parts struct {
	m    *Mail
	n    int
	html string
}

func (p *parts) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if p.n++; p.n > maxParts || depth > maxNesting {
		return fmt.Errorf("more than %d parts, or %d levels", maxParts, maxNesting)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", map[string]string{}
		if h.Get("Content-Type") != "" {
			kind = "application/octet-stream"
		}
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		return p.multi(multipart.NewReader(body, params["boundary"]), depth)
	}
	b, err := io.ReadAll(transfer(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return fmt.Errorf("part %d: %w", p.n, err)
	}
	how, dparams, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := decoded(cmpOr(dparams["filename"], params["name"]))
	if how != "attachment" && name == "" && (kind == "text/plain" || kind == "text/html") {
		p.text(kind, params["charset"], b)
		return nil
	}
	p.attach(name, kind, b)
	return nil
}

func (p *parts) multi(r *multipart.Reader, depth int) error {
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after part %d: %w", p.n, err)
		}
		if err := p.part(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

func transfer(how string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(how)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// text keeps the first plain text and the first HTML.
func (p *parts) text(kind, enc string, b []byte) {
	if enc != "" && !strings.EqualFold(enc, "utf-8") && !strings.EqualFold(enc, "us-ascii") {
		if r, err := charset(enc, bytes.NewReader(b)); err == nil {
			if out, err := io.ReadAll(r); err == nil {
				b = out
			}
		}
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	switch {
	case kind == "text/plain" && p.m.Text == "":
		p.m.Text = s
	case kind == "text/html" && p.html == "":
		p.html = s
	}
}

func (p *parts) attach(name, kind string, b []byte) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		name = ""
	}
	sum := sha256.Sum256(b)
	p.m.Attachments = append(p.m.Attachments, Attachment{name, kind, b, hex.EncodeToString(sum[:])})
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// item describes a message as an item. Its attachments are named, with their
// digests.
func (m *Mail) item(line int) Item {
	i := Item{ID: m.ID, Title: m.Subject, Text: m.Text, Line: line, Fields: map[string][]string{}}
	for _, k := range []string{"From", "To", "Cc", "Date", "Reply-To", "In-Reply-To", "References", "Received"} {
		if v := m.Headers[k]; len(v) > 0 {
			i.Fields[k] = v
		}
	}
	for _, a := range m.Attachments {
		i.Fields["Attachment"] = append(i.Fields["Attachment"], a.Name+" sha256:"+a.SHA256)
	}
	if !m.Date.IsZero() {
		i.Dates = []Range{{Field: "Date", From: m.Date}}
	}
	return i
}

// ReadMbox calls f with each message of a mailbox and the line at which it
// begins. "From " at the beginning of a line ends the message before, if an
// empty line stands between; ">From " is written back.
func ReadMbox(r io.Reader, f func(line int, raw []byte) error) error {
	br := bufio.NewReaderSize(r, 1<<16)
	var msg []byte
	start, n, empty, begun := 1, 0, true, false
	give := func() error {
		if !begun {
			return nil
		}
		return f(start, msg)
	}
	for {
		line, err := br.ReadBytes('\n')
		if len(line) > 0 {
			n++
		}
		switch {
		case empty && bytes.HasPrefix(line, []byte("From ")):
			if err := give(); err != nil {
				return err
			}
			msg, start, begun = nil, n, true
		case !begun && len(bytes.TrimSpace(line)) > 0:
			return fmt.Errorf("line %d: a mailbox begins with a line that begins with \"From \"", n)
		case begun:
			if rest := bytes.TrimLeft(line, ">"); len(rest) < len(line) && bytes.HasPrefix(rest, []byte("From ")) {
				line = line[1:]
			}
			if msg = append(msg, line...); len(msg) > MaxBytes {
				return fmt.Errorf("line %d: a message of more than %d bytes", start, MaxBytes)
			}
		}
		empty = len(bytes.TrimRight(line, "\r\n")) == 0
		if errors.Is(err, io.EOF) {
			return give()
		}
		if err != nil {
			return err
		}
	}
}

func readMbox(out *Bundle, r io.Reader) error {
	return ReadMbox(r, func(line int, raw []byte) error {
		m, err := ParseMail(raw)
		if err != nil {
			out.problem(line, 0, "%v", err)
			return nil
		}
		return out.add(m.item(line))
	})
}
