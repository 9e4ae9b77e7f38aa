package handover

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/heed-project/heed/custody"
	"golang.org/x/mod/sumdb/note"
)

const requestContext = "heed-handover-request/v1\n"

// A Request is what one node signs when it sends a part of a hand-over to
// another over a line: who asks whom to do what, with which bytes, and when.
// Whoever repeats one gains nothing: a part is added at its place alone.
type Request struct {
	From   string    `json:"from"` // the name of the sender's log
	Key    string    `json:"key"`  // signs it: the sender's entry key
	To     string    `json:"to"`   // the name of the receiver's log
	Method string    `json:"method"`
	Path   string    `json:"path"` // from /handover/ on
	Offset int64     `json:"offset"`
	At     time.Time `json:"at"`
	Bytes  int64     `json:"bytes"` // of the body
	SHA256 string    `json:"sha256"`
}

// pathForm is an offer, or an object of one.
var pathForm = regexp.MustCompile(`^/handover/[0-9a-f]{64}(/[0-9a-f]{64})?$`)

func (r Request) check() error {
	if _, err := custody.ParseHead(r.SHA256); err != nil {
		return fmt.Errorf("sha256: %w", err)
	}
	switch {
	case !nameForm.MatchString(r.To) || r.From == r.To:
		return errors.New("to: it is not the name of another log")
	case r.Method != "POST" && r.Method != "PUT":
		return fmt.Errorf("method: %.20q is not POST or PUT", r.Method)
	case !pathForm.MatchString(r.Path):
		return fmt.Errorf("path: %.40q is not that of a hand-over", r.Path)
	case r.Offset < 0 || r.Bytes < 0:
		return errors.New("a number in it cannot be")
	case r.At.IsZero():
		return errors.New("at: it does not say when it was made")
	}
	return nil
}

// Sign returns the request as a signed note. The signer is the sender's entry
// key, Key.
func (r Request) Sign(s note.Signer) ([]byte, error) {
	r.At = Micro(r.At)
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("sign the request: %w", err)
	}
	return custody.SignNote(requestContext, r, s)
}

// ParseRequest reads a request and checks its signature under the key that it
// names. Whose key that is, the receiver knows beforehand.
func ParseRequest(signed []byte) (Request, error) {
	var r Request
	err := custody.OpenNote(signed, requestContext, &r, func() (note.Verifier, error) {
		if err := r.check(); err != nil {
			return nil, err
		}
		return keyOf(r.Key, r.From)
	})
	if err != nil {
		return Request{}, fmt.Errorf("request: %w", err)
	}
	return r, nil
}

// Fits checks that this is the request that was signed, for this node and now.
func (r Request) Fits(to, method, path string, body []byte, now time.Time) error {
	if err := r.Meant(to, method, path, now); err != nil {
		return err
	}
	if r.Bytes != int64(len(body)) || r.SHA256 != Sum(body) {
		return errors.New("its bytes are not those that were signed for")
	}
	return nil
}

// Meant is Fits before the body has come: it checks that this node is asked, for
// this, and now.
func (r Request) Meant(to, method, path string, now time.Time) error {
	switch {
	case r.To != to:
		return fmt.Errorf("it is to %q, and this is %q", r.To, to)
	case r.Method != method || r.Path != path:
		return errors.New("it was signed for another address")
	case now.Sub(r.At).Abs() > Skew:
		return fmt.Errorf("it was signed at %s, and it is %s here: set the clocks", r.At.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}
