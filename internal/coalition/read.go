package coalition

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/record"
)

// A Coalition is what the tables say of one.
type Coalition struct {
	ID, Warning, Situation, Kind, Measure, State, Marking string
	Threshold, Of                                         int
	Region                                                bool
	Deadline, Opened                                      time.Time
	Actor                                                 string
	Entry                                                 int64
	ReleasedBy                                            string
	Released                                              time.Time
	Releasing                                             int64
	Why                                                   string // it was closed
	ClosedAt                                              time.Time
	Closing                                               int64

	Seats    []Standing
	Pledges  []Said  // first to last
	Confided []int64 // entries of confidential pledges
	Signed   []Signature
}

// A Standing is a seat and whether its state was asked.
type Standing struct {
	Seat
	Asked      time.Time
	AskedEntry int64
}

// Said is one thing a state was heard to say.
type Said struct {
	Entry  int64
	State  string
	Stance string
	Day    time.Time
	Actor  string
	At     time.Time
}

// A Signature is one state's, with the entry that proves it.
type Signature struct {
	Entry  int64
	State  string
	Member bool
	Actor  string
	At     time.Time
}

func (c *Coalition) seat(state string) *Standing {
	for i := range c.Seats {
		if c.Seats[i].State == state {
			return &c.Seats[i]
		}
	}
	return nil
}

// Count returns how many members and how many observers have signed.
func (c *Coalition) Count() (members, observers int) {
	for _, s := range c.Signed {
		if s.Member {
			members++
		} else {
			observers++
		}
	}
	return members, observers
}

// RegionSigned tells whether one of the region concerned has signed.
func (c *Coalition) RegionSigned() bool {
	return slices.ContainsFunc(c.Signed, func(s Signature) bool {
		seat := c.seat(s.State)
		return seat != nil && seat.Concerned
	})
}

// Reached tells whether enough have signed.
func (c *Coalition) Reached() bool {
	members, _ := c.Count()
	return members >= c.Threshold && (!c.Region || c.RegionSigned())
}

// Stance returns what a state was last heard to say, nothing if it was not.
func (c *Coalition) Stance(state string) Said {
	for _, p := range slices.Backward(c.Pledges) {
		if p.State == state {
			return p
		}
	}
	return Said{}
}

func (c *Coalition) signed(state string) bool {
	return slices.ContainsFunc(c.Signed, func(s Signature) bool { return s.State == state })
}

// Read returns what a coalition is about.
func Read(v *record.View, c Coalition) (w Words, err error) {
	err = v.Unseal(c.Entry, &w)
	return w, err
}

// How returns who said it, who heard it, and the note beside it.
func How(v *record.View, p Said) (from, by, remark string, err error) {
	var h heard
	err = v.Unseal(p.Entry, &h)
	return h.From, h.By, h.Note, err
}

// Through returns how a State was asked, nothing if it was not.
func Through(v *record.View, s Standing) (string, error) {
	if s.AskedEntry == 0 {
		return "", nil
	}
	var x note
	err := v.Unseal(s.AskedEntry, &x)
	return x.Note, err
}

// For returns who signed for a state, and by what means.
func For(v *record.View, s Signature) (by, means string, err error) {
	var x signature
	err = v.Unseal(s.Entry, &x)
	return x.By, x.Means, err
}
