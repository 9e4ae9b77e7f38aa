package heed

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/doors/plan"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// openDoors reads the rules and facts: those that come with Heed, or the
// exercise's, and the office's own over them.
func openDoors(c *conf.Config) (*doors.Book, error) {
	folders := []fs.FS{facts.Shipped()}
	if c.Exercise {
		folders = facts.Exercise()
	}
	dir := c.Facts
	if dir == "" {
		dir = filepath.Join(c.Dir, "facts")
		if _, err := os.Stat(dir); err != nil {
			dir = ""
		}
	}
	if dir != "" {
		folders = append(folders, os.DirFS(dir))
	}
	f, err := facts.Load(folders...)
	if err != nil {
		return nil, fault.WithHint(err, "correct the file, or take it out of "+dir)
	}
	return doors.New(f)
}

// shippedDoors are those of a node that was opened from parts.
func shippedDoors() (*doors.Book, error) {
	f, err := facts.Load(facts.Shipped())
	if err != nil {
		return nil, err
	}
	return doors.New(f)
}

// pkg is a resource for a package. Whoever was asked by it or owns a step is
// named by it.
func (l *look) pkg(p measure.Package) (access.Resource, error) {
	r := access.Resource{Type: "package", ID: p.ID, Marking: p.Marking, Author: p.By}
	steps, err := measure.Steps(l.View, p.ID)
	if err != nil {
		return r, err
	}
	for _, s := range steps {
		if !slices.Contains(r.Recipients, s.Owner) {
			r.Recipients = append(r.Recipients, s.Owner)
		}
	}
	if r.Agencies, err = l.agencies(r.Recipients); err != nil {
		return r, err
	}
	return l.of(r, p.Situation)
}

// tasking is a resource for a tasking: for who is asked, once it was sent.
func (l *look) tasking(t measure.Tasking) (access.Resource, error) {
	p, err := measure.Get(l.View, t.Package)
	if err != nil {
		return access.Resource{}, err
	}
	r := access.Resource{Type: "tasking", ID: t.ID, Marking: t.Marking, Author: t.By}
	if t.State != measure.Drafted {
		r.Recipients = []string{t.To}
	}
	if r.Agencies, err = l.agencies(r.Recipients); err != nil {
		return r, err
	}
	return l.of(r, p.Situation)
}

// PackageInput opens a package.
type PackageInput struct {
	Warning, Decision, Objective, State, Marking string
	Priorities                                   []string
	Title, Why                                   string
	// Begin is the kind of proposal whose steps the package begins with:
	// "alone", "friends", "quickest", "creative", or "" for none.
	Begin string
}

// OpenPackage opens a package of measures on a warning, with the steps of a
// proposal if one is chosen. They are owned by who opens it until somebody else
// is named.
func (h *Heed) OpenPackage(ctx context.Context, who Who, in PackageInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		w, err := warning.Get(a.View, in.Warning)
		if err != nil {
			return err
		}
		r, err := a.warning(w)
		if err != nil {
			return err
		}
		for _, action := range []string{access.WarningRead, access.PackageChange} {
			if err := a.need(action, r); err != nil {
				return err
			}
		}
		s, err := situation.Get(a.View, w.Situation)
		if err != nil {
			return err
		}
		if err := a.checkPackage(&in, w); err != nil {
			return err
		}
		p, err := measure.Open(a.tx, measure.Input{Warning: w.ID, Situation: w.Situation, Decision: in.Decision, Objective: in.Objective, State: in.State,
			Priorities: in.Priorities, Marking: in.Marking, Title: in.Title, Why: in.Why})
		if err != nil {
			return err
		}
		id = p.ID
		if in.Begin == "" {
			return nil
		}
		return a.begin(p, s.Country, in.Begin)
	})
	return id, err
}

// checkPackage refuses what is not there: decision, objective, State, priority.
func (a *act) checkPackage(in *PackageInput, w warning.Warning) error {
	if in.Marking == "" {
		in.Marking = w.Marking
	}
	if in.Decision != "" {
		d, err := decision.Get(a.View, in.Decision)
		if err != nil || d.Warning != w.ID {
			return fault.Invalid("decision", "%s is no decision on %s", in.Decision, w.ID)
		}
	}
	f := a.h.book.Facts()
	if !slices.ContainsFunc(f.Aims, func(o facts.Objective) bool { return o.Code == in.Objective }) {
		return fault.Invalid("objective", "%q is no objective that the facts know", in.Objective)
	}
	if !f.Known(in.State) {
		return fault.Invalid("state", "%q is no State's three-letter code", in.State)
	}
	all, err := measure.Priorities(a.View)
	if err != nil {
		return err
	}
	for _, code := range in.Priorities {
		if !slices.ContainsFunc(all, func(p measure.Priority) bool { return p.Code == code }) {
			return fault.Invalid("priorities", "%q is no priority of this office", code)
		}
	}
	return nil
}

// begin adds the steps of a proposal to a package.
func (a *act) begin(p measure.Package, country, kind string) error {
	found, err := plan.Propose(a.h.book, ask(a.h.book, p.Objective, p.State, country, a.now))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(x plan.Package) bool { return x.Kind == kind })
	if i < 0 {
		return fault.Invalid("begin", "there is no proposal of the kind %q for %s by %s", kind, p.Objective, p.State)
	}
	var ids []string
	for _, s := range found[i].Steps {
		in := measure.StepInput{Measure: s.Play.Measure, Venue: s.Answer.Measure.Venue, Owner: a.who.Person, From: later(a.now, s.From.Time()), Due: later(a.now, s.To.Time()),
			Outward: outside(s.Play.Measure), Title: s.Play.Title, Needs: s.Needs}
		for _, n := range s.After {
			in.After = append(in.After, ids[n-1])
		}
		step, err := measure.Add(a.tx, p.ID, in)
		if err != nil {
			return err
		}
		ids = append(ids, step.ID)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// outside says whether a measure is seen outside the house: all are, but for
// tasking one's own embassies.
func outside(id string) bool { return id != "CA-TASK" }

// ask makes a question to the planner. A country that the facts do not know
// names no situation.
func ask(b *doors.Book, objective, state, country string, at time.Time) plan.Ask {
	if !b.Facts().Known(country) {
		country = ""
	}
	return plan.Ask{Objective: objective, Question: doors.Question{States: []string{state}, On: facts.DateOf(at.UTC()), Situation: country}}
}

// onPackage finds a package, decides, and acts on it.
func (h *Heed) onPackage(ctx context.Context, who Who, id, action string, f func(*act, measure.Package) error) error {
	return h.do(ctx, who, func(a *act) error {
		p, err := measure.Get(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.pkg(p)
		if err != nil {
			return err
		}
		if err := a.need(action, r); err != nil {
			return err
		}
		return f(a, p)
	})
}

// StepInput adds a step to a package. Owner is a person, by id, name or role;
// nobody is who adds it.
type StepInput struct {
	Measure, Owner, Title string
	From, Due             time.Time
	After                 []string
	Inward                bool // it is not seen outside
}

// AddStep adds a step to a package.
func (h *Heed) AddStep(ctx context.Context, who Who, pkg string, in StepInput) (id string, err error) {
	err = h.onPackage(ctx, who, pkg, access.PackageChange, func(a *act, p measure.Package) error {
		m, ok := h.book.Measure(in.Measure)
		if !ok {
			return fault.Invalid("measure", "%q is no measure that the facts know", in.Measure)
		}
		owner := who.Person
		if in.Owner != "" {
			x, err := h.desk.Find(a.View, in.Owner)
			if err != nil {
				return fault.Invalid("owner", "%w", err)
			}
			owner = x.ID
		}
		s, err := measure.Add(a.tx, p.ID, measure.StepInput{Measure: m.ID, Venue: m.Venue, Owner: owner, From: in.From, Due: in.Due, After: in.After,
			Outward: !in.Inward, Title: in.Title})
		id = s.ID
		return err
	})
	return id, err
}

// onStep finds a step and its package, decides, and acts on it. Of an outward
// step that waits for approval the proposer is the author.
func (h *Heed) onStep(ctx context.Context, who Who, id, action string, f func(*act, measure.Step) error) error {
	pkg, _, _ := strings.Cut(id, "/")
	return h.do(ctx, who, func(a *act) error {
		p, err := measure.Get(a.View, pkg)
		if err != nil {
			return err
		}
		r, err := a.pkg(p)
		if err != nil {
			return err
		}
		s, err := measure.GetStep(a.View, id)
		if err != nil {
			return err
		}
		r.Owner = s.Owner
		if s.State == measure.Proposed {
			r.Author = s.ProposedBy
		}
		if err := a.need(action, r); err != nil {
			return err
		}
		return f(a, s)
	})
}

// ProposeStep sets out the words of an outward step for a second person.
func (h *Heed) ProposeStep(ctx context.Context, who Who, id, text string) error {
	return h.onStep(ctx, who, id, access.PackageChange, func(a *act, s measure.Step) error { return measure.Propose(a.tx, s.ID, text) })
}

// ApproveStep lets an outward step go, as another than its proposer.
func (h *Heed) ApproveStep(ctx context.Context, who Who, id, note string) error {
	return h.onStep(ctx, who, id, access.PackageApprove, func(a *act, s measure.Step) error { return measure.Approve(a.tx, s.ID, note) })
}

// ReturnStep sends a proposal back, with what has to change.
func (h *Heed) ReturnStep(ctx context.Context, who Who, id, why string) error {
	return h.onStep(ctx, who, id, access.PackageApprove, func(a *act, s measure.Step) error { return measure.Return(a.tx, s.ID, why) })
}

// StartStep begins a step.
func (h *Heed) StartStep(ctx context.Context, who Who, id string) error {
	return h.onStep(ctx, who, id, access.PackageChange, func(a *act, s measure.Step) error { return measure.Start(a.tx, s.ID) })
}

// StepResult is how a step ends, and what it leaves.
type StepResult = measure.Result

// CloseStep ends a step.
func (h *Heed) CloseStep(ctx context.Context, who Who, id string, r StepResult) error {
	return h.onStep(ctx, who, id, access.PackageChange, func(a *act, s measure.Step) error { return measure.Close(a.tx, s.ID, r) })
}

// TaskingInput asks an embassy or a colleague.
type TaskingInput struct {
	Step, To, Question string
	Due                time.Time
}

// DraftTasking drafts a tasking of a package.
func (h *Heed) DraftTasking(ctx context.Context, who Who, pkg string, in TaskingInput) (id string, err error) {
	err = h.onPackage(ctx, who, pkg, access.PackageChange, func(a *act, p measure.Package) error {
		x, err := h.desk.Find(a.View, in.To)
		if err != nil {
			return fault.Invalid("to", "%w", err)
		}
		t, err := measure.Task(a.tx, p.ID, measure.TaskingInput{Step: in.Step, To: x.ID, Due: in.Due, Question: in.Question})
		id = t.ID
		return err
	})
	return id, err
}

// onTasking finds a tasking, decides, and acts on it.
func (h *Heed) onTasking(ctx context.Context, who Who, id, action string, f func(*act, measure.Tasking) error) error {
	return h.do(ctx, who, func(a *act) error {
		t, err := measure.GetTasking(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.tasking(t)
		if err != nil {
			return err
		}
		if err := a.need(action, r); err != nil {
			return err
		}
		return f(a, t)
	})
}

// SendTasking lets a tasking go out, as another than its author.
func (h *Heed) SendTasking(ctx context.Context, who Who, id string) error {
	return h.onTasking(ctx, who, id, access.PackageApprove, func(a *act, t measure.Tasking) error { return measure.Send(a.tx, t.ID) })
}

// AnswerTasking answers a tasking: the answer is a report from an embassy on the
// situation, which is assessed and used as any other.
func (h *Heed) AnswerTasking(ctx context.Context, who Who, id, text string) (out ReportReceipt, err error) {
	err = h.onTasking(ctx, who, id, access.TaskingAnswer, func(a *act, t measure.Tasking) error {
		p, err := measure.Get(a.View, t.Package)
		if err != nil {
			return err
		}
		s, err := situation.Get(a.View, p.Situation)
		if err != nil {
			return err
		}
		if t.State != measure.Sent {
			return fault.Stale("%s is %s: it is answered once, after it was sent", t.ID, t.State)
		}
		if text = strings.TrimSpace(text); text == "" {
			return fault.Invalid("text", "give the answer")
		}
		in := report.SubmitInput{SourceType: "embassy", Occurred: a.now, Country: s.Country, Words: report.Words{Text: text}, Situations: []string{s.ID},
			Marking: t.Marking, Instance: "tasking:" + t.ID}
		if out, err = report.New(h.rec).Submit(a.tx, in); err != nil {
			return err
		}
		return measure.Answer(a.tx, t.ID, out.Report)
	})
	return out, err
}

// AdoptPriorities makes a file the office's map of priorities to measures.
func (h *Heed) AdoptPriorities(ctx context.Context, who Who, file io.Reader) (n int, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.PriorityAdopt, a.node()); err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(file, 2<<20))
		if err != nil {
			return err
		}
		all, err := measure.ParsePriorities(data)
		if err != nil {
			return err
		}
		n = len(all)
		return measure.Adopt(a.tx, all)
	})
	return n, err
}

// capital is the country of the agency whose node this is, or "".
func (l *look) capital() string {
	g, err := party.GetAgency(l.View, home)
	if err != nil {
		return ""
	}
	return g.Country
}
