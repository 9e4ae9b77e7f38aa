package doors

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/heed-project/heed/doors/facts"
)

// actorNames are those who act where States cannot.
var actorNames = map[string]string{
	"UNSG": "the Secretary-General of the United Nations", "ACHPR": "the African Commission on Human and Peoples’ Rights",
	"mandate_holder": "the mandate holder", "committee_or_state_party": "the committee, or a State party",
	"national_prosecutor": "the prosecutor", "jurisdiction": "a court or prosecutor", "capital": "the State",
}

// phrases say each reason in English. Body, State, N, Of and On stand for the
// fields of the reason.
var phrases = map[string]string{
	"no members": "the facts name no member of {body} on {on}",
	"incomplete": "the facts name {n} of the {of} members of {body} on this date",
	"scope":      "{state} does not belong to {body}",
	"not member": "{state} has no seat in {body} on {on}",
	"suspended":  "{state} is suspended from {body} on {on}",
	"uncounted":  "{state} has no seat in {body}: it may ask and sign, and does not count",
	"condition":  "{state} does not meet: {body}",
	"needs":      "it also needs {body}",
	"caution":    "mind that {state} lacks {body}",
	"resume":     "there is {body}: the President of the General Assembly decides on such a request",
	"actor":      "only {body} can do this; a State can ask",
	"write":      "anyone may write; {body} decides",
	"law":        "{body} acts under national law, which these facts do not hold",
	"veto":       "{state}, a permanent member, votes against",
	"objection":  "{state} objects",
	"blocked":    "too many in {body} have said otherwise",
	"consent":    "{state} has to agree",
	"contested":  "it is contested, and goes to a vote: {body}",
	"way":        "the nearest way is through {body} ({n} needed)",
	"veto cast":  "{body} was vetoed on {on}",
	"not yet":    "nobody could do this before {on}",
	"no veto":    "no veto is known on {state} since April 2022",
	"sitting":    "{body} sat on the same situation from {on}: no debate of its own",
	"debated":    "the debate on {body} was held on {on}",
	"past":       "the debate on {body} was due by {on}, and the facts do not say that it was held",
	"due":        "the debate on {body} is due by {on}",
}

// about puts the thing that a reason is about into words.
func (r Reason) about() string {
	if x, ok := conditions[r.Body]; ok {
		return x.words
	}
	if x, ok := actorNames[r.Body]; ok {
		return x
	}
	if r.words != nil {
		if b, ok := r.words.Bodies[r.Body]; ok {
			return b.Name
		}
	}
	if r.Body == "" {
		return "the States themselves"
	}
	return r.Body
}

// String says the reason in English.
func (r Reason) String() string {
	state := r.State
	if r.words != nil && state != "" {
		state = r.words.Name(state, r.On)
	}
	switch state {
	case "":
		state = "the State concerned"
	case "yes":
		state = "one of the five"
	}
	text := strings.NewReplacer("{body}", r.about(), "{state}", state, "{n}", strconv.Itoa(r.N), "{of}", strconv.Itoa(r.Of), "{on}", r.On.String()).Replace(phrases[r.Code])
	if r.Code == "way" && r.Of > 0 {
		text += fmt.Sprintf(", paragraph %d", r.Of)
	}
	return text
}

// MissingText says in English what is missing.
func (a Answer) MissingText(name string) string {
	switch {
	case a.Outcome != Short:
		return ""
	case a.Least == a.Missing:
		return fmt.Sprintf("%d more of %s", a.Missing, name)
	case a.Least == 0:
		return fmt.Sprintf("%d more of %s, whatever the others do; none if nobody votes against", a.Missing, name)
	}
	return fmt.Sprintf("%d more of %s, whatever the others do; %d if nobody else votes against", a.Missing, name, a.Least)
}

// Why joins the reasons.
func (a Answer) Why() string {
	var out []string
	for _, r := range a.Reasons {
		out = append(out, r.String())
	}
	return strings.Join(out, "; ")
}

// BodyName returns the name of a body of the facts, or "the States" for none.
func BodyName(f *facts.Facts, code string) string {
	if b, ok := f.Bodies[code]; ok {
		return b.Name
	}
	return "the States"
}
