package measure

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Tasking is a question of a package to an embassy or a colleague.
type Tasking struct {
	ID      string    `json:"id"`
	Package string    `json:"package"`
	Step    string    `json:"step,omitempty"`
	To      string    `json:"to"`
	Due     time.Time `json:"due"`
	State   string    `json:"state"`
	By      string    `json:"by"`
	SentBy  string    `json:"sent_by,omitempty"`
	Report  string    `json:"report,omitempty"` // that answers it
	Marking string    `json:"marking"`
	Entry   int64     `json:"entry"`
}

// TaskingInput is what drafts one.
type TaskingInput struct {
	Step     string    `json:"-"`
	To       string    `json:"-"`
	Due      time.Time `json:"-"`
	Question string    `json:"question"`
}

type taskingDrafted struct {
	ID      string `json:"id"`
	Package string `json:"package"`
	Step    string `json:"step,omitempty"`
	To      string `json:"to"`
	Due     int64  `json:"due"`
}

type taskingMoved struct {
	Tasking string `json:"tasking"`
	Report  string `json:"report,omitempty"`
}

// Task drafts a tasking. It goes out when a second person sends it.
func Task(tx *record.Tx, pkg string, in TaskingInput) (Tasking, error) {
	p, err := Get(tx.View, pkg)
	if err != nil {
		return Tasking{}, err
	}
	in.Question = strings.TrimSpace(in.Question)
	switch {
	case in.To == "":
		return Tasking{}, fault.Invalid("to", "say who is asked")
	case in.Question == "" || len(in.Question) > 20000:
		return Tasking{}, fault.Invalid("question", "say what is asked, in at most 20,000 bytes")
	case in.Due.IsZero() || in.Due.Before(tx.Now):
		return Tasking{}, fault.Invalid("tasking_due", "an answer has a date that is still to come")
	}
	if in.Step != "" {
		s, err := GetStep(tx.View, in.Step)
		if err != nil || s.Package != pkg {
			return Tasking{}, fault.Invalid("step", "%s has no step %q", pkg, in.Step)
		}
	}
	id, err := tx.NextID("TK")
	if err != nil {
		return Tasking{}, err
	}
	_, err = tx.Append(record.Draft{Kind: "tasking.drafted", Subjects: subjects(p, id), Marking: p.Marking,
		Open: taskingDrafted{id, pkg, in.Step, in.To, in.Due.UnixMicro()}, Sealed: in})
	if err != nil {
		return Tasking{}, err
	}
	return GetTasking(tx.View, id)
}

// Send lets a tasking go out, as the second pair of eyes.
func Send(tx *record.Tx, id string) error {
	t, err := GetTasking(tx.View, id)
	if err != nil {
		return err
	}
	if t.State != Drafted {
		return fault.Stale("%s is %s already", id, t.State)
	}
	if t.By == tx.By.Person {
		return fault.Denied("you drafted %s: another person sends it", id)
	}
	return moveTasking(tx, t, "tasking.sent", taskingMoved{Tasking: id})
}

// Answer records that a report answers a tasking.
func Answer(tx *record.Tx, id, report string) error {
	t, err := GetTasking(tx.View, id)
	if err != nil {
		return err
	}
	if t.State != Sent {
		return fault.Stale("%s is %s: it is answered once, after it was sent", id, t.State)
	}
	return moveTasking(tx, t, "tasking.answered", taskingMoved{id, report})
}

func moveTasking(tx *record.Tx, t Tasking, kind string, open taskingMoved) error {
	p, err := Get(tx.View, t.Package)
	if err != nil {
		return err
	}
	about := subjects(p, t.ID)
	if open.Report != "" {
		about = append(about, open.Report)
	}
	_, err = tx.Append(record.Draft{Kind: kind, Subjects: about, Marking: p.Marking, Open: open})
	return err
}

// Question returns what a tasking asks.
func Question(v *record.View, t Tasking) (string, error) {
	var in TaskingInput
	err := v.Unseal(t.Entry, &in)
	return in.Question, err
}
