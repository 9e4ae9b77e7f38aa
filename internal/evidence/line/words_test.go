package line_test

import (
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/line"
)

// FuzzParse reads anything as an announcement and as a status: what is read can
// be asked for.
func FuzzParse(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	f.Add([]byte(`{"offer":"heed-offer/v1\n","seal":"heed-seal/v1\n","listing":4000}`))
	f.Add([]byte(`{"state":"coming","left":2,"missing":[{"sha256":"` + sum + `","bytes":9,"have":4}]}`))
	f.Add([]byte(`{"state":"answered","left":0,"receipt":"heed-receipt/v1\n"}`))
	f.Add([]byte(`{"state":"here","left":-1}`))
	f.Add([]byte(`{"state":"coming","missing":[{"sha256":"` + sum + `","bytes":-1,"have":-2}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if a, err := line.ParseAnnouncement(data); err == nil && (a.Offer == "" || a.Listing < 1 || a.Listing > line.MostListing) {
			t.Errorf("an announcement of nothing: %+v", a)
		}
		if s, err := line.ParseStatus(data); err == nil {
			for _, o := range s.Missing {
				if o.Have < 0 || o.Have >= o.Bytes || len(o.Sum) != 64 {
					t.Errorf("%+v is missing", o)
				}
			}
		}
	})
}

// TestWords holds what is refused, and why.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"offer":"a","seal":"b","listing":0}`:           "an announcement has",
		`{"offer":"a","seal":"b","listing":99999999999}`: "an announcement has",
		`{"offer":"a","seal":"b","listing":1,"x":2}`:     "unknown field",
		`{"offer":"a","seal":"b","listing":1} {}`:        "something follows",
		`[]`:                                  "not JSON",
		strings.Repeat(" ", line.MostWords+1): "at most",
	} {
		if _, err := line.ParseAnnouncement([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"state":"gone","left":0}`: "cannot be",
		`{"state":"coming","left":1,"missing":[{"sha256":"ab","bytes":1,"have":0}]}`: "cannot be",
	} {
		if _, err := line.ParseStatus([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}
