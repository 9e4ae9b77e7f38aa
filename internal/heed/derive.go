package heed

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

// Made is what a person made out of an item.
type Made struct {
	How  string // "transcript", "transcode", "translation", "extract" or "working-copy"
	Tool string // with which it was made
	Note string
	File evidence.Source
}

// DeriveEvidence takes in what a person made out of an item, as an item of its own under
// the same marking, derived from it. What was permitted of the original is what is
// permitted of it.
func (h *Heed) DeriveEvidence(ctx context.Context, who Who, id string, m Made) (evidence.Taken, error) {
	item, err := h.derivable(ctx, who, id)
	if err != nil {
		return evidence.Taken{}, err
	}
	ours := []string{"redaction", "thumbnail", "text"}
	if !slices.Contains(evidence.Ways(), m.How) || slices.Contains(ours, m.How) {
		return evidence.Taken{}, fault.Invalid("kind", "%q is nothing that a person makes out of an item: transcript, transcode, translation, extract or working-copy", m.How)
	}
	if m.Tool = strings.TrimSpace(m.Tool); m.Tool == "" {
		return evidence.Taken{}, fault.Invalid("tool", "say with what it was made: a program and its version, or by ear")
	}
	s := m.File
	s.From, s.How, s.Tool, s.Note = id, m.How, m.Tool, m.Note
	return h.derive(ctx, who, item, s)
}

// KeepText reads the text of an item and keeps it as an item of its own, derived from it.
// That the item was opened for it is on record.
func (h *Heed) KeepText(ctx context.Context, who Who, id string) (evidence.Taken, error) {
	item, err := h.derivable(ctx, who, id)
	if err != nil {
		return evidence.Taken{}, err
	}
	r, err := h.ReadEvidence(ctx, who, id)
	if err != nil {
		return evidence.Taken{}, err
	}
	if strings.TrimSpace(r.Text) == "" {
		why := "nothing in it is text that can be read"
		if len(r.Notes) > 0 {
			why = strings.Join(r.Notes, "; ")
		}
		return evidence.Taken{}, fault.Invalid("item", "%s has no text to keep: %s", id, why)
	}
	s := evidence.Source{Name: strings.TrimSuffix(item.Name, filepath.Ext(item.Name)) + " (text).txt", Type: "text/plain; charset=utf-8", Size: int64(len(r.Text)), From: id, How: "text",
		Tool: "heed evidence text, reading " + r.Kind, Note: strings.Join(r.Notes, "; "), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(r.Text)), nil }}
	return h.derive(ctx, who, item, s)
}

// derivable decides whether who may make something out of an item.
func (h *Heed) derivable(ctx context.Context, who Who, id string) (item evidence.Item, err error) {
	err = h.onItem(ctx, who, id, access.EvidenceOpen, func(a *act) error {
		if err := a.need(access.EvidenceAdd, a.node()); err != nil {
			return err
		}
		if item, err = evidence.Get(a.View, id); err != nil {
			return err
		}
		return item.MayGive()
	})
	return item, err
}

// derive takes in one file that was made out of an item.
func (h *Heed) derive(ctx context.Context, who Who, item evidence.Item, s evidence.Source) (evidence.Taken, error) {
	taken, err := h.AddEvidence(ctx, who, EvidenceInput{Authority: "Copy made for: " + who.Purpose, Marking: item.Marking, Via: "derived", Links: item.Links}, []evidence.Source{s}, nil)
	if err != nil {
		return evidence.Taken{}, err
	}
	if len(taken.Items) != 1 {
		return evidence.Taken{}, fault.Invalid("item", "%s", taken.Refused[0].Error)
	}
	return taken.Items[0], nil
}
