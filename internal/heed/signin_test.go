package heed_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/party/signin"
)

// device holds one passkey and answers as W3C WebAuthn has it.
type device struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	id   []byte
	user []byte
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{t: t, key: key, id: make([]byte, 32)}
	rand.Read(d.id)
	return d
}

var b64 = base64.RawURLEncoding

// asked returns the challenge and the user of what a browser is given.
func (d *device) asked(options []byte) string {
	d.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string
			User      struct{ ID string }
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		d.t.Fatal(err)
	}
	if o.PublicKey.User.ID != "" {
		d.user, _ = b64.DecodeString(o.PublicKey.User.ID)
	}
	return o.PublicKey.Challenge
}

func (d *device) data(made bool) []byte {
	rp := sha256.Sum256([]byte("localhost"))
	out := append(rp[:], 0x05)
	if made {
		out[32] |= 0x40
	}
	out = append(out, 0, 0, 0, 0)
	if made {
		point, err := d.key.PublicKey.Bytes()
		if err != nil {
			d.t.Fatal(err)
		}
		mode, err := cbor.CTAP2EncOptions().EncMode()
		if err != nil {
			d.t.Fatal(err)
		}
		cose, err := mode.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(binary.BigEndian.AppendUint16(append(out, make([]byte, 16)...), 32), append(d.id, cose...)...)
	}
	return out
}

func (d *device) answer(response map[string][]byte) []byte {
	text := map[string]string{}
	for k, v := range response {
		text[k] = b64.EncodeToString(v)
	}
	id := b64.EncodeToString(d.id)
	b, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": map[string]any{}, "response": text})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *device) client(typ, challenge string) []byte {
	return []byte(`{"type":"` + typ + `","challenge":"` + challenge + `","origin":"http://localhost:8080","crossOrigin":false}`)
}

func (d *device) create(options []byte) []byte {
	challenge := d.asked(options)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(true)})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string][]byte{"clientDataJSON": d.client("webauthn.create", challenge), "attestationObject": object})
}

func (d *device) get(options []byte) []byte {
	client, data := d.client("webauthn.get", d.asked(options)), d.data(false)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte(nil), data...), sum[:]...))
	sig, err := d.key.Sign(rand.Reader, signed[:], crypto.SHA256)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string][]byte{"clientDataJSON": client, "authenticatorData": data, "signature": sig, "userHandle": d.user})
}

// now is somebody at the clock's time: the world's own commands are older.
func (w *world) now(role string) heed.Who {
	who := w.people[role]
	who.At = time.Time{}
	return who
}

var somewhere = heed.Client{Address: "192.0.2.7", Device: "Firefox"}

// TestALinkLetsInOnce: a link signs in, once; the session ends with signing out.
func TestALinkLetsInOnce(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	link, err := w.NewLink(ctx, w.now("administrator"), w.people["analyst"].Person)
	w.must(err)
	_, code, _ := strings.Cut(link, "#")
	s, err := w.SignInLink(ctx, code, somewhere)
	w.must(err)
	if s.Person != w.people["analyst"].Person || !s.First || s.Token == "" {
		t.Errorf("session: %+v", s)
	}
	if _, err := w.SignInLink(ctx, code, somewhere); fault.KindOf(err) != fault.KindLate {
		t.Errorf("the link let in twice: %v", err)
	}
	who, _, err := w.Session(ctx, s.Token)
	w.must(err)
	if who.Person != s.Person || who.Via != "web" || who.Token {
		t.Errorf("who: %+v", who)
	}
	x, err := w.Settings(ctx, who)
	w.must(err)
	if len(x.Sessions) != 1 || x.Sessions[0].Device != "Firefox" || x.ShowNode {
		t.Errorf("settings: %+v", x)
	}
	w.must(w.SignOut(ctx, s.Token))
	w.must(w.SignOut(ctx, s.Token))
	if _, _, err := w.Session(ctx, s.Token); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("the session outlived signing out: %v", err)
	}
	if _, _, err := w.Session(ctx, "made up"); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("a made-up session: %v", err)
	}
}

// TestAPasskeySignsADecision: it is added, lets in, and its signature over the
// digest is in the record, to be checked by anyone.
func TestAPasskeySignsADecision(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	who, d := w.now("director"), newDevice(t)
	options, state, err := w.PasskeyAddBegin(ctx, who, "phone")
	w.must(err)
	w.must(w.PasskeyAddFinish(ctx, who, state, d.create(options)))
	challenge, state, err := w.PasskeyBegin(ctx)
	w.must(err)
	s, err := w.PasskeyFinish(ctx, state, d.get(challenge), somewhere)
	w.must(err)
	if s.Person != who.Person {
		t.Fatalf("the passkey let in %s", s.Person)
	}
	dec, err := w.DraftDecision(ctx, w.now("analyst"), heed.DecisionInput{Warning: "W-1", Choice: "c", Reason: "r", Community: "x"})
	w.must(err)
	request, state, err := w.SignBegin(ctx, who, dec)
	w.must(err)
	if err := w.SignDecision(ctx, who, dec, state, nil); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("whoever has a passkey signed by word: %v", err)
	}
	if err := w.SignDecision(ctx, who, dec, state, newDevice(t).get(request)); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("another device signed: %v", err)
	}
	if err := w.SignDecision(ctx, w.now("minister"), dec, state, d.get(request)); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("the minister signed with the director's passkey: %v", err)
	}
	w.must(w.SignDecision(ctx, who, dec, state, d.get(request)))
	got, err := w.Decision(ctx, w.now("analyst"), dec)
	w.must(err)
	if got.State != "signed" || got.Signature.Kind != "passkey" || got.Signature.By.ID != who.Person {
		t.Errorf("decision: %+v", got.Signature)
	}
	w.checkSignature(dec)
	w.must(w.RemovePasskey(ctx, who, b64.EncodeToString(d.id)))
	challenge, state, err = w.PasskeyBegin(ctx)
	w.must(err)
	if _, err := w.PasskeyFinish(ctx, state, d.get(challenge), somewhere); err == nil {
		t.Error("a removed passkey lets in")
	}
}

// checkSignature verifies a signature with nothing but what two entries hold.
func (w *world) checkSignature(dec string) {
	w.t.Helper()
	open := func(kind, subject string, dst any) {
		rows, err := w.Entries(w.t.Context(), w.now("director"), heed.EntryFilter{Kind: kind, Subject: subject})
		w.must(err)
		if len(rows) == 0 {
			w.t.Fatalf("no entry %s about %s", kind, subject)
		}
		e, err := w.Entry(w.t.Context(), w.now("director"), rows[0].Index)
		w.must(err)
		w.must(json.Unmarshal(e.Open, dst))
	}
	var key struct {
		PublicKey []byte `json:"public_key"`
	}
	open("party.passkey-added", w.people["director"].Person, &key)
	var signed struct{ Assertion, Digest []byte }
	open("decision.signed", dec, &signed)
	var s signin.Signature
	w.must(json.Unmarshal(signed.Assertion, &s))
	w.must(signin.VerifySignature(key.PublicKey, signed.Digest, s))
	signed.Digest[0]++
	if signin.VerifySignature(key.PublicKey, signed.Digest, s) == nil {
		w.t.Error("the signature fits another decision")
	}
}

// TestWhoHasNoPasskeySignsByWord.
func TestWhoHasNoPasskeySignsByWord(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	dec, err := w.DraftDecision(ctx, w.now("analyst"), heed.DecisionInput{Warning: "W-1", Choice: "c", Reason: "r", Community: "x"})
	w.must(err)
	if _, _, err := w.SignBegin(ctx, w.now("director"), dec); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a passkey that is not there: %v", err)
	}
	w.must(w.SignDecision(ctx, w.now("director"), dec, "", nil))
}

// TestATokenActsAsFarAsItsScopes, and never in person.
func TestATokenActsAsFarAsItsScopes(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	secret, err := w.NewToken(ctx, w.now("analyst"), "watch", []string{"read"}, time.Time{})
	w.must(err)
	who, id, err := w.ByToken(ctx, secret, somewhere)
	w.must(err)
	if _, err := w.Warning(ctx, who, "W-1"); err != nil {
		t.Errorf("it does not read: %v", err)
	}
	if _, err := w.AddReport(ctx, who, heed.ReportInput{}); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("it acts: %v", err)
	}
	if _, err := w.Settings(ctx, who); err == nil {
		t.Error("it reads how its person signs in")
	}
	if err := w.RevokeToken(ctx, w.now("duty-officer"), id); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a colleague's token: %v", err)
	}
	w.must(w.RevokeToken(ctx, w.now("administrator"), id))
	if _, _, err := w.ByToken(ctx, secret, somewhere); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("a revoked token: %v", err)
	}
}

// TestAFeedOpensOneFeed: the newest secret alone.
func TestAFeedOpensOneFeed(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	first, err := w.NewFeed(ctx, w.now("analyst"))
	w.must(err)
	second, err := w.NewFeed(ctx, w.now("analyst"))
	w.must(err)
	if _, err := w.ByFeed(ctx, first); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("the old secret: %v", err)
	}
	who, err := w.ByFeed(ctx, second)
	w.must(err)
	if who.Person != w.people["analyst"].Person {
		t.Errorf("the feed is %s's", who.Person)
	}
	w.must(w.Deactivate(ctx, w.now("administrator"), who.Person, "left"))
	if _, err := w.ByFeed(ctx, second); err == nil {
		t.Error("whoever left still reads a feed")
	}
}
