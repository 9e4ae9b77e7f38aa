package evidence_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/reading"
)

// TestTheChildReads is the child's own work: a name and the bytes come in, what
// the file says goes out; what has no name line is refused.
func TestTheChildReads(t *testing.T) {
	var out bytes.Buffer
	if err := evidence.ReadChild(nil, strings.NewReader("\"a.txt\"\nby the well"), &out); err != nil {
		t.Fatal(err)
	}
	var r reading.Reading
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Kind != "text" || r.Text != "by the well" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, in := range []string{"", "no line", "{}\nx"} {
		if err := evidence.ReadChild(nil, strings.NewReader(in), &out); err == nil {
			t.Errorf("%q was read", in)
		}
	}
}
