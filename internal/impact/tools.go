package impact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Finding is one row of the table Tools for Atrocity Prevention (United States
// Holocaust Memorial Museum): a factor, and in how many findings a tool did more
// or less where it was present.
type Finding struct {
	Entry                  int64
	Tool, Factor, Nature   string // Nature is contextual or design
	Greater, Lesser, Mixed int    // findings; mixed holds those of no effect
	Research, Practice     string // strength: Weaker, Moderate, Stronger, or ""
}

// largestTable bounds a table of tools, in bytes.
const largestTable = 32 << 20

type toolsImported struct {
	Blob string `json:"blob"`
	Rows int    `json:"rows"`
}

// Loaded says what an import of tools did.
type Loaded struct {
	Rows  int    `json:"rows"`
	Tools int    `json:"tools"`
	Blob  string `json:"blob"`
	Entry int64  `json:"entry"`
}

// ImportTools takes the table of factors in as one entry over a blob. The
// newest table is the one that is shown.
func ImportTools(ctx context.Context, rec *record.Record, by record.By, store blob.Store, r io.Reader) (out Loaded, err error) {
	b, err := io.ReadAll(io.LimitReader(r, largestTable+1))
	if err != nil {
		return out, err
	}
	if len(b) > largestTable {
		return out, fault.Invalid("file", "the table has more than %d bytes", largestTable)
	}
	rows, err := ParseTools(bytes.NewReader(b))
	if err != nil {
		return out, err
	}
	ref, err := store.Put(ctx, bytes.NewReader(b))
	if err != nil {
		return out, err
	}
	tools := map[string]bool{}
	for _, f := range rows {
		tools[f.Tool] = true
	}
	out = Loaded{Rows: len(rows), Tools: len(tools), Blob: ref.String()}
	err = rec.Do(ctx, by, func(tx *record.Tx) error {
		e, err := tx.Append(record.Draft{Kind: "impact.tools-imported", Subjects: []string{"impact/tools"}, Marking: "CLEAR", Open: toolsImported{out.Blob, out.Rows}})
		out.Entry = e.Index
		return err
	})
	return out, err
}

// known refuses a tool that the table of evidence does not have, where a table
// was taken in. Large and small letters are alike.
func known(v *record.View, p *Plan) error {
	if p.Tool == "" {
		return nil
	}
	all, err := Tools(v, "")
	if err != nil || len(all) == 0 {
		return err
	}
	var names []string
	for _, f := range all {
		if strings.EqualFold(f.Tool, p.Tool) {
			p.Tool = f.Tool
			return nil
		}
		if !slices.Contains(names, f.Tool) {
			names = append(names, f.Tool)
		}
	}
	return fault.Invalid("tool", "the table of evidence has no tool %q; it has %s", p.Tool, strings.Join(names, ", "))
}

// ParseTools reads the sheet all_factors of the table. Rows without a factor or
// a tool are left out: they describe tools whose evidence was not reviewed.
func ParseTools(r io.Reader) ([]Finding, error) {
	t, err := frame.Parse(r)
	if err != nil {
		return nil, fault.Invalid("file", "%w", err)
	}
	for _, c := range []string{"tool_name", "Name", "greater_findings", "lesser_findings", "no_mixed_findings", "research_qualitative"} {
		if _, err := t.Column(c); err != nil {
			return nil, fault.WithHint(fault.Invalid("file", "%w", err), "this reads the sheet all_factors of Tools for Atrocity Prevention, third version")
		}
	}
	var out []Finding
	for i := range t.Len() {
		f := Finding{Tool: t.Cell(i, "tool_name"), Factor: first(t.Cell(i, "Name.Final_research"), t.Cell(i, "Name.Final_practitioner"), t.Cell(i, "Name")),
			Nature: t.Cell(i, "Contextual.or.design.factor"), Research: strength(t.Cell(i, "research_qualitative")), Practice: strength(t.Cell(i, "practitioner_qualitative"))}
		for _, c := range []struct {
			name string
			to   *int
		}{{"greater_findings", &f.Greater}, {"lesser_findings", &f.Lesser}, {"no_mixed_findings", &f.Mixed}} {
			cell := t.Cell(i, c.name)
			if cell == "" {
				continue
			}
			n, err := strconv.Atoi(cell)
			if err != nil || n < 0 || n > 1e6 {
				return nil, fault.Invalid("file", "line %d, column %s: %q is not a number of findings", t.Line(i), c.name, cell)
			}
			*c.to = n
		}
		if f.Tool != "" && f.Factor != "" {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return nil, fault.Invalid("file", "no row names a tool and a factor")
	}
	return out, nil
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// strength keeps the three words of the scale.
func strength(s string) string {
	switch s {
	case "Weaker", "Moderate", "Stronger":
		return s
	}
	return ""
}

// loader loads tables out of blobs.
type loader struct{ store blob.Store }

func (l loader) applyTools(tx *db.Tx, e record.Entry) error {
	var x toolsImported
	if err := e.Decode(&x); err != nil {
		return err
	}
	sum, err := blob.ParseSum(x.Blob)
	if err != nil {
		return err
	}
	b, err := l.store.Open(tx.Context(), sum)
	if err != nil {
		return fmt.Errorf("the table of tools, blob %s: %w", x.Blob, err)
	}
	defer b.Close()
	rows, err := ParseTools(b)
	if err != nil {
		return err
	}
	return applyFindings(tx, e.Index, rows)
}

// Sum returns the SHA-256 of data as blobs are named.
func Sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
