package heed

import (
	"context"
	"fmt"
	"slices"
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

// addWitness adds a witness that is not known. One that is may move to another
// address. It keeps its key and what it said: whoever could exchange them could
// silence it.
func (a *act) addWitness(url, key string) error {
	v, err := ledger.NewVerifier(key)
	if err != nil {
		return fault.Invalid("key", "%q is not a witness's verifier key: %w", key, err)
	}
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return fault.Invalid("url", "%q is not the address of a witness: it begins with https://", url)
	}
	url = strings.TrimSuffix(url, "/")
	w := Witness{Name: v.Name(), Key: key, State: WitnessNew}
	switch known, err := witnessNamed(a.Tx, w.Name); {
	case err == nil && known.Key == key && known.URL != url:
		w = known
	case err == nil:
		return hintf(fault.Exists("there is a witness %q already", v.Name()), "to have another key, remove it first: that is put on record")
	case fault.KindOf(err) != fault.KindNotFound:
		return err
	}
	w.URL = url
	if err := putWitness(a.Tx, w); err != nil {
		return err
	}
	return a.say("witness.added", witnessSaid{Witness: w.Name, Key: key}, nil)
}

// say appends an entry about a witness.
func (a *act) say(kind string, x witnessSaid, sealed any) error {
	_, err := a.tx.Append(record.Draft{Kind: kind, Subjects: []string{"node"}, Open: x, Sealed: sealed})
	return err
}

// EnsureWitnesses makes the witnesses of the node's settings known to it. It
// is called once, when the node starts.
func (h *Heed) EnsureWitnesses(ctx context.Context, urlsAndKeys [][2]string) error {
	return h.do(ctx, system, func(a *act) error {
		if err := a.need(access.SystemCheck, a.node()); err != nil {
			return err
		}
		known, err := witnesses(a.Tx)
		if err != nil {
			return err
		}
		for _, uk := range urlsAndKeys {
			if slices.ContainsFunc(known, func(w Witness) bool { return w.Key == uk[1] }) {
				continue
			}
			if err := a.addWitness(uk[0], uk[1]); err != nil {
				return fmt.Errorf("the witnesses of the settings: %w", err)
			}
		}
		return nil
	})
}

// RemoveWitness stops asking a witness. If it refused, the alarm stays.
func (h *Heed) RemoveWitness(ctx context.Context, who Who, name string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		w, err := witnessNamed(a.Tx, name)
		if fault.KindOf(err) == fault.KindNotFound {
			return fault.NotFound("there is no witness %q", name)
		}
		if err != nil {
			return err
		}
		if err := dropWitness(a.Tx, name); err != nil {
			return err
		}
		return a.say("witness.removed", witnessSaid{Witness: name, Key: w.Key, Size: w.Size}, nil)
	})
}

// AcceptWitnessAlarm ends the alarm that a witness raised by refusing this
// node's log, for a reason that is put on record. The witness's refusal stays
// there too.
func (h *Heed) AcceptWitnessAlarm(ctx context.Context, who Who, name, reason string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		if reason = strings.TrimSpace(reason); reason == "" {
			return fault.Invalid("reason", "say why the refusal of %s is no alarm any more", name)
		}
		all, err := standingRefusals(a.Tx)
		if err != nil {
			return err
		}
		found := false
		for _, x := range all {
			if x.witness != name {
				continue
			}
			found = true
			if err := a.say("witness.acknowledged", witnessSaid{Witness: name, Key: x.key, Size: x.size}, alarmAccepted{reason}); err != nil {
				return err
			}
		}
		if !found {
			return fault.NotFound("no witness %q has refused", name)
		}
		return nil
	})
}

// alarmAccepted is the sealed part of witness.acknowledged.
type alarmAccepted struct {
	Reason string `json:"reason"`
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
	return h.rec.KeepCosigned(ctx, size, func(kept []byte) ([]byte, error) {
		if kept == nil {
			kept = signed
		}
		merged, err := ledger.Merge(kept, lines, known...)
		if err != nil {
			return nil, fmt.Errorf("a witness's answer: %w", err)
		}
		return merged, nil
	})
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
		was, err := witnessNamed(a.Tx, w.Name)
		there := err == nil && was.Key == w.Key // it may have been removed while it was asked
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		if there {
			was.State, was.Size, was.At, w = state, size, a.now, was
			if err := putWitness(a.Tx, was); err != nil {
				return err
			}
		}
		all, err := standingRefusals(a.Tx)
		if err != nil {
			return err
		}
		alarm := slices.ContainsFunc(all, func(x refusal) bool { return x.witness == w.Name && x.key == w.Key })
		said := witnessSaid{Witness: w.Name, Key: w.Key, Size: size, Kept: kept}
		switch {
		case state == WitnessRefused && !alarm && (!there || w.State != WitnessRefused):
			return a.say("witness.refused", said, nil)
		case state == WitnessOK && alarm:
			return a.say("witness.accepted", said, nil)
		}
		return nil
	})
}

// AddLog names the log of another node that this one is to cosign. One that is
// known stays as it is: a witness that forgot what it has seen would cosign
// another history.
func (h *Heed) AddLog(ctx context.Context, who Who, key string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.WitnessManage, a.node()); err != nil {
			return err
		}
		v, err := note.NewVerifier(key)
		if err != nil {
			return fault.Invalid("key", "%q is not a log's verifier key: %w", key, err)
		}
		switch _, err := lockLog(a.Tx, v.Name()); {
		case err == nil:
			return fault.Exists("this node cosigns the log %q already", v.Name())
		case fault.KindOf(err) != fault.KindNotFound:
			return err
		}
		root := ledger.Head{}.Root()
		if err := putLog(a.Tx, Log{Origin: v.Name(), Key: key, Root: root[:]}); err != nil {
			return err
		}
		_, err = a.tx.Append(record.Draft{Kind: "witness.log-added", Subjects: []string{"node"}, Open: logSaid{v.Name(), key}})
		return err
	})
}

// logSaid is the open part of witness.log-added.
type logSaid struct {
	Log string `json:"log"`
	Key string `json:"key"`
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
