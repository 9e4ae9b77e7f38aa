package heed

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/ledger"
	"github.com/heed-project/heed/protocol"
)

// Knew is who knew what about something, when, and what they did.
type Knew struct {
	Ref       string
	Title     string // of the situation, "" where the reader may not read it
	Situation Ref
	Level     int
	Rows      []KnewRow // the oldest first
	People    []KnewPerson
	Size      int64 // of the checkpoint that covers them
	Root      []byte
	Cosigned  []string
}

// What somebody did, as a [KnewRow] tells it.
const (
	DidWarn    = "warned"
	DidServe   = "served" // was served: a warning, or the duty of somebody who was silent
	DidKnow    = "knew"   // said so
	DidAct     = "acted"
	DidExplain = "explained"
	DidNothing = "silent" // let a deadline pass
	DidDecide  = "decided"
)

// A KnewRow is one line of the chronology. A line in which nobody did anything
// has an empty Did.
type KnewRow struct {
	At            time.Time
	Actor         Ref    // who did it, or let it pass
	Role          string // in which
	Kind, Subject string
	Did           string
	Text          Text
	Level         int
	Entry         int64
}

// A KnewPerson sums up one person's part.
type KnewPerson struct {
	Person               Ref
	Role                 string
	Served, Acked, Acted time.Time
	Lapsed               int64  // duties that they let pass
	Outcome              string // acted, explained, acknowledged, silent, owing

	warned bool
}

// Outcomes of a [KnewPerson].
const (
	OutcomeActed        = "acted"
	OutcomeExplained    = "explained"
	OutcomeAcknowledged = "acknowledged"
	OutcomeSilent       = "silent"
	OutcomeOwing        = "owing" // their time is not up
)

// Knew returns the chronology of a warning, a situation or anything else with a
// history, as far as who may know of it.
func (h *Heed) Knew(ctx context.Context, who Who, ref string) (out Knew, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		r, id, err := e.about(ref)
		if err != nil {
			return e.hidden(err)
		}
		if t, err := e.thingOf(id); err != nil {
			return err
		} else if t.found && !t.readable {
			return e.hidden(fault.NotFound("nothing in the record is about %q", ref))
		}
		if err := e.need(access.PackExport, r); err != nil {
			return err
		}
		all, err := e.gather(id)
		if err != nil {
			return err
		}
		t, err := e.thingOf(id)
		if err != nil {
			return err
		}
		out = Knew{Ref: id, Situation: e.situationRef(r.Situation), Level: t.level}
		out.Title = out.Situation.Name
		return e.chronicle(all, &out)
	})
	return out, err
}

// gather returns the entries that tell who knew what: those about ref, and
// those about what a warning rests on, as far as the reader may know of them.
func (e *eyes) gather(ref string) (out []record.Entry, err error) {
	refs := []string{ref}
	if strings.HasPrefix(ref, "W-") {
		all, err := warning.Sources(e.View, ref)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if s.Ref != "" && !slices.Contains(refs, s.Ref) {
				refs = append(refs, s.Ref)
			}
		}
	}
	seen := map[int64]bool{}
	for _, r := range refs {
		all, err := e.HistoryIndexes(r)
		if err != nil {
			return nil, err
		}
		for _, i := range all {
			if seen[i] {
				continue
			}
			x, err := e.Entry(i)
			if err != nil {
				return nil, err
			}
			if seen[i], err = e.knows(x); err != nil {
				return nil, err
			}
			if seen[i] {
				out = append(out, x)
			}
		}
	}
	slices.SortFunc(out, func(a, b record.Entry) int { return cmp.Compare(a.Index, b.Index) })
	return out, nil
}

// chronicle tells the entries, and sums up the people in them.
func (e *eyes) chronicle(all []record.Entry, out *Knew) error {
	last := int64(0)
	people := &parts{by: map[string]*KnewPerson{}, e: e}
	for _, x := range all {
		last = x.Index
		if x.Kind == "warning.delivered" {
			continue
		}
		rows, err := e.tell(x, people)
		if err != nil {
			return err
		}
		out.Rows = append(out.Rows, rows...)
	}
	out.People = people.sum()
	signed, _, err := e.checkpointOver(last)
	if err != nil {
		return err
	}
	c, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	out.Size, out.Root = c.Size, c.Root[:]
	out.Cosigned, err = e.cosigners(signed)
	return err
}

// did is what the kinds of entry say somebody did.
var did = map[string]string{
	"warning.issued": DidWarn, "warning.acknowledged": DidKnow, "warning.closed": DidAct,
	"duty.acknowledged": DidKnow, "duty.proposed": DidAct, "duty.done": DidAct, "duty.explained": DidExplain, "duty.lapsed": DidNothing,
	"duty.escalated": DidServe, "decision.drafted": DidAct, "decision.signed": DidDecide, "decision.dissented": DidAct,
	"report.submitted": DidKnow, "report.assessed": DidKnow, "assessment.submitted": DidKnow, "assessment.accepted": DidKnow,
	"coalition.opened": DidAct, "coalition.released": DidAct, "coalition.asked": DidAct, "coalition.signed": DidAct, "coalition.closed": DidAct,
	"coalition.pledged": DidKnow, "coalition.confided": DidKnow,
	"response.opened": DidAct, "response.closed": DidAct, "closing.proposed": DidAct, "closing.agreed": DidAct,
}

// tell makes lines of an entry: one, and one more for each person on whom a
// warning was served.
func (e *eyes) tell(x record.Entry, people *parts) ([]KnewRow, error) {
	row := KnewRow{At: x.Time, Actor: e.ref(x.Actor), Kind: x.Kind, Subject: first(x.Subjects), Did: did[x.Kind], Entry: x.Index}
	t, err := e.thingOf(row.Subject)
	if err != nil {
		return nil, err
	}
	row.Level = t.level
	if row.Text, err = e.wordsOf(x); err != nil {
		return nil, err
	}
	var to []warning.Recipient
	switch noun, _, _ := strings.Cut(x.Kind, "."); {
	case x.Kind == "warning.issued":
		if to, err = warning.Recipients(e.View, row.Subject); err != nil {
			return nil, err
		}
	case noun == "duty":
		if err := e.tellDuty(x, &row, people); err != nil {
			return nil, err
		}
	case x.Kind == "warning.acknowledged":
		var whom struct {
			Person string `json:"person"`
		}
		if err := json.Unmarshal(x.Open, &whom); err != nil {
			return nil, err
		}
		people.known(whom.Person, x.Time) // also where a deputy said so
	case row.Did == DidDecide:
		people.acted(x.Actor, x.Time, OutcomeActed)
	}
	if row.Role == "" && row.Actor.ID != "" {
		if row.Role, err = e.roleAt(row.Actor.ID, x.Time); err != nil {
			return nil, err
		}
	}
	rows := []KnewRow{row}
	for _, r := range to {
		people.served(r.Person, r.Role, r.Served)
		people.of(r.Person).warned = true
		rows = append(rows, KnewRow{At: r.Served, Actor: e.ref(r.Person), Role: r.Role, Kind: "warning.served", Subject: row.Subject,
			Did: DidServe, Level: row.Level, Entry: x.Index})
	}
	return rows, nil
}

// tellDuty says whose a step of a duty is: silence is its owner's, and whom a
// rung reached was served.
func (e *eyes) tellDuty(x record.Entry, row *KnewRow, people *parts) error {
	d, err := response.Get(e.View, row.Subject)
	if err != nil {
		return err
	}
	switch x.Kind {
	case "duty.opened":
		people.served(d.Owner, d.Role, x.Time)
	case "duty.acknowledged":
		people.known(x.Actor, x.Time)
	case "duty.proposed":
		people.acted(x.Actor, x.Time, OutcomeActed)
	case "duty.done":
		people.acted(x.Actor, x.Time, OutcomeActed)
	case "duty.explained":
		people.acted(x.Actor, x.Time, OutcomeExplained)
	case "duty.lapsed":
		row.Actor, row.Role = e.ref(d.Owner), d.Role
		people.of(d.Owner).Lapsed++
	case "duty.escalated":
		var step struct {
			Rung int `json:"rung"`
		}
		if err := json.Unmarshal(x.Open, &step); err != nil {
			return err
		}
		for _, g := range d.Rungs {
			if g.Number == step.Rung {
				row.Actor, row.Role = e.ref(g.Person), g.Role
				people.served(g.Person, g.Role, x.Time)
			}
		}
	}
	return nil
}

// roleAt is the first role in which a person acted at a time.
func (e *eyes) roleAt(person string, at time.Time) (string, error) {
	held, err := party.RolesOf(e.View, person, at)
	if err != nil || len(held) == 0 {
		return "", err
	}
	i := slices.IndexFunc(held, func(r party.Held) bool { return r.Role != "administrator" })
	return held[max(i, 0)].Role, nil
}

// said are the fields of sealed parts that tell a chronology, the one that says
// most first.
var said = []string{"finding", "choice", "text", "reason", "note", "comment", "summary", "title"}

// wordsOf returns the main words of an entry that the reader may know of, or
// says why they are not there. What is protected stays closed.
func (e *eyes) wordsOf(x record.Entry) (Text, error) {
	noun, _, _ := strings.Cut(x.Kind, ".")
	if !x.HasSealed() || noun == "party" || noun == "protocol" || noun == "series" {
		return Text{}, nil
	}
	if e.h.rec.Protected(x.Kind) {
		return Text{State: Sealed}, nil
	}
	if private, err := e.private(x); err != nil || private {
		return Text{State: Sealed}, err
	}
	var all map[string]json.RawMessage
	if err := e.Unseal(x.Index, &all); err != nil {
		return text("", err)
	}
	for _, key := range said {
		raw, ok := all[key]
		if !ok {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) != nil {
			var t protocol.Text
			if err := json.Unmarshal(raw, &t); err != nil {
				continue
			}
			s = t.In(e.lang)
		}
		if s != "" {
			return Text{Body: s}, nil
		}
	}
	return Text{}, nil
}

// parts gathers what each person had a part in.
type parts struct {
	by    map[string]*KnewPerson
	order []string
	e     *eyes
}

func (p *parts) of(person string) *KnewPerson {
	if k, ok := p.by[person]; ok {
		return k
	}
	k := &KnewPerson{Person: p.e.ref(person)}
	if person != "" {
		p.order = append(p.order, person)
	}
	p.by[person] = k
	return k
}

func (p *parts) served(person, role string, at time.Time) {
	k := p.of(person)
	if k.Served.IsZero() {
		k.Served = at
	}
	k.Role = cmp.Or(k.Role, role)
}

func (p *parts) known(person string, at time.Time) {
	if k := p.of(person); k.Acked.IsZero() {
		k.Acked = at
	}
}

func (p *parts) acted(person string, at time.Time, outcome string) {
	k := p.of(person)
	if k.Acted.IsZero() {
		k.Acted = at
	}
	if k.Outcome != OutcomeActed {
		k.Outcome = outcome
	}
}

// sum says how each person's part stands: to have done nothing is silence for
// those who were warned, and for those whose deadline has passed.
func (p *parts) sum() []KnewPerson {
	out := []KnewPerson{}
	for _, id := range p.order {
		k := *p.by[id]
		switch {
		case k.Outcome != "":
		case !k.Acked.IsZero():
			k.Outcome = OutcomeAcknowledged
		case k.warned || k.Lapsed > 0:
			k.Outcome = OutcomeSilent
		case !k.Served.IsZero():
			k.Outcome = OutcomeOwing
		default:
			continue
		}
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b KnewPerson) int { return a.Served.Compare(b.Served) })
	return out
}
