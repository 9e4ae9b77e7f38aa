package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/heed"
)

type caseCmd struct {
	Open    caseOpenCmd    `cmd:"" help:"Open a case before an authority."`
	Link    caseLinkCmd    `cmd:"" help:"Say which items belong to a case."`
	Request caseRequestCmd `cmd:"" help:"Enter a prosecutor's request for assistance as it came."`
	Answer  caseAnswerCmd  `cmd:"" help:"Answer a request: give, withhold a part, or refuse with the reasons."`
	Outcome caseOutcomeCmd `cmd:"" help:"Enter what came of a case: charge, conviction, acquittal, closed."`
	List    caseListCmd    `cmd:"" help:"Cases, the newest first, and the requests that wait."`
	Show    caseShowCmd    `cmd:"" help:"A case: its items, requests, answers and outcomes."`
}

type caseOpenCmd struct {
	Name         string   `arg:"" help:"How the case is called."`
	Authority    string   `required:"" help:"Which authority leads it, as permissions name it." placeholder:"NAME"`
	Class        []string `help:"What the authority is, as permissions name it: court, state, un…" placeholder:"CLASS"`
	Jurisdiction string   `required:"" help:"The state in which it acts (three letters)." placeholder:"ISO3"`
	Marking      string   `help:"TLP 2.0 (default: AMBER+STRICT)." placeholder:"M"`
	Situation    string   `help:"The situation that it belongs to." placeholder:"REF"`
	Note         string   `help:"Beside it."`
}

// Run opens a case.
func (c *caseOpenCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	in := heed.CaseInput{Words: cases.Words{Name: c.Name, Authority: c.Authority, Classes: c.Class, Note: c.Note}, In: c.Jurisdiction, Situation: c.Situation, Marking: c.Marking}
	id, err := n.OpenCase(r.ctx, who, in)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"case": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type caseLinkCmd struct {
	Case   string   `arg:"" help:"CS-1." placeholder:"CASE"`
	Item   []string `arg:"" help:"Items." placeholder:"ID"`
	Remove bool     `help:"They do not belong to it after all."`
}

// Run links items to a case.
func (c *caseLinkCmd) Run(r *run) error {
	if !cases.Ours(c.Case) {
		return usage("%q is no case of this node: write CS-1; heed case list shows those that there are", c.Case)
	}
	link := evidenceLinkCmd{ID: c.Item, To: "case:" + c.Case, Remove: c.Remove}
	return link.Run(r)
}

type caseRequestCmd struct {
	Case     string    `arg:"" help:"CS-1." placeholder:"CASE"`
	From     string    `required:"" help:"The prosecutor who signed it." placeholder:"NAME"`
	Office   string    `help:"For which office, as permissions name it (default: the authority of the case)." placeholder:"NAME"`
	Class    []string  `help:"What the office is: court, state, un…" placeholder:"CLASS"`
	In       string    `help:"The state where it would be used (default: that of the case)." placeholder:"ISO3"`
	For      string    `help:"The purpose, as permissions name it." default:"trial" placeholder:"PURPOSE"`
	Death    string    `help:"Whether the case may end in a death sentence: possible or excluded." enum:",possible,excluded" default:"" placeholder:"ANSWER"`
	Asks     string    `required:"" help:"What is asked." placeholder:"TEXT"`
	Received time.Time `help:"When it was received (default: now)." format:"2006-01-02" placeholder:"DATE"`
	Due      time.Time `required:"" help:"By when an answer is due." format:"2006-01-02" placeholder:"DATE"`
}

// Run enters a request.
func (c *caseRequestCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	in := heed.RequestInput{Received: c.Received, Due: c.Due,
		Asked: cases.Asked{From: c.From, Office: c.Office, Classes: c.Class, In: c.In, For: consent.Purpose(c.For), Death: consent.Death(c.Death), Text: c.Asks}}
	id, err := n.ReceiveRequest(r.ctx, who, c.Case, in)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"request": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type caseAnswerCmd struct {
	Request  string   `arg:"" help:"RQ-1." placeholder:"REQUEST"`
	Item     []string `arg:"" optional:"" help:"Items of the case." placeholder:"ID"`
	Withhold bool     `help:"Leave out what those who gave it do not permit, with the reasons."`
	Refuse   bool     `help:"Give nothing."`
	Text     string   `help:"The answer in words; of a refusal, why." placeholder:"TEXT"`
	How      string   `help:"How it went: a hand-over, a courier." placeholder:"TEXT"`
	Death    string   `help:"Whether the case may end in a death sentence, as it is known now: possible or excluded (default: as the request says)." enum:",possible,excluded" default:"" placeholder:"ANSWER"`
	Asked    string   `help:"What the contributors answered, where permission says to ask." placeholder:"TEXT"`
}

// Run answers a request.
func (c *caseAnswerCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.AnswerRequest(r.ctx, who, c.Request, heed.AnswerInput{Items: c.Item, Withhold: c.Withhold, Refuse: c.Refuse, Text: c.Text, How: c.How,
		Death: consent.Death(c.Death), Asked: c.Asked})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s was answered after %d hours: %s, %d items given, %d withheld. Entry %d.\n", out.Request, out.Hours, out.Outcome, len(out.Items), len(out.Withheld), out.Entry)
		tellWithheld(w, out.Withheld)
	})
}

func tellWithheld(w io.Writer, all []cases.Withheld) {
	for _, x := range all {
		fmt.Fprintf(w, "  %s withheld: %s\n", x.Item, x.Why)
	}
}

type caseOutcomeCmd struct {
	Case   string    `arg:"" help:"CS-1." placeholder:"CASE"`
	What   string    `arg:"" enum:"charge,conviction,acquittal,closed" help:"charge, conviction, acquittal or closed."`
	Source string    `required:"" help:"Where this can be read." placeholder:"TEXT"`
	Date   time.Time `help:"The day (default: today)." format:"2006-01-02" placeholder:"DATE"`
	Of     string    `help:"Whom it concerns." placeholder:"NAME"`
	Text   string    `help:"Beside it."`
}

// Run enters an outcome.
func (c *caseOutcomeCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	entry, err := n.ConcludeCase(r.ctx, who, c.Case, cases.Outcome{What: c.What, Date: c.Date, Of: c.Of, Text: c.Text, Source: c.Source})
	if err != nil {
		return err
	}
	return r.print(map[string]int64{"entry": entry}, func(w io.Writer) { fmt.Fprintf(w, "%s: %s, entry %d\n", c.Case, c.What, entry) })
}

type caseListCmd struct {
	State        string `help:"open, charge, conviction, acquittal or closed." placeholder:"STATE"`
	Jurisdiction string `help:"The state in which the authority acts." placeholder:"ISO3"`
	Overdue      bool   `help:"Only those in which a request waits past its date."`
}

// Run lists cases.
func (c *caseListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.Cases(r.ctx, who, heed.CaseFilter{State: c.State, In: c.Jurisdiction, Late: c.Overdue, At: r.now()})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		for _, x := range out.Cases {
			fmt.Fprintf(w, "%-6s %-10s %s  %4d items, %d requests answered, %d wait, %d late  %s (%s)\n", x.ID, x.State, x.Case.In, x.Items, x.Answered, x.Waiting, x.Late, x.Name.Body, x.Authority.Body)
		}
		for _, q := range out.Waiting {
			mark := "waits, due"
			if q.Overdue {
				mark = "LATE, was due"
			}
			fmt.Fprintf(w, "%-6s in %s %s %s  %s: %s\n", q.ID, q.Case, mark, q.Due.Format(time.DateOnly), q.From.Body, q.Asks.Body)
		}
		if m, ok := out.Median(); ok {
			fmt.Fprintf(w, "%d requests answered, half of them within %d hours\n", len(out.Took), m)
		}
	})
}

type caseShowCmd struct {
	Case string `arg:"" help:"CS-1." placeholder:"CASE"`
}

// Run shows a case.
func (c *caseShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	x, err := n.Case(r.ctx, who, c.Case)
	if err != nil {
		return err
	}
	return r.print(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n%s, %s; %s; %d items; marked %s\n", x.ID, x.Name.Body, x.Authority.Body, x.Case.In, x.State, x.Items, x.Marking)
		for _, i := range x.Material {
			fmt.Fprintf(w, "  %-12s %s\n", i.ID, named(i))
		}
		for _, q := range x.Requests {
			fmt.Fprintf(w, "%s  %s for %s (%s) on %s, due %s: %s\n", q.ID, q.From.Body, q.Office.Body, q.In, q.Received.Format(time.DateOnly), q.Due.Format(time.DateOnly), q.Asks.Body)
			if q.Hours == nil {
				fmt.Fprintln(w, "  waits for an answer")
				continue
			}
			fmt.Fprintf(w, "  answered after %d hours, entry %d: %s, %d items given. %s\n", *q.Hours, q.Answer, q.Outcome, len(q.Items), q.Text.Body)
			tellWithheld(w, q.Withheld)
		}
		for _, o := range x.Outcomes {
			fmt.Fprintf(w, "%s  %s %s (%s), entry %d\n", o.Date.Format(time.DateOnly), o.What, o.Of, o.Source, o.Entry)
		}
	})
}
