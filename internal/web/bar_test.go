package web

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheBarIsOneRow wants the sections, the search and the reader's name side
// by side at 1280 pixels in the six languages, and what is folded away to be
// reached by the keyboard alone.
func TestTheBarIsOneRow(t *testing.T) {
	browser := startBrowser(t)
	s := watch(t)
	session := s.session(s.focal.Person)
	for _, tag := range []string{"en", "fr", "ar", "es", "ru", "zh"} {
		ctx, done := tab(t, browser, s.URL, session, view{tag, tag, "light", 1280, false, false, "", 1})
		if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+"/packages")); err != nil {
			t.Fatal(err)
		}
		apart, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`(([nav, me]) => Math.abs((nav.top + nav.bottom) - (me.top + me.bottom)) + Math.max(0, nav.height - 48))([...document.querySelectorAll('.bar nav, .bar .me')].map((x) => x.getBoundingClientRect()))`))
		if err != nil {
			t.Fatal(err)
		}
		if apart > 2 {
			t.Errorf("%s: the bar has more than one row: %.0f pixels", tag, apart)
		}
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.more > summary').focus(), document.activeElement.tagName`))
		if err != nil || at != "SUMMARY" {
			t.Fatalf("%s: the keyboard is at %q: %v", tag, at, err)
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent("\r"), chromedp.WaitVisible(`.more a[href="/people"]`), chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
		if at, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.getAttribute('href') + document.activeElement.getAttribute('aria-current')`)); err != nil || at != "/packagespage" {
			t.Errorf("%s: the keyboard goes on to %q: %v", tag, at, err)
		}
		done()
	}
}
