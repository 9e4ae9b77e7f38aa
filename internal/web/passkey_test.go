package web

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/heed"
)

// TestPasskeys goes the way of somebody who has just been given a link: come in
// once, add a passkey, go out, come in with it, and sign a decision with it. The
// device is Chromium's virtual authenticator.
func TestPasskeys(t *testing.T) {
	browser := startBrowser(t)
	s := play(t)
	ctx, cancel := chromedp.NewContext(browser)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	id, signer := draftFor(t, s)
	link, err := s.NewLink(t.Context(), s.focal, signer.Person)
	if err != nil {
		t.Fatal(err)
	}
	run := func(what string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	run("a device", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, network.SetCookie, network.SetCookieParams{Name: "lang", Value: "en", URL: s.URL}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		yes := true
		_, err := cdp.Call(ctx, tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: yes, HasUserVerification: yes, IsUserVerified: yes, AutomaticPresenceSimulation: yes}})
		return err
	}))
	run("come in", chromedp.Navigate(s.URL+"/sign-in/link?code="+code(link)), chromedp.Click(`form[action="/sign-in/link"] button`), chromedp.WaitVisible(`.figures`))
	run("add a passkey", chromedp.Navigate(s.URL+"/settings"), chromedp.SendKeys(`form[data-passkey=create] input[name=name]`, "test device"),
		chromedp.Click(`form[data-passkey=create] button`), chromedp.WaitVisible(`.notice`))
	run("go out", chromedp.Click(`form[action="/sign-out"] button`), chromedp.WaitVisible(`form[data-passkey=get]`))
	run("come in with it", chromedp.Click(`form[data-passkey=get] button`), chromedp.WaitVisible(`.figures`))

	run("sign", chromedp.Navigate(s.URL+"/decisions/"+id), chromedp.Click(`form[data-passkey=get] button`), chromedp.WaitVisible(`.notice`))
	d, err := s.Decision(t.Context(), signer, id)
	if err != nil {
		t.Fatal(err)
	}
	if d.State != "signed" || d.Signature.Kind != "passkey" || d.Signature.Key == "" {
		t.Errorf("%s is %s by %q with %q", id, d.State, d.Signature.Kind, d.Signature.Key)
	}
}

// draftFor drafts a decision on a warning of the exercise, and says who signs
// it.
func draftFor(t *testing.T, s *stage) (id string, signer heed.Who) {
	t.Helper()
	warnings, _, err := s.Warnings(t.Context(), s.focal, heed.WarningFilter{State: "in-force"})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		f, err := s.DecisionForm(t.Context(), s.focal, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Signers) == 0 {
			continue
		}
		id, err := s.DraftDecision(t.Context(), s.focal, heed.DecisionInput{Warning: w.ID, Choice: "Ask for a special session", Reason: "Quiet ways are used up",
			Known: "What the finding says", NoCommunity: "No line to them since Sunday", Options: []heed.Option{{Name: "Special session", Chosen: true}, {Name: "Wait"}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range f.Signers {
			who := heed.Who{Person: p.ID, Via: "web"}
			if d, err := s.Decision(t.Context(), who, id); err == nil && d.MaySign {
				return id, who
			}
		}
	}
	t.Fatal("nobody may sign a decision in this exercise")
	return "", heed.Who{}
}
