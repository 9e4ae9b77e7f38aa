package evidence_test

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

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

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
		out, ext, err := evidence.Redact(data, evidence.Redaction{Boxes: []image.Rectangle{image.Rect(10, 10, 30, 40), image.Rect(70, 50, 200, 200)}})
		if err != nil || ext != ".png" {
			t.Fatalf("%s: %v", name, err)
		}
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
	out, _, err := evidence.Redact([]byte("Amina told AMINA's brother; amina left. Жена."), evidence.Redaction{Words: []string{"amina", "жена"}})
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
	box := []image.Rectangle{image.Rect(0, 0, 5, 5)}
	for name, x := range map[string]struct {
		data []byte
		r    evidence.Redaction
	}{
		"a bomb":            {bomb(), evidence.Redaction{Boxes: box}},
		"a PDF":             {[]byte("%PDF-1.7 text"), evidence.Redaction{Words: []string{"text"}}},
		"an office file":    {[]byte("PK\x03\x04\x00"), evidence.Redaction{Words: []string{"PK"}}},
		"a word not there":  {[]byte("plain"), evidence.Redaction{Words: []string{"other"}}},
		"nothing to redact": {[]byte("plain"), evidence.Redaction{}},
		"boxes of a text":   {[]byte("plain"), evidence.Redaction{Boxes: box}},
	} {
		if _, _, err := evidence.Redact(x.data, x.r); fault.KindOf(err) != fault.KindInvalid {
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
		out, _, err := evidence.Redact(data, evidence.Redaction{Words: []string{word}})
		if err == nil && word != "" && !strings.Contains("█████", word) && strings.Contains(string(out), word) {
			t.Errorf("%q is left in %q", word, out)
		}
		evidence.Redact(data, evidence.Redaction{Boxes: []image.Rectangle{image.Rect(0, 0, 1, 1)}})
	})
}
