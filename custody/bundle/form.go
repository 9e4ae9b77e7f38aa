package bundle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// The names of the files, in their order. Those of logs and of earlier
// hand-overs stand in folders that count them: logs/0/key, handovers/1/offer.
const (
	formName     = "heed-bundle"
	offerName    = "offer"
	receiptName  = "receipt"
	refusalsName = "refused.jsonl"
	itemsName    = "items.jsonl"
	consentsName = "consents.jsonl"

	keyName        = "key"
	checkpointName = "checkpoint"
	witnessesName  = "witnesses"
	entriesName    = "entries.jsonl"
	proofName      = "proof"

	sealedName  = "sealed.age"
	pageName    = "page.html"
	listingName = "files.jsonl"
	sealName    = "seal"
)

const (
	formText    = "heed-bundle/v1\n"
	sealContext = "heed-seal/v1\n"
)

// maxMeta is the most bytes of one file that is no item; it is read into
// memory.
const maxMeta = 2 << 30

// maxParts is the most logs, and the most earlier hand-overs, of a bundle.
const maxParts = 1000

func logName(k int, name string) string      { return fmt.Sprintf("logs/%d/%s", k, name) }
func handoverName(k int, name string) string { return fmt.Sprintf("handovers/%d/%s", k, name) }

// payloadName is the name of an item's bytes.
func payloadName(i handover.Item) string {
	if i.Payload == handover.Sealed {
		return fmt.Sprintf("items/%08d.age", i.N)
	}
	return fmt.Sprintf("items/%08d", i.N)
}

// file is one file that is no item.
type file struct {
	name string
	data []byte
}

// encoding refuses what decodes to the same bytes as another text.
var encoding = base64.StdEncoding.Strict()

// entryLine is a line of entries.jsonl. Leaves and bodies are text.
type entryLine struct {
	Index      int64  `json:"i"`
	Leaf       string `json:"leaf"`
	Open       string `json:"open,omitempty"`
	OpenSalt   []byte `json:"open_salt,omitempty"`
	Sealed     string `json:"sealed,omitempty"`
	SealedSalt []byte `json:"sealed_salt,omitempty"`
}

func formatEntries(all []Entry) ([]byte, error) {
	var b []byte
	for _, e := range all {
		l := entryLine{Index: e.Index, Leaf: string(e.Leaf)}
		if e.Open != nil {
			l.Open, l.OpenSalt = string(e.Open.Bytes), e.Open.Salt
		}
		if e.Sealed != nil {
			l.Sealed, l.SealedSalt = string(e.Sealed.Bytes), e.Sealed.Salt
		}
		line, err := custody.Line(l)
		if err != nil {
			return nil, err
		}
		b = append(b, line...)
	}
	return b, nil
}

func parseEntries(b []byte) (all []Entry, err error) {
	err = custody.EachLine(b, func(text []byte) error {
		var l entryLine
		if err := custody.ReadLine(text, &l, func() ([]byte, error) { return custody.Line(l) }); err != nil {
			return fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		e := Entry{Index: l.Index, Leaf: []byte(l.Leaf)}
		if (l.Open == "") != (l.OpenSalt == nil) || (l.Sealed == "") != (l.SealedSalt == nil) {
			return fmt.Errorf("entry %d: of a body and its salt only one is there", l.Index)
		}
		if l.OpenSalt != nil {
			e.Open = &custody.Body{Salt: l.OpenSalt, Bytes: []byte(l.Open)}
		}
		if l.SealedSalt != nil {
			e.Sealed = &custody.Body{Salt: l.SealedSalt, Bytes: []byte(l.Sealed)}
		}
		if len(all) > 0 && all[len(all)-1].Index >= e.Index {
			return fmt.Errorf("entry %d stands before entry %d", all[len(all)-1].Index, e.Index)
		}
		all = append(all, e)
		return nil
	})
	return all, err
}

// A Disclosure is the sealed part of one entry, for the receiver alone, and its
// open part where that is needed to understand it.
type Disclosure struct {
	Log      int    `json:"log"`
	Index    int64  `json:"i"`
	Body     string `json:"sealed"`
	Salt     []byte `json:"salt"`
	Open     string `json:"open,omitempty"`
	OpenSalt []byte `json:"open_salt,omitempty"`
}

// FormatDisclosures writes what is to be encrypted as sealed.age.
func FormatDisclosures(all []Disclosure) ([]byte, error) {
	b := []byte{}
	for _, d := range all {
		line, err := custody.Line(d)
		if err != nil {
			return nil, err
		}
		b = append(b, line...)
	}
	return b, nil
}

// unseal opens sealed.age, if the verifier can, and gives the entries their
// sealed parts, which are then checked like any that is disclosed.
func (v *verifier) unseal() error {
	c := &v.report.Contents
	if c.Sealed == nil || v.opts.Open == nil {
		return nil
	}
	r, err := v.opts.Open(bytes.NewReader(c.Sealed))
	if err != nil {
		return fmt.Errorf("%s: it is not sealed for this key: %w", sealedName, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxMeta))
	if err != nil {
		return fmt.Errorf("%s: %w", sealedName, err)
	}
	at := make([]map[int64]int, len(c.Logs))
	for k, l := range c.Logs {
		at[k] = map[int64]int{}
		for i, e := range l.Entries {
			at[k][e.Index] = i
		}
	}
	return custody.EachLine(text, func(line []byte) error {
		var d Disclosure
		if err := custody.ReadLine(line, &d, func() ([]byte, error) { return custody.Line(d) }); err != nil {
			return fmt.Errorf("%s: %w", sealedName, err)
		}
		if d.Log < 0 || d.Log >= len(at) {
			return fmt.Errorf("%s: there is no log %d", sealedName, d.Log)
		}
		i, ok := at[d.Log][d.Index]
		if !ok {
			return fmt.Errorf("%s: entry %d of log %d is not in the bundle", sealedName, d.Index, d.Log)
		}
		c.Logs[d.Log].Entries[i].Sealed = &custody.Body{Salt: d.Salt, Bytes: []byte(d.Body)}
		if (d.Open == "") != (d.OpenSalt == nil) || d.Open != "" && d.Index == 0 {
			return fmt.Errorf("%s: entry %d: of an open part and its salt only one is there, or it is entry 0", sealedName, d.Index)
		}
		if d.Open != "" {
			c.Logs[d.Log].Entries[i].Open = &custody.Body{Salt: d.OpenSalt, Bytes: []byte(d.Open)}
		}
		v.opened = append(v.opened, d)
		return nil
	})
}

// formatHashes writes a proof, one hash a line.
func formatHashes(hs []ledger.Hash) []byte {
	var b strings.Builder
	for _, h := range hs {
		b.WriteString(h.String() + "\n")
	}
	return []byte(b.String())
}

func parseHashes(b []byte) (out []ledger.Hash, err error) {
	err = custody.EachLine(b, func(line []byte) error {
		raw, err := encoding.DecodeString(string(line[:len(line)-1]))
		if err != nil || len(raw) != len(ledger.Hash{}) || bytes.ContainsRune(line, '\r') {
			return errors.New("a line of the proof is not a hash")
		}
		out = append(out, ledger.Hash(raw))
		return nil
	})
	return out, err
}

func formatWitnesses(keys []string) []byte {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k + "\n")
	}
	return []byte(b.String())
}

func parseWitnesses(b []byte) (keys []string, err error) {
	err = custody.EachLine(b, func(line []byte) error {
		keys = append(keys, string(line[:len(line)-1]))
		return nil
	})
	return keys, err
}

// FormatConsents writes permissions as lines; their SHA-256 is what an offer
// calls its terms.
func FormatConsents(all []consent.Permission) ([]byte, error) {
	var b []byte
	for _, p := range all {
		line, err := p.Format()
		if err != nil {
			return nil, fmt.Errorf("permission %s: %w", p.ID, err)
		}
		b = append(b, line...)
	}
	return b, nil
}

// ParseConsents reads the lines of permissions, none of which stands twice.
func ParseConsents(b []byte) (all []consent.Permission, err error) {
	seen := map[string]bool{}
	err = custody.EachLine(b, func(line []byte) error {
		p, err := consent.Parse(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		if seen[p.ID] {
			return fmt.Errorf("permission %s stands twice", p.ID)
		}
		seen[p.ID] = true
		all = append(all, p)
		return nil
	})
	return all, err
}

// FormatItems writes the lines of items.
func FormatItems(items []handover.Item) ([]byte, error) {
	var b []byte
	for _, i := range items {
		line, err := i.Line()
		if err != nil {
			return nil, err
		}
		b = append(b, line...)
	}
	return b, nil
}

// listed is a line of the listing: a file of the bundle. The listing and the
// seal are not in it.
type listed struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Listed is a file of a bundle as its listing has it.
type Listed struct {
	Name   string
	Bytes  int64
	SHA256 string
}

// IsItem tells whether it holds the bytes of an item.
func (l Listed) IsItem() bool { return strings.HasPrefix(l.Name, "items/") }

// The names of some files of a bundle: the listing, its seal, the items' lines and
// the permissions.
const ListingName, SealName, ItemsName, ConsentsName = listingName, sealName, itemsName, consentsName

// ParseListing reads the listing of a bundle: each file once, under a name that
// can be that of a file, with what it must hold.
func ParseListing(b []byte) ([]Listed, error) {
	all, err := parseListing(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", listingName, err)
	}
	out, seen := make([]Listed, len(all)), map[string]bool{listingName: true, sealName: true}
	for i, l := range all {
		if _, err := custody.ParseHead(l.SHA256); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", listingName, i+1, err)
		}
		if !fs.ValidPath(l.Name) || l.Name == "." || seen[l.Name] || l.Bytes < 0 {
			return nil, fmt.Errorf("%s: line %d: %.100q is no name of a file, or stands twice, or has no size", listingName, i+1, l.Name)
		}
		seen[l.Name], out[i] = true, Listed(l)
	}
	return out, nil
}

// ReadSeal reads the seal of a bundle, which key must have signed, and returns
// the SHA-256 of the listing that it was put to, and how many files that has.
func ReadSeal(signed []byte, key note.Verifier) (listing string, files int, err error) {
	var s seal
	err = custody.OpenNote(signed, sealContext, &s, func() (note.Verifier, error) {
		if _, err := custody.ParseHead(s.Listing); err != nil {
			return nil, err
		}
		if s.Files < 1 {
			return nil, errors.New("it is put to no files")
		}
		return key, nil
	})
	if err != nil {
		return "", 0, fmt.Errorf("seal: %w", err)
	}
	return s.Listing, s.Files, nil
}

func parseListing(b []byte) (all []listed, err error) {
	err = custody.EachLine(b, func(text []byte) error {
		var l listed
		if err := custody.ReadLine(text, &l, func() ([]byte, error) { return custody.Line(l) }); err != nil {
			return fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		all = append(all, l)
		return nil
	})
	return all, err
}

// files returns the files of the contents, in their order, the items' bytes
// left out.
func (c Contents) files() (files []file, err error) {
	add := func(name string, data []byte, failed error) {
		files = append(files, file{name, data})
		err = errors.Join(err, failed)
	}
	add(formName, []byte(formText), nil)
	if c.Offer != nil {
		add(offerName, c.Offer, nil)
	}
	if c.Receipt != nil {
		add(receiptName, c.Receipt, nil)
		add(refusalsName, c.Refusals, nil)
	}
	items, failed := FormatItems(c.Items)
	add(itemsName, items, failed)
	consents, failed := FormatConsents(c.Consents)
	add(consentsName, consents, failed)
	for k, l := range c.Logs {
		entries, failed := formatEntries(l.Entries)
		add(logName(k, keyName), []byte(l.Key+"\n"), nil)
		add(logName(k, checkpointName), l.Checkpoint, nil)
		add(logName(k, witnessesName), formatWitnesses(l.Witnesses), nil)
		add(logName(k, entriesName), entries, failed)
		add(logName(k, proofName), formatHashes(l.Proof), nil)
	}
	for k, h := range c.Handovers {
		items, failed := FormatItems(h.Items)
		add(handoverName(k+1, offerName), h.Offer, nil)
		add(handoverName(k+1, receiptName), h.Receipt, nil)
		add(handoverName(k+1, refusalsName), h.Refusals, nil)
		add(handoverName(k+1, itemsName), items, failed)
		add(handoverName(k+1, proofName), formatHashes(h.Proof), nil)
	}
	for k, t := range c.Times {
		some, failed := t.files(k + 1)
		files, err = append(files, some...), errors.Join(err, failed)
	}
	if c.Sealed != nil {
		add(sealedName, c.Sealed, nil)
	}
	if c.Page != nil {
		add(pageName, c.Page, nil)
	}
	return files, err
}
