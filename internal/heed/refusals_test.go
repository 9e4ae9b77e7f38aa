package heed_test

import (
	"fmt"
	"testing"

	"github.com/heed-project/heed/internal/heed"
)

// FuzzParseRefusals reads a place and a reason: what is taken reads the same when it
// is written again, and has a reason.
func FuzzParseRefusals(f *testing.F) {
	f.Add("3: held here already")
	f.Add("2:a: b, c")
	f.Add("3")
	f.Add(":x")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := heed.ParseRefusals([]string{text})
		if err != nil {
			return
		}
		for n, why := range all {
			again, err := heed.ParseRefusals([]string{fmt.Sprintf("%d: %s", n, why)})
			if err != nil || why == "" || len(all) != 1 || again[n] != why {
				t.Fatalf("%q is %v, and again %v, %v", text, all, again, err)
			}
		}
	})
}
