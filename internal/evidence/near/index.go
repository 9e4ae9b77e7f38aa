package near

import (
	"cmp"
	"maps"
	"slices"
)

// An Index finds what is like an item among many. It is held in memory alone. The zero
// value is none: NewIndex makes one. It is not safe for concurrent use.
type Index struct {
	at   map[string]int
	all  []kept
	band [bands]map[uint64][]int // of texts, by what stands in a band
}

type kept struct {
	id    string // "" where it was taken out
	marks *Marks
}

// NewIndex returns an index of nothing.
func NewIndex() *Index {
	x := &Index{at: map[string]int{}}
	for n := range x.band {
		x.band[n] = map[uint64][]int{}
	}
	return x
}

// Len is how many items can be compared.
func (x *Index) Len() int { return len(x.at) }

// Has tells whether an item can be compared.
func (x *Index) Has(id string) bool {
	_, ok := x.at[id]
	return ok
}

// Put keeps the marks of an item, instead of what was kept of it. Empty ones take it out.
func (x *Index) Put(id string, m *Marks) {
	x.Drop(id)
	if m.Empty() {
		return
	}
	n := len(x.all)
	x.at[id] = n
	x.all = append(x.all, kept{id, m})
	for b, key := range keysOf(m.Words) {
		x.band[b][key] = append(x.band[b][key], n)
	}
}

// Drop forgets an item.
func (x *Index) Drop(id string) {
	n, ok := x.at[id]
	if !ok {
		return
	}
	delete(x.at, id)
	for b, key := range keysOf(x.all[n].marks.Words) {
		if left := slices.DeleteFunc(x.band[b][key], func(i int) bool { return i == n }); len(left) > 0 {
			x.band[b][key] = left
		} else {
			delete(x.band[b], key)
		}
	}
	x.all[n] = kept{}
}

// keysOf are what stands in the bands of a MinHash.
func keysOf(words []byte) (out []uint64) {
	if len(words) != 4*hashes {
		return nil
	}
	for b := range bands {
		h := uint64(b)
		for _, c := range words[4*perBand*b : 4*perBand*(b+1)] {
			h = (h ^ uint64(c)) * 0x100000001b3
		}
		out = append(out, mix(h))
	}
	return out
}

// A Neighbour is an item that is like another.
type Neighbour struct {
	ID string
	Likeness
}

// Near returns what is like an item, the closest first. All are compared.
func (x *Index) Near(id string) (out []Neighbour) {
	n, ok := x.at[id]
	if !ok {
		return nil
	}
	for i, o := range x.all {
		if i == n || o.id == "" {
			continue
		}
		if like, ok := x.all[n].marks.Like(o.marks); ok {
			out = append(out, Neighbour{o.id, like})
		}
	}
	slices.SortFunc(out, func(a, b Neighbour) int { return cmp.Or(Closer(a.Likeness, b.Likeness), cmp.Compare(a.ID, b.ID)) })
	return out
}

// A Pair is two items that are like each other.
type Pair struct {
	A, B string
	Likeness
}

// Pairs returns all pairs among some items. Texts are compared where one of their bands
// is the same, pictures each with each. It breaks off where there are more than most.
func (x *Index) Pairs(ids []string, most int) (out []Pair, more bool) {
	var in []int
	wanted := map[int]bool{}
	for _, id := range ids {
		if n, ok := x.at[id]; ok && !wanted[n] {
			in, wanted[n] = append(in, n), true
		}
	}
	slices.Sort(in)
	give := func(a, b int) bool {
		like, ok := x.all[a].marks.Like(x.all[b].marks)
		if ok && len(out) == most {
			return false
		}
		if ok {
			out = append(out, Pair{x.all[a].id, x.all[b].id, like})
		}
		return true
	}
	for at, a := range in {
		for b := range x.banded(a, wanted) {
			if b > a && !give(a, b) {
				return out, true
			}
		}
		if len(x.all[a].marks.Pictures) == 0 {
			continue
		}
		for _, b := range in[at+1:] {
			if x.all[a].mayShow(&x.all[b]) && !x.meet(a, b) && !give(a, b) {
				return out, true
			}
		}
	}
	return out, false
}

// mayShow tells, soon, whether some of the pictures of two items may be alike.
func (k *kept) mayShow(o *kept) bool {
	p, q := k.marks.Pictures, o.marks.Pictures
	if len(p) != 1 || len(q) != 1 || len(p[0].Looks) == 0 || len(q[0].Looks) == 0 {
		return len(q) > 0
	}
	return !p[0].farFrom(&q[0])
}

// banded are the wanted items of which one band is the same.
func (x *Index) banded(a int, wanted map[int]bool) map[int]bool {
	out := map[int]bool{}
	for b, key := range keysOf(x.all[a].marks.Words) {
		for _, n := range x.band[b][key] {
			if wanted[n] {
				out[n] = true
			}
		}
	}
	return out
}

// meet tells whether a band of two items is the same.
func (x *Index) meet(a, b int) bool {
	p, q := keysOf(x.all[a].marks.Words), keysOf(x.all[b].marks.Words)
	for n := range min(len(p), len(q)) {
		if p[n] == q[n] {
			return true
		}
	}
	return false
}

// Groups joins pairs: what is like something in a group is in it. The largest group
// comes first, and each in the order of names.
func Groups(pairs []Pair) (out [][]string) {
	up := map[string]string{}
	root := func(id string) string {
		for up[id] != "" && up[id] != id {
			up[id] = cmp.Or(up[up[id]], up[id])
			id = up[id]
		}
		return id
	}
	for _, p := range pairs {
		a, b := root(p.A), root(p.B)
		up[a], up[b] = a, cmp.Or(up[b], b)
		if a != b {
			up[b] = a
		}
	}
	groups := map[string][]string{}
	for id := range up {
		groups[root(id)] = append(groups[root(id)], id)
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		slices.Sort(groups[g])
		out = append(out, groups[g])
	}
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0])) })
	return out
}
