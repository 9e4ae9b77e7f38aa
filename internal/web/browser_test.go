package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/internal/web/page"
)

// A view is a way in which every page must hold.
type view struct {
	name, tag, scheme string
	width             int64
	noJS, axe         bool
	zoom              float64
}

var looks = []view{
	{"light", "en", "light", 1280, false, true, 1},
	{"dark", "en", "dark", 1280, false, true, 1},
	{"phone", "en", "light", 390, false, true, 1},
	{"zoom", "en", "light", 640, false, false, 2}, // 200 %: 1280 device pixels hold 640
	{"french", "fr", "light", 1280, false, false, 1},
	{"arabic", "ar", "light", 1280, false, true, 1},
	{"phone-arabic", "ar", "dark", 390, false, false, 1},
	{"nojs", "en", "light", 1280, true, false, 1},
}

// fixtureServer serves the invented pages under the real policy.
func fixtureServer(t testing.TB) (*httptest.Server, []string) {
	t.Helper()
	set, err := page.Templates()
	if err != nil {
		t.Fatal(err)
	}
	byTag := map[string]map[string]shown{}
	for _, tag := range lang.Tags() {
		byTag[tag] = pages(set.Words(tag))
	}
	srv := httptest.NewServer(secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serveAsset(set, w, r) {
			return
		}
		tag := r.FormValue("lang")
		p, ok := byTag[tag][r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		var b bytes.Buffer
		if err := set.Render(&b, tag, p.name, p.page); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(b.Bytes())
	})))
	t.Cleanup(srv.Close)
	var paths []string
	for path := range byTag["en"] {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return srv, paths
}

// TestPagesInTheBrowser opens every page as people will meet it. It fails on
// any console message, which is where Chromium reports what the content
// security policy blocked, on any finding of axe-core, and on a page that is
// wider than its window. Pictures go to out/shots, which is not committed.
func TestPagesInTheBrowser(t *testing.T) {
	browser := startBrowser(t)
	axe := axeSource(t)
	srv, paths := fixtureServer(t)
	out := filepath.Join(testkit.Root(t), "out", "shots")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	only := os.Getenv("HEED_SHOTS") // a part of a path, to see a few
	for _, path := range paths {
		name := strings.Trim(strings.NewReplacer("/", "_").Replace(path), "_")
		if name == "" {
			name = "board"
		}
		if !strings.Contains(name, only) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			ctx, cancel := chromedp.NewContext(browser)
			defer cancel()
			console := chromedp.Console(ctx)
			for _, l := range looks {
				visit(t, ctx, srv.URL+path+"?lang="+l.tag, l)
				check(t, ctx, l, axe)
				save(t, ctx, filepath.Join(out, name+"."+l.name+".png"))
				if l.name == "light" || l.name == "arabic" {
					savePDF(t, ctx, filepath.Join(out, name+"."+l.name+".pdf"))
				}
			}
			cancel()
			for m, err := range console {
				if err != nil {
					break
				}
				t.Errorf("console: %v", m)
			}
		})
	}
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
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

func visit(t *testing.T, ctx context.Context, url string, l view) {
	t.Helper()
	err := chromedp.Do(ctx,
		chromedp.EmulateViewport(l.width, 900, chromedp.EmulateScale(l.zoom)),
		chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			if _, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noJS})
			return err
		}),
		chromedp.Navigate(url))
	if err != nil {
		t.Fatal(err)
	}
}

// check fails on a page that has to be scrolled sideways, and on any violation
// of WCAG 2.2 A and AA, or of good practice, that axe-core finds.
func check(t *testing.T, ctx context.Context, l view, axe string) {
	t.Helper()
	if l.noJS {
		return
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil {
		t.Fatal(err)
	}
	if wide > 0 {
		t.Errorf("%s: the page is %d pixels wider than its window", l.name, wide)
	}
	if !l.axe {
		return
	}
	res, err := chromedp.Run(ctx, chromedp.Evaluate[string](axe+`;axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'], resultTypes: ['violations']}).then(r => JSON.stringify({
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

// TestPagesAreFast holds a page to being drawn in a small part of the 50 ms
// that a reader may wait.
func TestPagesAreFast(t *testing.T) {
	set, err := page.Templates()
	if err != nil {
		t.Fatal(err)
	}
	w := set.Words("ar")
	for path, p := range pages(w) {
		var took []time.Duration
		for range 20 {
			start := time.Now()
			if err := set.Render(&bytes.Buffer{}, "ar", p.name, p.page); err != nil {
				t.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		if took[10] > 20*time.Millisecond {
			t.Errorf("%s takes %v to draw", path, took[10])
		}
	}
}
