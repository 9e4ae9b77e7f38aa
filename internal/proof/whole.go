package proof

import (
	"bytes"
	"encoding/binary"
)

// cutShort says how a file shows that its end is missing, or nothing. It
// looks at the few formats that say where they end.
func cutShort(b []byte) string {
	tail := b[max(0, len(b)-4096):]
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")) && !bytes.Contains(tail, []byte("%%EOF")):
		return "the PDF has no end mark"
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) && !bytes.Contains(tail, []byte("IEND")):
		return "the PNG has no end mark"
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}) && !bytes.Contains(scan(b), []byte{0xff, 0xd9}):
		return "the JPEG has no end mark"
	}
	return ""
}

// scan returns what of a JPEG comes after the header of its first scan: the
// marks of pictures within the header are not its own.
func scan(b []byte) []byte {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		if b[at+1] == 0xda {
			return b[at:]
		}
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return nil
}
