package web

import (
	"encoding/json"
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
)

// cookieName is bound to this very host where the node is reached over TLS.
func (s *site) cookieName() string {
	if s.secure {
		return "__Host-heed"
	}
	return "heed"
}

func (v *visit) setCookie(name, value string, until time.Time, sameSite http.SameSite) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: v.secure, SameSite: sameSite}
	if value == "" {
		c.MaxAge = -1
	} else if !until.IsZero() {
		c.MaxAge = max(1, int(until.Sub(v.h.Now()).Seconds()))
	}
	http.SetCookie(v.w, c)
}

// client is where a sign-in comes from.
func (v *visit) client() heed.Client {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		host = v.r.RemoteAddr
	}
	device := v.r.UserAgent()
	return heed.Client{Address: host, Device: device[:min(len(device), 200)]}
}

// signIn is the page that lets people in.
func (v *visit) signIn() error {
	f, err := v.frame(look.Frame{Title: v.words.T("signin.title")})
	if err != nil {
		return err
	}
	p := page.SignIn{Frame: f, Back: local(v.r.FormValue("back"))}
	for _, o := range v.h.OIDC(v.r.Context()) {
		p.Providers = append(p.Providers, look.Ref(o))
	}
	return v.show("signin", p)
}

// signInLink shows a link that waits to be used. A program that only looks at
// links, as mail filters do, uses none up.
func (v *visit) signInLink() error {
	f, err := v.frame(look.Frame{Title: v.words.T("signin.title")})
	if err != nil {
		return err
	}
	f.Path = "/sign-in" // the code stays out of other links
	return v.show("signin", page.SignIn{Frame: f, Link: v.r.FormValue("code")})
}

func (v *visit) useLink() error {
	in, err := v.h.SignInLink(v.r.Context(), strings.TrimSpace(v.r.PostFormValue("code")), v.client())
	return v.admit(in, err, "/")
}

func (v *visit) signInPasskey() error {
	in, err := v.h.PasskeyFinish(v.r.Context(), v.r.PostFormValue("state"), []byte(v.r.PostFormValue("response")), v.client())
	return v.admit(in, err, local(v.r.PostFormValue("back")))
}

func (v *visit) beginSignIn() error {
	options, state, err := v.h.PasskeyBegin(v.r.Context())
	return v.challenge(options, state, err)
}

// challenge answers the script that speaks with the reader's device.
func (v *visit) challenge(options []byte, state string, err error) error {
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.w).Encode(struct {
		State   string          `json:"state"`
		Options json.RawMessage `json:"options"`
	}{state, options})
}

const oidcCookie = "heed-oidc"

// beginOIDC sends the browser to the provider.
func (v *visit) beginOIDC() error {
	to, cookie, err := v.h.OIDCBegin(v.r.Context())
	if err != nil {
		return err
	}
	v.setCookie(oidcCookie, cookie+"|"+url.QueryEscape(local(v.r.PostFormValue("back"))), v.h.Now().Add(10*time.Minute), http.SameSiteLaxMode)
	// A redirect after a post would be held to form-action; a page that moves
	// on by itself is not.
	v.w.Header().Set("Refresh", "0; url="+to)
	return v.signInWaits(to)
}

func (v *visit) signInWaits(to string) error {
	f, err := v.frame(look.Frame{Title: v.words.T("signin.title")})
	if err != nil {
		return err
	}
	return v.show("signin", page.SignIn{Frame: f, Onward: to})
}

// endOIDC takes what the provider gave.
func (v *visit) endOIDC() error {
	c, err := v.r.Cookie(oidcCookie)
	if err != nil {
		return fault.WithHint(fault.Denied("this sign-in was not begun here"), "begin again from the sign-in page")
	}
	v.setCookie(oidcCookie, "", time.Time{}, http.SameSiteLaxMode)
	cookie, back, _ := strings.Cut(c.Value, "|")
	back, _ = url.QueryUnescape(back)
	in, err := v.h.OIDCFinish(v.r.Context(), cookie, v.r.FormValue("state"), v.r.FormValue("code"), v.client())
	return v.admit(in, err, local(back))
}

// admit gives the browser its session, or says on the sign-in page why not.
func (v *visit) admit(in heed.Session, err error, back string) error {
	switch fault.KindOf(err) {
	case fault.KindDenied, fault.KindInvalid, fault.KindNotFound, fault.KindLate, fault.KindStale:
		text := err.Error()
		if hint := fault.Hint(err); hint != "" {
			text += " — " + hint
		}
		v.form.Errors = []look.FieldError{{Text: text}}
		v.code = http.StatusForbidden
		return v.signIn()
	}
	if err != nil {
		return err
	}
	v.setCookie(v.cookieName(), in.Token, in.Until, http.SameSiteLaxMode)
	return v.redirect(back)
}

func (v *visit) signOut() error {
	if c, err := v.r.Cookie(v.cookieName()); err == nil {
		if err := v.h.SignOut(v.r.Context(), c.Value); err != nil {
			return err
		}
	}
	v.setCookie(v.cookieName(), "", time.Time{}, http.SameSiteLaxMode)
	return v.redirect("/sign-in?done=signedout")
}

// chooseLanguage keeps the language of this browser and goes back.
func (v *visit) chooseLanguage() error {
	v.keepLanguage(lang.For(v.r.FormValue("to")).Tag)
	return v.redirect(local(v.r.FormValue("back")))
}

// local keeps an address within this site.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	return to
}
