// Package decision keeps decisions on a warning: what is known, the options
// weighed, what the affected communities asked or why they were not asked, the
// choice, its reasons, and who dissented, under the signature of a senior owner.
//
// The input of the affected communities is a gate: a decision cites it or says
// why there is none. A draft can be replaced; a signed decision is never
// edited, it is superseded by another. A signature is the signer's passkey over
// the digest of the decision where they have one, which anyone can check
// later; otherwise their signed-in word, and the record says which.
//
//	id, err := decision.Draft(tx, decision.Input{Warning: "W-1", Choice: …, Reason: …, Community: …})
//	err = decision.Sign(tx, id, decision.Signature{By: "P-4", Kind: decision.BySession})
//
// Everything said is sealed under the decision's own data key.
package decision

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a decision.
const (
	Drafted    = "draft"
	Signed     = "signed"
	Superseded = "superseded"
)

// How a signature was given.
const (
	ByPasskey = "passkey" // a WebAuthn assertion over the decision's digest
	BySession = "session" // the signed-in person's word, without a key of theirs
)

// An Option is one thing that could be done.
type Option struct {
	Name    string `json:"name"`
	For     string `json:"for,omitempty"`
	Against string `json:"against,omitempty"`
	Chosen  bool   `json:"chosen,omitempty"`
}

// Input is what a decision says.
type Input struct {
	Warning     string   `json:"-"`
	Situation   string   `json:"-"`
	Marking     string   `json:"-"`
	Supersedes  string   `json:"-"`
	Known       string   `json:"known,omitempty"`
	Options     []Option `json:"options,omitempty"`
	Choice      string   `json:"choice"`
	Reason      string   `json:"reason"`
	Community   string   `json:"community,omitempty"`    // what the affected communities ask
	NoCommunity string   `json:"no_community,omitempty"` // or why they were not asked
	// Salt is random, given by [Draft] and sealed with the words: without it
	// nobody can hold a guess at them against the digest, which is open.
	Salt string `json:"salt,omitempty"`
}

// A Decision is what the tables say of one.
type Decision struct {
	ID, Warning, Situation, State, Marking string
	DraftedBy, SignedBy, Kind, Credential  string
	Drafted, Signed                        time.Time // Signed is zero for a draft
	Supersedes, SupersededBy               string
	Dissents                               int
	Consulted                              bool // the communities' input is cited
	Entry, SigningEntry                    int64
	Digest                                 []byte // what a passkey signs
}

// drafted is the open part of decision.drafted.
type drafted struct {
	ID         string `json:"id"`
	Warning    string `json:"warning"`
	Situation  string `json:"situation"`
	Supersedes string `json:"supersedes,omitempty"`
	Consulted  bool   `json:"consulted"`
	// Digest is SHA-256 over "heed-decision/v1\n", the id, a line end, and the
	// JSON of the sealed part with its salt: what the signer's key signs.
	Digest []byte `json:"digest"`
}

// Draft writes a decision down for its signer.
func Draft(tx *record.Tx, in Input) (Decision, error) {
	if err := in.check(); err != nil {
		return Decision{}, err
	}
	subjects := []string{"", in.Warning, in.Situation}
	if in.Supersedes != "" {
		old, err := Get(tx.View, in.Supersedes)
		if err != nil {
			return Decision{}, err
		}
		if old.State != Signed || old.Warning != in.Warning {
			return Decision{}, fault.Stale("%s is %s, on %s: only a signed decision on the same warning is superseded", old.ID, old.State, old.Warning)
		}
		subjects = append(subjects, in.Supersedes)
	}
	id, err := tx.NextID("DEC")
	if err != nil {
		return Decision{}, err
	}
	subjects[0] = id
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return Decision{}, fmt.Errorf("salt of %s: %w", id, err)
	}
	in.Salt = hex.EncodeToString(salt)
	digest, err := Digest(id, in)
	if err != nil {
		return Decision{}, err
	}
	_, err = tx.Append(record.Draft{Kind: "decision.drafted", Subjects: subjects, Marking: in.Marking,
		Open:   drafted{id, in.Warning, in.Situation, in.Supersedes, in.Community != "", digest},
		Sealed: in})
	if err != nil {
		return Decision{}, err
	}
	return Get(tx.View, id)
}

// Digest is what the signer of a decision puts a key to: SHA-256 over
// "heed-decision/v1\n", the id, a line end, and the JSON of the sealed part. The
// salt in that part goes with the words when they are erased, so that the
// digest, which stays, then confirms no guess.
func Digest(id string, in Input) ([]byte, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte("heed-decision/v1\n"+id+"\n"), b...))
	return sum[:], nil
}

func (in *Input) check() error {
	for _, s := range []*string{&in.Known, &in.Choice, &in.Reason, &in.Community, &in.NoCommunity} {
		*s = strings.TrimSpace(*s)
		if len(*s) > 50000 {
			return fault.Invalid("choice", "a text has %d bytes, must have at most 50,000", len(*s))
		}
	}
	if in.Marking == "" {
		in.Marking = "AMBER"
	}
	chosen := 0
	for i, o := range in.Options {
		if strings.TrimSpace(o.Name) == "" {
			return fault.Invalid("options", "option %d has no name", i+1)
		}
		if o.Chosen {
			chosen++
		}
	}
	switch {
	case in.Warning == "":
		return fault.Invalid("warning", "say on which warning this decides")
	case in.Choice == "":
		return fault.Invalid("choice", "say what is decided; to do nothing is a decision too")
	case in.Reason == "":
		return fault.Invalid("reason", "give the reason for the choice")
	case in.Community == "" && in.NoCommunity == "":
		return fault.WithHint(fault.Invalid("community", "cite what the affected communities ask, or say why there is no input"),
			"this is a gate: a decision is not written down without one of the two")
	case in.Community != "" && in.NoCommunity != "":
		return fault.Invalid("no_community", "there is input of the affected communities: then there is no reason for its absence")
	case chosen > 1:
		return fault.Invalid("options", "%d options are marked as chosen, at most one can be", chosen)
	}
	return nil
}

// A Signature is a senior owner's.
type Signature struct {
	By         string
	Kind       string // ByPasskey or BySession
	Credential string // id of the passkey
	Assertion  []byte // the WebAuthn response, as the browser gave it
}

type signed struct {
	Decision   string `json:"decision"`
	Kind       string `json:"kind"`
	Credential string `json:"credential,omitempty"`
	Assertion  []byte `json:"assertion,omitempty"`
	Digest     []byte `json:"digest"`
}

// Sign puts a signature to a draft. Whether the signer may, and whether a
// passkey's assertion is over the digest, is decided above.
func Sign(tx *record.Tx, id string, s Signature) (record.Entry, error) {
	d, err := Get(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if d.State != Drafted {
		return record.Entry{}, fault.Stale("%s is %s already", id, d.State)
	}
	if s.Kind != ByPasskey && s.Kind != BySession || (s.Kind == ByPasskey) != (len(s.Assertion) > 0) {
		return record.Entry{}, fmt.Errorf("decision: a signature by %q with an assertion of %d bytes", s.Kind, len(s.Assertion))
	}
	subjects := []string{id, d.Warning, d.Situation}
	if d.Supersedes != "" {
		old, err := Get(tx.View, d.Supersedes)
		if err != nil {
			return record.Entry{}, err
		}
		if old.State != Signed {
			return record.Entry{}, fault.Stale("%s was superseded by another decision since this was drafted", old.ID)
		}
		subjects = append(subjects, d.Supersedes)
	}
	return tx.Append(record.Draft{Kind: "decision.signed", Subjects: subjects, Marking: d.Marking,
		Open: signed{id, s.Kind, s.Credential, s.Assertion, d.Digest}})
}

type dissent struct {
	Decision string `json:"decision"`
}

type said struct {
	Text string `json:"text"`
}

// Dissent records that somebody disagrees, and why. It can be said of a draft
// and of a signed decision, and it stays.
func Dissent(tx *record.Tx, id, text string) error {
	d, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if text = strings.TrimSpace(text); text == "" {
		return fault.Invalid("text", "say with what you disagree, and why")
	}
	_, err = tx.Append(record.Draft{Kind: "decision.dissented", Subjects: []string{id, d.Warning, d.Situation}, Marking: d.Marking,
		Open: dissent{id}, Sealed: said{text}})
	return err
}

// Read returns what a decision says.
func Read(v *record.View, d Decision) (Input, error) {
	var in Input
	err := v.Unseal(d.Entry, &in)
	return in, err
}

// ReadDissent returns the words of a dissent.
func ReadDissent(v *record.View, d Dissenter) (string, error) {
	var s said
	err := v.Unseal(d.Entry, &s)
	return s.Text, err
}

// Module returns the decisions' share of the record.
func Module() record.Module {
	return record.Module{Name: "decision", Schema: schema, Tables: []string{"decision", "dissent"}, Kinds: []record.Kind{
		{Name: "decision.drafted", Apply: applyDrafted},
		{Name: "decision.signed", Apply: applySigned},
		{Name: "decision.dissented", Apply: applyDissented},
	}}
}
