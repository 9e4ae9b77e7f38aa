package record

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
)

// Markings are those of TLP 2.0, the most open first.
var Markings = []string{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}

// A View reads the tables and the bodies behind them, at one moment.
type View struct {
	*db.Tx
	r *Record
	g *growth // where the view is that of a command: entries not stored yet
	// erasures is how many the snapshot knows of, -1 before anybody asked.
	erasures int64
}

// View runs f on a snapshot of the record.
func (r *Record) View(ctx context.Context, f func(*View) error) error {
	return r.db.View(ctx, func(tx *db.Tx) error { return f(&View{Tx: tx, r: r, erasures: -1}) })
}

// A Tx is a command's view, to which it can append.
type Tx struct {
	*View
	By    By
	g     *growth
	clock string
}

// A Draft is an entry as a command gives it.
type Draft struct {
	Kind     string
	Subjects []string // the main one first
	Marking  string   // one of Markings; "" is AMBER where there is a sealed part
	Open     any      // ids, levels, times, states; nil for none
	Sealed   any      // words, names; nil for none
	Key      string   // the subject whose data key seals; "" is Subjects[0]
	// First says that nothing is sealed for Key yet, so that it need not be
	// looked for. Append fails where that is not so.
	First bool
}

// kindForm is how kinds are spelt. As subjects do, they stand in a public
// header, so that they hold nothing but a name and a number.
var kindForm = regexp.MustCompile(`^[a-z]+(\.[a-z-]+)+$`)

// subject tells whether a text can be one: letters, digits and . _ : / - after
// the first, at most 100.
func subject(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9':
		case i > 0 && strings.IndexByte("._:/-", c) >= 0:
		default:
			return false
		}
	}
	return len(s) > 0 && len(s) <= 100
}

// Append adds an entry and applies it to the tables at once.
func (tx *Tx) Append(d Draft) (Entry, error) {
	e, err := tx.append(d)
	if err != nil {
		return Entry{}, fmt.Errorf("append %s: %w", d.Kind, err)
	}
	return e, nil
}

func (tx *Tx) append(d Draft) (Entry, error) {
	if err := d.check(); err != nil {
		return Entry{}, err
	}
	if _, ok := tx.r.kinds[d.Kind]; !ok {
		return Entry{}, fmt.Errorf("no module has the kind %q", d.Kind)
	}
	g := tx.g
	p := &pending{e: Entry{Index: g.head.Size + int64(len(g.pending)), Header: Header{Kind: d.Kind, Time: tx.Now, Actor: tx.By.Person,
		Node: tx.r.keys.Origin(), Subjects: slices.Clone(d.Subjects), Marking: d.Marking, Clock: tx.clock}}, keys: tx.r.keys}
	if err := p.encode(d); err != nil {
		return Entry{}, err
	}
	if d.Sealed != nil {
		var err error
		if p.key, err = g.dataKey(d.Key, d.First); err != nil {
			return Entry{}, err
		}
		p.e.Key = d.Key
	}
	p.finished.Add(1)
	g.pending = append(g.pending, p)
	if g.alone && len(g.pending) == 1 {
		return p.e, tx.r.apply(g.tx, p.e, g.ids) // to wake a helper for one entry takes longer than it saves
	}
	select {
	case tx.r.unfinished <- p:
	default: // the group does it itself when it comes to it
	}
	return p.e, tx.r.apply(g.tx, p.e, g.ids)
}

// check fills in what a draft leaves out and refuses what a header cannot say.
func (d *Draft) check() error {
	if len(d.Subjects) == 0 || len(d.Subjects) > 500 {
		return fmt.Errorf("%d subjects, must have 1 to 500", len(d.Subjects))
	}
	for i, s := range d.Subjects {
		if slices.Contains(d.Subjects[:i], s) {
			return fmt.Errorf("%q is a subject twice", s)
		}
		if !subject(s) {
			return fmt.Errorf("%q cannot be a subject", s)
		}
	}
	if d.Sealed == nil {
		return nil
	}
	if d.Key == "" {
		d.Key = d.Subjects[0]
	}
	if !slices.Contains(d.Subjects, d.Key) {
		return fmt.Errorf("sealed for %q, which is not a subject", d.Key)
	}
	if d.Marking == "" {
		d.Marking = "AMBER"
	}
	if !slices.Contains(Markings, d.Marking) {
		return fault.Invalid("marking", "marking %q is not one of %s", d.Marking, strings.Join(Markings, ", "))
	}
	return nil
}

// openContext binds the stored open part to its place and its header, so that
// who can write to the database but has no key can change neither unseen.
func openContext(index int64, line []byte) string { return fmt.Sprintf("open %d %s", index, line) }

// sealedContext binds the stored sealed part to its place.
func sealedContext(index int64, kind string) string { return fmt.Sprintf("sealed %d %s", index, kind) }

// encode writes the parts of the body as JSON.
func (p *pending) encode(d Draft) (err error) {
	p.e.Open = []byte("{}")
	if p.e.given = d.Open; d.Open != nil {
		if p.e.Open, err = json.Marshal(d.Open); err != nil {
			return err
		}
	}
	if d.Sealed != nil {
		p.sealedBody, err = json.Marshal(d.Sealed)
	}
	return err
}

// NextID returns the next id with a prefix, as "W-1", "W-2". It is taken when
// an entry whose first subject it is has been appended.
func (tx *Tx) NextID(prefix string) (string, error) {
	if !countable(prefix) {
		return "", fmt.Errorf("%q is not a prefix of ids: those are one to eight capital letters", prefix)
	}
	return prefix + "-" + strconv.FormatInt(tx.g.ids[prefix]+1, 10), nil
}

// Unseal reads the sealed part of an entry into dst. It fails with a fault of
// kind NotFound if the part was erased, and of kind Denied if the kind is
// protected: see [Record.OpenProtected].
func (v *View) Unseal(index int64, dst any) error {
	b, e, err := v.sealed(index)
	if err != nil {
		return fmt.Errorf("entry %d: %w", index, err)
	}
	if v.r.kinds[e.Kind].Protected {
		return fault.Denied("entry %d is protected: it opens only for a stated purpose", index)
	}
	if err := DecodeStrict(b, dst); err != nil {
		return fmt.Errorf("entry %d (%s): sealed part: %w", index, e.Kind, err)
	}
	return nil
}

// sealed returns the plain sealed part of an entry, checked against its header.
func (v *View) sealed(index int64) ([]byte, Entry, error) {
	if p := v.pendingAt(index); p != nil {
		if p.sealedBody == nil {
			return nil, p.e, fault.NotFound("it has no sealed part")
		}
		return p.sealedBody, p.e, nil
	}
	row, err := readBody(v.Tx, index)
	if err != nil {
		return nil, Entry{}, err
	}
	e, err := row.entry(v.r.keys)
	if err != nil {
		return nil, Entry{}, err
	}
	switch {
	case !e.HasSealed():
		return nil, e, fault.NotFound("it has no sealed part")
	case row.erased:
		return nil, e, fault.NotFound("its words were erased")
	}
	key, err := v.dataKey(e.Key)
	if err != nil {
		return nil, e, err
	}
	b, err := key.Unseal(sealedContext(index, e.Kind), row.sealed)
	if err != nil {
		return nil, e, err
	}
	if string(digest(row.sealedSalt, b)) != string(e.sealedSum) {
		return nil, e, fmt.Errorf("the words are not those that the log holds")
	}
	return b, e, nil
}

func (v *View) pendingAt(index int64) *pending {
	if v.g == nil {
		return nil
	}
	if i := index - v.g.head.Size; i >= 0 && i < int64(len(v.g.pending)) {
		return v.g.pending[i]
	}
	return nil
}

// Entry returns an entry with its open part, checked against its leaf.
func (v *View) Entry(index int64) (Entry, error) {
	if p := v.pendingAt(index); p != nil {
		return p.e, nil
	}
	row, err := readBody(v.Tx, index)
	if err != nil {
		return Entry{}, noEntry(index, err)
	}
	return row.entry(v.r.keys)
}

// noEntry says that there is no such entry, if that is what err says.
func noEntry(index int64, err error) error {
	if fault.KindOf(err) == fault.KindNotFound {
		return fault.NotFound("no entry %d", index)
	}
	return fmt.Errorf("read entry %d: %w", index, err)
}

// History returns all entries that name a subject, oldest first.
func (v *View) History(subject string) ([]Entry, error) {
	all, err := v.HistoryIndexes(subject)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(all))
	for _, i := range all {
		e, err := v.Entry(i)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// dataKey returns a subject's data key, making it if there is none. The first
// time there is none, and to look for it would be in vain.
func (g *growth) dataKey(subject string, first bool) (k keys.DataKey, err error) {
	if k, ok := g.fresh[subject]; ok {
		return k, nil
	}
	if k, ok := g.r.cache.written(subject); ok && !g.forget {
		return k, nil
	}
	var wrapped []byte
	if !first {
		if wrapped, err = readKey(g.tx, subject); err != nil {
			return k, err
		}
	}
	if wrapped != nil {
		k, err = g.r.keys.DataKey(subject, wrapped)
	} else if k, wrapped, err = g.r.keys.NewDataKey(subject); err == nil {
		err = writeKey(g.tx, subject, wrapped)
	}
	if err == nil {
		g.fresh[subject] = k
		g.order = append(g.order, subject)
	}
	return k, err
}

func (v *View) dataKey(subject string) (keys.DataKey, error) {
	if v.g != nil {
		return v.g.dataKey(subject, false)
	}
	erasures, err := v.Erasures()
	if err != nil {
		return keys.DataKey{}, err
	}
	if k, ok := v.r.cache.seen(subject, erasures); ok {
		return k, nil
	}
	wrapped, err := readKey(v.Tx, subject)
	if err != nil {
		return keys.DataKey{}, err
	}
	if wrapped == nil {
		return keys.DataKey{}, fault.NotFound("the key of %s was destroyed", subject)
	}
	k, err := v.r.keys.DataKey(subject, wrapped)
	if err == nil {
		v.r.cache.see(subject, k, erasures)
	}
	return k, err
}

// Erasures is how many there were until the moment of the view.
func (v *View) Erasures() (int64, error) {
	if v.g != nil {
		return v.g.head.Erasures, nil
	}
	if v.erasures < 0 {
		h, err := readHead(v.Tx)
		if err != nil {
			return 0, err
		}
		v.erasures = h.Erasures
	}
	return v.erasures, nil
}
