// Package heed is the whole product without a face: it opens a node and holds
// the workflows that cross its nouns.
//
// Every method of [Heed] takes a [Who], asks access for a decision, and then
// looks at the record or gives it one command. Deny is the default twice over:
// a look or a command in which no decision was asked for returns nothing and
// fails, because that is a defect.
//
//	h, err := heed.Open(ctx, heed.Parts{DB: d, Keys: k, Blobs: b})
//	who, err := h.As(ctx, "Ana Lima", "cli")
//	w, err := h.IssueWarning(ctx, who, heed.WarningInput{Situation: "S-1", Level: 4, …})
//
// Faces see these methods and never SQL, never each other, and never a module
// of the floor below but for its plain types. Files are named after the noun
// whose workflow they hold; see_*.go hold what pages read.
package heed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/ledger"
)

// Parts are what a node is made of.
type Parts struct {
	DB    *db.DB
	Keys  *keys.Keys
	Blobs blob.Store
	// Evidence is where the bytes of evidence are kept; without it the node
	// takes none in.
	Evidence *blob.Shelf
	// Replicas are the addresses of the copies of Evidence that erasures reach too,
	// and Reach opens one.
	Replicas []string
	Reach    func(ctx context.Context, replica string) (*blob.Shelf, error)
	// Judge judges the proofs that evidence brings; without it none are judged.
	Judge Judge
	// Read reads the fields and the text of evidence; without it none are read.
	Read Read
	// Unbundle reads exports of other programs; without it none is taken apart.
	Unbundle Unbundle
	// Thumb draws thumbnails; without it none are made.
	Thumb Thumb
	// Redact makes redacted copies; without it none are made.
	Redact Redact
	// URL is the address under which people reach the node.
	URL string
	// Exercise marks a new node as an exercise, for ever.
	Exercise  bool
	FoundedAt time.Time
	// Clock, if not nil, tells the time of the exercise instead of the clock.
	Clock func() time.Time
	// Location is the time zone of the capital; nil is UTC.
	Location *time.Location
	SignIn   signin.Options
	// HandoverMost is how many bytes of hand-overs that come on a line may wait
	// here together; 0 is none.
	HandoverMost int64
	// HandoverTurn is how long one offer is sent before others have their turn;
	// the zero duration is some minutes.
	HandoverTurn time.Duration
	// Doors is the rules and facts of measures; nil is what comes with Heed.
	Doors *doors.Book
}

// A Heed is an open node. It is safe for concurrent use.
type Heed struct {
	rec    *record.Record
	desk   *party.Party
	door   *signin.Door
	access *access.Engine
	parts  Parts
	proofs *ledger.Reader
	vault  *vault.Vault
	book   *doors.Book
	known  atomic.Pointer[knownBook]

	judging judging
	terms   terms
	likes   likes
	texts   texts
}

// Open opens a node over its parts. The parts stay the caller's to close.
func Open(ctx context.Context, p Parts) (*Heed, error) {
	engine, err := access.New()
	if err != nil {
		return nil, err
	}
	if p.Location == nil {
		p.Location = time.UTC
	}
	if p.Doors == nil {
		if p.Doors, err = shippedDoors(); err != nil {
			return nil, err
		}
	}
	rec, err := record.Open(ctx, p.DB, p.Keys, record.Options{Exercise: p.Exercise, FoundedAt: p.FoundedAt, Clock: p.Clock}, Modules(p.Blobs)...)
	if err != nil {
		return nil, err
	}
	h := &Heed{rec: rec, desk: party.New(rec), access: engine, parts: p, proofs: ledger.NewReader(rec.Log(), 4096), book: p.Doors}
	h.judging.ctx, h.judging.end = context.WithCancel(context.WithoutCancel(ctx))
	if p.Evidence != nil {
		h.vault = vault.New(p.Evidence, vaultOptions(p.Keys))
	}
	if h.door, err = signin.New(rec, h.desk, p.SignIn); err != nil {
		rec.Close()
		return nil, err
	}
	return h, nil
}

// Modules are the nouns of the house, in the order in which their tables are
// made.
func Modules(blobs blob.Store) []record.Module {
	return []record.Module{party.Module(), signin.Module(), situation.Module(), series.Module(blobs), report.Module(), measure.Module(),
		assessment.Module(), warning.Module(), response.Module(), decision.Module(), evidence.Module(), stamp.Module(), transfer.Module(blobs), line.Module(), mandate.Module(), impact.Module(blobs), insight.Module(blobs),
		coalition.Module(blobs), cases.Module(), coding.Module(), own(), outward()}
}

// Close waits for what was asked and ends the node's work.
func (h *Heed) Close() {
	h.judging.end()
	h.judging.soon.Wait()
	h.rec.Close()
}

// Exercise tells whether the node is an exercise.
func (h *Heed) Exercise() bool { return h.rec.Founding().Exercise }

// Origin is the name of the node's log.
func (h *Heed) Origin() string { return h.rec.Origin() }

// URL is the address under which people reach the node.
func (h *Heed) URL() string { return h.parts.URL }

// Now is the node's time.
func (h *Heed) Now() time.Time {
	if h.parts.Clock != nil {
		return h.parts.Clock()
	}
	return db.Now()
}

// Who is somebody who asks for something: a person, through a face, at a time.
// The zero Who is nobody in particular.
type Who struct {
	Person  string
	Via     string      // web, api, cli, field, clock
	At      time.Time   // an explicit time for commands; zero is the clock's
	Purpose string      // why protected words are opened
	Use     consent.Use // for what evidence is used; zero is to keep it, or to read it here
	Token   bool        // came with an API token, whose scopes are
	Scopes  []string
	system  bool
}

// Nobody is a visitor who is not signed in.
var Nobody = Who{}

// system is the node itself: its clock and its couriers.
var system = Who{Via: "clock", system: true}

// System is the node itself acting at a time, for its own ticking.
func System(at time.Time) Who { return Who{Via: "clock", At: at, system: true} }

func (w Who) by() record.By {
	return record.By{Person: w.Person, Purpose: w.Purpose, At: w.At}
}

// As returns the person that a reference names: an id, a name, an e-mail
// address or a role that one person holds. The caller has made sure that it is
// that person who asks, as the command line does by having the node's key.
func (h *Heed) As(ctx context.Context, ref, via string) (Who, error) {
	who := Who{Via: via}
	err := h.rec.View(ctx, func(v *record.View) error {
		p, err := h.desk.Find(v, ref)
		who.Person = p.ID
		return err
	})
	return who, err
}

// errUndecided is a defect: data was reached without asking whether it may be.
var errUndecided = errors.New("no decision was asked for: this is a defect of Heed, nothing was shown or done")

// look is a view with the eyes of somebody.
type look struct {
	*record.View
	h         *Heed
	ctx       context.Context
	who       Who
	principal access.Principal
	memo      *access.Memo // decisions of this principal
	decided   *int
	names     map[string]string
	house     consent.Party // whose node this is, and where; see use
	state     string
	came      map[string]transfer.Came // what other custodians handed over, once it was asked for; see onward
	now       time.Time
}

// see runs f on a snapshot, as who.
func (h *Heed) see(ctx context.Context, who Who, f func(*look) error) error {
	return h.rec.View(ctx, func(v *record.View) error {
		l, err := h.look(v.Context(), who, v, h.Now()) // its context tells that a transaction is open
		if err != nil {
			return err
		}
		if err := f(l); err != nil {
			return err
		}
		if *l.decided == 0 {
			return errUndecided
		}
		return nil
	})
}

// proofs reads the log through the snapshot that is looked at. To read it from
// the database again would wait, with a session in hand, for another session.
func (l *look) proofs() *ledger.Reader { return l.h.proofs.Over(l.View.Log()) }

// act is a command given by somebody.
type act struct {
	*look
	tx *record.Tx
}

// do runs f as one command of who's.
func (h *Heed) do(ctx context.Context, who Who, f func(*act) error) error {
	return h.rec.Do(ctx, who.by(), func(tx *record.Tx) error {
		l, err := h.look(ctx, who, tx.View, tx.Now)
		if err != nil {
			return err
		}
		if err := f(&act{l, tx}); err != nil {
			return err
		}
		if *l.decided == 0 {
			return errUndecided
		}
		return nil
	})
}

func (h *Heed) look(ctx context.Context, who Who, v *record.View, now time.Time) (*look, error) {
	l := &look{View: v, h: h, ctx: ctx, who: who, decided: new(int), names: map[string]string{}, now: now}
	p, err := l.whoIs(who)
	l.principal, l.memo = p, h.access.Memo(p)
	return l, err
}

// whoIs gathers what access needs to know of somebody.
func (l *look) whoIs(who Who) (access.Principal, error) {
	switch {
	case who.system:
		return access.Principal{Kind: access.Node, ID: l.h.Origin()}, nil
	case who.Person == "":
		return access.Principal{Kind: access.Anonymous}, nil
	}
	p, err := party.GetPerson(l.View, who.Person)
	if err != nil {
		return access.Principal{}, err
	}
	if !p.Active {
		return access.Principal{}, fault.Denied("%s no longer takes part", p.ID)
	}
	out := access.Principal{Kind: access.Person, ID: p.ID, Agency: p.Agency, Token: who.Token, Scopes: who.Scopes}
	held, err := party.RolesOf(l.View, p.ID, l.now)
	if err != nil {
		return out, err
	}
	for _, r := range held {
		out.Roles = append(out.Roles, r.Role+"@"+r.Agency)
	}
	if out.For, err = party.StandsInFor(l.View, p.ID, l.now); err != nil {
		return out, err
	}
	out.Situations, err = situation.MemberOf(l.View, p.ID)
	return out, err
}

// has tells whether the person acts in a role, in whatever agency.
func (l *look) has(role string) bool {
	return slices.ContainsFunc(l.principal.Roles, func(r string) bool { return strings.HasPrefix(r, role+"@") })
}

// may asks whether the person may do something to something.
func (l *look) may(action string, r access.Resource) bool {
	*l.decided++
	return l.memo.Ask(l.ctx, action, r, l.who.Purpose).Allowed
}

// need is may as an error. What one may not even know of is not found.
func (l *look) need(action string, r access.Resource) error {
	*l.decided++
	err := l.h.access.Check(l.ctx, l.principal, action, r, l.who.Purpose)
	if err != nil && l.principal.Kind == access.Anonymous {
		return fault.WithHint(fault.Denied("sign in first: this is not open to the public"), "sign in, and ask again")
	}
	return err
}

// name returns a person's name for a page, the id where there is none.
func (l *look) name(person string) string {
	if person == "" {
		return ""
	}
	if n, ok := l.names[person]; ok {
		return n
	}
	n := person
	if p, err := party.GetPerson(l.View, person); err == nil {
		n = p.Label()
	}
	l.names[person] = n
	return n
}

// Agencies and people are added by their own methods; this is the record's own
// share of the whole: what the node notices about itself.
func own() record.Module {
	return record.Module{Name: "node", Schema: ownSchema, Tables: []string{"witness_event"}, State: ownState, Kinds: []record.Kind{
		{Name: "pack.exported", Apply: record.None},
		{Name: "witness.refused", Apply: applyWitness},
		{Name: "witness.accepted", Apply: applyWitness},
		{Name: "witness.acknowledged", Apply: applyWitness},
		{Name: "witness.added", Apply: record.None},
		{Name: "witness.removed", Apply: record.None},
		{Name: "witness.log-added", Apply: record.None},
	}}
}

// hintf adds a hint to an error.
func hintf(err error, format string, a ...any) error {
	return fault.WithHint(err, fmt.Sprintf(format, a...))
}
