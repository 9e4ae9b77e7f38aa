package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/box"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/testkit"
)

// unbundleHere reads an export as the child of a served node does, without the child.
func unbundleHere(_ context.Context, name string, data io.Reader, whole bool) (*bundle.Bundle, error) {
	in, err := box.Asking(map[string]any{"name": name, "whole": whole}, data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := bundle.Task(nil, in, &out); err != nil {
		return nil, err
	}
	b := &bundle.Bundle{}
	return b, json.Unmarshal(out.Bytes(), b)
}

// judgeHere judges proofs as the child of a served node does, without the child.
func judgeHere(_ context.Context, job proof.Job, _ time.Duration) (*judge.Finding, error) {
	return proof.One(job.File, job.Others, proof.Options{Options: judge.Options{Now: job.Now}})
}

// exported takes an export in, and two of the files that it names: one as it says,
// one that is another than it says. It returns the export and the first file.
func (s *stage) exported(ctx context.Context) (export, file string, err error) {
	var all []evidence.Source
	for _, f := range [][2]string{{"a.txt", "alpha\n"}, {"b.txt", "beta\n"}, {"bayanat.csv", `,id,title,medias.1.filename,medias.1.etag
0,7,=1+1 market in Qasr,a.txt,9f9f90dbe3e5ee1218c86b8839db1995
1,8,<script>x</script>,b.txt,ffffffffffffffffffffffffffffffff
2,9,The well,photographs of the well/2026-04-01 the well seen from the road to the north.jpg,
3,10,evil,../../etc/passwd,
4,11,no file,,
`}} {
		all = append(all, evidence.Source{Name: f[0], Path: "drive/" + f[0], Size: int64(len(f[1])), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f[1])), nil }})
	}
	out, err := s.AddEvidence(ctx, s.focal, heed.EvidenceInput{Authority: "exercise", Marking: "GREEN"}, all, nil)
	if err != nil {
		return "", "", err
	}
	who := s.focal
	who.Purpose = "to judge it"
	_, err = s.JudgeEvidence(ctx, who, out.Items[2].ID)
	return out.Items[2].ID, out.Items[0].ID, err
}

// TestUnpackOnAPage takes the records of an export in by the button on its page, and
// is told what became of each.
func TestUnpackOnAPage(t *testing.T) {
	s := play(t)
	export, file, err := s.exported(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := hand{t, s, s.browser(s.focal.Person)}
	h.refused("/evidence/"+export+"/unpack", "unpack_purpose", "", "unpack_purpose", " ")
	_, body := h.sent("/evidence/"+export+"/unpack", "unpack_purpose", "to find the market")
	text := strings.Join(strings.Fields(tag.ReplaceAllString(body, " ")), " ")
	for _, want := range []string{"Recognised as bayanat-csv", "Records 5", "Put on an item 1", "Name no file 2", "b.txt another digest", "north.jpg not here", "5 11 the path"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	if !strings.Contains(body, `href="/evidence/`+file+`"`) {
		t.Error("the page does not lead to the item that is described")
	}
	if _, body := h.sent("/evidence/"+export+"/unpack", "unpack_purpose", "once more"); !strings.Contains(tag.ReplaceAllString(body, ""), "There already1") {
		t.Error("a record that was put on its item is not said to be there")
	}
}

// TestAnswersInTheBrowser looks at pages that answer a form, as
// TestPagesInTheBrowser looks at those that have an address: what was taken out of
// an export, and what an offer would hold.
func TestAnswersInTheBrowser(t *testing.T) {
	browser, axe := startBrowser(t), axeSource(t)
	s := play(t)
	export, file, err := s.exported(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.arrive(t.Context()); err != nil {
		t.Fatal(err)
	}
	session, out := s.session(s.focal.Person), filepath.Join(testkit.Root(t), "out", "shots")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, l := range views {
		if l.noJS || l.rules == "" {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			in, done := tab(t, browser, s.URL, session, l)
			limited, cancel := context.WithTimeout(in, time.Minute)
			defer cancel()
			err := chromedp.Do(limited, chromedp.Navigate(s.URL+"/evidence/"+export), chromedp.SendKeys("#f-unpack_purpose", "to find the market"),
				chromedp.Click(`form[action$="/unpack"] button`), chromedp.WaitVisible(`main a.button[href="/evidence/`+export+`"]`))
			if err != nil {
				t.Fatal(err)
			}
			check(t, in, l, axe)
			save(t, in, filepath.Join(out, "unpacked."+l.name+".png"))
			if err := chromedp.Do(limited, chromedp.Navigate(s.URL+"/handovers/new"), chromedp.SendKeys("#f-items", file+", "+export+", E-999.1"), chromedp.SendKeys("#f-party", "Lake Mission"), chromedp.SendKeys("#f-purpose", "the end of the mandate")); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Run(limited, chromedp.Evaluate[bool](`["peer", "use", "country"].map(n => document.getElementById("f-" + n).selectedIndex = 1).length > 0`)); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(limited, chromedp.Click(`button[value="preview"]`), chromedp.WaitVisible(`#preview-h`)); err != nil {
				t.Fatal(err)
			}
			check(t, in, l, axe)
			save(t, in, filepath.Join(out, "offer-preview."+l.name+".png"))
			done()
		})
	}
}
