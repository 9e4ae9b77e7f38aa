package ideal_test

import (
	"slices"
	"testing"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/ideal"
)

func TestCompanions(t *testing.T) {
	var list []votes.Signature
	for session, who := range map[string][]string{"1": {"XAA", "XAB"}, "2": {"XAA", "XAB", "XAC"}, "3": {"XAC", "XAD"}, "4": {"XAA"}} {
		for _, iso3 := range who {
			list = append(list, votes.Signature{Session: session, State: -1, Code: iso3})
		}
	}
	want := []ideal.Companion{{ISO3: "XAB", Both: 2, Either: 3, Overlap: 2.0 / 3}, {ISO3: "XAC", Both: 1, Either: 4, Overlap: 0.25}}
	if got := ideal.Companions(list, "XAA"); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ideal.Companions(list, "XZZ"); len(got) != 0 {
		t.Errorf("who signed nothing has companions: %+v", got)
	}
}
