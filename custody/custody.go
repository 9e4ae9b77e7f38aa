// Package custody makes and checks what leaves a node as proof, so that
// whoever receives it can rely on it alone, offline, with tools of their own.
//
// Today that is the pack "who knew what, when, and what they did": one zip
// file with entries of the record, the proof of each that the log holds it,
// the signed checkpoint with the cosignatures of witnesses, what was disclosed
// of the entries' bodies, and a page to print. The form is normative in
// docs/spec/pack.md.
//
// What VerifyPack promises when it returns no error:
//   - every entry is in the log, at the index said, under the one checkpoint;
//   - the log's key signed the checkpoint, and each witness named cosigned it;
//   - entry 0 bound the entry key to the log, and that key signed every entry
//     and the manifest;
//   - every disclosed body is, byte for byte, the one whose salted digest the
//     entry holds; what is sealed stays sealed;
//   - entries stand in order and no time goes back;
//   - every byte of the file is accounted for: with any one changed, added or
//     taken away it would have been refused.
//
// What it does not promise: that the entries are all there are about the
// subject, that what people wrote in them is true, or that the page tells the
// entries rightly. For the page the holder of the entry key answers. And the
// log's key is only as good as where the verifier has it from: pin it with
// Options.LogKey. A history rewritten by the holder of both keys is found out
// by witnesses alone: name them in Options.Witnesses.
//
// Sources: RFC 6962; C2SP signed-note, tlog-proof; PKWARE APPNOTE 4.3 for the
// zip, of which one form only is allowed.
//
//	report, err := custody.VerifyPack(file, size, custody.Options{LogKey: key})
//	if err != nil { … } // names the first thing that fails
package custody

import (
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// MaxPack is the largest pack in bytes that is written or read.
const MaxPack = 512 << 20

// SaltSize is the length of a body's salt in bytes.
const SaltSize = 16

// A Pack is what WritePack writes.
type Pack struct {
	Subject    string      // what the pack is about, such as "W-3"
	Made       time.Time   // when it was made
	By         string      // the id of the person who had it made
	LogKey     string      // the log's verifier key
	Witnesses  []string    // verifier keys of the witnesses whose cosignatures the checkpoint carries
	Checkpoint []byte      // the signed checkpoint that all proofs are under
	Entries    []Entry     // in order of index; the first is entry 0
	Page       []byte      // the page to print, HTML
	Signer     note.Signer // the node's entry key
}

// An Entry is one entry in a pack.
type Entry struct {
	Index  int64
	Leaf   []byte        // exactly as in the log
	Proof  []ledger.Hash // inclusion proof under the pack's checkpoint
	Open   *Body         // the open part; entry 0 must have it
	Sealed *Body         // the sealed part, if it may be disclosed
}

// A Body is a disclosed part of an entry: the leaf's header holds
// SHA-256(Salt || Bytes).
type Body struct {
	Salt  []byte // SaltSize bytes
	Bytes []byte // JSON
}

// Options say what the verifier knows beforehand. The zero Options trust the
// log key that the pack brings.
type Options struct {
	LogKey    string   // the log's verifier key, if known from elsewhere
	Witnesses []string // verifier keys of witnesses, each of which must have cosigned
}

// A Report says what a pack that verified holds.
type Report struct {
	Subject   string
	Made      time.Time
	By        string
	Node      string // the log's name
	LogKey    string
	Pinned    bool // LogKey is the one that Options named
	Exercise  bool // the log is a rehearsal: nothing in it is about the real world
	Size      int64
	Witnesses []Witness
	Entries   []Summary
	Page      []byte
}

// A Witness cosigned the pack's checkpoint.
type Witness struct {
	Key    string    // verifier key
	At     time.Time // when it cosigned
	Pinned bool      // the key is one that Options named; else it came with the pack
}

// A Summary is what an entry's header says, and which parts are disclosed.
type Summary struct {
	Index     int64
	Time      time.Time
	Kind      string
	Actor     string
	Subjects  []string
	Marking   string
	Open      []byte // the open part, or nil
	HasSealed bool   // the entry was made with a sealed part
	Sealed    []byte // the sealed part, or nil where it stays sealed
}
