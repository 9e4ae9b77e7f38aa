package heed_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
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
