package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/doors/plan"
)

type doorsPackageCmd struct {
	Objective string `required:"" help:"stop-sexual-violence, protect-children, open-access, preserve-evidence, hold-to-account or warn-the-public." placeholder:"OBJECTIVE"`
	State     string `required:"" help:"Who asks." placeholder:"ISO3"`
	On        string `help:"The date (default: today)." placeholder:"DATE"`
	Situation string `help:"The State concerned." placeholder:"ISO3"`

	With []string `help:"Who goes with it: States or groups." placeholder:"ISO3"`
}

// stepView is one step as JSON has it.
type stepView struct {
	N         int      `json:"n"`
	Title     string   `json:"title"`
	Measure   string   `json:"measure"`
	Venue     string   `json:"venue"`
	Answer    string   `json:"answer"`
	Missing   int      `json:"missing"`
	After     []int    `json:"after"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Gives     []string `json:"gives"`
	Needs     []string `json:"needs"`
	Creative  bool     `json:"creative"`
	Precedent string   `json:"precedent"`
	Rule      string   `json:"rule"`
	Source    string   `json:"source"`
	Verified  bool     `json:"verified"`
}

// packageView is one package as JSON has it.
type packageView struct {
	Kind    string     `json:"kind"`
	Exists  []string   `json:"exists"`
	Brings  []string   `json:"brings"`
	Lacks   []string   `json:"lacks"`
	Missing int        `json:"missing"`
	Ends    string     `json:"ends"`
	Steps   []stepView `json:"steps"`
}

func viewPackage(p plan.Package) packageView {
	v := packageView{Kind: p.Kind, Exists: filled(p.Exists), Brings: filled(p.Brings), Lacks: filled(p.Lacks), Missing: p.Missing, Ends: p.To.String()}
	for i, s := range p.Steps {
		m := s.Answer.Measure
		after := s.After
		if after == nil {
			after = []int{}
		}
		v.Steps = append(v.Steps, stepView{
			N: i + 1, Title: s.Play.Title, Measure: m.ID, Venue: m.Venue, Answer: string(s.Answer.Outcome), Missing: s.Answer.Missing, After: after,
			From: s.From.String(), To: s.To.String(), Gives: filled(s.Play.Gives), Needs: filled(s.Needs), Creative: s.Play.Creative,
			Precedent: s.Play.Precedent, Rule: s.Answer.Rule, Source: s.Answer.Source, Verified: s.Answer.Mark.Worse(s.Play.Mark).Verified(),
		})
	}
	return v
}

// filled makes an empty list of none, so that JSON has [] and not null.
func filled(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (c *doorsPackageCmd) Run(r *run, parent *doorsCmd) error {
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
	ask := doorsAskCmd{State: c.State, Situation: c.Situation, With: c.With}
	q, err := ask.question(b.Facts(), on)
	if err != nil {
		return err
	}
	found, err := plan.Propose(b, plan.Ask{Objective: c.Objective, Question: q})
	if err != nil {
		return err
	}
	views := []packageView{}
	for _, p := range found {
		views = append(views, viewPackage(p))
	}
	return r.print(views, func(w io.Writer) {
		for _, v := range views {
			printPackage(w, v)
		}
	})
}

func printPackage(w io.Writer, v packageView) {
	titles := map[string]string{"alone": "With the doors that are open", "friends": "With friends", "quickest": "Quickest", "creative": "A way that was new once"}
	fmt.Fprintf(w, "%s, until %s", titles[v.Kind], v.Ends)
	if len(v.Exists) > 0 {
		fmt.Fprintf(w, " (exists already: %s)", strings.Join(v.Exists, ", "))
	}
	if len(v.Lacks) > 0 {
		fmt.Fprintf(w, " (cannot bring about: %s)", strings.Join(v.Lacks, ", "))
	}
	fmt.Fprintln(w)
	for _, s := range v.Steps {
		after := ""
		if len(s.After) > 0 {
			after = fmt.Sprintf(" after %v", s.After)
		}
		mark := ""
		if s.Answer == string(doors.Short) {
			mark = fmt.Sprintf(", short of %d", s.Missing)
		}
		fmt.Fprintf(w, "  %d. %s to %s  %s [%s, %s%s]%s\n", s.N, s.From, s.To, s.Title, s.Measure, s.Venue, mark, after)
		for _, n := range s.Needs {
			fmt.Fprintf(w, "       needs: %s\n", n)
		}
		if s.Precedent != "" {
			fmt.Fprintf(w, "       precedent: %s\n", s.Precedent)
		}
	}
	fmt.Fprintln(w)
}
