package heed

import "github.com/heed-project/heed/custody/handover"

// mostSteps is how many steps a copy may be away from its original.
const mostSteps = 16

// stepsOf says, by place, how many steps each item of an offer is away from its
// original: whatever was derived is taken in after what it was derived from. What
// names an original that is not in the offer is one step away.
func stepsOf(items []handover.Item) map[int]int {
	from := map[string]string{}
	for _, i := range items {
		if _, there := from[i.SHA256]; !there || i.From == "" { // of the same bytes the original counts
			from[i.SHA256] = i.From
		}
	}
	out := map[int]int{}
	for _, i := range items {
		for of := i.From; of != "" && out[i.N] < mostSteps; of = from[of] {
			out[i.N]++
		}
	}
	return out
}
