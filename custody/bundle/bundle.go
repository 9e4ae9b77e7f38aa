// Package bundle is evidence as it leaves a node: the items, what was permitted
// about them, their chains of custody with the proofs that the log of each
// custodian holds them, and what was signed when they went from hand to hand.
// A court checks it alone and offline; a successor takes it in and goes on
// where the sender ended.
//
// A bundle is a tar file of one form, or the folder that tar makes of it. The
// form is normative in docs/spec/custody.md. What Verify promises when it
// returns no error:
//   - every entry is in the log of its custodian, under a checkpoint that the
//     log's key signed, and the key that entry 0 names signed the entry;
//   - each item's chain of custody is, entry by entry and custodian by
//     custodian, the one whose head was signed: none is left out, added,
//     exchanged or moved;
//   - each change of hands was offered by the one and receipted by the other,
//     under the keys by which they sign their logs, for this item and no other;
//   - the bytes of each item that lies open have its SHA-256; those of one
//     that is sealed are those that the sender sealed, and with the receiver's
//     key they are compared too;
//   - a list that was time-stamped is of items of the bundle, as the log of their
//     custodian has them; its stamps hold, if Options can check them;
//   - every byte of the file is accounted for.
//
// What it does not promise: that entries tell the truth, that an item has no
// history outside the logs, or that a custodian signed one history only: that
// witnesses show, see package custody. A log's key is only as good as where
// the verifier has it from.
//
//	report, err := bundle.VerifyFile(os.DirFS(dir), name, bundle.Options{})
//	if err != nil { … } // names the first thing that fails
package bundle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// A Log is what a bundle holds of one custodian's log.
type Log struct {
	Key        string // the log's verifier key
	Checkpoint []byte
	Witnesses  []string // keys of those that cosigned the checkpoint
	Entries    []Entry  // in order of index; the first is entry 0
	Proof      []ledger.Hash
}

// An Entry is one entry of a log. Of entry 0 the open part is there. The entry by
// which an item came in says of which bytes it is, in the open part or in the
// sealed one, which may be in a file for the receiver.
type Entry struct {
	Index  int64
	Leaf   []byte
	Open   *custody.Body
	Sealed *custody.Body
}

// A Handover is an earlier change of hands of some of the items: the lines that
// the items had in that offer, with the proof that they were in it, and what
// both sides signed.
type Handover struct {
	Offer    []byte
	Receipt  []byte
	Refusals []byte
	Items    []handover.Item
	Proof    []ledger.Hash
}

// Contents is all of a bundle but the bytes of its items.
type Contents struct {
	Items     []handover.Item
	Consents  []consent.Permission
	Logs      []Log // the sender's own first
	Handovers []Handover
	Times     []Time // when items were there, by intake
	Offer     []byte // to whom it is handed over; nil in a copy for a court
	Receipt   []byte // what the receiver answered, if they have
	Refusals  []byte
	Sealed    []byte // an age file for the receiver with what stays sealed to others, or nil
	Page      []byte // to print, or nil
}

// A Bundle is what Write writes.
type Bundle struct {
	Contents
	Made   time.Time
	By     string      // the id of the person who had it made
	Signer note.Signer // the sender's entry key
	// Payload opens the bytes of an item as they are to lie in the bundle, and
	// says how many they are.
	Payload func(handover.Item) (io.ReadCloser, int64, error)
}

// Options say what the verifier knows beforehand; see custody.Options.
type Options struct {
	custody.Options
	// Custodians are verifier keys of custodians' logs, if known from elsewhere:
	// that of the sender, or of those before. Each must be in the bundle, under
	// that key.
	Custodians []string
	// Open decrypts an item that is sealed for the verifier. If it is nil,
	// sealed items are compared with the listing alone.
	Open func(io.Reader) (io.Reader, error)
	// Each, if not nil, is told of each item whose bytes are in the bundle, with
	// what is wrong with them, or nil. Then a damaged item does not end the
	// verification: a receiver may take the others. An error that it returns
	// does.
	Each func(item handover.Item, wrong error) error
	// Time checks a stamp about some bytes and says what it states, by its kind:
	// RFC3161 or OpenTimestamps. Stamps of other kinds are carried and not checked;
	// that the lists which they are about are of the items and logs is held anyway.
	Time map[string]func(token, about []byte) (said string, err error)
}

// A Report says what a bundle that verified holds.
type Report struct {
	Contents
	Made     time.Time
	By       string
	Node     string // the sender's log
	LogKey   string
	Pinned   bool
	Exercise bool
	Size     int64

	Witnesses  []custody.Witness
	Custodians []string    // the names of the logs, the sender's first
	Keys       []Custodian // the same, with their keys
	Events     int
	Bytes      int64           // of all items
	Compared   int             // items whose bytes were hashed
	Closed     int             // items that are sealed and were not opened
	Opened     []Disclosure    // what sealed.age held, if the verifier could open it
	Offered    *handover.Offer // nil in a copy for a court
	Answer     *handover.Answer
	Stamped    int      // items with a time proof, each custodian counted apart
	Stated     []string // what their stamps state, where Options could check them
}

// String returns the report as lines, the first "verified".
func (r Report) String() string {
	var b strings.Builder
	b.WriteString("verified\n")
	if r.Exercise {
		b.WriteString("EXERCISE: this record is a rehearsal\n")
	}
	origin := "brought by the bundle: compare it with the one the node publishes, or give --key"
	if r.Pinned {
		origin = "the one you gave"
	}
	fmt.Fprintf(&b, "evidence    %d items of %d bytes, made %s by %s\n", len(r.Items), r.Bytes, r.Made.Format(time.RFC3339), plain(orNone(r.By, "the node")))
	fmt.Fprintf(&b, "log         %s, %d entries\n", plain(r.Node), r.Size)
	fmt.Fprintf(&b, "log key     %s (%s)\n", plain(r.LogKey), origin)
	pinned := false
	for _, w := range r.Witnesses {
		known := "key brought by the bundle"
		if w.Pinned {
			pinned, known = true, "key you gave"
		}
		fmt.Fprintf(&b, "witness     %s at %s (%s)\n", plain(w.Key), w.At.Format(time.RFC3339), known)
	}
	if !pinned {
		b.WriteString("witness     none that you named: a history rewritten by the holder of the keys would not be noticed\n")
	}
	fmt.Fprintf(&b, "custody     %d entries about the items, by %s\n", r.Events, plain(strings.Join(r.Custodians, ", before it ")))
	for _, c := range r.Keys[min(1, len(r.Keys)):] {
		origin := "key brought by the bundle"
		if c.Pinned {
			origin = "key you gave"
		}
		fmt.Fprintf(&b, "before it   %s (%s)\n", plain(c.LogKey), origin)
	}
	fmt.Fprintf(&b, "bytes       %d items compared, %d sealed for the receiver and not opened, %d not in the bundle\n", r.Compared, r.Closed, len(r.Items)-r.Compared-r.Closed)
	fmt.Fprintf(&b, "permissions %d\n", len(r.Consents))
	if len(r.Times) > 0 && len(r.Stated) == 0 {
		fmt.Fprintf(&b, "time        stamps about %d items are there, for openssl ts -verify or ots verify: times/\n", r.Stamped)
	}
	const most = 20
	for _, said := range r.Stated[:min(len(r.Stated), most)] {
		fmt.Fprintf(&b, "time        %s\n", said)
	}
	if n := len(r.Stated) - most; n > 0 {
		fmt.Fprintf(&b, "time        and %d more, which hold too\n", n)
	}
	switch {
	case r.Offered == nil:
		b.WriteString("hand-over   none: this is a copy\n")
	case r.Answer == nil:
		fmt.Fprintf(&b, "hand-over   offered to %s on %s, not answered in this bundle\n", plain(r.Offered.To), r.Offered.Made.Format(time.RFC3339))
	default:
		fmt.Fprintf(&b, "hand-over   %s by %s on %s: %d items taken, %d refused\n", r.Answer.Outcome, plain(r.Offered.To), r.Answer.Made.Format(time.RFC3339), r.Answer.Taken, r.Answer.Refused)
	}
	return b.String()
}

// List returns one line for each item: place, SHA-256, bytes, and who had it.
func (r Report) List() string {
	var b strings.Builder
	for _, item := range r.Items {
		var had []string
		for _, s := range item.Custody {
			had = append(had, fmt.Sprintf("%s as %s (%d)", plain(s.Node), s.ID, s.Events))
		}
		fmt.Fprintf(&b, "%d %s %d bytes, %s, %s\n", item.N, item.SHA256, item.Bytes, item.Payload, strings.Join(had, ", "))
	}
	return b.String()
}

// plain keeps what could disturb a terminal from it.
func plain(s string) string {
	if len(s) > 500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.500q", s)
	}
	return s
}

func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

// Judge checks a file, whether it is a bundle of evidence or a pack about who
// knew what, and returns the report in words, with its items or entries if
// they are asked for.
func Judge(fsys fs.FS, name string, opts Options, list bool) (said string, err error) {
	var r interface {
		fmt.Stringer
		List() string
	}
	if fsys = expanded(fsys, name); Is(fsys, name) {
		r, err = VerifyFile(fsys, name, opts)
	} else if len(opts.Custodians) > 0 {
		err = errors.New("the key of a custodian is given, and this is no bundle of evidence: a pack is of one log")
	} else {
		r, err = custody.VerifyFile(fsys, name, opts.Options)
	}
	switch {
	case err != nil:
		return "", err
	case list:
		return r.String() + r.List(), nil
	}
	return r.String(), nil
}
