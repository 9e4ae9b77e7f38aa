package assessment

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// StartInput says of whom an assessment is.
type StartInput struct {
	Situation  string
	Population string // of the situation: "S-1/p1"
	Marking    string // "" is AMBER
	Carry      bool   // begin with the marks, sources and notes of the one accepted last
}

var (
	situationForm  = regexp.MustCompile(`^S-[1-9][0-9]{0,14}$`)
	populationForm = regexp.MustCompile(`^S-[1-9][0-9]{0,14}/p[1-9][0-9]{0,5}$`)
	reportForm     = regexp.MustCompile(`^R-[1-9][0-9]{0,14}$`)
)

// Start begins an assessment. While one of the same population is a draft or
// waits for review, another is a fault of kind Exists.
func Start(tx *record.Tx, in StartInput) (Assessment, error) {
	var a Assessment
	switch {
	case tx.By.Person == "":
		return a, fault.Denied("an assessment has an author: sign in")
	case !situationForm.MatchString(in.Situation):
		return a, fault.Invalid("situation", "%q is not a situation: give an id such as S-1", in.Situation)
	case !populationForm.MatchString(in.Population) || !strings.HasPrefix(in.Population, in.Situation+"/"):
		return a, fault.Invalid("population", "%q is not a population of %s: give an id such as %s/p1", in.Population, in.Situation, in.Situation)
	}
	for _, state := range []string{Draft, Submitted} {
		open, err := readAssessments(tx.Tx, Filter{Population: in.Population, State: state, Limit: 1}, "")
		if err != nil {
			return a, err
		}
		if len(open) > 0 {
			return open[0], fault.WithHint(fault.Exists("%s of this population is a %s", open[0].ID, state), "finish it, or discard it")
		}
	}
	last, err := readCurrent(tx.Tx, in.Situation, in.Population)
	if err != nil {
		return a, err
	}
	id, err := tx.NextID("A")
	if err != nil {
		return a, err
	}
	s := started{ID: id, Situation: in.Situation, Population: in.Population}
	var w words
	if len(last) > 0 {
		s.Previous = last[0].ID
	}
	if in.Carry && s.Previous != "" {
		before, err := Get(tx.View, s.Previous)
		if err != nil {
			return a, err
		}
		s.Marks, w = opened(before.Marks), wordsOf(before)
		w.Summary = ""
	}
	if _, err := tx.Append(record.Draft{Kind: "assessment.started", Subjects: []string{id, in.Situation, in.Population}, Marking: in.Marking, Open: s, Sealed: w}); err != nil {
		return a, err
	}
	return Get(tx.View, id)
}

// opened returns what is open of the marks that say something.
func opened(marks []Mark) (out []openMark) {
	for _, m := range marks {
		if m.State != Unknown || len(m.Sources) > 0 {
			out = append(out, openMark{m.Indicator, m.State, m.Sources})
		}
	}
	return out
}

// wordsOf gathers all words of an assessment, to be written anew.
func wordsOf(a Assessment) words {
	w := words{Summary: a.Summary, Notes: map[string]said{}}
	for _, m := range a.Marks {
		if m.Note != "" || m.Source != "" {
			w.Notes[m.Indicator] = said{m.Note, m.Source}
		}
	}
	return w
}

// SaveInput is what changes in a draft.
type SaveInput struct {
	Marks   []Mark  // of the indicators that change; each replaces all that was said of it
	Summary *string // nil leaves it
	// Seen is Assessment.Saved as the writer saw it: if somebody saved since,
	// saving is a fault of kind Stale. 0 does not look.
	Seen int64
}

const (
	longestNote    = 5_000 // letters
	longestSummary = 20_000
	mostSources    = 50 // of one indicator
)

// Save changes a draft.
func Save(tx *record.Tx, id string, in SaveInput) (Assessment, error) {
	a, err := draft(tx, id)
	if err != nil {
		return a, err
	}
	if in.Seen != 0 && in.Seen != a.Saved {
		return a, fault.WithHint(fault.Stale("%s was saved by somebody else meanwhile", id), "load it again and repeat your changes")
	}
	w := wordsOf(a)
	if in.Summary != nil {
		if w.Summary, err = text("summary", *in.Summary, longestSummary); err != nil {
			return a, err
		}
	}
	was := map[string]Mark{}
	for _, m := range a.Marks {
		was[m.Indicator] = m
	}
	s := saved{ID: id}
	cited, given := map[string]bool{}, map[string]bool{}
	for _, m := range in.Marks {
		if m, err = m.check(); err != nil {
			return a, err
		}
		if given[m.Indicator] {
			return a, fault.Invalid("marks", "indicator %s is marked twice", m.Indicator)
		}
		given[m.Indicator] = true
		if delete(w.Notes, m.Indicator); m.Note != "" || m.Source != "" {
			w.Notes[m.Indicator] = said{m.Note, m.Source}
		}
		if b := was[m.Indicator]; b.State != m.State || !slices.Equal(b.Sources, m.Sources) {
			s.Marks = append(s.Marks, openMark{m.Indicator, m.State, m.Sources})
		}
		for _, r := range m.Sources {
			cited[r] = cited[r] || !slices.Contains(was[m.Indicator].Sources, r)
		}
	}
	maps.DeleteFunc(cited, func(_ string, fresh bool) bool { return !fresh })
	if len(cited) > 400 {
		return a, fault.Invalid("sources", "%d reports are cited at once, at most 400: save in two steps", len(cited))
	}
	slices.SortFunc(s.Marks, func(x, y openMark) int {
		return cmp.Compare(framework().order[x.Indicator], framework().order[y.Indicator])
	})
	return appended(tx, a, record.Draft{Kind: "assessment.saved", Subjects: append([]string{id}, slices.Sorted(maps.Keys(cited))...), Open: s, Sealed: w})
}

// check returns a mark as it will be recorded.
func (m Mark) check() (Mark, error) {
	if _, ok := framework().factor[m.Indicator]; !ok {
		return m, fault.Invalid("indicator", "%q is not an indicator of the framework: give a code such as 7.14", m.Indicator)
	}
	if m.State != Unknown && rank[m.State] == 0 {
		return m, fault.Invalid("state", "indicator %s: %q is not a state: %s, %s, %s or %s", m.Indicator, m.State, Unknown, Absent, Present, Worsening)
	}
	m.Sources = slices.Clone(m.Sources)
	slices.Sort(m.Sources)
	m.Sources = slices.Compact(m.Sources)
	if len(m.Sources) > mostSources {
		return m, fault.Invalid("sources", "indicator %s cites %d reports, at most %d: cite the strongest", m.Indicator, len(m.Sources), mostSources)
	}
	for _, r := range m.Sources {
		if !reportForm.MatchString(r) {
			return m, fault.Invalid("sources", "indicator %s: %q is not a report: give an id such as R-1, and other sources in words", m.Indicator, r)
		}
	}
	var err error
	if m.Note, err = text("note", m.Note, longestNote); err != nil {
		return m, err
	}
	m.Source, err = text("source", m.Source, longestNote)
	return m, err
}

// text checks a text of several lines that may be empty.
func text(field, s string, longest int) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	bad := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longest || strings.ContainsFunc(s, bad) {
		return "", fault.Invalid(field, "the %s must be plain text of at most %d letters", field, longest)
	}
	return s, nil
}

// draft returns an assessment that can be changed.
func draft(tx *record.Tx, id string) (Assessment, error) {
	a, err := Get(tx.View, id)
	if err != nil {
		return a, err
	}
	if tx.By.Person == "" {
		return a, fault.Denied("who changes an assessment is recorded: sign in")
	}
	if a.State != Draft {
		return a, fault.WithHint(fault.Stale("%s is %s and no draft", id, a.State), "a reviewer can return it, or start a new one")
	}
	return a, nil
}

// appended appends an entry about an assessment and reads it again.
func appended(tx *record.Tx, a Assessment, d record.Draft) (Assessment, error) {
	d.Marking = a.Marking
	if _, err := tx.Append(d); err != nil {
		return a, err
	}
	return Get(tx.View, a.ID)
}

// Submit hands a draft to a second person. What is present or worsening must
// rest on a report, another source or a note.
func Submit(tx *record.Tx, id string) (Assessment, error) {
	a, err := draft(tx, id)
	if err != nil {
		return a, err
	}
	if a.Counts.Absent+a.Counts.Present+a.Counts.Worsening == 0 {
		return a, fault.Invalid("marks", "nothing is marked: say of one indicator at least whether it is absent, present or worsening")
	}
	for _, m := range a.Marks {
		if rank[m.State] >= rank[Present] && len(m.Sources) == 0 && m.Source == "" && m.Note == "" {
			return a, fault.Invalid("sources", "indicator %s is %s and rests on nothing: cite a report, or say how it is known", m.Indicator, m.State)
		}
	}
	last, err := readCurrent(tx.Tx, a.Situation, a.Population)
	if err != nil {
		return a, err
	}
	s := submitted{ID: id}
	if len(last) > 0 {
		s.Previous = last[0].ID
	}
	return appended(tx, a, record.Draft{Kind: "assessment.submitted", Subjects: a.subjects(), Open: s})
}

func (a Assessment) subjects() []string { return []string{a.ID, a.Situation, a.Population} }

// Verdicts of a reviewer.
const (
	Accept = "accept"
	Return = "return"
)

// Review accepts an assessment or returns it to its author, which needs a
// comment. The reviewer is somebody who had no hand in it.
func Review(tx *record.Tx, id, verdict, why string) (Assessment, error) {
	a, err := Get(tx.View, id)
	if err != nil {
		return a, err
	}
	if verdict != Accept && verdict != Return {
		return a, fault.Invalid("verdict", "%q is not a verdict: %s or %s", verdict, Accept, Return)
	}
	why, err = text("comment", why, longestSummary)
	if err != nil {
		return a, err
	}
	who := tx.By.Person
	switch {
	case a.State != Submitted:
		return a, fault.Stale("%s is %s and does not wait for review", id, a.State)
	case who == "" || slices.Contains(a.Hands, who):
		return a, fault.WithHint(fault.Denied("an assessment is reviewed by a second person, who had no hand in it"), "ask somebody other than "+strings.Join(a.Hands, ", "))
	case verdict == Return && why == "":
		return a, fault.Invalid("comment", "say what is to be changed")
	}
	kind := "assessment.accepted"
	if verdict == Return {
		kind = "assessment.returned"
	}
	return appended(tx, a, record.Draft{Kind: kind, Subjects: a.subjects(), Open: about{id}, Sealed: because(why)})
}

// Discard gives a draft, or one that waits for review, up, for a reason.
func Discard(tx *record.Tx, id, why string) (Assessment, error) {
	a, err := Get(tx.View, id)
	if err != nil {
		return a, err
	}
	if a.State != Draft && a.State != Submitted {
		return a, fault.Stale("%s is %s: what was accepted stays on record", id, a.State)
	}
	if why, err = text("reason", why, longestSummary); err == nil && why == "" {
		err = fault.Invalid("reason", "say why %s is given up", id)
	}
	if err != nil {
		return a, fmt.Errorf("discard: %w", err)
	}
	return appended(tx, a, record.Draft{Kind: "assessment.discarded", Subjects: a.subjects(), Open: about{id}, Sealed: because(why)})
}

// comment is what is sealed of a review.
type comment struct {
	Comment string `json:"comment"`
}

// because seals a comment, or nothing where there is none.
func because(why string) any {
	if why == "" {
		return nil
	}
	return comment{why}
}
