package heed

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// WarningInput is a warning as somebody gives it: people, populations and
// protocols by id or by name.
type WarningInput struct {
	Situation   string
	Level       int
	Populations []string
	Finding     string
	Confidence  string
	Marking     string
	// MarkingReason says why it is marked more open than its situation, which
	// it is not without.
	MarkingReason string
	Protocol      string // id of an adopted protocol; "" is the office's own
	Opener        string // role by whose own standing the protocol is opened
	Supersedes    string
	Expires       time.Time
	Sources       []WarningSource
	To            []string
}

// A WarningSource is one thing that a finding rests on, with a note.
type WarningSource struct{ Kind, ID, Note string }

// WarningIssued is what came of issuing one.
type WarningIssued struct {
	ID     string
	Entry  int64
	Duties []response.Duty
}

// IssueWarning issues a warning, serves it, opens the duties of its protocol
// and marks the reports that it rests on as used. To supersede another is to
// end that, for which the new finding is the purpose where none is stated.
func (h *Heed) IssueWarning(ctx context.Context, who Who, in WarningInput) (out WarningIssued, err error) {
	if who.Purpose == "" && in.Supersedes != "" {
		who.Purpose = in.Finding
	}
	err = h.do(ctx, who, func(a *act) error {
		s, err := situation.Find(a.View, in.Situation)
		if err != nil {
			return err
		}
		if err := a.mayWarn(s, &in); err != nil {
			return err
		}
		if s.State == situation.Closed {
			return fault.Stale("situation %s is closed: take it up again first", s.ID)
		}
		if err := a.mayBuildOn(in); err != nil {
			return err
		}
		if in.Marking, err = marked(s, in); err != nil {
			return err
		}
		w, err := a.issue(s, in)
		if err != nil {
			return err
		}
		out.ID, out.Entry = w.ID, w.Entry
		for _, src := range in.Sources {
			if src.Kind == "report" {
				if _, err := report.MarkUsed(a.tx, src.ID, w.ID); err != nil {
					return err
				}
			}
		}
		out.Duties, err = a.openDuties(w, in.Protocol, in.Opener)
		return err
	})
	return out, err
}

// mayWarn decides whether somebody may issue a warning: by their office, or by
// the standing that the protocol gives to a role of theirs, as to civil society.
// Whoever warns by own standing need not know whom the office has on duty.
func (a *act) mayWarn(s situation.Situation, in *WarningInput) error {
	if in.Opener == "" {
		return a.need(access.WarningIssue, a.situation(s))
	}
	if err := a.need(access.ProtocolOpen, a.situation(s)); err != nil {
		return err
	}
	if len(in.To) > 0 {
		return nil
	}
	p, err := a.protocol(in.Protocol)
	if err != nil {
		return err
	}
	for _, role := range []string{"duty-officer", "focal-point"} {
		person, err := a.holder(p, role)
		if err != nil {
			return err
		}
		if person != "" {
			in.To = append(in.To, person)
		}
	}
	return nil
}

// mayBuildOn decides whether somebody may use what a warning rests on and end
// the one that it supersedes.
func (a *act) mayBuildOn(in WarningInput) error {
	for _, src := range in.Sources {
		if err := a.mayUse(src); err != nil {
			return err
		}
	}
	if in.Supersedes == "" {
		return nil
	}
	old, err := warning.Get(a.View, in.Supersedes)
	if err != nil {
		return err
	}
	r, err := a.warning(old)
	if err != nil {
		return err
	}
	if err := a.need(access.WarningRead, r); err != nil {
		return err
	}
	return a.need(access.WarningEnd, r)
}

// mayUse decides whether somebody may rest a warning on a source.
func (a *act) mayUse(src WarningSource) error {
	switch noun, _, _ := strings.Cut(src.ID, "-"); {
	case src.Kind == "report":
		x, err := report.Get(a.View, src.ID)
		if err != nil {
			return err
		}
		r, err := a.report(x)
		if err != nil {
			return err
		}
		return a.need(access.ReportRead, r)
	case src.Kind == "assessment":
		x, err := assessment.Get(a.View, src.ID)
		if err != nil {
			return err
		}
		r, err := a.assessment(x)
		if err != nil {
			return err
		}
		return a.need(access.AssessmentRead, r)
	case noun == "R" || noun == "A":
		return fault.Invalid("sources", "%s is a report or an assessment, and not of kind %q", src.ID, src.Kind)
	}
	return nil
}

// marked returns how a warning is marked: as closely as its situation at the
// least, unless somebody says why not.
func marked(s situation.Situation, in WarningInput) (string, error) {
	rank := func(m string) int { return slices.Index(record.Markings, m) }
	switch {
	case in.Marking == "" && rank(s.Marking) > rank("AMBER"):
		return s.Marking, nil
	case in.Marking == "":
		return "AMBER", nil
	case rank(in.Marking) >= 0 && rank(in.Marking) < rank(s.Marking) && strings.TrimSpace(in.MarkingReason) == "":
		return "", fault.WithHint(fault.Invalid("marking", "%s is more open than its situation, which is %s", in.Marking, s.Marking),
			"mark it as its situation, or say why it may be known to more people")
	}
	return in.Marking, nil
}

func (a *act) issue(s situation.Situation, in WarningInput) (warning.Warning, error) {
	x := warning.IssueInput{Situation: s.ID, Level: in.Level, Finding: in.Finding, Confidence: in.Confidence, Marking: in.Marking, MarkingReason: in.MarkingReason,
		Supersedes: in.Supersedes, Expires: in.Expires, SourceNotes: map[string]string{}}
	for i, src := range in.Sources {
		x.Sources = append(x.Sources, warning.Source{Kind: src.Kind, Ref: src.ID})
		if src.Note != "" {
			x.SourceNotes[strconv.Itoa(i)] = src.Note
		}
	}
	for _, ref := range in.To {
		p, err := a.h.desk.Find(a.View, ref)
		if err != nil {
			return warning.Warning{}, fault.Invalid("to", "%w", err)
		}
		role, err := a.roleOf(p.ID)
		if err != nil {
			return warning.Warning{}, err
		}
		x.To = append(x.To, warning.Served{Person: p.ID, Role: role})
	}
	for _, name := range in.Populations {
		id, err := a.population(s, name)
		if err != nil {
			return warning.Warning{}, err
		}
		if !slices.Contains(x.Populations, id) {
			x.Populations = append(x.Populations, id)
		}
	}
	return warning.Issue(a.tx, x)
}

// roleOf returns the first role that a person acts in, "" if none.
func (l *look) roleOf(person string) (string, error) {
	held, err := party.RolesOf(l.View, person, l.now)
	if err != nil || len(held) == 0 {
		return "", err
	}
	i := slices.IndexFunc(held, func(r party.Held) bool { return r.Role != "administrator" })
	return held[max(i, 0)].Role, nil
}

// population returns the id of a population of a situation by id or name. One
// that a warning names for the first time joins the situation.
func (a *act) population(s situation.Situation, name string) (string, error) {
	name = strings.TrimSpace(name)
	for _, p := range s.AtRisk() {
		if p.ID == name || strings.EqualFold(p.Name, name) {
			return p.ID, nil
		}
	}
	if strings.HasPrefix(name, s.ID+"/") {
		return "", fault.Invalid("populations", "%s is not a population at risk in %s", name, s.ID)
	}
	p, err := situation.AddPopulation(a.tx, s.ID, name, "named in a warning")
	return p.ID, err
}

// openDuties opens the protocol that a warning calls for.
func (a *act) openDuties(w warning.Warning, id, opener string) ([]response.Duty, error) {
	p, err := a.protocol(id)
	if err != nil {
		return nil, err
	}
	if opener != "" && !a.has(opener) {
		return nil, fault.Denied("you do not hold the role %s, by whose standing you would open %s", opener, p.ID)
	}
	served, err := warning.Recipients(a.View, w.ID)
	if err != nil {
		return nil, err
	}
	return response.Open(a.tx, response.OpenInput{Warning: w.ID, Situation: w.Situation, Marking: w.Marking, Level: w.Level, Protocol: p,
		Opener: opener, Default: a.ownest(served), Holder: func(role string) (string, error) { return a.holder(p, role) }})
}

// ownest returns the first recipient of the node's own agency, or the first of
// all: duties of the office are the office's before they are anybody else's.
func (l *look) ownest(served []warning.Recipient) string {
	for _, r := range served {
		if p, err := party.GetPerson(l.View, r.Person); err == nil && p.Agency == home {
			return r.Person
		}
	}
	return served[0].Person
}

// protocol returns an adopted protocol; "" is the first that was adopted.
func (l *look) protocol(id string) (*protocol.Protocol, error) {
	all, err := response.Adoptions(l.View)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.WithHint(fault.NotFound("this office has adopted no protocol"), "adopt one with: heed protocol adopt FILE")
	}
	if id == "" {
		id = all[len(all)-1].ID
	}
	adopted, err := response.Adopted(l.View, id)
	if err != nil {
		return nil, err
	}
	p, _, err := response.ReadProtocol(l.View, adopted.Entry)
	return p, err
}

// holder returns who answers for a role now: whom the protocol names, else
// whom the register of people names.
func (l *look) holder(p *protocol.Protocol, role string) (string, error) {
	holders, deputies := p.WhoHolds(role, l.now)
	for _, ref := range append(holders, deputies...) {
		if x, err := l.h.desk.Find(l.View, ref); err == nil {
			return x.ID, nil
		}
	}
	held, err := party.HoldersOf(l.View, role, l.now)
	if err != nil || len(held) == 0 {
		return "", err
	}
	return held[0].Person, nil
}

// AcknowledgeWarning records that who has a warning. A deputy acknowledges for
// the person they stand in for.
func (h *Heed) AcknowledgeWarning(ctx context.Context, who Who, id, note string) error {
	return h.do(ctx, who, func(a *act) error {
		w, err := warning.Get(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.warning(w)
		if err != nil {
			return err
		}
		if err := a.need(access.WarningAcknowledge, r); err != nil {
			return err
		}
		_, err = warning.Acknowledge(a.tx, id, a.standsFor(r.Recipients), note)
		return err
	})
}

// standsFor returns the recipient for whom the person acts: themself, or one
// whose deputy they are now.
func (l *look) standsFor(recipients []string) string {
	for _, id := range append([]string{l.principal.ID}, l.principal.For...) {
		if slices.Contains(recipients, id) {
			return id
		}
	}
	return l.principal.ID
}

// Ticked is what the clock made true.
type Ticked struct {
	Lapsed    int `json:"lapsed"`
	Escalated int `json:"escalated"`
	Expired   int `json:"expired"`
	Alarms    int `json:"alarms"`           // of mandates that come to their end
	Rehearsed int `json:"rehearsed"`        // close-outs
	Sheets    int `json:"sheets,omitempty"` // sign-on sheets that closed themselves
}

// Tick writes down what has fallen due by a time, zero for now. Run again for
// the same time it writes nothing. Duties, warnings and sheets do not depend on
// mandates: what goes wrong with those is returned when all else is done.
func (h *Heed) Tick(ctx context.Context, at time.Time) (out Ticked, err error) {
	now := at
	if now.IsZero() {
		now = h.Now()
	}
	err = h.tickMandates(ctx, at, now, &out)
	err = errors.Join(err, h.tickDuties(ctx, at, now, &out))
	return out, err
}

// tickDuties writes down which duties, warnings and sheets have fallen due.
func (h *Heed) tickDuties(ctx context.Context, at, now time.Time, out *Ticked) error {
	due := false
	if err := h.rec.View(ctx, func(v *record.View) error {
		next, err := response.NextDue(v)
		if err != nil {
			return err
		}
		ex, err := warning.NextExpiry(v)
		if err != nil {
			return err
		}
		sheet, err := coalition.NextDue(v)
		past := func(t time.Time) bool { return !t.IsZero() && !t.After(now) }
		due = past(next) || past(ex) || past(sheet)
		return err
	}); err != nil || !due {
		return err
	}
	return h.do(ctx, System(at), func(a *act) error {
		if err := a.need(access.SystemTick, a.node()); err != nil {
			return err
		}
		ids, err := warning.Expire(a.tx)
		if err != nil {
			return err
		}
		out.Expired = len(ids)
		if out.Lapsed, out.Escalated, err = response.Tick(a.tx); err != nil {
			return err
		}
		sheets, err := coalition.Tick(a.tx)
		if err != nil {
			return err
		}
		out.Sheets = len(sheets)
		for _, id := range sheets {
			if err := measure.Follow(a.tx, id, measure.Over); err != nil {
				return err
			}
		}
		return nil
	})
}
