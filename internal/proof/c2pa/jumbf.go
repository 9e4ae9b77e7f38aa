package c2pa

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits on a manifest store.
const (
	maxStore = 64 << 20 // bytes
	maxDepth = 16
	maxBoxes = 20000
)

// A box is one JUMBF superbox, or a content box within one (its label is "").
type box struct {
	kind     string // "jumb", or the type of a content box: cbor, json, bfdb, bidb
	label    string
	raw      []byte // what digests are over: the box without its header
	content  []byte // of a content box
	children []*box
}

var errShort = errors.New("a box ends before its length")

// header reads a box header: the type, the content and what follows the box.
func header(b []byte) (kind string, content, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, errShort
	}
	size, skip := uint64(binary.BigEndian.Uint32(b)), uint64(8)
	if size == 1 {
		if len(b) < 16 {
			return "", nil, nil, errShort
		}
		size, skip = binary.BigEndian.Uint64(b[8:]), 16
	}
	if size < skip || size > uint64(len(b)) {
		return "", nil, nil, errShort
	}
	return string(b[4:8]), b[skip:size], b[size:], nil
}

// parseStore reads a whole manifest store, to the last byte.
func parseStore(b []byte) (*box, error) {
	kind, content, rest, err := header(b)
	if err != nil {
		return nil, err
	}
	if kind != "jumb" {
		return nil, fmt.Errorf("a box of type %q, must be jumb", kind)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, fmt.Errorf("%d bytes after the store", len(rest))
	}
	count := 0
	return super(content, 0, &count)
}

// super reads the content of a superbox.
func super(content []byte, depth int, count *int) (*box, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("boxes in more than %d levels", maxDepth)
	}
	b := &box{kind: "jumb", raw: content}
	kind, described, rest, err := header(content)
	if err != nil {
		return nil, err
	}
	if kind != "jumd" {
		return nil, fmt.Errorf("a superbox begins with %q, must be its description", kind)
	}
	if b.label, err = label(described); err != nil {
		return nil, err
	}
	for len(rest) > 0 {
		if *count++; *count > maxBoxes {
			return nil, fmt.Errorf("more than %d boxes", maxBoxes)
		}
		var inside []byte
		if kind, inside, rest, err = header(rest); err != nil {
			return nil, fmt.Errorf("%s: %w", b.label, err)
		}
		child := &box{kind: kind, content: inside, raw: inside}
		if kind == "jumb" {
			if child, err = super(inside, depth+1, count); err != nil {
				return nil, fmt.Errorf("%s: %w", b.label, err)
			}
		}
		b.children = append(b.children, child)
	}
	return b, nil
}

// label reads a description box.
func label(d []byte) (string, error) {
	if len(d) < 17 {
		return "", errShort
	}
	toggles, rest := d[16], d[17:]
	if toggles&2 == 0 {
		return "", errors.New("a box without a label")
	}
	end := bytes.IndexByte(rest, 0)
	if end < 0 {
		return "", errors.New("a label that does not end")
	}
	name := string(rest[:end])
	if want, ok := uuids[name]; ok && string(d[:16]) != want+"\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71" {
		return "", fmt.Errorf("the box %s is of another kind than its name says", name)
	}
	return name, nil
}

// uuids are the kinds of the boxes that C2PA names, by their first four bytes.
var uuids = map[string]string{"c2pa": "c2pa", "c2pa.assertions": "c2as", "c2pa.claim": "c2cl", "c2pa.claim.v2": "c2cl", "c2pa.signature": "c2cs"}

// child finds a superbox by its label. A label that stands twice is none: a
// reader could be shown the one and a signature hold the other.
func (b *box) child(label string) *box {
	var found *box
	for _, c := range b.children {
		if c.kind == "jumb" && c.label == label {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// data returns the content of the one content box of a type.
func (b *box) data(kind string) []byte {
	if i := slices.IndexFunc(b.children, func(c *box) bool { return c.kind == kind }); i >= 0 {
		return b.children[i].content
	}
	return nil
}

// find follows a JUMBF address: absolute from the store, or relative to a
// manifest.
func find(store, manifest *box, url string) *box {
	path, ok := strings.CutPrefix(url, "self#jumbf=")
	if !ok {
		return nil
	}
	at := manifest
	if rest, abs := strings.CutPrefix(path, "/"); abs {
		if path, ok = strings.CutPrefix(rest, "c2pa/"); !ok {
			return nil
		}
		at = store
	}
	for step := range strings.SplitSeq(path, "/") {
		if at == nil {
			return nil
		}
		at = at.child(step)
	}
	return at
}
