package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/heed-project/heed/custody"
)

// The names of the files of a time proof, in their order: times/1/about.
const (
	aboutName  = "about"
	listName   = "list"
	stampsName = "stamps.jsonl"
)

// maxTimes is the most time proofs of a bundle, maxStamps that of stamps in one.
const (
	maxTimes  = 100_000
	maxStamps = 1000
)

func timeName(k int, name string) string { return fmt.Sprintf("times/%d/%s", k, name) }

// A Time shows when the items of one intake of a custodian were there. What was
// stamped is a list with a line for each of them: the digest under which the log
// holds the sealed part of the entry by which the item was taken in, and its id.
type Time struct {
	Node   string // the custodian's log
	Intake string // its id there
	List   []byte
	Stamps []Stamp
}

// The kinds of stamps.
const (
	RFC3161        = "rfc3161"
	OpenTimestamps = "opentimestamps"
)

// A Stamp is what a time authority, or a calendar, gave.
type Stamp struct {
	Kind      string `json:"kind"`
	Authority string `json:"authority"`        // its address, as the custodian names it
	Renews    int    `json:"renews,omitempty"` // the place, from 1, of the stamp whose token it is about; 0: about the list
	Token     []byte `json:"-"`                // in a file of its own
}

type timeAbout struct {
	Node   string `json:"node"`
	Intake string `json:"intake"`
}

// files are the files of a time proof.
func (t Time) files(k int) (out []file, err error) {
	about, err := custody.Line(timeAbout{t.Node, t.Intake})
	if err != nil {
		return nil, err
	}
	var stamps []byte
	for _, s := range t.Stamps {
		line, err := custody.Line(s)
		if err != nil {
			return nil, err
		}
		stamps = append(stamps, line...)
	}
	out = []file{{timeName(k, aboutName), about}, {timeName(k, listName), t.List}, {timeName(k, stampsName), stamps}}
	for n, s := range t.Stamps {
		out = append(out, file{timeName(k, s.tokenName(n)), s.Token})
	}
	return out, nil
}

// tokenName is the name of the file that holds a token, by its place from 0.
func (s Stamp) tokenName(n int) string {
	if s.Kind == OpenTimestamps {
		return fmt.Sprintf("%d.ots", n+1)
	}
	return fmt.Sprintf("%d.tst", n+1)
}

func parseAbout(b []byte) (a timeAbout, err error) {
	err = custody.ReadLine(b, &a, func() ([]byte, error) { return custody.Line(a) })
	return a, err
}

func parseStamps(b []byte) (all []Stamp, err error) {
	err = custody.EachLine(b, func(text []byte) error {
		var s Stamp
		if err := custody.ReadLine(text, &s, func() ([]byte, error) { return custody.Line(s) }); err != nil {
			return fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

// time reads a time proof.
func (m *reader) time(k int) (t Time, err error) {
	about, err := parsed(m, timeName(k, aboutName), parseAbout)
	if err != nil {
		return t, err
	}
	t.Node, t.Intake = about.Node, about.Intake
	if t.List, err = m.required(timeName(k, listName)); err != nil {
		return t, err
	}
	if t.Stamps, err = parsed(m, timeName(k, stampsName), parseStamps); err != nil {
		return t, err
	}
	for n, s := range t.Stamps {
		if t.Stamps[n].Token, err = m.required(timeName(k, s.tokenName(n))); err != nil {
			return t, err
		}
	}
	return t, nil
}

// Lines reads the list: by the id of an item, the digest of what the log holds.
func (t Time) Lines() (map[string][]byte, error) {
	out := map[string][]byte{}
	err := custody.EachLine(t.List, func(line []byte) error {
		digest, id, _ := strings.Cut(string(line[:len(line)-1]), "  ")
		sum, err := hex.DecodeString(digest)
		switch {
		case err != nil || len(sum) != sha256.Size || hex.EncodeToString(sum) != digest || id == "" || plain(id) != id:
			return fmt.Errorf("line %d is not a digest in hex, two spaces and an id", len(out)+1)
		case out[id] != nil:
			return fmt.Errorf("%s stands twice", id)
		}
		out[id] = sum
		return nil
	})
	return out, err
}

// About is what the stamp in a place, from 0, is about.
func (t Time) About(n int) []byte {
	if of := t.Stamps[n].Renews; of > 0 {
		return t.Stamps[of-1].Token
	}
	return t.List
}

// check holds that the stamps can be what they are said to be.
func (t Time) check() error {
	if len(t.Stamps) == 0 || len(t.Stamps) > maxStamps {
		return fmt.Errorf("it holds %d stamps, must have 1 to %d", len(t.Stamps), maxStamps)
	}
	for n, s := range t.Stamps {
		switch {
		case s.Kind != RFC3161 && s.Kind != OpenTimestamps:
			return fmt.Errorf("stamp %d is of a kind that is not known here: %.40q", n+1, s.Kind)
		case len(s.Token) == 0:
			return fmt.Errorf("stamp %d has no token", n+1)
		case s.Renews < 0 || s.Renews > n:
			return fmt.Errorf("stamp %d renews stamp %d, which is not before it", n+1, s.Renews)
		}
		for m, before := range t.Stamps[:n] {
			if bytes.Equal(before.Token, s.Token) {
				return fmt.Errorf("stamp %d is stamp %d once more", n+1, m+1)
			}
		}
	}
	return nil
}

// times holds that each time proof is about items of the bundle, as the log of
// their custodian has them, and asks what its stamps state.
func (v *verifier) times() error {
	type item struct{ node, id string }
	had := map[item]bool{}
	for _, i := range v.report.Items {
		for _, s := range i.Custody {
			had[item{s.Node, s.ID}] = true
		}
	}
	type whole struct {
		timeAbout
		list [sha256.Size]byte
	}
	stamped, seen := map[item]bool{}, map[whole]bool{}
	for k, t := range v.report.Times {
		fail := func(err error) error { return fmt.Errorf("time proof %d: %w", k+1, err) }
		if about := (whole{timeAbout{t.Node, t.Intake}, sha256.Sum256(t.List)}); seen[about] {
			return fail(fmt.Errorf("%s of %s is there twice", plain(t.Intake), plain(t.Node)))
		} else if seen[about] = true; t.Intake == "" {
			return fail(errors.New("it names no intake"))
		}
		if _, err := v.log(t.Node); err != nil {
			return fail(err)
		}
		if err := t.check(); err != nil {
			return fail(err)
		}
		lines, err := t.Lines()
		if err != nil {
			return fail(fmt.Errorf("%s: %w", listName, err))
		}
		found := false
		for id, sum := range lines {
			if at := (item{t.Node, id}); had[at] {
				if found, stamped[at] = true, true; !bytes.Equal(v.taken[[2]string{t.Node, id}], sum) {
					return fail(fmt.Errorf("its list has another digest of %s than the log of %s", id, t.Node))
				}
			}
		}
		if !found {
			return fail(errors.New("it is about no item of the bundle"))
		}
		if err := v.stated(t); err != nil {
			return fail(err)
		}
	}
	v.report.Stamped = len(stamped)
	return nil
}

// stated asks what each stamp states, if the verifier can.
func (v *verifier) stated(t Time) error {
	for n, s := range t.Stamps {
		check := v.opts.Time[s.Kind]
		if check == nil {
			continue
		}
		said, err := check(s.Token, t.About(n))
		if err != nil {
			return fmt.Errorf("stamp %d of %s: %w", n+1, plain(s.Authority), err)
		}
		v.report.Stated = append(v.report.Stated, plain(t.Intake)+" of "+plain(t.Node)+": "+plain(said))
	}
	return nil
}
