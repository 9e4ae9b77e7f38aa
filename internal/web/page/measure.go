package page

import (
	"strings"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// What the node tells of measures, as it tells it.
type (
	PackageRow  = heed.PackageRow
	StepView    = heed.StepView
	TaskingView = heed.TaskingView
	Briefing    = heed.Briefing
)

// Doors is which doors are open to a State on a day, about a situation: those
// that are, those that so many are missing to open, and those that are closed.
type Doors struct {
	Frame
	Ask                 []Field
	State, Situation    string
	On                  time.Time
	Open, Short, Closed Table
	Unverified          int
	CSV                 string
}

// Packages is the list of packages.
type Packages struct {
	Frame
	Table Table
}

// A PackageForm opens a package on a warning.
type PackageForm struct {
	Frame
	Warning WarningRow
	Fields  []Field
	Choices []Field
}

// A StepForms is a step with the forms that the reader may fill in.
type StepForms struct {
	StepView
	Key                                    string // of the measure's name
	Propose, Approve, Return, Ends, Follow Field
	FollowBy, NoFollow, Join               Field
	MayChange, ByTwo                       bool
	Path, NewCoalition                     string
}

// A TaskingForms is a tasking with the form that answers it.
type TaskingForms struct {
	TaskingView
	Answer Field
}

// A Package is one package: why, its steps across venues, its taskings.
type Package struct {
	Frame
	Row        PackageRow
	Why        Text
	Decision   string
	Finding    Text
	Priorities []string
	Steps      []StepForms
	Taskings   []TaskingForms
	AddStep    []Field
	Ask        []Field
	MayChange  bool
	Bad        string // the form that was not filled in rightly
}

// Taskings are those that the reader was sent.
type Taskings struct {
	Frame
	Rows []TaskingForms
}

// Agenda is the calendar of all venues.
type Agenda struct {
	Frame
	Table Table
}

// A Brief is the page that a person takes into a meeting.
type Brief struct {
	Frame
	B      Briefing
	Doors  Table
	Steps  Table
	Verify string
}

// keyOf makes a code fit for the key of a message.
func keyOf(code string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '(' || r == ')':
			return '-'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, code), "-")
}

// MeasureName names a measure in the reader's language, or as the facts have it.
func MeasureName(w *Words, id, name string) string {
	if s := w.Word("measure.", id); s != id {
		return s
	}
	return name
}

// StateName names a State in the reader's language, or as the facts have it.
func StateName(w *Words, r Ref) string {
	if s := w.Country(r.ID); s != r.ID && r.ID != "" {
		return s
	}
	return w.Name(r)
}

// venue names a body.
func venue(w *Words, code string) string {
	if code == "" {
		return w.T("venue.states")
	}
	return w.Word("venue.", code)
}

// reason says why an answer is what it is.
func reason(w *Words, r doors.Reason) string {
	about := r.Body
	switch r.Code {
	case "condition", "needs", "caution", "resume":
		about = w.Word("condition.", keyOf(r.Body))
	case "actor", "write", "law":
		about = w.Word("actor.", r.Body)
	case "no members", "incomplete", "scope", "not member", "suspended", "uncounted", "objection", "blocked", "way":
		about = venue(w, r.Body)
	}
	state := w.T("state.concerned")
	if r.State != "" && r.State != "yes" {
		state = StateName(w, Ref{ID: r.State, Name: r.State})
	}
	day := ""
	if r.On.Set() {
		day = w.Day(r.On.Time())
	}
	return w.T("reason."+keyOf(r.Code), about, state, r.N, r.Of, day)
}

// answerCell says an answer, and how sure it is.
func answerCell(w *Words, d heed.Door) Cell {
	c := Cell{Text: w.T("door.open"), Mark: "done", Raw: string(d.Outcome)}
	switch d.Outcome {
	case doors.Short:
		c.Text, c.Mark = w.T("door.short", d.Missing), "open"
	case doors.Closed:
		c.Text, c.Mark = w.T("door.closed"), ""
	}
	if !d.Mark.Verified() {
		c.Sub = w.T("unverified")
	}
	return c
}

// DoorTable makes the table of doors of one outcome; "" is all.
func DoorTable(w *Words, id, caption string, all []heed.Door, outcome doors.Outcome) Table {
	t := Table{ID: id, Caption: caption, Empty: w.T("doors.none"), Cols: w.Cols("door", "answer", "why", "window", "usual", "rule")}
	for _, d := range all {
		if outcome != "" && d.Outcome != outcome {
			continue
		}
		var why []string
		if d.Outcome == doors.Short {
			why = append(why, w.T("door.missing", d.Missing, venue(w, d.Body)))
			if d.Least < d.Missing {
				why = append(why, w.T("door.least", d.Least))
			}
		}
		for _, r := range d.Reasons {
			why = append(why, reason(w, r))
		}
		asks := ""
		if len(d.Asks) > 0 {
			var names []string
			for _, s := range d.Asks {
				names = append(names, StateName(w, s))
			}
			asks = w.T("door.asks", w.List(names))
			if more := d.Could - len(d.Asks); more > 0 {
				asks = w.T("door.asks.more", w.List(names), more)
			}
		}
		window := Cell{Text: "—"}
		if d.Window.From.Set() {
			window = Cell{Text: w.Day(d.Window.From.Time()), Sub: d.Window.Name, Raw: d.Window.From.String()}
		}
		m, rule := d.Measure, w.English(d.Rule)
		rule.Sub = w.T("source.of", d.Source)
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: MeasureName(w, m.ID, m.Name), Sub: m.ID + " · " + m.Venue, Raw: m.ID}, answerCell(w, d),
			{Text: strings.Join(why, " · "), Sub: asks}, window, w.English(m.Time), rule}})
	}
	return t
}

// PackageTable makes the table of packages.
func PackageTable(w *Words, id string, rows []PackageRow) Table {
	t := Table{ID: id, Caption: w.T("packages"), Empty: w.T("packages.none"), Cols: w.Cols("package", "warning", "situation", "objective", "steps", "next", "#entry")}
	for _, p := range rows {
		steps := Cell{Text: w.T("of", int64(p.Done), int64(p.Steps)), Mark: "open"}
		switch {
		case p.Late > 0:
			steps.Mark = "late"
		case p.Done == p.Steps:
			steps.Mark = "done"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: w.Said(p.Title), Href: look.Href(p.ID), Sub: p.ID, Raw: p.ID}, look.LinkCell(p.Warning), w.RefCell(p.Situation),
			{Text: w.Word("objective.", p.Objective), Raw: p.Objective}, steps, {At: p.Next}, w.EntryCell(p.Entry)}})
	}
	return t
}

// StepTable makes the table of a package's steps.
func StepTable(w *Words, id string, steps []StepView) Table {
	t := Table{ID: id, Caption: w.T("steps"), Empty: w.T("steps.none"), Cols: w.Cols("step", "measure", "owner", "due", "state", "left_by")}
	for _, s := range steps {
		mark := "open"
		switch {
		case !s.Closed.IsZero():
			mark = "done"
		case s.Late:
			mark = "late"
		}
		left := w.Said(s.FollowUp)
		if left == "" {
			left = w.Said(s.NoFollowUp)
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: w.Said(s.Title), Sub: s.ID, Raw: s.ID}, {Text: MeasureName(w, s.Measure, s.Name), Sub: s.Venue, Raw: s.Measure},
			w.RefCell(s.OwnerRef), {At: s.Due}, {Text: w.T("step.state." + s.State), Mark: mark, Raw: s.State}, {Text: left}}})
	}
	return t
}

// AgendaTable makes the table of what is to come.
func AgendaTable(w *Words, id string, dates []heed.Date) Table {
	t := Table{ID: id, Caption: w.T("agenda"), Empty: w.T("agenda.none"), Cols: w.Cols("day", "date_kind", "matter", "evidence")}
	for _, d := range dates {
		what := Cell{Text: w.Said(d.Title), Href: look.Href(d.ID), Sub: d.ID}
		if d.Body != "" {
			what.Sub = venue(w, d.Body)
		}
		sure := Cell{Text: d.Source}
		if !d.Verified {
			sure.Sub = w.T("unverified")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: w.Days(d.From, d.To), Raw: d.From.Format(time.DateOnly)}, {Text: w.T("date.kind." + d.Kind), Raw: d.Kind}, what, sure}})
	}
	return t
}
