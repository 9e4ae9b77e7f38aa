package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/heed"
)

type packageCmd struct {
	Open       packageOpenCmd       `cmd:"" help:"Open a package of measures on a warning."`
	List       packageListCmd       `cmd:"" help:"List the packages."`
	Show       packageShowCmd       `cmd:"" help:"Show a package: its steps and taskings."`
	Step       packageStepCmd       `cmd:"" help:"Add a step."`
	Propose    packageProposeCmd    `cmd:"" help:"Set out the words of an outward step, for a second person."`
	Approve    packageApproveCmd    `cmd:"" help:"Approve an outward step that somebody else proposed."`
	Return     packageReturnCmd     `cmd:"" help:"Return a proposal, with what has to change."`
	Start      packageStartCmd      `cmd:"" help:"Start a step."`
	Close      packageCloseCmd      `cmd:"" help:"Close a step: what came of it, and what it leaves."`
	Join       packageJoinCmd       `cmd:"" help:"Make a step the work of a coalition: its state follows from it."`
	Task       packageTaskCmd       `cmd:"" help:"Draft a tasking to an embassy or a colleague."`
	Send       packageSendCmd       `cmd:"" help:"Send a tasking that somebody else drafted."`
	Answer     packageAnswerCmd     `cmd:"" help:"Answer a tasking: the answer is a report."`
	Priorities packagePrioritiesCmd `cmd:"" help:"Adopt the file that maps the capital's priorities to measures."`
}

type packageOpenCmd struct {
	Warning   string   `required:"" help:"The warning it answers." placeholder:"REF"`
	Objective string   `required:"" help:"What it is for, such as open-access." placeholder:"OBJECTIVE"`
	State     string   `required:"" help:"Who acts." placeholder:"ISO3"`
	Title     string   `required:"" help:"Its title." placeholder:"TEXT"`
	Why       string   `help:"Why." placeholder:"TEXT"`
	Decision  string   `help:"The decision that it carries out." placeholder:"REF"`
	Priority  []string `help:"Priorities of the capital that it serves." placeholder:"CODE"`
	Begin     string   `help:"Begin with the steps of a proposal: alone, friends, quickest or creative." placeholder:"KIND"`
	Marking   string   `help:"TLP 2.0; the warning's where it is not given." placeholder:"M"`
}

func (c *packageOpenCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.OpenPackage(r.ctx, who, heed.PackageInput{Warning: c.Warning, Objective: c.Objective, State: c.State, Title: c.Title, Why: c.Why,
		Decision: c.Decision, Priorities: c.Priority, Begin: c.Begin, Marking: c.Marking})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"package": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type packageListCmd struct{}

func (c *packageListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	rows, _, err := n.Packages(r.ctx, who, heed.Page{})
	if err != nil {
		return err
	}
	if rows == nil {
		rows = []heed.PackageRow{}
	}
	return r.print(rows, func(w io.Writer) {
		for _, p := range rows {
			fmt.Fprintf(w, "%-6s %-6s %d of %d steps done, %d late  %s\n", p.ID, p.Warning, p.Done, p.Steps, p.Late, p.Title.Body)
		}
	})
}

// packageStep is a step as JSON has it.
type packageStep struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Measure  string    `json:"measure"`
	Venue    string    `json:"venue"`
	Owner    string    `json:"owner"`
	Due      time.Time `json:"due"`
	After    []string  `json:"after"`
	Outward  bool      `json:"outward"`
	State    string    `json:"state"`
	Joined   string    `json:"coalition,omitempty"`
	Result   string    `json:"result,omitempty"`
	FollowUp string    `json:"follow_up,omitempty"`
}

type packageTasking struct {
	ID       string    `json:"id"`
	To       string    `json:"to"`
	Question string    `json:"question"`
	Due      time.Time `json:"due"`
	State    string    `json:"state"`
	Report   string    `json:"report,omitempty"`
}

// packageJSON is a package as JSON has it.
type packageJSON struct {
	ID         string           `json:"package"`
	Warning    string           `json:"warning"`
	Decision   string           `json:"decision,omitempty"`
	Title      string           `json:"title"`
	Objective  string           `json:"objective"`
	State      string           `json:"state"`
	Priorities []string         `json:"priorities"`
	Steps      []packageStep    `json:"steps"`
	Taskings   []packageTasking `json:"taskings"`
}

type packageShowCmd struct {
	Package string `arg:"" help:"The package."`
}

func (c *packageShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	p, err := n.Package(r.ctx, who, c.Package)
	if err != nil {
		return err
	}
	v := packageJSON{ID: p.ID, Warning: p.Warning, Decision: p.Decision, Title: p.Title.Body, Objective: p.Objective, State: p.State,
		Priorities: []string{}, Steps: []packageStep{}, Taskings: []packageTasking{}}
	for _, x := range p.Priorities {
		v.Priorities = append(v.Priorities, x.Code)
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, packageStep{s.Step.ID, s.Title.Body, s.Measure, s.Venue, s.Owner, s.Due, s.After, s.Outward, s.State, s.Coalition, s.Result.Body, s.FollowUp.Body})
	}
	for _, t := range p.Taskings {
		v.Taskings = append(v.Taskings, packageTasking{t.Tasking.ID, t.To, t.Question.Body, t.Due, t.State, t.Report})
	}
	return r.print(v, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s (%s, on %s)\n", v.ID, v.Title, v.Objective, v.Warning)
		for _, s := range v.Steps {
			fmt.Fprintf(w, "  %-8s %-10s %s by %s  %s  %s\n", s.ID, s.State, s.Owner, s.Due.Format(time.DateOnly), s.Measure, s.Title)
		}
		for _, t := range v.Taskings {
			fmt.Fprintf(w, "  %-8s %-10s %s by %s  %s %s\n", t.ID, t.State, t.To, t.Due.Format(time.DateOnly), t.Question, t.Report)
		}
	})
}

// day reads a date as the end of a working day.
func day(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	d, err := facts.ParseDate(s)
	if err != nil {
		return time.Time{}, usage("%s: %v", flag, err)
	}
	return d.Time().Add(18 * time.Hour), nil
}

type packageStepCmd struct {
	Package string   `arg:"" help:"The package."`
	Measure string   `required:"" help:"The measure, such as GE-SS." placeholder:"ID"`
	Title   string   `required:"" help:"What is done." placeholder:"TEXT"`
	Due     string   `required:"" help:"By when." placeholder:"DATE"`
	Owner   string   `help:"Who owns it (default: who acts)." placeholder:"PERSON"`
	After   []string `help:"Steps that come before." placeholder:"STEP"`
	Inward  bool     `help:"It is not seen outside."`
}

func (c *packageStepCmd) Run(r *run) error {
	due, err := day("--due", c.Due)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddStep(r.ctx, who, c.Package, heed.StepInput{Measure: c.Measure, Title: c.Title, Due: due, Owner: c.Owner, After: c.After, Inward: c.Inward})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"step": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

// moved runs a command that moves a step or tasking, and says its state.
func (r *run) moved(id, state string, f func(*heed.Node, heed.Who) error) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := f(n, who); err != nil {
		return err
	}
	return r.print(map[string]string{"id": id, "state": state}, func(w io.Writer) { fmt.Fprintf(w, "%s is %s\n", id, state) })
}

type packageProposeCmd struct {
	Step string `arg:"" help:"The step."`
	Text string `required:"" help:"The words that will go out." placeholder:"TEXT"`
}

func (c *packageProposeCmd) Run(r *run) error {
	return r.moved(c.Step, "proposed", func(n *heed.Node, who heed.Who) error { return n.ProposeStep(r.ctx, who, c.Step, c.Text) })
}

type packageApproveCmd struct {
	Step string `arg:"" help:"The step."`
	Note string `help:"A note." placeholder:"TEXT"`
}

func (c *packageApproveCmd) Run(r *run) error {
	return r.moved(c.Step, "approved", func(n *heed.Node, who heed.Who) error { return n.ApproveStep(r.ctx, who, c.Step, c.Note) })
}

type packageReturnCmd struct {
	Step string `arg:"" help:"The step."`
	Why  string `required:"" help:"What has to change." placeholder:"TEXT"`
}

func (c *packageReturnCmd) Run(r *run) error {
	return r.moved(c.Step, "planned", func(n *heed.Node, who heed.Who) error { return n.ReturnStep(r.ctx, who, c.Step, c.Why) })
}

type packageStartCmd struct {
	Step string `arg:"" help:"The step."`
}

func (c *packageStartCmd) Run(r *run) error {
	return r.moved(c.Step, "underway", func(n *heed.Node, who heed.Who) error { return n.StartStep(r.ctx, who, c.Step) })
}

type packageCloseCmd struct {
	Step       string `arg:"" help:"The step."`
	Result     string `required:"" help:"What came of it." placeholder:"TEXT"`
	FollowUp   string `help:"What it leaves to be done." placeholder:"TEXT"`
	By         string `help:"By when." placeholder:"DATE"`
	NoFollowUp string `name:"no-follow-up-because" help:"Why it leaves nothing." placeholder:"TEXT"`
	Dropped    bool   `help:"It is given up, not done."`
}

func (c *packageCloseCmd) Run(r *run) error {
	by, err := day("--by", c.By)
	if err != nil {
		return err
	}
	state := "done"
	if c.Dropped {
		state = "dropped"
	}
	return r.moved(c.Step, state, func(n *heed.Node, who heed.Who) error {
		return n.CloseStep(r.ctx, who, c.Step, heed.StepResult{Text: c.Result, FollowUp: c.FollowUp, FollowUpBy: by, NoFollowUpAs: c.NoFollowUp, Dropped: c.Dropped})
	})
}

type packageJoinCmd struct {
	Step      string `arg:"" help:"The step."`
	Coalition string `arg:"" help:"The coalition, CO-1."`
}

func (c *packageJoinCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.JoinStep(r.ctx, who, c.Step, c.Coalition); err != nil {
		return err
	}
	return r.print(map[string]string{"step": c.Step, "coalition": c.Coalition}, func(w io.Writer) { fmt.Fprintf(w, "%s follows from %s\n", c.Step, c.Coalition) })
}

type packageTaskCmd struct {
	Package  string `arg:"" help:"The package."`
	To       string `required:"" help:"Who is asked." placeholder:"PERSON"`
	Question string `required:"" help:"What is asked." placeholder:"TEXT"`
	Due      string `required:"" help:"The answer's date." placeholder:"DATE"`
	Step     string `help:"The step that it is for." placeholder:"STEP"`
}

func (c *packageTaskCmd) Run(r *run) error {
	due, err := day("--due", c.Due)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.DraftTasking(r.ctx, who, c.Package, heed.TaskingInput{To: c.To, Question: c.Question, Due: due, Step: c.Step})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"tasking": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type packageSendCmd struct {
	Tasking string `arg:"" help:"The tasking."`
}

func (c *packageSendCmd) Run(r *run) error {
	return r.moved(c.Tasking, "sent", func(n *heed.Node, who heed.Who) error { return n.SendTasking(r.ctx, who, c.Tasking) })
}

type packageAnswerCmd struct {
	Tasking string `arg:"" help:"The tasking."`
	Text    string `required:"" help:"The answer." placeholder:"TEXT"`
}

func (c *packageAnswerCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.AnswerTasking(r.ctx, who, c.Tasking, c.Text)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"tasking": c.Tasking, "report": out.Report}, func(w io.Writer) { fmt.Fprintf(w, "%s is answered in %s\n", c.Tasking, out.Report) })
}

type packagePrioritiesCmd struct {
	File string `arg:"" help:"A file with the columns code, title, measures, source."`
}

func (c *packagePrioritiesCmd) Run(r *run) error {
	f, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	n, who, err := r.open()
	if err != nil {
		return err
	}
	count, err := n.AdoptPriorities(r.ctx, who, f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return r.print(map[string]int{"priorities": count}, func(w io.Writer) { fmt.Fprintf(w, "%d priorities adopted\n", count) })
}

type agendaCmd struct {
	Months int    `help:"How many months ahead." default:"6"`
	ICS    string `name:"ics" help:"Write it as iCalendar (RFC 5545)." placeholder:"FILE"`
}

func (c *agendaCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.ICS != "" {
		f, err := os.OpenFile(c.ICS, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := n.WriteAgenda(r.ctx, who, f, c.Months, nil); err != nil {
			return err
		}
		return f.Close()
	}
	all, err := n.Agenda(r.ctx, who, r.now(), c.Months)
	if err != nil {
		return err
	}
	type date struct {
		Kind     string `json:"kind"`
		From     string `json:"from"`
		To       string `json:"to"`
		ID       string `json:"id,omitempty"`
		Body     string `json:"body,omitempty"`
		Title    string `json:"title"`
		Verified bool   `json:"verified"`
	}
	out := []date{}
	for _, d := range all {
		out = append(out, date{d.Kind, d.From.Format(time.DateOnly), d.To.Format(time.DateOnly), d.ID, d.Body, d.Title.Body, d.Verified})
	}
	return r.print(out, func(w io.Writer) {
		for _, d := range out {
			fmt.Fprintf(w, "%s  %-11s %s %s\n", d.From, d.Kind, d.ID+d.Body, d.Title)
		}
	})
}
