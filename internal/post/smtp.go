package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"strconv"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// sendTimeout is how long a mail may take to hand over.
const sendTimeout = time.Minute

// SMTP hands mail to a mail server. It implements [Mailer].
type SMTP struct {
	Host     string
	Port     int
	TLS      string // "starttls" (which then must succeed), "implicit", or "none"
	User     string // "" signs in nowhere
	Password string
	From     string         // the sender, as in Heed <heed@example.org>
	Roots    *x509.CertPool // nil is the system's
}

// String names the server, never the password.
func (s SMTP) String() string { return s.addr() }

// GoString is String.
func (s SMTP) GoString() string { return s.String() }

func (s SMTP) addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Send hands one mail over. See [Mailer].
func (s SMTP) Send(ctx context.Context, m Mail) error {
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return fault.Invalid("from", "%q is not a mail address", s.From)
	}
	text, to, err := compose(m, from)
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := s.send(ctx, from.Address, to.Address, text); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("mail %s through %s: %w", m.ID, s.addr(), err)
	}
	return nil
}

func (s SMTP) send(ctx context.Context, from, to string, text []byte) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // net/smtp knows no context
	defer stop()
	c, err := s.hello(ctx, conn)
	if err != nil {
		return err
	}
	if s.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.User, s.Password, s.Host)); err != nil {
			return fmt.Errorf("sign in as %s: %w", s.User, err)
		}
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Quit() // the mail is taken; a goodbye that fails changes nothing
	return nil
}

// hello greets the server and secures the line.
func (s SMTP) hello(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	secure := &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	if s.TLS == "implicit" {
		t := tls.Client(conn, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = t
	}
	c, err := smtp.NewClient(conn, s.Host)
	if err != nil {
		return nil, err
	}
	switch s.TLS {
	case "implicit", "none":
		return c, nil
	case "starttls", "":
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, errors.New("the server offers no STARTTLS, and mail does not go out in the clear")
		}
		return c, c.StartTLS(secure)
	}
	return nil, fault.Invalid("smtp.tls", "%q is not a way to secure mail", s.TLS)
}
