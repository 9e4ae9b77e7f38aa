// Package stamp has time stamps put on what was taken in: by several RFC 3161
// authorities and OpenTimestamps calendars, so that what was there at a time can
// be shown without believing this node.
//
// What is stamped is the list of an intake, in the form of sha256sum: a line for each
// of its items, the salted digest under which the log holds the words of the entry
// by which the item was taken in, its SHA-256 among them, and the item's id. So the
// list is the same when an item is erased, its other lines still count, and the line
// that is left tells nothing. [Proofs] has the words that open the lines; whoever has
// those and the files checks all with tools that everybody has:
//
//	cd words && sha256sum -c --ignore-missing ../list
//	openssl ts -verify -data list -in token -token_in -CAfile ca.pem
//
// The queue is no list of its own: it is every intake that has ended and that an
// authority has not stamped. So it works offline, and catches up when the line is
// there again. An answer is kept only if its signature holds and it is about the
// list that was sent. Before the certificate of an authority ends, or when its
// digest has become weak, the token itself is stamped anew (RFC 4998, 5.2); [Chain]
// writes all of them as an evidence record. One that comes too late is kept, and called
// so. A calendar promises at first; when it has put that into a block, the proof is
// completed there ([Waiting], [Promised.Kept]) and kept beside the promise.
//
//	due, err := stamp.Due(v, now)
//	req, err := stamp.Request(due[0])
//	_, err = stamp.Keep(tx, due[0], answer)
//
// The package sends nothing: its caller does. It trusts no authority more than
// what the token itself proves; whose certificate is believed is the verifier's choice.
package stamp

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/record"
)

// The kinds of authority.
const (
	RFC3161        = "rfc3161"
	OpenTimestamps = "opentimestamps"
)

// An Authority is somebody who stamps.
type Authority struct {
	URL   string `json:"url"`
	Kind  string `json:"kind"`
	Entry int64  `json:"entry"`
}

// A Stamp is a token that was kept.
type Stamp struct {
	Intake    string    `json:"intake"`
	Authority string    `json:"authority"`
	Kind      string    `json:"kind"`
	Digest    string    `json:"digest"` // SHA-256 of what is stamped
	At        time.Time `json:"at"`     // as the authority says; zero for a calendar that is pending
	Ends      time.Time `json:"ends,omitzero"`
	Renews    int64     `json:"renews,omitempty"`   // the entry of the stamp that it renews
	Late      bool      `json:"late,omitempty"`     // it renews one whose certificate had ended: what it proves counts from At only
	Upgrades  int64     `json:"upgrades,omitempty"` // the entry of the promise that a calendar has kept
	Height    uint64    `json:"height,omitempty"`   // of the block of Bitcoin that it leads into
	Entry     int64     `json:"entry"`
	Kept      time.Time `json:"kept,omitzero"` // when it was put on record
	By        string    `json:"by,omitempty"`
	Token     []byte    `json:"token,omitempty"`

	signer string // who signed it, while it is read
}

// sealed is what is sealed of a stamp.
type sealed struct {
	Token []byte `json:"token"`
}

// A Due is a stamp that is to be asked for.
type Due struct {
	Intake    string
	Authority Authority
	Text      []byte // what is stamped: the list, or the token that is renewed
	Renews    int64
}

// Digest is the SHA-256 of what is stamped.
func (d Due) Digest() [32]byte { return sha256.Sum256(d.Text) }

// Line is one line of a list: the digest under which the log holds the words of the
// entry by which an item was taken in, and the item's id.
func Line(words []byte, item string) string { return hex.EncodeToString(words) + "  " + item + "\n" }

// AddAuthority says that an authority is asked from now on; ended, that it no
// longer is.
func AddAuthority(tx *record.Tx, a Authority, ended bool) (record.Entry, error) {
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return record.Entry{}, fault.Invalid("url", "%q is not an https or http address", a.URL)
	}
	if a.Kind != RFC3161 && a.Kind != OpenTimestamps {
		return record.Entry{}, fault.Invalid("kind", "%q is not a kind of authority: %s or %s", a.Kind, RFC3161, OpenTimestamps)
	}
	return tx.Append(record.Draft{Kind: "stamp.authority", Subjects: []string{"stamps"}, Open: authorityOpen{a.URL, a.Kind, ended}})
}

// Request words what is sent to an authority, and says with which content type.
func Request(d Due) (body []byte, contentType string, err error) {
	sum := d.Digest()
	if d.Authority.Kind == OpenTimestamps {
		return sum[:], "application/x-www-form-urlencoded", nil
	}
	body, err = (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Certificates: true}).Marshal()
	return body, "application/timestamp-query", err
}

// Address is where a request is sent.
func (a Authority) Address() string {
	if a.Kind == OpenTimestamps {
		return strings.TrimRight(a.URL, "/") + "/digest"
	}
	return a.URL
}

// Read judges an answer: it must be about what was sent, and its signature must
// hold. A calendar's is made a proof file.
func Read(d Due, answer []byte) (Stamp, error) {
	sum := d.Digest()
	s := Stamp{Intake: d.Intake, Authority: d.Authority.URL, Kind: d.Authority.Kind, Digest: hex.EncodeToString(sum[:]), Renews: d.Renews}
	if d.Authority.Kind == OpenTimestamps {
		s.Token = append(append([]byte(otsMagic), sum[:]...), answer...)
		p, err := ots.Parse(s.Token)
		if err != nil {
			return s, fault.Invalid("answer", "%s: not an answer of a calendar: %w", d.Authority.URL, err)
		}
		if len(p.Attestations) == 0 {
			return s, fault.Invalid("answer", "%s attests nothing", d.Authority.URL)
		}
		s.Height, _ = p.Done()
		return s, nil
	}
	token, err := tokenOf(answer)
	if err != nil {
		return s, fault.Invalid("answer", "%s: %w", d.Authority.URL, err)
	}
	s.Token = token
	return s, s.states(sum)
}

// states reads what a token states. It must be about a digest, and its signature
// must hold under the certificate that came with it.
func (s *Stamp) states(sum [32]byte) error {
	t, err := timestamp.Parse(s.Token)
	if err != nil {
		return fault.Invalid("answer", "%s: %w", s.Authority, err)
	}
	if t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum[:]) {
		return fault.Invalid("answer", "%s stamped something else than it was sent", s.Authority)
	}
	if len(t.Certificates) == 0 {
		return fault.Invalid("answer", "%s sent no certificate: nobody could check its token alone", s.Authority)
	}
	s.At, s.signer = t.Time.UTC(), judge.Name(t.Certificates[max(0, slices.IndexFunc(t.Certificates, stamps))])
	for _, c := range t.Certificates {
		if s.Ends.IsZero() || c.NotAfter.Before(s.Ends) {
			s.Ends = c.NotAfter.UTC()
		}
	}
	return nil
}

// otsMagic begins an OpenTimestamps proof of version 1 over a SHA-256.
const otsMagic = "\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08"

// tokenOf takes the token out of a TimeStampResp (RFC 3161, 2.4.2).
func tokenOf(answer []byte) ([]byte, error) {
	var r struct {
		Status struct {
			Status int
			Text   asn1.RawValue  `asn1:"optional,tag:16"`
			Fail   asn1.BitString `asn1:"optional"`
		}
		Token asn1.RawValue `asn1:"optional"`
	}
	rest, err := asn1.Unmarshal(answer, &r)
	switch {
	case err != nil:
		return nil, fmt.Errorf("not an answer of an authority: %w", err)
	case len(rest) > 0:
		return nil, errors.New("bytes follow the answer")
	case r.Status.Status > 1 || len(r.Token.FullBytes) == 0:
		return nil, fmt.Errorf("the authority refused (status %d)", r.Status.Status)
	}
	return r.Token.FullBytes, nil
}

// stamps tells whether a certificate is one for time stamps.
func stamps(c *x509.Certificate) bool {
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping)
}

// Keep records an answer that holds.
func Keep(tx *record.Tx, s Stamp) (record.Entry, error) {
	open := stampOpen{Intake: s.Intake, Authority: s.Authority, Kind: s.Kind, Digest: s.Digest, Renews: s.Renews, Upgrades: s.Upgrades, Height: s.Height}
	if !s.At.IsZero() {
		open.At, open.Ends = s.At, s.Ends
	}
	kind := "stamp.kept"
	if s.Upgrades > 0 {
		kind = "stamp.upgraded"
	}
	return tx.Append(record.Draft{Kind: kind, Subjects: []string{s.Intake}, Open: open, Sealed: sealed{s.Token}})
}

// List is Of without the tokens.
func List(v *record.View, intake string) ([]Stamp, error) { return readStamps(v.Tx, intake) }

// Of returns the stamps of an intake with their tokens, in the order in which
// they were kept.
func Of(v *record.View, intake string) ([]Stamp, error) {
	all, err := List(v, intake)
	if err != nil {
		return nil, err
	}
	for n := range all {
		var x sealed
		if err := v.Unseal(all[n].Entry, &x); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return nil, err
		}
		all[n].Token = x.Token
	}
	return all, nil
}

// Authorities returns those that are asked.
func Authorities(v *record.View) ([]Authority, error) { return readAuthorities(v.Tx) }

// Early is how long before the end of its certificate a stamp is renewed.
const Early = 90 * 24 * time.Hour

// Missing returns, for one authority, the intakes that have ended and that it
// has not stamped, the oldest first. Of each the caller makes the list.
func Missing(v *record.View, a Authority, most int) ([]string, error) {
	return readMissing(v.Tx, a.URL, most)
}

// Renewals returns the stamps that must be renewed at a time: those whose
// certificate ends soon and that nothing renews yet. Each is stamped anew by an
// authority of those given, another than its own where there is one.
func Renewals(v *record.View, by []Authority, now time.Time, most int) ([]Due, error) {
	ending, err := readEnding(v.Tx, now.Add(Early), most)
	if err != nil {
		return nil, err
	}
	var out []Due
	for _, s := range ending {
		var x sealed
		if err := v.Unseal(s.Entry, &x); fault.KindOf(err) == fault.KindNotFound {
			continue
		} else if err != nil {
			return nil, err
		}
		var to Authority
		for _, a := range by {
			if a.Kind == RFC3161 && (to.URL == "" || to.URL == s.Authority) {
				to = a
			}
		}
		if to.URL != "" {
			out = append(out, Due{Intake: s.Intake, Authority: to, Text: x.Token, Renews: s.Entry})
		}
	}
	return out, nil
}

// Ending returns the intakes whose last proof of time ends within Early, or has
// ended, and when: nothing renews it, and no block chain holds another.
func Ending(v *record.View, now time.Time) (map[string]time.Time, error) {
	all, err := readEnds(v.Tx)
	out := map[string]time.Time{}
	for intake, ends := range all {
		if at := time.UnixMicro(ends).UTC(); ends > 0 && ends != never && at.Before(now.Add(Early)) {
			out[intake] = at
		}
	}
	return out, err
}
