package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

type doorsCmd struct {
	Exercise bool `help:"Ask about the invented States of the exercise."`

	Facts string `help:"A folder of facts that correct or extend those that come with Heed." placeholder:"DIR" type:"existingdir"`

	Ask     doorsAskCmd     `cmd:"" default:"withargs" help:"Which measures are open to a State on a date, and what is missing to open the others."`
	Package doorsPackageCmd `cmd:"" help:"Propose packages of measures for an objective: venue, order, and what each step needs."`
	Check   doorsCheckCmd   `cmd:"" help:"Find gaps and contradictions in the rules and facts."`
	Show    doorsShowCmd    `cmd:"" help:"Write the facts that come with Heed to a folder, to be corrected."`
}

// book reads the facts, with the office's own over them, and what its node
// says was verified.
func (c *doorsCmd) book(r *run) (*doors.Book, error) {
	folders := []fs.FS{facts.Shipped()}
	if c.Exercise {
		folders = facts.Exercise()
	}
	if c.Facts != "" {
		folders = append(folders, os.DirFS(c.Facts))
	}
	own, seen, err := r.sights()
	if err != nil {
		return nil, err
	}
	if c.Facts == "" && own != "" {
		folders = append(folders, os.DirFS(own))
	}
	f, err := facts.Load(folders...)
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	if f, err = f.With(seen); err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	return doors.New(f)
}

type doorsAskCmd struct {
	State     string   `required:"" help:"Who asks: a State's code (ISO 3166), or a group such as EU." placeholder:"ISO3"`
	On        string   `help:"The date (default: today)." placeholder:"DATE"`
	Situation string   `help:"The State concerned." placeholder:"ISO3"`
	Measure   []string `help:"Only these measures." placeholder:"ID"`
	With      []string `help:"Who goes with it: States or groups." placeholder:"ISO3"`
	Against   []string `help:"Who has declared against." placeholder:"ISO3"`
	Abstain   []string `help:"Who will abstain." placeholder:"ISO3"`
	Votes     string   `help:"A vote that was taken: yes-no-abstentions, such as 11-2-2." placeholder:"Y-N-A"`
	Vetoed    bool     `help:"In that vote a permanent member voted against."`
	Final     bool     `help:"The positions named are the vote: everybody else was absent."`
	Consent   bool     `help:"The State concerned agrees to be visited."`
	Important bool     `help:"Two thirds are asked for: an important question, or a suspension."`
}

// question reads the flags.
func (c *doorsAskCmd) question(f *facts.Facts, on facts.Date) (q doors.Question, err error) {
	q = doors.Question{On: on, Situation: strings.ToUpper(c.Situation), Final: c.Final, Consent: c.Consent, Important: c.Important}
	if q.Situation != "" && !f.Known(q.Situation) {
		return q, usage("--situation %s: no State's three-letter code (ISO 3166)", c.Situation)
	}
	for _, list := range []struct {
		flag  string
		words []string
		out   *[]string
	}{{"--state", strings.Split(c.State, ","), &q.States}, {"--with", c.With, &q.With}, {"--against", c.Against, &q.Against}, {"--abstain", c.Abstain, &q.Abstain}} {
		for _, w := range list.words {
			if up := strings.ToUpper(w); f.Known(up) {
				w = up
			}
			states, err := f.Expand(w, on)
			if err != nil {
				return q, usage("%s: %v", list.flag, err)
			}
			*list.out = append(*list.out, states...)
		}
	}
	if c.Votes != "" {
		t := doors.Tally{Vetoed: c.Vetoed}
		if n, err := fmt.Sscanf(c.Votes+" ", "%d-%d-%d ", &t.Yes, &t.No, &t.Abstain); n != 3 || err != nil {
			return q, usage("--votes %s: write yes-no-abstentions, such as 11-2-2", c.Votes)
		}
		q.Tally = &t
	}
	return q, nil
}

// doorView is one answer as JSON has it.
type doorView struct {
	Measure     string   `json:"measure"`
	Name        string   `json:"name"`
	Venue       string   `json:"venue"`
	Answer      string   `json:"answer"`
	Missing     *int     `json:"missing"`
	MissingText string   `json:"missing_text,omitempty"`
	Least       int      `json:"missing_at_least,omitempty"`
	Have        int      `json:"have"`
	Need        int      `json:"need"`
	Through     []string `json:"through"`
	Why         []string `json:"why"`
	Rule        string   `json:"rule"`
	Source      string   `json:"source"`
	Evidence    string   `json:"evidence"`
	Verified    bool     `json:"verified"`
	Precedent   string   `json:"precedent"`
	Time        string   `json:"usual_time"`
	NextWindow  *string  `json:"next_window"`
	WindowEnds  string   `json:"window_ends,omitempty"`
	WindowName  string   `json:"window_name,omitempty"`
}

func viewDoor(a doors.Answer, f *facts.Facts) doorView {
	v := doorView{
		Measure: a.Measure.ID, Name: a.Measure.Name, Venue: a.Measure.Venue, Answer: string(a.Outcome), Have: a.Have, Need: a.Need, Least: a.Least,
		Through: a.Through, Why: []string{}, Rule: a.Rule, Source: a.Source, Evidence: string(a.Mark), Verified: a.Mark.Verified(),
		Precedent: a.Precedent, Time: a.Time, MissingText: a.MissingText(doors.BodyName(f, a.Body)),
	}
	if v.Through == nil {
		v.Through = []string{}
	}
	if a.Outcome != doors.Closed {
		v.Missing = &a.Missing
	}
	for _, r := range a.Reasons {
		v.Why = append(v.Why, r.String())
	}
	if a.Window.From.Set() {
		from := a.Window.From.String()
		v.NextWindow, v.WindowEnds, v.WindowName = &from, a.Window.To.String(), a.Window.Name
	}
	return v
}

func (c *doorsAskCmd) Run(r *run, parent *doorsCmd) error {
	b, err := parent.book(r)
	if err != nil {
		return err
	}
	on := facts.DateOf(r.now().UTC())
	if c.On != "" {
		if on, err = facts.ParseDate(c.On); err != nil {
			return usage("--on: %v", err)
		}
	}
	q, err := c.question(b.Facts(), on)
	if err != nil {
		return err
	}
	ids := c.Measure
	if len(ids) == 0 {
		ids = b.Measures()
	}
	day, views := b.On(on), []doorView{}
	for _, id := range ids {
		q.Measure = id
		a, err := day.Open(q)
		if err != nil {
			return err
		}
		views = append(views, viewDoor(a, b.Facts()))
	}
	return r.print(views, func(w io.Writer) { printDoors(w, views) })
}

func printDoors(w io.Writer, views []doorView) {
	for _, outcome := range []doors.Outcome{doors.Open, doors.Short, doors.Closed} {
		fmt.Fprintf(w, "%s\n", strings.ToUpper(string(outcome)))
		for _, v := range views {
			if v.Answer != string(outcome) {
				continue
			}
			mark := ""
			if !v.Verified {
				mark = "  [not yet verified]"
			}
			fmt.Fprintf(w, "  %-11s %s (%s)%s\n", v.Measure, v.Name, v.Venue, mark)
			if v.MissingText != "" {
				fmt.Fprintf(w, "              missing: %s\n", v.MissingText)
			}
			for _, why := range v.Why {
				fmt.Fprintf(w, "              %s\n", why)
			}
			fmt.Fprintf(w, "              rule: %s (source: %s)\n", v.Rule, v.Source)
			if v.NextWindow != nil {
				fmt.Fprintf(w, "              next: %s %s; usual time: %s\n", *v.NextWindow, v.WindowName, v.Time)
			}
		}
	}
}

type doorsCheckCmd struct{}

func (c *doorsCheckCmd) Run(r *run, parent *doorsCmd) error {
	b, err := parent.book(r)
	if err != nil {
		return err
	}
	found := b.Check()
	bad := 0
	for _, p := range found {
		if p.Kind == doors.Contradiction {
			bad++
		}
	}
	if err := r.print(found, func(w io.Writer) {
		for _, p := range found {
			fmt.Fprintf(w, "%s: %s: %s. %s\n", p.Kind, p.Where, p.Text, p.Fix)
		}
		fmt.Fprintf(w, "%d contradictions, %d gaps\n", bad, len(found)-bad)
	}); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("the rules contradict themselves in %d places", bad)
	}
	return nil
}

type doorsShowCmd struct {
	Out string `required:"" help:"The folder to write to; it must not exist." placeholder:"DIR"`
}

func (c *doorsShowCmd) Run(r *run) error {
	if err := os.Mkdir(c.Out, 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Clean(c.Out), facts.Shipped()); err != nil {
		return err
	}
	return r.print(map[string]string{"facts": c.Out}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: correct what is wrong, keep only the rows you change, and name the folder with --facts\n", c.Out)
	})
}
