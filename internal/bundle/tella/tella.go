// Package tella receives files from phones that run Tella, in the two ways that the
// app knows: its peer-to-peer protocol (port 53317), and its upload server.
//
// Peer: the phone scans a code or is told an address and a PIN of six digits; both
// sides compare the digest of the TLS certificate. The phone registers with the
// PIN, says which files it will send, sends them, and closes. There is one
// session at a time; three wrong PINs and nobody registers any more until there is
// a new Peer. Each file is handed to Receive as it comes; reading it ends in an
// error where its length or its SHA-256 is not what the phone said, so that what was
// damaged on the way is never kept as sent.
//
// Upload: the phone has a name and a password, asks how much of a file is there
// (HEAD), appends (PUT), and closes the file (POST). It may come back after days.
//
// Nothing is trusted but what the caller checks: names are one segment of a path,
// numbers are bounded, and the caller decides in Accept and SignIn. The caller
// serves it over TLS: Certificate makes one for a peer, Sequence writes its
// digest as the app shows it.
//
// Sources: Tella's protocol description for nearby sharing, and the README of its
// upload server.
//
//	p := tella.NewPeer(pin, tella.Desk{Accept: …, Receive: …})
//	http.Server{Handler: p.Handler(), …}
package tella

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Port is where peers are looked for.
const Port = 53317

// Limits of a session.
const (
	MaxFiles   = 2000
	maxJSON    = 16 << 20 // thumbnails come with the list
	wrongPINs  = 3
	maxNonces  = 1000
	sessionFor = 30 * time.Minute // without a request
)

// An Offer is what a phone says it will send.
type Offer struct {
	Title string
	Files []File
}

// A File is one file of an offer, as the phone describes it.
type File struct {
	ID     string `json:"id"`
	Name   string `json:"fileName"`
	Size   int64  `json:"size"`
	Type   string `json:"fileType"`
	SHA256 string `json:"sha256"`
}

// A Desk is what a peer does with files.
type Desk struct {
	// Accept decides about an offer. An error refuses it.
	Accept func(ctx context.Context, o Offer) error
	// Receive keeps one file. What it read before an error is not the file.
	Receive func(ctx context.Context, o Offer, f File, r io.Reader) error
	// Now is the clock.
	Now func() time.Time
	// MaxSize bounds one file; 0 means 100 GiB.
	MaxSize int64
}

// A Peer receives files from one phone at a time.
type Peer struct {
	Desk

	mu     sync.Mutex
	pin    string
	wrong  int
	nonces map[string]bool
	now    *session
}

// session is one phone's visit.
type session struct {
	id    string
	seen  time.Time
	offer Offer
	sends map[string]*sending // by file
	ready bool
}

// sending is one file on its way.
type sending struct {
	file         File
	transmission string
	busy, done   bool
}

// NewPIN makes a PIN of six digits.
func NewPIN() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1000000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

// NewPeer makes a peer that expects a PIN.
func NewPeer(pin string, d Desk) (*Peer, error) {
	if len(pin) != 6 || strings.Trim(pin, "0123456789") != "" || d.Accept == nil || d.Receive == nil || d.Now == nil {
		return nil, errors.New("tella: a peer needs a PIN of six digits, a clock, and what to do with files")
	}
	out := &Peer{Desk: d, pin: pin, nonces: map[string]bool{}}
	if out.MaxSize <= 0 {
		out.MaxSize = 100 << 30
	}
	return out, nil
}

// Handler serves the protocol.
func (p *Peer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/ping", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]bool{"success": true}) })
	mux.HandleFunc("POST /api/v1/register", p.register)
	mux.HandleFunc("POST /api/v1/prepare-upload", p.prepare)
	mux.HandleFunc("PUT /api/v1/upload", p.upload)
	mux.HandleFunc("POST /api/v1/upload", p.upload)
	mux.HandleFunc("POST /api/v1/close-connection", p.close)
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": text})
}

// body reads a request's JSON.
func body(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON)).Decode(v); err != nil {
		refuse(w, http.StatusBadRequest, "Invalid request format")
		return false
	}
	return true
}

// random is an identifier in the form of a UUID, version 4.
func random() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// register begins a session for whoever knows the PIN.
func (p *Peer) register(w http.ResponseWriter, r *http.Request) {
	var in struct{ PIN, Nonce string }
	if !body(w, r, &in) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.wrong >= wrongPINs:
		refuse(w, http.StatusTooManyRequests, "Too many requests")
	case in.Nonce == "" || len(in.Nonce) > 200 || p.nonces[in.Nonce] || len(p.nonces) >= maxNonces:
		refuse(w, http.StatusBadRequest, "Invalid request format")
	case subtle.ConstantTimeCompare([]byte(in.PIN), []byte(p.pin)) != 1:
		p.wrong++
		refuse(w, http.StatusUnauthorized, "Invalid PIN")
	case p.now != nil && p.Now().Sub(p.now.seen) < sessionFor:
		refuse(w, http.StatusConflict, "Active session already exists")
	default:
		p.nonces[in.Nonce] = true
		p.now = &session{id: random(), seen: p.Now(), sends: map[string]*sending{}}
		answer(w, map[string]string{"sessionId": p.now.id})
	}
}

// session finds the session that a request names. The lock is held.
func (p *Peer) session(id string) *session {
	s := p.now
	if s == nil || subtle.ConstantTimeCompare([]byte(id), []byte(s.id)) != 1 || p.Now().Sub(s.seen) >= sessionFor {
		return nil
	}
	s.seen = p.Now()
	return s
}

// check says what is wrong with an offer, and cleans its names.
func (p *Peer) check(files []File) error {
	if len(files) == 0 || len(files) > MaxFiles {
		return fmt.Errorf("%d files", len(files))
	}
	seen := map[string]bool{}
	for i := range files {
		f := &files[i]
		sum, err := hex.DecodeString(f.SHA256)
		if f.ID == "" || len(f.ID) > 200 || seen[f.ID] || f.Size < 0 || f.Size > p.MaxSize || err != nil || len(sum) != 32 && f.SHA256 != "" {
			return fmt.Errorf("file %d", i+1)
		}
		seen[f.ID] = true
		f.SHA256, f.Name = strings.ToLower(f.SHA256), segment(f.Name)
	}
	return nil
}

// segment makes one segment of a path out of a name.
func segment(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	if name == "." || name == ".." || name == "/" || name == "" {
		return "unnamed"
	}
	return name[:min(len(name), 255)]
}

// prepare takes an offer.
func (p *Peer) prepare(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title     string
		SessionID string
		Files     []File
	}
	if !body(w, r, &in) {
		return
	}
	p.mu.Lock()
	s := p.session(in.SessionID)
	p.mu.Unlock()
	switch {
	case s == nil:
		refuse(w, http.StatusUnauthorized, "Invalid session ID")
		return
	case p.check(in.Files) != nil:
		refuse(w, http.StatusBadRequest, "Invalid request format")
		return
	}
	offer := Offer{in.Title, in.Files}
	if err := p.Accept(r.Context(), offer); err != nil {
		refuse(w, http.StatusForbidden, "Rejected")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.ready {
		refuse(w, http.StatusForbidden, "Rejected")
		return
	}
	s.offer, s.ready = offer, true
	type ticket struct {
		ID           string `json:"id"`
		Transmission string `json:"transmissionId"`
	}
	var out []ticket
	for _, f := range in.Files {
		s.sends[f.ID] = &sending{file: f, transmission: random()}
		out = append(out, ticket{f.ID, s.sends[f.ID].transmission})
	}
	answer(w, map[string]any{"files": out})
}

// begin finds the file that an upload is about and marks it busy.
func (p *Peer) begin(session, file, transmission string) (*sending, Offer, int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.session(session)
	if s == nil {
		return nil, Offer{}, http.StatusUnauthorized, "Invalid session ID"
	}
	x := s.sends[file]
	switch {
	case x == nil || subtle.ConstantTimeCompare([]byte(transmission), []byte(x.transmission)) != 1:
		return nil, Offer{}, http.StatusForbidden, "Invalid transmission ID"
	case x.done || x.busy:
		return nil, Offer{}, http.StatusConflict, "Transfer already completed"
	}
	x.busy = true
	return x, s.offer, 0, ""
}

// upload takes one file.
func (p *Peer) upload(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	session, file, transmission := q.Get("sessionId"), q.Get("fileId"), q.Get("transmissionId")
	if session == "" || file == "" || transmission == "" {
		refuse(w, http.StatusBadRequest, "Missing required parameters")
		return
	}
	x, offer, status, text := p.begin(session, file, transmission)
	if x == nil {
		refuse(w, status, text)
		return
	}
	whole := &checked{r: r.Body, left: x.file.Size, want: x.file.SHA256, sum: sha256.New()}
	err := p.Receive(r.Context(), offer, x.file, whole)
	if err == nil && !whole.over {
		_, err = io.Copy(io.Discard, whole) // what was not read may be wrong
	}
	p.mu.Lock()
	x.busy, x.done = false, err == nil
	if p.now != nil {
		p.now.seen = p.Now()
	}
	p.mu.Unlock()
	switch {
	case errors.Is(err, errDamaged):
		refuse(w, http.StatusBadRequest, err.Error())
	case err != nil:
		refuse(w, http.StatusInternalServerError, "Server error")
	default:
		answer(w, map[string]bool{"success": true})
	}
}

// errDamaged says that what came is not what was announced.
var errDamaged = errors.New("the file is not the one that was announced")

// checked reads a file and ends well only where it is whole.
type checked struct {
	r    io.Reader
	left int64
	want string
	sum  hash.Hash
	over bool
}

func (c *checked) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("%w: it is longer", errDamaged)
	}
	c.sum.Write(b[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if c.left > 0 {
		return n, fmt.Errorf("%w: it is shorter", errDamaged)
	}
	if c.want != "" && hex.EncodeToString(c.sum.Sum(nil)) != c.want {
		return n, fmt.Errorf("%w: its SHA-256 is another", errDamaged)
	}
	c.over = true
	return n, io.EOF
}

// close ends a session.
func (p *Peer) close(w http.ResponseWriter, r *http.Request) {
	var in struct{ SessionID string }
	if !body(w, r, &in) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case in.SessionID == "":
		refuse(w, http.StatusBadRequest, "Missing session ID")
	case p.now == nil:
		refuse(w, http.StatusForbidden, "Session already closed")
	case p.session(in.SessionID) == nil:
		refuse(w, http.StatusUnauthorized, "Invalid session ID")
	default:
		p.now = nil
		answer(w, map[string]bool{"success": true})
	}
}

// Certificate makes a certificate of its own for a peer, and its digest.
func Certificate(now time.Time, addresses ...net.IP) (tls.Certificate, [32]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, [32]byte{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, [32]byte{}, err
	}
	form := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "peer"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: addresses}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, sha256.Sum256(der), err
}

// Sequence writes a certificate's digest as the app shows it to be compared.
func Sequence(digest [32]byte) string {
	s := hex.EncodeToString(digest[:])
	var out []string
	for i := 0; i < len(s); i += 4 {
		out = append(out, s[i:i+4])
	}
	return strings.Join(out, " ")
}

// Code is what the code to be scanned holds.
func Code(address string, port int, digest [32]byte, pin string) string {
	b, _ := json.Marshal(struct {
		Address string `json:"ip_address"`
		Port    int    `json:"port"`
		Digest  string `json:"certificate_hash"`
		PIN     string `json:"pin"`
	}{address, port, hex.EncodeToString(digest[:]), pin})
	return string(b)
}
