package record

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

type givenPart struct {
	Kind string `json:"kind"`
	To   string `json:"to,omitempty"`
}

type givenPlain struct {
	ID    string      `json:"id"`
	N     int64       `json:"n,omitempty"`
	Yes   bool        `json:"yes,omitempty"`
	Parts []givenPart `json:"parts,omitempty"`
	Names []string    `json:"names"`
	In    givenPart   `json:"in"`
}

type (
	givenTime struct {
		At time.Time `json:"at"`
	}
	givenFloat struct {
		F float64 `json:"f"`
	}
	givenHide struct {
		A string `json:"a"`
		b string
	}
	givenDash struct {
		A string `json:"-"`
	}
	givenTwice struct { // JSON prefers the very name
		A string `json:"a"`
		B string `json:"A"`
	}
	givenBytes struct {
		B []byte `json:"b"`
	}
	givenAny struct {
		V any `json:"v"`
	}
	givenPtr struct {
		P *int `json:"p"`
	}
	givenSelf struct {
		Next []givenSelf `json:"next"`
	}
)

// TestCopyGiven: what is taken over is what reading the JSON would give, and what
// is not plain is read.
func TestCopyGiven(t *testing.T) {
	for _, c := range []struct {
		give any
		take bool
	}{
		{givenPlain{}, true},
		{givenPlain{ID: "E-1.1", N: 1 << 60, Yes: true, Parts: []givenPart{{"a", "b"}, {}}, Names: []string{"é", "<&>\u2028", "\ufffd"}, In: givenPart{Kind: "k"}}, true},
		{givenPlain{ID: "not \xff UTF-8"}, false},
		{givenPlain{Names: []string{"not \xff UTF-8"}}, false},
		{givenPlain{Parts: []givenPart{}}, false},
		{givenPlain{Names: []string{}}, false},
		{givenTime{time.Now()}, false},
		{givenFloat{0.1}, false},
		{givenHide{"a", "b"}, false},
		{givenDash{"a"}, false},
		{givenTwice{"a", "b"}, true},
		{givenBytes{[]byte("b")}, false},
		{givenAny{"v"}, false},
		{givenPtr{}, false},
		{givenSelf{Next: []givenSelf{{}}}, false},
		{"text", false},
		{nil, false},
	} {
		open, err := json.Marshal(c.give)
		if err != nil {
			t.Fatal(err)
		}
		if c.give == nil {
			if copyGiven(new(givenPlain), nil, open) {
				t.Error("took nothing")
			}
			continue
		}
		got := reflect.New(reflect.TypeOf(c.give))
		if took := copyGiven(got.Interface(), c.give, open); took != c.take {
			t.Errorf("%#v: taken %v", c.give, took)
		} else if !took {
			continue
		}
		read := reflect.New(reflect.TypeOf(c.give))
		if err := DecodeStrict(open, read.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), read.Elem().Interface()) {
			t.Errorf("taken %#v, read %#v, %v", got.Elem(), read.Elem(), err)
		}
	}
	if copyGiven(new(givenPlain), givenPart{}, []byte("{}")) {
		t.Error("a value of another type was taken")
	}
}

// TestDecodeStrict: one value, of known fields, and nothing behind it.
func TestDecodeStrict(t *testing.T) {
	for text, ok := range map[string]bool{`{"kind":"a"}`: true, `{"kind":"a"}` + " \n": true, `{"kind":"a"}{}`: false, `{"kind":"a"}x`: false, `{"else":1}`: false, ``: false} {
		if err := DecodeStrict([]byte(text), new(givenPart)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
