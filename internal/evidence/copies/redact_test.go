package copies_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
)

func boxes(in ...image.Rectangle) (out []copies.Blackout) {
	for _, b := range in {
		out = append(out, copies.Blackout{Rectangle: b})
	}
	return out
}

// TestNothingIsLeftUnderARedaction redacts pictures and texts and looks for
// what was there, in the pixels and in every byte.
func TestNothingIsLeftUnderARedaction(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 80, 60))
	for i := range img.Pix {
		img.Pix[i] = byte(i*7) | 1
	}
	var pngs, jpegs bytes.Buffer
	png.Encode(&pngs, img)
	jpeg.Encode(&jpegs, img, nil)
	hidden := append(jpegs.Bytes(), "GPS of the witness"...)
	for name, data := range map[string][]byte{"png": pngs.Bytes(), "jpeg": hidden} {
		copied, err := copies.Redact(data, copies.Redaction{Boxes: boxes(image.Rect(10, 10, 30, 40), image.Rect(70, 50, 200, 200))})
		if err != nil || copied.Extension != ".png" {
			t.Fatalf("%s: %v", name, err)
		}
		out := copied.Data
		if bytes.Contains(out, []byte("witness")) {
			t.Errorf("%s: what followed the picture is in the copy", name)
		}
		got, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		for y := range 60 {
			for x := range 80 {
				in := image.Pt(x, y).In(image.Rect(10, 10, 30, 40)) || image.Pt(x, y).In(image.Rect(70, 50, 80, 60))
				if black := color.NRGBAModel.Convert(got.At(x, y)) == (color.NRGBA{A: 255}); in && !black {
					t.Fatalf("%s: pixel %d,%d can be seen", name, x, y)
				}
			}
		}
	}
	copied, err := copies.Redact([]byte("Amina told AMINA's brother; amina left. Жена."), copies.Redaction{Words: []string{"amina", "жена"}})
	out := copied.Data
	if err != nil || strings.Contains(strings.ToLower(string(out)), "amina") || strings.Contains(string(out), "Жена") || strings.Count(string(out), "█████") != 4 {
		t.Errorf("%q, %v", out, err)
	}
}

// bomb is a PNG that claims a picture of 60,000 × 60,000 pixels.
func bomb() []byte {
	head := []byte("IHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x06\x00\x00\x00")
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

func TestWhatCannotBeRedactedIsRefused(t *testing.T) {
	box := boxes(image.Rect(0, 0, 5, 5))
	for name, x := range map[string]struct {
		data []byte
		r    copies.Redaction
	}{
		"a bomb":            {bomb(), copies.Redaction{Boxes: box}},
		"a PDF":             {[]byte("%PDF-1.7 text"), copies.Redaction{Words: []string{"text"}}},
		"an office file":    {[]byte("PK\x03\x04\x00"), copies.Redaction{Words: []string{"PK"}}},
		"a word not there":  {[]byte("plain"), copies.Redaction{Words: []string{"other"}}},
		"nothing to redact": {[]byte("plain"), copies.Redaction{}},
		"boxes of a text":   {[]byte("plain"), copies.Redaction{Boxes: box}},
	} {
		if _, err := copies.Redact(x.data, x.r); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRedact: whatever is given, what comes out is a picture or text without
// the word, or a refusal.
func FuzzRedact(f *testing.F) {
	f.Add([]byte("Amina left."), "amina")
	f.Add(bomb(), "x")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		if len(data) > 1<<16 {
			return
		}
		out, err := copies.Redact(data, copies.Redaction{Words: []string{word}})
		if err == nil && word != "" && !strings.Contains("█████", word) && strings.Contains(string(out.Data), word) {
			t.Errorf("%q is left in %q", word, out.Data)
		}
		copies.Redact(data, copies.Redaction{Boxes: boxes(image.Rect(0, 0, 1, 1))})
	})
}

// TestABoxIsReadStrictly: what follows it, or is missing, is not guessed at.
func TestABoxIsReadStrictly(t *testing.T) {
	for text, want := range map[string]copies.Blackout{
		"1,2,3,4":          {Rectangle: image.Rect(1, 2, 4, 6)},
		" 3: 60,85,240,25": {Page: 3, Rectangle: image.Rect(60, 85, 300, 110)},
	} {
		if got, err := copies.ParseBlackout(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1,2,3", "1,2,3,4,5", "1,2,3,4x", "0:1,2,3,4", "1,2,0,4", "1,2,3,-4", "x:1,2,3,4", "1,2,3,99999999999", "3:"} {
		if got, err := copies.ParseBlackout(text); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// FuzzParseBlackout: what is read has a size, and lies within bounds.
func FuzzParseBlackout(f *testing.F) {
	f.Add("3:60,85,240,25")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		if b, err := copies.ParseBlackout(text); err == nil && (b.Empty() || b.Page < 0 || b.Max.X > 2_000_000 || b.Max.Y > 2_000_000) {
			t.Errorf("%q: %+v", text, b)
		}
	})
}
