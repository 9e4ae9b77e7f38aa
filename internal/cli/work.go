package cli

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
)

// openInput opens a file, gzip-compressed or not; "-" is standard input.
func openInput(path string) (io.ReadCloser, error) {
	var f io.ReadCloser = os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	b := bufio.NewReader(f)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return struct {
			io.Reader
			io.Closer
		}{z, f}, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{b, f}, nil
}

func readInput(path string) ([]byte, error) {
	f, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

type importCmd struct {
	Kind string `arg:"" enum:"ged,acled,panel,reports" help:"ged, acled, panel or reports."`
	File string `arg:"" help:"The file, gzip-compressed or not; - is standard input."`
}

func (c *importCmd) Run(r *run) error {
	f, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.Import(r.ctx, who, c.Kind, filepath.Base(c.File), f)
	if err != nil {
		return fmt.Errorf("import %s: %w", c.File, err)
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d rows: %d accepted, %d duplicates, %d rejected (%s)\n", out.Rows, out.Accepted, out.Duplicates, len(out.Rejected)+out.Unlisted, recorded(out.Entry))
		for _, p := range out.Rejected {
			fmt.Fprintf(w, "  line %d, column %s: %s\n", p.Line, p.Column, p.Error)
		}
		for _, note := range out.Notes {
			fmt.Fprintf(w, "  note: %s\n", note)
		}
	})
}

type situationCmd struct {
	Add     situationAddCmd     `cmd:"" help:"Open a situation."`
	List    situationListCmd    `cmd:"" help:"List situations."`
	Show    situationShowCmd    `cmd:"" help:"Read a situation: who is at risk, warnings, duties, decisions."`
	Member  situationMemberCmd  `cmd:"" help:"Let a person work on a situation."`
	Analyst situationAnalystCmd `cmd:"" help:"Say who answers for a situation."`
	Rename  situationRenameCmd  `cmd:"" help:"Give a situation another name, or describe its area anew."`
	Close   situationCloseCmd   `cmd:"" help:"End the watch over a situation."`
}

type situationAddCmd struct {
	Name       string   `required:"" help:"What it is called."`
	Country    string   `help:"ISO 3166-1 alpha-3." placeholder:"ISO3"`
	Area       string   `help:"The place in words, where it is not a country."`
	Population []string `help:"People at risk, as they name themselves; several times for several." placeholder:"NAME" sep:"none"`
	Analyst    string   `help:"Who answers for it." placeholder:"PERSON"`
	State      string   `help:"watched or active." default:"watched"`
	Marking    string   `help:"TLP 2.0: CLEAR, GREEN, AMBER, AMBER+STRICT, RED (default AMBER)."`
}

func (c *situationAddCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddSituation(r.ctx, who, heed.SituationInput{Name: c.Name, Country: c.Country, Area: c.Area, Populations: c.Population,
		Analyst: c.Analyst, State: c.State, Marking: c.Marking})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"situation": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type situationListCmd struct{}

func (c *situationListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.ListSituations(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, s := range all {
			fmt.Fprintf(w, "%-8s level %d  %-8s %-4s %s\n", s.ID, s.Level, s.State, s.Country, s.Name)
		}
	})
}

type situationMemberCmd struct {
	Situation string `arg:""`
	Person    string `arg:""`
	Remove    bool   `help:"End it instead."`
}

func (c *situationMemberCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.Remove {
		return n.RemoveMember(r.ctx, who, c.Situation, c.Person)
	}
	return n.AddMember(r.ctx, who, c.Situation, c.Person)
}

type situationCloseCmd struct {
	Situation string `arg:""`
	Reason    string `required:""`
}

func (c *situationCloseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.CloseSituation(r.ctx, who, c.Situation, c.Reason)
}

type reportCmd struct {
	Add    reportAddCmd    `cmd:"" help:"Enter a report."`
	List   reportListCmd   `cmd:"" help:"List reports, the newest first."`
	Show   reportShowCmd   `cmd:"" help:"Read a report."`
	Fate   reportFateCmd   `cmd:"" help:"What became of a report, by its receipt."`
	Assess reportAssessCmd `cmd:"" help:"Judge a report's source (A-F) and its content (1-6)."`
	Open   reportOpenCmd   `cmd:"" help:"Read who the source is, for a purpose that is put on record."`
	Same   reportSameCmd   `cmd:"" help:"Say that a report tells the same as an earlier one; each keeps its receipt."`
	Part   reportPartCmd   `cmd:"" help:"Take that back: the report stands alone again."`
}

type reportAddCmd struct {
	Source    string    `required:"" help:"embassy, un-field, regional, civil-society, media or anonymous."`
	Text      string    `required:"" help:"What happened; - reads it from standard input."`
	Date      time.Time `help:"The day it is about (default today)." format:"2006-01-02"`
	Country   string    `placeholder:"ISO3"`
	Place     string
	Situation []string `help:"To which it belongs." placeholder:"REF"`
	Contact   string   `help:"How to reach the source: protected."`
	Reference string   `help:"The source's own reference."`
	Marking   string
}

func (c *reportAddCmd) Run(r *run) error {
	if c.Text == "-" {
		b, err := readInput("-")
		if err != nil {
			return err
		}
		c.Text = string(b)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	in := heed.ReportInput{SourceType: c.Source, Occurred: c.Date, Country: c.Country, Situations: c.Situation, Marking: c.Marking, Channel: "desk"}
	in.Text, in.Place, in.Reference = c.Text, c.Place, c.Reference
	if in.Occurred.IsZero() {
		in.Occurred = r.now()
	}
	if c.Contact != "" {
		in.Identity = &report.Identity{Contact: c.Contact}
	}
	out, err := n.AddReport(r.ctx, who, in)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s\nReceipt for the source, shown once: %s\n", out.Report, out.Code)
	})
}

type reportFateCmd struct {
	Code string `arg:"" help:"The receipt."`
}

func (c *reportFateCmd) Run(r *run) error {
	n, _, err := r.open()
	if err != nil {
		return err
	}
	f, err := n.Fate(r.ctx, c.Code)
	if err != nil {
		return err
	}
	return r.print(f, func(w io.Writer) {
		for _, s := range f.Steps {
			fmt.Fprintf(w, "%s  %s %s\n", s.At.Format("2006-01-02 15:04"), s.State, s.In)
		}
	})
}

type reportAssessCmd struct {
	Report      string `arg:""`
	Reliability string `required:"" help:"Of the source: A (reliable) to E (unreliable), F (cannot be judged)."`
	Credibility int    `required:"" help:"Of the content: 1 (confirmed) to 5 (improbable), 6 (cannot be judged)."`
	Situation   string `help:"Link it to a situation." placeholder:"REF"`
	Note        string
}

func (c *reportAssessCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AssessReport(r.ctx, who, c.Report, c.Reliability, c.Credibility, c.Situation, c.Note)
}

type reportOpenCmd struct {
	Report  string `arg:""`
	Purpose string `required:"" help:"Why. The source may read it."`
}

func (c *reportOpenCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	source, opened, err := n.OpenReport(r.ctx, who, c.Report)
	if err != nil {
		return err
	}
	out := struct {
		Opened int64           `json:"opened_entry"`
		Source report.Identity `json:"source"`
	}{opened, source}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s %s\nThat you read this is entry %d.\n", source.Name, source.Organisation, source.Contact, opened)
	})
}

type warningCmd struct {
	Issue       warningIssueCmd `cmd:"" help:"Issue a warning and serve it; its protocol's duties open."`
	List        warningListCmd  `cmd:"" help:"List warnings."`
	Show        warningShowCmd  `cmd:"" help:"Read a warning: what it rests on, who was served, what followed."`
	Acknowledge warningAckCmd   `cmd:"" help:"Acknowledge a warning that was served on you."`
	Close       warningCloseCmd `cmd:"" help:"Propose to end a warning, with a reason; ends it where no second person is wanted."`
	AgreeClose  warningAgreeCmd `cmd:"" help:"Agree, as the second person, that a warning is closed."`
	CAP         warningCAPCmd   `cmd:"" name:"cap" help:"Write a warning as a CAP 1.2 message."`
	Receive     warningRecvCmd  `cmd:"" help:"Take in a CAP 1.2 message: an alert as a report, an acknowledgement as one."`
}

type warningIssueCmd struct {
	Situation  string    `required:"" placeholder:"REF"`
	Level      int       `required:"" help:"1 low, 2 watch, 3 raised, 4 high, 5 severe."`
	Finding    string    `required:"" help:"What was found, in a sentence that one can act on." placeholder:"TEXT"`
	To         []string  `help:"On whom it is served; several times for several." placeholder:"PERSON" sep:"none"`
	And        []string  `arg:"" optional:"" name:"person" help:"More people on whom it is served."`
	Population []string  `placeholder:"NAME" sep:"none"`
	Report     []string  `help:"Reports that it rests on." placeholder:"R-1"`
	Assessment []string  `help:"Assessments that it rests on." placeholder:"A-1"`
	Confidence string    `help:"low, moderate or high." default:"moderate"`
	Marking    string    `help:"TLP 2.0 (default AMBER, or closer where the situation is)."`
	Why        string    `name:"marking-reason" help:"Why it is marked more open than its situation." placeholder:"TEXT"`
	Protocol   string    `help:"The protocol that it opens (default: the office's own)." placeholder:"ID"`
	Opener     string    `help:"The role by whose own standing the protocol is opened." placeholder:"ROLE"`
	Supersedes string    `placeholder:"W-1"`
	Expires    time.Time `help:"Until when it holds, RFC 3339."`
}

func (c *warningIssueCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	in := heed.WarningInput{Situation: c.Situation, Level: c.Level, Finding: c.Finding, To: append(c.To, c.And...), Populations: c.Population, Confidence: c.Confidence,
		Marking: c.Marking, MarkingReason: c.Why, Protocol: c.Protocol, Opener: c.Opener, Supersedes: c.Supersedes, Expires: c.Expires}
	for _, id := range c.Report {
		in.Sources = append(in.Sources, heed.WarningSource{Kind: "report", ID: id})
	}
	for _, id := range c.Assessment {
		in.Sources = append(in.Sources, heed.WarningSource{Kind: "assessment", ID: id})
	}
	w, err := n.IssueWarning(r.ctx, who, in)
	if err != nil {
		return err
	}
	type duty struct {
		ID    string    `json:"id"`
		Owner string    `json:"owner"`
		DueAt time.Time `json:"due_at"`
	}
	out := struct {
		Warning string `json:"warning"`
		Entry   int64  `json:"entry"`
		Duties  []duty `json:"duties"`
	}{w.ID, w.Entry, []duty{}}
	for _, d := range w.Duties {
		out.Duties = append(out.Duties, duty{d.ID, d.Owner, d.DueAt})
	}
	return r.print(out, func(o io.Writer) {
		fmt.Fprintf(o, "%s (entry %d) opened %d duties:\n", w.ID, w.Entry, len(w.Duties))
		for _, d := range w.Duties {
			fmt.Fprintf(o, "  %-6s due %s  %-20s %s\n", d.ID, d.DueAt.Format("2006-01-02 15:04"), d.Role, d.Owner)
		}
	})
}

type warningListCmd struct {
	Situation string `placeholder:"REF"`
	Mine      bool   `help:"Only those served on me that I have not acknowledged."`
}

func (c *warningListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.ListWarnings(r.ctx, who, c.Situation, c.Mine)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, x := range all {
			fmt.Fprintf(w, "%-6s level %d  %-10s %-6s %s\n", x.ID, x.Level, x.State, x.Situation, x.Issued.Format("2006-01-02 15:04"))
		}
	})
}

type warningAckCmd struct {
	Warning string `arg:""`
	Note    string
}

func (c *warningAckCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AcknowledgeWarning(r.ctx, who, c.Warning, c.Note)
}

type warningCloseCmd struct {
	Warning   string   `arg:""`
	Reason    string   `required:""`
	Statement []string `help:"Statements that the protocol asks for, by key." placeholder:"KEY"`
}

func (c *warningCloseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	proposal, err := n.CloseWarning(r.ctx, who, c.Warning, c.Reason, c.Statement)
	if err != nil {
		return err
	}
	out := struct {
		Warning  string `json:"warning"`
		Proposal int64  `json:"proposal,omitempty"`
		Closed   bool   `json:"closed"`
	}{c.Warning, proposal, proposal == 0}
	return r.print(out, func(w io.Writer) {
		if out.Closed {
			fmt.Fprintf(w, "%s is closed.\n", c.Warning)
			return
		}
		fmt.Fprintf(w, "Proposed (entry %d). A second person agrees: heed warning agree-close %s --proposal %d\n", proposal, c.Warning, proposal)
	})
}

type warningAgreeCmd struct {
	Warning  string `arg:""`
	Proposal int64  `help:"The entry of the proposal that you agree to; without it, prints what is proposed." placeholder:"ENTRY"`
	Note     string
}

func (c *warningAgreeCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.Proposal != 0 {
		return n.AgreeClosing(r.ctx, who, c.Warning, c.Proposal, c.Note)
	}
	x, err := n.ProposedClosing(r.ctx, who, c.Warning)
	if err != nil {
		return err
	}
	if x.Entry == 0 {
		return fault.Stale("nobody has proposed to close %s", c.Warning)
	}
	out := struct {
		Proposal   int64    `json:"proposal"`
		By         string   `json:"by"`
		Reason     string   `json:"reason"`
		Statements []string `json:"statements,omitempty"`
		Void       string   `json:"void,omitempty"`
	}{x.Entry, x.By.ID, x.Reason.Body, x.Statements, x.Void}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s proposes to close %s:\n  %s\n", x.By.Name, c.Warning, x.Reason.Body)
		for _, s := range x.Statements {
			fmt.Fprintf(w, "  statement: %s\n", s)
		}
		if x.Void != "" {
			fmt.Fprintf(w, "It is void: %s was opened since.\n", x.Void)
			return
		}
		fmt.Fprintf(w, "To agree: heed warning agree-close %s --proposal %d\n", c.Warning, x.Entry)
	})
}

type warningCAPCmd struct {
	Warning string `arg:""`
	Out     string `help:"The file to write (default: standard output)." placeholder:"FILE"`
}

func (c *warningCAPCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	b, err := n.WarningCAP(r.ctx, who, c.Warning)
	if err != nil {
		return err
	}
	return r.writeOut(c.Out, b)
}

func (r *run) writeOut(path string, b []byte) error {
	if path == "" || path == "-" {
		_, err := r.out.Write(b)
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

type warningRecvCmd struct {
	File string `arg:""`
}

func (c *warningRecvCmd) Run(r *run) error {
	b, err := readInput(c.File)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.ReceiveCAP(r.ctx, who, b)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		for _, x := range out {
			fmt.Fprintf(w, "%s: %s %s\n", x.Identifier, x.Became, x.Ref)
		}
	})
}
