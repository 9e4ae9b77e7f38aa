package c2pa

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// span is a range of bytes of the file.
type span struct{ from, to int64 }

// embedded is a manifest store as it was found in a file.
type embedded struct {
	store []byte
	spans []span // where it stands, with the container's own headers
}

// storeUUID follows the header of the store's description box.
var storeUUID = []byte("jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71")

// Found says whether a file holds something that looks like a manifest store,
// whole or damaged.
func Found(b []byte) bool {
	return bytes.Contains(b, storeUUID) || bytes.Contains(b, []byte("jumdc2ma\x00\x11")) || bytes.Contains(b, []byte("c2pa.claim\x00")) || bytes.Contains(b, []byte("c2pa.assertions\x00"))
}

// extract takes the manifest store out of a file.
func extract(b []byte) (*embedded, error) {
	if bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}) {
		return fromJPEG(b)
	}
	return fromAnywhere(b)
}

// fromAnywhere finds a store that stands in one piece: in PDF, PNG, TIFF, RIFF,
// ISO media and files of its own.
func fromAnywhere(b []byte) (*embedded, error) {
	var found *embedded
	for at := 0; ; {
		i := bytes.Index(b[at:], storeUUID)
		if i < 0 {
			break
		}
		at += i
		start := at - 12 // the superbox's header, then the length of the description
		at += len(storeUUID)
		if start < 0 || string(b[start+4:start+8]) != "jumb" {
			return nil, errors.New("a description of a store without its box")
		}
		size := int64(binary.BigEndian.Uint32(b[start:]))
		if size < 8 || size > int64(len(b)-start) || size > maxStore {
			return nil, fmt.Errorf("a store of %d bytes that the file does not hold", size)
		}
		// a file that was written on has an older store before it
		found = &embedded{b[start : start+int(size)], []span{{int64(start), int64(start) + size}}}
		at = start + int(size)
	}
	if found == nil {
		return nil, errors.New("the manifest store is damaged: its beginning is not to be found")
	}
	return found, nil
}

// piece is one APP11 segment of a JPEG that holds JUMBF.
type piece struct {
	instance uint16
	sequence uint32
	at       span
	head     []byte // the box header, which is repeated
	body     []byte
}

// fromJPEG puts the store together from the APP11 segments before the scan.
func fromJPEG(b []byte) (*embedded, error) {
	var pieces []piece
	for at := 2; at+4 <= len(b) && b[at] == 0xff && b[at+1] != 0xda && b[at+1] != 0xd9; {
		if b[at+1] == 0xff { // fills up
			at++
			continue
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 || at+2+size > len(b) {
			return nil, errors.New("a segment ends before its length")
		}
		if b[at+1] == 0xeb {
			p, ok := readPiece(b[at+4:at+2+size], span{int64(at), int64(at + 2 + size)})
			if ok {
				pieces = append(pieces, p)
			}
		}
		at += 2 + size
	}
	byInstance := map[uint16][]piece{}
	for _, p := range pieces {
		byInstance[p.instance] = append(byInstance[p.instance], p)
	}
	var found *embedded
	for _, ps := range byInstance {
		e, err := join(ps)
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(e.store[:min(len(e.store), 64)], storeUUID) {
			continue
		}
		if found != nil {
			return nil, errors.New("two manifest stores in one file")
		}
		found = e
	}
	if found == nil {
		return nil, errors.New("the manifest store is damaged: its segments do not make one")
	}
	return found, nil
}

// readPiece reads one segment: "JP", instance, sequence, box header.
func readPiece(b []byte, at span) (piece, bool) {
	if len(b) < 16 || b[0] != 'J' || b[1] != 'P' {
		return piece{}, false
	}
	p := piece{instance: binary.BigEndian.Uint16(b[2:]), sequence: binary.BigEndian.Uint32(b[4:]), at: at}
	head := 8
	if binary.BigEndian.Uint32(b[8:]) == 1 {
		head = 16
	}
	if len(b) < 8+head {
		return piece{}, false
	}
	p.head, p.body = b[8:8+head], b[8+head:]
	return p, true
}

// join puts the pieces of one box in order, each of which must be there once.
func join(ps []piece) (*embedded, error) {
	slices.SortStableFunc(ps, func(a, b piece) int { return cmp.Compare(a.sequence, b.sequence) })
	e := &embedded{store: slices.Clone(ps[0].head)}
	for i, p := range ps {
		if i > 0 && p.sequence != ps[i-1].sequence+1 || !bytes.Equal(p.head, ps[0].head) {
			return nil, fmt.Errorf("the segments of the manifest store do not follow each other (%d after %d)", p.sequence, ps[max(i-1, 0)].sequence)
		}
		e.store = append(e.store, p.body...)
		e.spans = append(e.spans, p.at)
	}
	if len(e.store) > maxStore {
		return nil, fmt.Errorf("a manifest store of more than %d bytes", maxStore)
	}
	return e, nil
}
