package heed

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
)

// Redact makes a copy without what is named, in a process of its own:
// [copies.Box.Redact].
type Redact func(ctx context.Context, data []byte, r copies.Redaction) (copies.Redacted, error)

// RedactEvidence makes a copy of an item from which something is gone, as an
// item of its own under the same marking; what was permitted of the original is
// what is permitted of the copy. That the original was opened for it is on record;
// the original is not touched, and its SHA-256 stays in the copy's record. Who
// uses the copy outside marks it anew.
func (h *Heed) RedactEvidence(ctx context.Context, who Who, id string, r copies.Redaction) (evidence.Taken, error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.EvidenceAdd, l.node()) }); err != nil {
		return evidence.Taken{}, err
	}
	if h.parts.Redact == nil {
		return evidence.Taken{}, fault.Denied("this program cannot redact: it has no process to do so in")
	}
	var original bytes.Buffer
	item, _, err := h.OpenEvidence(ctx, who, id, &original)
	if err != nil {
		return evidence.Taken{}, err
	}
	out, err := h.parts.Redact(ctx, original.Bytes(), r)
	if err != nil {
		return evidence.Taken{}, err
	}
	name := strings.TrimSuffix(item.Name, filepath.Ext(item.Name)) + " (redacted)" + out.Extension
	source := evidence.Source{Name: name, Size: int64(len(out.Data)), From: id, How: "redaction", Tool: "heed redact", Note: "of " + id + ", SHA-256 " + item.SHA256 + after("; ", out.Note),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Data)), nil }}
	return h.derive(ctx, who, item, source)
}

// after puts something before a text that is there.
func after(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
