package evidence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// An Upload is a file that comes in parts over a line that may break. Its
// parts are kept encrypted until the last has come; then it becomes an item.
// It is working state: nothing of it is acknowledged as evidence before.
type Upload struct {
	ID, Intake, Person string
	Name, Path         string // the path is that in the folder that was sent, "" where it was a file alone
	Size, Have         int64
	Modified, Begun    time.Time
	about, parts       []byte // sealed, for the names tell something
	another            bool
}

// A File is announced before it comes in parts.
type File struct {
	Name, Path string // the path in the folder that is sent; "" for a file alone
	Size       int64
	Modified   time.Time // zero where it is not known: no upload of it is gone on with
	Another    bool      // than one that looks the same and is sent beside it
}

type aboutUpload struct {
	Name     string    `json:"name"`
	Path     string    `json:"path,omitempty"`
	Modified time.Time `json:"modified"`
	Another  bool      `json:"another,omitempty"` // than one that looks the same: it is not gone on with
}

// MostPart is how much one part of an upload may hold.
const MostPart = 16 << 20

// BeginUpload announces a file of an intake. A file of the same name, path, size and
// time that was announced before and has not come yet is gone on with, unless it is said
// to be another one.
func (d *Desk) BeginUpload(ctx context.Context, intake, person string, f File) (u Upload, err error) {
	if err := (Source{Name: f.Name, Path: f.Path}).check(); err != nil {
		return u, err
	}
	if f.Size < 0 || f.Size > 1<<44 {
		return u, fault.Invalid("size", "a size is from 0 to 16 TiB")
	}
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		some, err := readUploads(tx, intake)
		if err != nil {
			return err
		}
		for _, x := range some {
			if err := d.readUpload(&x); err == nil && !f.Another && !x.another && x.Person == person && x.Name == f.Name && x.Path == f.Path && x.Size == f.Size && !f.Modified.IsZero() && x.Modified.Equal(f.Modified) {
				u = x
				return nil
			}
		}
		about, err := json.Marshal(aboutUpload{f.Name, f.Path, f.Modified, f.Another})
		if err != nil {
			return err
		}
		u = Upload{ID: strings.ToLower(rand.Text()), Intake: intake, Person: person, Name: f.Name, Path: f.Path, Size: f.Size, Modified: f.Modified, Begun: tx.Now}
		u.about = d.rec.Keys().Seal("upload "+u.ID, about)
		u.parts = []byte{}
		return putUpload(tx, u)
	})
	return u, err
}

// Came returns the item as which an intake has taken a file of a folder in: one of its
// path, size and time that is not erased; or "".
func Came(v *record.View, intake string, f File) (id string, err error) {
	if f.Another || f.Path == "" || f.Modified.IsZero() {
		return "", nil
	}
	some, err := readOfSize(v.Tx, intake, f.Size)
	for n := 0; n < len(some) && err == nil && id == ""; n++ {
		if err = complete(v, &some[n]); err == nil && some[n].Path == f.Path && some[n].Modified.Equal(f.Modified) {
			id = some[n].ID
		}
	}
	return id, err
}

// openEnded is the size of an upload of which nobody said how long it will be.
const openEnded = 1 << 44

// OpenEnded begins an upload under an id, whose end will be said. Where there is
// one already, that is returned.
func (d *Desk) OpenEnded(ctx context.Context, id, intake, person, name string) (u Upload, err error) {
	if err := (Source{Name: name}).check(); err != nil {
		return u, err
	}
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		if u, err = d.upload(tx, id, person, true); fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		about, err := json.Marshal(aboutUpload{Name: name})
		if err != nil {
			return err
		}
		u = Upload{ID: id, Intake: intake, Person: person, Name: name, Size: openEnded, Begun: tx.Now, about: d.rec.Keys().Seal("upload "+id, about), parts: []byte{}}
		return putUpload(tx, u)
	})
	return u, err
}

// Ended tells whether the end of an upload was said: nothing more is added.
func (u Upload) Ended() bool { return u.Size != openEnded }

// Kept tells whether it has become an item.
func (u Upload) Kept() bool { return u.Intake == "" }

// SayEnd says that an upload is whole as it is.
func (d *Desk) SayEnd(ctx context.Context, id, person string) (u Upload, err error) {
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		if u, err = d.upload(tx, id, person, true); err != nil || u.Ended() {
			return err
		}
		u.Size = u.Have
		return putUpload(tx, u)
	})
	return u, err
}

// SayKept remembers that an upload has become an item, and removes its parts:
// whoever sent it may ask again how far it has come.
func (d *Desk) SayKept(ctx context.Context, parts blob.Store, u Upload) error {
	kept := u
	kept.Intake, kept.parts = "", []byte{}
	if err := d.rec.DB().Update(ctx, func(tx *db.Tx) error { return putUpload(tx, kept) }); err != nil {
		return err
	}
	return removeParts(ctx, parts, u)
}

func (d *Desk) readUpload(u *Upload) error {
	b, err := d.rec.Keys().Unseal("upload "+u.ID, u.about)
	if err != nil {
		return err
	}
	var a aboutUpload
	err = json.Unmarshal(b, &a)
	u.Name, u.Path, u.Modified, u.another = a.Name, a.Path, a.Modified, a.Another
	return err
}

// UploadOf returns how far an upload of a person has come.
func (d *Desk) UploadOf(v *record.View, id, person string) (Upload, error) {
	return d.upload(v.Tx, id, person, false)
}

func (d *Desk) upload(tx *db.Tx, id, person string, lock bool) (Upload, error) {
	u, err := oneUpload(tx, id, lock)
	if err == nil && u.Person != person {
		err = fault.NotFound("there is no upload %.40q: it may have ended", id)
	}
	if err == nil {
		err = d.readUpload(&u)
	}
	return u, err
}

// Uploads returns those of an intake that have not come yet.
func (d *Desk) Uploads(v *record.View, intake string) ([]Upload, error) {
	all, err := readUploads(v.Tx, intake)
	for n := range all {
		err = errors.Join(err, d.readUpload(&all[n]))
	}
	return all, err
}

// AddPart adds what r yields to an upload, which must have come as far as
// offset: a part that was sent twice, or out of order, is Stale. What is over
// when the line breaks is kept, and the upload goes on there.
func (d *Desk) AddPart(ctx context.Context, parts blob.Store, id, person string, offset int64, r io.Reader) (u Upload, err error) {
	check := func(tx *db.Tx, lock bool) error {
		if u, err = d.upload(tx, id, person, lock); err != nil {
			return err
		}
		if u.Have != offset {
			return fault.Stale("the upload has come to byte %d, not %d", u.Have, offset)
		}
		return nil
	}
	if err := d.rec.DB().View(ctx, func(tx *db.Tx) error { return check(tx, false) }); err != nil {
		return u, err
	}
	left := min(u.Size-u.Have, MostPart)
	part := &untilBroken{r: io.LimitReader(r, left)}
	alone := blob.Alone()
	ref, err := parts.Put(context.WithoutCancel(ctx), io.MultiReader(strings.NewReader(alone), part))
	if err != nil {
		return u, err
	}
	got := ref.Size - int64(len(alone))
	if got == 0 {
		return u, errors.Join(part.err, parts.Delete(context.WithoutCancel(ctx), ref.SHA256))
	}
	err = d.rec.DB().Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if err := check(tx, true); err != nil {
			return err
		}
		u.Have += got
		u.parts = append(u.parts, ref.SHA256[:]...)
		return putUpload(tx, u)
	})
	if kind := fault.KindOf(err); kind == fault.KindStale || kind == fault.KindNotFound { // another was faster
		if wrong := parts.Delete(context.WithoutCancel(ctx), ref.SHA256); wrong != nil {
			err = errors.Join(err, wrong)
		}
	}
	return u, err
}

// untilBroken ends where the line breaks.
type untilBroken struct {
	r   io.Reader
	err error
}

func (u *untilBroken) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		u.err, err = err, io.EOF
	}
	return n, err
}

// Source returns a whole upload as a source to take in.
func (u Upload) Source(ctx context.Context, parts blob.Store) (Source, error) {
	if u.Have != u.Size {
		return Source{}, fault.Stale("the upload has come to byte %d of %d", u.Have, u.Size)
	}
	return Source{Name: u.Name, Path: u.Path, Size: u.Size, Modified: u.Modified, Open: func() (io.ReadCloser, error) {
		return blob.Join(ctx, parts, u.sums()), nil
	}}, nil
}

// sums are the names of its parts.
func (u Upload) sums() (out [][32]byte) {
	for s := u.parts; len(s) >= 32; s = s[32:] {
		out = append(out, [32]byte(s))
	}
	return out
}

// EndUpload forgets an upload that has become an item, or was given up. Parts
// that no other upload has are removed.
func (d *Desk) EndUpload(ctx context.Context, parts blob.Store, u Upload) error {
	if err := d.rec.DB().Update(ctx, func(tx *db.Tx) error { return dropUpload(tx, u.ID) }); err != nil {
		return err
	}
	return removeParts(ctx, parts, u)
}

func removeParts(ctx context.Context, parts blob.Store, u Upload) error {
	for _, sum := range u.sums() {
		if err := parts.Delete(ctx, sum); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
	}
	return nil
}
