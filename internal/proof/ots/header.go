package ots

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Headers are headers of Bitcoin blocks by their height, as whoever runs a node
// can write them down.
type Headers map[uint64][]byte

// maxHeaders is a few times as many as there are.
const maxHeaders = 5000000

// ParseHeaders reads lines of a height, white space and the 160 hex digits of a
// header. Each header must have the work that it states, and that of a real block.
func ParseHeaders(r io.Reader) (Headers, error) {
	out := Headers{}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		height, digits, _ := strings.Cut(strings.TrimSpace(s.Text()), " ")
		at, err := strconv.ParseUint(height, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("headers: line %d: %q is no height", n, height)
		}
		b, err := hex.DecodeString(strings.TrimSpace(digits))
		if err != nil || len(b) != 80 {
			return nil, fmt.Errorf("headers: line %d: a header has 160 hex digits", n)
		}
		if !worked(b) {
			return nil, fmt.Errorf("headers: line %d: the header has not the work that it states: it is no block", n)
		}
		if before, ok := out[at]; ok && !bytes.Equal(before, b) || len(out) >= maxHeaders {
			return nil, fmt.Errorf("headers: line %d: two headers for block %d, or too many", n, at)
		}
		out[at] = b
	}
	return out, s.Err()
}

// worked says whether a header's digest is below the target that it states, and
// that target below the easiest that the chain ever had.
func worked(b []byte) bool {
	bits := binary.LittleEndian.Uint32(b[72:])
	size, word := bits>>24, bits&0xffffff
	if size < 3 || size > 29 || word > 0x7fffff || bits > 0x1d00ffff {
		return false
	}
	target := new(big.Int).Lsh(big.NewInt(int64(word)), uint(8*(size-3)))
	once := sha256.Sum256(b)
	twice := sha256.Sum256(once[:])
	slices.Reverse(twice[:])
	return new(big.Int).SetBytes(twice[:]).Cmp(target) <= 0
}

// root and made are the Merkle root and the time in a header.
func root(b []byte) []byte    { return b[36:68] }
func made(b []byte) time.Time { return time.Unix(int64(binary.LittleEndian.Uint32(b[68:])), 0).UTC() }
