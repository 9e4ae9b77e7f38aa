package heed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/protocol"
	"github.com/heed-project/heed/protocol/form"
)

// A ProtocolRow is a response protocol in a list: one that the office works by,
// an earlier text of it, or one that comes with Heed and can be adopted.
type ProtocolRow struct {
	ID       string    `json:"id"` // "national-focal-point", an earlier text as "national-focal-point@12"
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	For      string    `json:"for,omitempty"` // the decision under which it stands
	Active   bool      `json:"active"`
	Duties   int       `json:"duties"`
	Entry    int64     `json:"entry,omitempty"` // 0 where it was not adopted
	Since    time.Time `json:"since,omitzero"`
	OpenedBy string    `json:"opened_by,omitempty"` // roles with a standing of their own
	Problems int       `json:"problems"`
}

// Protocols returns the protocols: those in force, then earlier texts, then
// those that come with Heed and were not adopted.
func (h *Heed) Protocols(ctx context.Context, who Who) (out []ProtocolRow, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil {
			return err
		}
		all, err := response.Adoptions(l.View)
		if err != nil {
			return err
		}
		out = []ProtocolRow{}
		seen := map[string]bool{}
		var earlier []ProtocolRow
		for _, a := range all {
			p, _, err := response.ReadProtocol(l.View, a.Entry)
			if err != nil {
				return err
			}
			if row := l.protocolRow(p, a); seen[a.ID] {
				row.ID, row.Active = a.ID+"@"+strconv.FormatInt(a.Entry, 10), false
				earlier = append(earlier, row)
			} else {
				out = append(out, row)
			}
			seen[a.ID] = true
		}
		out = append(out, earlier...)
		for _, name := range protocol.Shipped() {
			p, _, err := shipped(name)
			if err != nil {
				return err
			}
			if !seen[p.ID] {
				out = append(out, l.protocolRow(p, response.Adoption{ID: p.ID}))
			}
		}
		return nil
	})
	return out, err
}

func (l *look) protocolRow(p *protocol.Protocol, a response.Adoption) ProtocolRow {
	in := l.language()
	row := ProtocolRow{ID: p.ID, Name: p.Title.In(in), Version: p.Version, For: p.Authority.In(in), Active: a.Entry > 0,
		Duties: len(p.Duties), Entry: a.Entry, Since: a.At, Problems: len(p.Check())}
	var by []string
	for _, o := range p.Opening {
		by = append(by, roleTitle(p, o.Role, in))
	}
	row.OpenedBy = strings.Join(by, ", ")
	return row
}

func roleTitle(p *protocol.Protocol, key, in string) string {
	if r, ok := p.Role(key); ok {
		if t := r.Title.In(in); t != "" {
			return t
		}
	}
	return key
}

// shipped reads a protocol that comes with Heed.
func shipped(name string) (*protocol.Protocol, string, error) {
	text, ok := protocol.ShippedFile(name)
	if !ok {
		return nil, "", fault.NotFound("there is no protocol %q", name)
	}
	p, err := protocol.Parse(text)
	return p, string(text), err
}

// A Protocol is one with its clock: what would fall due when, for whom, if a
// warning of a level were issued at a time and nobody answered.
type Protocol struct {
	ProtocolRow
	Text      string     `json:"text"`   // the file
	Levels    []int      `json:"levels"` // those that open a duty
	Level     int        `json:"level"`
	Start     time.Time  `json:"start"`
	Clock     []Planned  `json:"clock"`
	Problems  []Problem  `json:"found"`
	Calendars []Calendar `json:"calendars"`
	Opening   []Opener   `json:"opening"`
	Closing   Closing    `json:"closing"`
	Changes   []string   `json:"changes,omitempty"` // against the text before, in sentences
}

// A Planned is a duty as it would be opened.
type Planned struct {
	Duty      string        `json:"duty"` // its key in the protocol
	Title     string        `json:"title"`
	What      string        `json:"what,omitempty"`
	Role      string        `json:"role"`
	RoleTitle string        `json:"role_title"`
	Owner     Ref           `json:"owner,omitzero"` // who holds the role now
	Allowed   string        `json:"allowed"`
	DueAt     time.Time     `json:"due_at"`
	Rungs     []PlannedRung `json:"rungs,omitempty"`
	Gate      string        `json:"gate,omitempty"` // titles of the duties that come first
	Decides   bool          `json:"decides,omitempty"`
}

// A PlannedRung is a step of the ladder, and whom it would reach.
type PlannedRung struct {
	N         int       `json:"n"`
	Role      string    `json:"role"`
	RoleTitle string    `json:"role_title"`
	Owner     Ref       `json:"owner,omitzero"`
	At        time.Time `json:"at"`
	Senior    bool      `json:"senior,omitempty"`
}

// A Problem is what the check of a protocol found.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// A Calendar is the working time of an office.
type Calendar struct {
	City string `json:"city"`
	Zone string `json:"zone"`
	Week string `json:"week"` // "Mo 09:00-17:00, Tu 09:00-17:00"
}

// An Opener is a role that may open the protocol by its own standing.
type Opener struct {
	Role, Title string
	Levels      []int
	Outside     bool // outside the office, as civil society is
}

// A Closing is what must be true before the protocol can be closed.
type Closing struct {
	By, AgreedBy []string // roles
	Conditions   []string // of: answered, decided, followed-up, reviewed
	Statements   []Ref    // what somebody must put their name to
}

// Protocol returns a protocol by its id, with its clock for a level and a
// moment; level 0 is the highest that opens a duty, a zero moment is now.
func (h *Heed) Protocol(ctx context.Context, who Who, id string, level int, at time.Time) (out Protocol, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil {
			return err
		}
		p, text, a, err := l.anyProtocol(id)
		if err != nil {
			return err
		}
		out = Protocol{ProtocolRow: l.protocolRow(p, a), Text: text, Level: level, Start: at}
		if at.IsZero() {
			out.Start = l.now
		}
		out.fill(l, p)
		if level == 0 && len(out.Levels) > 0 {
			out.Level = out.Levels[len(out.Levels)-1]
		}
		if out.Clock, err = l.planned(p, out.Level, out.Start); err != nil {
			return err
		}
		out.Changes, err = l.changes(p, a)
		return err
	})
	return out, err
}

// anyProtocol finds a protocol in force, an earlier text of it, or one that
// comes with Heed.
func (l *look) anyProtocol(id string) (*protocol.Protocol, string, response.Adoption, error) {
	name, entry, old := strings.Cut(id, "@")
	all, err := response.Adoptions(l.View)
	if err != nil {
		return nil, "", response.Adoption{}, err
	}
	for _, a := range all {
		if a.ID == name && (!old || strconv.FormatInt(a.Entry, 10) == entry || a.Version == entry || strings.HasPrefix(a.Digest, entry) && len(entry) >= 8) {
			p, text, err := response.ReadProtocol(l.View, a.Entry)
			return p, text, a, err
		}
	}
	p, text, err := shipped(id)
	return p, text, response.Adoption{ID: id}, err
}

// changes says what an adopted text changed in the one before it.
func (l *look) changes(p *protocol.Protocol, a response.Adoption) ([]string, error) {
	all, err := response.Adoptions(l.View)
	if err != nil || a.Entry == 0 {
		return nil, err
	}
	for _, before := range all {
		if before.ID == a.ID && before.Entry < a.Entry {
			old, _, err := response.ReadProtocol(l.View, before.Entry)
			if err != nil {
				return nil, err
			}
			return protocol.Diff(old, p), nil
		}
	}
	return nil, nil
}

// fill copies what a page shows of a protocol.
func (out *Protocol) fill(l *look, p *protocol.Protocol) {
	in := l.language()
	for level := 1; level <= protocol.Levels; level++ {
		if slices.ContainsFunc(p.Duties, func(d protocol.Duty) bool { return d.Allowed[level-1].Kind != 0 }) {
			out.Levels = append(out.Levels, level)
		}
	}
	out.Problems = problems(p.Check())
	for _, c := range p.Calendars {
		out.Calendars = append(out.Calendars, Calendar{City: c.Title.In(in), Zone: c.Zone, Week: week(c)})
	}
	for _, o := range p.Opening {
		x := Opener{Role: o.Role, Title: roleTitle(p, o.Role, in)}
		for i, may := range o.Levels {
			if may {
				x.Levels = append(x.Levels, i+1)
			}
		}
		if r, ok := p.Role(o.Role); ok {
			x.Outside = r.Outside
		}
		out.Opening = append(out.Opening, x)
	}
	out.Closing = Closing{By: p.Closing.By, AgreedBy: p.Closing.AgreedBy, Conditions: p.Closing.Conditions}
	for _, s := range p.Closing.Statements {
		out.Closing.Statements = append(out.Closing.Statements, Ref{s.Key, s.What.In(in)})
	}
}

func problems(all []form.Problem) (out []Problem) {
	for _, x := range all {
		where := x.Path
		if x.Line > 0 {
			where = fmt.Sprintf("line %d, %s", x.Line, x.Path)
		}
		out = append(out, Problem{where, strings.TrimSuffix(x.Text, ".") + ": " + x.Fix})
	}
	return out
}

var days = [7]string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// week writes an office's opening hours, Monday first.
func week(c protocol.Calendar) string {
	var out []string
	for i := 1; i <= 7; i++ {
		var hours []string
		for _, s := range c.Hours[i%7] {
			hours = append(hours, fmt.Sprintf("%02d:%02d–%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60))
		}
		if len(hours) > 0 {
			out = append(out, days[i%7]+" "+strings.Join(hours, " "))
		}
	}
	return strings.Join(out, ", ")
}

// planned returns the duties that a warning of a level would open at a moment,
// for whom, and whom silence would reach.
func (l *look) planned(p *protocol.Protocol, level int, at time.Time) ([]Planned, error) {
	duties, err := p.Open(level, at, "")
	if err != nil {
		return nil, fault.Invalid("level", "%w", err)
	}
	in := l.language()
	out := []Planned{}
	for _, d := range duties {
		x := Planned{Duty: d.Key, Title: d.Title.In(in), What: d.What.In(in), Role: d.Role, RoleTitle: roleTitle(p, d.Role, in),
			Allowed: d.Allowed, DueAt: d.DueAt, Decides: d.Decides}
		if x.Owner, err = l.heldBy(p, d.Role); err != nil {
			return nil, err
		}
		var gate []string
		for _, key := range d.After {
			if g, ok := p.Duty(key); ok {
				gate = append(gate, g.Title.In(in))
			}
		}
		x.Gate = strings.Join(gate, "; ")
		for _, r := range d.Rungs {
			owner, err := l.heldBy(p, r.Role)
			if err != nil {
				return nil, err
			}
			x.Rungs = append(x.Rungs, PlannedRung{r.Number, r.Role, roleTitle(p, r.Role, in), owner, r.At, r.Senior})
		}
		out = append(out, x)
	}
	return out, nil
}

// heldBy returns who holds a role now; nobody is an empty reference.
func (l *look) heldBy(p *protocol.Protocol, role string) (Ref, error) {
	person, err := l.holder(p, role)
	return l.ref(person), err
}

// CheckProtocol reads a protocol that somebody is writing, and says what is
// wrong with it.
func (h *Heed) CheckProtocol(ctx context.Context, who Who, yaml []byte) (out []Problem, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ProtocolRead, l.node()); err != nil {
			return err
		}
		p, err := protocol.Parse(yaml)
		var bad *form.ParseError
		switch {
		case errors.As(err, &bad):
			out = problems(bad.Problems)
			return nil
		case err != nil:
			return fault.Invalid("protocol", "%w", err)
		}
		out = problems(p.Check())
		return nil
	})
	return out, err
}
