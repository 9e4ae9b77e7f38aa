package line

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// Settle hashes the objects of an offer that came to their end and were not
// hashed, because the process that was to do it ended. One that is another than
// its name says is missing again.
func (d *Desk) Settle(ctx context.Context, base *db.DB, offer string) error {
	var unsure []aPart
	err := base.View(ctx, func(tx *db.Tx) (err error) {
		unsure, err = readUnsure(tx, offer)
		return err
	})
	for _, p := range unsure {
		if err == nil {
			err = d.settle(ctx, base, p)
		}
		if fault.KindOf(err) == fault.KindInvalid {
			err = nil // it is asked for again
		}
	}
	return err
}

// settle hashes an object by the last part of it. Whoever does it at the same
// time comes to the same end, and one of them notes it.
func (d *Desk) settle(ctx context.Context, base *db.DB, last aPart) error {
	got, err := d.hash(ctx, base, last)
	if err != nil && fault.KindOf(err) != fault.KindNotFound && !errors.Is(err, blob.ErrCorrupt) { // such a part comes again
		return err
	}
	var gone []aPart
	err = base.Update(ctx, func(tx *db.Tx) error {
		gone = nil
		mine, err := sure(tx, last)
		if err != nil || !mine || got == last.object {
			return err
		}
		gone, err = resetObject(tx, last.offer, last.object)
		return err
	})
	if err != nil || gone == nil {
		return err
	}
	if err := d.clear(ctx, base, gone); err != nil {
		return err
	}
	return another(got, last.object)
}

func another(got, sum string) error {
	return fault.Invalid("object", "what came has the SHA-256 %s and was announced as %s: it was thrown away, send it anew", got, sum)
}

func (d *Desk) hash(ctx context.Context, base *db.DB, p aPart) (string, error) {
	r, err := d.openObject(ctx, base, p.offer, p.object)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// GiveUp removes an offer that came on a line, and all that came of it. Nothing
// is added to it from when its row is gone; the rows of the parts go after their
// files, so that what is left by a process that ends is known to [Desk.Sweep].
func (d *Desk) GiveUp(ctx context.Context, base *db.DB, offer string) error {
	var gone []aPart
	err := base.Update(ctx, func(tx *db.Tx) error {
		err := lockOffer(tx, offer)
		if err == nil {
			gone, err = readParts(tx, offer, "")
		}
		if err != nil {
			return err
		}
		return dropArriving(tx, offer)
	})
	if fault.KindOf(err) == fault.KindNotFound {
		return nil // another did
	}
	if err != nil {
		return err
	}
	return d.clear(ctx, base, gone)
}

// Sweep removes the parts of offers that were given up by a process that ended
// before it had removed them, or while another part came.
func (d *Desk) Sweep(ctx context.Context, base *db.DB) error {
	var left []aPart
	err := base.View(ctx, func(tx *db.Tx) (err error) {
		left, err = readOrphans(tx)
		return err
	})
	if err != nil || len(left) == 0 {
		return err
	}
	for i := range left {
		left[i].here = true // nobody can be adding it still
	}
	return d.clear(ctx, base, left)
}

// clear removes the files of parts, and then their rows. The row of a part that
// may be coming at this moment stays.
func (d *Desk) clear(ctx context.Context, base *db.DB, parts []aPart) error {
	if err := d.removeParts(ctx, parts); err != nil {
		return err
	}
	return base.Update(ctx, func(tx *db.Tx) error {
		for _, p := range parts {
			if !p.here {
				continue
			}
			if err := dropPart(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) removeParts(ctx context.Context, parts []aPart) error {
	for _, p := range parts {
		if err := d.blobs.Delete(ctx, p.sum); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
	}
	return nil
}
