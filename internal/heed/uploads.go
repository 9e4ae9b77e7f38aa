package heed

import (
	"context"
	"errors"
	"io"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// An IntakeView is an intake with what came of it.
type IntakeView struct {
	evidence.Intake
	ByName  string
	Items   []evidence.Item
	More    bool
	Uploads []evidence.Upload // announced, and not whole yet; of the reader's own
	Mine    bool              // the reader began it, and it has not ended
}

// Intake returns an intake with those of its items that who may read.
func (h *Heed) Intake(ctx context.Context, who Who, id string) (out IntakeView, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	err = h.see(ctx, who, func(l *look) error {
		in, err := evidence.GetIntake(l.View, id)
		r := access.Resource{Type: "intake", ID: id, Marking: in.Marking, Author: in.By, Agencies: []string{home}, Exercise: l.h.Exercise()}
		if err != nil {
			r.Marking = "RED"
		}
		if err := l.need(access.EvidenceRead, r); err != nil {
			return fault.NotFound("there is no intake %s", id)
		}
		if err != nil {
			return err
		}
		out.Intake, out.ByName, out.Mine = in, l.name(in.By), in.By == who.Person && in.Ended.IsZero()
		if out.Items, err = l.readable(evidence.Filter{Intake: id, Limit: 200}); err != nil {
			return err
		}
		out.More = len(out.Items) >= 200
		if !out.Mine {
			return nil
		}
		out.Uploads, err = d.Uploads(l.View, id)
		return err
	})
	return out, err
}

// EndIntake says that nothing more comes to an intake that who began.
func (h *Heed) EndIntake(ctx context.Context, who Who, id string) error {
	_, err := h.TakeEvidence(ctx, who, id, nil, true, nil)
	return err
}

// EndUploads is EndIntake for files that came one by one: proofs that came beside what
// they are about are judged with it now, behind the answer.
func (h *Heed) EndUploads(ctx context.Context, who Who, id string) error {
	if err := h.EndIntake(ctx, who, id); err != nil || h.parts.Judge == nil {
		return err
	}
	h.judging.soon.Go(func() {
		h.judging.wait(id) // each was judged alone as it came; what is judged last holds
		_, _ = h.judgeTogether(h.judging.ctx, who, id)
	})
	return nil
}

// judgeTogether judges the items of an intake that stood beside proofs.
func (h *Heed) judgeTogether(ctx context.Context, who Who, intake string) (n int, err error) {
	if err := h.mayJudge(ctx, who, intake); err != nil {
		return 0, err
	}
	var items []evidence.Item
	err = h.rec.View(ctx, func(v *record.View) error {
		return evidence.Each(v, evidence.Filter{Intake: intake}, func(i evidence.Item) error {
			items = append(items, evidence.Item{ID: i.ID, Erased: i.Erased, Words: evidence.Words{Name: i.Name, Path: i.Path}})
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	return h.judgeSets(ctx, who, intake, evidence.SetsOf(items))
}

// BeginUpload announces a file of an intake that comes in parts. Of a folder that is sent
// again, what has come is left: then the item is returned.
func (h *Heed) BeginUpload(ctx context.Context, who Who, intake string, f evidence.File) (u evidence.Upload, item string, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return u, "", err
	}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		in, err := d.Resume(l.View, intake)
		if err == nil && in.By != who.Person {
			err = fault.Denied("%s was begun by somebody else", intake)
		}
		if err != nil {
			return err
		}
		item, err = evidence.Came(l.View, intake, f)
		return err
	})
	if err != nil || item != "" {
		return evidence.Upload{Intake: intake, Size: f.Size, Have: f.Size}, item, err
	}
	u, err = d.BeginUpload(ctx, intake, who.Person, f)
	return u, "", err
}

// Upload says how far an upload of who's has come.
func (h *Heed) Upload(ctx context.Context, who Who, id string) (u evidence.Upload, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return u, err
	}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		u, err = d.UploadOf(l.View, id, who.Person)
		return err
	})
	return u, err
}

// AddPart adds a part to an upload. With the last part it becomes an item,
// which is returned.
func (h *Heed) AddPart(ctx context.Context, who Who, id string, offset int64, r io.Reader) (u evidence.Upload, item evidence.Taken, err error) {
	if u, err = h.Upload(ctx, who, id); err != nil {
		return u, item, err
	}
	d, err := h.evidence(ctx)
	if err != nil {
		return u, item, err
	}
	if u.Have < u.Size || offset != u.Have {
		if u, err = d.AddPart(ctx, h.parts.Blobs, id, who.Person, offset, r); err != nil || u.Have < u.Size {
			return u, item, err
		}
	}
	source, err := u.Source(ctx, h.parts.Blobs)
	if err != nil {
		return u, item, err
	}
	out, err := h.TakeSent(ctx, who, u.Intake, source)
	switch {
	case err != nil:
		return u, item, err
	case len(out.Refused) > 0:
		return u, item, errors.New(out.Refused[0].Error)
	case len(out.Items) > 0:
		item = out.Items[0]
	}
	return u, item, d.EndUpload(context.WithoutCancel(ctx), h.parts.Blobs, u)
}
