package custody

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A pack is a zip of one form only: stored, not compressed; no extra field, no
// comment, no data descriptor; every date 1 January 1980; the central
// directory in the order of the files. So a pack is a function of its files,
// and a reader makes the zip again and compares it byte for byte.

// file is one file of a zip.
type file struct {
	name string
	data []byte
}

const (
	localSignature   = "PK\x03\x04"
	centralSignature = "PK\x01\x02"
	endSignature     = "PK\x05\x06"

	localSize = 30
	zipMin    = 20     // version needed: 2.0
	zipDate   = 0x0021 // 1 January 1980
	maxFiles  = math.MaxUint16
)

// formatZip writes files as the one zip that holds them.
func formatZip(files []file) ([]byte, error) {
	if len(files) > maxFiles {
		return nil, fmt.Errorf("a pack holds at most %d files, these are %d", maxFiles, len(files))
	}
	var b, central []byte
	for _, f := range files {
		if len(b)+len(f.data) > MaxPack {
			return nil, fmt.Errorf("a pack has at most %d bytes", MaxPack)
		}
		central = append(central, centralSignature...)
		central = le16(central, zipMin) // made by
		central = zipHead(central, f)
		central = le16(central, 0, 0, 0, 0, 0) // comment length, disk, attributes
		central = binary.LittleEndian.AppendUint32(central, uint32(len(b)))
		central = append(central, f.name...)
		b = append(b, localSignature...)
		b = append(zipHead(b, f), f.name...)
		b = append(b, f.data...)
	}
	at := len(b)
	b = append(b, central...)
	b = append(b, endSignature...)
	b = le16(b, 0, 0, uint16(len(files)), uint16(len(files)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(central)))
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return le16(b, 0), nil
}

// zipHead writes what the local and the central header have in common: from
// the version needed to the length of the extra field.
func zipHead(b []byte, f file) []byte {
	b = le16(b, zipMin, 0, 0, 0, zipDate) // version, flags, method, time, date
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(f.data))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.data)))
	return le16(b, uint16(len(f.name)), 0)
}

func le16(b []byte, ns ...uint16) []byte {
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint16(b, n)
	}
	return b
}

// parseZip reads the files of a zip from their local headers. It checks only
// as much as it needs; sameZip checks the rest.
func parseZip(b []byte) ([]file, error) {
	var files []file
	rest := b
	for bytes.HasPrefix(rest, []byte(localSignature)) {
		if len(rest) < localSize || len(files) == maxFiles {
			return nil, errors.New("the zip file is cut short, or has too many files")
		}
		size := int64(binary.LittleEndian.Uint32(rest[18:]))
		end := localSize + int(binary.LittleEndian.Uint16(rest[26:]))
		if int64(len(rest)) < int64(end)+size {
			return nil, errors.New("the zip file is cut short")
		}
		files = append(files, file{string(rest[localSize:end]), rest[end : end+int(size)]})
		rest = rest[end+int(size):]
	}
	if len(files) == 0 || !bytes.HasPrefix(rest, []byte(centralSignature)) {
		return nil, errors.New("it is not a zip file of the form that a pack has")
	}
	return files, nil
}

// sameZip checks that the zip is, in every byte, the one that formatZip makes
// of its files.
func sameZip(b []byte, files []file) error {
	want, err := formatZip(files)
	if err != nil {
		return err
	}
	if bytes.Equal(b, want) {
		return nil
	}
	at := 0
	for at < len(b) && at < len(want) && b[at] == want[at] {
		at++
	}
	return fmt.Errorf("the zip file is not in the one form allowed: byte %d of it is not as its files require", at)
}
