package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Desk takes evidence in and gives it out. It is safe for concurrent use.
type Desk struct {
	rec   *record.Record
	vault *vault.Vault
}

// New returns the desk of a record and a vault.
func New(rec *record.Record, v *vault.Vault) *Desk { return &Desk{rec, v} }

// Vault is where the desk keeps bytes.
func (d *Desk) Vault() *vault.Vault { return d.vault }

// Mark returns the keyed digest by which items with this SHA-256 are found.
func (d *Desk) Mark(sha256 string) string { return d.rec.Keys().Blind("evidence", sha256) }

// IntakeInput begins an intake.
type IntakeInput struct {
	Authority string // under which material is taken; it may be provisional
	Marking   string // "" is AMBER+STRICT
	Via       string // "command", "upload", "watched", "bundle", "hand-over", "peer", "derived"
	Note      string
	Links     []Link // of every item: a mandate, a case, a situation
}

// An Intake is one act of taking in.
type Intake struct {
	ID      string    `json:"id"` // "IN-7"
	Entry   int64     `json:"entry"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Marking string    `json:"marking"`
	Via     string    `json:"via"`
	Ended   time.Time `json:"ended,omitzero"` // zero: going on, or cut short
	Refused int       `json:"refused"`        // files that could not be read
	Under
	links []Link
}

// Under is what is sealed of an intake.
type Under struct {
	Authority string `json:"authority"`
	Note      string `json:"note,omitempty"`
}

const longest = 4000 // letters of an explanation

// said checks an explanation that must be there.
func said(field, text, what string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fault.Invalid(field, "say %s", what)
	}
	return text, short(field, text)
}

func short(field, text string) error {
	if n := utf8.RuneCountInString(text); n > longest || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fault.Invalid(field, "the %s must be plain text of at most %d letters", field, longest)
	}
	return nil
}

// Begin opens an intake. That it is being taken in, and under what authority,
// is on record before a byte is read.
func (d *Desk) Begin(tx *record.Tx, in IntakeInput) (Intake, error) {
	authority, err := said("authority", in.Authority, "under what authority this is taken in; it may be provisional")
	if err != nil {
		return Intake{}, err
	}
	if err := short("note", in.Note); err != nil {
		return Intake{}, err
	}
	if in.Marking == "" {
		in.Marking = "AMBER+STRICT"
	}
	if err := checkMarking(in.Marking); err != nil {
		return Intake{}, err
	}
	for _, l := range in.Links {
		if err := l.check(); err != nil {
			return Intake{}, err
		}
	}
	if in.Via == "" {
		in.Via = "command"
	}
	id, err := tx.NextID("IN")
	if err != nil {
		return Intake{}, err
	}
	out := Intake{ID: id, By: tx.By.Person, At: tx.Now, Marking: in.Marking, Via: in.Via, Under: Under{authority, in.Note}, links: in.Links}
	e, err := tx.Append(record.Draft{Kind: "evidence.intake-begun", Subjects: []string{id}, Marking: in.Marking, Open: begunOpen{id, in.Via, in.Links}, Sealed: out.Under})
	out.Entry = e.Index
	return out, err
}

// IntakesVia returns the intakes that came one way, such as "hand-over", with
// what is sealed of them, the oldest first.
func IntakesVia(v *record.View, via string) ([]Intake, error) {
	all, err := readIntakes(v.Tx, via)
	if err != nil {
		return nil, err
	}
	for n := range all {
		if all[n], err = GetIntake(v, all[n].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// GetIntake returns an intake with what is sealed of it.
func GetIntake(v *record.View, id string) (Intake, error) {
	in, err := readIntake(v.Tx, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return in, fault.NotFound("there is no intake %s", id)
	}
	if err != nil {
		return in, err
	}
	if err := v.Unseal(in.Entry, &in.Under); err != nil && fault.KindOf(err) != fault.KindNotFound {
		return in, err
	}
	return in, nil
}

// A Source is a file to be taken in. Open may be nil where Path is one on this
// machine.
type Source struct {
	Name, Path string
	Modified   time.Time
	Type       string
	Size       int64 // -1 if it is not known
	Open       func() (io.ReadCloser, error)
	From, How  string // of a derived copy
	Tool, Note string
	Holds      []Held // of another custodian, from whom it comes: they are put on with it
	HeldAt     string // that custodian's node
	seq        int
	proves     bool  // it may bring proofs of its own
	erased     int64 // how many erasures were known before it was read, if it is an object of its own
}

// Taken is an item that was acknowledged: it is durable, and so is its entry.
type Taken struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Entry  int64  `json:"entry"`
	Name   string `json:"name,omitempty"`
	SameAs string `json:"same_as,omitempty"` // an earlier item with the same bytes
	seq    int
	dir    string // where it stood: see Sets
	proves bool
}

// Refused is a file that could not be taken in, and why.
type Refused struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

func (s Source) open() (io.ReadCloser, error) {
	if s.Open != nil {
		return s.Open()
	}
	return os.Open(s.Path)
}

// Digest reads a source for its SHA-256, as hex.
func (s Source) Digest() (string, error) {
	f, err := s.open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
}

// check refuses a source that an entry cannot hold.
func (s Source) check() error {
	if s.Name == "" || len(s.Name) > 1024 || len(s.Path) > 4096 || len(s.Type) > 200 || len(s.Tool) > 400 {
		return fault.Invalid("name", "a name has 1 to 1024 bytes, a path at most 4096")
	}
	if strings.ContainsRune(s.Name, 0) {
		return fault.Invalid("name", "the name holds a zero byte")
	}
	return short("note", s.Note)
}

func (l Link) check() error {
	for _, k := range LinkKinds() {
		if l.Kind == k {
			if l.To == "" || len(l.To) > 100 || strings.ContainsAny(l.To, " \t\n") {
				return fault.Invalid(l.Kind, "%q is not the id of a %s", l.To, l.Kind)
			}
			return nil
		}
	}
	return fault.Invalid("kind", "%q is nothing that an item can belong to: %s", l.Kind, strings.Join(LinkKinds(), ", "))
}

// End says that an intake is complete, with how much came in all, in however
// many steps, and how many files could not be read.
func (d *Desk) End(ctx context.Context, by record.By, in Intake, refused int) error {
	return d.rec.Do(ctx, by, func(tx *record.Tx) error {
		items, size, err := countTaken(tx.Tx, in.ID)
		if err != nil {
			return err
		}
		_, err = tx.Append(record.Draft{Kind: "evidence.intake-ended", Subjects: []string{in.ID}, Open: endedOpen{in.ID, items, size, refused}})
		return err
	})
}

// draft words the entry of an item.
func (d *Desk) draft(in Intake, l vault.Listed, s Source) record.Draft {
	open := takenOpen{ID: l.ID, Intake: in.ID, Seq: l.Seq, Bytes: l.Size, Mark: d.Mark(l.SHA256), Object: l.Place.Object, Offset: l.Place.Offset,
		Length: l.Place.Length, Packed: l.Place.Packed, From: s.From, How: s.How, Links: in.links}
	subjects := []string{l.ID}
	if s.From != "" {
		subjects = append(subjects, s.From) // the original's custody shows that a copy was made
	}
	return record.Draft{Kind: "evidence.taken", Subjects: subjects, Marking: in.Marking, Open: open, First: true,
		Sealed: Words{Name: s.Name, Path: s.Path, Modified: s.Modified, Type: s.Type, SHA256: l.SHA256, Tool: s.Tool, Note: s.Note}}
}

// acknowledge appends the entries of a part whose bytes and manifest are
// durable. Those that are the same as, or share an object with, what was erased
// since the part was begun get none: it returns which.
func (d *Desk) acknowledge(ctx context.Context, by record.By, in Intake, m vault.Manifest, sources []Source, began int64) (out []Taken, erased []int, err error) {
	drafts := make([]record.Draft, len(m.Items)) // worded here: in the command everyone would wait for it
	marks, ids := make([]string, len(drafts)), make([]string, len(drafts))
	for i, l := range m.Items {
		drafts[i] = d.draft(in, l, sources[i])
		marks[i], ids[i] = drafts[i].Open.(takenOpen).Mark, l.ID
	}
	err = d.rec.Do(ctx, by, func(tx *record.Tx) error {
		out, erased = make([]Taken, 0, len(drafts)), nil
		row, err := readIntake(tx.Tx, in.ID)
		if err != nil {
			return err
		}
		if !row.Ended.IsZero() { // what is counted and stamped of it is fixed
			return fault.WithHint(fault.Stale("%s ended while this was taken in", in.ID), "take what is left in by another intake")
		}
		now, err := tx.Erasures()
		if err != nil {
			return err
		}
		swept, err := readSwept(tx.Tx, ids)
		if err != nil {
			return err
		}
		first, err := readMarks(tx.Tx, marks)
		if err != nil {
			return err
		}
		like := map[string]bool{} // many items of a part may be the same
		for i, l := range m.Items {
			gone, err := erasedMeanwhile(tx.View, marks[i], l.Place, began != now, !l.Place.Packed && sources[i].erased != now, like)
			if err != nil {
				return err
			}
			if gone || slices.Contains(swept, l.ID) {
				erased = append(erased, i)
				continue
			}
			e, err := tx.Append(drafts[i])
			if err != nil {
				return err
			}
			if err := sources[i].holdOn(tx, l.ID); err != nil {
				return err
			}
			same := first[marks[i]]
			if same == "" {
				first[marks[i]] = l.ID
			}
			out = append(out, Taken{ID: l.ID, SHA256: l.SHA256, Bytes: l.Size, Entry: e.Index, Name: l.Name, SameAs: same, seq: l.Seq, dir: filepath.Dir(l.Path), proves: sources[i].proves})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("record what was kept: %w", err)
	}
	return out, erased, nil
}

// erasedMeanwhile tells whether something with the same bytes was erased, where any
// erasure came since the part was begun; or something in the same object, where one
// came since that was named. Like keeps what it found of a mark.
func erasedMeanwhile(v *record.View, mark string, at vault.Place, begun, named bool, like map[string]bool) (bool, error) {
	if begun {
		gone, known := like[mark]
		if !known {
			err := Each(v, Filter{Mark: mark}, func(i Item) error {
				gone = gone || i.Erased
				return nil
			})
			if err != nil {
				return false, err
			}
			like[mark] = gone
		}
		if gone {
			return true, nil
		}
	}
	if !named {
		return false, nil
	}
	_, gone, err := lying(v, Item{Place: at})
	return len(gone) > 0, err
}

// erasures is how many the record knows of.
func (d *Desk) erasures(ctx context.Context) (n int64, err error) {
	err = d.rec.View(ctx, func(v *record.View) error {
		n, err = v.Erasures()
		return err
	})
	return n, err
}
