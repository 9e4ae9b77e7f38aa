package web

import (
	"net/http"
	"strings"

	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// settings is the reader's own and, for who may see it, the node's.
func (v *visit) settings() error { return v.settingsWith("", "") }

// settingsWith shows a secret that was just made, once.
func (v *visit) settingsWith(token, feed string) error {
	x, err := v.h.Settings(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("settings.title")})
	if err != nil {
		return err
	}
	v.prefill("lang", x.Lang)
	f.Form = v.form
	p := page.Settings{Frame: f, Lang: f.Field("lang").From(languages()), Passkeys: x.Passkeys, Tokens: x.Tokens, Secret: token, FeedSince: x.FeedSince,
		KeyName: f.Field("name").As("keyname"), TokenName: f.Field("label").As("tokenname"), Until: f.Field("until").As("tokenuntil").Of("date"),
		Write: f.Field("scope").From(v.choices("scope", "read", "write")), Witnesses: x.Witnesses, MayManage: x.MayManage,
		WKey: f.Field("key").As("wkey"), WURL: f.Field("url").As("wurl"), Node: x.Node, ShowNode: x.ShowNode}
	if feed != "" {
		base := strings.TrimSuffix(v.h.URL(), "/")
		p.Feed, p.Calendar = base+"/feed/"+feed, base+"/calendar/"+feed+".ics"
	}
	return v.show("settings", p)
}

func (v *visit) setLanguage() error {
	tag := lang.For(v.r.PostFormValue("lang")).Tag
	if err := v.h.SetLang(v.r.Context(), v.who, v.r.PostFormValue("lang")); err != nil {
		return v.again(err, v.settings)
	}
	v.keepLanguage(tag)
	return v.done("/settings", "saved", "")
}

func (v *visit) keepLanguage(tag string) {
	http.SetCookie(v.w, &http.Cookie{Name: "lang", Value: tag, Path: "/", HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
}

func (v *visit) beginPasskey() error {
	options, state, err := v.h.PasskeyAddBegin(v.r.Context(), v.who, v.r.PostFormValue("name"))
	return v.challenge(options, state, err)
}

func (v *visit) addPasskey() error {
	if err := v.h.PasskeyAddFinish(v.r.Context(), v.who, v.r.PostFormValue("state"), []byte(v.r.PostFormValue("response"))); err != nil {
		return v.again(err, v.settings)
	}
	return v.done("/settings", "saved", "")
}

func (v *visit) removePasskey() error {
	if err := v.h.RemovePasskey(v.r.Context(), v.who, v.r.PostFormValue("id")); err != nil {
		return v.again(err, v.settings)
	}
	return v.done("/settings", "saved", "")
}

// newToken makes a token and shows its secret, once.
func (v *visit) newToken() error {
	if err := v.read(); err != nil {
		return err
	}
	name, until := v.text("label"), v.day("until")
	if v.bad() {
		return v.wrong(v.settings)
	}
	scopes := []string{"read"}
	if v.text("scope") == "write" {
		scopes = append(scopes, "write")
	}
	secret, err := v.h.NewToken(v.r.Context(), v.who, name, scopes, until)
	if err != nil {
		return v.again(err, v.settings)
	}
	v.form = look.Form{}
	return v.settingsWith(secret, "")
}

func (v *visit) revokeToken() error {
	if err := v.h.RevokeToken(v.r.Context(), v.who, v.r.PostFormValue("id")); err != nil {
		return v.again(err, v.settings)
	}
	return v.done("/settings", "saved", "")
}

// newFeed makes a new address for the reader's feed and calendar, and shows it.
func (v *visit) newFeed() error {
	secret, err := v.h.NewFeed(v.r.Context(), v.who)
	if err != nil {
		return v.again(err, v.settings)
	}
	return v.settingsWith("", secret)
}

func (v *visit) addWitness() error {
	if err := v.read(); err != nil {
		return err
	}
	if err := v.h.AddWitness(v.r.Context(), v.who, v.text("url"), v.text("key")); err != nil {
		return v.again(err, v.settings)
	}
	return v.done("/settings", "saved", "")
}
