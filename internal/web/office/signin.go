// Package office answers for what every node has, whatever it is for: people and
// their roles, each person's own settings, coming in and going out, and the
// record's own pages.
//
// Its functions stand in the table of package web, which is the map of the
// product, and are written like those there: they ask the node what may be
// shown, fill the page's struct, and draw it.
//
//	{"GET /people", office.People},
//
// Secrets that a node makes (sign-in links, tokens, feed addresses) are shown
// in the answer to the post that made them, once, and in no address. A one-time
// link is only used by a second step, because programs that look at mail open
// links too. The package trusts the node for every decision about access.
package office

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// client is where a sign-in comes from.
func client(v *visit.Visit) heed.Client {
	host, _, err := net.SplitHostPort(v.R.RemoteAddr)
	if err != nil {
		host = v.R.RemoteAddr
	}
	device := v.R.UserAgent()
	return heed.Client{Address: host, Device: device[:min(len(device), 200)]}
}

// SignIn is the page that lets people in.
func SignIn(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("signin.title")})
	if err != nil {
		return err
	}
	p := page.SignIn{Frame: f, Back: visit.Local(v.R.FormValue("back"))}
	for _, o := range v.H.OIDC(v.R.Context()) {
		p.Providers = append(p.Providers, look.Ref(o))
	}
	return v.Show("signin", p)
}

// SignInLink shows a link that waits to be used. A program that only looks at
// links, as mail filters do, uses none up.
func SignInLink(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("signin.title")})
	if err != nil {
		return err
	}
	f.Path = "/sign-in" // the code stays out of other links
	if v.R.Method == http.MethodGet {
		f.Form.Values = url.Values{"code": {v.R.FormValue("code")}}
	}
	return v.Show("signin", page.SignIn{Frame: f, Link: true, Code: f.Field("code")})
}

// UseLink signs in with a one-time link.
func UseLink(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	code := v.Must("code")
	if v.Bad() {
		return v.Wrong(SignInLink)
	}
	in, err := v.H.SignInLink(v.R.Context(), code, client(v))
	return admit(v, in, err, "/", SignInLink)
}

// SignInPasskey signs in with a device's answer.
func SignInPasskey(v *visit.Visit) error {
	in, err := v.H.PasskeyFinish(v.R.Context(), v.R.PostFormValue("state"), []byte(v.R.PostFormValue("response")), client(v))
	return admit(v, in, err, visit.Local(v.R.PostFormValue("back")), SignIn)
}

// BeginSignIn asks for what the device is to answer.
func BeginSignIn(v *visit.Visit) error {
	options, state, err := v.H.PasskeyBegin(v.R.Context())
	return v.Challenge(options, state, err)
}

const oidcCookie = "heed-oidc"

// BeginOIDC sends the browser to the provider.
func BeginOIDC(v *visit.Visit) error {
	to, cookie, err := v.H.OIDCBegin(v.R.Context())
	if err != nil {
		return err
	}
	v.SetCookie(oidcCookie, cookie+"|"+url.QueryEscape(visit.Local(v.R.PostFormValue("back"))), v.H.Now().Add(10*time.Minute), http.SameSiteLaxMode)
	// A redirect after a post would be held to form-action; a page that moves
	// on by itself is not.
	v.W.Header().Set("Refresh", "0; url="+to)
	return signInWaits(v, to)
}

func signInWaits(v *visit.Visit, to string) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("signin.title")})
	if err != nil {
		return err
	}
	return v.Show("signin", page.SignIn{Frame: f, Onward: to})
}

// EndOIDC takes what the provider gave.
func EndOIDC(v *visit.Visit) error {
	c, err := v.R.Cookie(oidcCookie)
	if err != nil {
		return fault.WithHint(fault.Denied("this sign-in was not begun here"), "begin again from the sign-in page")
	}
	v.SetCookie(oidcCookie, "", time.Time{}, http.SameSiteLaxMode)
	cookie, back, _ := strings.Cut(c.Value, "|")
	back, _ = url.QueryUnescape(back)
	in, err := v.H.OIDCFinish(v.R.Context(), cookie, v.R.FormValue("state"), v.R.FormValue("code"), client(v))
	return admit(v, in, err, visit.Local(back), SignIn)
}

// admit gives the browser its session, or says why not on the page again.
func admit(v *visit.Visit, in heed.Session, err error, back string, again func(*visit.Visit) error) error {
	switch fault.KindOf(err) {
	case fault.KindDenied, fault.KindInvalid, fault.KindNotFound, fault.KindLate, fault.KindStale:
		text := err.Error()
		if hint := fault.Hint(err); hint != "" {
			text += " — " + hint
		}
		v.Form.Errors = []look.FieldError{{Text: text}}
		v.Code = http.StatusForbidden
		return again(v)
	}
	if err != nil {
		return err
	}
	v.SetSession(in.Token, in.Until)
	return v.Redirect(back)
}

// SignOut ends the session.
func SignOut(v *visit.Visit) error {
	if token := v.SessionToken(); token != "" {
		if err := v.H.SignOut(v.R.Context(), token); err != nil {
			return err
		}
	}
	v.SetSession("", time.Time{})
	return v.Redirect("/sign-in?done=signedout")
}

// ChooseLanguage keeps the language of this browser and goes back.
func ChooseLanguage(v *visit.Visit) error {
	v.KeepLanguage(lang.For(v.R.FormValue("to")).Tag)
	return v.Redirect(visit.Local(v.R.FormValue("back")))
}
