// Package near tells which pictures, films and texts are nearly the same: rescaled,
// compressed again, cropped a little, brightened, mirrored; a text with some
// sentences changed.
//
// Of a picture it keeps a few perceptual hashes of 128 bits ([Look]), of a film those
// of some of its frames, of a text a MinHash over its groups of words ([Words]). None
// of them gives back what it was made of, but each tells something of it: marks are
// content, and whoever keeps them seals them.
//
//	m := near.Marks{Pictures: []near.Picture{p}, Words: near.Words(words)}
//	like, ok := m.Like(other)         // one pair
//	x := near.NewIndex(); x.Put("E-1.1", 7, m); x.Near("E-1.1") // one against all
//
// It finds what is derived without intent to hide it. Whoever wants to pass unseen
// can: by a large crop, a rotation by some degrees, a drawing over the middle. Two
// pages of one form, or two screenshots of one program, look alike and are said to.
// So a likeness is a reason to look at both, and is no proof of anything.
//
// Sources: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash
// Functions (2010), for the hash over the discrete cosine transform; N. Krawetz, Kind
// of Like That (2013), for the hash over differences; A. Broder, On the Resemblance and
// Containment of Documents (1997), and Leskovec, Rajaraman, Ullman, Mining of Massive
// Datasets, 3.4, for MinHash and its bands. The thresholds were chosen on the pictures
// of this package's test, and docs/method/near.md says how they fare.
package near

import (
	"cmp"
	"encoding/binary"
	"math/bits"
)

// Marks are what is kept of an item to find what is like it.
type Marks struct {
	Pictures []Picture `json:"pictures,omitempty"` // one of a picture, some of a film
	Film     bool      `json:"film,omitempty"`     // the pictures are frames
	Words    []byte    `json:"words,omitempty"`    // of a text: see the function Words
}

// Empty tells whether there is nothing to compare.
func (m *Marks) Empty() bool { return m == nil || len(m.Pictures) == 0 && len(m.Words) == 0 }

// A Picture is what is kept of one picture, or of one frame.
type Picture struct {
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Looks  []Look `json:"looks"` // the whole; the whole mirrored; the whole without some of its edges
}

// A Look is one perceptual hash of 128 bits: the signs of the low frequencies, and
// those of the differences between neighbours.
type Look [2]uint64

// apart is in how many bits two looks differ.
func (a Look) apart(b Look) int {
	return bits.OnesCount64(a[0]^b[0]) + bits.OnesCount64(a[1]^b[1])
}

// Two pictures are nearly the same if, of any of their looks, so few bits differ at
// most. docs/method/near.md has what that finds and what it confuses.
const (
	MostFrequencies = 16 // of 64
	MostBoth        = 28 // of 128
	lookBits        = 128
	farApart        = 24 // bits of 64, of each hash, in which the wholes of two pictures differ that are not looked at further
)

// The kinds of a likeness.
const (
	SamePicture = "picture"
	SameFilm    = "film"
	SameText    = "text"
)

// A Likeness is how like two items are.
type Likeness struct {
	Kind     string `json:"kind"`               // picture, film or text
	Bits     int    `json:"bits,omitempty"`     // of pictures: how many of 128 differ, at best
	Mirrored bool   `json:"mirrored,omitempty"` // the one is the other in a mirror
	Cropped  bool   `json:"cropped,omitempty"`  // the one is the other without some of its edges
	Frames   int    `json:"frames,omitempty"`   // of films: how many frames of the shorter are in the other
	Of       int    `json:"of,omitempty"`       // of how many that were looked at
	Percent  int    `json:"percent"`            // of the word groups, of the frames or of the bits that are the same
}

// Like compares two items. Of pictures and words the closer likeness is told.
func (m *Marks) Like(o *Marks) (best Likeness, ok bool) {
	if m.Empty() || o.Empty() {
		return best, false
	}
	if p, yes := m.seen(o); yes {
		best, ok = p, true
	}
	if share, yes := shared(m.Words, o.Words); yes && share >= LeastShared {
		if t := (Likeness{Kind: SameText, Percent: share}); !ok || t.Percent > best.Percent {
			best, ok = t, true
		}
	}
	return best, ok
}

// leastFrames is the share of the frames of the shorter of two films that must be in
// the other, in percent.
const leastFrames = 30

// seen compares the pictures of two items.
func (m *Marks) seen(o *Marks) (best Likeness, ok bool) {
	if len(m.Pictures) > len(o.Pictures) {
		m, o = o, m
	}
	found := 0
	for n := range m.Pictures {
		one, yes := m.Pictures[n].among(o.Pictures)
		if !yes {
			continue
		}
		if found++; found == 1 || one.Bits < best.Bits {
			best = one
		}
	}
	if found == 0 {
		return best, false
	}
	if !m.Film && !o.Film {
		return best, true
	}
	best.Kind, best.Frames, best.Of = SameFilm, found, len(m.Pictures)
	best.Percent = 100 * found / len(m.Pictures)
	return best, best.Percent >= leastFrames
}

// among looks for a picture among others.
func (p *Picture) among(all []Picture) (best Likeness, ok bool) {
	for n := range all {
		if one, yes := p.like(&all[n]); yes && (!ok || one.Bits < best.Bits) {
			best, ok = one, true
		}
	}
	return best, ok
}

// like compares the whole of each with every look of the other: two that have both
// lost other edges are not compared so.
func (p *Picture) like(o *Picture) (best Likeness, ok bool) {
	if len(p.Looks) == 0 || len(o.Looks) == 0 {
		return best, false
	}
	if p.farFrom(o) {
		return best, false
	}
	at := -1
	try := func(a, b Look, n int) {
		if bits.OnesCount64(a[0]^b[0]) > MostFrequencies {
			return
		}
		if both := a.apart(b); both <= MostBoth && (at < 0 || both < best.Bits) {
			at, best.Bits = n, both
		}
	}
	for n, look := range o.Looks {
		try(p.Looks[0], look, n)
	}
	for n, look := range p.Looks {
		if n > 0 {
			try(look, o.Looks[0], n)
		}
	}
	if at < 0 {
		return best, false
	}
	return Likeness{Kind: SamePicture, Bits: best.Bits, Mirrored: at == mirrored, Cropped: at > mirrored, Percent: 100 - 100*best.Bits/lookBits}, true
}

// farFrom tells, soon, of two pictures that neither the wholes nor the mirrored wholes
// are like enough, by either hash, to be looked at further.
func (p *Picture) farFrom(o *Picture) bool {
	far := func(a, b Look) bool {
		return bits.OnesCount64(a[0]^b[0]) > farApart && bits.OnesCount64(a[1]^b[1]) > farApart
	}
	return far(p.Looks[0], o.Looks[0]) && (len(o.Looks) <= mirrored || far(p.Looks[0], o.Looks[mirrored]))
}

// How many positions a MinHash has, and how they are laid in bands.
const (
	hashes      = 128
	bands       = 32
	perBand     = hashes / bands
	LeastShared = 50 // percent of the word groups that two texts must share
)

// shared is which part of the word groups of two texts is in both, in percent, as
// their hashes tell: within 9 of a hundred in 19 cases of 20.
func shared(a, b []byte) (int, bool) {
	if len(a) != 4*hashes || len(b) != 4*hashes {
		return 0, false
	}
	same := 0
	for n := 0; n < len(a); n += 4 {
		if binary.BigEndian.Uint32(a[n:]) == binary.BigEndian.Uint32(b[n:]) {
			same++
		}
	}
	return (200*same + hashes) / (2 * hashes), true
}

// Closer orders likenesses, the closest first.
func Closer(a, b Likeness) int {
	return cmp.Or(cmp.Compare(b.Percent, a.Percent), cmp.Compare(a.Bits, b.Bits))
}
