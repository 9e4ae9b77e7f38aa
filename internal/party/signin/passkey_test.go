package signin_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// add registers a device for a person.
func (g *gate) add(person string, a *authenticator) (signin.Passkey, error) {
	g.T.Helper()
	name, options, err := g.door.BeginPasskey(context.Background(), person)
	if err != nil {
		g.T.Fatal(err)
	}
	return g.door.FinishPasskey(context.Background(), record.By{Person: person}, name, a.create(options), "blue key "+recordtest.Canary)
}

// device is a registered one.
func (g *gate) device(person string) (*authenticator, signin.Passkey) {
	g.T.Helper()
	a := newAuthenticator(g.T)
	k, err := g.add(person, a)
	if err != nil {
		g.T.Fatal(err)
	}
	return a, k
}

func (g *gate) signIn(a *authenticator) (signin.Admission, error) {
	g.T.Helper()
	name, options, err := g.door.BeginSignIn(context.Background())
	if err != nil {
		g.T.Fatal(err)
	}
	return g.door.FinishSignIn(context.Background(), name, a.get(options), signin.Client{Device: "test"})
}

func TestAPasskeyAdmits(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		a, k := g.device("P-1")
		if k.Person != "P-1" || !strings.HasPrefix(k.Label, "blue key") || string(k.PublicKey) != string(a.cose()) {
			t.Errorf("recorded %+v", k)
		}
		in, err := g.signIn(a)
		if err != nil || in.Person != "P-1" || in.Means != "passkey" {
			t.Fatalf("%+v, %v", in, err)
		}
		if _, err := g.session(in.Token); err != nil {
			t.Error(err)
		}
		if _, err := g.add("P-1", a); fault.KindOf(err) == fault.KindOther {
			t.Errorf("the same passkey twice: %v", err)
		}
		g.Must("P-1", func(tx *record.Tx) error { return signin.RemovePasskey(tx, k.ID) })
		_, err = g.signIn(a)
		want(t, "a removed passkey", err, fault.KindDenied, "not accepted")
		want(t, "removed twice", g.Try("P-1", func(tx *record.Tx) error { return signin.RemovePasskey(tx, k.ID) }), fault.KindExists, "")
		if got := g.kinds("P-1"); got != "person-added role-granted passkey-added signed-in passkey-removed" {
			t.Errorf("recorded: %s", got)
		}
	})
}

// TestWhatAPasskeyMustNotDo answers with something wrong each time.
func TestWhatAPasskeyMustNotDo(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		for name, spoil := range map[string]func(*authenticator){
			"another site":            func(a *authenticator) { a.origin = "https://heed.example.attacker.example" },
			"another relying party":   func(a *authenticator) { a.rpID = "attacker.example" },
			"nobody there":            func(a *authenticator) { a.flags = 0x04 },
			"nobody made sure":        func(a *authenticator) { a.flags = 0x01 },
			"another ceremony":        func(a *authenticator) { a.typ = "webauthn.create" },
			"another key":             func(a *authenticator) { a.key = newAuthenticator(t).key },
			"another's name":          func(a *authenticator) { a.user = []byte("P-2") },
			"nobody's name":           func(a *authenticator) { a.user = []byte("P-99") },
			"no name":                 func(a *authenticator) { a.user = nil },
			"a changed signature":     func(a *authenticator) { a.tamper = func(_, _, sig []byte) { sig[len(sig)-1] ^= 1 } },
			"changed data":            func(a *authenticator) { a.tamper = func(data, _, _ []byte) { data[36] ^= 1 } },
			"an unknown passkey":      func(a *authenticator) { a.id = []byte("0123456789abcdef") },
			"a copy that lags behind": func(a *authenticator) { a.count = 2 },
		} {
			a := newAuthenticator(t)
			a.count = 5
			if _, err := g.add("P-1", a); err != nil {
				t.Fatal(err)
			}
			if _, err := g.signIn(a); err != nil {
				t.Fatalf("before %s: %v", name, err)
			}
			spoil(a)
			in, err := g.signIn(a)
			if fault.KindOf(err) != fault.KindDenied || in.Token != "" {
				t.Errorf("%s: %v", name, err)
			}
			g.sql(`DELETE FROM signin_attempt`)
		}
		ben, _ := g.device("P-2")
		g.Must("P-1", func(tx *record.Tx) error { return party.Deactivate(tx, "P-2", "left") })
		_, err := g.signIn(ben)
		want(t, "one who left", err, fault.KindDenied, "")
	})
}

func TestCeremoniesEndOnce(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		a, _ := g.device("P-1")
		name, options, err := g.door.BeginSignIn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		answer := a.get(options)
		if _, err := g.door.FinishSignIn(ctx, name, answer, signin.Client{}); err != nil {
			t.Fatal(err)
		}
		_, err = g.door.FinishSignIn(ctx, name, answer, signin.Client{})
		want(t, "the same answer twice", err, fault.KindLate, "begin again")
		other, _, _ := g.door.BeginSignIn(ctx)
		_, err = g.door.FinishSignIn(ctx, other, answer, signin.Client{})
		want(t, "an answer to another question", err, fault.KindDenied, "not accepted")

		name, options, err = g.door.BeginPasskey(ctx, "P-1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.door.FinishSignIn(ctx, name, a.get(options), signin.Client{})
		want(t, "a ceremony for something else", err, fault.KindDenied, "something else")
		name, options, _ = g.door.BeginPasskey(ctx, "P-1")
		b := newAuthenticator(t)
		_, err = g.door.FinishPasskey(ctx, record.By{Person: "P-2"}, name, b.create(options), "mine")
		want(t, "another's registration", err, fault.KindDenied, "somebody else")
		_, err = g.door.FinishPasskey(ctx, record.By{Person: "P-1"}, name, b.create(options), "")
		want(t, "without a label", err, fault.KindInvalid, "name the passkey")
		name, options, _ = g.door.BeginPasskey(ctx, "P-1")
		g.sql(`UPDATE signin_ceremony SET until_at = 0`)
		_, err = g.door.FinishPasskey(ctx, record.By{Person: "P-1"}, name, b.create(options), "mine")
		want(t, "too late", err, fault.KindLate, "")
	})
}

func TestAPasskeySignsADecision(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		digest, other := sha256.Sum256([]byte("the decision")), sha256.Sum256([]byte("another"))
		a, k := g.device("P-1")
		var s signin.Signature
		g.Look(func(v *record.View) error {
			if _, err := g.door.BeginSignature(v, "P-2", digest[:]); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a signature without a passkey: %v", err)
			}
			options, err := g.door.BeginSignature(v, "P-1", digest[:])
			if err != nil {
				return err
			}
			if _, _, allowed := a.asked(options); allowed != 1 {
				t.Errorf("%d passkeys may sign", allowed)
			}
			answer := a.get(options)
			if s, err = g.door.CheckSignature(v, "P-1", digest[:], answer); err != nil {
				return err
			}
			for name, f := range map[string]func() error{
				"another digest": func() error { _, err := g.door.CheckSignature(v, "P-1", other[:], answer); return err },
				"another person": func() error { _, err := g.door.CheckSignature(v, "P-2", digest[:], answer); return err },
				"no answer":      func() error { _, err := g.door.CheckSignature(v, "P-1", digest[:], nil); return err },
			} {
				want(t, name, f(), fault.KindDenied, "not accepted")
			}
			return nil
		})
		// years later, with the public key from the record
		g.Must("P-1", func(tx *record.Tx) error { return signin.RemovePasskey(tx, k.ID) })
		if err := signin.VerifySignature(k.PublicKey, digest[:], s); err != nil {
			t.Error(err)
		}
		for name, f := range map[string]func(*signin.Signature){
			"client data":        func(s *signin.Signature) { s.ClientData = append(s.ClientData, ' ') },
			"authenticator data": func(s *signin.Signature) { s.AuthenticatorData = append(s.AuthenticatorData[:36:36], 9) },
			"not verified": func(s *signin.Signature) {
				s.AuthenticatorData = append(append(s.AuthenticatorData[:32:32], 1), s.AuthenticatorData[33:]...)
			},
			"signature": func(s *signin.Signature) {
				s.Signature = append(s.Signature[:len(s.Signature)-1:len(s.Signature)-1], s.Signature[len(s.Signature)-1]^1)
			},
			"relying party": func(s *signin.Signature) { s.RPID = "attacker.example" },
			"nothing":       func(s *signin.Signature) { *s = signin.Signature{} },
		} {
			bad := s
			f(&bad)
			if signin.VerifySignature(k.PublicKey, digest[:], bad) == nil {
				t.Errorf("%s was changed and it still verifies", name)
			}
		}
		if signin.VerifySignature(k.PublicKey, other[:], s) == nil || signin.VerifySignature(newAuthenticator(t).cose(), digest[:], s) == nil ||
			signin.VerifySignature(nil, digest[:], s) == nil || signin.VerifySignature(k.PublicKey, nil, s) == nil {
			t.Error("it verifies for another digest or key")
		}
	})
}

func FuzzVerifySignature(f *testing.F) {
	a := newAuthenticator(f)
	digest := sha256.Sum256([]byte("the decision"))
	f.Add(a.cose(), []byte(`{"type":"webauthn.get","challenge":"x"}`), a.authData(false), []byte{0x30, 0x06, 2, 1, 1, 2, 1, 1})
	f.Add(a.cose(), []byte(`{}`), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, client, data, sig []byte) {
		if signin.VerifySignature(key, digest[:], signin.Signature{RPID: "heed.example", ClientData: client, AuthenticatorData: data, Signature: sig}) == nil {
			t.Fatal("a signature was forged")
		}
	})
}

// FuzzAnswers gives what a browser might send in answer to a question about a
// decision. A passkey that answers it truly is among the seeds.
func FuzzAnswers(f *testing.F) {
	a := newAuthenticator(f)
	a.user = []byte("P-1")
	o := signin.Options{Origins: []string{home}, Name: "Heed"}
	k := signin.Passkey{ID: base64.RawURLEncoding.EncodeToString(a.id), Person: "P-1", PublicKey: a.cose()}
	digest := sha256.Sum256([]byte("the decision"))
	options := func(of []byte) []byte {
		return []byte(`{"publicKey":{"rpId":"heed.example","challenge":"` + base64.RawURLEncoding.EncodeToString(of) + `"}}`)
	}
	truly := a.get(options(digest[:]))
	if err := signin.Answered(o, k, digest[:], truly); err != nil {
		f.Fatal(err)
	}
	other := sha256.Sum256([]byte("another"))
	f.Add(a.get(options(other[:])))
	f.Add(truly)
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if signin.Answered(o, signin.Passkey{ID: k.ID, Person: "P-1", PublicKey: newAuthenticator(t).cose()}, digest[:], answer) == nil {
			t.Fatal("an answer fits a key that did not give it")
		}
	})
}
