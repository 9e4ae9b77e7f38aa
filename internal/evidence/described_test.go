package evidence_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
)

// FuzzReadDescribed reads what another office says of an item: what is taken is
// within bounds, and reads the same when it is written again.
func FuzzReadDescribed(f *testing.F) {
	f.Add([]byte(`{"item":"E-1.1","export":"E-1.2","line":3}`), []byte(`{"kind":"bayanat","facts":[{"name":"title","text":"a bridge"}]}`))
	f.Add([]byte(`{"item":"E-1.1","line":-1}`), []byte(`{"kind":""}`))
	f.Add([]byte(`null`), []byte(`{"kind":"x","more":1}`))
	f.Fuzz(func(t *testing.T, open, sealed []byte) {
		d, err := evidence.ReadDescribed(open, sealed)
		if err != nil {
			return
		}
		if d.Kind == "" || d.Line < 0 {
			t.Fatalf("taken: %+v", d)
		}
		o, err := json.Marshal(map[string]any{"export": d.By, "line": d.Line})
		if err != nil {
			t.Fatal(err)
		}
		s, err := json.Marshal(map[string]any{"kind": d.Kind, "facts": d.Facts})
		if err != nil {
			t.Fatal(err)
		}
		if len(s) > len(sealed) { // a byte that is none of UTF-8 is written as three
			return
		}
		again, err := evidence.ReadDescribed(o, s)
		if err != nil || !reflect.DeepEqual(again, d) {
			t.Fatalf("%+v read again is %+v, %v", d, again, err)
		}
	})
}
