package keys

import (
	"strings"

	"filippo.io/age"
)

// Custody returns the identity that opens the evidence which this node took
// in: a hybrid post-quantum one, so that what is copied today stays shut when
// today's curves fall. Its recipient is always among those to whom evidence is
// encrypted. It comes from the node's root, so that node.age and what unlocks
// it are enough to read the evidence without the database.
func (k *Keys) Custody() *age.HybridIdentity {
	id, err := age.ParseHybridIdentity(strings.ToUpper(bech32("age-secret-key-pq-", derive(k.s.Root, "custody"))))
	if err != nil {
		panic(err) // a seed of 32 bytes is an identity
	}
	return id
}

const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 writes bytes as age writes its keys (BIP 173, without its limit of
// length).
func bech32(hrp string, data []byte) string {
	words := regroup(data)
	all := make([]byte, 0, 2*len(hrp)+len(words)+7)
	for _, c := range []byte(hrp) {
		all = append(all, c>>5)
	}
	all = append(all, 0)
	for _, c := range []byte(hrp) {
		all = append(all, c&31)
	}
	all = append(append(all, words...), 0, 0, 0, 0, 0, 0)
	sum := polymod(all) ^ 1
	out := []byte(hrp + "1")
	for _, w := range words {
		out = append(out, charset[w])
	}
	for i := range 6 {
		out = append(out, charset[sum>>(5*(5-i))&31])
	}
	return string(out)
}

// regroup turns bytes into groups of five bits.
func regroup(data []byte) (out []byte) {
	acc, bits := uint32(0), 0
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits))&31)
	}
	return out
}

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
