package heed

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/judge"
)

// Unbundle reads what another program of the field exported, in a process of its
// own: [bundle.Boxed].
type Unbundle func(ctx context.Context, name string, data io.Reader, whole bool) (*bundle.Bundle, error)

// UnpackInput says where the files are that an export names.
type UnpackInput struct {
	// Files holds files that are no items yet, under the paths by which the export
	// names them; nil, if only what was taken in is looked at.
	Files fs.FS
}

// Unpacked says what was taken out of an export.
type Unpacked struct {
	Kind      string           `json:"kind"`
	Opened    int64            `json:"opened_entry"`
	Records   int              `json:"records"`
	Described int              `json:"described"` // records that were put on an item, of which some name several
	Before    int              `json:"before"`    // that were on it already
	NoFile    int              `json:"no_file"`   // records that name no file: their words are found in the export
	Missing   []string         `json:"missing"`   // files that are no items and were not at hand
	Different []string         `json:"different"` // files that have another digest than is stated: nothing is said of them
	Withheld  int              `json:"withheld"`  // files that are items which who may not change
	Wrong     []bundle.Problem `json:"wrong_rows"`
	Broken    string           `json:"broken,omitempty"` // why it was not read to its end
	EvidenceTaken
}

// mostUnpacked is how large an export may be that is taken apart.
const mostUnpacked = bundle.MaxBytes

// UnpackEvidence takes the records of an export in, for the purpose that who states:
// what it says of a file that it names is sealed with the item that is this file, so
// that search finds it. Files that are no items yet are taken in, out of a message and
// a mailbox as copies derived from it. A file that has another digest than the export
// states is left alone. Done twice, it changes nothing.
func (h *Heed) UnpackEvidence(ctx context.Context, who Who, id string, in UnpackInput) (out Unpacked, err error) {
	u := &unpacking{h: h, who: who, in: in, out: &out}
	out.EvidenceTaken.Items, out.Missing, out.Different, out.Wrong = []evidence.Taken{}, []string{}, []string{}, []bundle.Problem{}
	err = h.onItem(ctx, who, id, access.EvidenceOpen, func(a *act) error {
		if err := a.need(access.EvidenceAdd, a.node()); err != nil {
			return err
		}
		if h.parts.Unbundle == nil {
			return fault.Denied("this program cannot take an export apart: it has no process to do so in")
		}
		if u.item, err = evidence.Get(a.View, id); err != nil {
			return err
		}
		if err := u.item.MayGive(); err != nil {
			return err
		}
		if u.item.Size > mostUnpacked {
			return fault.Invalid("item", "%s is larger than %d MB: have it exported in parts", id, mostUnpacked>>20)
		}
		e, err := evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
		out.Opened = e.Index
		return err
	})
	if err != nil {
		return out, err
	}
	if u.desk, err = h.evidence(ctx); err != nil {
		return out, err
	}
	if u.b, err = h.unbundled(ctx, u.desk, u.item, true); err != nil {
		return out, err
	}
	if u.b.Kind == "" || len(u.b.Items) == 0 {
		return out, fault.WithHint(fault.Invalid("item", "%s is no export whose records can be taken in: %s", id, cmpOr(u.b.Broken, "it is of no kind that is known")), "heed evidence show says what it was judged to be")
	}
	out.Kind, out.Records, out.Broken = u.b.Kind, len(u.b.Items), u.b.Broken
	out.Wrong = append(out.Wrong, u.b.Problems...)
	return out, u.run(ctx)
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// unbundled reads an item in the child, as its bytes come out of the store.
func (h *Heed) unbundled(ctx context.Context, d *evidence.Desk, item evidence.Item, whole bool) (*bundle.Bundle, error) {
	in, out := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		err := d.Copy(ctx, out, item)
		out.CloseWithError(err)
		copied <- err
	}()
	b, err := h.parts.Unbundle(ctx, item.Name, in, whole)
	in.CloseWithError(errEnough)
	if err2 := <-copied; err == nil && !errors.Is(err2, errEnough) {
		err = err2
	}
	if err != nil {
		return nil, fault.Invalid("item", "%s cannot be read: %w", item.ID, err)
	}
	return b, nil
}

var errEnough = errors.New("nobody reads on")

// judgeBundle adds to what was found about an item what is to be said of an export.
func (h *Heed) judgeBundle(ctx context.Context, who Who, action string, item evidence.Item, f *judge.Finding) error {
	if h.parts.Unbundle == nil || item.Size > mostUnpacked || !bundle.MayBe(item.Name, nil) && path.Ext(item.Name) != "" {
		return nil
	}
	d, err := h.evidence(ctx)
	if err != nil {
		return err
	}
	b, err := h.unbundled(ctx, d, item, false)
	if err != nil || b.Kind == "" {
		return err
	}
	near := shelf{}
	err = h.see(ctx, who, func(l *look) (err error) {
		if err := l.need(action, l.judged(action, item.ID)); err != nil {
			return err
		}
		near, err = l.beside(item)
		return err
	})
	if err != nil {
		return err
	}
	return b.Onto(f, near.in(ctx, d))
}

// A shelf is what stands beside an export: items by the paths under which it would
// name them.
type shelf struct {
	exact map[string]evidence.Item
	lower map[string]string // of a path in small letters; "" where it is that of several
}

func (s shelf) put(name string, i evidence.Item) {
	if _, there := s.exact[name]; there {
		return // of two with one name, the first is meant
	}
	s.exact[name] = i
	low := strings.ToLower(name)
	if _, there := s.lower[low]; there {
		s.lower[low] = ""
		return
	}
	s.lower[low] = name
}

// find finds an item by a path that an export names: exactly, or where there is one
// alone whose letters differ in their case.
func (s shelf) find(name string) (evidence.Item, bool) {
	i, ok := s.exact[name]
	if !ok {
		i, ok = s.exact[s.lower[strings.ToLower(name)]]
	}
	return i, ok
}

// in is the shelf as package bundle asks it. A digest that is on record is not
// reckoned again.
func (s shelf) in(ctx context.Context, d *evidence.Desk) bundle.Near {
	return func(name string, by crypto.Hash) (sum []byte, there bool, err error) {
		i, there := s.find(name)
		switch {
		case !there || by == 0:
			return nil, there, nil
		case by == crypto.SHA256:
			sum, err = hex.DecodeString(i.SHA256)
			return sum, true, err
		}
		w := by.New()
		err = d.Copy(ctx, w, i)
		return w.Sum(nil), true, err
	}
}

// folder is where an export stood, with the slash at its end, or nothing.
func folder(export evidence.Item) string {
	if dir := path.Dir(filepath.ToSlash(export.Path)); dir != "." {
		return strings.TrimSuffix(dir, "/") + "/"
	}
	return ""
}

// beside returns what stands beside an export: what came in with it, of that which who
// may read or took in, and what was or is just taken in because the export names it. Of
// what was sent without folders, the names alone are known.
func (l *look) beside(export evidence.Item, just ...evidence.Taken) (shelf, error) {
	s, dir := shelf{map[string]evidence.Item{}, map[string]string{}}, folder(export)
	put := func(i evidence.Item) {
		if i.ID == export.ID || i.Erased || i.By != l.who.Person && !l.may(access.EvidenceRead, l.item(i)) {
			return
		}
		name := cmpOr(filepath.ToSlash(i.Path), i.Name)
		if rest, under := strings.CutPrefix(name, dir); under {
			s.put(rest, i)
		}
	}
	if err := evidence.Each(l.View, evidence.Filter{Intake: export.Intake}, func(i evidence.Item) error { put(i); return nil }); err != nil {
		return s, err
	}
	named, err := evidence.DescribedBy(l.View, export.ID)
	for _, t := range just {
		named = append(named, t.ID)
	}
	for _, id := range named {
		i, err := evidence.Get(l.View, id)
		if err != nil {
			return s, err
		}
		put(i)
	}
	return s, err
}

// unpacking is the taking in of the records of one export.
type unpacking struct {
	h    *Heed
	who  Who
	in   UnpackInput
	desk *evidence.Desk
	item evidence.Item
	b    *bundle.Bundle
	out  *Unpacked
}

// saying is a record and an item that it speaks of.
type saying struct {
	item   string
	record *bundle.Item
}

func (u *unpacking) run(ctx context.Context) error {
	if len(u.b.Parts) > 0 {
		return u.parts(ctx)
	}
	near, err := u.near(ctx)
	if err != nil {
		return err
	}
	if u.in.Files != nil {
		if err := u.takeFiles(ctx, near); err != nil {
			return err
		}
		if near, err = u.near(ctx); err != nil {
			return err
		}
	}
	all, err := u.sayings(near.in(ctx, u.desk), near)
	if err != nil {
		return err
	}
	return u.describe(ctx, all)
}

func (u *unpacking) near(ctx context.Context) (s shelf, err error) {
	err = u.h.see(ctx, u.who, func(l *look) error {
		if err := l.needItem(access.EvidenceOpen, u.item); err != nil {
			return err
		}
		s, err = l.beside(u.item, u.out.Items...)
		return err
	})
	return s, err
}

// sayings pairs the records with the items that they speak of.
func (u *unpacking) sayings(near bundle.Near, s shelf) (out []saying, err error) {
	for n := range u.b.Items {
		i := &u.b.Items[n]
		if len(i.Files) == 0 {
			u.out.NoFile++
		}
		for _, name := range i.Files {
			there, fits, err := i.Fits(name, near)
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s: %w", name, err)
			case !there:
				u.out.Missing = noted(u.out.Missing, name)
			case !fits:
				u.out.Different = noted(u.out.Different, name)
			default:
				item, _ := s.find(name)
				out = append(out, saying{item.ID, i})
			}
		}
	}
	return out, nil
}

// noted adds a name once, up to a number that nobody reads through.
func noted(list []string, name string) []string {
	if len(list) >= 10000 || slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// describe seals what the records say with the items that they speak of.
func (u *unpacking) describe(ctx context.Context, all []saying) error {
	for part := range slices.Chunk(all, 500) {
		described, before, withheld := 0, 0, 0
		err := u.h.do(ctx, u.who, func(a *act) error {
			described, before, withheld = 0, 0, 0
			for _, s := range part {
				i, err := evidence.Head(a.View, s.item)
				if err != nil {
					return err
				}
				if a.needItem(access.EvidenceChange, i) != nil {
					withheld++
					continue
				}
				e, err := evidence.Describe(a.tx, s.item, evidence.Described{Kind: u.b.Kind, By: u.item.ID, Line: s.record.Line, Facts: s.record.Facts()})
				if err != nil {
					return err
				}
				if e == nil {
					before++
					continue
				}
				described++
			}
			return nil
		})
		if err != nil {
			return err
		}
		u.out.Described, u.out.Before, u.out.Withheld = u.out.Described+described, u.out.Before+before, u.out.Withheld+withheld
	}
	return nil
}

// takeFiles takes in the files that the export names and that are no items yet.
// Their paths lead nowhere out of where they are looked for; one that has another
// digest than is stated is not taken.
func (u *unpacking) takeFiles(ctx context.Context, near shelf) error {
	var sources []evidence.Source
	seen := map[string]bool{}
	for n := range u.b.Items {
		i := &u.b.Items[n]
		for _, name := range i.Files {
			if _, there := near.find(name); there || seen[name] {
				continue
			}
			seen[name] = true
			info, err := fs.Stat(u.in.Files, name)
			if err != nil || !info.Mode().IsRegular() {
				continue // it is counted as missing
			}
			_, fits, err := i.Fits(name, u.onDisk)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if !fits {
				u.out.Different = noted(u.out.Different, name)
				continue
			}
			sources = append(sources, evidence.Source{Name: path.Base(name), Path: folder(u.item) + name, Size: info.Size(), Modified: info.ModTime().UTC(),
				Note: "named by " + u.item.ID, Open: func() (io.ReadCloser, error) { return u.in.Files.Open(name) }})
		}
	}
	return u.take(ctx, sources)
}

func (u *unpacking) onDisk(name string, by crypto.Hash) ([]byte, bool, error) {
	if by == 0 {
		return nil, true, nil
	}
	f, err := u.in.Files.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	w := by.New()
	_, err = io.Copy(w, f)
	return w.Sum(nil), true, err
}

// take takes files in under the marking of the export and what that belongs to.
func (u *unpacking) take(ctx context.Context, sources []evidence.Source) error {
	if len(sources) == 0 {
		return nil
	}
	taken, err := u.h.AddEvidence(ctx, u.who, EvidenceInput{Authority: "Named by the export " + u.item.ID + "; taken in for: " + u.who.Purpose, Marking: u.item.Marking, Via: "unpacked", Links: u.item.Links}, sources, nil)
	u.out.EvidenceTaken = taken
	return err
}

// parts takes what is inside a message or a mailbox in, as copies derived from it.
func (u *unpacking) parts(ctx context.Context) error {
	have := map[string]string{}
	err := u.h.see(ctx, u.who, func(l *look) error {
		if err := l.needItem(access.EvidenceOpen, u.item); err != nil {
			return err
		}
		all, err := evidence.Derived(l.View, u.item.ID)
		for _, i := range all {
			if !i.Erased && i.How == "extract" {
				have[i.SHA256] = i.ID
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var sources []evidence.Source
	sums := make([]string, len(u.b.Parts))
	for n, p := range u.b.Parts {
		sum := sha256.Sum256(p.Data)
		sums[n] = hex.EncodeToString(sum[:])
		if _, there := have[sums[n]]; there {
			continue
		}
		have[sums[n]] = ""
		sources = append(sources, evidence.Source{Name: p.Name, Type: p.Type, Size: int64(len(p.Data)), From: u.item.ID, How: "extract", Tool: "heed evidence unpack", Note: "out of " + u.item.ID,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.Data)), nil }})
	}
	if err := u.take(ctx, sources); err != nil {
		return err
	}
	for _, t := range u.out.Items {
		have[t.SHA256] = t.ID
	}
	var all []saying
	for n, p := range u.b.Parts {
		if at := slices.IndexFunc(u.b.Items, func(i bundle.Item) bool { return i.Line == p.Line }); at >= 0 && have[sums[n]] != "" {
			all = append(all, saying{have[sums[n]], &u.b.Items[at]})
		}
	}
	return u.describe(ctx, all)
}

// exported completes a view with what exports say of an item, what an export says
// something of, and whether its records can be taken in.
func (l *look) exported(x *ItemView, mayOpen bool) error {
	x.Described, x.Names = []evidence.Described{}, []string{}
	x.MayUnpack = x.Finding != nil && bundle.Known(x.Finding.Kind) && mayOpen && l.may(access.EvidenceAdd, l.node())
	if !mayOpen {
		return nil
	}
	all, err := evidence.DescribedAs(l.View, x.ID)
	if err != nil {
		return err
	}
	for _, d := range all {
		if i, err := evidence.Head(l.View, d.By); err != nil || !l.may(access.EvidenceRead, l.item(i)) {
			d.By = "" // what may not be read is not named
		}
		x.Described = append(x.Described, d)
	}
	named, err := evidence.DescribedBy(l.View, x.ID)
	for _, id := range named {
		if i, err := evidence.Head(l.View, id); err == nil && l.may(access.EvidenceRead, l.item(i)) && len(x.Names) < 1000 {
			x.Names = append(x.Names, id)
		}
	}
	return err
}
