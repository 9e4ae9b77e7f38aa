package heed_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// checked runs in a folder of proofs the commands that its check.txt names, and fails
// where one of them fails or does not find what is wanted.
func checked(t *testing.T, dir, ca string, items int) {
	t.Helper()
	steps, err := os.ReadFile(filepath.Join(dir, "check.txt"))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := filepath.Glob(filepath.Join(dir, "*.tst"))
	if err != nil || len(tokens) == 0 {
		t.Fatal(tokens, err)
	}
	slices.SortFunc(tokens, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) // the first is about the list
	for n, step := range strings.Split(string(steps), "\n\n") {
		if !strings.HasPrefix(step, "     ") || strings.Contains(step, "ots verify") {
			continue
		}
		step = strings.NewReplacer("NUMBER.tst", filepath.Base(tokens[0]), "authority.pem", ca).Replace(step)
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", step)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("FAILED")) || bytes.Count(out, []byte(": OK\n")) < items && !bytes.Contains(out, []byte("Verification: OK")) {
			t.Errorf("step %d: %v\n%s\n%s", n, err, step, out)
		}
	}
}

// TestStampsOutliveAnErasure: what was stamped is the same list when an item was erased
// or may not be read, and whoever has the other files checks them with the tools and
// commands that are named beside it, in a folder and in a bag.
func TestStampsOutliveAnErasure(t *testing.T) {
	testkit.Slow(t)
	w := newWorld(t, "")
	ctx, who := t.Context(), w.as("custodian")
	var all []evidence.Source
	for _, text := range []string{"one", "two", "three", `"sha256":"` + strings.Repeat("0", 64) + `"`} {
		all = append(all, evidence.Source{Name: `a"sha256":"0".txt`, Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	out, err := w.AddEvidence(ctx, who, heed.EvidenceInput{Authority: "order"}, all, nil)
	w.must(err)
	url, ca := authority(t, "3000")
	w.must(w.AddStampAuthority(ctx, who, url, stamp.RFC3161, false))
	if s, err := w.StampEvidence(ctx, who); err != nil || len(s.Failed) > 0 || s.Kept < 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	before, err := w.StampsOf(ctx, who, out.Intake)
	w.must(err)
	other := w.as("custodian")
	w.must(w.Erase(ctx, other, out.Items[1].ID, "the order was lifted"))
	after, err := w.StampsOf(ctx, who, out.Intake)
	w.must(err)
	if !bytes.Equal(before.List, after.List) || len(before.Words) != 4 || len(after.Words) != 3 {
		t.Errorf("the list was\n%sand is\n%s(%d, %d can be opened)", before.List, after.List, len(before.Words), len(after.Words))
	}
	if bytes.Contains(after.List, []byte(out.Items[0].SHA256)) {
		t.Error("the list names a digest that says which file it was")
	}
	files, err := after.Files(func(item string) string { return "../" + item })
	w.must(err)
	dir := t.TempDir()
	for _, f := range files {
		put(t, filepath.Join(dir, "proofs", f.Name), f.Data)
	}
	for n, text := range map[int]string{0: "one", 2: "three", 3: `"sha256":"` + strings.Repeat("0", 64) + `"`} {
		put(t, filepath.Join(dir, out.Items[n].ID), []byte(text))
	}
	checked(t, filepath.Join(dir, "proofs"), ca, 3)

	who = w.as("custodian")
	who.Purpose = "for the court"
	var b bytes.Buffer
	x, err := w.ExportZip(ctx, who, heed.ExportInput{Items: []string{out.Items[0].ID, out.Items[3].ID}, Agency: "Office"}, &b)
	w.must(err)
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	w.must(err)
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		data, err := io.ReadAll(r)
		w.must(err)
		put(t, filepath.Join(dir, f.Name), data)
	}
	checked(t, filepath.Join(dir, x.ID, "metadata/time", out.Intake), ca, 2)

	after.Stamps[0].Digest = strings.Repeat("0", 64)
	if files, err := after.Files(func(string) string { return "" }); err != nil || len(after.Odd()) != 1 || slices.ContainsFunc(files, func(f stamp.File) bool { return strings.HasSuffix(f.Name, ".tst") }) {
		t.Errorf("a stamp of another list goes along: %d files, %v", len(files), err)
	}
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
