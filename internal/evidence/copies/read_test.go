package copies_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/testkit"
)

// code is PDFium, compiled.
func code(t *testing.T) string {
	t.Helper()
	if err := pdf.Compile(testkit.Code()); err != nil {
		t.Fatal(err)
	}
	return pdf.Compiled(testkit.Code())
}

// TestTheChildReads is the child's own work: a name and the bytes come in, what
// the file says goes out; what has no name line is refused.
func TestTheChildReads(t *testing.T) {
	var out bytes.Buffer
	if err := copies.ReadChild(nil, strings.NewReader("\"a.txt\"\nby the well"), &out); err != nil {
		t.Fatal(err)
	}
	var r reading.Reading
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Kind != "text" || r.Text != "by the well" {
		t.Errorf("%+v, %v", r, err)
	}
	deed := testkit.PDF{Pages: []string{"by the well", "", "", "at night"}, Title: "A deed", Packed: true}.Bytes()
	out.Reset()
	if err := copies.ReadChild([]string{code(t)}, strings.NewReader("\"a.pdf\"\n"+string(deed)), &out); err != nil {
		t.Fatal(err)
	}
	r = reading.Reading{}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Kind != "pdf" || r.Text != "by the well\f\f\fat night\f" || len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0], "no text on pages 2–3") {
		t.Errorf("%+v, %v", r, err)
	}
	if !slices.Contains(r.Fields, reading.Field{Name: "pdf.Pages", Value: "4"}) || !slices.Contains(r.Fields, reading.Field{Name: "pdf.Title", Value: "A deed"}) {
		t.Errorf("%+v", r.Fields)
	}
	if hit, ok := reading.ParseQuery("night").In(r.Searched()); !ok || hit.Page != 4 {
		t.Errorf("%+v, %t", hit, ok)
	}
	if hit, ok := reading.ParseQuery("deed").In(r.Searched()); !ok || hit.Page != 0 {
		t.Errorf("what is no text of a page has one: %+v, %t", hit, ok)
	}
	for name, c := range map[string]struct{ data, want string }{
		"locked":  {string(testkit.PDF{Pages: []string{"x"}, Locked: true}.Bytes()), "is encrypted"},
		"damaged": {"%PDF-1.7\nnothing", "no PDF that can be read"},
	} {
		out.Reset()
		if err := copies.ReadChild([]string{code(t)}, strings.NewReader("\"a.pdf\"\n"+c.data), &out); err != nil || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %s, %v", name, out.String(), err)
		}
	}
	for _, in := range []string{"", "no line", "{}\nx"} {
		if err := copies.ReadChild(nil, strings.NewReader(in), &out); err == nil {
			t.Errorf("%q was read", in)
		}
	}
}
