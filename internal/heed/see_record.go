package heed

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/ledger"
)

// EntryFilter selects entries for the explorer; zero fields select all. The
// newest come first; for the next page, Before is the index of the last one.
type EntryFilter struct {
	Kind, Subject, Actor string
	From, To             time.Time
	Before               int64
	Limit                int // 0 is 50
}

// Bodies of an [EntryRow].
const (
	BodyOpen      = "open"      // it has no sealed part
	BodySealed    = "sealed"    // it has one
	BodyProtected = "protected" // it opens only for a stated purpose
	BodyErased    = "erased"
)

// An EntryRow is an entry's header as a list shows it.
type EntryRow struct {
	Index    int64     `json:"index"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Actor    Ref       `json:"actor"`
	Subjects []string  `json:"subjects"`
	Marking  string    `json:"marking,omitempty"`
	Body     string    `json:"body"`
	Node     string    `json:"node"`
}

// mostScanned is how many entries one question looks through.
const mostScanned = 20_000

// Entries returns the entries that a filter selects and that the reader may
// know of. A question that selects little looks at the newest 20,000 entries
// before Before, and no further.
func (h *Heed) Entries(ctx context.Context, who Who, f EntryFilter) (out []EntryRow, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 500)
	err = h.listed(ctx, who, func(l *eyes) error {
		out = []EntryRow{}
		before := f.Before
		for scanned := 0; len(out) < f.Limit && scanned < mostScanned; {
			all, err := l.Entries(record.Search{Subject: f.Subject, Before: before, Limit: 500})
			if err != nil {
				return err
			}
			if out, err = l.pickEntries(out, all, f); err != nil {
				return err
			}
			if len(all) < 500 || all[len(all)-1].Index == 0 || !f.From.IsZero() && all[len(all)-1].Time.Before(f.From) {
				break
			}
			scanned, before = scanned+len(all), all[len(all)-1].Index
		}
		return nil
	})
	return out, err
}

// pickEntries adds the entries of one stretch that a filter selects and the reader
// may know of.
func (l *eyes) pickEntries(out []EntryRow, all []record.Entry, f EntryFilter) ([]EntryRow, error) {
	for _, e := range all {
		switch {
		case len(out) >= f.Limit:
			return out, nil
		case f.Kind != "" && e.Kind != f.Kind && !strings.HasPrefix(e.Kind, f.Kind+"."):
			continue
		case f.Actor != "" && e.Actor != f.Actor, !f.From.IsZero() && e.Time.Before(f.From), !f.To.IsZero() && !e.Time.Before(f.To):
			continue
		}
		row, ok, err := l.entryRow(e)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, nil
}

// entryRow returns an entry's header, if the reader may know of it.
func (l *eyes) entryRow(e record.Entry) (row EntryRow, ok bool, err error) {
	if ok, err := l.knows(e); err != nil || !ok {
		return row, false, err
	}
	row = EntryRow{Index: e.Index, At: e.Time, Kind: e.Kind, Actor: l.ref(e.Actor), Subjects: e.Subjects, Marking: e.Marking, Node: e.Node}
	row.Body, err = l.body(e)
	return row, true, err
}

// body tells in which state an entry's words are.
func (l *look) body(e record.Entry) (string, error) {
	if !e.HasSealed() {
		return BodyOpen, nil
	}
	var any json.RawMessage
	switch err := l.Unseal(e.Index, &any); fault.KindOf(err) {
	case fault.KindNotFound:
		return BodyErased, nil
	case fault.KindDenied:
		return BodyProtected, nil
	default:
		return BodySealed, err
	}
}

// EntryKinds returns the kinds that an entry can be of.
func (h *Heed) EntryKinds(context.Context) []string {
	out := []string{"node.founded", "record.opened", "record.erased"}
	for _, m := range Modules(h.parts.Blobs) {
		for _, k := range m.Kinds {
			out = append(out, k.Name)
		}
	}
	slices.Sort(out)
	return out
}

// An Entry is one entry with everything by which it can be checked.
type Entry struct {
	EntryRow
	Header     []byte   `json:"header"`     // the leaf, its exact bytes
	Open       []byte   `json:"open"`       // the exact bytes
	Sealed     Text     `json:"sealed"`     // readable JSON, or why not
	LeafHash   []byte   `json:"leaf_hash"`  //
	Proof      [][]byte `json:"proof"`      // from the leaf's sibling upwards
	TreeSize   int64    `json:"tree_size"`  // of the checkpoint
	Root       []byte   `json:"root"`       //
	Checkpoint string   `json:"checkpoint"` // signed
	Cosigned   []string `json:"cosigned"`   // names of the witnesses on it
	Purpose    string   `json:"purpose,omitempty"`
	Erased     int64    `json:"erased,omitempty"` // the entry with the authority
}

// Entry returns an entry with its proof under the checkpoint of now, or under
// the newest one that witnesses have cosigned where that reaches it.
func (h *Heed) Entry(ctx context.Context, who Who, index int64) (out Entry, err error) {
	err = h.listed(ctx, who, func(l *eyes) error {
		e, err := l.knownEntry(index)
		if err != nil {
			return err
		}
		if out.EntryRow, _, err = l.entryRow(e); err != nil {
			return err
		}
		d, err := l.Disclose(index, false)
		if err != nil {
			return err
		}
		out.Header, out.Open = d.Leaf, d.Open
		if err := l.words(&out, e); err != nil {
			return err
		}
		return l.prove(&out, e)
	})
	return out, err
}

// knownEntry returns an entry of which the reader may know.
func (l *eyes) knownEntry(index int64) (record.Entry, error) {
	e, err := l.View.Entry(index)
	if err != nil {
		return e, err
	}
	ok, err := l.knows(e)
	if err == nil && !ok {
		err = fault.NotFound("no entry %d", index)
	}
	return e, err
}

// words fills in an entry's sealed part, or why it is not shown.
func (l *look) words(out *Entry, e record.Entry) error {
	switch out.Body {
	case BodyOpen:
		return nil
	case BodyProtected:
		out.Sealed.State = Sealed
		return nil
	case BodyErased:
		out.Sealed.State = Erased
		all, err := l.History(e.Key)
		for _, x := range all {
			if x.Kind == "record.erased" && x.Index > e.Index && out.Erased == 0 {
				out.Erased = x.Index
			}
		}
		return err
	}
	private, err := l.private(e)
	if err != nil {
		return err
	}
	if private {
		out.Sealed.State = Sealed
		return nil
	}
	var raw json.RawMessage
	if err := l.Unseal(e.Index, &raw); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	out.Sealed.Body = b.String()
	if e.Kind == "record.opened" {
		var x record.OpenedFor
		if err := l.Unseal(e.Index, &x); err != nil {
			return err
		}
		out.Purpose = x.Purpose
	}
	return nil
}

// private tells whether an entry's words are a person's own: an address, a
// device, what a token is for. They are for that person and for whoever keeps
// the register. What an item says is for those to whom its consent gives it.
func (l *look) private(e record.Entry) (bool, error) {
	if strings.HasPrefix(e.Key, "E-") {
		return l.withheld(e.Key)
	}
	if !strings.HasPrefix(e.Kind, "party.") || !strings.HasPrefix(e.Key, "P-") {
		return false, nil
	}
	r := l.node()
	r.Type, r.ID, r.Owner = "person", e.Key, e.Key
	return !l.may(access.SignInManage, r), nil
}

// prove fills in an entry's place in the log.
func (l *look) prove(out *Entry, e record.Entry) error {
	signed, _, err := l.checkpointOver(e.Index)
	if err != nil {
		return err
	}
	leaf, p, err := l.proofs().Proof(l.ctx, e.Index, signed)
	if err != nil {
		return err
	}
	c, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	hash := ledger.LeafHash(leaf)
	out.LeafHash, out.TreeSize, out.Root, out.Checkpoint = hash[:], c.Size, c.Root[:], string(signed)
	for _, x := range p.Hashes {
		out.Proof = append(out.Proof, x[:])
	}
	out.Cosigned, err = l.cosigners(signed)
	return err
}

// cosigners returns the names of the witnesses on a checkpoint.
func (l *look) cosigners(signed []byte) (names []string, err error) {
	all, err := witnesses(l.Tx)
	for _, w := range all {
		if bytes.Contains(signed, []byte("\n— "+w.Name+" ")) {
			names = append(names, w.Name)
		}
	}
	return names, err
}

// EntryProof returns the proof that an entry is in the log, which anyone can
// check without this node: C2SP tlog-proof. It holds hashes alone, which are as
// public as the log.
func (h *Heed) EntryProof(ctx context.Context, who Who, index int64) (proof []byte, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.LogRead, l.node()); err != nil {
			return err
		}
		size, err := l.Size()
		if err != nil {
			return err
		}
		if index < 0 || index >= size {
			return fault.NotFound("there is no entry %d: the record has entries 0 to %d", index, size-1)
		}
		signed, _, err := l.checkpointOver(index)
		if err != nil {
			return err
		}
		_, p, err := l.proofs().Proof(ctx, index, signed)
		if err == nil {
			proof = p.Format()
		}
		return err
	})
	return proof, err
}
