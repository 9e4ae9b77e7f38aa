package heed

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
)

// A phone in the field sends a file over days, and says when it is whole. Each
// is an intake of its own, under the authority that the office's settings name.

// phoneFile finds a file of who's by the name that the phone gave it.
func (h *Heed) phoneFile(ctx context.Context, who Who, file string) (d *evidence.Desk, id string, u evidence.Upload, err error) {
	if d, err = h.evidence(ctx); err != nil {
		return nil, "", u, err
	}
	id = h.rec.Keys().Blind("tella", who.Person+"\x00"+file)
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		u, err = d.UploadOf(l.View, id, who.Person)
		return err
	})
	return d, id, u, err
}

// PhoneFile says how much of a file has come, and whether it is kept.
func (h *Heed) PhoneFile(ctx context.Context, who Who, file string) (n int64, kept bool, err error) {
	_, _, u, err := h.phoneFile(ctx, who, file)
	if fault.KindOf(err) == fault.KindNotFound {
		return 0, false, nil
	}
	return u.Have, err == nil && u.Kept(), err
}

// phoneWaits is how long a request waits for another that adds to the same file.
const phoneWaits = 20 * time.Second

// AppendPhoneFile adds to a file whatever comes, until the line breaks: that is
// kept, and the phone goes on there. It is Late where its end was said before, and Stale
// where another request adds to it at once, in this process or in another: what comes
// says not where in the file it belongs, so that one that began when the file was
// shorter than it is now is not added.
func (h *Heed) AppendPhoneFile(ctx context.Context, who Who, authority, file string, r io.Reader) error {
	_, id, was, err := h.phoneFile(ctx, who, file)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	wait, stop := context.WithCancel(ctx)
	defer stop()
	late := time.AfterFunc(phoneWaits, stop)
	_, done, err := transfer.Claim(wait, h.rec.DB(), "phone "+id, rand.Text())
	if late.Stop(); err != nil {
		if ctx.Err() == nil && wait.Err() != nil {
			err = fault.Stale("another request adds to this file")
		}
		return err
	}
	return errors.Join(h.appendAlone(ctx, who, authority, file, was.Have, r), done())
}

// appendAlone is AppendPhoneFile while nobody else adds to the file, which was so long
// when the request came.
func (h *Heed) appendAlone(ctx context.Context, who Who, authority, file string, was int64, r io.Reader) error {
	d, id, u, err := h.phoneFile(ctx, who, file)
	if err == nil && u.Have != was && !u.Ended() {
		return fault.Stale("another request added to this file: ask how much is there")
	}
	if fault.KindOf(err) == fault.KindNotFound {
		var in evidence.Intake
		if in, err = h.BeginEvidence(ctx, who, EvidenceInput{Authority: authority, Via: "peer", Note: "sent by a phone with Tella"}); err != nil {
			return err
		}
		u, err = d.OpenEnded(ctx, id, in.ID, who.Person, file)
	}
	if err != nil {
		return err
	}
	for !u.Ended() {
		had := u.Have
		if u, err = d.AddPart(ctx, h.parts.Blobs, id, who.Person, had, r); err != nil || u.Have-had < evidence.MostPart {
			return err
		}
	}
	return fault.Late("the end of this file was said")
}

// ClosePhoneFile says that a file is whole, and takes it in. What broke off
// after that was said is gone on with when it is said again.
func (h *Heed) ClosePhoneFile(ctx context.Context, who Who, file string) error {
	d, id, u, err := h.phoneFile(ctx, who, file)
	if err != nil || u.Kept() {
		return err
	}
	if u, err = d.SayEnd(ctx, id, who.Person); err != nil {
		return err
	}
	source, err := u.Source(ctx, h.parts.Blobs)
	if err != nil {
		return err
	}
	source.Path = "tella/" + file // by which it is known where it was taken in already
	out, err := h.takePhoneFile(ctx, who, u.Intake, source)
	if err != nil {
		return err
	}
	if err := d.SayKept(context.WithoutCancel(ctx), h.parts.Blobs, u); err != nil {
		return err
	}
	return h.JudgeSoon(ctx, who, out.Intake, out.Items)
}

// takePhoneFile takes a whole file in, and ends its intake. Where somebody ended that
// before the file was whole, another is begun under the same authority. A file that
// could not be read leaves the intake open, so that it can be said to be whole again.
func (h *Heed) takePhoneFile(ctx context.Context, who Who, intake string, source evidence.Source) (out EvidenceTaken, err error) {
	ended, there := false, false
	var under string
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		in, err := evidence.GetIntake(l.View, intake)
		if err != nil || in.Ended.IsZero() {
			return err
		}
		ended, under = true, in.Authority
		rows, err := evidence.List(l.View, evidence.Filter{Intake: intake, Limit: 1000})
		there = slices.ContainsFunc(rows, func(i evidence.Item) bool { return i.Path == source.Path && i.Size == source.Size })
		return err
	})
	if out.Intake = intake; err != nil || there {
		return out, err
	}
	if ended {
		in, err := h.BeginEvidence(ctx, who, EvidenceInput{Authority: under, Via: "peer", Note: "sent by a phone with Tella; " + intake + " was ended before it was whole"})
		if err != nil {
			return out, err
		}
		intake = in.ID
	}
	if out, err = h.TakeEvidence(ctx, who, intake, []evidence.Source{source}, false, nil); err != nil {
		return out, err
	}
	if len(out.Refused) > 0 {
		return out, errors.New(out.Refused[0].Error)
	}
	_, err = h.TakeEvidence(ctx, who, intake, nil, true, nil)
	return out, err
}
