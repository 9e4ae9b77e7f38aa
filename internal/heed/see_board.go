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
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/ledger"
)

// A Standing is what every page shows around its matter: whose node this is,
// where its record stands, and who the reader is here.
type Standing struct {
	Agency       string
	Exercise     bool
	Now          time.Time
	Origin       string
	Size         int64
	Root         []byte
	CheckpointAt time.Time
	Witnesses    int // that cosigned this very checkpoint
	Alarms       []Alarm
	Person       Ref
	Lang         string
	Roles        []string
	LateMine     int
	May          map[string]bool // what the reader may do, by the names of [Offers]
}

// An Alarm says that somebody must look at the node now.
type Alarm struct {
	Kind   string // witness.refused, witness.silent, clock.behind
	Name   string // of the witness
	At     time.Time
	Size   int64
	Detail string
}

// Offers are what pages offer and hide, and the action that each of them is.
var Offers = map[string]string{
	"situation.add": access.SituationAdd, "report.add": access.ReportSubmit, "report.assess": access.ReportAssess,
	"warning.issue": access.WarningIssue, "assessment.add": access.AssessmentWrite, "decision.draft": access.DecisionDraft,
	"decision.sign": access.DecisionSign, "people.manage": access.PeopleManage, "people.read": access.PeopleRead,
	"protocol.change": access.ProtocolChange, "import": access.ImportData, "settings.node": access.SettingsRead,
	"node.check": access.SystemCheck, "record.read": access.RecordRead, "impact.register": access.ImpactRegister, "record.erase": access.RecordErase, "pack.export": access.PackExport,
	"evidence.add": access.EvidenceAdd, "evidence.keep": access.EvidenceKeep, "case.open": access.CaseOpen,
	"evidence.open": access.EvidenceOpen, "coding.adopt": access.CodingAdopt, "handover.offer": access.HandoverOffer,
}

// Standing returns the frame of every page.
func (h *Heed) Standing(ctx context.Context, who Who) (s Standing, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.LogRead, l.node()); err != nil {
			return err
		}
		e := l.eyes()
		s = Standing{Exercise: h.Exercise(), Now: l.now, Origin: h.Origin(), May: map[string]bool{}}
		g, err := party.GetAgency(l.View, home)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		s.Agency = g.Name
		if err := e.place(&s); err != nil {
			return err
		}
		for name, action := range Offers {
			s.May[name] = e.could(action, l.node())
		}
		if who.Person == "" {
			return nil
		}
		return e.self(&s)
	})
	return s, err
}

// place says where the record stands.
func (e *eyes) place(s *Standing) error {
	size, err := e.Size()
	if err != nil {
		return err
	}
	signed, keys, err := e.checkpointOver(size - 1)
	if err != nil {
		return err
	}
	c, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	s.Size, s.Root = c.Size, c.Root[:]
	last, err := e.Entry(c.Size - 1)
	if err != nil {
		return err
	}
	s.CheckpointAt, s.Witnesses = last.Time, len(keys)
	if last.Clock != "" && e.who.Person != "" {
		s.Alarms = append(s.Alarms, Alarm{Kind: "clock.behind", At: last.Time, Size: last.Index, Detail: last.Clock})
	}
	return nil
}

// self says who the reader is, what they owe late, and what needs a person.
func (e *eyes) self(s *Standing) error {
	p, err := party.GetPerson(e.View, e.who.Person)
	if err != nil {
		return err
	}
	s.Person, s.Lang = Ref{p.ID, p.Name}, first(p.Languages)
	for _, r := range e.principal.Roles {
		if role, _, _ := strings.Cut(r, "@"); !slices.Contains(s.Roles, role) {
			s.Roles = append(s.Roles, role)
		}
	}
	for _, id := range e.persons() {
		late, err := response.Count(e.View, response.Filter{Owner: id, State: "late", At: e.now})
		if err != nil {
			return err
		}
		s.LateMine += int(late)
	}
	refused, err := standingRefusals(e.Tx)
	if err != nil {
		return err
	}
	for _, x := range refused {
		s.Alarms = append(s.Alarms, Alarm{Kind: "witness." + WitnessRefused, Name: x.witness, At: x.at, Size: x.size})
	}
	all, err := witnesses(e.Tx)
	for _, w := range all {
		if w.State == WitnessSilent {
			s.Alarms = append(s.Alarms, Alarm{Kind: "witness." + w.State, Name: w.Name, At: w.At, Size: w.Size})
		}
	}
	return err
}

// A Board is the first page: where it is worst, what is owed, what changed.
type Board struct {
	Areas       []Area    // one for each country with an open situation, the worst first
	Late, Due   []DutyRow // the oldest late, and the next due: at most ten of each
	LateTotal   int64
	DueDay      int64 // due within 24 hours
	Unread      int64 // warnings served on the reader that they have not acknowledged
	AwaitingAck []WarningRow
	Changes     []Change // the newest twelve entries of which the reader may know
	Situations  int64    // open
	Warnings    int64    // in force
	Unassessed  int64    // reports, counted among the newest thousand that wait
	Guide       bool     // the reader has not put the first guide away yet
}

// An Area is a country, with the level of the warnings in force there.
type Area struct {
	Country       string
	Level, Before int // Before: of the warning that this one took the place of
	Since         time.Time
	Situation     Ref // the one that decides the level
	Warning       string
	Late, Open    int64 // duties
	Populations   []string
}

// A Change is an entry as the board tells it.
type Change struct {
	Entry     int64
	At        time.Time
	Kind      string
	Subject   string
	Situation Ref
	Actor     Ref
	Level     int
	Note      string
}

// Board returns the board as who may see it.
func (h *Heed) Board(ctx context.Context, who Who) (b Board, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		open, err := e.all(situation.Filter{Open: true})
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(s situation.Situation) bool { return !e.may(access.SituationRead, e.situation(s)) })
		b.Situations = int64(len(open))
		force, err := e.inForceNow("")
		if err != nil {
			return err
		}
		b.Warnings = int64(len(force))
		owed, err := e.debts(response.Filter{})
		if err != nil {
			return err
		}
		if err := e.owed(owed, &b); err != nil {
			return err
		}
		if b.Areas, err = e.areas(open, force, owed.situation); err != nil {
			return err
		}
		if err := e.unread(&b, owed.warning); err != nil {
			return err
		}
		if b.Unassessed, err = e.countReports(report.Filter{State: report.Received}, 1000); err != nil {
			return err
		}
		if b.Changes, err = e.changes(12); err != nil {
			return err
		}
		done, err := settingOf(e.Tx, "guide:"+who.Person)
		b.Guide = done == "" && who.Person != ""
		return err
	})
	return b, err
}

// DismissGuide puts the guide for the first visit away.
func (h *Heed) DismissGuide(ctx context.Context, who Who) error {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.ProtocolRead, l.node()) }); err != nil {
		return err
	}
	return h.setting(ctx, "guide:"+who.Person, "put away")
}

// A served warning is one with those on whom it was served.
type served struct {
	warning.Warning
	to []warning.Recipient
}

// inForceNow returns the warnings in force that the reader may read, in one
// situation or in all, newest first.
func (e *eyes) inForceNow(only string) (out []served, err error) {
	all, err := e.warnings(warning.Filter{Situation: only, State: warning.InForce})
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if w.Expires.IsZero() || w.Expires.After(e.now) {
			out = append(out, w)
		}
	}
	return out, nil
}

// debts are the unanswered duties of which the reader may know, the one that
// is due first first, and how many there are in each situation and warning.
type debts struct {
	late, due          []response.Duty // heads
	situation, warning map[string]response.Counts
}

func (e *eyes) debts(f response.Filter) (debts, error) {
	f.State = "unanswered"
	out := debts{situation: map[string]response.Counts{}, warning: map[string]response.Counts{}}
	all, err := e.heads(f, 0)
	for _, d := range all {
		s, w := out.situation[d.Situation], out.warning[d.Warning]
		if d.Late(e.now) {
			s.Late++
			w.Late++
			out.late = append(out.late, d)
		} else {
			s.Open++
			w.Open++
			out.due = append(out.due, d)
		}
		out.situation[d.Situation], out.warning[d.Warning] = s, w
	}
	return out, err
}

// owed tells of debts on the board.
func (e *eyes) owed(d debts, b *Board) (err error) {
	b.LateTotal = int64(len(d.late))
	for _, x := range d.due {
		if x.DueAt.Before(e.now.Add(24 * time.Hour)) {
			b.DueDay++
		}
	}
	if b.Late, err = e.dutyRows(d.late[:min(10, len(d.late))]); err != nil {
		return err
	}
	b.Due, err = e.dutyRows(d.due[:min(10, len(d.due))])
	return err
}

// areas ranks countries by the highest level in force. An area without a
// country stands for itself.
func (e *eyes) areas(open []situation.Situation, force []served, owed map[string]response.Counts) ([]Area, error) {
	top := map[string]served{}
	for _, w := range force {
		if was, ok := top[w.Situation]; !ok || w.Level > was.Level {
			top[w.Situation] = w
		}
	}
	place := map[string]int{}
	out := []Area{}
	for _, s := range open {
		a := Area{Country: s.Country, Since: s.Opened, Situation: Ref{s.ID, s.Name}, Populations: e.atRisk(s), Late: owed[s.ID].Late, Open: owed[s.ID].Open}
		if w, ok := top[s.ID]; ok {
			a.Level, a.Since, a.Warning = w.Level, w.Issued, w.ID
			before, err := e.levelBefore(w.Warning)
			if err != nil {
				return nil, err
			}
			a.Before = before
			if a.Populations, err = e.populationsOf(w.ID); err != nil {
				return nil, err
			}
		}
		key := s.Country
		if key == "" {
			key = s.ID
		}
		i, ok := place[key]
		if !ok {
			place[key] = len(out)
			out = append(out, a)
			continue
		}
		late, due := out[i].Late+a.Late, out[i].Open+a.Open
		if a.Level > out[i].Level {
			out[i] = a
		}
		out[i].Late, out[i].Open = late, due
	}
	slices.SortStableFunc(out, func(a, b Area) int { return cmp.Or(cmp.Compare(b.Level, a.Level), a.Since.Compare(b.Since)) })
	return out, nil
}

// levelBefore is the level of the warning that one superseded, 0 for none.
func (e *eyes) levelBefore(w warning.Warning) (int, error) {
	if w.Supersedes == "" {
		return 0, nil
	}
	t, err := e.thingOf(w.Supersedes)
	if err != nil || !t.readable {
		return 0, err
	}
	return t.level, nil
}

func (e *eyes) populationsOf(warningID string) ([]string, error) {
	ids, err := warning.Populations(e.View, warningID)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	at, _, _ := strings.Cut(ids[0], "/")
	s, err := situation.Get(e.View, at)
	if err != nil || !e.toldOf(s, warningID) {
		return nil, err
	}
	return e.populationNames(ids), nil
}

// toldOf tells whether the reader may know who is at risk: it is the
// situation's to tell, and the warning's to those on whom it was served.
func (l *look) toldOf(s situation.Situation, warningID string) bool {
	if l.may(access.SituationRead, l.situation(s)) {
		return true
	}
	served, err := warning.Recipients(l.View, warningID)
	return err == nil && slices.ContainsFunc(served, func(r warning.Recipient) bool {
		return r.Person == l.principal.ID || slices.Contains(l.principal.For, r.Person)
	})
}

func (e *eyes) atRisk(s situation.Situation) []string {
	out := []string{}
	for _, p := range s.AtRisk() {
		out = append(out, cmp.Or(p.Name, p.ID))
	}
	return out
}

// unread gathers the warnings that wait for the reader's acknowledgement.
func (e *eyes) unread(b *Board, owed map[string]response.Counts) error {
	for _, id := range e.persons() {
		all, err := e.warnings(warning.Filter{State: warning.InForce, On: id, Unacknowledged: true})
		if err != nil {
			return err
		}
		for _, w := range all {
			if slices.ContainsFunc(b.AwaitingAck, func(x WarningRow) bool { return x.ID == w.ID }) {
				continue
			}
			row, err := e.warningRow(w, owed[w.ID])
			if err != nil {
				return err
			}
			b.AwaitingAck = append(b.AwaitingAck, row)
		}
	}
	b.Unread = int64(len(b.AwaitingAck))
	return nil
}

// quiet are entries that are about signing in and settings, not about the work.
// Who was given which role is everybody's business: whoever gives roles could
// give themselves one that opens what is protected.
func quiet(kind string) bool {
	if kind == roleGranted {
		return false
	}
	noun, _, _ := strings.Cut(kind, ".")
	return noun == "party" || noun == "record" || kind == "warning.delivered"
}

// changes returns the newest entries of which the reader may know. It looks
// back a bounded way, so that a page costs the same however long the record.
func (e *eyes) changes(n int) (out []Change, err error) {
	before := int64(0)
	for range 4 {
		all, err := e.Entries(record.Search{Before: before, Limit: 50})
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			if before = x.Index; quiet(x.Kind) {
				continue
			}
			known, err := e.knows(x)
			if err != nil {
				return nil, err
			}
			if known {
				if out = append(out, e.change(x)); len(out) == n {
					return out, nil
				}
			}
		}
		if before == 0 || len(all) == 0 {
			break
		}
	}
	return out, nil
}

const roleGranted = "party.role-granted"

func (e *eyes) change(x record.Entry) Change {
	c := Change{Entry: x.Index, At: x.Time, Kind: x.Kind, Subject: first(x.Subjects), Actor: e.ref(x.Actor)}
	t, _ := e.thingOf(c.Subject)
	c.Level, c.Situation = t.level, e.situationRef(t.situation)
	if x.Kind == roleGranted {
		var given struct{ Person, Role string }
		if json.Unmarshal(x.Open, &given) == nil {
			c.Subject, c.Note = given.Person, e.name(given.Person)+": "+given.Role
		}
	}
	return c
}
