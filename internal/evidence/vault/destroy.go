package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/internal/fault"
)

// What is erased leaves the store in three steps, so that a crash between them
// loses nothing else and the whole can be asked for again: Without keeps the
// segment anew, with nothing where the member was; the caller says on record
// where the other members are now; and Destroy removes what held the bytes, and
// from the manifests what they said of it.

// Without keeps what a segment holds but for one member as an object of another
// name, at the same places, and returns the name. It is "" where nothing has to
// be kept: the place is an object of its own, or is gone already.
func (v *Vault) Without(ctx context.Context, at Place) (object string, err error) {
	if !at.Packed {
		return "", nil
	}
	raw, err := v.shelf.Open(ctx, at.Object)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer raw.Close()
	if at.Offset < 0 || at.Length < 0 || at.Offset > raw.Size()-at.Length {
		return "", damaged(at.Object, io.ErrUnexpectedEOF)
	}
	var once [32]byte
	rand.Read(once[:]) // never the name of a segment: whoever takes the same files in again gets a new one
	object = fmt.Sprintf("%x", sha256.Sum256(once[:]))
	d, err := v.shelf.Draft(raw.Size())
	if err != nil {
		return "", err
	}
	defer d.Discard()
	after := at.Offset + at.Length
	for _, part := range []io.Reader{io.NewSectionReader(raw, 0, at.Offset), io.LimitReader(zeros{}, at.Length), io.NewSectionReader(raw, after, raw.Size()-after)} {
		if _, err := io.CopyBuffer(d, onlyReader{part}, make([]byte, 1<<20)); err != nil {
			return "", err
		}
	}
	return object, d.Keep(ctx, object)
}

// zeros yields nothing, for as long as it is read.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Destroy removes the object of an item, unless its bytes are somebody else's
// too, and takes the item out of every manifest: its name and its hash are
// nowhere then. Where the other members of its segment went, moved says. A
// replica is a place of its own: a vault on that destroys there.
func (v *Vault) Destroy(ctx context.Context, id string, at Place, moved string, shared bool) error {
	var names []string
	if err := v.shelf.List(ctx, func(name string, _ int64) error { names = append(names, name); return nil }); err != nil {
		return err
	}
	for _, name := range names {
		if err := v.rewrite(ctx, name, id, at.Object, moved); err != nil {
			return err
		}
	}
	if shared {
		return nil
	}
	err := v.shelf.Remove(ctx, at.Object)
	v.forget(at.Object)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	return err
}

// Holds tells whether there is anything on the shelf.
func (v *Vault) Holds(ctx context.Context) (bool, error) {
	found := errors.New("found")
	err := v.shelf.List(ctx, func(string, int64) error { return found })
	if errors.Is(err, found) {
		return true, nil
	}
	return false, err
}

// CopyTo copies an object to another vault that lacks it, as it is.
func (v *Vault) CopyTo(ctx context.Context, to *Vault, object string) error {
	if there, err := to.Has(ctx, object); err != nil || there {
		return err
	}
	raw, err := v.shelf.Open(ctx, object)
	if err != nil {
		return err
	}
	defer raw.Close()
	return to.place(ctx, raw, object)
}

// rewrite takes an item out of a manifest, if the object is one that names it,
// and says where the others are now.
func (v *Vault) rewrite(ctx context.Context, name, id, from, moved string) error {
	m, is, err := v.manifest(ctx, name)
	if err != nil || !is { // what cannot be read is reported by Recover
		return nil
	}
	changed := false
	left := m.Items[:0]
	for _, i := range m.Items {
		if i.ID == id {
			changed = true
			continue
		}
		if moved != "" && i.Place.Object == from {
			i.Place.Object, changed = moved, true
		}
		left = append(left, i)
	}
	if m.Items = left; !changed {
		return nil
	}
	if len(left) > 0 {
		if err := v.KeepManifest(ctx, m); err != nil {
			return err
		}
	}
	return v.shelf.Remove(ctx, name)
}
