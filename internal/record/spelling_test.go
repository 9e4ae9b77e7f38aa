package record

import (
	"regexp"
	"strings"
	"testing"
)

// TestSubjectsAreSpeltAsTheyAlwaysWere: the entries of every node were written
// under this expression.
func TestSubjectsAreSpeltAsTheyAlwaysWere(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$`)
	texts := []string{"", "a", "W-1", "S-1:x/y_z.", strings.Repeat("a", 100), strings.Repeat("a", 101), "a\n", "é", "aé", "-"}
	for c := range 256 {
		texts = append(texts, string([]byte{byte(c)}), string([]byte{'a', byte(c)}), string([]byte{'a', byte(c), 'b'}))
	}
	for _, s := range texts {
		if subject(s) != form.MatchString(s) {
			t.Errorf("%q: subject %v, the expression %v", s, subject(s), form.MatchString(s))
		}
	}
}
