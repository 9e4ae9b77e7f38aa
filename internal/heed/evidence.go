package heed

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/situation"
)

// vaultOptions are what opens the evidence, from the node's keys alone.
func vaultOptions(k *keys.Keys) vault.Options {
	return vault.Options{Identity: k.Custody(), Name: func(text string) string { return k.Blind("vault", text) }}
}

// evidenceURL is where the bytes of evidence are kept: beside the blobs, never
// among them.
func evidenceURL(c *conf.Config) string {
	switch {
	case c.Blobs == "":
		return filepath.Join(c.Dir, "evidence")
	case strings.HasPrefix(c.Blobs, "s3"):
		return strings.TrimRight(c.Blobs, "/") + "/evidence"
	}
	return strings.TrimRight(c.Blobs, "/") + ".evidence"
}

func openEvidence(ctx context.Context, c *conf.Config) (*blob.Shelf, error) {
	src, err := blobSource(c, evidenceURL(c))
	if err != nil {
		return nil, err
	}
	return blob.OpenShelf(ctx, src)
}

// evidence returns the desk at which evidence is taken in and given out, with
// the custody keys that are in force.
func (h *Heed) evidence(ctx context.Context) (*evidence.Desk, error) {
	if h.vault == nil {
		return nil, fault.Denied("this node keeps no evidence: it was opened without a place for it")
	}
	err := h.rec.View(ctx, func(v *record.View) error {
		all, err := evidence.Custodians(v)
		if err != nil {
			return err
		}
		recipients := make([]string, len(all))
		for i, c := range all {
			recipients[i] = c.Recipient
		}
		return h.vault.SetCustody(recipients)
	})
	return evidence.New(h.rec, h.vault), err
}

// EvidenceInput is how material comes in.
type EvidenceInput = evidence.IntakeInput

// EvidenceTaken is what an intake did.
type EvidenceTaken struct {
	Intake  string             `json:"intake"`
	Items   []evidence.Taken   `json:"items"`
	Refused []evidence.Refused `json:"refused,omitempty"`
}

// BeginEvidence opens an intake: under what authority, how marked, what it
// belongs to. Bytes follow with TakeEvidence.
func (h *Heed) BeginEvidence(ctx context.Context, who Who, in EvidenceInput) (out evidence.Intake, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.EvidenceAdd, a.node()); err != nil {
			return err
		}
		for i, l := range in.Links {
			if err := a.needLink(l); err != nil {
				return err
			}
			if l.Kind != "situation" {
				continue
			}
			s, err := situation.Find(a.View, l.To)
			if err != nil {
				return fault.Invalid("situation", "%w", err)
			}
			if err := a.need(access.SituationRead, a.situation(s)); err != nil {
				return err
			}
			in.Links[i].To = s.ID
		}
		out, err = d.Begin(a.tx, in)
		return err
	})
	return out, err
}

// TakeEvidence takes files into an intake that who began and that has not
// ended. Each is acknowledged through told when it is durable. Complete says
// that nothing more will come. An intake that broke off is gone on with: what it has of
// the sources, by path and size, is left.
func (h *Heed) TakeEvidence(ctx context.Context, who Who, intake string, sources []evidence.Source, complete bool, told func([]evidence.Taken)) (EvidenceTaken, error) {
	return h.takeEvidence(ctx, who, intake, sources, complete, true, told)
}

// TakeSent takes a file that somebody has just sent into an intake, whatever of its path
// and size the intake has.
func (h *Heed) TakeSent(ctx context.Context, who Who, intake string, s evidence.Source) (EvidenceTaken, error) {
	return h.takeEvidence(ctx, who, intake, []evidence.Source{s}, false, false, nil)
}

func (h *Heed) takeEvidence(ctx context.Context, who Who, intake string, sources []evidence.Source, complete, goOn bool, told func([]evidence.Taken)) (EvidenceTaken, error) {
	out := EvidenceTaken{Intake: intake, Items: []evidence.Taken{}}
	d, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	var in evidence.Intake
	var name string
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		if in, err = d.Resume(l.View, intake); err != nil {
			return err
		}
		if in.By != who.Person {
			return fault.Denied("%s was begun by somebody else", intake)
		}
		name = l.name(who.Person)
		if err := mayDerive(l.View, sources); err != nil {
			return err
		}
		if goOn {
			sources, err = d.Remaining(l.View, intake, sources)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	taken, refused, err := d.Take(ctx, who.by(), name, in, sources, told)
	out.Items = append(out.Items, taken...)
	out.Refused = refused
	if err == nil && complete {
		err = d.End(ctx, who.by(), in, len(refused))
	}
	return out, err
}

// mayDerive holds that no copy gets too far away from its original.
func mayDerive(v *record.View, sources []evidence.Source) error {
	asked := map[string]bool{"": true}
	for _, s := range sources {
		if asked[s.From] {
			continue
		}
		asked[s.From] = true
		if err := evidence.MayDerive(v, s.From); err != nil {
			return err
		}
	}
	return nil
}

// AddEvidence takes files in as one intake.
func (h *Heed) AddEvidence(ctx context.Context, who Who, in EvidenceInput, sources []evidence.Source, told func([]evidence.Taken)) (EvidenceTaken, error) {
	begun, err := h.BeginEvidence(ctx, who, in)
	if err != nil {
		return EvidenceTaken{}, err
	}
	return h.TakeEvidence(ctx, who, begun.ID, sources, true, told)
}

// OpenEvidence writes the original bytes of an item to w, for the purpose that
// who states. That it was opened is durable before the first byte; the bytes
// are compared with their SHA-256 as they go by.
func (h *Heed) OpenEvidence(ctx context.Context, who Who, id string, w io.Writer) (item evidence.Item, opened int64, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return item, 0, err
	}
	err = h.onItem(ctx, who, id, access.EvidenceOpen, func(a *act) error {
		if item, err = evidence.Get(a.View, id); err != nil {
			return err
		}
		if err := item.MayGive(); err != nil {
			return err
		}
		e, err := evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
		opened = e.Index
		return err
	})
	if err != nil {
		return evidence.Item{}, 0, err
	}
	err = d.Copy(ctx, w, item)
	if errors.Is(err, vault.ErrDamaged) {
		err = errors.Join(err, d.Isolate(context.WithoutCancel(ctx), who.by(), id))
	}
	return item, opened, err
}

// onItem finds an item, decides, and acts on it.
func (h *Heed) onItem(ctx context.Context, who Who, id, action string, f func(*act) error) error {
	return h.do(ctx, who, func(a *act) error {
		i, err := evidence.Head(a.View, id)
		if err != nil {
			if err2 := a.need(access.EvidenceRead, a.node()); err2 != nil {
				return err2 // what one may not read is not told from what is not there
			}
			return err
		}
		if err := a.needItem(access.EvidenceRead, i); err != nil {
			return err
		}
		if err := a.needItem(action, i); err != nil {
			return err
		}
		return f(a)
	})
}

// MarkEvidence marks an item anew; the purpose that who states is the reason.
func (h *Heed) MarkEvidence(ctx context.Context, who Who, id, marking string) error {
	return h.onItem(ctx, who, id, access.EvidenceMark, func(a *act) error {
		_, err := evidence.SetMarking(a.tx, id, marking, who.Purpose)
		return err
	})
}

// LinkEvidence says that items belong to something. All of them must be ones
// that who may change: one that is not keeps the others as they were.
func (h *Heed) LinkEvidence(ctx context.Context, who Who, ids []string, l evidence.Link) error {
	return h.onItems(ctx, who, ids, access.EvidenceChange, func(a *act, id string) error {
		if err := a.needLink(l); err != nil {
			return err
		}
		return evidence.Attach(a.tx, id, l)
	})
}

// UnlinkEvidence says that an item does not belong to something after all.
func (h *Heed) UnlinkEvidence(ctx context.Context, who Who, id string, l evidence.Link) error {
	return h.onItem(ctx, who, id, access.EvidenceChange, func(a *act) error {
		if err := a.needLink(l); err != nil {
			return err
		}
		return evidence.Detach(a.tx, id, l)
	})
}

// onItems acts on several items in one command, or on none.
func (h *Heed) onItems(ctx context.Context, who Who, ids []string, action string, f func(*act, string) error) error {
	if len(ids) == 0 || len(ids) > 1000 {
		return fault.Invalid("items", "name 1 to 1,000 items")
	}
	return h.do(ctx, who, func(a *act) error {
		for _, id := range ids {
			i, err := evidence.Head(a.View, id)
			if err != nil {
				i = evidence.Item{ID: id, Marking: "RED"}
			}
			if err := a.need(access.EvidenceRead, a.item(i)); err != nil {
				return fault.NotFound("there is no item %s", id)
			}
			if err != nil {
				return err
			}
			if err := a.needItem(action, i); err != nil {
				return err
			}
			if err := f(a, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// PermitEvidence puts a condition of use, or a contributor's consent, on items. One that
// was taken back stays taken back: what is given again has a name of its own.
func (h *Heed) PermitEvidence(ctx context.Context, who Who, ids []string, p consent.Permission) error {
	return h.onItems(ctx, who, ids, access.EvidenceChange, func(a *act, id string) error {
		back, err := evidence.TakenBack(a.View, id, p.ID)
		if err == nil && back && len(p.Withdrawals) == 0 {
			err = fault.WithHint(fault.Invalid("id", "%s was taken back on %s", p.ID, id), "a consent that is given again has a name of its own")
		}
		if err != nil {
			return err
		}
		_, err = evidence.Permit(a.tx, id, p)
		return err
	})
}

// HoldEvidence puts a legal hold on items.
func (h *Heed) HoldEvidence(ctx context.Context, who Who, ids []string, hold, authority, why string) error {
	return h.onItems(ctx, who, ids, access.EvidenceHold, func(a *act, id string) error {
		_, err := evidence.Hold(a.tx, id, hold, authority, why)
		return err
	})
}

// ReleaseEvidence ends a hold that somebody else put on; the purpose that who
// states is the reason.
func (h *Heed) ReleaseEvidence(ctx context.Context, who Who, id, hold, authority string) error {
	return h.do(ctx, who, func(a *act) error {
		i, err := evidence.Head(a.View, id)
		if err != nil {
			i = evidence.Item{ID: id, Marking: "RED"}
		}
		if err := a.need(access.EvidenceRead, a.item(i)); err != nil {
			return err
		}
		by, err := evidence.HeldBy(a.View, id, hold)
		if err != nil {
			return err
		}
		r := a.item(i)
		r.Author = by
		if err := a.need(access.EvidenceRelease, r); err != nil {
			return err
		}
		_, err = evidence.Release(a.tx, id, hold, authority, who.Purpose)
		return err
	})
}

// ReviewEvidence moves the review of an item on.
func (h *Heed) ReviewEvidence(ctx context.Context, who Who, id, to, note string) error {
	return h.onItem(ctx, who, id, access.EvidenceReview, func(a *act) error {
		_, err := evidence.Review(a.tx, id, to, note)
		return err
	})
}
