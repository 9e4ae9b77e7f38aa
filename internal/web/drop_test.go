package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof/judge"
)

// card is a folder as it comes from a camera: folders in it, more files than a browser
// gives out at once, an empty one, one of several parts, and a proof beside its letter.
func card(t *testing.T) (dir string, paths []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "card")
	letter := "the letter"
	sum := sha256.Sum256([]byte(letter))
	uri := "https://calendar.example"
	pending := "\x00\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e" + string([]byte{byte(len(uri) + 1), byte(len(uri))}) + uri
	files := map[string]string{
		"letter.txt": letter, "letter.txt.ots": "\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08" + string(sum[:]) + pending,
		"DCIM/100/فيلم.mp4": strings.Repeat("a film ", 1_300_000), "DCIM/100/empty": "", "DCIM/same": "same", "DCIM/100/same": "same",
	}
	for n := range 130 {
		files[fmt.Sprintf("DCIM/101/IMG_%04d.txt", n)] = fmt.Sprint("picture ", n)
	}
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, "card/"+name)
	}
	slices.Sort(paths)
	return dir, paths
}

// drop drops a file or a folder of the disk where something is on the page.
func drop(on, file string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		at, err := chromedp.Evaluate[[]float64](`(r => [r.x + r.width / 2, r.y + r.height / 2])((document.querySelector('`+on+`').scrollIntoView(), document.querySelector('`+on+`').getBoundingClientRect()))`)(ctx, tab)
		if err != nil {
			return err
		}
		for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
			if _, err := cdp.Call(ctx, tab, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: at[0], Y: at[1],
				Data: &input.DragData{Items: []*input.DragDataItem{}, Files: []string{file}, DragOperationsMask: 1}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// halfWay begins an intake, sends a file, and of another one the half.
func (s *stage) halfWay(ctx context.Context) error {
	in, err := s.BeginEvidence(ctx, s.focal, heed.EvidenceInput{Authority: "provisional: the mandate is awaited", Marking: "AMBER", Via: "upload"})
	if err != nil {
		return err
	}
	s.open = in.ID
	for _, x := range [][2]string{{"DCIM/100/notes.txt", "0123456789"}, {"DCIM/100/the bridge, seen from the north bank of the river.mp4", "01234"}} {
		name, part := x[0], x[1]
		u, _, err := s.BeginUpload(ctx, s.focal, in.ID, evidence.File{Name: path.Base(name), Path: name, Size: 10, Modified: present})
		if err == nil {
			_, _, err = s.AddPart(ctx, s.focal, u.ID, 0, strings.NewReader(part))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// came returns the paths of what an intake has, and its items by path.
func (s *stage) came(intake string) (paths []string, items map[string]evidence.Item) {
	s.t.Helper()
	items = map[string]evidence.Item{}
	for page := int64(0); ; {
		some, _, err := s.Evidence(s.t.Context(), s.focal, heed.EvidenceFilter{Filter: evidence.Filter{Intake: intake, Originals: true, After: page, Limit: 100, Oldest: true}})
		if err != nil {
			s.t.Fatal(err)
		}
		if len(some) == 0 {
			slices.Sort(paths)
			return paths, items
		}
		for _, i := range some {
			paths, items[i.Path], page = append(paths, i.Path), i, max(page, i.Entry)
		}
	}
}

// TestAFolderIsDroppedIn drops a folder on the page, breaks the line, goes on, chooses a
// folder, chooses it again, and sends one without scripts.
func TestAFolderIsDroppedIn(t *testing.T) {
	browser := startBrowser(t)
	s := play(t)
	dir, want := card(t)
	open := func(noJS bool) (ctx context.Context, run func(what string, actions ...chromedp.Action[chromedp.Void]), done func()) {
		ctx, done = tab(t, browser, s.URL, s.session(s.focal.Person), view{"light", "en", "light", 1280, noJS, false, "", 1})
		ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
		t.Cleanup(stop)
		return ctx, func(what string, actions ...chromedp.Action[chromedp.Void]) {
			t.Helper()
			limited, end := context.WithTimeout(ctx, time.Minute)
			defer end()
			if err := chromedp.Do(limited, actions...); err != nil {
				page, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " " + document.querySelector("main")?.innerText.slice(0, 2000)`))
				t.Fatalf("%s: %v\n%s", what, err, page)
			}
		}, done
	}
	until := func(js string) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := chromedp.Poll[bool](js)(ctx, tab)
			return err
		})
	}
	place := func(ctx context.Context) string {
		t.Helper()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
		if err != nil || !strings.HasPrefix(at, "/evidence/intakes/IN-") {
			t.Fatalf("the browser is at %q: %v", at, err)
		}
		return strings.TrimPrefix(at, "/evidence/intakes/")
	}
	form, said := `form[data-begin] .drop`, `document.querySelector('.chosen')?.textContent.includes(`
	ctx, run, done := open(false)
	run("drop a folder", chromedp.Navigate(s.URL+"/evidence/new"), chromedp.WaitVisible(".dropping"), drop(form, dir), until(said+fmt.Sprintf("'Files chosen: %d, 9.1 MB')", len(want))))
	run("nothing is lost for want of an authority", chromedp.Click(`form[data-begin] button`), until(`document.activeElement.id === "f-authority"`), until(said+`'Files chosen')`))
	run("a line that breaks", chromedp.SendKeys("#f-authority", "provisional"), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](`window.whole = fetch, window.n = 0, window.fetch = (at, o) => o?.method === "PATCH" && ++n > 50 ? Promise.reject(new TypeError("broken")) : whole(at, o), true`)(ctx, tab)
		return err
	}), chromedp.Click(`form[data-begin] button`), until(said+`'▲')`))
	if at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`)); err != nil || at != "/evidence/new" {
		t.Fatalf("after the line broke the browser is at %q: %v", at, err)
	}
	run("go on", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](`window.fetch = whole, delete document.querySelector("form[data-begin]").dataset.sent, true`)(ctx, tab)
		return err
	}), chromedp.Click(`form[data-begin] button`), chromedp.WaitVisible(`#came-h`))
	first := place(ctx)
	got, items := s.came(first)
	if !slices.Equal(got, want) {
		t.Errorf("%s has %d files, not %d: %v", first, len(got), len(want), got[:min(len(got), 9)])
	}
	if i := items["card/DCIM/100/فيلم.mp4"]; i.Name != "فيلم.mp4" || i.Size != 9_100_000 || i.Modified.IsZero() {
		t.Errorf("%+v", i)
	}
	x, err := s.Intake(t.Context(), s.focal, first)
	if err != nil || x.Ended.IsZero() || len(x.Uploads) > 0 {
		t.Errorf("ended %v, %d uploads are left, %v", x.Ended, len(x.Uploads), err)
	}
	together(t, s, items["card/letter.txt.ots"].ID)

	run("begin another", chromedp.Navigate(s.URL+"/evidence/new"), chromedp.SendKeys("#f-authority", "provisional"), chromedp.Click(`form[data-begin] button`), chromedp.WaitVisible(`form[data-upload]`))
	second := place(ctx)
	for range 2 { // what came is left
		run("choose the folder", chromedp.SetUploadFiles(`#f-folder`, []string{dir}), until(said+fmt.Sprintf("'Files chosen: %d')", len(want))),
			until(`document.body.dataset.old = "yes", true`), chromedp.Click(`form[data-upload] button`), chromedp.WaitVisible(`body:not([data-old]) #came-h`))
		if got, _ := s.came(second); !slices.Equal(got, want) {
			t.Errorf("%s has %d files, not %d", second, len(got), len(want))
		}
	}
	run("drop one file", drop(`form[data-upload] .drop`, filepath.Join(dir, "letter.txt")), until(said+`'Files chosen: 1, 10 byte')`))

	twins := []chromedp.Action[chromedp.Void]{chromedp.Navigate(s.URL + "/evidence/new"), chromedp.SendKeys("#f-authority", "provisional"), chromedp.WaitVisible(".dropping")}
	for _, text := range []string{"one", "two"} { // of one path, size and time, and yet not the same
		at := filepath.Join(t.TempDir(), "card", "a.txt")
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o600), os.Chtimes(at, present, present)); err != nil {
			t.Fatal(err)
		}
		twins = append(twins, drop(form, filepath.Dir(at)))
	}
	run("drop what looks the same", append(twins, until(said+`'Files chosen: 2')`), chromedp.Click(`form[data-begin] button`), chromedp.WaitVisible(`#came-h`))...)
	third := place(ctx)
	if got, _ := s.came(third); !slices.Equal(got, []string{"card/a.txt", "card/a.txt"}) {
		t.Errorf("of two files that look the same came %v", got)
	}
	done()

	ctx, run, done = open(true)
	defer done()
	run("without scripts", chromedp.Navigate(s.URL+"/evidence/new"), chromedp.SendKeys("#f-authority", "provisional"), chromedp.SetUploadFiles(`#f-folder`, []string{dir}),
		chromedp.Click(`form[data-begin] button`), chromedp.WaitVisible(`#came-h`))
	if got, _ := s.came(place(ctx)); !slices.Equal(got, want) {
		t.Errorf("without scripts came %d files, not %d: %v", len(got), len(want), got[:min(len(got), 9)])
	}
}

// together waits until a proof that came beside its letter was judged with it.
func together(t *testing.T, s *stage, proof string) {
	t.Helper()
	for range 600 {
		x, err := s.Item(t.Context(), s.focal, proof)
		if err != nil {
			t.Fatal(err)
		}
		if x.Finding != nil && x.Finding.Integrity == judge.Good {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s was not judged with its letter", proof)
}

// TestTwoFilesThatLookTheSame sends two files of one path, size and time at once, as the
// page does: each is kept.
func TestTwoFilesThatLookTheSame(t *testing.T) {
	s := play(t)
	for range 20 {
		in, err := s.BeginEvidence(t.Context(), s.focal, heed.EvidenceInput{Authority: "x", Via: "upload"})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, text := range []string{"one", "two"} {
			all.Go(func() {
				u, item, err := s.BeginUpload(t.Context(), s.focal, in.ID, evidence.File{Name: "a.txt", Path: "card/a.txt", Size: 3, Modified: present, Another: true})
				if err != nil || item != "" {
					t.Errorf("%s: %q, %v", text, item, err)
					return
				}
				if _, got, err := s.AddPart(t.Context(), s.focal, u.ID, 0, strings.NewReader(text)); err != nil || got.ID == "" {
					t.Errorf("%s: %+v, %v", text, got, err)
				}
			})
		}
		all.Wait()
		if got, _ := s.came(in.ID); !slices.Equal(got, []string{"card/a.txt", "card/a.txt"}) {
			t.Errorf("came %v", got)
		}
	}
}

// TestAPathIsWhatWasSaid: the path of a file that comes in parts goes on record as it was
// said, without the steps that lead out of the folder.
func TestAPathIsWhatWasSaid(t *testing.T) {
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	intake, err := s.BeginEvidence(t.Context(), s.focal, heed.EvidenceInput{Authority: "x", Via: "upload"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for said, want := range map[string]string{"card/a": "card/a", "../../etc/a": "etc/a", "/etc/./x/../a": "etc/a", "a": "", "../a": "", "": "", "/": "", "card//b/a": "card/b/a"} {
		res, err := h.c.PostForm(s.URL+"/evidence/intakes/"+intake.ID+"/uploads", url.Values{"name": {"a"}, "path": {said}, "size": {"1"}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		_, done := h.patch(res.Header.Get("Location"), 0, "x")
		x, err := s.Item(t.Context(), s.focal, fmt.Sprint(done["item"]))
		if seen[x.ID] {
			t.Errorf("%q is not kept: an item of the same path and size is", said)
		}
		seen[x.ID] = true
		if err != nil || x.Path != want || x.Name != "a" {
			t.Errorf("%q is on record as %q (%s), not %q: %v", said, x.Path, x.Name, want, err)
		}
	}
}
