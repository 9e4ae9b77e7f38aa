package office

import (
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Settings is the reader's own and, for who may see it, the node's.
func Settings(v *visit.Visit) error { return settingsWith(v, "", "") }

// settingsWith shows a secret that was just made, once.
func settingsWith(v *visit.Visit, token, feed string) error {
	x, err := v.H.Settings(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("settings.title")})
	if err != nil {
		return err
	}
	v.Prefill("lang", x.Lang)
	f.Form = v.Form
	p := page.Settings{Frame: f, Lang: f.Field("lang").From(languages()), Passkeys: x.Passkeys, Tokens: x.Tokens, Secret: token, FeedSince: x.FeedSince,
		KeyName: f.Field("name").As("keyname"), TokenName: f.Field("label").As("tokenname"), Until: f.Field("until").As("tokenuntil").Of("date"),
		Write: f.Field("scope").From(v.Choices("scope.", "read", "write")), Witnesses: x.Witnesses, MayManage: x.MayManage,
		Refused: refusals(f), WReason: f.Field("reason").As("wreason").Area(2),
		WKey: f.Field("key").As("wkey"), WURL: f.Field("url").As("wurl"), Node: x.Node, ShowNode: x.ShowNode}
	if feed != "" {
		base := strings.TrimSuffix(v.H.URL(), "/")
		p.Feed, p.Calendar = base+heed.FeedPath+feed, base+heed.CalendarPath+feed+".ics"
	}
	return v.Show("settings", p)
}

// refusals are the witnesses whose refusal nobody has answered.
func refusals(f look.Frame) (names []string) {
	for _, a := range f.Alarms {
		if a.Kind == "witness."+heed.WitnessRefused {
			names = append(names, a.Name)
		}
	}
	return names
}

// AnswerWitness ends the alarm of a witness's refusal, for a reason on record.
func AnswerWitness(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	reason := v.Must("reason")
	if v.Bad() {
		return v.Wrong(Settings)
	}
	if err := v.H.AcceptWitnessAlarm(v.R.Context(), v.Who, v.Text("witness"), reason); err != nil {
		return v.Again(err, Settings)
	}
	return v.Done("/settings", "saved", "")
}

// SetLanguage sets the person's language, here and on this browser.
func SetLanguage(v *visit.Visit) error {
	tag := lang.For(v.R.PostFormValue("lang")).Tag
	if err := v.H.SetLang(v.R.Context(), v.Who, v.R.PostFormValue("lang")); err != nil {
		return v.Again(err, Settings)
	}
	v.KeepLanguage(tag)
	return v.Done("/settings", "saved", "")
}

// BeginPasskey asks for what the device is to answer.
func BeginPasskey(v *visit.Visit) error {
	options, state, err := v.H.PasskeyAddBegin(v.R.Context(), v.Who, v.R.PostFormValue("name"))
	return v.Challenge(options, state, err)
}

// AddPasskey adds the passkey that the device answered with.
func AddPasskey(v *visit.Visit) error {
	if err := v.H.PasskeyAddFinish(v.R.Context(), v.Who, v.R.PostFormValue("state"), []byte(v.R.PostFormValue("response"))); err != nil {
		return v.Again(err, Settings)
	}
	return v.Done("/settings", "saved", "")
}

// RemovePasskey ends a passkey.
func RemovePasskey(v *visit.Visit) error {
	if err := v.H.RemovePasskey(v.R.Context(), v.Who, v.R.PostFormValue("id")); err != nil {
		return v.Again(err, Settings)
	}
	return v.Done("/settings", "saved", "")
}

// NewToken makes a token and shows its secret, once.
func NewToken(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	name, until := v.Text("label"), v.Day("until")
	if v.Bad() {
		return v.Wrong(Settings)
	}
	scopes := []string{"read"}
	if v.Text("scope") == "write" {
		scopes = append(scopes, "write")
	}
	secret, err := v.H.NewToken(v.R.Context(), v.Who, name, scopes, until)
	if err != nil {
		return v.Again(err, Settings)
	}
	v.Form = look.Form{}
	return settingsWith(v, secret, "")
}

// RevokeToken ends a token.
func RevokeToken(v *visit.Visit) error {
	if err := v.H.RevokeToken(v.R.Context(), v.Who, v.R.PostFormValue("id")); err != nil {
		return v.Again(err, Settings)
	}
	return v.Done("/settings", "saved", "")
}

// NewFeed makes a new address for the reader's feed and calendar, and shows it.
func NewFeed(v *visit.Visit) error {
	secret, err := v.H.NewFeed(v.R.Context(), v.Who)
	if err != nil {
		return v.Again(err, Settings)
	}
	return settingsWith(v, "", secret)
}

// AddWitness names a witness of the record.
func AddWitness(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	if err := v.H.AddWitness(v.R.Context(), v.Who, v.Text("url"), v.Text("key")); err != nil {
		return v.Again(err, Settings)
	}
	return v.Done("/settings", "saved", "")
}
