package ideal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/votes"
)

// A Bloc is Members that vote alike.
type Bloc struct {
	States    []int
	Agreement float64 // mean over its pairs, 0 to 1; 1 for a Member alone
	Stability float64 // mean overlap (Jaccard) with the closest bloc when texts are drawn again
}

// A Division is the Members in blocs, the largest first.
type Division struct {
	Blocs      []Bloc
	Silhouette float64 // -1 to 1: how much closer Members are to their own bloc than to the next
	Stability  float64 // mean over Members of that of their blocs
	RollCalls  int
	Texts      int
}

// mostBlocs is how many blocs are tried when none are asked for.
const mostBlocs = 10

// Blocs puts Members that vote alike together. Yes and no are apart by 1,
// either and abstain by a half; the distance of two Members is the mean over
// the roll calls in which both voted. With n at 0 it takes the number, 2 to 10,
// with the best silhouette. Stability above 0.75 is called good, below 0.5 a
// bloc is not to be relied on (Hennig).
func Blocs(set *votes.Set, p Period, n int, seed uint64) (*Division, error) {
	s, err := gather(set, p)
	if err != nil {
		return nil, err
	}
	if n < 0 || n == 1 || n > len(s.states) {
		return nil, fmt.Errorf("%d blocs of %d Members: ask for 2 or more, or for 0 to have the number found", n, len(s.states))
	}
	even := make([]float64, s.texts)
	for i := range even {
		even[i] = 1
	}
	apart := s.distances(even)
	joins := link(apart)
	best, score := cut(joins, n), math.Inf(-1)
	if n == 0 {
		for k := 2; k <= min(mostBlocs, len(s.states)-1); k++ {
			in := cut(joins, k)
			if v := silhouette(apart, in); v > score+1e-9 {
				best, score = in, v
			}
		}
	}
	out := &Division{Silhouette: silhouette(apart, best), RollCalls: len(s.rolls), Texts: s.texts}
	groups := split(best)
	stable := s.stability(groups, seed)
	for g, group := range groups {
		out.Stability += stable[g] * float64(len(group)) / float64(len(s.states))
		b := Bloc{Agreement: 1, Stability: stable[g]}
		pairs, sum := 0.0, 0.0
		for i, x := range group {
			b.States = append(b.States, s.states[x])
			for _, y := range group[:i] {
				sum += 1 - apart[x][y]
				pairs++
			}
		}
		if pairs > 0 {
			b.Agreement = sum / pairs
		}
		out.Blocs = append(out.Blocs, b)
	}
	slices.SortStableFunc(out.Blocs, func(a, b Bloc) int { return cmp.Compare(len(b.States), len(a.States)) })
	return out, nil
}

// distances returns how far Members are apart, with each text counted as often
// as said. Two that never voted on the same are a half apart.
func (s *sample) distances(times []float64) [][]float64 {
	out := make([][]float64, len(s.states))
	for i := range out {
		out[i] = make([]float64, len(s.states))
	}
	halves(len(out), func(i int) {
		for k := range i {
			sum, n := 0.0, 0.0
			for j, g := range s.grade[i] {
				if h := s.grade[k][j]; g >= 0 && h >= 0 {
					w := times[s.text[j]]
					sum += w * math.Abs(float64(g-h)) / 2
					n += w
				}
			}
			v := 0.5
			if n > 0 {
				v = sum / n
			}
			out[i][k], out[k][i] = v, v
		}
	})
	return out
}

// link joins the two closest groups again and again, by the mean distance of
// their members, and returns which were joined: the second into the first.
func link(apart [][]float64) (joins [][2]int) {
	n := len(apart)
	d := make([][]float64, n)
	size := make([]float64, n)
	var alive []int
	for i := range d {
		d[i] = slices.Clone(apart[i])
		size[i] = 1
		alive = append(alive, i)
	}
	for len(alive) > 1 {
		a, b, least := 0, 0, math.Inf(1)
		for x, i := range alive {
			for _, j := range alive[:x] {
				if d[i][j] < least {
					least, a, b = d[i][j], j, i
				}
			}
		}
		for _, k := range alive {
			v := (size[a]*d[a][k] + size[b]*d[b][k]) / (size[a] + size[b])
			d[a][k], d[k][a] = v, v
		}
		size[a] += size[b]
		alive = slices.DeleteFunc(alive, func(k int) bool { return k == b })
		joins = append(joins, [2]int{a, b})
	}
	return joins
}

// cut undoes the last joins so that n groups are left, and returns the group
// of each Member, numbered from 0 by first appearance.
func cut(joins [][2]int, n int) []int {
	all := len(joins) + 1
	in := make([]int, all)
	for i := range in {
		in[i] = i
	}
	for _, j := range joins[:all-max(1, n)] {
		for i := range in {
			if in[i] == j[1] {
				in[i] = j[0]
			}
		}
	}
	number := map[int]int{}
	for i, g := range in {
		if _, ok := number[g]; !ok {
			number[g] = len(number)
		}
		in[i] = number[g]
	}
	return in
}

// split returns the Members of each group.
func split(in []int) [][]int {
	out := make([][]int, slices.Max(in)+1)
	for i, g := range in {
		out[g] = append(out[g], i)
	}
	return out
}

// silhouette is the mean of how much nearer Members are to their own group
// than to the next; a Member alone counts 0 (Rousseeuw, 1987).
func silhouette(apart [][]float64, in []int) float64 {
	groups := split(in)
	total := 0.0
	for i := range in {
		if len(groups[in[i]]) == 1 {
			continue
		}
		own, next := 0.0, math.Inf(1)
		for g, group := range groups {
			sum := 0.0
			for _, k := range group {
				sum += apart[i][k]
			}
			if g == in[i] {
				own = sum / float64(len(group)-1)
			} else {
				next = math.Min(next, sum/float64(len(group)))
			}
		}
		if most := math.Max(own, next); most > 0 {
			total += (next - own) / most
		}
	}
	return total / float64(len(in))
}

// stability draws the texts again, joins anew into as many groups, and returns
// for each group the mean overlap with the one closest to it.
func (s *sample) stability(groups [][]int, seed uint64) []float64 {
	out := make([]float64, len(groups))
	for _, times := range again(s.texts, seed) {
		anew := split(cut(link(s.distances(times)), len(groups)))
		for g, group := range groups {
			best := 0.0
			for _, other := range anew {
				both := 0
				for _, k := range group {
					if slices.Contains(other, k) {
						both++
					}
				}
				best = math.Max(best, float64(both)/float64(len(group)+len(other)-both))
			}
			out[g] += best / redraws
		}
	}
	return out
}
