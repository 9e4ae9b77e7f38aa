package evidence

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/record"
)

// Manifests says how the manifests of the store stand beside the record. They are what a
// custodian recovers names, provenance and order from where the record is lost, so an
// item that none of them names, because one was lost or rotted, is written into a new
// one, as the record has it.
type Manifests struct {
	Written int      `json:"written"` // items that had to be written anew
	Struck  int      `json:"struck"`  // erased items whose names had stayed, and were taken out
	Damaged []string `json:"damaged"` // objects that cannot be read as anything that is kept
}

// manifestsID is under which id it is remembered when the manifests were compared.
const manifestsID = "manifests"

func manifestsProved(v *record.View) (time.Time, error) {
	at, err := readProofs(v.Tx, []string{manifestsID})
	return at[manifestsID], err
}

func (p Proved) manifestsWritten() int {
	if p.Manifests == nil {
		return 0
	}
	return p.Manifests.Written
}

// proveManifests compares the manifests with the record, where that is due. It begins anew
// where something was erased meanwhile: what it wrote may name that.
func (d *Desk) proveManifests(ctx context.Context, due time.Time, p *Proved) error {
	var last time.Time
	if err := d.rec.View(ctx, func(v *record.View) (err error) { last, err = manifestsProved(v); return err }); err != nil || !last.Before(due) {
		return err
	}
	out := Manifests{Damaged: []string{}}
	for again := true; again; {
		var err error
		if again, err = d.compareManifests(ctx, &out); err != nil {
			return err
		}
	}
	p.Manifests = &out
	return d.proved(ctx, []string{manifestsID})
}

// mostLost bounds how many items are written anew before the manifests are read again.
const mostLost = 10_000

func (d *Desk) compareManifests(ctx context.Context, out *Manifests) (again bool, err error) {
	var size, erasures int64
	// what is acknowledged from here on has its manifest, which may not be among those read
	err = d.rec.View(ctx, func(v *record.View) (err error) {
		if size, err = v.Size(); err == nil {
			erasures, err = v.Erasures()
		}
		return err
	})
	if err != nil {
		return false, err
	}
	listed, err := d.readManifests(ctx, erasures, out)
	if err != nil {
		return false, err
	}
	var lost, gone []Item
	full := errors.New("enough")
	err = d.rec.View(ctx, func(v *record.View) error {
		return Each(v, Filter{}, func(i Item) error {
			switch has := listed.has(i.Intake, i.Seq); {
			case i.Entry >= size || len(lost)+len(gone) == mostLost:
				return full
			case i.Erased && has:
				gone = append(gone, i)
			case !i.Erased && !has:
				lost = append(lost, i)
			}
			return ctx.Err()
		})
	})
	if err != nil && !errors.Is(err, full) {
		return false, err
	}
	for _, i := range gone {
		if err := d.vault.Destroy(ctx, i.ID, i.Place, true, nil); err != nil {
			return false, err
		}
		out.Struck++
	}
	if err := d.keepManifests(ctx, lost); err != nil {
		return false, err
	}
	out.Written += len(lost)
	var now int64
	err = d.rec.View(ctx, func(v *record.View) (err error) { now, err = v.Erasures(); return err })
	return len(lost)+len(gone) == mostLost || now != erasures, err
}

// readManifests reads which places the manifests name, and destroys what one of them names
// of an erased file that the record does not know: its intake was killed after the
// erasure had looked, see neverAcknowledge.
func (d *Desk) readManifests(ctx context.Context, erasures int64, out *Manifests) (places, error) {
	known, erased, err := d.knownPlaces(ctx, erasures)
	if err != nil {
		return nil, err
	}
	listed, late := places{}, map[string]bool{} // erased items whose bytes came after them
	out.Damaged = out.Damaged[:0]
	err = d.vault.Manifests(ctx, func(_ string, m *vault.Manifest, err error) error {
		if err != nil {
			out.Damaged = append(out.Damaged, err.Error())
		} else if m != nil && m.Node == d.rec.Origin() {
			for _, i := range m.Items {
				listed.add(m.Intake, i.Seq)
				if len(erased) > 0 && !known.has(m.Intake, i.Seq) {
					if id := erased[d.Mark(i.SHA256)]; id != "" {
						late[id] = true
					}
				}
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for id := range late {
		if err := d.Destroy(ctx, id); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// knownPlaces returns, where anything was erased, the places of the items that the record
// has, and the erased ones by the keyed digest of their bytes.
func (d *Desk) knownPlaces(ctx context.Context, erasures int64) (known places, erased map[string]string, err error) {
	known, erased = places{}, map[string]string{}
	if erasures == 0 {
		return known, erased, nil
	}
	err = d.rec.View(ctx, func(v *record.View) error {
		return Each(v, Filter{}, func(i Item) (err error) {
			known.add(i.Intake, i.Seq)
			if i.Erased {
				var mark string
				if mark, err = readMark(v.Tx, i.ID); err == nil {
					erased[mark] = i.ID
				}
			}
			return errors.Join(err, ctx.Err())
		})
	})
	return known, erased, err
}

// keepManifests writes manifests of items, as the record has them.
func (d *Desk) keepManifests(ctx context.Context, items []Item) error {
	slices.SortFunc(items, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Intake, b.Intake), a.Seq-b.Seq) }) // parts are acknowledged in any order
	for len(items) > 0 {
		n := 1
		for n < len(items) && n < partFiles && items[n].Intake == items[0].Intake {
			n++
		}
		var in Intake
		if err := d.rec.View(ctx, func(v *record.View) (err error) { in, err = GetIntake(v, items[0].Intake); return err }); err != nil {
			return err
		}
		m := vault.Manifest{Node: d.rec.Origin(), Intake: in.ID, Part: items[0].Seq, At: in.At, By: in.By, Authority: in.Authority, Marking: in.Marking, Via: in.Via}
		for _, i := range items[:n] {
			m.Items = append(m.Items, vault.Listed{ID: i.ID, Seq: i.Seq, Name: i.Name, Path: i.Path, Modified: i.Modified, Type: i.Type,
				SHA256: i.SHA256, Size: i.Size, From: i.From, Tool: i.Tool, Place: i.Place})
		}
		if err := d.vault.KeepManifest(ctx, m); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// places are places in intakes, a bit for each.
type places map[string][]uint64

func (p places) add(intake string, seq int) {
	if seq < 0 || seq >= 1<<30 {
		return
	}
	if n := seq/64 + 1 - len(p[intake]); n > 0 {
		p[intake] = slices.Concat(p[intake], make([]uint64, n))
	}
	p[intake][seq/64] |= 1 << (seq % 64)
}

func (p places) has(intake string, seq int) bool {
	return seq >= 0 && seq/64 < len(p[intake]) && p[intake][seq/64]&(1<<(seq%64)) != 0
}
