package wording

import (
	"cmp"
	"maps"
	"slices"
)

// A Shared word is one that two texts have in common, and how much of their
// similarity it makes, as a share of 1.
type Shared struct {
	Word  string
	Share float64
}

// A Comparison says why two texts are found alike, or not.
type Comparison struct {
	Similarity float64  // 0 to 1, by the words the index knows
	Shared     []Shared // the weightiest first
	OnlyFirst  []string // words of the first text alone, the rarest first
	OnlySecond []string
}

// Compare says what two texts have in common, each word weighted by how rare
// it is in the index. It is the reason that is shown beside a match.
func (ix *Index) Compare(a, b Text) Comparison {
	var c Comparison
	wa, wb := ix.weights(a), ix.weights(b)
	dot := 0.0
	for _, w := range slices.Sorted(maps.Keys(wa)) { // the sum of one order is one number
		x := wa[w]
		if y, both := wb[w]; both {
			dot += x * y
			c.Shared = append(c.Shared, Shared{w, x * y})
		} else {
			c.OnlyFirst = append(c.OnlyFirst, w)
		}
	}
	for w := range wb {
		if _, both := wa[w]; !both {
			c.OnlySecond = append(c.OnlySecond, w)
		}
	}
	if length := ix.norm(a) * ix.norm(b); length > 0 {
		c.Similarity = min(1, dot/length)
	}
	for i := range c.Shared {
		c.Shared[i].Share /= dot
	}
	slices.SortFunc(c.Shared, func(x, y Shared) int {
		return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(x.Word, y.Word))
	})
	rarest := func(x, y string) int {
		return cmp.Or(cmp.Compare(ix.weight(y), ix.weight(x)), cmp.Compare(x, y))
	}
	slices.SortFunc(c.OnlyFirst, rarest)
	slices.SortFunc(c.OnlySecond, rarest)
	return c
}

// weights returns a text's words with what each counts.
func (ix *Index) weights(t Text) map[string]float64 {
	out := map[string]float64{}
	for _, w := range t.Heading {
		out[w] = ix.weight(w) * subjectWeight
	}
	for _, w := range t.Words {
		out[w] = ix.weight(w)
	}
	return out
}
