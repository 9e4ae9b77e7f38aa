package heed

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
)

// EvidenceFilter selects items; Q is looked for in their names.
type EvidenceFilter struct {
	evidence.Filter
	Q    string
	Code string // coded so: "act=killing"
}

// A Library is a part of the items that somebody may read, and how many there
// are of each kind.
type Library struct {
	Items  []evidence.Item
	More   bool
	Total  int                       // items that may be read, among the newest looked at
	Facets map[string]map[string]int // state, marking, how, and what they are linked to: counted among those
	Part   bool                      // there are more than were looked at
	Thumbs map[string]bool           // items on the page of which a thumbnail can be shown, for a purpose
}

// lookedAt is how many of the newest items a library counts.
const lookedAt = 20000

// Evidence returns a page of the items that who may read, the newest first.
func (h *Heed) Evidence(ctx context.Context, who Who, f EvidenceFilter) (items []evidence.Item, more bool, err error) {
	lib, err := h.Library(ctx, who, f, 0)
	return lib.Items, lib.More, err
}

// Library returns the items of a filter that who may read, from an offset on,
// with counts. What one may not read is not there: it is not counted, and
// nothing of it is looked at.
func (h *Heed) Library(ctx context.Context, who Who, f EvidenceFilter, offset int) (lib Library, err error) {
	want := f.Limit
	if want <= 0 || want > 500 {
		want = 50
	}
	q := strings.ToLower(strings.TrimSpace(f.Q))
	err = h.see(ctx, who, func(l *look) error {
		lib = Library{Items: []evidence.Item{}, Facets: map[string]map[string]int{}}
		if err := l.need(access.PeopleRead, l.node()); err != nil { // the list is for those who have signed in
			return err
		}
		x := f.Filter
		x.Limit, x.NoThumbs = 1000, x.How != thumbnail && x.Intake == "" // they stand beside what they are of
		for seen := 0; ; {
			heads, err := evidence.Heads(l.View, x)
			if err != nil {
				return err
			}
			ids := make([]string, len(heads))
			for n, i := range heads {
				ids[n] = i.ID
			}
			codes, err := coding.TermsOf(l.View, ids)
			if err != nil {
				return err
			}
			for _, i := range heads {
				if x.Oldest {
					x.After = i.Entry
				} else {
					x.Before = i.Entry
				}
				if err := l.shelve(&lib, i, codes[i.ID], sought{q, f.Code, offset, want}); err != nil {
					return err
				}
			}
			if seen += len(heads); len(heads) < x.Limit || seen >= lookedAt {
				lib.Part = len(heads) == x.Limit
				lib.More = lib.Total > offset+len(lib.Items)
				lib.Thumbs, err = l.haveThumbs(lib.Items)
				return err
			}
		}
	})
	return lib, err
}

// sought is what a page of the library is about.
type sought struct {
	q, code      string
	offset, want int
}

// shelve counts an item that may be read, and keeps it if it is on the page.
func (l *look) shelve(lib *Library, i evidence.Item, codes []coding.Term, s sought) (err error) {
	res, why := l.itemUsed(i)
	if !l.may(access.EvidenceRead, res) {
		return nil
	}
	if why != "" {
		codes = nil // what it shows is not told
	}
	if s.code != "" && !slices.ContainsFunc(codes, func(t coding.Term) bool { return t.String() == s.code }) {
		return nil
	}
	i.Links = slices.DeleteFunc(i.Links, func(k evidence.Link) bool { return !l.showsLink(k) })
	links := i.Links
	if on := lib.Total >= s.offset && len(lib.Items) < s.want; on || s.q != "" {
		if i, err = evidence.Get(l.View, i.ID); err != nil {
			return err
		}
		i.Links = links
		if why != "" {
			i.Withhold(why)
		}
		if s.q != "" && !strings.Contains(strings.ToLower(i.Name), s.q) {
			return nil
		}
		if on {
			lib.Items = append(lib.Items, i)
		}
	}
	lib.Total++
	count := func(facet, value string) {
		if lib.Facets[facet] == nil {
			lib.Facets[facet] = map[string]int{}
		}
		lib.Facets[facet][value]++
	}
	count("state", i.State)
	count("marking", i.Marking)
	if i.How != "" {
		count("how", i.How)
	}
	for _, t := range codes {
		count("code", t.String())
	}
	for _, k := range i.Links {
		count(k.Kind, k.To)
	}
	return nil
}

// A Custody is one event in the custody of an item.
type Custody struct {
	Entry   int64     `json:"entry"`
	Kind    string    `json:"kind"` // "evidence.opened"
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Name    string    `json:"name,omitempty"`
	Reason  string    `json:"reason,omitempty"` // purpose, reason, or what was done
	Under   string    `json:"authority,omitempty"`
	Other   string    `json:"other,omitempty"` // the copy that was made, what it was linked to
	Detail  string    `json:"detail,omitempty"`
	Marking string    `json:"marking,omitempty"`
}

// An ItemView is an item with everything that happened to it.
type ItemView struct {
	evidence.Item
	ByName          string               `json:"by_name"`
	Under           evidence.Intake      `json:"taken_under"`
	Custody         []Custody            `json:"custody"`
	Derived         []evidence.Item      `json:"derived"`
	Permissions     []consent.Permission `json:"permissions"`
	Proved          time.Time            `json:"last_proved,omitzero"`
	Finding         *evidence.Finding    `json:"finding,omitempty"` // about the proofs that it brought
	Cases           []ItemCase           `json:"cases"`             // that it belongs to, of those that may be read
	Read            *evidence.Read       `json:"read,omitempty"`    // what it says about itself, for those who may open it; its text is not here
	Described       []evidence.Described `json:"described"`         // what exports say of it, for those who may open it
	Names           []string             `json:"names"`             // items of which it says something, of those that may be read
	MayUnpack       bool                 `json:"may_unpack"`        // its records can be taken in
	Same            []string             `json:"same_bytes"`        // other items with the same bytes, of those that may be read
	Thumb           bool                 `json:"-"`                 // a thumbnail of it can be shown, for a purpose
	MayOpen         bool                 `json:"-"`
	MayChange       bool                 `json:"-"`
	MayMark         bool                 `json:"-"`
	MayHold         bool                 `json:"-"`
	Held            []string             `json:"held_under"`       // the names of the holds on it
	Releasable      []string             `json:"-"`                // those that who may end
	MayCopy         bool                 `json:"-"`                // take in what is made out of it
	Coding          *CodingView          `json:"coding,omitempty"` // what it shows, in agreed words
	MayReview       bool                 `json:"-"`
	MayReviewCoding bool                 `json:"-"`
}

// Item returns an item and its custody, in order.
func (h *Heed) Item(ctx context.Context, who Who, id string) (out ItemView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		i, err := evidence.Head(l.View, id)
		if err != nil {
			i = evidence.Item{ID: id, Marking: "RED"}
		}
		if err := l.need(access.EvidenceRead, l.item(i)); err != nil {
			return fault.NotFound("there is no item %s", id)
		}
		if err != nil {
			return err
		}
		out, err = l.itemView(id)
		return err
	})
	return out, err
}

func (l *look) itemView(id string) (out ItemView, err error) {
	if out.Item, err = evidence.Get(l.View, id); err != nil {
		return out, err
	}
	res, why := l.itemUsed(out.Item)
	if why != "" {
		out.Withhold(why)
	}
	if out.Thumb, err = l.hasThumb(out.Item); err != nil {
		return out, err
	}
	if out.Cases, err = l.casesOf(out.Item); err != nil {
		return out, err
	}
	if why == "" {
		if out.Coding, err = l.coded(id); err != nil {
			return out, err
		}
	}
	out.MayReviewCoding = l.mayReviewCoding(out.Item, out.Coding)
	out.Links = slices.DeleteFunc(out.Links, func(k evidence.Link) bool { return !l.showsLink(k) })
	out.ByName = l.name(out.By)
	purposeful, other := *l, res
	purposeful.who.Purpose = "to see what is offered"
	other.Use, other.Withheld = "another", false // which is stated when it is opened, and decided on then
	out.MayCopy = l.may(access.EvidenceAdd, l.node())
	out.MayOpen, out.MayChange, out.MayReview = purposeful.may(access.EvidenceOpen, other), l.may(access.EvidenceChange, res), l.may(access.EvidenceReview, res)
	if out.Under, err = evidence.GetIntake(l.View, out.Intake); err != nil {
		return out, err
	}
	if out.Permissions, err = evidence.Permissions(l.View, id); err != nil {
		return out, err
	}
	if err := l.holdsOn(&out, res); err != nil {
		return out, err
	}
	proofs, err := evidence.LastProved(l.View, []string{id})
	if err != nil {
		return out, err
	}
	out.Proved = proofs[id]
	if out.Finding, err = evidence.LastFinding(l.View, id); err != nil {
		return out, err
	}
	if why != "" {
		out.Finding = nil
	}
	if err = l.said(&out, why == "" && out.MayOpen); err != nil {
		return out, err
	}
	if out.Derived, err = l.readable(evidence.Filter{From: id, Limit: 500, Oldest: true}); err != nil {
		return out, err
	}
	if out.Same, err = l.sameBytes(out.Item); err != nil {
		return out, err
	}
	out.Custody, err = l.custody(id)
	return out, err
}

// sameBytes names other items with the bytes of an item, of those that may be read.
func (l *look) sameBytes(i evidence.Item) ([]string, error) {
	same, err := l.readable(evidence.Filter{Mark: l.h.markOf(i.SHA256), Limit: 100, Oldest: true})
	out := []string{}
	for _, s := range same {
		if s.ID != i.ID {
			out = append(out, s.ID)
		}
	}
	return out, err
}

// said completes a view with what an item says about itself, without its text: that
// is opened for a purpose, or not at all; and with what exports say of it.
func (l *look) said(x *ItemView, mayOpen bool) (err error) {
	if mayOpen {
		if x.Read, err = evidence.ReadingOf(l.View, x.ID); err != nil {
			return err
		}
	}
	if x.Read != nil {
		x.Read.Text, x.Read.Marks = "", nil
	}
	return l.exported(x, mayOpen)
}

func (h *Heed) markOf(sha256 string) string { return h.rec.Keys().Blind("evidence", sha256) }

// readable returns the items of a filter that may be read.
func (l *look) readable(f evidence.Filter) ([]evidence.Item, error) {
	all, err := evidence.List(l.View, f)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i evidence.Item) bool { return !l.may(access.EvidenceRead, l.item(i)) })
	for n := range all {
		all[n] = l.shown(all[n])
	}
	return all, nil
}

// custody words the entries that name an item.
func (l *look) custody(id string) ([]Custody, error) {
	entries, err := l.History(id)
	if err != nil {
		return nil, err
	}
	out := make([]Custody, 0, len(entries))
	for _, e := range entries {
		c, err := l.custodyEvent(id, e)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	passed, err := l.passages(id)
	if err != nil {
		return nil, err
	}
	stamped, err := l.stampsOn(id)
	if err != nil {
		return nil, err
	}
	out = append(append(out, passed...), stamped...)
	slices.SortStableFunc(out, func(a, b Custody) int { return cmp.Compare(a.Entry, b.Entry) })
	return out, nil
}

// passages words the hand-overs in which an item had a part: their entries name
// the hand-over, not each of a hundred thousand items.
func (l *look) passages(id string) (out []Custody, err error) {
	all, err := transfer.Of(l.View, id)
	for _, p := range all {
		c := Custody{Entry: p.Entry, Kind: "handover.offered", At: p.At, By: p.By, Name: l.name(p.By)}
		if p.Way == transfer.In {
			c.Kind, c.Detail = "handover.taken", p.Fate
		}
		known := l.may(access.HandoverRead, l.handover(p.Handover))
		if known {
			c.Other, c.Reason, c.Under = p.ID, p.Purpose, p.Peer
		}
		out = append(out, c)
		if p.Answer == 0 {
			continue
		}
		a := Custody{Entry: p.Answer, Kind: "handover.answered", At: p.Answered, By: p.Taker, Name: l.name(p.Taker), Detail: p.Fate}
		if known {
			a.Other, a.Reason, a.Under = p.ID, p.Why, p.Peer
		}
		out = append(out, a)
	}
	return out, err
}

// custodyEvent words one of them. Of an entry that is sealed for another subject, as
// a derived copy's is, only the open part is looked at.
func (l *look) custodyEvent(id string, e record.Entry) (Custody, error) {
	c := Custody{Entry: e.Index, Kind: e.Kind, At: e.Time, By: e.Actor, Name: l.name(e.Actor), Marking: e.Marking}
	t, err := evidence.Tell(l.View, id, e)
	c.Reason, c.Under, c.Other, c.Detail = t.Reason, t.Authority, t.Other, t.Detail
	if err == nil && e.Kind == "coding.reviewed" {
		return c, l.codingEvent(&c, e, id)
	}
	if err == nil && e.Kind == "case.answered" {
		return c, l.caseEvent(&c, e, id)
	}
	if !l.showsLink(evidence.Link{Kind: "case", To: c.Other}) {
		c.Other = ""
	}
	if c.Other != "" && strings.HasPrefix(c.Other, "E-") { // a copy that may not be read is not named
		if i, err := evidence.Head(l.View, c.Other); err != nil || !l.may(access.EvidenceRead, l.item(i)) {
			c.Other = ""
		}
	}
	return c, err
}

// ProveEvidence reads what is kept again and compares it with what was taken
// in, within a budget. Replicas are places like that of the evidence itself.
func (h *Heed) ProveEvidence(ctx context.Context, who Who, s evidence.Scrub, replicas []*blob.Shelf) (p evidence.Proved, err error) {
	d, err := h.keeping(ctx, who)
	if err != nil {
		return p, err
	}
	for _, r := range replicas {
		s.Replicas = append(s.Replicas, h.vault.On(r))
	}
	return d.Prove(ctx, who.by(), s)
}

// keeping decides whether who may look after the store as a whole.
func (h *Heed) keeping(ctx context.Context, who Who) (*evidence.Desk, error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.EvidenceKeep, l.node()) }); err != nil {
		return nil, err
	}
	return h.evidence(ctx)
}

// Fixity says when what is kept was last proved.
func (h *Heed) Fixity(ctx context.Context, who Who) (f evidence.Fixity, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceKeep, l.node()); err != nil {
			return err
		}
		f, err = evidence.FixityOf(l.View)
		return err
	})
	return f, err
}

// A ProvedItem is an item by its id, and when it was last proved.
type ProvedItem struct {
	ID      string
	Proved  time.Time // zero: never
	Damaged bool
}

// ProvedLast returns what is damaged, and then the n items that were proved
// longest ago, those that never were first. It names them and says nothing else
// of them.
func (h *Heed) ProvedLast(ctx context.Context, who Who, n int) (out []ProvedItem, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceKeep, l.node()); err != nil {
			return err
		}
		damaged, err := evidence.Heads(l.View, evidence.Filter{Damaged: true, Limit: 1000})
		if err != nil {
			return err
		}
		due, err := evidence.Due(l.View, l.now, n)
		if err != nil {
			return err
		}
		due = append(damaged, slices.DeleteFunc(due, func(i evidence.Item) bool { return i.Damaged })...)
		ids := make([]string, len(due))
		for n, i := range due {
			ids[n] = i.ID
		}
		at, err := evidence.LastProved(l.View, ids)
		for _, i := range due {
			out = append(out, ProvedItem{i.ID, at[i.ID], i.Damaged})
		}
		return err
	})
	return out, err
}

// Replicate copies every object that another place lacks to it. What it
// holds stays encrypted.
func (h *Heed) Replicate(ctx context.Context, who Who, to *blob.Shelf) (objects int, size int64, err error) {
	d, err := h.keeping(ctx, who)
	if err != nil {
		return 0, 0, err
	}
	if to == nil {
		return 0, 0, fault.Invalid("to", "say where the replica is")
	}
	return d.Replicate(ctx, h.vault.On(to))
}

// RecoverEvidence reads a store of evidence with the node's keys alone: no
// record, no database.
func RecoverEvidence(ctx context.Context, c *conf.Config) (*vault.Vault, vault.Found, error) {
	source, err := KeySource(c)
	if err != nil {
		return nil, vault.Found{}, err
	}
	k, err := keys.Unlock(c.Dir, source)
	if err != nil {
		return nil, vault.Found{}, err
	}
	shelf, err := openEvidence(ctx, c)
	if err != nil {
		return nil, vault.Found{}, err
	}
	v := vault.New(shelf, vaultOptions(k))
	f, err := v.Recover(ctx)
	return v, f, err
}
