package coding_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/heed-project/heed/internal/coding"
)

// FuzzReadCoded reads the coding of another office: what is taken is within
// bounds, and reads the same when it is written again.
func FuzzReadCoded(f *testing.F) {
	f.Add([]byte(`{"item":"E-1.1","terms":[{"field":"act","code":"burning"}]}`), []byte(`{"persons":[{"name":"A"}],"note":"n"}`))
	f.Add([]byte(`{}`), []byte(`{"events":[{}],"places":null}`))
	f.Add([]byte(`[]`), []byte(``))
	f.Fuzz(func(t *testing.T, open, sealed []byte) {
		terms, content, err := coding.ReadCoded(open, sealed)
		if err != nil {
			return
		}
		if max(len(terms), len(content.Events), len(content.Persons), len(content.Places)) > 200 {
			t.Fatalf("taken: %d terms, %+v", len(terms), content)
		}
		o, err := json.Marshal(map[string]any{"terms": terms})
		if err != nil {
			t.Fatal(err)
		}
		s, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		again, second, err := coding.ReadCoded(o, s)
		if len(o) > 1<<16 || len(s) > 1<<16 {
			return
		}
		if err != nil || len(again) != len(terms) || len(again) > 0 && !reflect.DeepEqual(again, terms) {
			t.Fatalf("%+v read again is %+v, %v", terms, again, err)
		}
		third, err := json.Marshal(second)
		if err != nil || string(third) != string(s) {
			t.Fatalf("%s read again is %s, %v", s, third, err)
		}
	})
}
