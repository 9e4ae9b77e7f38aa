package report

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Reliability of a source, as in the Admiralty system.
const (
	Reliable         = "A"
	UsuallyReliable  = "B"
	FairlyReliable   = "C"
	RarelyReliable   = "D"
	Unreliable       = "E"
	CannotBeJudged   = "F" // also of an anonymous source: no judgment, not a bad one
	MostCredible     = 1   // confirmed by other sources
	CannotBeAssessed = 6
)

// standing returns a report that was not withdrawn.
func standing(v *record.View, id string) (Report, error) {
	r, err := Get(v, id)
	if err == nil && r.State == Withdrawn {
		err = fault.Stale("%s was withdrawn", id)
	}
	return r, err
}

// Assess judges the source (A to F) and, apart from it, the content (1 to 6).
// The latest assessment counts; those before it stay in the report's history.
func Assess(tx *record.Tx, id, reliability string, credibility int, why string) (Report, error) {
	reliability = strings.ToUpper(strings.TrimSpace(reliability))
	if len(reliability) != 1 || reliability < Reliable || reliability > CannotBeJudged {
		return Report{}, fault.Invalid("reliability", "%q is not a reliability: A (reliable) to E (unreliable), F (cannot be judged)", reliability)
	}
	if credibility < MostCredible || credibility > CannotBeAssessed {
		return Report{}, fault.Invalid("credibility", "%d is not a credibility: 1 (confirmed) to 5 (improbable), 6 (cannot be judged)", credibility)
	}
	r, err := standing(tx.View, id)
	if err != nil {
		return r, err
	}
	sealed, err := because("note", why)
	if err != nil {
		return r, err
	}
	return appended(tx, r, record.Draft{Kind: "report.assessed", Subjects: append([]string{id}, r.Situations...),
		Open: assessed{ID: id, Reliability: reliability, Credibility: credibility}, Sealed: sealed})
}

// appended appends an entry about a report and reads it again.
func appended(tx *record.Tx, r Report, d record.Draft) (Report, error) {
	d.Marking = r.Marking
	if _, err := tx.Append(d); err != nil {
		return r, err
	}
	return Get(tx.View, r.ID)
}

// note is what is sealed of an entry that says why.
type note struct {
	Note string `json:"note"`
}

// because seals an explanation, or nothing where there is none.
func because(field, why string) (any, error) {
	why = strings.TrimSpace(why)
	switch n := utf8.RuneCountInString(why); {
	case n == 0:
		return nil, nil
	case n > longestText || !plain(why):
		return nil, fault.Invalid(field, "the %s must be plain text of at most %d letters", field, longestText)
	}
	return note{why}, nil
}

// Link says that a report belongs to a situation. Doing it twice changes
// nothing.
func Link(tx *record.Tx, id, situation string) (Report, error) {
	if !situationForm.MatchString(situation) {
		return Report{}, fault.Invalid("situation", "%q is not a situation: give an id such as S-1", situation)
	}
	r, err := standing(tx.View, id)
	if err != nil || slices.Contains(r.Situations, situation) {
		return r, err
	}
	return appended(tx, r, record.Draft{Kind: "report.linked", Subjects: []string{id, situation}, Open: link{ID: id, To: situation}})
}

// Unlink says that a report does not belong to a situation after all.
func Unlink(tx *record.Tx, id, situation string) (Report, error) {
	r, err := Get(tx.View, id)
	if err != nil {
		return r, err
	}
	if !slices.Contains(r.Situations, situation) {
		return r, fault.NotFound("%s is not linked to %s", id, situation)
	}
	return appended(tx, r, record.Draft{Kind: "report.unlinked", Subjects: []string{id, situation}, Open: link{ID: id, To: situation}})
}

var (
	warningForm  = regexp.MustCompile(`^W-[1-9][0-9]{0,14}$`)
	decisionForm = regexp.MustCompile(`^DEC-[1-9][0-9]{0,14}$`)
)

// MarkUsed says that a report is among the sources of a warning. Doing it twice
// changes nothing.
func MarkUsed(tx *record.Tx, id, warning string) (Report, error) {
	if !warningForm.MatchString(warning) {
		return Report{}, fault.Invalid("warning", "%q is not a warning: give an id such as W-1", warning)
	}
	r, err := standing(tx.View, id)
	if err != nil || slices.Contains(r.Warnings, warning) {
		return r, err
	}
	return appended(tx, r, record.Draft{Kind: "report.used", Subjects: []string{id, warning}, Open: link{ID: id, To: warning}})
}

// MarkLed says that a report led to a decision, by way of a warning. Doing it
// twice changes nothing. What a report led to is recorded even if it was
// withdrawn since.
func MarkLed(tx *record.Tx, id, decision string) (Report, error) {
	if !decisionForm.MatchString(decision) {
		return Report{}, fault.Invalid("decision", "%q is not a decision: give an id such as DEC-1", decision)
	}
	r, err := Get(tx.View, id)
	if err != nil || slices.Contains(r.Decisions, decision) {
		return r, err
	}
	return appended(tx, r, record.Draft{Kind: "report.led", Subjects: []string{id, decision}, Open: link{ID: id, To: decision}})
}

// Withdraw takes a report back, for a reason. What it was used in stays on
// record. The words stay too: to destroy them, erase [Keys]. Reports that were
// joined to it and have words of their own stand alone again.
func Withdraw(tx *record.Tx, id, why string) (Report, error) {
	r, err := standing(tx.View, id)
	if err != nil {
		return r, err
	}
	sealed, err := because("reason", why)
	if err != nil {
		return r, err
	}
	if sealed == nil {
		return r, fault.Invalid("reason", "say why %s is withdrawn", id)
	}
	if err := partAll(tx, id, why); err != nil {
		return r, err
	}
	return appended(tx, r, record.Draft{Kind: "report.withdrawn", Subjects: append([]string{id}, r.Situations...), Open: about{id}, Sealed: sealed})
}
