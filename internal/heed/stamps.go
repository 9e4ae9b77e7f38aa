package heed

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/record"
)

// AddStampAuthority has what is taken in stamped by one more authority: an RFC
// 3161 one, or an OpenTimestamps calendar.
func (h *Heed) AddStampAuthority(ctx context.Context, who Who, url, kind string, ended bool) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.EvidenceKeep, a.node()); err != nil {
			return err
		}
		_, err := stamp.AddAuthority(a.tx, stamp.Authority{URL: url, Kind: kind}, ended)
		return err
	})
}

// Stamped says what a run of the queue did.
type Stamped struct {
	Kept    int `json:"kept"`
	Renewed int `json:"renewed"`
	// Upgraded are promises of calendars that were kept: their proofs now lead into a block.
	Upgraded int      `json:"upgraded"`
	Waiting  int      `json:"waiting"` // promises that are not kept yet
	Left     int      `json:"left"`    // still to be stamped
	Failed   []string `json:"failed"`  // authorities that did not answer rightly, and why
}

// stampsAtOnce bounds what is asked of one authority in one run.
const stampsAtOnce = 1000

// StampEvidence asks every authority for the stamps that are missing, and has
// those renewed that end. An authority that does not answer is asked again in
// the next run: the queue is what is missing.
func (h *Heed) StampEvidence(ctx context.Context, who Who) (out Stamped, err error) {
	out.Failed = []string{}
	var all []stamp.Authority
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceKeep, l.node()); err != nil {
			return err
		}
		all, err = stamp.Authorities(l.View)
		return err
	})
	if err != nil {
		return out, err
	}
	for _, a := range all {
		var intakes []string
		if err := h.rec.View(ctx, func(v *record.View) (err error) { intakes, err = stamp.Missing(v, a, stampsAtOnce); return err }); err != nil {
			return out, err
		}
		for n, id := range intakes {
			var list []byte
			if err := h.rec.View(ctx, func(v *record.View) (err error) { list, err = listOf(v, id); return err }); err != nil {
				return out, err
			}
			if err := h.askStamp(ctx, who, stamp.Due{Intake: id, Authority: a, Text: list}); err != nil {
				out.Failed = append(out.Failed, err.Error())
				out.Left += len(intakes) - n
				break
			}
			out.Kept++
		}
	}
	var due []stamp.Due
	if err := h.rec.View(ctx, func(v *record.View) (err error) { due, err = stamp.Renewals(v, all, h.Now(), stampsAtOnce); return err }); err != nil {
		return out, err
	}
	for n, d := range due {
		if err := h.askStamp(ctx, who, d); err != nil {
			out.Failed = append(out.Failed, err.Error())
			out.Left += len(due) - n
			break
		}
		out.Renewed++
	}
	return out, h.upgradeStamps(ctx, who, all, &out)
}

// mostAnswer bounds the answer of an authority.
const mostAnswer = 1 << 20

func (h *Heed) askStamp(ctx context.Context, who Who, d stamp.Due) error {
	body, kind, err := stamp.Request(d)
	if err != nil {
		return err
	}
	answer, err := post.Ask(ctx, d.Authority.Address(), kind, body, mostAnswer)
	if err != nil {
		return err
	}
	s, err := stamp.Read(d, answer)
	if err != nil {
		return err
	}
	return h.rec.Do(ctx, who.by(), func(tx *record.Tx) error {
		_, err := stamp.Keep(tx, s)
		return err
	})
}

// listOf writes the list of an intake, what its stamps are about: for each item the
// digest under which the log holds the words of the entry by which it was taken in.
// It is the same for ever: the digest stays when the words are erased.
func listOf(v *record.View, intake string) ([]byte, error) {
	var b []byte
	err := evidence.EachHead(v, evidence.Filter{Intake: intake}, func(i evidence.Item) error {
		e, err := v.Entry(i.Entry)
		b = append(b, stamp.Line(e.SealedDigest(), i.ID)...)
		return err
	})
	return b, err
}

// Stamps are the proofs of time of an intake, and those that its items brought from
// other custodians.
type Stamps struct {
	stamp.Proofs
	Before []Before
}

// A Before is what shows when items were with an earlier custodian.
type Before struct {
	Node, Intake string
	stamp.Proofs
}

// Files are those that check.txt is about: of earlier custodians in folders of their own.
func (s Stamps) Files(named func(item string) string) (out []stamp.File, err error) {
	if out, err = s.Proofs.Files(named); err != nil {
		return nil, err
	}
	for n, b := range s.Before {
		some, err := b.Files(named)
		if err != nil {
			return nil, err
		}
		for _, f := range some {
			f.Name = fmt.Sprintf("before-%d/%s", n+1, f.Name)
			out = append(out, f)
		}
	}
	return out, nil
}

// StampsOf returns what shows when the items of an intake were there, to be checked
// with sha256sum and openssl. Of items that who may not read or use so, and of those
// that were erased, the list holds a digest that tells nothing.
func (h *Heed) StampsOf(ctx context.Context, who Who, intake string) (out Stamps, err error) {
	err = h.see(ctx, who, func(l *look) error {
		in, err := evidence.GetIntake(l.View, intake)
		r := access.Resource{Type: "intake", ID: intake, Marking: in.Marking, Author: in.By, Agencies: []string{home}, Exercise: l.h.Exercise()}
		if err != nil {
			r.Marking = "RED"
		}
		if err := l.need(access.EvidenceRead, r); err != nil {
			return fault.NotFound("there is no intake %s", intake)
		}
		if err != nil {
			return err
		}
		var items []evidence.Item
		hidden := false
		err = evidence.EachHead(l.View, evidence.Filter{Intake: intake}, func(i evidence.Item) error {
			switch r, why := l.itemUsed(i); {
			case !l.may(access.EvidenceRead, r):
				hidden = true
			case why == "": // what consent withholds keeps its line closed
				items = append(items, i)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if hidden && len(items) == 0 {
			return fault.NotFound("there is no intake %s", intake)
		}
		if out.Proofs, err = l.proofsOf(intake, items); err != nil {
			return err
		}
		out.Before, err = l.before(ctx, items)
		return err
	})
	return out, err
}

// proofsOf puts together what shows when items of an intake were there. Its caller
// has decided that who may read them.
func (l *look) proofsOf(intake string, items []evidence.Item) (out stamp.Proofs, err error) {
	if out.List, err = listOf(l.View, intake); err != nil {
		return out, err
	}
	for _, i := range items {
		d, err := l.Disclose(i.Entry, true)
		if err != nil {
			return out, err
		}
		if d.Sealed != nil {
			out.Words = append(out.Words, stamp.Worded{Item: i.ID, Salt: d.SealedSalt, Words: d.Sealed})
		}
	}
	out.Stamps, err = stamp.Of(l.View, intake)
	return out, err
}

// before puts what items brought into an order.
func (l *look) before(ctx context.Context, items []evidence.Item) (out []Before, err error) {
	all, err := l.elsewhere(ctx, items)
	for x, p := range all {
		out = append(out, Before{x.Node, x.Intake, p})
	}
	slices.SortFunc(out, func(a, b Before) int { return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Intake, b.Intake)) })
	return out, err
}

// stampsFor returns what shows when items were there, by the folder in which it goes
// along: that of their intake, and one for each of an earlier custodian.
func (l *look) stampsFor(ctx context.Context, items []evidence.Item) (map[string]stamp.Proofs, error) {
	of, out := map[string][]evidence.Item{}, map[string]stamp.Proofs{}
	for _, i := range items {
		of[i.Intake] = append(of[i.Intake], i)
	}
	for intake, items := range of {
		p, err := l.proofsOf(intake, items)
		if err != nil {
			return nil, err
		}
		if len(p.Stamps) > 0 {
			out[intake] = p
		}
	}
	before, err := l.before(ctx, items)
	for n, b := range before {
		out[fmt.Sprintf("before-%d", n+1)] = b.Proofs
	}
	return out, err
}
