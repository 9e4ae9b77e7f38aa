package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/testkit"
)

// A view is a way in which every page must hold.
type view struct {
	name, tag, scheme string
	width             int64
	noJS, shot        bool
	rules             string // of axe-core: all of them, or one; "" for none
	zoom              float64
}

const allRules = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']"

var views = []view{
	{"light", "en", "light", 1280, false, true, allRules, 1},
	{"dark", "en", "dark", 1280, false, true, "['color-contrast']", 1},
	{"phone", "en", "light", 390, false, true, allRules, 1},
	{"zoom", "en", "light", 640, false, false, "", 2}, // 200 %: 1280 device pixels hold 640
	{"french", "fr", "light", 1280, false, false, "", 1},
	{"arabic", "ar", "light", 1280, false, true, allRules, 1},
	{"phone-arabic", "ar", "dark", 390, false, false, "", 1},
	{"nojs", "en", "light", 1280, true, true, "", 1},
}

// TestPagesInTheBrowser opens every page of the exercise as people will meet
// it. It fails on any console message, which is where Chromium reports what the
// content security policy blocked, on any finding of axe-core, on a message
// without words, and on a page that is wider than its window. Pictures go to
// out/shots, which is not committed.
func TestPagesInTheBrowser(t *testing.T) {
	browser := startBrowser(t)
	axe := axeSource(t)
	s := watch(t)
	out := filepath.Join(testkit.Root(t), "out", "shots")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	session, paths := s.session(s.focal.Person), s.paths()
	only := os.Getenv("HEED_SHOTS") // a part of a name, to see a few
	for _, l := range views {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			in, done := tab(t, browser, s.URL, session, l)
			for _, name := range slices.Sorted(maps.Keys(paths)) {
				if strings.Contains(name, only) {
					t.Run(name, func(t *testing.T) { see(t, in, s.URL+paths[name], filepath.Join(out, name+"."+l.name), l, axe) })
				}
			}
			done()
			in, done = tab(t, browser, s.URL, "", l)
			for _, name := range slices.Sorted(maps.Keys(outside)) {
				if strings.Contains(name, only) {
					t.Run(name, func(t *testing.T) { see(t, in, s.URL+outside[name], filepath.Join(out, name+"."+l.name), l, axe) })
				}
			}
			done()
		})
	}
}

// tab opens a tab of its own cookies in which pages are seen in one way. What
// it returns ends it and tells what the console said, but for what is expected.
func tab(t *testing.T, browser context.Context, base, session string, l view, expected ...string) (context.Context, func()) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	console, said := chromedp.Console(ctx), make(chan string)
	go func() {
		defer close(said)
		var all []string
		for m, err := range console {
			if err != nil {
				break
			}
			if all = append(all, fmt.Sprint(m, " ", m.URL)); strings.Contains(all[len(all)-1], lastWords) {
				break
			}
		}
		for _, m := range all {
			said <- m
		}
	}()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(l.width, 900, chromedp.EmulateScale(l.zoom)),
		chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			if _, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}); err != nil {
				return err
			}
			for name, value := range map[string]string{"lang": l.tag, "heed": session} {
				if value == "" {
					continue
				}
				if _, err := cdp.Call(ctx, tab, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: base}); err != nil {
					return err
				}
			}
			_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noJS})
			return err
		}))
	if err != nil {
		t.Fatal(err)
	}
	// Chromium itself notes the status of a page that is not there, and asks for an icon of its own accord where it left a page before its head was read.
	expected = append(expected, "/nothing-here", "/favicon.ico", lastWords)
	return ctx, func() {
		if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
			return err
		})); err != nil {
			t.Errorf("end of %s: %v", l.name, err)
			cancel()
		} else if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`console.log("`+lastWords+`"), true`)); err != nil {
			t.Errorf("end of %s: %v", l.name, err)
			cancel()
		}
		defer time.AfterFunc(time.Minute, cancel).Stop() // a tab that hangs says no last words
		for m := range said {
			if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(m, e) }) {
				t.Errorf("console: %v", m)
			}
		}
		cancel()
	}
}

// lastWords are what the console of a tab says last: all before it was heard.
const lastWords = "nothing more is looked at here"

// see opens a page and looks at it.
func see(t *testing.T, ctx context.Context, address, file string, l view, axe string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	check(t, ctx, l, axe)
	if l.shot {
		save(t, ctx, file+".png")
	}
	if l.name == "light" {
		savePDF(t, ctx, file+".pdf")
	}
	if l.name == "light" || strings.HasPrefix(l.name, "phone") {
		unfold(t, ctx, file, l, axe)
	}
}

// unfold looks at a page once more with everything open that was folded away.
func unfold(t *testing.T, ctx context.Context, file string, l view, axe string) {
	t.Helper()
	n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`(all => (all.forEach(d => d.open = true), all.length))([...document.querySelectorAll("main details:not([open])")])`))
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		return
	}
	check(t, ctx, l, axe)
	if l.shot {
		save(t, ctx, file+".unfolded.png")
	}
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	testkit.Slow(t)
	const bin = "/usr/bin/chromium"
	if _, err := os.Stat(bin); err != nil {
		testkit.Missing(t, "chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	actx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(actx)
	t.Cleanup(cancel)
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	return browser
}

func axeSource(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(testkit.Root(t), "tools/web/node_modules/axe-core/axe.min.js"))
	if err != nil {
		testkit.Missing(t, "axe-core")
	}
	return string(src)
}

// check fails on a page that has to be scrolled sideways, and on any violation
// of WCAG 2.2 A and AA, or of good practice, that axe-core finds.
func check(t *testing.T, ctx context.Context, l view, axe string) {
	t.Helper()
	if l.noJS {
		return
	}
	unsaid, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.documentElement.textContent.match(/⟦[^⟧]*⟧/g) || []).join(" ")`))
	if err != nil {
		t.Fatal(err)
	}
	if unsaid != "" {
		t.Errorf("%s: no words for %s", l.name, unsaid)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil {
		t.Fatal(err)
	}
	if wide > 0 {
		t.Errorf("%s: the page is %d pixels wider than its window", l.name, wide)
	}
	if l.rules == "" {
		return
	}
	res, err := chromedp.Run(ctx, chromedp.Evaluate[string](axe+`;axe.run(document, {runOnly: `+l.rules+`, resultTypes: ['violations']}).then(r => JSON.stringify({
		Passes: r.passes.length,
		Violations: r.violations.map(v => ({ID: v.id, Impact: v.impact, Nodes: v.nodes.map(n => n.target.join(' ') + ' — ' + n.any.concat(n.all, n.none).map(a => a.message).join('; '))}))}))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Passes     int
		Violations []struct {
			ID, Impact string
			Nodes      []string
		}
	}
	if err := json.Unmarshal([]byte(res), &r); err != nil {
		t.Fatal(err)
	}
	if r.Passes == 0 {
		t.Error("axe-core checked nothing")
	}
	for _, v := range r.Violations {
		t.Errorf("%s: axe %s (%s):\n  %s", l.name, v.ID, v.Impact, strings.Join(v.Nodes, "\n  "))
	}
}

func save(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func savePDF(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground(), chromedp.PDFOutlineAndTagged()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pdf, 0o644); err != nil {
		t.Fatal(err)
	}
}
