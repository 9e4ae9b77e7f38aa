// Package frames looks at pictures and at the frames of films, so that package near can
// tell which are nearly the same.
//
//	marks, notes := frames.Look(data, 0, nil)
//
// It decodes JPEG, PNG, GIF, WebP, TIFF and BMP, and of films what holds whole pictures:
// Motion JPEG in AVI, MOV and MP4, and GIF that moves. What other films show no pure Go
// decoder opens; where the program ffmpeg is installed it is run on them, in the same
// child and within the same limits as everything that reads what strangers made, and its
// key frames are taken. Where it is not, that is said in the notes.
//
// Of a film at most 24 frames are looked at, evenly over its length.
//
// It promises to return for every input within bounds: a picture that claims more than
// its room is not decoded. It trusts nothing in the data and is meant to run in a child
// process. Sources: RIFF and AVI (Microsoft), ISO 14496-12 and the QuickTime File
// Format, GIF89a, ITU-T T.81.
package frames

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // what is decoded
	_ "image/jpeg" // what is decoded
	_ "image/png"  // what is decoded
	"strings"

	_ "golang.org/x/image/bmp"  // what is decoded
	_ "golang.org/x/image/tiff" // what is decoded
	_ "golang.org/x/image/webp" // what is decoded

	"github.com/heed-project/heed/internal/evidence/near"
)

// The bounds of what is decoded.
const (
	mostPixels = 40_000_000 // of one picture
	mostSide   = 1 << 16
	mostMoving = 60_000_000 // of all frames of a GIF together
	mostFrames = 24         // that are looked at
	mostListed = 200_000    // frames of a film that are counted at all
)

// An Eye runs a program that decodes what is not decoded here. It returns frames of a
// film, and is nil where there is none: see [Installed].
type Eye func(film []byte) ([]image.Image, error)

// Look returns what near keeps of a picture or a film, and says what was left out. The
// orientation is what EXIF says of a picture, 0 for none. Marks are nil for what is
// neither, and for what is too plain to be told from other things.
func Look(data []byte, orientation int, eye Eye) (*near.Marks, []string) {
	switch {
	case isFilm(data):
		return lookFilm(data, eye)
	case bytes.HasPrefix(data, []byte("GIF8")) && moves(data):
		all, err := gifFrames(data)
		if err != nil {
			return nil, []string{"the frames of the GIF cannot be read: " + err.Error()}
		}
		return ofFrames(all)
	}
	img, err := decode(data)
	if err != nil {
		return nil, []string{"it was not looked at: " + err.Error()}
	}
	if img == nil {
		return nil, nil
	}
	p, ok := near.Of(img, orientation)
	if !ok {
		return nil, []string{"the picture is too small or too plain to be compared with others"}
	}
	return &near.Marks{Pictures: []near.Picture{p}}, nil
}

// decode decodes a picture; nil is for what is none of a known kind.
func decode(data []byte) (img image.Image, err error) {
	defer func() { // a decoder that falls over a damaged picture takes nothing else down
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("the picture is damaged: %v", r)
		}
	}()
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		if err == image.ErrFormat {
			return nil, nil
		}
		return nil, fmt.Errorf("the head of the picture cannot be read: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > mostSide || c.Height > mostSide || int64(c.Width)*int64(c.Height) > mostPixels {
		return nil, fmt.Errorf("the picture claims %d × %d pixels, more than are decoded", c.Width, c.Height)
	}
	img, _, err = image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the picture (%s) is damaged: %w", kind, err)
	}
	return img, nil
}

// isFilm tells the containers of films by their first bytes.
func isFilm(data []byte) bool {
	if len(data) < 12 {
		return false
	}
	switch kind := string(data[4:8]); {
	case string(data[:4]) == "RIFF" && string(data[8:12]) == "AVI ":
		return true
	case kind == "ftyp":
		return !strings.HasPrefix(string(data[8:12]), "hei") && !strings.HasPrefix(string(data[8:12]), "mif") && !strings.HasPrefix(string(data[8:12]), "avi") && !strings.HasPrefix(string(data[8:12]), "M4A")
	case kind == "moov", kind == "mdat", kind == "wide":
		return true
	}
	return bytes.HasPrefix(data, []byte("\x1a\x45\xdf\xa3")) // Matroska, WebM
}

// lookFilm takes frames out of a film.
func lookFilm(data []byte, eye Eye) (*near.Marks, []string) {
	all := aviFrames(data)
	if len(all) == 0 {
		all = boxFrames(data)
	}
	if len(all) > 0 {
		return ofFrames(all)
	}
	if eye == nil {
		return nil, []string{"no frame of the film was looked at: it is not Motion JPEG, and ffmpeg, which decodes others, is not installed here"}
	}
	all, err := eye(data)
	if err != nil {
		return nil, []string{"no frame of the film was looked at: " + err.Error()}
	}
	return ofFrames(all)
}

// ofFrames makes marks of frames; plain ones, and those like the one before, say
// nothing more.
func ofFrames(all []image.Image) (*near.Marks, []string) {
	m := &near.Marks{Film: true}
	for _, f := range spaced(all, mostFrames) {
		p, ok := near.Of(f, 0)
		if !ok {
			continue
		}
		if n := len(m.Pictures); n > 0 && m.Pictures[n-1].Looks[0] == p.Looks[0] {
			continue
		}
		m.Pictures = append(m.Pictures, p)
	}
	if m.Empty() {
		return nil, []string{"the film shows nothing that can be compared: its frames are too small or too plain"}
	}
	return m, nil
}

// spaced takes so many of a list, evenly from its first to its last.
func spaced[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	out := make([]T, 0, most)
	for n := range most {
		out = append(out, all[n*(len(all)-1)/(most-1)])
	}
	return out
}

// shown decodes some of the frames of a film that are JPEG each.
func shown(all [][]byte) (out []image.Image) {
	for _, b := range spaced(all, mostFrames) {
		img, err := decode(withTables(b))
		if err == nil && img != nil {
			out = append(out, img)
		}
	}
	return out
}
