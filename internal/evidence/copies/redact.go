package copies

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // what can be redacted
	"image/png"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/fault"
)

// A Redaction says what of an item must not be seen.
type Redaction struct {
	Boxes []Blackout
	Words []string // of a text or a PDF, in whatever case they are written
	DPI   int      // of the pages of a PDF as they are drawn; 0 is 150
	Seen  []int    // pages of a PDF whose words cannot be looked for, and on which somebody looked
}

// A Blackout is a box that is blacked out: of a picture in its pixels; of a page of a
// PDF in points, 72 to the inch, from the upper left corner.
type Blackout struct {
	Page int // of a PDF, from 1; 0 of a picture
	image.Rectangle
}

// ParseBlackout reads [PAGE:]X,Y,WIDTH,HEIGHT.
func ParseBlackout(text string) (b Blackout, err error) {
	bad := fault.Invalid("box", "%.60q is not a box: write X,Y,WIDTH,HEIGHT, and PAGE: before it for a page of a PDF", text)
	place := strings.TrimSpace(text)
	if page, rest, ok := strings.Cut(place, ":"); ok {
		if b.Page, err = strconv.Atoi(strings.TrimSpace(page)); err != nil || b.Page < 1 || b.Page > pdf.MostPages {
			return Blackout{}, bad
		}
		place = rest
	}
	parts := strings.Split(place, ",")
	if len(parts) != 4 {
		return Blackout{}, bad
	}
	var n [4]int
	for i, p := range parts {
		if n[i], err = strconv.Atoi(strings.TrimSpace(p)); err != nil || n[i] < -1_000_000 || n[i] > 1_000_000 {
			return Blackout{}, bad
		}
	}
	if n[2] <= 0 || n[3] <= 0 {
		return Blackout{}, bad
	}
	b.Rectangle = image.Rect(n[0], n[1], n[0]+n[2], n[1]+n[3])
	return b, nil
}

// Redacted is a copy from which something is gone.
type Redacted struct {
	Data      []byte `json:"-"`
	Extension string `json:"extension"`
	Note      string `json:"note,omitempty"` // what one must know of it
}

// What is redacted is read whole into memory: a picture that claims more
// pixels than this is a bomb, and no file is larger.
const (
	mostPixels   = 60_000_000
	mostRedacted = 128 << 20
)

// blocked stands for whatever was redacted in a text. It is always as long, so
// that it does not tell how long the word was.
const blocked = "█████"

// Redact returns a copy in which what is named is gone: there is nothing under
// it. A picture is drawn anew as PNG, its boxes black, with none of the original's
// bytes and none of its metadata. In a text the words are replaced. What is neither
// is refused: a file in which something could be hidden that is not drawn (office
// formats, video) cannot be redacted by painting over it. A PDF is drawn too, page by
// page: see Box.Redact.
func Redact(data []byte, r Redaction) (out Redacted, err error) {
	if len(data) > mostRedacted {
		return out, tooLarge(data)
	}
	if _, format, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		if len(r.Words) > 0 || len(r.Boxes) == 0 {
			return out, fault.Invalid("box", "it is a picture (%s): name the boxes that are to be blacked out", format)
		}
		data, err = redactImage(data, r.Boxes)
		return Redacted{Data: data, Extension: ".png"}, err
	}
	if pdf.Is(data) || !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return out, fault.Invalid("item", "it is neither a PDF, nor a PNG or JPEG picture, nor plain text: more could be in it than is seen")
	}
	if len(r.Boxes) > 0 || len(r.Words) == 0 {
		return out, fault.Invalid("word", "it is a text: name the words that are to be taken out")
	}
	data, err = redactText(data, r.Words)
	return Redacted{Data: data, Extension: ".txt"}, err
}

func tooLarge(data []byte) error {
	return fault.Invalid("item", "it has %d bytes, more than can be redacted at once (%d)", len(data), mostRedacted)
}

func redactImage(data []byte, boxes []Blackout) ([]byte, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fault.Invalid("item", "the picture cannot be read: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > mostPixels {
		return nil, fault.Invalid("item", "the picture claims %d × %d pixels, more than can be drawn", c.Width, c.Height)
	}
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.Invalid("item", "the picture cannot be read: %w", err)
	}
	dst := image.NewNRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	for _, black := range boxes {
		b := black.Canon()
		if black.Page != 0 {
			return nil, fault.Invalid("box", "a picture has no pages: write X,Y,WIDTH,HEIGHT")
		}
		if b.Empty() || !b.Overlaps(dst.Bounds()) {
			return nil, fault.Invalid("box", "%v lies outside of the picture, which has %d × %d pixels", b, dst.Bounds().Dx(), dst.Bounds().Dy())
		}
		draw.Draw(dst, b, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, dst); err != nil {
		return nil, fmt.Errorf("draw the redacted picture: %w", err)
	}
	return out.Bytes(), nil
}

// redactText takes words out, in whatever case they are written. A word that
// is not there is refused: it may be spelt otherwise.
func redactText(data []byte, words []string) ([]byte, error) {
	text := string(data)
	for _, w := range words {
		if strings.TrimSpace(w) == "" {
			return nil, fault.Invalid("word", "a word to take out is empty")
		}
		var b strings.Builder
		found := false
		for at := 0; at < len(text); {
			n := foldedPrefix(text[at:], w)
			if n == 0 {
				_, size := utf8.DecodeRuneInString(text[at:])
				b.WriteString(text[at : at+size])
				at += size
				continue
			}
			b.WriteString(blocked)
			found, at = true, at+n
		}
		if !found {
			return nil, fault.Invalid("word", "%q does not occur: is it spelt otherwise?", w)
		}
		text = b.String()
	}
	return []byte(text), nil
}

// foldedPrefix returns how many bytes of s, at its beginning, are the word but
// for case, or 0.
func foldedPrefix(s, word string) int {
	n := 0
	for range utf8.RuneCountInString(word) {
		if n >= len(s) {
			return 0
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	if strings.EqualFold(s[:n], word) {
		return n
	}
	return 0
}
