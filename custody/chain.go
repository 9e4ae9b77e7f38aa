package custody

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/heed-project/heed/ledger"
)

// A Head is where an item's chain of custody stands: the hash over its bytes
// and, in order, all entries that name it, in one log after another. Two
// custodians who have the same head have had the same history of the item.
type Head [sha256.Size]byte

// chainContext begins what is hashed, so that a head is no other hash.
const chainContext = "heed-custody/v1\n"

// ChainStart is the head of an item that no entry names yet:
// SHA-256("heed-custody/v1\n" || SHA-256 of its bytes).
func ChainStart(item [sha256.Size]byte) Head {
	return sha256.Sum256(append([]byte(chainContext), item[:]...))
}

// Next is the head after one more entry:
// SHA-256("heed-custody/v1\n" || head || leaf hash).
func (h Head) Next(leaf []byte) Head { return h.NextHash(ledger.LeafHash(leaf)) }

// NextHash is Next for an entry of which the leaf hash is known.
func (h Head) NextHash(leaf ledger.Hash) Head {
	b := append([]byte(chainContext), h[:]...)
	return sha256.Sum256(append(b, leaf[:]...))
}

// String returns the head in hex.
func (h Head) String() string { return hex.EncodeToString(h[:]) }

// ParseHead reads 64 lower-case hex digits: a head, or the SHA-256 of an item.
func ParseHead(s string) (h Head, err error) {
	n, err := hex.Decode(h[:], []byte(s[:min(len(s), 2*len(h))]))
	if err != nil || n != len(h) || h.String() != s {
		return Head{}, fmt.Errorf("%.80q is not 64 digits, 0-9 and a-f", s)
	}
	return h, nil
}
