package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/fault"
)

// Destroy takes an item out of every manifest, so that its name and its hash are
// nowhere, and then destroys its bytes: the object, or what the item is of its
// segment, which is overwritten where it stands. Shared says that the bytes are
// somebody else's too: they stay. Whatever breaks off can be asked for again. A
// replica is a place of its own: a vault on that destroys there. Whatever else a
// manifest names is told to see, if that is not nil.
func (v *Vault) Destroy(ctx context.Context, id string, at Place, shared bool, see func(Manifest)) error {
	unread, err := v.strike(ctx, id, see)
	if err != nil {
		return err
	}
	if !shared {
		if err := v.Blank(ctx, at); err != nil {
			return err
		}
	}
	if unread != nil {
		return fmt.Errorf("the name of %s may stand in a manifest that cannot be read: %w", id, unread)
	}
	return nil
}

// strike takes an item out of every manifest. Where none named it, it returns which
// could not be read. It looks again until there is no manifest that it has not seen:
// another process may write one anew in the meantime.
func (v *Vault) strike(ctx context.Context, id string, see func(Manifest)) (unread, err error) {
	v.striking.Lock() // two at once would each write anew what the other takes out
	defer v.striking.Unlock()
	seen, found := map[string]bool{}, false
	for {
		var names []string
		err := v.shelf.List(ctx, func(name string, _ int64) error {
			if !seen[name] {
				names = append(names, name)
			}
			seen[name] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			break
		}
		for _, name := range names {
			was, err := v.rewrite(ctx, name, id, see)
			if err != nil && !errors.Is(err, ErrDamaged) {
				return nil, err
			} else if err != nil {
				unread = errors.Join(unread, err)
			}
			found = found || was
		}
	}
	if found {
		unread = nil
	}
	return unread, nil
}

// Blank destroys bytes. It does nothing where they are gone.
func (v *Vault) Blank(ctx context.Context, at Place) (err error) {
	if at.Packed {
		err = v.shelf.Patch(ctx, at.Object, at.Offset, make([]byte, at.Length))
	} else {
		err = v.shelf.Remove(ctx, at.Object)
		v.forget(at.Object)
	}
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
	return to.place(ctx, raw, raw.Size(), object)
}

// rewrite takes an item out of a manifest, if the object is one that names it.
// It opens to the same keys as before.
func (v *Vault) rewrite(ctx context.Context, name, id string, see func(Manifest)) (found bool, err error) {
	m, is, err := v.manifest(ctx, name)
	if fault.KindOf(err) == fault.KindNotFound {
		return false, nil // another process was faster
	}
	if err != nil || !is {
		return false, err
	}
	if see != nil {
		see(m)
	}
	left := slices.DeleteFunc(m.Items, func(i Listed) bool { return i.ID == id })
	if len(left) == len(m.Items) {
		return false, nil
	}
	if m.Items = left; len(left) > 0 {
		if err := v.keepManifestAs(ctx, m, name); err != nil {
			return true, err
		}
	}
	return true, v.shelf.Remove(ctx, name)
}

// keepManifestAs keeps a manifest under the header of another, so that it opens
// to the same keys.
func (v *Vault) keepManifestAs(ctx context.Context, m Manifest, other string) error {
	raw, err := v.shelf.Open(ctx, other)
	if err != nil {
		return err
	}
	defer raw.Close()
	header, err := age.ExtractHeader(io.NewSectionReader(raw, int64(len(manifestMagic)), raw.Size()))
	if err != nil {
		return damaged(other, err)
	}
	key, err := age.DecryptHeader(header, v.o.Identity)
	if err != nil {
		return damaged(other, err)
	}
	return v.keepManifest(ctx, m, func(dst []byte) ([]byte, *writer, error) { return resume(append(dst, header...), key) })
}
