package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// A desk is somebody at a browser.
type desk struct {
	t   *testing.T
	ctx context.Context
	url string
}

// open opens a page and returns its text.
func (d desk) open(path string) string {
	d.t.Helper()
	return d.run(path, chromedp.Navigate(d.url+path))
}

// run does something and returns the text of the page on which it ends.
func (d desk) run(what string, actions ...chromedp.Action[chromedp.Void]) string {
	d.t.Helper()
	if err := chromedp.Do(d.ctx, actions...); err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	text, err := chromedp.Run(d.ctx, chromedp.Text("main"))
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	return text
}

// send fills in the form that goes to an address and sends it. A name that
// begins with a plus is ticked. It must succeed.
func (d desk) send(action string, pairs ...string) string {
	d.t.Helper()
	return d.fill(action, ".notice", pairs)
}

// refused sends a form that must come back with a fault beside a field.
func (d desk) refused(action, field string, pairs ...string) string {
	d.t.Helper()
	return d.fill(action, "#e-"+field, pairs)
}

func (d desk) fill(action, until string, pairs []string) string {
	d.t.Helper()
	form := `form[method=post]`
	if action != "" {
		form = `form[action$="` + action + `"]`
	}
	// A form that is folded away is unfolded first, as a hand would.
	// The page is marked, so that the one that follows is told from it.
	open, err := chromedp.Run(d.ctx, chromedp.Evaluate[bool](`document.body.dataset.old = 'yes', !document.querySelector('`+form+`').closest('details:not([open])')`))
	if err != nil {
		d.t.Fatalf("%s: %v", action, err)
	}
	var acts []chromedp.Action[chromedp.Void]
	if !open {
		acts = append(acts, chromedp.Click(`details:has(`+form+`) > summary`))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, tick := strings.CutPrefix(pairs[i], "+")
		switch {
		case tick:
			acts = append(acts, chromedp.Click(form+` input[name="`+name+`"][value="`+pairs[i+1]+`"]`))
		default:
			acts = append(acts, chromedp.SetValue(form+` [name="`+name+`"]`, pairs[i+1]))
		}
	}
	acts = append(acts, chromedp.Click(form+` button`), chromedp.WaitVisible(`body:not([data-old]) `+until))
	return d.run(action, acts...)
}

// has fails where a page does not say something.
func (d desk) has(page string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			d.t.Errorf("%q is not on the page:\n%s", w, page)
		}
	}
}

// TestARequestThatReachesSixteen is done in the browser, by two people: from a
// warning of level 4 to the request for a special session that sixteen members
// of the Council have signed, one of them of the region concerned.
func TestARequestThatReachesSixteen(t *testing.T) {
	testkit.Slow(t)
	browser := startBrowser(t)
	s := play(t)
	b, err := s.Board(t.Context(), s.focal)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Orla Vensk", Email: "orla@pelloway.example", Agency: "AG-1", Role: "director"})
	if err != nil {
		t.Fatal(err)
	}
	var ends []func()
	defer func() {
		for _, end := range ends {
			end()
		}
	}()
	seat := func(person string) desk {
		ctx, done := tab(t, browser, s.URL, s.session(person), view{"story", "en", "light", 1280, false, false, "", 1},
			"422 (Unprocessable Entity)") // of the forms that are refused on purpose
		ends = append(ends, done)
		ctx, cancel := context.WithTimeout(ctx, 8*time.Minute)
		t.Cleanup(cancel)
		return desk{t, ctx, s.URL}
	}
	focal, director := seat(s.focal.Person), seat(second)

	focal.open("/warnings/new?situation=" + b.Areas[0].Situation.ID)
	focal.send("", "+level", "4", "finding", "Armed columns move towards the wells", "+confidence", "moderate", "+to", s.focal.Person, "expires", present.AddDate(0, 1, 0).Format(time.DateOnly))
	at, err := chromedp.Run(focal.ctx, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	warning := regexp.MustCompile(`W-\d+`).FindString(at)

	focal.run("open a coalition", chromedp.Click(`a[href="/coalitions/new?warning=`+warning+`"]`), chromedp.WaitVisible(`[name=co_title]`))
	focal.has(focal.refused("", "co_title", "text", "We request that the Council meet."), "▲")
	page := focal.send("", "co_title", "Special session on the wells", "deadline", present.AddDate(0, 0, 7).Format(time.DateOnly))
	focal.has(page, "0 of 16 members needed", "None of its States has signed yet", "We request that the Council meet.")
	at, err = chromedp.Run(focal.ctx, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`CO-\d+`).FindString(at)
	path := "/coalitions/" + id

	// Four eyes: who prepared it can neither release it nor let anybody sign.
	if strings.Contains(page, "Enter a signature") || strings.Contains(page, "Release\n") {
		t.Errorf("who prepared it is offered to let it go:\n%s", page)
	}
	director.open(path)
	director.has(director.send("/release", "release_note", "Agreed with the minister"), "Open for signature", "Orla Vensk")

	// Whom to ask, what was heard, and what was said in confidence.
	focal.has(focal.open(path), "The next to ask", "Chance", "Brevenna")
	focal.has(focal.refused("/pledge", "stance", "pledge_state", "XBB", "from", "Their delegate in the city"), "▲")
	if kept, err := chromedp.Run(focal.ctx, chromedp.Evaluate[string](`document.querySelector('[name=from]').value + document.querySelector('[name=pledge_state]').value`)); err != nil || kept != "Their delegate in the cityXBB" {
		t.Errorf("of the form is left %q: %v", kept, err)
	}
	focal.has(focal.send("/pledge", "stance", "leaning"), "Brevenna", "Leaning", "Their delegate in the city")
	page = focal.send("/pledge", "pledge_state", "XBC", "stance", "yes", "from", "A canary of a minister", "heard_on", present.Format(time.DateOnly), "+confidential", "yes")
	focal.has(page, "1 more in confidence")
	if strings.Contains(page, "canary") {
		t.Error("what was said in confidence is on the page")
	}
	director.open(path)
	director.has(director.fill("/confidences", "#confided", []string{"purpose", "Whom the minister calls"}), "A canary of a minister", "Calidor")
	focal.has(focal.send("/ask", "ask_state", "XBB", "how", "The embassy there"), "Who was asked", "The embassy there", "Leaning")

	// Sixteen sign, none of the region: that is not enough.
	for i := range 16 {
		page = focal.send("/sign", "sign_state", fmt.Sprintf("X%c%c", 'B', 'A'+i), "signed_by", "Permanent representative", "means", fmt.Sprint("Note ", i))
	}
	focal.has(page, "16 of 16 members needed", "None of its States has signed yet", "Open for signature")
	page = focal.send("/sign", "sign_state", "XAB", "signed_by", "Permanent representative")
	focal.has(page, "17 of 16 members needed", "One of its States has signed", "Closed", "enough have signed", "Ilmarra")
	if strings.Contains(page, "Enter a signature") {
		t.Error("a closed sheet takes signatures")
	}

	c := s.browser(s.focal.Person)
	if _, _, sheet := get(t, c, s.URL+path+"/signed.csv"); strings.Count(sheet, "\n") != 18 || !strings.Contains(sheet, "\nXAB,") {
		t.Errorf("the sheet: %s", sheet)
	}
	proves(t, c, s.URL, id)
}

// proves fetches what proves a reference and verifies it as a stranger does.
func proves(t *testing.T, c *http.Client, url, id string) {
	t.Helper()
	res, err := c.PostForm(url+"/knew/"+id+"/pack", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	pack, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	judged := func() (string, error) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "pack.zip"), pack, 0o600); err != nil {
			t.Fatal(err)
		}
		return bundle.Judge(os.DirFS(dir), "pack.zip", bundle.Options{}, false)
	}
	if said, err := judged(); err != nil || !strings.HasPrefix(said, "verified") {
		t.Errorf("the pack of %s: %q, %v", id, said, err)
	}
	pack[len(pack)/2] ^= 1
	if said, err := judged(); err == nil {
		t.Errorf("a pack that was changed: %q", said)
	}
}
