package near

import (
	"encoding/binary"
	"hash/fnv"
	"unicode"
	"unicode/utf8"
)

// How many words stand in a group, of words and of the characters of Chinese, which are
// words each; and how many groups a text must have to be compared at all.
const (
	group        = 3
	groupHan     = 5
	fewestGroups = 5
)

// Words makes the MinHash of a text out of its words, as they are compared in a search:
// so accents, vowel signs and the forms of Arabic letters make no difference. Each
// character of Chinese is a word, and five stand in a group instead of three. It is nil
// for a text of fewer than five different groups: what is so short is like too much.
//
// Two texts of which the share s of the groups is the same agree at each of its 128
// positions with probability s, and an index in 32 bands of 4 compares them with
// probability 1-(1-s^4)^32: 0.44 at s = 0.36, 0.87 at 0.5, 0.99 at 0.6, 0.9998 at 0.7.
func Words(words []string) []byte {
	groups := map[uint64]bool{}
	for n := range words {
		size := group
		if c, _ := utf8.DecodeRuneInString(words[n]); unicode.Is(unicode.Han, c) {
			size = groupHan
		}
		if n+size > len(words) {
			continue
		}
		h := fnv.New64a()
		for _, w := range words[n : n+size] {
			h.Write([]byte(w))
			h.Write([]byte{0})
		}
		groups[h.Sum64()] = true
	}
	if len(groups) < fewestGroups {
		return nil
	}
	var least [hashes]uint32
	for n := range least {
		least[n] = ^uint32(0)
	}
	for g := range groups {
		for n := range least {
			least[n] = min(least[n], uint32(mix(g^mix(uint64(n)+1))>>32))
		}
	}
	out := make([]byte, 0, 4*hashes)
	for _, v := range least {
		out = binary.BigEndian.AppendUint32(out, v)
	}
	return out
}

// mix is the last step of SplitMix64 (Steele, Lea, Flood 2014): a permutation in which
// every bit depends on every other.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
