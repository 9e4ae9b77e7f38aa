package doors

import "github.com/heed-project/heed/doors/facts"

// condition is something that must be so besides the threshold. It is asked of
// each supporter, or, where whole is set, of the situation alone. What a
// situation decides is not asked where none is named.
type condition struct {
	words  string
	whole  bool
	mind   bool // it stops nothing, and its lack is told
	later  bool // somebody supplies it on the way: it is told, and stops nothing
	treaty string
	met    func(v *facts.View, state, situation string) bool
}

// conditions are those that the files may name.
var conditions = map[string]condition{
	"party GC": {words: "party to the Genocide Convention", treaty: "GC", met: func(v *facts.View, s, _ string) bool {
		return v.Member("GC", s)
	}},
	"no reservation IX (both)": {words: "no reservation to article IX of the Genocide Convention on either side, both parties to it", met: func(v *facts.View, s, sit string) bool {
		return !v.Has("GC", "reservation IX", s) && s != sit && (sit == "" || v.Member("GC", sit) && !v.Has("GC", "reservation IX", sit))
	}},
	"Rome Statute party": {words: "party to the Rome Statute", treaty: "ICC", met: func(v *facts.View, s, _ string) bool {
		return v.Member("ICC", s)
	}},
	"territorial or national State": {words: "the State concerned, and no party to the Rome Statute", met: func(v *facts.View, s, sit string) bool {
		return s == sit && !v.Member("ICC", s)
	}},
	"ATT party": {words: "party to the Arms Trade Treaty", treaty: "ATT", met: func(v *facts.View, s, _ string) bool {
		return v.Member("ATT", s)
	}},
	"both party to ICERD": {words: "party to the Convention against racial discrimination, as the State concerned is", treaty: "ICERD", met: func(v *facts.View, s, sit string) bool {
		return v.Member("ICERD", s) && s != sit && (sit == "" || v.Member("ICERD", sit))
	}},
	"PBI statement": {words: "a statement of programme budget implications by the Secretariat", later: true},
	"sanctions committee": {words: "a sanctions committee for the situation", whole: true, met: func(v *facts.View, _, sit string) bool {
		_, ok := v.Standing("sanctions committee", sit)
		return ok
	}},
	"mechanism holds evidence": {words: "a mechanism that holds evidence on the situation", whole: true, met: func(v *facts.View, _, sit string) bool {
		_, ok := v.Standing("evidence mechanism", sit)
		return ok
	}},
	"target sits in the HRC": {words: "the State concerned sits in the Human Rights Council", whole: true, met: func(v *facts.View, _, sit string) bool {
		since, suspended := v.Since("HRC", "suspended", sit)
		return v.Member("HRC", sit) || suspended && since == v.Date // the day of the decision itself
	}},
	"jurisdiction of the ICC": {words: "jurisdiction of the Court over its territory: no party, no declaration, no referral; nationals of parties, and acts that reach a party’s territory, remain", whole: true, mind: true, met: func(v *facts.View, _, sit string) bool {
		_, declared := v.Standing("ICC declaration", sit)
		_, referred := v.Standing("ICC referral", sit)
		return v.Member("ICC", sit) || declared || referred
	}},
	"Council blocked by a veto": {words: "a veto in the Council, without which the Assembly may not take the matter up in this way", whole: true, mind: true, met: func(v *facts.View, _, sit string) bool {
		return len(v.Vetoes(sit)) > 0
	}},
	"emergency session adjourned": {words: "an emergency special session that could be resumed at Members’ request", whole: true, mind: true, met: func(v *facts.View, _, sit string) bool {
		_, ok := v.Standing("emergency session", sit)
		return ok
	}},
	"target in the AU": {words: "the State concerned is a member of the African Union", whole: true, met: func(v *facts.View, _, sit string) bool {
		return inside(v, "AU", sit)
	}},
}

// resumable is the condition whose being met is told, not its lack.
const resumable = "emergency session adjourned"

// inside says whether a State belongs to an organisation, suspended or not.
func inside(v *facts.View, body, state string) bool {
	return v.Member(body, state) || v.Has(body, "suspended", state)
}

// unmet returns the first condition on the situation that fails, and notes those
// that are supplied on the way.
func (c *count) unmet(r *rule, a *Answer) (string, bool) {
	for _, list := range [2][]string{r.Requires, c.m.Requires} {
		for _, name := range list {
			x := conditions[name]
			if x.later {
				a.Reasons = append(a.Reasons, c.reason("needs", name))
			}
			if !x.whole || c.q.Situation == "" {
				continue
			}
			met := x.met(c.view, "", c.q.Situation)
			switch {
			case name == resumable && met:
				a.Reasons = append(a.Reasons, c.of("resume", name, c.q.Situation))
			case x.mind && !met && name != resumable:
				a.Reasons = append(a.Reasons, c.of("caution", name, c.q.Situation))
			case !x.mind && !met:
				return name, true
			}
		}
	}
	return "", false
}

// fails returns the first condition that a supporter does not meet.
func (c *count) fails(r *rule, state string) (string, bool) {
	for _, list := range [2][]string{r.Requires, c.m.Requires} {
		for _, name := range list {
			if x := conditions[name]; !x.whole && !x.later && !x.met(c.view, state, c.q.Situation) {
				return name, true
			}
		}
	}
	return "", false
}

// own says whether a rule puts conditions on each who acts: then each State acts
// by itself, and nobody can act for it.
func (c *count) own(r *rule) bool {
	for _, list := range [2][]string{r.Requires, c.m.Requires} {
		for _, name := range list {
			if x := conditions[name]; !x.whole && !x.later {
				return true
			}
		}
	}
	return false
}
