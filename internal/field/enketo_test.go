package field_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/testkit"
)

// enketo bundles Enketo with the page that drives it.
func enketo(t *testing.T) []byte {
	t.Helper()
	dir := filepath.Join(testkit.Root(t), "tools", "enketo")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "enketo-core")); err != nil {
		testkit.Missing(t, "enketo-core")
	}
	out := filepath.Join(t.TempDir(), "bundle.js")
	build := exec.Command(filepath.Join(dir, "node_modules", ".bin", "esbuild"), "page.js", "--bundle", "--format=iife", "--outfile="+out, "--log-level=error",
		"--alias:enketo/config=./config.js", "--loader:.scss=empty", "--external:libxslt", "--define:global=window")
	build.Dir = dir
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("bundle Enketo: %v\n%s", err, b)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEnketo has Enketo render the form that is really served, fill it in as a
// person would, and send it to the server that really takes it.
func TestEnketo(t *testing.T) {
	testkit.Slow(t)
	bundle := enketo(t)
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		testkit.Missing(t, "chromium")
	}
	s := newServer(t, nil)
	s.pages["/enketo.js"] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(bundle)
	}
	s.pages["/enketo"] = func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><title>wait</title><body data-server="%s"><div id="host"></div><pre id="out"></pre><script src="/enketo.js"></script>`, s.keyed())
	}
	actx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer cancel()
	ctx, cancel := chromedp.NewContext(actx)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(s.web.URL+"/enketo")); err != nil {
		t.Fatal(err)
	}
	var text string
	for end := time.Now().Add(time.Minute); text == "" && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var err error
		if text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("out").textContent`)); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Failed                            string
		Errors                            []string
		Questions, Arabic                 int
		EmptyIsValid, WrongIsValid, Valid bool
		KilledBefore, KilledAfter         bool
		Sent, Again                       struct {
			Status  int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Failed != "" {
		t.Fatalf("Enketo: %v %s", err, text)
	}
	if len(got.Errors) > 0 || got.Questions < 10 || got.Arabic < 10 {
		t.Errorf("the form is rendered with %d questions, %d texts in Arabic: %v", got.Questions, got.Arabic, got.Errors)
	}
	if got.EmptyIsValid || got.WrongIsValid || !got.Valid || got.KilledBefore || !got.KilledAfter {
		t.Errorf("the rules of the form do not reach Enketo: %s", text)
	}
	code := receipt.FindStringSubmatch(got.Sent.Message)
	if got.Sent.Status != 201 || code == nil {
		t.Fatalf("sent: %+v", got.Sent)
	}
	fate, err := s.Fate(t.Context(), code[1])
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.Report(t.Context(), s.admin, fate.Report)
	if err != nil || rep.Account.Body != "They came at night" || rep.Place != "Old & New <Market>" || rep.Killed.High != 3 || rep.Country != "CIV" {
		t.Errorf("what arrived is %+v, %v", rep, err)
	}
	if got.Again.Status != 201 || !regexp.MustCompile(`\b`+fate.Report+`\b`).MatchString(got.Again.Message) || receipt.MatchString(got.Again.Message) {
		t.Errorf("sent again: %+v", got.Again)
	}
}
