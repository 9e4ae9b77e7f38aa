package frames_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/frames"
	"github.com/heed-project/heed/internal/evidence/near"
)

// scene draws a picture out of a number: waves of which no two are alike.
func scene(n, w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	a, b, c := 1+float64(n*7%5), 1+float64(n*11%7), float64(n)
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			l := math.Sin(6*a*u+c) + math.Sin(5*b*v-2*c) + math.Sin(9*(u*math.Cos(c)+v*math.Sin(c)))
			m.SetGray(x, y, color.Gray{Y: uint8(128 + 40*l)})
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withoutTables takes the Huffman tables out, as those who write AVI do.
func withoutTables(b []byte) (out []byte) {
	out = append(out, b[:2]...)
	for b = b[2:]; b[1] != 0xda; {
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if b[1] != 0xc4 {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return append(out, b...)
}

func chunk(id string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	out = append(out, body...)
	return append(out, make([]byte, len(body)%2)...)
}

// avi writes a Motion JPEG.
func avi(t testing.TB, scenes []int, w, h, quality int) []byte {
	var movi []byte
	for _, n := range scenes {
		movi = append(movi, chunk("00dc", withoutTables(asJPEG(t, scene(n, w, h), quality)))...)
	}
	body := append([]byte("AVI "), chunk("LIST", append([]byte("hdrl"), chunk("avih", make([]byte, 56))...))...)
	return chunk("RIFF", append(body, chunk("LIST", append([]byte("movi"), movi...))...))
}

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func numbers(all ...int) (out []byte) {
	for _, n := range all {
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	return out
}

// mov writes a Motion JPEG with its head at the end, as cameras do; two frames a chunk.
func mov(t testing.TB, scenes []int, w, h int) []byte {
	out := box("ftyp", []byte("qt  "), numbers(0))
	var media []byte
	sizes, chunks := numbers(0, 0, len(scenes)), []int{0, 0}
	for n, s := range scenes {
		b := asJPEG(t, scene(s, w, h), 80)
		if n%2 == 0 {
			chunks = append(chunks, len(out)+8+len(media))
		}
		media, sizes = append(media, b...), append(sizes, numbers(len(b))...)
	}
	chunks[1] = len(chunks) - 2
	stbl := box("stbl", box("stsd", numbers(0, 1, 16), []byte("jpeg"), numbers(0)), box("stsz", sizes), box("stsc", numbers(0, 1, 1, 2, 1)), box("stco", numbers(chunks...)))
	out = append(out, box("mdat", media)...)
	return append(out, box("moov", box("trak", box("mdia", box("minf", stbl))))...)
}

// moving writes a GIF that moves.
func moving(t testing.TB, scenes []int, w, h int) []byte {
	gray := make(color.Palette, 256)
	for n := range gray {
		gray[n] = color.Gray{Y: uint8(n)}
	}
	g := &gif.GIF{}
	for _, n := range scenes {
		p := image.NewPaletted(image.Rect(0, 0, w, h), gray)
		draw.Draw(p, p.Bounds(), scene(n, w, h), image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func look(t testing.TB, data []byte, eye frames.Eye) *near.Marks {
	t.Helper()
	m, notes := frames.Look(data, 0, eye)
	if m.Empty() {
		t.Fatalf("nothing was seen: %q", notes)
	}
	return m
}

// TestFilms: a film is found in another container, size and quality, in a part of it,
// and from one of its frames; another film is not.
func TestFilms(t *testing.T) {
	scenes := []int{1, 2, 3, 4, 5, 6}
	films := map[string]*near.Marks{
		"avi":    look(t, avi(t, scenes, 160, 120, 85), nil),
		"mov":    look(t, mov(t, scenes, 320, 240), nil),
		"gif":    look(t, moving(t, scenes, 120, 90), nil),
		"a part": look(t, avi(t, scenes[2:], 200, 150, 50), nil),
	}
	still := look(t, asJPEG(t, scene(4, 400, 300), 70), nil)
	other := look(t, avi(t, []int{11, 12, 13, 14}, 160, 120, 85), nil)
	for a, x := range films {
		if !x.Film || len(x.Pictures) < 4 {
			t.Errorf("%s: %d frames of a film (%v)", a, len(x.Pictures), x.Film)
		}
		for b, y := range films {
			if like, ok := x.Like(y); !ok || like.Kind != near.SameFilm || like.Frames < 3 {
				t.Errorf("%s and %s: %+v %v", a, b, like, ok)
			}
		}
		if like, ok := still.Like(x); !ok || like.Of != 1 || like.Frames != 1 {
			t.Errorf("a still and %s: %+v %v", a, like, ok)
		}
		if like, ok := other.Like(x); ok {
			t.Errorf("another film and %s: %+v", a, like)
		}
	}
}

// TestFFmpeg: what is no Motion JPEG is looked at with ffmpeg, also where its head comes
// last; and where there is none, that is said.
func TestFFmpeg(t *testing.T) {
	dir := t.TempDir()
	eye := frames.Installed()
	if eye == nil {
		t.Fatal("ffmpeg is not installed: script/setup does that")
	}
	var stills []byte
	for n := range 6 {
		stills = append(stills, asJPEG(t, scene(n+1, 320, 240), 90)...)
	}
	motion := look(t, avi(t, []int{1, 2, 3, 4, 5, 6}, 160, 120, 85), nil)
	for _, name := range []string{"a.mp4", "a.mkv", "a.avi"} {
		path := filepath.Join(dir, name)
		cmd := exec.Command("ffmpeg", "-v", "error", "-f", "mjpeg", "-framerate", "2", "-i", "pipe:0", "-c:v", "mpeg4", "-g", "1", "-q:v", "3", "-threads", "1", path)
		cmd.Stdin = bytes.NewReader(stills)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", name, err, out)
		}
		data := readFile(t, path)
		if like, ok := look(t, data, eye).Like(motion); !ok || like.Frames < 4 {
			t.Errorf("%s: %+v %v", name, like, ok)
		}
		if m, notes := frames.Look(data, 0, nil); m != nil || len(notes) != 1 || !strings.Contains(notes[0], "ffmpeg, which decodes others, is not installed") {
			t.Errorf("%s without ffmpeg: %+v %q", name, m, notes)
		}
		if m, notes := frames.Look(data[:len(data)/20], 0, eye); m != nil || len(notes) != 1 {
			t.Errorf("%s cut: %+v %q", name, m, notes)
		}
	}
}

// TestPictures: what pictures are decoded, and what is refused with words.
func TestPictures(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, scene(3, 200, 150)); err != nil {
		t.Fatal(err)
	}
	if like, ok := look(t, b.Bytes(), nil).Like(look(t, asJPEG(t, scene(3, 100, 75), 60), nil)); !ok || like.Kind != near.SamePicture {
		t.Errorf("%+v %v", like, ok)
	}
	bomb := bytes.Clone(b.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 60000)
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	for name, c := range map[string]struct {
		data []byte
		note string
	}{
		"a bomb":        {bomb, ""},
		"a cut picture": {b.Bytes()[:len(b.Bytes())/2], "damaged"},
		"one colour":    {asJPEG(t, image.NewGray(image.Rect(0, 0, 300, 200)), 80), "too plain"},
		"small":         {asJPEG(t, scene(1, 8, 8), 80), "too small"},
	} {
		if m, notes := frames.Look(c.data, 0, nil); m != nil || len(notes) != 1 || !strings.Contains(notes[0], c.note) {
			t.Errorf("%s: %+v %q", name, m, notes)
		}
	}
	if m, notes := frames.Look([]byte("a text of some words"), 0, nil); m != nil || notes != nil {
		t.Errorf("a text: %+v %q", m, notes)
	}
}

// FuzzFilm: no film does harm. What is in a picture is for the decoders, and is cut short.
func FuzzFilm(f *testing.F) {
	f.Add(avi(f, []int{1}, 16, 16, 40))
	f.Add(mov(f, []int{1, 2}, 16, 16))
	f.Add(moving(f, []int{1, 2}, 16, 16))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<13 {
			return
		}
		frames.Walk(data)
	})
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
