package evidence

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Scrub says how much is proved again in one run.
type Scrub struct {
	PerSecond int64          // bytes read a second; 0 is as fast as it goes
	Most      int64          // bytes in this run; 0 is everything that is due
	Before    time.Time      // only what was last proved before; zero is everything
	Replicas  []*vault.Vault // from where what is damaged is restored, in this order
	Told      func(id string, err error)
}

// Proved is what a run found.
type Proved struct {
	Items    int      `json:"items"`
	Bytes    int64    `json:"bytes"`
	Damaged  []string `json:"damaged"`  // found damaged in this run, restored or not
	Restored []string `json:"restored"` // from a replica
	Left     int      `json:"left"`     // still due
	// Manifests are nil where they were not due.
	Manifests *Manifests `json:"manifests,omitempty"`
	Entry     int64      `json:"entry,omitempty"`
}

// Prove reads items again, those first that were proved longest ago, and
// compares each with the SHA-256 that was recorded when it was taken in. What
// was proved is remembered item by item, so that a run that is cut short goes
// on where it was. An item that is damaged is marked so, and restored from the
// first replica that has it whole; both are entries. Where there are replicas,
// what was found damaged before comes first, whenever that was. When the items are
// through, the store's manifests are compared with the record: see [Manifests].
func (d *Desk) Prove(ctx context.Context, by record.By, s Scrub) (Proved, error) {
	p := Proved{Damaged: []string{}, Restored: []string{}}
	pace := &pacer{perSecond: s.PerSecond, began: db.Now()}
	began := db.Now()
	if s.Before.IsZero() {
		s.Before = began
	}
	err := d.restore(ctx, by, s, pace, &p)
	for err == nil && (s.Most == 0 || p.Bytes < s.Most) {
		var due []Item
		if due, err = d.due(ctx, s.Before, 200); err != nil || len(due) == 0 {
			break
		}
		var done []string
		for _, i := range due {
			if err = d.proveOne(ctx, by, s, pace, i, &p); err != nil {
				break
			}
			done = append(done, i.ID)
			if i.Size > large {
				err = d.proved(ctx, done)
				done = done[:0]
			}
			if err != nil || (s.Most > 0 && p.Bytes >= s.Most) {
				break
			}
		}
		err = errors.Join(err, d.proved(context.WithoutCancel(ctx), done))
	}
	if err == nil {
		err = d.proveManifests(ctx, s.Before, &p)
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return p, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := d.rec.View(ctx, func(v *record.View) (err error) { p.Left, err = countDue(v.Tx, s.Before); return err }); err != nil {
		return p, err
	}
	if p.Items == 0 && (p.Manifests == nil || p.Manifests.Written == 0) {
		return p, nil
	}
	return p, d.rec.Do(ctx, by, func(tx *record.Tx) error {
		e, err := tx.Append(record.Draft{Kind: "evidence.proved", Subjects: []string{"fixity"}, Open: proofOpen{p.Items, p.Bytes, len(p.Damaged), p.manifestsWritten()}})
		p.Entry = e.Index
		return err
	})
}

// restore tries what is marked as damaged again, where there are replicas.
func (d *Desk) restore(ctx context.Context, by record.By, s Scrub, pace *pacer, p *Proved) (err error) {
	if len(s.Replicas) == 0 {
		return nil
	}
	var damaged []Item
	if err := d.rec.View(ctx, func(v *record.View) (err error) {
		damaged, err = List(v, Filter{Damaged: true, Limit: 1000, Oldest: true})
		return err
	}); err != nil {
		return err
	}
	var done []string
	for _, i := range damaged {
		if err = d.proveOne(ctx, by, s, pace, i, p); err != nil {
			break
		}
		done = append(done, i.ID)
	}
	return errors.Join(err, d.proved(context.WithoutCancel(ctx), done))
}

// Due returns the items that were proved longest ago, without their words.
func Due(v *record.View, before time.Time, n int) ([]Item, error) { return readDue(v.Tx, before, n) }

// due returns the items that were proved longest ago, with their words.
func (d *Desk) due(ctx context.Context, before time.Time, n int) (due []Item, err error) {
	err = d.rec.View(ctx, func(v *record.View) error {
		if due, err = readDue(v.Tx, before, n); err != nil {
			return err
		}
		for n := range due {
			if err := complete(v, &due[n]); err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

func (d *Desk) proveOne(ctx context.Context, by record.By, s Scrub, pace *pacer, i Item, p *Proved) error {
	if i.Erased { // there is nothing left to compare with
		return nil
	}
	k, err := i.Kept()
	if err != nil {
		return err
	}
	err = d.vault.Copy(ctx, pace.on(ctx), k)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	lost := errors.Is(err, vault.ErrDamaged) || fault.KindOf(err) == fault.KindNotFound
	if err != nil && !lost {
		return err
	}
	if lost { // it may have been erased since it was listed
		if gone, err := d.gone(ctx, i.ID); err != nil || gone {
			return err
		}
	}
	if s.Told != nil {
		s.Told(i.ID, err)
	}
	p.Items, p.Bytes = p.Items+1, p.Bytes+i.Size
	if lost {
		if err := d.mend(ctx, by, s, i, k, p); err != nil {
			return err
		}
	} else if i.Damaged { // it was put back by hand
		if err := d.note(ctx, by, i.ID, "evidence.restored", "found whole again"); err != nil {
			return err
		}
		p.Restored = append(p.Restored, i.ID)
	}
	return nil
}

// Isolate records that an item was found damaged when it was opened. Nothing of
// it is given out any more until it is whole again.
func (d *Desk) Isolate(ctx context.Context, by record.By, id string) error {
	return d.note(ctx, by, id, "evidence.damaged", "its stored bytes were not those that were taken in when it was opened")
}

// MayGive refuses an item that was found damaged and is not restored.
func (i Item) MayGive() error {
	if !i.Damaged {
		return nil
	}
	return fault.WithHint(fault.Stale("%s was found damaged: its bytes are kept apart and are not given out", i.ID),
		"restore it with: heed evidence verify --replica URL")
}

// mend records the damage and restores the item.
func (d *Desk) mend(ctx context.Context, by record.By, s Scrub, i Item, k vault.Kept, p *Proved) error {
	p.Damaged = append(p.Damaged, i.ID)
	if !i.Damaged {
		if err := d.note(ctx, by, i.ID, "evidence.damaged", "its stored bytes are not those that were taken in, or are gone"); err != nil {
			return err
		}
	}
	for _, from := range s.Replicas {
		erased, err := d.erasedBeside(ctx, i)
		if err != nil {
			return err
		}
		err = d.vault.Restore(ctx, from, k, erased)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if gone, err := d.blankErased(ctx, i); err != nil || gone {
			return err
		}
		if err == nil {
			p.Restored = append(p.Restored, i.ID)
			return d.note(ctx, by, i.ID, "evidence.restored", "from a replica")
		}
	}
	return nil
}

// gone tells whether an item was erased.
func (d *Desk) gone(ctx context.Context, id string) (gone bool, err error) {
	err = d.rec.View(ctx, func(v *record.View) error {
		i, err := Get(v, id)
		gone = i.Erased
		return err
	})
	return gone, err
}

// erasedBeside returns where what was erased of a segment was.
func (d *Desk) erasedBeside(ctx context.Context, i Item) (at []vault.Place, err error) {
	if !i.Place.Packed {
		return nil, nil
	}
	err = d.rec.View(ctx, func(v *record.View) error {
		_, erased, err := lying(v, i)
		for _, o := range erased {
			at = append(at, o.Place)
		}
		return err
	})
	return at, err
}

// blankErased destroys again what came back from a replica while it was erased,
// and tells whether the item itself did.
func (d *Desk) blankErased(ctx context.Context, i Item) (gone bool, err error) {
	all, err := d.erasedBeside(ctx, i)
	if err == nil && !i.Place.Packed {
		gone, err = d.gone(ctx, i.ID)
	}
	if err != nil {
		return false, err
	}
	for _, at := range all {
		gone = gone || at == i.Place
		if err := d.vault.Blank(ctx, at); err != nil {
			return false, err
		}
	}
	if gone && !i.Place.Packed {
		return true, d.Destroy(ctx, i.ID)
	}
	return gone, nil
}

func (d *Desk) note(ctx context.Context, by record.By, id, kind, what string) error {
	return d.rec.Do(ctx, by, func(tx *record.Tx) error {
		_, err := on(tx, id, record.Draft{Kind: kind, Open: aboutItem{id}, Sealed: Reason{Reason: what}})
		return err
	})
}

// proved remembers when items were read last.
func (d *Desk) proved(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		for _, id := range ids {
			if err := putProof(tx, id, db.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// large is the size from which an item's proof is remembered at once.
const large = 64 << 20

// LastProved returns when items were last read and found to be what they were,
// or found damaged. Those that never were are missing.
func LastProved(v *record.View, ids []string) (map[string]time.Time, error) {
	return readProofs(v.Tx, ids)
}

// A Fixity says how the whole store stands.
type Fixity struct {
	Items, Never, Damaged int
	Oldest                time.Time // of the proofs there are
	Owed                  int       // erased items that a replica was not reached to destroy, replica by replica
	Manifests             time.Time // when the store's manifests were last compared with the record
}

// FixityOf returns how the whole store stands.
func FixityOf(v *record.View) (Fixity, error) {
	f, err := readFixity(v.Tx)
	if err == nil {
		f.Owed, err = Owed(v)
	}
	if err == nil {
		f.Manifests, err = manifestsProved(v)
	}
	return f, err
}

// pacer keeps reading within a budget.
type pacer struct {
	perSecond, done int64
	began           time.Time
}

// on returns where bytes go that are only counted, at the pace.
func (p *pacer) on(ctx context.Context) io.Writer { return paced{ctx, p} }

type paced struct {
	ctx context.Context
	p   *pacer
}

func (x paced) Write(b []byte) (int, error) {
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	x.p.done += int64(len(b))
	if x.p.perSecond > 0 {
		ahead := time.Duration(float64(x.p.done)/float64(x.p.perSecond)*float64(time.Second)) - db.Now().Sub(x.p.began)
		if ahead > 0 {
			select {
			case <-time.After(ahead):
			case <-x.ctx.Done():
				return 0, x.ctx.Err()
			}
		}
	}
	return len(b), nil
}
