package heed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
)

// analysis is an analysis of impact, as access is told of it.
func (l *look) analysis(a impact.Analysis) (access.Resource, error) {
	return l.of(access.Resource{Type: "impact", ID: a.ID, Marking: a.Marking, Author: a.By}, a.Situation)
}

// RegisterImpact writes an analysis down before its outcome data are loaded.
// The situation may be left out.
func (h *Heed) RegisterImpact(ctx context.Context, who Who, in impact.Plan) (out impact.Analysis, err error) {
	err = h.do(ctx, who, func(a *act) error {
		r := a.node()
		if in.Situation != "" {
			s, err := situation.Find(a.View, in.Situation)
			if err != nil {
				return err
			}
			in.Situation, r = s.ID, a.situation(s)
			if in.Marking == "" {
				in.Marking = s.Marking
			}
		}
		r.Type, r.ID = "impact", ""
		if err := a.need(access.ImpactRegister, r); err != nil {
			return err
		}
		out, err = impact.Register(a.tx, in)
		return err
	})
	return out, err
}

// largestData bounds the data of an analysis, in bytes.
const largestData = 64 << 20

// RunImpact runs a registered analysis on its data, and writes the outcome
// down with the hash of the data. The data are kept.
func (h *Heed) RunImpact(ctx context.Context, who Who, id string, data io.Reader) (impact.Analysis, error) {
	var a impact.Analysis
	var plan impact.Plan
	var brought map[string]int64
	err := h.see(ctx, who, func(l *look) (err error) {
		if a, err = l.runnable(id); err != nil {
			return err
		}
		if plan, err = impact.Words(l.View, a); err != nil {
			return err
		}
		brought, err = imported(l.View)
		return err
	})
	if err != nil {
		return a, err
	}
	b, err := io.ReadAll(io.LimitReader(data, largestData+1))
	if err != nil {
		return a, err
	}
	if len(b) > largestData {
		return a, fault.Invalid("data", "the data have more than %d bytes", largestData)
	}
	outcome, err := impact.Analyse(plan.Design, bytes.NewReader(b))
	if err != nil {
		return a, err
	}
	if h.parts.Blobs == nil {
		return a, errors.New("this node has no place for data")
	}
	ref, err := h.parts.Blobs.Put(ctx, bytes.NewReader(b))
	if err != nil {
		return a, fmt.Errorf("keep the data of %s: %w", id, err)
	}
	err = h.do(ctx, who, func(c *act) (err error) {
		if _, err = c.runnable(id); err != nil {
			return err
		}
		if _, err = impact.Run(c.tx, id, impact.Data{Blob: ref.String(), Seen: brought[impact.Sum(b)]}, outcome); err != nil {
			return err
		}
		a, err = impact.Get(c.View, id)
		return err
	})
	return a, err
}

// readAnalysis finds an analysis that the person may read. One that may not be
// read is as one that is not there.
func (l *look) readAnalysis(id string) (impact.Analysis, access.Resource, error) {
	a, err := impact.Get(l.View, id)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return a, access.Resource{}, err
	}
	if err != nil {
		a = impact.Analysis{ID: id, Marking: "RED"}
	}
	r, err2 := l.analysis(a)
	if err2 != nil {
		return a, r, err2
	}
	if !l.may(access.ImpactRead, r) || err != nil {
		return a, r, fault.WithHint(fault.NotFound("there is no analysis %q", id), "heed impact list lists those that you may read")
	}
	return a, r, nil
}

// runnable finds an analysis that the person may run.
func (l *look) runnable(id string) (impact.Analysis, error) {
	a, r, err := l.readAnalysis(id)
	if err == nil {
		err = l.need(access.ImpactRun, r)
	}
	return a, err
}

// imported are the files that were imported as series, by hash, with the first
// entry that brought each.
func imported(v *record.View) (map[string]int64, error) {
	all, err := series.Imports(v)
	out := map[string]int64{}
	for _, i := range all { // the newest first
		out[i.File] = i.Entry
	}
	return out, err
}

// AnswerRival says why a rival explanation of an analysis does or does not
// hold.
func (h *Heed) AnswerRival(ctx context.Context, who Who, id, rival, text string) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.runnable(id); err != nil {
			return err
		}
		_, err := impact.Answer(a.tx, id, causal.Rival(rival), text)
		return err
	})
}

// ImportTools takes in the table Tools for Atrocity Prevention.
func (h *Heed) ImportTools(ctx context.Context, who Who, body io.Reader) (impact.Loaded, error) {
	err := h.see(ctx, who, func(l *look) error { return l.need(access.ImportData, l.node()) })
	if err != nil {
		return impact.Loaded{}, err
	}
	return impact.ImportTools(ctx, h.rec, who.by(), h.parts.Blobs, body)
}
