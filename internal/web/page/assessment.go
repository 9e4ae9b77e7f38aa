package page

// An AssessmentForm marks the indicators of the UN Framework of Analysis for
// one population at risk.
type AssessmentForm struct {
	Frame
	Situation           Ref
	Population, Summary Field
	Marking             Field
	Factors             []FactorMarks
}

// FactorMarks are the indicators of one factor, to mark or as marked.
type FactorMarks struct {
	N          int
	Name       string
	Crime      string // common, genocide, crimes-against-humanity, war-crimes
	Indicators []IndicatorMark
	Seen       int
	Changed    int
	Open       bool
}

// An IndicatorMark is one indicator with its mark.
type IndicatorMark struct {
	ID, Text   string
	Unsure     bool // our wording is still to be verified against the source
	State, Was string
	Note       Text
	Sources    []string
	Source     string // as entered
}

// An Assessment is one assessment as it was made, and its review.
type Assessment struct {
	Frame
	Row         AssessmentRow
	Factors     []FactorMarks
	Summary     Text
	ReviewNote  Text
	Before      string
	MayReview   bool
	ReviewField Field
}

// MarkNames are the states of an indicator, in the order of the form.
var MarkNames = [...]string{"unknown", "absent", "present", "worsening"}

// A MarkChoice is one state to choose.
type MarkChoice struct {
	Name   string
	Chosen bool
}

// Add puts an indicator under its factor.
func (f *FactorMarks) Add(m IndicatorMark) {
	if m.State == "present" || m.State == "worsening" {
		f.Seen++
	}
	if m.Was != "" && m.Was != m.State {
		f.Changed++
	}
	f.Indicators = append(f.Indicators, m)
}
