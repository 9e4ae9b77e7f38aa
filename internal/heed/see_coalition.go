package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/votes/position"
)

// A CoalitionRow is a coalition in a list.
type CoalitionRow struct {
	ID         string    `json:"id"`
	Warning    string    `json:"warning"`
	Situation  Ref       `json:"situation"`
	Kind       string    `json:"kind"`
	State      string    `json:"state"`
	Why        string    `json:"why,omitempty"` // it was closed: threshold, deadline, withdrawn
	Title      Text      `json:"title"`
	Threshold  int       `json:"threshold"`
	Of         int       `json:"of"`
	Members    int       `json:"members"` // that have signed
	Observers  int       `json:"observers"`
	Region     bool      `json:"region_needed"`
	RegionDone bool      `json:"region_signed"`
	Deadline   time.Time `json:"deadline,omitzero"`
	Closed     time.Time `json:"closed_at,omitzero"`
	Marking    string    `json:"marking"`
	Entry      int64     `json:"entry"`
}

// A CoalitionState is one state of a coalition.
type CoalitionState struct {
	coalition.Candidate
	SignedAt     time.Time `json:"signed_at,omitzero"`
	SignedEntry  int64     `json:"signed_entry,omitempty"`
	SignedBy     Text      `json:"signed_by"`
	HeardAt      time.Time `json:"heard_at,omitzero"`
	HeardEntry   int64     `json:"heard_entry,omitempty"`
	HeardBy      Text      `json:"heard_by"`
	HeardFrom    string    `json:"heard_from,omitempty"`
	PledgeActor  Ref       `json:"pledge_actor"`
	SigningActor Ref       `json:"signing_actor"`
}

// A Coalition is one coalition with all that its page shows.
type Coalition struct {
	CoalitionRow
	Text      Text                  `json:"text"`
	Measure   string                `json:"measure"`
	OpenedBy  Ref                   `json:"opened_by"`
	Opened    time.Time             `json:"opened"`
	Released  Ref                   `json:"released_by"`
	At        time.Time             `json:"released,omitzero"`
	Forecast  coalition.Forecast    `json:"forecast"`
	Next      []coalition.Candidate `json:"next"`
	Signed    []CoalitionState      `json:"signed"`
	Pledged   []CoalitionState      `json:"pledged"`
	Confided  int                   `json:"confidential"`
	Balance   []coalition.Balance   `json:"balance"`
	Asked     []CoalitionAsk        `json:"asked"`
	Seats     []string              `json:"seats"`
	Voting    []string              `json:"voting"`   // the seats of members
	Foretold  coalition.Foretold    `json:"foretold"` // of a draft, by the model; entry 0 for nothing
	Tally     position.Expectation  `json:"tally"`    // with what was heard since
	Unheard   int                   `json:"unheard"`  // that count by their chances
	Steps     []string              `json:"steps"`    // of packages, whose state follows from it
	Names     map[string]string     `json:"names"`    // of the States, in English, where the facts know them
	Rolls     int                   `json:"rolls"`    // on which the list rests
	Closing   int64                 `json:"closing_entry,omitempty"`
	Releasing int64                 `json:"releasing_entry,omitempty"`

	MayChange, MayRelease, MayOpen bool `json:"-"`
}

// A CoalitionAsk is a State that was asked, and through whom.
type CoalitionAsk struct {
	State  string    `json:"state"`
	At     time.Time `json:"at"`
	Entry  int64     `json:"entry"`
	How    Text      `json:"how"`
	Stance string    `json:"stance,omitempty"` // what it was last heard to say
	Signed bool      `json:"signed"`
}

// Coalitions returns the coalitions that who may read, the newest first, of
// all warnings or of one.
func (h *Heed) Coalitions(ctx context.Context, who Who, warning string, p Page) (rows []CoalitionRow, total int64, err error) {
	rows = []CoalitionRow{}
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := coalition.List(e.View, warning)
		if err != nil {
			return err
		}
		for _, c := range all {
			r, err := e.coalition(c)
			if err != nil {
				return err
			}
			if !e.may(access.CoalitionRead, r) {
				continue
			}
			if c, err = coalition.Get(e.View, c.ID); err != nil {
				return err
			}
			row, _, err := e.coalitionRow(c)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		rows, total = cut(rows, p)
		return nil
	})
	return rows, total, err
}

func (e *eyes) coalitionRow(c coalition.Coalition) (row CoalitionRow, words coalition.Words, err error) {
	row = CoalitionRow{ID: c.ID, Warning: c.Warning, Situation: e.situationRef(c.Situation), Kind: c.Kind, State: c.State, Why: c.Why, Threshold: c.Threshold, Of: c.Of,
		Region: c.Region, RegionDone: c.RegionSigned(), Deadline: c.Deadline, Closed: c.ClosedAt, Marking: c.Marking, Entry: c.Entry}
	row.Members, row.Observers = c.Count()
	words, err = coalition.Read(e.View, c)
	row.Title, err = text(words.Title, err)
	return row, words, err
}

// Coalition returns one coalition: the count, the pledges, whom to ask next and
// why, the signatures and what proves them.
func (h *Heed) Coalition(ctx context.Context, who Who, id string) (out Coalition, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		c, err := coalition.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		r, err := e.coalition(c)
		if err != nil {
			return err
		}
		if err := e.need(access.CoalitionRead, r); err != nil {
			return err
		}
		row, words, err := e.coalitionRow(c)
		if err != nil {
			return err
		}
		out = Coalition{CoalitionRow: row, Text: Text{Body: words.Text, State: row.Title.State}, Measure: c.Measure, OpenedBy: e.ref(c.Actor), Opened: c.Opened, Released: e.ref(c.ReleasedBy),
			At: c.Released, Confided: len(c.Confided), Balance: coalition.Balanced(c), Closing: c.Closing, Releasing: c.Releasing}
		out.MayChange = e.may(access.CoalitionChange, r) && c.State != coalition.Closed
		out.MayRelease = e.may(access.CoalitionRelease, r) && c.State == coalition.Preparing
		out.MayOpen = e.could(access.CoalitionOpen, r) && len(c.Confided) > 0
		return e.standings(c, words.Title, &out)
	})
	return out, err
}

// asked fills in the seats, their names, and who was asked.
func (e *eyes) asked(c coalition.Coalition, out *Coalition) error {
	f, on := e.h.book.Facts(), facts.DateOf(c.Opened)
	out.Asked, out.Names, out.Steps = []CoalitionAsk{}, map[string]string{}, []string{}
	steps, err := measure.StepsOf(e.View, c.ID)
	if err != nil {
		return err
	}
	for _, s := range steps {
		ok, err := e.readable(s.Package)
		if err != nil {
			return err
		}
		if ok {
			out.Steps = append(out.Steps, s.ID)
		}
	}
	for _, s := range c.Seats {
		out.Seats = append(out.Seats, s.State)
		if s.Member {
			out.Voting = append(out.Voting, s.State)
		}
		if f.Known(s.State) {
			out.Names[s.State] = f.Name(s.State, on)
		}
		if s.Asked.IsZero() {
			continue
		}
		x := CoalitionAsk{State: s.State, At: s.Asked, Entry: s.AskedEntry, Stance: c.Stance(s.State).Stance}
		x.Signed = slices.ContainsFunc(c.Signed, func(y coalition.Signature) bool { return y.State == s.State })
		how, err := coalition.Through(e.View, s)
		if x.How, err = text(how, err); err != nil {
			return err
		}
		out.Asked = append(out.Asked, x)
	}
	return nil
}

// A CoalitionForm is what the form that opens a coalition offers.
type CoalitionForm struct {
	Warning  WarningRow
	Measures []Ref  // those that a body with members takes
	Country  string // the State concerned
}

// CoalitionForm returns the choices for a coalition on a warning.
func (h *Heed) CoalitionForm(ctx context.Context, who Who, warningID string) (out CoalitionForm, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		_, row, err := e.toActOn(warningID, access.CoalitionChange)
		if err != nil {
			return err
		}
		out.Warning, out.Country = row, row.Country
		on := h.book.On(facts.DateOf(e.now.UTC()))
		for _, id := range h.book.Measures() {
			m, _ := h.book.Measure(id)
			if len(h.takes(on, id)) > 0 {
				out.Measures = append(out.Measures, Ref{m.ID, m.Name})
			}
		}
		return nil
	})
	return out, err
}

// findCoalition is find for a coalition.
func (e *eyes) findCoalition(id string) (string, access.Resource, error) {
	c, err := coalition.Get(e.View, id)
	if err != nil {
		return "", access.Resource{}, err
	}
	r, err := e.coalition(c)
	return access.CoalitionRead, r, err
}

// standings fills in the states.
func (e *eyes) standings(c coalition.Coalition, title string, out *Coalition) error {
	rolls, err := coalition.Rolls(e.View)
	if err != nil {
		return err
	}
	ranked := coalition.Rank(c, title, rolls)
	out.Rolls, out.Forecast, out.Next = len(rolls), coalition.Foresee(c, ranked), coalition.Next(ranked, 10)
	if c.State == coalition.Closed {
		out.Next = nil
	}
	if out.Foretold, err = coalition.Told(e.View, c.ID); err != nil {
		return err
	}
	if out.Foretold.Entry > 0 {
		out.Tally, out.Unheard = coalition.Tally(c, out.Foretold)
	}
	if err := e.asked(c, out); err != nil {
		return err
	}
	for _, s := range c.Signed {
		x := CoalitionState{SignedAt: s.At, SignedEntry: s.Entry, SigningActor: e.ref(s.Actor)}
		for _, seat := range c.Seats {
			if seat.State == s.State {
				x.Seat = seat.Seat
			}
		}
		by, means, err := coalition.For(e.View, s)
		if means != "" {
			by += " (" + means + ")"
		}
		if x.SignedBy, err = text(by, err); err != nil {
			return err
		}
		out.Signed = append(out.Signed, x)
	}
	for _, cand := range ranked {
		p := c.Stance(cand.State)
		if p.Stance == "" {
			continue
		}
		x := CoalitionState{Candidate: cand, HeardAt: p.Day, HeardEntry: p.Entry, PledgeActor: e.ref(p.Actor)}
		from, by, _, err := coalition.How(e.View, p)
		x.HeardFrom = from
		if x.HeardBy, err = text(by, err); err != nil {
			return err
		}
		out.Pledged = append(out.Pledged, x)
	}
	return nil
}
