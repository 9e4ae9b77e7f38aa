package heed

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// CoalitionSeat is a state that can go along.
type CoalitionSeat = coalition.Seat

// CoalitionInput is a coalition as somebody opens it. Without seats they are
// the States that are named, by code or as a group; without these the members
// of the body that the measure names, on the day.
type CoalitionInput struct {
	Warning, Kind, Measure, Title, Text, Marking string
	Threshold, Of                                int
	Region                                       bool
	Deadline                                     time.Time
	Seats                                        []CoalitionSeat
	States                                       []string
	Step                                         string // of a package, whose work it is
}

// coalition is a resource for a coalition.
func (l *look) coalition(c coalition.Coalition) (access.Resource, error) {
	return l.of(access.Resource{Type: "coalition", ID: c.ID, Marking: c.Marking, Author: c.Actor}, c.Situation)
}

// onCoalition decides whether somebody may do something to a coalition.
func (l *look) onCoalition(id, action string) (coalition.Coalition, error) {
	c, err := coalition.Get(l.View, id)
	if err != nil {
		return c, err
	}
	r, err := l.coalition(c)
	if err != nil {
		return c, err
	}
	return c, l.need(action, r)
}

// OpenCoalition begins a coalition on a warning.
func (h *Heed) OpenCoalition(ctx context.Context, who Who, in CoalitionInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		w, err := warning.Get(a.View, in.Warning)
		if err != nil {
			return err
		}
		r, err := a.warning(w)
		if err != nil {
			return err
		}
		if err := a.need(access.WarningRead, r); err != nil {
			return err
		}
		r.Type, r.ID, r.Author = "coalition", "", who.Person
		if err := a.need(access.CoalitionChange, r); err != nil {
			return err
		}
		if w.State == warning.Closed || w.State == warning.Superseded {
			return fault.Stale("%s is %s: open a coalition on the warning that stands", w.ID, w.State)
		}
		s, err := situation.Get(a.View, w.Situation)
		if err != nil {
			return err
		}
		if len(in.Seats) == 0 {
			if err := h.seatsOf(&in, s.Country, a.now); err != nil {
				return err
			}
		}
		if in.Marking == "" {
			in.Marking = w.Marking
		}
		id, err = coalition.Open(a.tx, coalition.Input{Warning: w.ID, Situation: w.Situation, Marking: in.Marking, Kind: in.Kind, Measure: in.Measure, Threshold: in.Threshold,
			Of: in.Of, Region: in.Region, Deadline: in.Deadline, Seats: in.Seats, Title: in.Title, Text: in.Text})
		if err != nil || in.Step == "" {
			return err
		}
		return a.join(in.Step, id)
	})
	return id, err
}

// JoinStep makes a step of a package the work of a coalition on the same
// warning: its state follows from the coalition's from now on.
func (h *Heed) JoinStep(ctx context.Context, who Who, step, id string) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionRead); err != nil {
			return err
		}
		return a.join(step, id)
	})
}

// join joins a step with a coalition, for who may change the package.
func (a *act) join(step, id string) error {
	s, err := measure.GetStep(a.View, step)
	if err != nil {
		return fault.Invalid("step", "%w", err)
	}
	p, err := measure.Get(a.View, s.Package)
	if err != nil {
		return err
	}
	r, err := a.pkg(p)
	if err != nil {
		return err
	}
	if r.Owner = s.Owner; a.need(access.PackageChange, r) != nil {
		return a.need(access.PackageChange, r)
	}
	c, err := coalition.Get(a.View, id)
	if err != nil {
		return err
	}
	if c.Warning != p.Warning {
		return fault.Invalid("coalition", "%s is on %s, %s on %s", id, c.Warning, p.ID, p.Warning)
	}
	state := map[string]string{coalition.Preparing: measure.Proposed, coalition.Running: measure.Underway, coalition.Closed: measure.Over}[c.State]
	return measure.Join(a.tx, s.ID, c.ID, state)
}

// seatsOf fills in seats and threshold from the facts of the day: the States
// that were named, or the members of the body, and every other Member of the
// United Nations as an observer. A State of the regional group of the country
// counts as of the region concerned.
func (h *Heed) seatsOf(in *CoalitionInput, country string, now time.Time) error {
	day := facts.DateOf(now.UTC())
	on := h.book.On(day)
	members := on.View().Members("UN")
	others := members
	if len(in.States) > 0 {
		others, members = nil, nil
		for _, word := range in.States {
			more, err := h.book.Facts().Expand(word, day)
			if err != nil {
				return fault.Invalid("states", "%w", err)
			}
			members = append(members, more...)
		}
	} else {
		if _, ok := h.book.Measure(in.Measure); !ok {
			return fault.WithHint(fault.Invalid("measure", "%q is no measure, and there are no seats", in.Measure), "name a measure of heed doors, such as GE-SS, or give the seats as a file")
		}
		if members = h.takes(on, in.Measure); len(members) == 0 {
			return fault.Invalid("measure", "the facts list no members of the body that takes %s: name the States, or give the seats as a file", in.Measure)
		}
		a, err := on.Open(doors.Question{Measure: in.Measure, States: members[:1]})
		if err != nil {
			return err
		}
		if in.Threshold == 0 {
			in.Threshold = a.Need
		}
	}
	in.Of = len(members)
	group := h.groups(day)
	for _, s := range slices.Concat(members, others) {
		if slices.ContainsFunc(in.Seats, func(x CoalitionSeat) bool { return x.State == s }) {
			continue
		}
		in.Seats = append(in.Seats, CoalitionSeat{State: s, Group: group[s], Member: slices.Contains(members, s), Concerned: group[s] != "" && group[s] == group[country], Size: sizeOf(s),
			Near: h.book.Facts().Near[s]})
	}
	slices.SortFunc(in.Seats, func(a, b CoalitionSeat) int { return strings.Compare(a.State, b.State) })
	return nil
}

// takes returns the members of the body that takes a measure, none where the
// facts do not list them.
func (h *Heed) takes(on *doors.Day, measure string) []string {
	all := on.View().Members("UN")
	a, err := on.Open(doors.Question{Measure: measure, States: all[:min(1, len(all))]})
	if err != nil || a.Body == "" {
		return nil
	}
	return on.View().Members(h.book.Facts().Bodies[a.Body].Members)
}

// groups returns the regional group of each State on a day: as the United
// Nations name them, or the exercise.
func (h *Heed) groups(day facts.Date) map[string]string {
	out, view := map[string]string{}, h.book.On(day).View()
	for _, x := range h.book.Facts().Spells {
		if regional := strings.HasSuffix(x.Body, " Group") || strings.HasPrefix(x.Body, "Region "); regional && view.Member(x.Body, x.State) {
			out[x.State] = x.Body
		}
	}
	return out
}

// sizeOf tells large states, the permanent members of the Security Council and
// the members of the G20, from middle ones, of ten million people and more, and
// small ones (general knowledge).
func sizeOf(iso3 string) string {
	const large = "ARG AUS BRA CAN CHN FRA DEU IND IDN ITA JPN KOR MEX RUS SAU ZAF TUR GBR USA"
	const middle = "AFG AGO ARE AZE BDI BEL BEN BFA BGD BOL CHL CIV CMR COD COL CUB CZE DOM DZA ECU EGY ESP ETH GHA GIN GRC GTM HND HTI IRN IRQ JOR KAZ KEN " +
		"KHM LKA MAR MDG MLI MMR MOZ MWI MYS NER NGA NLD NPL PAK PER PHL PNG POL PRK PRT ROU RWA SDN SEN SOM SSD SWE SYR TCD THA TJK TUN TZA UGA UKR UZB VEN VNM YEM ZMB ZWE"
	switch {
	case strings.Contains(large, iso3):
		return "large"
	case strings.Contains(middle, iso3):
		return "middle"
	}
	return "small"
}

// ReleaseCoalition is the second person's word that it may go outward.
func (h *Heed) ReleaseCoalition(ctx context.Context, who Who, id, note string) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionRelease); err != nil {
			return err
		}
		if err := coalition.Release(a.tx, id, note); err != nil {
			return err
		}
		return measure.Follow(a.tx, id, measure.Underway)
	})
}

// PledgeInput is what a state was heard to say.
type PledgeInput = coalition.Heard

// AddPledge writes down what a state was heard to say, and returns the id of a
// confidential pledge.
func (h *Heed) AddPledge(ctx context.Context, who Who, id string, in PledgeInput) (confidence string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionChange); err != nil {
			return err
		}
		if in.By == "" {
			in.By = a.name(who.Person)
		}
		confidence, err = coalition.Pledge(a.tx, id, in)
		return err
	})
	return confidence, err
}

// Confided is a confidential pledge that was opened, and the entry that says so.
type Confided struct {
	coalition.Confidence
	Entry  int64 `json:"entry"`
	Opened int64 `json:"opened_entry"`
}

// OpenConfidences opens the confidential pledges of a coalition, for a purpose.
// An entry says so for each before its words leave.
func (h *Heed) OpenConfidences(ctx context.Context, who Who, id string) (out []Confided, err error) {
	var entries []int64
	err = h.see(ctx, who, func(l *look) error {
		c, err := l.onCoalition(id, access.CoalitionOpen)
		entries = c.Confided
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		x := Confided{Entry: e}
		if x.Opened, err = h.rec.OpenProtected(ctx, who.by(), e, &x.Confidence); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// AskState writes down that a state is asked, and how.
func (h *Heed) AskState(ctx context.Context, who Who, id, state, how string) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionChange); err != nil {
			return err
		}
		return coalition.Ask(a.tx, id, state, how)
	})
}

// SignatureInput is one state's signature.
type SignatureInput = coalition.Signing

// SignedSheet is what became of a signature: the entry that proves it, and
// whether the sheet closed itself with it.
type SignedSheet struct {
	Entry  int64 `json:"entry"`
	Closed bool  `json:"closed"`
}

// SignSheet enters a state's signature.
func (h *Heed) SignSheet(ctx context.Context, who Who, id string, in SignatureInput) (out SignedSheet, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionChange); err != nil {
			return err
		}
		if out.Entry, out.Closed, err = coalition.Sign(a.tx, id, in); err != nil || !out.Closed {
			return err
		}
		return measure.Follow(a.tx, id, measure.Over)
	})
	return out, err
}

// WithdrawCoalition closes a coalition by hand.
func (h *Heed) WithdrawCoalition(ctx context.Context, who Who, id, reason string) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionChange); err != nil {
			return err
		}
		if err := coalition.Withdraw(a.tx, id, reason); err != nil {
			return err
		}
		return measure.Follow(a.tx, id, measure.Over)
	})
}

// CoalitionOdds are the calibrated chances of the votes on a draft.
type CoalitionOdds = coalition.Foretold

// StateOdds are those of one State.
type StateOdds = coalition.Odds

// ForetellCoalition keeps what a model said of the votes on a draft.
func (h *Heed) ForetellCoalition(ctx context.Context, who Who, id string, x CoalitionOdds) error {
	return h.do(ctx, who, func(a *act) error {
		if _, err := a.onCoalition(id, access.CoalitionChange); err != nil {
			return err
		}
		return coalition.Foretell(a.tx, id, x)
	})
}

// LoadedVotes says what became of a file of votes.
type LoadedVotes = coalition.Loaded

// LoadVotes takes in a file of votes as one entry.
func (h *Heed) LoadVotes(ctx context.Context, who Who, name string, body io.Reader) (out LoadedVotes, err error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.ImportData, l.node()) }); err != nil {
		return out, err
	}
	return coalition.Load(ctx, h.rec, who.by(), h.parts.Blobs, name, body)
}
