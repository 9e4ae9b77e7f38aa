package signin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

const back = "http://127.0.0.1:9/sign-in/openid" // nobody listens: the browser stops before it

// provider starts a certified provider with accounts of every kind.
func provider(t *testing.T) *signin.Provider {
	t.Helper()
	dir := filepath.Join(testkit.Root(t), "tools", "oidc")
	node, err := exec.LookPath("node")
	if err != nil {
		testkit.Missing(t, "node")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil {
		testkit.Missing(t, "npm's oidc-provider (tools/oidc)")
	}
	type account struct {
		Email    string `json:"email,omitempty"`
		Verified bool   `json:"email_verified"`
	}
	o, err := json.Marshal(map[string]any{"client": "heed", "secret": "hush-hush-hush-hush", "redirect": back, "accounts": map[string]account{
		"ana": {"ANA@mfa.example", true}, "ana-at-home": {"ana@mfa.example", true}, "ana-unproven": {"ana@mfa.example", false},
		"stranger": {"eve@elsewhere.example", true}, "nameless": {},
	}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "provider.mjs", string(o))
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http") {
			return &signin.Provider{Issuer: lines.Text(), ClientID: "heed", ClientSecret: "hush-hush-hush-hush", Redirect: back}
		}
	}
	t.Fatalf("the provider did not start: %v", lines.Err())
	return nil
}

var (
	action = regexp.MustCompile(`action="([^"]+)"`)
	prompt = regexp.MustCompile(`name="prompt" value="([^"]+)"`)
)

// browse goes to the provider as a browser would, signs in as an account, and
// returns the state and code with which it is sent back.
func browse(t *testing.T, address, account string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := c.Get(address)
	for range 5 {
		if err != nil {
			t.Fatal(err)
		}
		page := new(strings.Builder)
		if _, err := bufio.NewReader(res.Body).WriteTo(page); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if to := res.Header.Get("Location"); strings.HasPrefix(to, back) {
			u, err := url.Parse(to)
			if err != nil {
				t.Fatal(err)
			}
			return u.Query()
		}
		form, step := action.FindStringSubmatch(page.String()), prompt.FindStringSubmatch(page.String())
		if form == nil || step == nil {
			t.Fatalf("%s: %d\n%s", res.Request.URL, res.StatusCode, page)
		}
		to, err2 := res.Request.URL.Parse(form[1])
		if err2 != nil {
			t.Fatal(err2)
		}
		res, err = c.PostForm(to.String(), url.Values{"prompt": {step[1]}, "login": {account}, "password": {"any"}})
	}
	t.Fatal("the provider does not send the browser back")
	return nil
}

func TestOpenIDAdmitsWhoWasEntered(t *testing.T) {
	testkit.Slow(t)
	p := provider(t)
	each(t, signin.Options{OpenID: p}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		through := func(account string) (signin.Admission, error) {
			t.Helper()
			name, address, err := g.door.BeginOpenID(ctx)
			if err != nil {
				t.Fatal(err)
			}
			q := browse(t, address, account)
			return g.door.FinishOpenID(ctx, name, q.Get("state"), q.Get("code"), signin.Client{})
		}
		in, err := through("ana")
		if err != nil || in.Person != "P-1" || in.Means != "openid" {
			t.Fatalf("%+v, %v", in, err)
		}
		if _, err := g.session(in.Token); err != nil {
			t.Error(err)
		}
		_, err = through("ana-unproven")
		want(t, "an address that is not verified", err, fault.KindDenied, "not verified")
		_, err = through("stranger")
		want(t, "a stranger", err, fault.KindDenied, "nobody here")
		_, err = through("nameless")
		want(t, "an account without address", err, fault.KindDenied, "not verified")
		// who came once is known by the account, whatever the address is now
		g.Must("P-1", func(tx *record.Tx) error {
			_, err := g.people.ChangePerson(tx, "P-1", party.PersonInput{Name: "Ana", Email: "ana@new.example"})
			return err
		})
		if in, err := through("ana"); err != nil || in.Person != "P-1" {
			t.Errorf("with a new address: %+v, %v", in, err)
		}
		_, err = through("ana-at-home")
		want(t, "another account with the old address", err, fault.KindDenied, "nobody here")
		if got := g.kinds("P-1"); got != "person-added role-granted login-linked signed-in person-changed signed-in" {
			t.Errorf("recorded: %s", got)
		}
	})
}

func TestOpenIDIsBoundToItsBrowser(t *testing.T) {
	testkit.Slow(t)
	p := provider(t)
	each(t, signin.Options{OpenID: p}, func(t *testing.T, g *gate) {
		ctx := context.Background()
		finish := func(name string, q url.Values) error {
			in, err := g.door.FinishOpenID(ctx, name, q.Get("state"), q.Get("code"), signin.Client{})
			if err != nil && in.Token != "" {
				t.Error("a token came with an error")
			}
			return err
		}
		begin := func() (name string, q url.Values) {
			name, address, err := g.door.BeginOpenID(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return name, browse(t, address, "ana")
		}
		mine, hers := first(begin()), first(begin())
		want(t, "another's cookie", finish(mine.name, hers.q), fault.KindDenied, "begun elsewhere")
		want(t, "without a cookie", finish("", hers.q), fault.KindLate, "begin again")
		if err := finish(hers.name, hers.q); err != nil {
			t.Errorf("the right one: %v", err)
		}
		want(t, "twice", finish(hers.name, hers.q), fault.KindLate, "begin again")
		third, fourth := first(begin()), first(begin())
		fourth.q.Set("code", third.q.Get("code")) // a code that was given to another: PKCE refuses it
		want(t, "an injected code", finish(fourth.name, fourth.q), fault.KindDenied, "does not honour")
		fifth := first(begin())
		fifth.q.Set("code", "made-up")
		want(t, "a code of one's own", finish(fifth.name, fifth.q), fault.KindDenied, "does not honour")
	})
}

type begun struct {
	name string
	q    url.Values
}

func first(name string, q url.Values) begun { return begun{name, q} }

// TestAProviderThatIsAway: signing in fails without blaming who signs in, and
// works when the provider is back.
func TestAProviderThatIsAway(t *testing.T) {
	p := &signin.Provider{Issuer: "http://127.0.0.1:9", ClientID: "heed", ClientSecret: "hush-hush", Redirect: back}
	if s := strings.Join([]string{p.String(), p.GoString()}, " "); strings.Contains(s, "hush") {
		t.Errorf("it prints its secret: %s", s)
	}
	each(t, signin.Options{OpenID: p}, func(t *testing.T, g *gate) {
		if _, _, err := g.door.BeginOpenID(t.Context()); err == nil || fault.KindOf(err) != fault.KindOther || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v", err)
		}
	})
}
