package copies_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/testkit"
)

// redacted has the child redact a PDF.
func redacted(t *testing.T, data []byte, r copies.Redaction) (copies.Redacted, error) {
	t.Helper()
	what, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := copies.RedactChild([]string{code(t)}, io.MultiReader(bytes.NewReader(append(what, '\n')), bytes.NewReader(data)), &out); err != nil {
		return copies.Redacted{}, err
	}
	line, rest, _ := bytes.Cut(out.Bytes(), []byte{'\n'})
	got := copies.Redacted{Data: rest}
	return got, json.Unmarshal(line, &got)
}

// everything is a file and all that its streams hold when they are unpacked.
func everything(data []byte) string {
	all := string(data)
	for _, part := range bytes.Split(data, []byte("stream\n"))[1:] {
		if z, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			b, _ := io.ReadAll(z)
			all += string(b)
		}
	}
	return all
}

func drawn(t *testing.T, data []byte, page int) *image.RGBA {
	t.Helper()
	f, err := pdf.Open(data, code(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := f.Draw(page, 150, 40_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNothingIsLeftUnderARedactedPDF takes words and a box out of a document that has
// metadata, an attachment, a comment and an earlier version, and looks for all of that in
// the copy: in every byte, in every stream unpacked, in the text that a reader finds,
// and in the pixels.
func TestNothingIsLeftUnderARedactedPDF(t *testing.T) {
	testkit.Slow(t)
	old := testkit.PDF{Pages: []string{"The witness Amina K.\nsaw it from the well.", "The road (north)"}, Title: "Statement of Amina", Extra: "Zuleika"}.Bytes()
	for _, secret := range []string{"Amina", "Zuleika", "Prev", "EmbeddedFile"} {
		if !strings.Contains(everything(old), secret) {
			t.Fatalf("the test shows nothing: %q is not in the original", secret)
		}
	}
	road := copies.Blackout{Page: 2, Rectangle: image.Rect(60, 85, 300, 110)}
	got, err := redacted(t, old, copies.Redaction{Words: []string{"amina k."}, Boxes: []copies.Blackout{road}})
	if err != nil || got.Extension != ".pdf" || !strings.Contains(got.Note, "2 pages") || !strings.Contains(got.Note, "150 dots") || !strings.Contains(got.Note, "1 annotations") {
		t.Fatalf("%+v, %v", got.Note, err)
	}
	for _, secret := range []string{"Amina", "Zuleika", "witness", "well", "road", "Statement", "Prev", "EmbeddedFile", "Annot", "Info", "Font", "/ID", "Date", "Tj"} {
		if strings.Contains(everything(got.Data), secret) {
			t.Errorf("%q is in the copy", secret)
		}
	}
	f, err := pdf.Open(got.Data, code(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n := 1; n <= 2; n++ {
		w, h, err := f.Size(n)
		if text, err2 := f.Text(n); text != "" || err != nil || err2 != nil || w < 595 || w > 596 || h < 841 || h > 843 || f.Hidden(n) != 0 {
			t.Errorf("page %d: %q, %.0f × %.0f, %v %v", n, text, w, h, err, err2)
		}
	}
	if f.Pages() != 2 || len(f.Said()) != 0 {
		t.Errorf("%d pages, %v", f.Pages(), f.Said())
	}
	// A page without the words would be drawn with the same box: what was under it makes no
	// difference to any pixel.
	other := testkit.PDF{Pages: []string{"The witness Bmina K.\nsaw it from the well.", "Another one"}}.Bytes()
	o, err := pdf.Open(old, code(t))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	s, err := o.Find(1, []string{"Amina K."}, 150, 40_000_000)
	if err != nil || len(s.Boxes[0]) == 0 {
		t.Fatal(s, err)
	}
	for n, in := range map[int][]image.Rectangle{1: s.Boxes[0], 2: {pdf.Pixels(road.Rectangle, 150)}} {
		was, is, without := drawn(t, old, n), drawn(t, got.Data, n), drawn(t, other, n)
		for i := 0; i < len(is.Pix); i += 4 {
			at, black := image.Pt(i/4%is.Bounds().Dx(), i/4/is.Bounds().Dx()), false
			for _, b := range in {
				black = black || at.In(b)
			}
			switch pixel := [3]byte(is.Pix[i : i+3]); {
			case black && pixel != [3]byte{}:
				t.Fatalf("page %d: pixel %v can be seen", n, at)
			case !black && pixel != [3]byte(was.Pix[i:i+3]):
				t.Fatalf("page %d: pixel %v is not as it was: %v, %v; %v", n, at, pixel, was.Pix[i:i+3], in)
			case !black && pixel != [3]byte(without.Pix[i:i+3]):
				t.Fatalf("page %d: pixel %v tells what was under the box", n, at)
			}
		}
	}
}

// TestWhatOfAPDFCannotBeRedactedIsRefused: with a sentence that says what to do.
func TestWhatOfAPDFCannotBeRedactedIsRefused(t *testing.T) {
	testkit.Slow(t)
	two := testkit.PDF{Pages: []string{"by the well", ""}}.Bytes()
	box := func(page, x, y, w, h int) copies.Redaction {
		return copies.Redaction{Boxes: []copies.Blackout{{Page: page, Rectangle: image.Rect(x, y, x+w, y+h)}}}
	}
	words := func(w ...string) copies.Redaction { return copies.Redaction{Words: w} }
	sheet := func(side int) []byte { return testkit.PDF{Pages: []string{"x"}, Box: [4]int{0, 0, side, side}}.Bytes() }
	many := testkit.PDF{Pages: make([]string, 2001)}.Bytes()
	for name, c := range map[string]struct {
		data []byte
		r    copies.Redaction
		want string
	}{
		"nothing named":      {two, copies.Redaction{}, "name the boxes"},
		"a box of no page":   {two, box(0, 1, 1, 5, 5), "say on which page"},
		"a page not there":   {two, box(3, 1, 1, 5, 5), "2 pages"},
		"outside":            {two, box(1, 700, 1, 5, 5), "lies outside of page 1"},
		"an empty word":      {two, words(" "), "is empty"},
		"a page of pictures": {two, words("well"), "on these pages, which have no text that can be read (pictures of writing?): 2"},
		"a word not there":   {testkit.PDF{Pages: []string{"by the well"}}.Bytes(), words("Amina"), "does not occur"},
		"too coarse":         {two, copies.Redaction{Words: []string{"well"}, DPI: 10}, "72 to 300"},
		"a bomb":             {sheet(14_000_000), box(1, 1, 1, 5, 5), "pixels"},
		"a large sheet":      {sheet(5000), box(1, 1, 1, 5, 5), "claims 10417 × 10417 pixels"},
		"too many pages":     {many, box(1, 1, 1, 5, 5), "2001 pages"},
		"encrypted":          {testkit.PDF{Pages: []string{"x"}, Locked: true}.Bytes(), words("x"), "is encrypted"},
		"damaged":            {[]byte("%PDF-1.7\n"), words("x"), "no PDF that can be read"},
	} {
		if _, err := redacted(t, c.data, c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range []copies.Redaction{{Words: []string{"well"}, Seen: []int{2}}, {Words: []string{"well"}, Boxes: box(2, 100, 100, 50, 50).Boxes}} {
		if _, err := redacted(t, two, r); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if !strings.Contains(fmt.Sprint(redacted(t, two, words("well"))), "\nhint: ") {
		t.Error("what to do is not said")
	}
}
