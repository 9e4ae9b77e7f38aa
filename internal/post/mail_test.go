package post

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/heed-project/heed/internal/fault"
)

var when = time.Date(2026, 11, 19, 14, 5, 0, 0, time.UTC)

func sample() Mail {
	return Mail{To: "Amélie Ba <amelie@mfa.example>", Subject: "Warning W-1: réponse due", Text: "A first line.\n.\nhttps://heed.example.org/warning/W-1\n",
		ID: "W-1.P-7", Date: when, Tag: "en"}
}

// server is a real mail server in this process.
type server struct {
	smtp.Backend
	mu   sync.Mutex
	got  [][]byte
	from string
	to   []string
	port int
	root *x509.CertPool
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{s, c, false}, nil }

type session struct {
	s    *server
	c    *smtp.Conn
	auth bool
}

func (x *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, secure := x.c.TLSConnectionState(); !secure || user != "heed" || password != "right" {
			return smtp.ErrAuthFailed
		}
		x.auth = true
		return nil
	}), nil
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if !x.auth {
		return smtp.ErrAuthRequired
	}
	x.s.from = from
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "gone@"):
		return &smtp.SMTPError{Code: 550, Message: "no such person"}
	case strings.HasPrefix(to, "full@"):
		return &smtp.SMTPError{Code: 452, Message: "mailbox full"}
	}
	x.s.to = append(x.s.to, to)
	return nil
}

func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.got = append(x.s.got, b)
	return err
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

// serve starts a mail server that speaks TLS as told: "starttls", "implicit"
// or "none".
func serve(t *testing.T, mode string) (*server, SMTP) {
	t.Helper()
	cert, root := certificate(t)
	s := &server{root: root}
	srv := smtp.NewServer(s)
	srv.Domain = "localhost"
	srv.ErrorLog = log.New(io.Discard, "", 0) // of lines that a test breaks
	srv.ReadTimeout = 5 * time.Second
	if mode != "none" {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if mode == "implicit" {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(l) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return s, SMTP{Host: "localhost", Port: s.port, TLS: mode, User: "heed", Password: "right", From: "Heed <heed@node.example>", Roots: root}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// read takes a mail apart as a mail program does.
func read(t *testing.T, raw []byte) (*mail.Message, string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	var body io.Reader = quotedprintable.NewReader(m.Body)
	if m.Header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return m, strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestMailArrives(t *testing.T) {
	for _, mode := range []string{"starttls", "implicit"} {
		s, mailer := serve(t, mode)
		want := sample()
		want.Thread = "W-1"
		if err := mailer.Send(t.Context(), want); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		m, text := read(t, s.got[0])
		subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if subject != want.Subject || text != want.Text || s.from != "heed@node.example" || s.to[0] != "amelie@mfa.example" {
			t.Errorf("%s: %q %q from %s to %v", mode, subject, text, s.from, s.to)
		}
		to, err := m.Header.AddressList("To")
		if err != nil || to[0].Name != "Amélie Ba" {
			t.Errorf("%v, %v", to, err)
		}
		at, err := m.Header.Date()
		if err != nil || !at.Equal(when) {
			t.Errorf("date %v, %v", at, err)
		}
		for name, want := range map[string]string{"Message-ID": "<W-1.P-7@node.example>", "In-Reply-To": "<W-1@node.example>",
			"Auto-Submitted": "auto-generated", "Content-Type": "text/plain; charset=utf-8", "Content-Language": "en", "Mime-Version": "1.0"} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	}
}

func TestMailIsNotSent(t *testing.T) {
	_, good := serve(t, "starttls")
	plain, clear := serve(t, "none")
	clear.TLS = "starttls"
	for name, tt := range map[string]struct {
		server    func(*SMTP)
		mail      func(*Mail)
		permanent bool
	}{
		"no such person":     {nil, func(m *Mail) { m.To = "gone@mfa.example" }, true},
		"mailbox full":       {nil, func(m *Mail) { m.To = "full@mfa.example" }, false},
		"wrong password":     {func(s *SMTP) { s.Password = "wrong" }, nil, true},
		"unknown authority":  {func(s *SMTP) { s.Roots = x509.NewCertPool() }, nil, false},
		"another's name":     {func(s *SMTP) { s.Host = "127.0.0.2" }, nil, false},
		"no such server":     {func(s *SMTP) { s.Port = 1 }, nil, false},
		"TLS stripped":       {func(s *SMTP) { *s = clear }, nil, false},
		"header injected":    {nil, func(m *Mail) { m.Subject = "x\r\nBcc: spy@example.org" }, true},
		"recipient injected": {nil, func(m *Mail) { m.To = "a@b.example>\r\nRCPT TO:<spy@example.org" }, true},
		"id injected":        {nil, func(m *Mail) { m.ID = "a\r\nX: y" }, true},
		"link with token":    {nil, func(m *Mail) { m.Text = "see https://heed.example.org/in?t=secret" }, true},
		"link with fragment": {nil, func(m *Mail) { m.Text = "see https://heed.example.org/in#secret" }, true},
		"link with password": {nil, func(m *Mail) { m.Subject = "https://u:p@heed.example.org/" }, true},
		"no date":            {nil, func(m *Mail) { m.Date = time.Time{} }, true},
	} {
		mailer, m := good, sample()
		if tt.server != nil {
			tt.server(&mailer)
		}
		if tt.mail != nil {
			tt.mail(&m)
		}
		err := mailer.Send(t.Context(), m)
		if err == nil || Permanent(err) != tt.permanent {
			t.Errorf("%s: permanent %v: %v", name, Permanent(err), err)
		}
		if err != nil && strings.Contains(err.Error(), "right") {
			t.Errorf("%s: the password is told: %v", name, err)
		}
	}
	if len(plain.got) != 0 {
		t.Error("mail went out in the clear")
	}
}

func TestMailGivesUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "a@b.example"}.Send(ctx, sample())
	if !errors.Is(err, context.DeadlineExceeded) || Permanent(err) {
		t.Errorf("%v", err)
	}
}

// FuzzCompose writes mails and reads them back.
func FuzzCompose(f *testing.F) {
	f.Add("Subject", "Text.\n", "a@b.example")
	f.Add("تحذير", "نص طويل\n"+strings.Repeat("كلمة ", 300), "\"x y\" <a@b.example>")
	f.Add("=?utf-8?q?x?=", ".\n..\nFrom x\n"+strings.Repeat("é", 2000), "a@xn--bcher-kva.example")
	f.Add("x", "x", "\""+strings.Repeat("\xe9 ", 190)+"\" <a@b.example>")
	f.Fuzz(func(t *testing.T, subject, text, to string) {
		m := sample()
		m.Subject, m.Text, m.To = subject, text, to
		raw, addr, err := compose(m, &mail.Address{Address: "heed@node.example"})
		if err != nil {
			if fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%v", err)
			}
			return
		}
		if strings.ContainsAny(addr.Address, "\r\n") {
			t.Errorf("address %q", addr.Address)
		}
		got, body := read(t, raw)
		if len(got.Header) != 10 {
			t.Errorf("%d header fields: %v", len(got.Header), got.Header)
		}
		if want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text); strings.TrimRight(body, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("text %q, want %q", body, want)
		}
		for line := range strings.SplitSeq(string(raw), "\r\n") {
			if len(line) > 998 {
				t.Errorf("a line of %d octets", len(line))
			}
		}
	})
}
