package report

import (
	"crypto/rand"
	"strings"

	"github.com/heed-project/heed/internal/fault"
)

// Letters of a code, Crockford's base 32: no I, L, O or U, so that a code can
// be read aloud and copied by hand.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLetters is the length of a code without its hyphens. The last letter is
// a check on the others.
const codeLetters = 20

// newCode makes a receipt code, "0AAA-BBBB-CCCC-DDDD-EEEX".
func newCode() string {
	var b [codeLetters]byte
	rand.Read(b[:])
	return codeOf(b[:])
}

// codeOf makes a receipt code of random bytes: one for each letter.
func codeOf(random []byte) string {
	var b [codeLetters]byte
	copy(b[:], random)
	for i := range b {
		b[i] &= 31
	}
	b[codeLetters-1] = checkLetter(b[:codeLetters-1])
	for i := range b {
		b[i] = letters[b[i]]
	}
	return group(string(b[:]))
}

// group writes a code in groups of four.
func group(code string) string {
	var out []string
	for i := 0; i < len(code); i += 4 {
		out = append(out, code[i:min(i+4, len(code))])
	}
	return strings.Join(out, "-")
}

// checkLetter is the sum of the letters, each times a power of two of its own,
// in the field of 32 elements. It tells every code with one wrong letter, and
// every code with two different letters swapped, from the right one.
func checkLetter(b []byte) byte {
	var sum byte
	for _, x := range b {
		sum = double(sum ^ x)
	}
	return sum
}

// double multiplies by x modulo x⁵ + x² + 1.
func double(b byte) byte {
	b <<= 1
	if b&32 != 0 {
		b ^= 32 | 4 | 1
	}
	return b
}

// parseCode reads a code as people write it: in either case, with or without
// hyphens and spaces, O for 0, I and L for 1. It returns the bare letters.
func parseCode(s string) (string, error) {
	wrong := fault.WithHint(fault.Invalid("receipt", "this is not a receipt code"), "copy it again: five groups of four letters and digits, such as 0000-0000-0000-0000-0000")
	var b []byte
	for _, r := range strings.ToUpper(s) {
		switch r {
		case '-', ' ', '\t', '\n', '\r', '\u00a0', '\u2010', '\u2011', '\u2013', '\u200e', '\u200f', '.':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		at := strings.IndexRune(letters, r)
		if at < 0 || len(b) == codeLetters {
			return "", wrong
		}
		b = append(b, byte(at))
	}
	if len(b) != codeLetters || checkLetter(b[:codeLetters-1]) != b[codeLetters-1] {
		return "", wrong
	}
	for i := range b {
		b[i] = letters[b[i]]
	}
	return string(b), nil
}
