package heed

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// A Date is one thing in the calendar of all venues. Kind is "session",
// "presidency", "step", "follow-up", "tasking" or "duty".
type Date struct {
	Kind     string
	From, To time.Time // To is the last day of a session
	ID       string    // of the step, tasking or duty
	Body     string    // of a session
	Title    Text
	Source   string
	Verified bool
	Entry    int64
}

// Agenda returns what is to come in the months after a day, of all venues: the
// sessions of bodies, and the steps, follow-ups and taskings that who may read.
func (h *Heed) Agenda(ctx context.Context, who Who, from time.Time, months int) (out []Date, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.MeasureRead, e.node()); err != nil {
			return err
		}
		if from.IsZero() {
			from = e.now
		}
		if months < 1 || months > 24 {
			months = 6
		}
		out, err = e.dates(from, from.AddDate(0, months, 0))
		return err
	})
	return out, err
}

func (e *eyes) dates(from, to time.Time) (out []Date, err error) {
	book, err := e.book()
	if err != nil {
		return nil, err
	}
	f := book.Facts()
	first, last := facts.DateOf(from.UTC()), facts.DateOf(to.UTC())
	for _, s := range f.Sessions {
		if s.To < first || s.From > last {
			continue
		}
		d := Date{Kind: "session", From: s.From.Time(), To: s.To.Time(), Body: s.Body, Title: Text{Body: s.Name}, Source: s.Source, Verified: s.Mark.Verified()}
		if s.Body == "UNSC presidency" {
			d.Kind, d.Body, d.Title.Body = "presidency", "UNSC", f.Name(s.Name, s.From)
			if !f.Known(s.Name) { // the exercise has no presidencies
				continue
			}
		}
		out = append(out, d)
	}
	all, err := measure.List(e.View, "")
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		r, err := e.pkg(p)
		if err != nil {
			return nil, err
		}
		if !e.may(access.PackageRead, r) {
			continue
		}
		more, err := e.packageDates(p)
		if err != nil {
			return nil, err
		}
		for _, d := range more {
			if !d.From.Before(from.AddDate(0, 0, -7)) && !d.From.After(to) {
				out = append(out, d)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Date) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Kind, b.Kind)) })
	return out, nil
}

// packageDates are the dates of a package's steps that are not closed, of what
// closed ones leave, and of its taskings.
func (e *eyes) packageDates(p measure.Package) (out []Date, err error) {
	steps, err := measure.Steps(e.View, p.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		words, err := measure.StepWords(e.View, s)
		title, err := text(words.Title, err)
		if err != nil {
			return nil, err
		}
		switch {
		case s.Closed.IsZero():
			out = append(out, Date{Kind: "step", From: s.Due, To: s.Due, ID: s.ID, Title: title, Verified: true, Entry: s.Entry})
		case !s.FollowUp.IsZero():
			out = append(out, Date{Kind: "follow-up", From: s.FollowUp, To: s.FollowUp, ID: s.ID, Title: title, Verified: true, Entry: s.Closing})
		}
	}
	tasks, err := measure.Taskings(e.View, p.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		if t.State == measure.Sent {
			out = append(out, Date{Kind: "tasking", From: t.Due, To: t.Due, ID: t.ID, Title: Text{Body: e.name(t.To)}, Verified: true, Entry: t.Entry})
		}
	}
	return out, nil
}

// WriteAgenda writes the calendar of all venues as iCalendar (RFC 5545).
func (h *Heed) WriteAgenda(ctx context.Context, who Who, w io.Writer, months int, c *lang.Catalog) error {
	all, err := h.Agenda(ctx, who, time.Time{}, months)
	if err != nil {
		return err
	}
	if c == nil {
		c = lang.For("en")
	}
	cal := post.Calendar{Name: h.titled(c, c.T("heed.calendar"))}
	for _, d := range all {
		e := post.Event{UID: cmp.Or(d.ID, d.Body+"-"+d.Title.Body) + "-" + d.Kind + "-" + d.From.Format("20060102") + "@" + h.tagged("calendar"), Stamp: d.From, Start: d.From,
			Summary: h.titled(c, c.T("heed.date."+d.Kind)+": "+cmp.Or(d.ID, d.Body)+" "+d.Title.Body), Text: d.Source, Category: d.Kind}
		if d.Kind == "session" || d.Kind == "presidency" {
			e.End = d.To.AddDate(0, 0, 1)
		}
		cal.Events = append(cal.Events, e)
	}
	return post.WriteCalendar(w, cal)
}

// A Briefing is what a person takes into a meeting: one page, out of what the
// record holds, with the numbers under which it stands there.
type Briefing struct {
	Package   PackageView
	Warning   WarningRow
	Finding   Text
	Asks      []DecisionRow
	Community []Text
	Doors     []Door // that are open or nearest, by the package's State today
	State     Ref
	Made      time.Time
	Origin    string
	Size      int64
}

const briefDoors = 6

// Briefing returns the briefing pack for a package.
func (h *Heed) Briefing(ctx context.Context, who Who, id string) (out Briefing, err error) {
	if out.Package, err = h.Package(ctx, who, id); err != nil {
		return out, err
	}
	err = h.seen(ctx, who, func(e *eyes) error {
		p, err := measure.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		r, err := e.pkg(p)
		if err != nil {
			return err
		}
		if err := e.need(access.PackageRead, r); err != nil {
			return err
		}
		out.Made, out.Origin = e.now, h.Origin()
		if out.Size, err = e.View.Size(); err != nil {
			return err
		}
		return e.brief(p, &out)
	})
	return out, err
}

// brief gathers what the reader may read.
func (e *eyes) brief(p measure.Package, out *Briefing) error {
	out.Finding = out.Package.Finding
	if ok, err := e.readable(p.Warning); err != nil {
		return err
	} else if ok {
		w, err := warning.Get(e.View, p.Warning)
		if err != nil {
			return err
		}
		to, err := warning.Recipients(e.View, w.ID)
		if err != nil {
			return err
		}
		rows, err := e.warningRows([]served{{w, to}}, response.Filter{Warning: w.ID})
		if err != nil {
			return err
		}
		out.Warning = rows[0]
	}
	taken, err := e.taken(decision.Filter{Warning: p.Warning})
	if err != nil {
		return err
	}
	if out.Asks, err = e.decisionRows(taken); err != nil {
		return err
	}
	for _, d := range taken {
		words, err := decision.Read(e.View, d)
		said, err := text(words.Community, err)
		if err != nil {
			return err
		}
		if said.Body != "" || said.State != "" {
			out.Community = append(out.Community, said)
		}
	}
	return e.briefDoors(p, out)
}

// briefDoors picks the doors that are open, then those that are nearest.
func (e *eyes) briefDoors(p measure.Package, out *Briefing) error {
	on := facts.DateOf(e.now.UTC())
	book, err := e.book()
	if err != nil {
		return err
	}
	day := book.On(on)
	country := ""
	if s, err := situation.Get(e.View, p.Situation); err == nil && e.h.book.Facts().Known(s.Country) {
		country = s.Country
	}
	d := Doors{}
	if err := d.answer(day, doors.Question{States: []string{p.State}, Situation: country}); err != nil {
		return invalid("state", err)
	}
	out.State = stateRef(e.h.book.Facts(), p.State, on)
	near := slices.DeleteFunc(d.All, func(x Door) bool { return x.Outcome != doors.Short })
	slices.SortStableFunc(near, func(a, b Door) int { return cmp.Compare(a.Missing, b.Missing) })
	out.Doors = near[:min(len(near), briefDoors)]
	return nil
}
