package vault

import (
	"bytes"
	"context"
	"io"

	"filippo.io/age"
)

// Wrapped returns an age file as it is kept, with a header for other
// recipients, and its length: the key of the file is wrapped anew and not a
// byte of the rest is encrypted again. So it goes to another custodian.
func (v *Vault) Wrapped(ctx context.Context, at Place, to ...age.Recipient) (io.ReadCloser, int64, error) {
	head, err := v.Header(ctx, at, to...)
	if err != nil {
		return nil, 0, err
	}
	return v.Under(ctx, at, head)
}

// Header wraps the key of an age file anew: it is the header that the file has
// for other recipients. No two are the same, so that whoever must give the same
// file twice keeps it.
func (v *Vault) Header(ctx context.Context, at Place, to ...age.Recipient) ([]byte, error) {
	key, err := v.FileKey(ctx, at)
	if err != nil {
		return nil, err
	}
	stanzas, err := wrapTo(to)(key)
	if err != nil {
		return nil, damaged(at.Object, err)
	}
	return appendHeader(nil, key, stanzas), nil
}

// Under returns an age file as it is kept, under another header of it, and its
// length.
func (v *Vault) Under(ctx context.Context, at Place, head []byte) (io.ReadCloser, int64, error) {
	raw, err := v.shelf.Open(ctx, at.Object)
	if err != nil {
		return nil, 0, err
	}
	old, err := age.ExtractHeader(io.NewSectionReader(raw, at.Offset, at.Length))
	if err != nil {
		raw.Close()
		return nil, 0, damaged(at.Object, err)
	}
	rest := io.NewSectionReader(raw, at.Offset+int64(len(old)), at.Length-int64(len(old)))
	return reader{io.MultiReader(bytes.NewReader(head), rest), raw}, int64(len(head)) + rest.Size(), nil
}
