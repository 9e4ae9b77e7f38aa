package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
)

// aloneSize is how long what Alone returns is. Parts that lie in a store were
// written with it, so that it never changes.
const aloneSize = 26

// Alone returns what to put before the bytes of a part: no other blob begins so, and
// the part can be removed when the whole is there, whoever keeps the same bytes.
func Alone() string {
	var b [aloneSize / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Join reads the parts of a whole one after the other, each without what Alone put
// before it.
func Join(ctx context.Context, s Store, parts [][32]byte) io.ReadCloser {
	return &joined{ctx: ctx, store: s, parts: parts}
}

type joined struct {
	ctx   context.Context
	store Store
	parts [][32]byte
	cur   Blob // the part at hand, or nil
}

// Read reads on.
func (j *joined) Read(p []byte) (n int, err error) {
	for {
		if j.cur == nil {
			if len(j.parts) == 0 {
				return 0, io.EOF
			}
			if j.cur, err = j.store.Open(j.ctx, j.parts[0]); err != nil {
				return 0, err
			}
			j.parts = j.parts[1:]
			if _, err := j.cur.Seek(aloneSize, io.SeekStart); err != nil {
				return 0, err
			}
		}
		n, err := j.cur.Read(p)
		if errors.Is(err, io.EOF) {
			err = j.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Close closes the part at hand.
func (j *joined) Close() error {
	if j.cur == nil {
		return nil
	}
	err := j.cur.Close()
	j.cur = nil
	return err
}
