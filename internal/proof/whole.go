package proof

import (
	"bytes"
	"encoding/binary"
)

// cutShort says how a file shows that its end is missing, or nothing. It
// looks at the few formats that say where they end. What follows the end is padding, or
// somebody's addition, and no sign of a cut.
func cutShort(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		if b = bytes.TrimRight(b, "\x00 \t\r\n"); !bytes.Contains(b[max(0, len(b)-4096):], []byte("%%EOF")) {
			return "the PDF has no end mark"
		}
	case bytes.HasPrefix(b, []byte(pngMagic)) && !pngEnds(b[len(pngMagic):]):
		return "the PNG has no end mark"
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}) && !bytes.Contains(scan(b), []byte{0xff, 0xd9}):
		return "the JPEG has no end mark"
	}
	return ""
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngEnds says whether a PNG's chunks lead to the one that ends it.
func pngEnds(b []byte) bool {
	for len(b) >= 12 {
		size := uint64(binary.BigEndian.Uint32(b)) + 12 // with length, name and checksum
		if size > uint64(len(b)) {
			return false
		}
		if string(b[4:8]) == "IEND" {
			return true
		}
		b = b[size:]
	}
	return false
}

// scan returns what of a JPEG comes after the header of its first scan: the
// marks of pictures within the header are not its own.
func scan(b []byte) []byte {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		switch b[at+1] {
		case 0xda:
			return b[at:]
		case 0xff: // fills up
			at++
		default:
			at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		}
	}
	return nil
}
