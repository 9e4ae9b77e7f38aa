package vault

import (
	"bytes"
	"context"
	"io"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/blob"
)

// Wrapped returns an age file as it is kept, with a header for other
// recipients, and its length: the key of the file is wrapped anew and not a
// byte of the rest is encrypted again. So it goes to another custodian.
func (v *Vault) Wrapped(ctx context.Context, at Place, to ...age.Recipient) (io.ReadCloser, int64, error) {
	key, err := v.FileKey(ctx, at)
	if err != nil {
		return nil, 0, err
	}
	raw, err := v.shelf.Open(ctx, at.Object)
	if err != nil {
		return nil, 0, err
	}
	r, n, err := rewrapped(raw, at, key, to)
	if err != nil {
		raw.Close()
		return nil, 0, damaged(at.Object, err)
	}
	return reader{r, raw}, n, nil
}

func rewrapped(raw blob.Blob, at Place, key []byte, to []age.Recipient) (io.Reader, int64, error) {
	old, err := age.ExtractHeader(io.NewSectionReader(raw, at.Offset, at.Length))
	if err != nil {
		return nil, 0, err
	}
	stanzas, err := wrapTo(to)(key)
	if err != nil {
		return nil, 0, err
	}
	head, err := appendHeader(nil, key, stanzas)
	if err != nil {
		return nil, 0, err
	}
	rest := io.NewSectionReader(raw, at.Offset+int64(len(old)), at.Length-int64(len(old)))
	return io.MultiReader(bytes.NewReader(head), rest), int64(len(head)) + rest.Size(), nil
}
