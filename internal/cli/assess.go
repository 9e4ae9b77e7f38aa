package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

type assessmentCmd struct {
	Framework frameworkCmd        `cmd:"" help:"The UN Framework of Analysis: 14 risk factors and their indicators."`
	Add       assessAddCmd        `cmd:"" help:"Assess the risk to a population, from a CSV of marks; a second person reviews it."`
	List      assessListCmd       `cmd:"" help:"List assessments."`
	Show      assessmentShowCmd   `cmd:"" help:"Read an assessment, beside the one before."`
	Matrix    assessmentMatrixCmd `cmd:"" help:"What each risk factor says of each population, and what changed."`
	Review    assessReviewCmd     `cmd:"" help:"Accept or return an assessment that somebody else wrote."`
}

type frameworkCmd struct{}

func (c *frameworkCmd) Run(r *run) error {
	f := (*heed.Heed)(nil).Framework(r.ctx)
	return r.print(f, func(w io.Writer) {
		for _, x := range f {
			fmt.Fprintf(w, "%d %s (%s)\n", x.N, x.Name, x.Crime)
			for _, i := range x.Indicators {
				verify := ""
				if i.Verify {
					verify = "  [wording not yet verified]"
				}
				fmt.Fprintf(w, "  %-6s %s%s\n", i.Code, i.Text, verify)
			}
		}
	})
}

type assessAddCmd struct {
	Situation  string `required:"" placeholder:"REF"`
	Population string `required:"" placeholder:"NAME"`
	Marks      string `required:"" help:"CSV with the columns indicator, state (absent, present, worsening, unknown), sources, note." placeholder:"FILE"`
	Summary    string
	Marking    string
	Draft      bool `help:"Leave it a draft."`
}

func (c *assessAddCmd) Run(r *run) error {
	b, err := readInput(c.Marks)
	if err != nil {
		return err
	}
	marks, err := readMarks(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Marks, err)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddAssessment(r.ctx, who, heed.AssessmentInput{Situation: c.Situation, Population: c.Population, Marks: marks, Summary: c.Summary, Marking: c.Marking, Draft: c.Draft})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"assessment": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

// readMarks reads marks from a CSV with a header.
func readMarks(b []byte) ([]heed.Marked, error) {
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.Invalid("marks", "the file is empty")
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, need := range []string{"indicator", "state"} {
		if _, ok := at[need]; !ok {
			return nil, fault.Invalid("marks", "line 1: no column %q", need)
		}
	}
	cell := func(row []string, name string) string {
		if i, ok := at[name]; ok {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	var out []heed.Marked
	for _, row := range rows[1:] {
		out = append(out, heed.Marked{Indicator: cell(row, "indicator"), State: cell(row, "state"), Sources: strings.Fields(cell(row, "sources")), Note: cell(row, "note")})
	}
	return out, nil
}

type assessListCmd struct {
	Situation string `placeholder:"REF"`
}

func (c *assessListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Assessments(r.ctx, who, c.Situation)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, a := range all {
			fmt.Fprintf(w, "%-6s %-10s %d present, %d worsening, %d unknown\n", a.ID, a.State, a.Present, a.Worsening, a.Unknown)
		}
	})
}

type assessReviewCmd struct {
	Assessment string `arg:""`
	Accept     bool   `xor:"verdict"`
	Return     bool   `xor:"verdict"`
	Note       string
}

func (c *assessReviewCmd) Run(r *run) error {
	if c.Accept == c.Return {
		return usage("say --accept or --return")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.ReviewAssessment(r.ctx, who, c.Assessment, c.Accept, c.Note)
}
