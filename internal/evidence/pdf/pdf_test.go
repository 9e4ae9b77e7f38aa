package pdf_test

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

const most = 40_000_000

func open(t *testing.T, data []byte) *pdf.File {
	t.Helper()
	if err := pdf.Compile(testkit.Code()); err != nil {
		t.Fatal(err)
	}
	f, err := pdf.Open(data, pdf.Compiled(testkit.Code()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// TestText: the text of each page, packed or not, and what the document says of itself.
func TestText(t *testing.T) {
	f := open(t, testkit.PDF{Pages: []string{"Amina K. saw it\nfrom the well.", "", "The road (north)"}, Title: "A list", Packed: true, Extra: "secret"}.Bytes())
	if f.Pages() != 3 || f.Hidden(1) != 1 || f.Hidden(2) != 0 {
		t.Errorf("%d pages, %d hidden", f.Pages(), f.Hidden(1))
	}
	for n, want := range []string{"Amina K. saw it\nfrom the well.", "", "The road (north)"} {
		if got, err := f.Text(n + 1); err != nil || got != want {
			t.Errorf("page %d is %q, %v", n+1, got, err)
		}
	}
	if said := f.Said(); len(said) != 2 || said[0] != [2]string{"Title", "A list"} {
		t.Errorf("%q", said)
	}
	if _, err := f.Text(4); err == nil {
		t.Error("a page that is not there was read")
	}
}

// TestWithoutCompiledCode: word by word the same is read.
func TestWithoutCompiledCode(t *testing.T) {
	f, err := pdf.Open(testkit.PDF{Pages: []string{"by the well"}}.Bytes(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := f.Text(1); err != nil || text != "by the well" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestRefused: what is no PDF, is encrypted, or claims more than can be drawn is refused
// with a sentence.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"no PDF":    {"%PDF-1.7\nnothing", "no PDF that can be read"},
		"encrypted": {string(testkit.PDF{Pages: []string{"x"}, Locked: true}.Bytes()), "is encrypted"},
	} {
		if _, err := pdf.Open([]byte(c.data), pdf.Compiled(testkit.Code())); fault.KindOf(err) != fault.KindInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := open(t, testkit.PDF{Pages: []string{"x"}, Box: [4]int{0, 0, 14_000_000, 14_000_000}}.Bytes())
	if _, err := huge.Draw(1, 150, most); err == nil || !strings.Contains(err.Error(), "pixels") {
		t.Errorf("a sheet of 200 km was drawn: %v", err)
	}
	if _, err := huge.Find(1, []string{"x"}, 150, most); err == nil {
		t.Error("a word was looked for on it")
	}
}

// dark tells how many pixels of a part of a picture are dark.
func dark(p image.Image, in image.Rectangle) (n int) {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if color.GrayModel.Convert(p.At(x, y)).(color.Gray).Y < 128 {
				n++
			}
		}
	}
	return n
}

// TestFindWhereItIsDrawn: the boxes of a word hold all of its ink and nothing of its
// neighbours, whatever the origin of the page and however it is turned.
func TestFindWhereItIsDrawn(t *testing.T) {
	for _, c := range []struct {
		box  [4]int
		turn int
	}{{[4]int{0, 0, 595, 842}, 0}, {[4]int{-100, 50, 495, 892}, 0}, {[4]int{0, 0, 595, 842}, 90}, {[4]int{0, 0, 595, 842}, 180}} {
		f := open(t, testkit.PDF{Pages: []string{"Amina"}, Box: c.box, Turn: c.turn}.Bytes())
		p, err := f.Draw(1, 150, most)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.Find(1, []string{"amina", "nobody"}, 150, most)
		if err != nil || len(s.Boxes[0]) == 0 || len(s.Boxes[1]) != 0 || s.Silent {
			t.Fatalf("%v, %v", s, err)
		}
		in, all := 0, dark(p, p.Bounds())
		for _, b := range s.Boxes[0] {
			in += dark(p, b.Intersect(p.Bounds()))
		}
		if all == 0 || in < all {
			t.Errorf("%v turned %d: %d of %d dark pixels are in %v", c.box, c.turn, in, all, s.Boxes[0])
		}
	}
	f := open(t, testkit.PDF{Pages: []string{"before Amina after", ""}}.Bytes())
	p, _ := f.Draw(1, 150, most)
	s, err := f.Find(1, []string{"Amina"}, 150, most)
	if err != nil || len(s.Boxes[0]) != 1 {
		t.Fatalf("%v, %v", s, err)
	}
	b := s.Boxes[0][0]
	if left := dark(p, image.Rect(0, 0, b.Min.X, p.Bounds().Dy())); left < 100 {
		t.Errorf("the word before is hidden: %d", left)
	}
	if right := dark(p, image.Rect(b.Max.X, 0, p.Bounds().Dx(), p.Bounds().Dy())); right < 100 {
		t.Errorf("the word after is hidden: %d", right)
	}
	if s, err := f.Find(2, []string{"Amina"}, 150, most); err != nil || !s.Silent {
		t.Errorf("a page without text is not silent: %v, %v", s, err)
	}
}

// TestWriter: pictures come back as they were put in, and the same give the same bytes.
func TestWriter(t *testing.T) {
	gray, colour, noise := image.NewRGBA(image.Rect(0, 0, 60, 80)), image.NewRGBA(image.Rect(0, 0, 60, 80)), image.NewRGBA(image.Rect(0, 0, 900, 800))
	for i := range gray.Pix {
		gray.Pix[i], colour.Pix[i] = byte(i/4*7), byte(i*3)
		if i%4 == 3 {
			gray.Pix[i], colour.Pix[i] = 255, 255
		}
	}
	x := uint32(1)
	for i := range noise.Pix {
		x = x*1664525 + 1013904223
		noise.Pix[i] = byte(x>>24) | byte(i%4/3*255)
	}
	write := func() []byte {
		var b bytes.Buffer
		w := pdf.NewWriter(&b)
		for _, p := range []*image.RGBA{gray, colour, noise} {
			if err := w.Page(p, 72); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	data := write()
	if !bytes.Equal(data, write()) {
		t.Error("the same pictures give other bytes")
	}
	if !bytes.Contains(data, []byte("DCTDecode")) {
		t.Error("noise is kept without loss, which takes much room")
	}
	f := open(t, data)
	if f.Pages() != 3 || len(f.Said()) != 0 {
		t.Fatalf("%d pages, %v", f.Pages(), f.Said())
	}
	for n, want := range []*image.RGBA{gray, colour} {
		got, err := f.Draw(n+1, 72, most)
		if err != nil || !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("page %d is another picture: %v", n+1, err)
		}
	}
}
