package copies_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/testkit"
	"golang.org/x/image/tiff"
)

// halves is a picture whose upper half is red and whose lower half is blue.
func halves(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{220, 20, 20, 255}
			if y >= h/2 {
				c = color.NRGBA{20, 20, 220, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turnedJPEG is a photograph that says of itself how it is to be turned, and where it was
// taken.
func turnedJPEG(t *testing.T, orientation byte) []byte {
	plain := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, halves(400, 200), nil) })
	tiff := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00"), 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0)
	tiff = append(tiff, 0x0e, 0x01, 2, 0, 24, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0)
	tiff = append(tiff, "near the well at dawn...\x00"...)
	app := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(tiff))), tiff...)
	return append(append(bytes.Clone(plain[:2]), app...), plain[2:]...)
}

func thumbOf(t *testing.T, args []string, name string, data []byte) (image.Image, string, []byte, error) {
	t.Helper()
	var out bytes.Buffer
	line, _ := json.Marshal(name)
	if err := copies.ThumbChild(args, bytes.NewReader(append(append(line, '\n'), data...)), &out); err != nil {
		return nil, "", nil, err
	}
	about, picture, _ := bytes.Cut(out.Bytes(), []byte{'\n'})
	var x copies.Thumbnail
	if err := json.Unmarshal(about, &x); err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return m, x.Of, picture, nil
}

func reddish(c color.Color) bool {
	r, _, b, _ := c.RGBA()
	return r > 2*b
}

// TestTheChildDrawsThumbnails: of pictures, of the first page of a PDF, and of films. They
// are small, drawn anew, turned as the photograph says, and say nothing of themselves.
func TestTheChildDrawsThumbnails(t *testing.T) {
	m := halves(800, 400)
	for name, data := range map[string][]byte{
		"a.png":  encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) }),
		"a.jpg":  encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) }),
		"a.gif":  encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) }),
		"a.tiff": encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) }),
	} {
		got, of, raw, err := thumbOf(t, nil, name, data)
		if err != nil || of != "picture" || got.Bounds() != image.Rect(0, 0, 320, 160) || bytes.Equal(raw, data) {
			t.Fatalf("%s: %s, %v", name, of, err)
		}
		if !reddish(got.At(160, 30)) || reddish(got.At(160, 130)) {
			t.Errorf("%s shows %v above %v", name, got.At(160, 30), got.At(160, 130))
		}
	}
	small, _, _, err := thumbOf(t, nil, "s.png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(20, 10)) }))
	if err != nil || small.Bounds() != image.Rect(0, 0, 20, 10) {
		t.Errorf("a small one: %v", err)
	}
	for orientation, redAt := range map[byte]image.Point{1: {160, 10}, 2: {160, 10}, 3: {160, 150}, 4: {160, 150}, 5: {10, 160}, 6: {150, 160}, 7: {150, 160}, 8: {10, 160}} {
		photo := turnedJPEG(t, orientation)
		got, _, raw, err := thumbOf(t, nil, "p.jpg", photo)
		want := image.Rect(0, 0, 320, 160)
		if orientation >= 5 {
			want = image.Rect(0, 0, 160, 320)
		}
		if err != nil || got.Bounds() != want || !reddish(got.At(redAt.X, redAt.Y)) || reddish(got.At(want.Dx()-redAt.X, want.Dy()-redAt.Y)) {
			t.Errorf("orientation %d: %v, %v", orientation, got.Bounds(), err)
		}
		if !bytes.Contains(photo, []byte("near the well")) || bytes.Contains(raw, []byte("near the well")) || bytes.Contains(raw, []byte("Exif")) {
			t.Errorf("orientation %d: it says where it was taken", orientation)
		}
	}
	page, of, _, err := thumbOf(t, []string{code(t)}, "a.pdf", testkit.PDF{Pages: []string{"by the well", "at night"}}.Bytes())
	if err != nil || of != "page" || max(page.Bounds().Dx(), page.Bounds().Dy()) != 320 {
		t.Errorf("a PDF: %s, %v", of, err)
	}
	film, of, _, err := thumbOf(t, nil, "a.mp4", filmed(t))
	if err != nil || of != "frame" || film.Bounds() != image.Rect(0, 0, 320, 160) || !reddish(film.At(160, 20)) || reddish(film.At(160, 140)) {
		t.Errorf("a film: %s, %v", of, err)
	}
}

// filmed is a film that no decoder in Go opens.
func filmed(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mkv")
	still := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(640, 320)) })
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "image2pipe", "-c:v", "png", "-framerate", "2", "-i", "pipe:0", "-c:v", "mpeg4", "-g", "1", "-threads", "1", path)
	cmd.Stdin = bytes.NewReader(bytes.Repeat(still, 4))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNoThumbnailOfWhatWishesHarm: bombs and what is damaged end in words.
func TestNoThumbnailOfWhatWishesHarm(t *testing.T) {
	plain := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(40, 20)) })
	bomb := bytes.Clone(plain)
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	wide := testkit.PDF{Pages: []string{"x"}}.Bytes()
	for name, c := range map[string]struct {
		data []byte
		why  string
	}{
		"a bomb":          {bomb, "more than are decoded"},
		"a cut picture":   {plain[:len(plain)/2], "damaged"},
		"a text":          {[]byte("by the well"), "neither a picture nor a film"},
		"nothing":         {nil, "neither a picture nor a film"},
		"no PDF":          {[]byte("%PDF-1.7\nnothing"), "no PDF that can be read"},
		"a locked PDF":    {testkit.PDF{Pages: []string{"x"}, Locked: true}.Bytes(), "encrypted"},
		"a thin PDF":      {bytes.Replace(wide, []byte("/MediaBox"), []byte("/MediaBox[0 0 14000 1]/M"), 1), "must have 1 to"},
		"a film cut away": {filmed(t)[:300], "ffmpeg"},
		"a vector":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><image href="http://example.org/x.png"/></svg>`), "neither a picture nor a film"},
	} {
		args := []string(nil)
		if strings.Contains(name, "PDF") {
			args = []string{code(t)}
		}
		if _, _, raw, err := thumbOf(t, args, name, c.data); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s gave %d bytes, %v", name, len(raw), err)
		}
	}
}
