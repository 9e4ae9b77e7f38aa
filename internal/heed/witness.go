package heed

import (
	"context"
	"fmt"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// States of a witness, as the node knows it.
const (
	WitnessNew     = "new"
	WitnessOK      = "ok"
	WitnessSilent  = "silent"  // it did not answer
	WitnessRefused = "refused" // it has seen another history than this node shows
)

// AddWitness names another party that is to cosign this node's log.
func (h *Heed) AddWitness(ctx context.Context, who Who, url, key string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		return a.addWitness(url, key)
	})
}

func (a *act) addWitness(url, key string) error {
	v, err := ledger.NewVerifier(key)
	if err != nil {
		return fault.Invalid("key", "%q is not a witness's verifier key: %w", key, err)
	}
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return fault.Invalid("url", "%q is not the address of a witness: it begins with https://", url)
	}
	return putWitness(a.Tx, Witness{Name: v.Name(), URL: strings.TrimSuffix(url, "/"), Key: key, State: WitnessNew})
}

// EnsureWitnesses makes the witnesses of the node's settings known to it. It
// is called once, when the node starts.
func (h *Heed) EnsureWitnesses(ctx context.Context, urlsAndKeys [][2]string) error {
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		known, err := witnesses(tx)
		if err != nil {
			return err
		}
		have := map[string]bool{}
		for _, w := range known {
			have[w.Key] = true
		}
		for _, uk := range urlsAndKeys {
			if have[uk[1]] {
				continue
			}
			v, err := ledger.NewVerifier(uk[1])
			if err != nil {
				return fault.Invalid("witnesses", "%q is not a witness's verifier key: %w", uk[1], err)
			}
			if err := putWitness(tx, Witness{Name: v.Name(), URL: strings.TrimSuffix(uk[0], "/"), Key: uk[1], State: WitnessNew}); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveWitness stops asking a witness.
func (h *Heed) RemoveWitness(ctx context.Context, who Who, name string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		n, err := dropWitness(a.Tx, name)
		if err == nil && n == 0 {
			err = fault.NotFound("there is no witness %q", name)
		}
		return err
	})
}

// Witnesses returns who cosigns this node's log, for the courier that asks
// them.
func (h *Heed) Witnesses(ctx context.Context) (out []Witness, err error) {
	err = h.rec.DB().View(ctx, func(tx *db.Tx) error { out, err = witnesses(tx); return err })
	return out, err
}

// Checkpoint returns the latest checkpoint and its size.
func (h *Heed) Checkpoint(ctx context.Context) (signed []byte, err error) {
	err = h.see(ctx, Nobody, func(l *look) error {
		if err := l.need(access.LogRead, l.node()); err != nil {
			return err
		}
		signed, err = l.View.Checkpoint()
		return err
	})
	return signed, err
}

// Tile returns what is served at a path of the log.
func (h *Heed) Tile(ctx context.Context, who Who, p ledger.TilePath) (b []byte, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.LogRead, l.node()); err != nil {
			return err
		}
		b, err = l.proofs().TileData(ctx, p)
		return err
	})
	return b, err
}

// LogKey is the verifier key of the node's log.
func (h *Heed) LogKey() string { return h.rec.Keys().LogVerifier() }

// Consistency proves to a witness that the log only grew.
func (h *Heed) Consistency(ctx context.Context, from, to int64) ([]ledger.Hash, error) {
	return h.proofs.Consistency(ctx, from, to)
}

// Cosigned keeps the cosignatures that witnesses gave to a checkpoint, and
// notes that a witness that had refused accepts again.
func (h *Heed) Cosigned(ctx context.Context, w Witness, size int64, signed, lines []byte) error {
	v, err := ledger.NewVerifier(w.Key)
	if err != nil {
		return err
	}
	all, err := h.Witnesses(ctx)
	if err != nil {
		return err
	}
	known := []note.Verifier{v}
	for _, o := range all {
		if o.Key == w.Key {
			continue
		}
		if ov, err := ledger.NewVerifier(o.Key); err == nil {
			known = append(known, ov)
		}
	}
	if err := h.keepCosigned(ctx, size, signed, lines, known); err != nil {
		return err
	}
	return h.witnessIs(ctx, w, WitnessOK, size, 0)
}

// keepCosigned merges new cosignatures into those that are kept for this size.
func (h *Heed) keepCosigned(ctx context.Context, size int64, signed, lines []byte, known []note.Verifier) error {
	err := h.rec.View(ctx, func(v *record.View) error {
		kept, at, err := v.Cosigned()
		if err == nil && at == size {
			signed = kept
		}
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	merged, err := ledger.Merge(signed, lines, known...)
	if err != nil {
		return fmt.Errorf("a witness's answer: %w", err)
	}
	return h.rec.KeepCosigned(ctx, size, merged)
}

// WitnessSilent notes that a witness did not answer.
func (h *Heed) WitnessSilent(ctx context.Context, w Witness) error {
	return h.witnessIs(ctx, w, WitnessSilent, w.Size, 0)
}

// WitnessRefused notes that a witness has seen another history than this node
// shows it, up to size kept. That is an entry, and an alarm on every page: who
// holds the keys may have rewritten the log, and only the witness knows.
func (h *Heed) WitnessRefused(ctx context.Context, w Witness, offered, kept int64) error {
	return h.witnessIs(ctx, w, WitnessRefused, offered, kept)
}

func (h *Heed) witnessIs(ctx context.Context, w Witness, state string, size, kept int64) error {
	return h.do(ctx, system, func(a *act) error {
		if err := a.need(access.SystemCheck, a.node()); err != nil {
			return err
		}
		was := w.State
		w.State, w.Size, w.At = state, size, a.now
		if err := putWitness(a.Tx, w); err != nil {
			return err
		}
		said := witnessSaid{Witness: w.Name, Size: size, Kept: kept}
		switch {
		case state == WitnessRefused && was != WitnessRefused:
			_, err := a.tx.Append(record.Draft{Kind: "witness.refused", Subjects: []string{"node"}, Open: said})
			return err
		case state == WitnessOK && was == WitnessRefused:
			_, err := a.tx.Append(record.Draft{Kind: "witness.accepted", Subjects: []string{"node"}, Open: said})
			return err
		}
		return nil
	})
}

// AddLog names the log of another node that this one is to cosign.
func (h *Heed) AddLog(ctx context.Context, who Who, key string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		v, err := note.NewVerifier(key)
		if err != nil {
			return fault.Invalid("key", "%q is not a log's verifier key: %w", key, err)
		}
		root := ledger.Head{}.Root()
		return putLog(a.Tx, Log{Origin: v.Name(), Key: key, Root: root[:]})
	})
}

// cosigner is this node as a witness of others.
func (h *Heed) cosigner() (*ledger.Cosigner, error) {
	return ledger.NewCosigner(h.Origin()+"/witness", h.rec.Keys().Witness())
}

// WitnessKey is the verifier key of this node's cosignatures.
func (h *Heed) WitnessKey() (string, error) {
	c, err := h.cosigner()
	if err != nil {
		return "", err
	}
	return c.VerifierKey(), nil
}

// CosignFor answers another log that asks for a cosignature. What the node
// remembers of that log is durable before it signs.
func (h *Heed) CosignFor(ctx context.Context, request []byte) (d ledger.Decision, line []byte, err error) {
	if err := h.see(ctx, Nobody, func(l *look) error { return l.need(access.WitnessSubmit, l.node()) }); err != nil {
		return d, nil, err
	}
	add, err := ledger.ParseAddCheckpoint(request)
	if err != nil {
		return d, nil, fault.Invalid("body", "%w", err)
	}
	c, err := ledger.ReadCheckpoint(add.Checkpoint)
	if err != nil {
		return d, nil, fault.Invalid("body", "%w", err)
	}
	err = h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		known, err := lockLog(tx, c.Origin)
		if fault.KindOf(err) == fault.KindNotFound {
			d = ledger.Decide(add, nil, ledger.Seen{})
			return nil
		}
		if err != nil {
			return err
		}
		key, err := note.NewVerifier(known.Key)
		if err != nil {
			return err
		}
		seen := ledger.Seen{Size: known.Size, Root: ledger.Hash(known.Root)}
		if d = ledger.Decide(add, []note.Verifier{key}, seen); d.Status != ledger.Cosign {
			return nil
		}
		known.Size, known.Root = d.Seen.Size, d.Seen.Root[:]
		return putLog(tx, known)
	})
	if err != nil || d.Status != ledger.Cosign {
		return d, nil, err
	}
	by, err := h.cosigner()
	if err != nil {
		return d, nil, err
	}
	line, err = by.Cosign(d.Checkpoint, db.Now())
	return d, line, err
}
