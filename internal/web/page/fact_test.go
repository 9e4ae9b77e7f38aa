package page

import (
	"reflect"
	"testing"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/heed"
)

// TestARowIsSaidByColumn: also where a value has a semicolon, or a colon.
func TestARowIsSaidByColumn(t *testing.T) {
	f := Fact{F: heed.FactRow{Fact: facts.Fact{ID: "measures/X", Text: `id: X; threshold_text: Any member; no vote; threshold_rule: {"n":1}; note: see: there; The rest: of it`}}}
	want := [][2]string{{"id", "X"}, {"threshold_text", "Any member; no vote"}, {"threshold_rule", `{"n":1}`}, {"note", "see: there; The rest: of it"}}
	if got := f.Says(); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	f.F.Text = "Holy See"
	if got := f.Says(); !reflect.DeepEqual(got, [][2]string{{"measures/X", "Holy See"}}) {
		t.Errorf("%q", got)
	}
}
