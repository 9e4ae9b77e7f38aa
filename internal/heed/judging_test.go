package heed_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/judge"
)

// TestJudgeTaken: what a judge found, and that it failed, is on the item; the
// item is kept either way, and nothing stays laid out.
func TestJudgeTaken(t *testing.T) {
	w := newWorld(t, "")
	var laid []string
	w.reopen(func(_ context.Context, job proof.Job, _ time.Duration) (*judge.Finding, error) {
		laid = append(laid, job.File)
		if strings.HasSuffix(job.File, ".zip") {
			return nil, errors.New("the child " + canary)
		}
		b, err := os.ReadFile(job.File)
		if err != nil {
			return nil, err
		}
		near, err := os.ReadDir(filepath.Dir(job.File))
		if err != nil {
			return nil, err
		}
		f := judge.New("opentimestamps")
		f.Worsen(&f.Integrity, judge.Good, "%s holds %s, with %d at hand", job.File, b, len(near))
		return f, nil
	})
	source := func(name string) evidence.Source {
		return evidence.Source{Name: name, Path: "/card/" + name, Size: 4, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("text")), nil }}
	}
	who := w.as("custodian")
	out, err := w.AddEvidence(t.Context(), who, heed.EvidenceInput{Authority: "order 7"}, []evidence.Source{source("a.jpg"), source("a.jpg.ots"), source("../b.zip"), source("c.txt")}, nil)
	w.must(err)
	if _, err := w.JudgeTaken(t.Context(), w.as("stranger"), out.Intake, out.Items); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("a stranger had them judged: %v", err)
	}
	n, err := w.JudgeTaken(t.Context(), w.as("custodian"), out.Intake, out.Items)
	if err != nil || n != 3 || len(laid) != 3 {
		t.Fatalf("%d judged, %v laid out, %v", n, laid, err)
	}
	for _, path := range laid {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
	for i, want := range []string{"a.jpg holds text, with 2 at hand", "a.jpg.ots holds text, with 2 at hand", "it could not be judged: the child " + canary, ""} {
		x, err := w.Item(t.Context(), w.as("custodian"), out.Items[i].ID)
		w.must(err)
		if (x.Finding == nil) != (want == "") || x.Finding != nil && (x.Finding.Notes[0] != want || x.Finding.Entry == 0) {
			t.Errorf("%s: %+v", x.Name, x.Finding)
		}
	}
	if _, err := w.JudgeEvidence(t.Context(), w.as("stranger"), out.Items[0].ID); err == nil {
		t.Error("a stranger had one opened")
	}
	who = w.as("custodian")
	who.Purpose = "to see it again"
	if f, err := w.JudgeEvidence(t.Context(), who, out.Items[0].ID); err != nil || f.Integrity != judge.Good || !strings.HasSuffix(f.Notes[0], "with 2 at hand") {
		t.Errorf("%+v, %v", f, err)
	}
	for _, i := range out.Items[:2] { // both were opened, before
		x, err := w.Item(t.Context(), w.as("custodian"), i.ID)
		w.must(err)
		kinds := ""
		for _, c := range x.Custody {
			kinds += c.Kind + " "
		}
		if !strings.Contains(kinds, "evidence.judged evidence.opened") {
			t.Errorf("%s: %s", i.ID, kinds)
		}
	}
}
