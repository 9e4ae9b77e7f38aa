package heed_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// held is what a phone sends: it says when the first bytes are read, and yields the
// rest when it is told to.
type held struct {
	first, rest io.Reader
	read        chan struct{}
	on          chan struct{}
}

func (h *held) Read(p []byte) (int, error) {
	n, err := h.first.Read(p)
	if err != io.EOF {
		return n, err
	}
	if h.read != nil {
		close(h.read)
		h.read = nil
		<-h.on
	}
	return h.rest.Read(p)
}

// TestTwoPhonesSendOneFileAtOnce: while one request adds to a file no other does, so that
// their bytes do not come to stand among each other.
func TestTwoPhonesSendOneFileAtOnce(t *testing.T) {
	w := newWorld(t, "")
	who := w.as("custodian")
	body := bytes.Repeat([]byte("first "), 1000)
	a := &held{first: bytes.NewReader(body[:100]), rest: bytes.NewReader(body[100:]), read: make(chan struct{}), on: make(chan struct{})}
	begun, ended := a.read, make(chan error)
	go func() { ended <- w.AppendPhoneFile(t.Context(), who, "order 7", "film.mp4", a) }()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := w.AppendPhoneFile(ctx, who, "order 7", "film.mp4", bytes.NewReader(bytes.Repeat([]byte("second"), 1000))); err == nil {
		t.Error("the second added to the file while the first did")
	}
	close(a.on)
	w.must(<-ended)
	w.must(w.ClosePhoneFile(t.Context(), who, "film.mp4"))
	items, _, err := w.Evidence(t.Context(), who, heed.EvidenceFilter{})
	if err != nil || len(items) == 0 || items[0].SHA256 != fmt.Sprintf("%x", sha256.Sum256(body)) {
		t.Errorf("%+v, %v", items, err)
	}
}

// TestAPhonesFileIsKeptOrItIsTold: nothing is acknowledged to a phone that is not an
// item, whether a part could not be read for once or somebody ended the intake.
func TestAPhonesFileIsKeptOrItIsTold(t *testing.T) {
	const film = "the only film"
	kept := func(t *testing.T, w *world, who heed.Who) {
		t.Helper()
		items, _, err := w.Evidence(t.Context(), who, heed.EvidenceFilter{})
		if err != nil || len(items) == 0 || items[0].SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(film))) {
			t.Errorf("%+v, %v", items, err)
		}
		n, is, err := w.PhoneFile(t.Context(), who, "film.mp4")
		if err != nil || !is || n != int64(len(film)) {
			t.Errorf("%d bytes, kept %v, %v", n, is, err)
		}
		w.must(w.ClosePhoneFile(t.Context(), who, "film.mp4")) // said again
		if again, _, err := w.Evidence(t.Context(), who, heed.EvidenceFilter{}); err != nil || len(again) != len(items) {
			t.Errorf("%d items, then %d, %v", len(items), len(again), err)
		}
	}
	t.Run("unread", func(t *testing.T) {
		w := newWorld(t, "")
		who, before := w.as("custodian"), map[string]bool{}
		walk := func(f func(string)) {
			w.must(filepath.WalkDir(filepath.Join(w.dir, "blobs"), func(p string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					f(p)
				}
				return err
			}))
		}
		walk(func(p string) { before[p] = true })
		w.must(w.AppendPhoneFile(t.Context(), who, "order 7", "film.mp4", strings.NewReader(film)))
		part := ""
		walk(func(p string) {
			if !before[p] {
				part = p
			}
		})
		w.must(os.Rename(part, part+".away"))
		if err := w.ClosePhoneFile(t.Context(), who, "film.mp4"); err == nil {
			t.Error("a file that cannot be read is acknowledged")
		}
		w.must(os.Rename(part+".away", part))
		w.must(w.ClosePhoneFile(t.Context(), who, "film.mp4"))
		kept(t, w, who)
	})
	t.Run("ended", func(t *testing.T) {
		w := newWorld(t, "")
		who := w.as("custodian")
		w.must(w.AppendPhoneFile(t.Context(), who, "order 7", "film.mp4", strings.NewReader(film)))
		w.must(w.EndIntake(t.Context(), who, "IN-2"))
		w.must(w.ClosePhoneFile(t.Context(), who, "film.mp4"))
		kept(t, w, who)
	})
}
