package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

// A CustodyKey is one to which evidence is encrypted beside the node's own.
type CustodyKey struct {
	Key       string    `json:"key"`       // its short name
	Recipient string    `json:"recipient"` // itself
	Holder    Ref       `json:"holder"`
	Since     time.Time `json:"since"`
	Entry     int64     `json:"entry"`
}

// CustodyKeys returns those that are in force, the oldest first.
func (h *Heed) CustodyKeys(ctx context.Context, who Who) (out []CustodyKey, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceKeep, l.node()); err != nil {
			return err
		}
		all, err := evidence.Custodians(l.View)
		out = make([]CustodyKey, len(all))
		for n, c := range all {
			e, err := l.Entry(c.Entry)
			if err != nil {
				return err
			}
			out[n] = CustodyKey{Key: c.Key(), Recipient: c.Recipient, Holder: l.ref(c.Holder), Since: e.Time, Entry: c.Entry}
		}
		return err
	})
	return out, err
}

// AddCustodian has what is taken in from now on encrypted to one more key.
func (h *Heed) AddCustodian(ctx context.Context, who Who, recipient, holder string) (out CustodyKey, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.EvidenceKeep, a.node()); err != nil {
			return err
		}
		p, err := h.desk.Find(a.View, holder)
		if err != nil {
			return fault.Invalid("holder", "%w", err)
		}
		c, err := evidence.SetCustodian(a.tx, recipient, p.ID)
		out = CustodyKey{Key: c.Key(), Recipient: c.Recipient, Holder: a.ref(c.Holder), Since: a.tx.Now, Entry: c.Entry}
		return err
	})
	return out, err
}

// EndCustodian has what is taken in from now on not encrypted to a key any more,
// which is named by itself or by its short name. What was taken in before it
// still opens.
func (h *Heed) EndCustodian(ctx context.Context, who Who, key, reason string) (out CustodyKey, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.EvidenceKeep, a.node()); err != nil {
			return err
		}
		c, err := evidence.EndCustodian(a.tx, key, reason)
		if err != nil {
			return err
		}
		out = CustodyKey{Key: c.Key(), Recipient: c.Recipient, Holder: a.ref(c.Holder), Since: a.tx.Now, Entry: c.Entry}
		return nil
	})
	return out, err
}
