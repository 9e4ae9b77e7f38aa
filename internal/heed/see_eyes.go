package heed

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// eyes are a look that remembers what it has read and asked: a page meets the
// same situations, people and questions again and again.
type eyes struct {
	*look
	lang       string // of titles that a protocol words in several languages
	situations map[string]*situation.Situation
	orgs       map[string]string // agency by person
	answers    map[string]bool
	things     map[string]thing
}

type speaking struct{}

// Speaking returns a context in which titles are read in a language, where
// their protocol has it. Without, it is the reader's own.
func Speaking(ctx context.Context, tag string) context.Context {
	return context.WithValue(ctx, speaking{}, tag)
}

// seen is [Heed.see] for a whole page.
func (h *Heed) seen(ctx context.Context, who Who, f func(*eyes) error) error {
	return h.see(ctx, who, func(l *look) error {
		e := l.eyes()
		if e.lang, _ = ctx.Value(speaking{}).(string); e.lang == "" {
			e.lang = "en"
			if p, err := party.GetPerson(l.View, who.Person); err == nil && len(p.Languages) > 0 {
				e.lang = p.Languages[0]
			}
		}
		return f(e)
	})
}

// listed is seen for a list: whoever takes part may ask, and each row is
// decided on by itself.
func (h *Heed) listed(ctx context.Context, who Who, f func(*eyes) error) error {
	return h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.ProtocolRead, e.node()); err != nil {
			return err
		}
		return f(e)
	})
}

func (l *look) eyes() *eyes {
	return &eyes{look: l, lang: "en", situations: map[string]*situation.Situation{}, orgs: map[string]string{},
		answers: map[string]bool{}, things: map[string]thing{}}
}

// may is [look.may], asked once for things that differ in nothing but their
// number. No policy of ours asks for a number: a test holds that.
func (e *eyes) may(action string, r access.Resource) bool {
	var b strings.Builder
	for _, s := range []string{action, r.Type, r.Situation, r.Marking, r.Owner, r.Author, r.Use, strconv.FormatBool(r.Withheld)} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	for _, list := range [][]string{r.Agencies, r.Members, r.Recipients} {
		for _, s := range list {
			b.WriteString(s)
			b.WriteByte(0)
		}
		b.WriteByte(1)
	}
	key := b.String()
	yes, ok := e.answers[key]
	if !ok {
		yes = e.look.may(action, r)
		e.answers[key] = yes
	}
	return yes
}

// could is may for an act that needs a stated purpose: whether the person may
// take it once they state one.
func (e *eyes) could(action string, r access.Resource) bool {
	*e.decided++
	return e.h.access.Ask(e.ctx, e.principal, action, r, "to be stated").Allowed
}

// hidden makes a missing thing look to a visitor like one that is not for
// them, so that nobody who has not signed in learns which numbers exist.
func (e *eyes) hidden(err error) error {
	if fault.KindOf(err) == fault.KindNotFound && e.principal.Kind == access.Anonymous {
		return e.need(access.ProtocolRead, e.node())
	}
	return err
}

// all reads every situation at once.
func (e *eyes) all(f situation.Filter) ([]situation.Situation, error) {
	all, err := situation.List(e.View, f)
	for _, s := range all {
		e.situations[s.ID] = &s // a copy: the caller may cut the list
	}
	return all, err
}

// at returns a situation.
func (e *eyes) at(id string) (situation.Situation, error) {
	if s, ok := e.situations[id]; ok {
		return *s, nil
	}
	s, err := situation.Get(e.View, id)
	if err == nil {
		e.situations[id] = &s
	}
	return s, err
}

// situationRef names a situation to those who may read it, and is nothing to
// others.
func (e *eyes) situationRef(id string) Ref {
	if id == "" {
		return Ref{}
	}
	s, err := e.at(id)
	if err != nil || !e.may(access.SituationRead, e.situation(s)) {
		return Ref{}
	}
	return Ref{s.ID, s.Name}
}

// country is that of a situation: whoever was served a warning is told it.
func (e *eyes) country(id string) string {
	if id == "" {
		return ""
	}
	s, err := e.at(id)
	if err != nil {
		return ""
	}
	return s.Country
}

// populationNames are the names that people at risk give themselves.
func (e *eyes) populationNames(ids []string) []string {
	out := []string{}
	for _, id := range ids {
		in, _, _ := strings.Cut(id, "/")
		s, err := e.at(in)
		if err != nil {
			continue
		}
		for _, p := range s.Populations {
			if p.ID == id && p.Name != "" {
				out = append(out, p.Name)
			} else if p.ID == id {
				out = append(out, p.ID)
			}
		}
	}
	return out
}

// The resources are those of resource.go, from what is remembered: a test
// holds the two together.

func (e *eyes) of(r access.Resource, id string) (access.Resource, error) {
	r.Situation, r.Exercise = id, e.h.Exercise()
	if r.Agencies == nil {
		r.Agencies = []string{home}
	}
	if id == "" {
		return r, nil
	}
	s, err := e.at(id)
	if err != nil {
		return r, err
	}
	r.Members = members(s)
	if r.Marking == "" {
		r.Marking = s.Marking
	}
	return r, nil
}

func (e *eyes) agencies(people []string) ([]string, error) {
	out := []string{home}
	for _, id := range people {
		org, ok := e.orgs[id]
		if !ok {
			p, err := party.Standing(e.View, id)
			if err != nil {
				return nil, err
			}
			org = p.Agency
			e.orgs[id] = org
		}
		if !slices.Contains(out, org) {
			out = append(out, org)
		}
	}
	return out, nil
}

func (e *eyes) warning(w warning.Warning, served []warning.Recipient) (access.Resource, error) {
	r := access.Resource{Type: "warning", ID: w.ID, Marking: w.Marking, Author: w.By}
	for _, s := range served {
		r.Recipients = append(r.Recipients, s.Person)
	}
	var err error
	if r.Agencies, err = e.agencies(r.Recipients); err != nil {
		return r, err
	}
	return e.of(r, w.Situation)
}

func (e *eyes) duty(d response.Duty) (access.Resource, error) {
	r := access.Resource{Type: "duty", ID: d.ID, Marking: d.Marking, Owner: d.Owner, Author: d.ProposedBy, Recipients: []string{d.Owner}}
	if d.Deputy != "" {
		r.Recipients = append(r.Recipients, d.Deputy)
	}
	for _, g := range d.Rungs {
		if g.Number <= d.Rung && g.Person != "" {
			r.Recipients = append(r.Recipients, g.Person)
		}
	}
	var err error
	if r.Agencies, err = e.agencies(r.Recipients); err != nil {
		return r, err
	}
	return e.of(r, d.Situation)
}

func (e *eyes) decision(d decision.Decision) (access.Resource, error) {
	return e.of(access.Resource{Type: "decision", ID: d.ID, Marking: d.Marking, Author: d.DraftedBy, Owner: d.SignedBy}, d.Situation)
}

func (e *eyes) report(r report.Report) (access.Resource, error) {
	return e.of(access.Resource{Type: "report", ID: r.ID, Marking: r.Marking, Author: r.Actor}, first(r.Situations))
}

func (e *eyes) assessment(a assessment.Assessment) (access.Resource, error) {
	return e.of(access.Resource{Type: "assessment", ID: a.ID, Marking: a.Marking, Author: a.Author}, a.Situation)
}

// A thing is what an entry is about, as far as the reader is concerned.
type thing struct {
	found, readable bool
	marking         string
	level           int
	situation       string
	resource        access.Resource
}

// thingOf finds what a number names and decides whether the reader may read it.
func (e *eyes) thingOf(ref string) (thing, error) {
	id, _, _ := strings.Cut(ref, "/")
	if t, ok := e.things[id]; ok {
		return t, nil
	}
	t, err := e.find(id)
	if fault.KindOf(err) == fault.KindNotFound {
		t, err = thing{}, nil
	}
	if err == nil {
		e.things[id] = t
	}
	return t, err
}

func (e *eyes) find(id string) (t thing, err error) {
	prefix, _, _ := strings.Cut(id, "-")
	action, r := "", access.Resource{}
	switch prefix {
	case "S":
		var s situation.Situation
		if s, err = e.at(id); err == nil {
			action, r = access.SituationRead, e.situation(s)
		}
	case "W":
		var w warning.Warning
		if w, err = warning.Get(e.View, id); err == nil {
			t.level = w.Level
			action = access.WarningRead
			r, err = e.look.warning(w)
		}
	case "D":
		var d response.Duty
		if d, err = response.Get(e.View, id); err == nil {
			t.level = d.Level
			action = access.DutyRead
			r, err = e.duty(d)
		}
	case "DEC":
		var d decision.Decision
		if d, err = decision.Get(e.View, id); err == nil {
			action = access.DecisionRead
			r, err = e.decision(d)
		}
	case "CS", "RQ":
		action, r, err = e.findCase(id)
	case "CO":
		action, r, err = e.findCoalition(id)
	case "R":
		var x report.Report
		if x, err = report.Get(e.View, id); err == nil {
			action = access.ReportRead
			r, err = e.report(x)
		}
	case "A":
		var a assessment.Assessment
		if a, err = assessment.Get(e.View, id); err == nil {
			action = access.AssessmentRead
			r, err = e.assessment(a)
		}
	case "IMP":
		action, r, err = e.findAnalysis(id)
	case "E":
		action, r, err = e.findItem(id)
	case "PK", "TK":
		action, r, err = e.findMeasure(prefix, id)
	default:
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.found, t.readable, t.marking, t.situation, t.resource = true, e.may(action, r), r.Marking, r.Situation, r
	return t, nil
}

// readable tells whether the reader may read what a number names; what is not
// there is not readable.
func (e *eyes) readable(id string) (bool, error) {
	t, err := e.thingOf(id)
	return t.readable, err
}

// knows tells whether the reader may know of an entry. What it is about
// decides; an entry without a marking of its own is marked as the strictest of
// what it is about, so that it tells nobody of a thing that is marked; and an
// entry marked more closely than the thing is decided on by itself as well.
func (e *eyes) knows(x record.Entry) (bool, error) {
	t, err := e.thingOf(first(x.Subjects))
	if err != nil {
		return false, err
	}
	for _, s := range x.Subjects { // consent and marking of an item hold for all that is about it
		if !strings.HasPrefix(s, "E-") {
			continue
		}
		if i, err := e.thingOf(s); err != nil || i.found && !i.readable {
			return false, err
		}
	}
	if x.Marking == "" {
		strictest, most := thing{}, -1
		for _, s := range x.Subjects {
			other, err := e.thingOf(s)
			if err != nil {
				return false, err
			}
			if n := strictness(other.marking); other.found && n > most {
				strictest, most = other, n
			}
		}
		if strictest.found && !strictest.readable {
			return false, nil
		}
	}
	if t.found && (!t.readable || x.Marking == "" || x.Marking == t.marking) {
		return t.readable, nil
	}
	r, err := e.entry(x)
	return err == nil && e.may(access.RecordRead, r), err
}

// strictness orders markings; none counts as AMBER, and what is not known as
// RED, as in access.
func strictness(marking string) int {
	if marking == "" {
		marking = "AMBER"
	}
	if n := slices.Index(record.Markings, marking); n >= 0 {
		return n
	}
	return len(record.Markings)
}

// persons are the reader and those for whom they stand in.
func (e *eyes) persons() []string { return append([]string{e.principal.ID}, e.principal.For...) }
