package cap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// A Warning is what of a warning of Heed goes into CAP.
type Warning struct {
	Identifier   string // of the message: one per issue of the warning
	Sender       string // the agency's lasting name in CAP, "heed@agency.example"
	SenderName   string
	Sent         time.Time
	Expires      time.Time // zero when open-ended
	Exercise     bool
	Level        int      // 1 to 5
	Confidence   string   // "low", "moderate", "high", or empty
	Ongoing      bool     // the atrocities are observed, not expected
	Marking      string   // TLP 2.0: "RED" … "CLEAR"
	Recipients   []string // addresses of those on whom it is served
	Populations  []string // at risk, as named by themselves
	Language     string
	Headline     string
	Finding      string
	Instruction  string
	Web, Contact string
	Areas        []Area
}

// scale is how a level reads to those who know only CAP. A level of Heed says
// how grave and near the risk is; CAP splits that in two.
//
//	level      severity  urgency    response
//	1 low      Minor     Future     Monitor
//	2 watch    Moderate  Future     Assess
//	3 raised   Severe    Expected   Prepare
//	4 high     Extreme   Expected   Execute
//	5 severe   Extreme   Immediate  Execute
//
// Certainty is how sure the office is of its finding: Observed when it is
// ongoing, Likely for high confidence, Possible for moderate, Unknown for low
// or none given. The level itself goes along as a parameter, so that Heed
// reads back what Heed wrote.
var scale = [5]struct{ severity, urgency, response string }{
	{"Minor", "Future", "Monitor"},
	{"Moderate", "Future", "Assess"},
	{"Severe", "Expected", "Prepare"},
	{"Extreme", "Expected", "Execute"},
	{"Extreme", "Immediate", "Execute"},
}

// The names of the parameters that Heed adds to an info.
const (
	paramLevel      = "heed:level"
	paramConfidence = "heed:confidence"
	paramMarking    = "heed:marking"
	paramPopulation = "heed:population"
)

// exerciseNote is in every alert of a rehearsal.
const exerciseNote = "EXERCISE. This is a rehearsal and not a warning."

// warningEvent is the event of every warning of Heed.
const warningEvent = "Risk of mass atrocities"

// FromWarning makes an alert of a warning: category Security, scope by its
// marking (CLEAR is Public; with recipients, RED, AMBER+STRICT and AMBER are
// Private to them; all else is Restricted by its label). An exercise has the
// status Exercise and says so in its note and headline.
func FromWarning(w Warning) (Alert, error) {
	if w.Level < 1 || w.Level > 5 {
		return Alert{}, fault.Invalid("level", "the level is %d, must be 1 to 5", w.Level)
	}
	s := scale[w.Level-1]
	in := Info{Language: w.Language, Categories: []string{"Security"}, Event: warningEvent, ResponseTypes: []string{s.response},
		Urgency: s.urgency, Severity: s.severity, Certainty: w.certainty(), Effective: w.Sent, Expires: w.Expires,
		SenderName: w.SenderName, Headline: w.Headline, Description: w.Finding, Instruction: w.Instruction,
		Web: w.Web, Contact: w.Contact, Areas: w.Areas, Parameters: []Value{{paramLevel, strconv.Itoa(w.Level)}}}
	if w.Confidence != "" {
		in.Parameters = append(in.Parameters, Value{paramConfidence, w.Confidence})
	}
	if w.Marking != "" {
		in.Parameters = append(in.Parameters, Value{paramMarking, w.Marking})
	}
	for _, p := range w.Populations {
		in.Parameters = append(in.Parameters, Value{paramPopulation, p})
	}
	a := Alert{Identifier: w.Identifier, Sender: w.Sender, Sent: w.Sent, Status: Actual, MsgType: MsgAlert, Infos: []Info{in}}
	switch {
	case w.Marking == "CLEAR":
		a.Scope = Public
	case len(w.Recipients) > 0 && slices.Contains([]string{"RED", "AMBER+STRICT", "AMBER"}, w.Marking):
		a.Scope, a.Addresses = Private, w.Recipients
	default:
		a.Scope, a.Restriction = Restricted, strings.TrimSuffix("TLP:"+w.Marking, ":")
	}
	if w.Exercise {
		a.Status, a.Note = Exercise, exerciseNote
		a.Infos[0].Headline = strings.TrimSpace("EXERCISE: " + w.Headline)
	}
	return a, a.Check()
}

func (w Warning) certainty() string {
	switch {
	case w.Ongoing:
		return "Observed"
	case w.Confidence == "high":
		return "Likely"
	case w.Confidence == "moderate":
		return "Possible"
	}
	return "Unknown"
}

// ToWarning reads an alert as a warning, in a language where the alert has it.
// The level is Heed's own where the sender wrote it; otherwise the lowest level
// that has the alert's severity and urgency, or comes nearest to them. Any
// status but Actual counts as an exercise, so that a test is never taken for a
// warning. An alert without an info, as an acknowledgement is, is an error.
func ToWarning(a Alert, language string) (Warning, error) {
	in, ok := a.Info(language)
	if !ok {
		return Warning{}, fault.Invalid("info", "the %s message says nothing of its own", a.MsgType)
	}
	w := Warning{Identifier: a.Identifier, Sender: a.Sender, SenderName: in.SenderName, Sent: a.Sent, Expires: in.Expires,
		Exercise: a.Status != Actual, Level: nearest(in), Ongoing: in.Certainty == "Observed", Recipients: a.Addresses,
		Language: in.Language, Headline: in.Headline, Finding: in.Description, Instruction: in.Instruction,
		Web: in.Web, Contact: in.Contact, Areas: in.Areas}
	if a.Status == Exercise {
		w.Headline = strings.TrimPrefix(w.Headline, "EXERCISE: ")
	}
	w.Confidence, _ = in.Parameter(paramConfidence)
	w.Marking, _ = in.Parameter(paramMarking)
	if level, ok := in.Parameter(paramLevel); ok {
		n, err := strconv.Atoi(level)
		if err != nil || n < 1 || n > 5 {
			return Warning{}, fault.Invalid("info/parameter", "%s is %.20q, must be 1 to 5", paramLevel, level)
		}
		w.Level = n
	}
	for _, p := range in.Parameters {
		if p.Name == paramPopulation {
			w.Populations = append(w.Populations, p.Value)
		}
	}
	if w.Headline == "" {
		w.Headline = fmt.Sprintf("%s (%s)", in.Event, in.Severity)
	}
	return w, nil
}

// nearest is the lowest level whose severity and urgency are nearest to the
// info's. Unknown and Past count as the least.
func nearest(in Info) int {
	severities := []string{"Minor", "Moderate", "Severe", "Extreme"}
	urgencies := []string{"Future", "Expected", "Immediate"}
	distance := func(list []string, a, b string) int {
		d := max(0, slices.Index(list, a)) - max(0, slices.Index(list, b))
		return max(d, -d)
	}
	best, least := 1, 100
	for i, s := range scale {
		// Severity weighs more: a grave danger far off is not a small one.
		if d := 4*distance(severities, s.severity, in.Severity) + distance(urgencies, s.urgency, in.Urgency); d < least {
			best, least = i+1, d
		}
	}
	return best
}
