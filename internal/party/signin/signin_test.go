package signin_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

const home = "https://heed.example"

// gate is a record with a door, Ana (P-1), who is the administrator, and Ben
// (P-2). The record's clock is the machine's, so its commands carry no time.
type gate struct {
	*recordtest.Node
	people *party.Party
	door   *signin.Door
}

func each(t *testing.T, o signin.Options, f func(*testing.T, *gate)) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		g := &gate{Node: n}
		n.At = time.Time{}
		if o.Origins == nil {
			o.Origins = []string{home}
		}
		g.enter(o)
		f(t, g)
	}, party.Module(), signin.Module())
}

// enter opens the door and enters the two.
func (g *gate) enter(o signin.Options) {
	g.T.Helper()
	g.people = party.New(g.Record)
	var err error
	if g.door, err = signin.New(g.Record, g.people, o); err != nil {
		g.T.Fatal(err)
	}
	err = g.Do(context.Background(), record.By{}, func(tx *record.Tx) error {
		a, err := g.people.AddAgency(tx, party.AgencyInput{Name: "Ministry"})
		if err != nil {
			return err
		}
		for _, name := range []string{"Ana", "Ben"} {
			p, err := g.people.AddPerson(tx, party.PersonInput{Name: name + " " + recordtest.Canary, Email: name + "@mfa.example", Agency: a.ID})
			if err != nil {
				return err
			}
			if p.ID == "P-1" {
				_, err = party.GrantRole(tx, party.RoleInput{Person: p.ID, Role: "administrator"})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		g.T.Fatal(err)
	}
}

// link signs a person in with a new link.
func (g *gate) link(person string) signin.Admission {
	g.T.Helper()
	in, err := g.door.UseLink(context.Background(), g.newLink(person, time.Hour), signin.Client{Address: "192.0.2.7", Device: "test " + recordtest.Canary})
	if err != nil {
		g.T.Fatal(err)
	}
	return in
}

func (g *gate) newLink(person string, valid time.Duration) (secret string) {
	g.T.Helper()
	g.Must("P-1", func(tx *record.Tx) (err error) { secret, err = g.door.NewLink(tx, person, valid); return err })
	return secret
}

func (g *gate) session(token string) (signin.Session, error) {
	return g.door.Session(context.Background(), token)
}

// sql changes working tables as time would.
func (g *gate) sql(query string, args ...any) {
	g.T.Helper()
	err := g.DB.Update(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err })
	if err != nil {
		g.T.Fatal(err)
	}
}

// kinds returns the kinds of the entries about a subject.
func (g *gate) kinds(subject string) string {
	g.T.Helper()
	var out []string
	g.Look(func(v *record.View) error {
		h, err := v.History(subject)
		for _, e := range h {
			out = append(out, strings.TrimPrefix(e.Kind, "party."))
		}
		return err
	})
	return strings.Join(out, " ")
}

func want(t *testing.T, what string, err error, kind fault.Kind, says string) {
	t.Helper()
	if fault.KindOf(err) != kind || err == nil && kind != 0 || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v (%v), want %v %q", what, err, fault.KindOf(err), kind, says)
	}
}

func TestALinkAdmitsOnce(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		secret := g.newLink("P-1", time.Hour)
		in, err := g.door.UseLink(ctx, secret, signin.Client{Device: "Firefox"})
		if err != nil || in.Person != "P-1" || in.Means != "link" {
			t.Fatalf("%+v, %v", in, err)
		}
		s, err := g.session(in.Token)
		if err != nil || s.Person != "P-1" || s.ID != in.ID {
			t.Fatalf("%+v, %v", s, err)
		}
		_, err = g.door.UseLink(ctx, secret, signin.Client{})
		want(t, "used twice", err, fault.KindLate, "used before")
		_, err = g.door.UseLink(ctx, secret+"x", signin.Client{})
		want(t, "not ours", err, fault.KindDenied, "")
		for _, valid := range []time.Duration{0, -time.Hour, 1000 * time.Hour} {
			err := g.Try("P-1", func(tx *record.Tx) error { _, err := g.door.NewLink(tx, "P-2", valid); return err })
			want(t, valid.String(), err, fault.KindInvalid, "")
		}
		brief := g.newLink("P-2", time.Microsecond)
		_, err = g.door.UseLink(ctx, brief, signin.Client{})
		want(t, "expired", err, fault.KindLate, "expired")
		waiting := g.newLink("P-2", time.Hour)
		g.Must("P-1", func(tx *record.Tx) error { return party.Deactivate(tx, "P-2", "left") })
		g.Must("P-1", func(tx *record.Tx) error { return g.people.Reinstate(tx, "P-2", "came back") })
		_, err = g.door.UseLink(ctx, waiting, signin.Client{})
		want(t, "from before they left", err, fault.KindDenied, "withdrawn")
		if got := g.kinds("P-1"); got != "person-added role-granted link-made signed-in" {
			t.Errorf("recorded: %s", got)
		}
	})
}

// TestOneLinkOneSession uses a link from many places at once.
func TestOneLinkOneSession(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		secret := g.newLink("P-1", time.Hour)
		got := make(chan error)
		for range 8 {
			go func() {
				_, err := g.door.UseLink(context.Background(), secret, signin.Client{})
				got <- err
			}()
		}
		admitted := 0
		for range 8 {
			if <-got == nil {
				admitted++
			}
		}
		if admitted != 1 {
			t.Errorf("admitted %d times", admitted)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, signin.Options{Idle: 30 * time.Minute, Absolute: 2 * time.Hour}, func(t *testing.T, g *gate) {
		shift := func(column string, by time.Duration, session string) {
			t.Helper()
			g.sql(`UPDATE signin_session SET `+column+` = `+column+` + ? WHERE id = ?`, by.Microseconds(), session)
		}
		ended := func(what, token string) {
			t.Helper()
			_, err := g.session(token)
			want(t, what, err, fault.KindDenied, "signed out")
		}
		a, b := g.link("P-1"), g.link("P-1")
		ended("no token", "")
		ended("another's id", a.ID)
		g.Must("P-1", func(tx *record.Tx) error { return signin.SignOut(tx, a.ID) })
		ended("signed out", a.Token)
		want(t, "signed out twice", g.Try("P-1", func(tx *record.Tx) error { return signin.SignOut(tx, a.ID) }), fault.KindNotFound, "")
		g.Look(func(v *record.View) error {
			all, err := g.door.Sessions(v, "P-1")
			if err != nil || len(all) != 1 || all[0].ID != b.ID || !strings.HasPrefix(all[0].Device, "test") {
				t.Errorf("open sessions %+v, %v", all, err)
			}
			return nil
		})
		// idle: seen 29 minutes ago is well, 31 is not; using it keeps it
		old := g.link("P-1")
		shift("from_at", -29*time.Minute, old.ID)
		if _, err := g.session(old.Token); err != nil {
			t.Errorf("after 29 minutes: %v", err)
		}
		shift("from_at", -2*time.Minute, old.ID)
		if _, err := g.session(old.Token); err != nil {
			t.Errorf("used a moment ago: %v", err)
		}
		g.sql(`DELETE FROM signin_mark`)
		ended("idle", old.Token)
		shift("from_at", 31*time.Minute, old.ID) // as the entries say
		shift("until_at", -2*time.Hour, b.ID)
		ended("too long", b.Token)
		shift("until_at", 2*time.Hour, b.ID)
	})
}

func TestWhoLeavesIsSignedOut(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		in := g.link("P-2")
		secret := g.newToken("P-2", "read")
		g.Must("P-1", func(tx *record.Tx) error { return party.Deactivate(tx, "P-2", "left") })
		check := func(when string) {
			t.Helper()
			_, err := g.session(in.Token)
			want(t, when, err, fault.KindDenied, "signed out")
			_, err = g.door.Token(context.Background(), secret, signin.Client{})
			want(t, when, err, fault.KindDenied, "revoked")
		}
		check("deactivated")
		err := g.Try("P-1", func(tx *record.Tx) error { _, err := g.door.NewLink(tx, "P-2", time.Hour); return err })
		want(t, "a link for one who left", err, fault.KindDenied, "deactivated")
		g.Must("P-1", func(tx *record.Tx) error { return g.people.Reinstate(tx, "P-2", "came back") })
		check("reinstated")
		n := 0
		again := g.link("P-2")
		g.Must("P-1", func(tx *record.Tx) (err error) { n, err = g.door.SignOutAll(tx, "P-2"); return err })
		if _, err := g.session(again.Token); n != 1 || err == nil {
			t.Errorf("signed out %d, %v", n, err)
		}
	})
}

func (g *gate) newToken(person string, scopes ...string) (secret string) {
	g.T.Helper()
	g.Must(person, func(tx *record.Tx) (err error) {
		secret, _, err = signin.NewToken(tx, signin.TokenInput{Person: person, Label: "export " + recordtest.Canary, Scopes: scopes})
		return err
	})
	return secret
}

func TestTokensAreBoundToAPerson(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		secret := g.newToken("P-2", "write", "read", "read")
		if !strings.HasPrefix(secret, "heed_") {
			t.Errorf("a token is %q", secret)
		}
		tk, err := g.door.Token(ctx, secret, signin.Client{})
		if err != nil || tk.Person != "P-2" || strings.Join(tk.Scopes, " ") != "read write" || tk.Until.Sub(tk.From) != 90*24*time.Hour {
			t.Fatalf("%+v, %v", tk, err)
		}
		for name, in := range map[string]signin.TokenInput{
			"label":    {Person: "P-2", Scopes: []string{"read"}},
			"no scope": {Person: "P-2", Label: "x"},
			"scope":    {Person: "P-2", Label: "x", Scopes: []string{"admin"}},
			"past":     {Person: "P-2", Label: "x", Scopes: []string{"read"}, Until: time.Now().Add(-time.Hour)},
			"for ever": {Person: "P-2", Label: "x", Scopes: []string{"read"}, Until: time.Now().Add(10000 * time.Hour)},
		} {
			want(t, name, g.Try("P-2", func(tx *record.Tx) error { _, _, err := signin.NewToken(tx, in); return err }), fault.KindInvalid, "")
		}
		for _, other := range []string{"", "heed_", secret[5:], secret + "x", g.link("P-2").Token} {
			_, err := g.door.Token(ctx, other, signin.Client{Address: other})
			want(t, other, err, fault.KindDenied, "no token of ours")
		}
		g.Must("P-1", func(tx *record.Tx) error { return signin.RevokeToken(tx, tk.ID) })
		_, err = g.door.Token(ctx, secret, signin.Client{})
		want(t, "revoked", err, fault.KindDenied, "revoked")
		want(t, "revoked twice", g.Try("P-1", func(tx *record.Tx) error { return signin.RevokeToken(tx, tk.ID) }), fault.KindExists, "")
		g.Look(func(v *record.View) error {
			all, err := signin.Tokens(v, "P-2")
			if err != nil || len(all) != 1 || all[0].Ended.IsZero() || !strings.HasPrefix(all[0].Label, "export") {
				t.Errorf("%+v, %v", all, err)
			}
			b, err := json.Marshal(all)
			if err != nil || strings.Contains(string(b), secret[5:]) {
				t.Errorf("%s, %v", b, err)
			}
			return nil
		})
	})
}

func TestGuessingIsSlowedDownAndRecorded(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		guess := func(from string) error {
			_, err := g.door.UseLink(ctx, "guess", signin.Client{Address: from})
			return err
		}
		for range 10 {
			want(t, "a guess", guess("192.0.2.9"), fault.KindDenied, "not one of ours")
		}
		err := guess("192.0.2.9")
		want(t, "the eleventh", err, fault.KindDenied, "too many")
		if fault.Hint(err) == "" {
			t.Error("nobody says when to try again")
		}
		want(t, "from elsewhere", guess("192.0.2.10"), fault.KindDenied, "not one of ours")
		_, err = g.door.UseLink(ctx, g.newLink("P-1", time.Hour), signin.Client{Address: "192.0.2.9"})
		want(t, "a good link from there", err, fault.KindDenied, "too many")
		if got := g.kinds("sign-in"); got != "sign-in-failed" {
			t.Errorf("recorded: %q", got)
		}
		g.sql(`UPDATE signin_attempt SET since = since - ?`, (16 * time.Minute).Microseconds())
		want(t, "later", guess("192.0.2.9"), fault.KindDenied, "not one of ours")
		// those who sign in are not counted, nor is a link that is merely late
		secret := g.newLink("P-2", time.Hour)
		for i := range 15 {
			_, err := g.door.UseLink(ctx, secret, signin.Client{Address: "192.0.2.11"})
			if i == 0 && err != nil || i > 0 && fault.KindOf(err) != fault.KindLate {
				t.Fatalf("try %d: %v", i, err)
			}
		}
	})
}

func TestBadOptionsAreRefused(t *testing.T) {
	each(t, signin.Options{}, func(t *testing.T, g *gate) {
		for name, o := range map[string]signin.Options{
			"origin":   {Origins: []string{"heed.example"}},
			"path":     {Origins: []string{home + "/x"}},
			"scheme":   {Origins: []string{"ftp://heed.example"}},
			"issuer":   {OpenID: &signin.Provider{Issuer: "http://login.example", ClientID: "heed", Redirect: home}},
			"redirect": {OpenID: &signin.Provider{Issuer: "https://login.example", ClientID: "heed"}},
			"client":   {OpenID: &signin.Provider{Issuer: "https://login.example", Redirect: home}},
		} {
			if _, err := signin.New(g.Record, g.people, o); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		bare, err := signin.New(g.Record, g.people, signin.Options{})
		if err != nil || strings.Join(bare.Means(), " ") != "link" || strings.Join(g.door.Means(), " ") != "link passkey" {
			t.Errorf("%v, %v", bare.Means(), err)
		}
		for origin, means := range map[string]string{"http://127.0.0.1:8080": "link", "http://[::1]:8080/": "link", "http://localhost:8080/": "link passkey"} {
			if d, err := signin.New(g.Record, g.people, signin.Options{Origins: []string{origin}}); err != nil || strings.Join(d.Means(), " ") != means {
				t.Errorf("%s: %v", origin, err)
			}
		}
		if _, _, err := bare.BeginSignIn(t.Context()); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("a passkey where there are none: %v", err)
		}
		if _, _, err := bare.BeginOpenID(t.Context()); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("a provider where there is none: %v", err)
		}
	})
}
