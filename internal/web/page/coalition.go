package page

import "github.com/heed-project/heed/internal/heed"

// Coalitions is the list of coalitions.
type Coalitions struct {
	Frame
	Table Table
}

// A Coalition is one coalition: the count, whom to ask next and why, what was
// heard, and who signed.
type Coalition struct {
	Frame
	Row                           heed.Coalition
	Expected, Range               string
	Next, Pledged, Signed, Groups Table
	PledgeState, Stance           Field
	From, SignState, By, Means    Field
	MayChange, MayRelease         bool
}
