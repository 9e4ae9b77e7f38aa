package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
)

func verify(b []byte, o bundle.Options) (bundle.Report, error) {
	return bundle.Verify(bytes.NewReader(b), o)
}

func TestBundle(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name                            string
		bundle                          bundle.Bundle
		items, compared, events, parted int
	}{
		{"offered", w.first(false), 5, 5, 10, 0},
		{"answered", w.first(true), 5, 5, 10, 1},
		{"handed on", w.second(), 4, 3, 13, 1},
	} {
		b := write(t, c.bundle)
		pinned := custody.Options{LogKey: c.bundle.Logs[0].Key, Witnesses: []string{w.a.cosigner.VerifierKey()}}
		r, err := verify(b, bundle.Options{Options: pinned})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(r.Items) != c.items || r.Compared != c.compared || r.Events != c.events || !r.Exercise || !r.Pinned || r.Closed != 0 {
			t.Errorf("%s: %d items, %d compared, %d events: %+v", c.name, len(r.Items), r.Compared, r.Events, r.Custodians)
		}
		if (r.Answer != nil) != (c.parted > 0) || r.Answer != nil && (r.Answer.Outcome != handover.Partly || r.Answer.Refused != c.parted) {
			t.Errorf("%s: the answer is %+v", c.name, r.Answer)
		}
		if !strings.HasPrefix(r.String(), "verified\nEXERCISE") || strings.Count(r.List(), "\n") != c.items {
			t.Errorf("%s: printed as %s%s", c.name, r, r.List())
		}
		if again := write(t, bundle.Bundle{Contents: r.Contents, Made: r.Made, By: r.By, Signer: c.bundle.Signer, Payload: w.payload}); !bytes.Equal(again, b) {
			t.Errorf("%s: written again from what was read, it is another", c.name)
		}
	}
}

// TestCopy is a bundle for a court: nobody is offered anything.
func TestCopy(t *testing.T) {
	w := newWorld(t)
	b := w.first(false)
	b.Offer = nil
	r, err := verify(write(t, b), bundle.Options{})
	if err != nil || r.Offered != nil || !strings.Contains(r.String(), "this is a copy") {
		t.Errorf("%v: %v", r, err)
	}
	b.Receipt, b.Refusals = w.receipt, w.refused
	if err := bundle.Write(io.Discard, b); err == nil || !strings.Contains(err.Error(), "a receipt is in the bundle and no offer") {
		t.Errorf("a receipt without an offer: %v", err)
	}
}

// TestFolder lays a bundle out with tar and verifies the folder, then changes
// it in ways that only a folder can be changed in.
func TestFolder(t *testing.T) {
	w := newWorld(t)
	b := write(t, w.second())
	dir := t.TempDir()
	cmd := exec.Command("tar", "-x", "-C", dir)
	cmd.Stdin = bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	if r, err := bundle.VerifyFile(os.DirFS(filepath.Dir(dir)), filepath.Base(dir), bundle.Options{}); err != nil || r.Compared != 3 {
		t.Fatalf("%v", err)
	}
	if !bundle.Is(os.DirFS(filepath.Dir(dir)), filepath.Base(dir)) {
		t.Error("the folder does not look like a bundle")
	}
	files := fstest.MapFS{}
	for name, data := range unpack(t, b) {
		files[name] = &fstest.MapFile{Data: data}
	}
	for _, c := range []struct {
		name, want string
		change     func(fs fstest.MapFS)
	}{
		{"as it was", "", func(fs fstest.MapFS) {}},
		{"a file more", `"items/stray" is in the folder and not in its listing`, func(fs fstest.MapFS) { fs["items/stray"] = &fstest.MapFile{} }},
		{"an item less", `item 1: its bytes are not in the bundle`, func(fs fstest.MapFS) { delete(fs, "items/00000001") }},
		{"no listing", `files.jsonl is not in the folder`, func(fs fstest.MapFS) { delete(fs, "files.jsonl") }},
		{"no seal", `seal is not in the bundle`, func(fs fstest.MapFS) { delete(fs, "seal") }},
		{"no offer", `offer is not in the bundle`, func(fs fstest.MapFS) { delete(fs, "offer") }},
	} {
		changed := fstest.MapFS{}
		for name, f := range files {
			changed[name] = f
		}
		c.change(changed)
		_, err := bundle.VerifyFolder(changed, bundle.Options{})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.name, c.want, err)
		}
	}
}

func unpack(t testing.TB, b []byte) map[string][]byte {
	out := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if out[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEach goes on where single items are damaged, as a receiver does.
func TestEach(t *testing.T) {
	w := newWorld(t)
	files := fstest.MapFS{}
	for name, data := range unpack(t, write(t, w.first(false))) {
		files[name] = &fstest.MapFile{Data: data}
	}
	files["items/00000002"].Data[0] ^= 1
	delete(files, "items/00000004")
	got := map[int]string{}
	taken := 0
	opts := bundle.Options{Each: func(i handover.Item, wrong error) error {
		got[i.N] = ""
		if wrong != nil {
			got[i.N] = wrong.Error()
		}
		return nil
	}}
	r, err := bundle.ReadFile(files, ".", opts, func(i handover.Item, r io.Reader) error {
		taken++
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Compared != 3 || taken != 4 || len(got) != 5 || got[1] != "" || !strings.Contains(got[2], "not those of its SHA-256") || !strings.Contains(got[4], "not in the bundle") {
		t.Errorf("%d compared, %d taken: %v", r.Compared, taken, got)
	}
	files["items.jsonl"].Data[20] ^= 1
	if _, err := bundle.VerifyFolder(files, opts); err == nil {
		t.Error("the list of items was changed, and it went on")
	}
	if _, err := verify(write(t, w.first(false)), bundle.Options{Each: func(handover.Item, error) error { return errors.New("no room") }}); err == nil || err.Error() != "no room" {
		t.Errorf("the receiver ends it: %v", err)
	}
}

// TestOpen compares items that are sealed for the one who verifies.
func TestOpen(t *testing.T) {
	w := newWorld(t)
	b := w.first(false)
	b.Items = append([]handover.Item{}, b.Items...)
	for i := range b.Items {
		b.Items[i].Payload = handover.Sealed
	}
	b.Offer = w.a.offer("H-3", w.b, b.Items, b.Consents)
	turned := func(r io.Reader) io.Reader { return &turner{r} }
	b.Payload = func(i handover.Item) (io.ReadCloser, int64, error) {
		r, n, err := w.payload(i)
		return io.NopCloser(turned(r)), n, err
	}
	sealed := write(t, b)
	r, err := verify(sealed, bundle.Options{})
	if err != nil || r.Closed != 5 || r.Compared != 0 {
		t.Fatalf("closed: %+v, %v", r, err)
	}
	r, err = verify(sealed, bundle.Options{Open: func(r io.Reader) (io.Reader, error) { return turned(r), nil }})
	if err != nil || r.Closed != 0 || r.Compared != 5 {
		t.Fatalf("opened: %+v, %v", r, err)
	}
	if _, err := verify(sealed, bundle.Options{Open: func(r io.Reader) (io.Reader, error) { return r, nil }}); err == nil || !strings.Contains(err.Error(), "item 1") {
		t.Errorf("opened to something else: %v", err)
	}
	if _, err := verify(sealed, bundle.Options{Open: func(io.Reader) (io.Reader, error) { return nil, errors.New("no identity") }}); err == nil || !strings.Contains(err.Error(), "not sealed for this key") {
		t.Errorf("not opened: %v", err)
	}
}

// turner stands in for encryption.
type turner struct{ r io.Reader }

func (t *turner) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	for i := range b[:n] {
		b[i] ^= 0x55
	}
	return n, err
}
