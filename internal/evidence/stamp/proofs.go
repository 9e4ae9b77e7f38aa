package stamp

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Proofs show when the items of an intake were there.
type Proofs struct {
	List   []byte   // what the first stamps are about
	Words  []Worded // what opens lines of it: not of what was erased, or may not be read
	Stamps []Stamp  // with their tokens
}

// Worded is what opens the line of an item: SHA-256(salt ‖ words) stands in it.
type Worded struct {
	Item        string // as the list names it
	Here        string // as it is called here, if that is another name
	Salt, Words []byte
}

// SHA256 is that of the item's original bytes, as the words say.
func (w Worded) SHA256() (string, error) {
	var words struct {
		SHA256 string `json:"sha256"`
	}
	err := json.Unmarshal(w.Words, &words)
	if b, wrong := hex.DecodeString(words.SHA256); err == nil && (wrong != nil || len(b) != 32) {
		err = fmt.Errorf("%q is no SHA-256", words.SHA256)
	}
	if err != nil {
		return "", fmt.Errorf("the words of %s: %w", w.Item, err)
	}
	return words.SHA256, nil
}

// A File is one of those in which proofs are given out.
type File struct {
	Name string // with a slash between folder and file
	Data []byte
}

// Files writes proofs for somebody who has no node: the list, the words, the sums of
// the files as they are named here, the tokens, the evidence records, and how all
// of it is checked. Stamps that are [Proofs.Odd] are left out.
func (p Proofs) Files(named func(item string) string) ([]File, error) {
	out := []File{{"check.txt", []byte(howTo)}, {"list", p.List}}
	var sums bytes.Buffer
	seen := map[string]bool{}
	for _, w := range p.Words {
		if sum, err := w.SHA256(); err == nil { // other custodians may word it otherwise
			if name := named(cmp.Or(w.Here, w.Item)); name != "" {
				sums.WriteString(sum + "  " + name + "\n")
			}
		}
		if !seen[w.Item] { // what came twice has one line
			out = append(out, File{"words/" + w.Item, slices.Concat(w.Salt, w.Words)})
		}
		seen[w.Item] = true
	}
	out = append(out, File{"sums", sums.Bytes()})
	odd := p.Odd()
	for _, s := range p.Stamps {
		if slices.Contains(odd, s.Entry) {
			continue
		}
		if s.Kind == OpenTimestamps {
			out = append(out, File{fmt.Sprintf("%d.ots", s.Entry), s.Token})
			continue
		}
		out = append(out, File{fmt.Sprintf("%d.tst", s.Entry), s.Token})
		if s.Renews == 0 {
			chain, err := Chain(p.Stamps, s.Entry)
			if err != nil {
				return nil, err
			}
			out = append(out, File{fmt.Sprintf("%d.ers", s.Entry), chain})
		}
	}
	return out, nil
}

// Odd returns the entries of stamps that are not about the list, or renew one that is
// not: they prove nothing of it and are not given out.
func (p Proofs) Odd() (entries []int64) {
	digest := Due{Text: p.List}.Digest()
	for _, s := range p.Stamps {
		if s.Renews == 0 && s.Digest != hex.EncodeToString(digest[:]) || s.Renews > 0 && slices.Contains(entries, s.Renews) {
			entries = append(entries, s.Entry)
		}
	}
	return entries
}

const howTo = `How to check, with tools that everybody has, when these files were there.
Each step is done in this folder.

1. The list names what was taken in, with a digest of what the record says of it.
   The folder words holds what the record says: 16 random bytes, then a name, where
   the file lay, and its SHA-256. Where something was erased, or does not go along, a
   line of the list stays closed; it keeps no other from being checked.

     (cd words && sha256sum -c --ignore-missing ../list)

2. The files are those that the words mean. The file sums holds the SHA-256 of each:

     for f in words/*; do
       s=$(grep -ao '"sha256":"[0-9a-f]\{64\}"' "$f" | cut -d'"' -f4)
       grep -q "^$s  " sums && echo "$f: OK" || echo "$f: FAILED"
     done
     sha256sum -c sums

3. The list was there at the time that a token states. authority.pem is the
   certificate of whom you believe; NUMBER is that of a file here:

     openssl ts -verify -data list -in NUMBER.tst -token_in -CAfile authority.pem
     openssl ts -reply -in NUMBER.tst -token_in -text

   A token that is not about the list renews another: give that one after -data. It
   carries on the time of the other only if it was made before the certificate of the
   other ended; else the list is shown to have been there from its own time on.
   NUMBER.ers holds a token and what renews it as an evidence record (RFC 4998).
   NUMBER.ots is a proof of OpenTimestamps about the list:

     ots verify -f list NUMBER.ots
`
