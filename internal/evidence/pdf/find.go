package pdf

import (
	"image"
	"math"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/unicode/norm"

	"github.com/heed-project/heed/internal/fault"
)

// letter is a character of a page, and its number there.
type letter struct {
	r  rune
	at int
}

// joined puts the halves of characters together that come as two.
func joined(in []letter) []letter {
	out := in[:0]
	for i := 0; i < len(in); i++ {
		l := in[i]
		if l.r >= 0xd800 && l.r < 0xdc00 && i+1 < len(in) && in[i+1].r >= 0xdc00 && in[i+1].r < 0xe000 {
			l.r = (l.r-0xd800)<<10 + in[i+1].r - 0xdc00 + 0x10000
			i++
		}
		out = append(out, l)
	}
	return out
}

// plain are letters as they are compared: decomposed, without marks, in one case. What
// is written with one sign for two letters becomes two with one place.
func plain(in []letter) (out []letter) {
	for _, l := range in {
		if l.r == 0 || l.r == 0xad || unicode.Is(unicode.Cf, l.r) {
			continue
		}
		if l.r < 0x80 {
			out = append(out, letter{unicode.ToLower(l.r), l.at})
			continue
		}
		for _, r := range norm.NFKD.String(string(l.r)) {
			if !unicode.IsMark(r) && r != '\u0640' {
				out = append(out, letter{unicode.ToLower(unicode.ToUpper(r)), l.at})
			}
		}
	}
	return out
}

// find returns where a word stands among the letters of a page: the numbers of those
// that make it up, for each place. Case and accents make no difference, a space may be
// a new line, and a word may be divided between two lines.
func find(letters []letter, word string) (places [][]int) {
	var w []rune
	for _, r := range word {
		for _, l := range plain([]letter{{r, 0}}) {
			if unicode.IsSpace(l.r) && (len(w) == 0 || w[len(w)-1] == ' ') {
				continue
			} else if unicode.IsSpace(l.r) {
				l.r = ' '
			}
			w = append(w, l.r)
		}
	}
	for len(w) > 0 && w[len(w)-1] == ' ' {
		w = w[:len(w)-1]
	}
	page := plain(letters)
	for from := 0; len(w) > 0 && from < len(page); from++ {
		if at := match(page[from:], w); at != nil {
			places = append(places, at)
		}
	}
	return places
}

// match returns the letters that make up a word, where the page begins with it.
func match(page []letter, word []rune) (at []int) {
	p := 0
	for n, r := range word {
		if r == ' ' {
			from := p
			for p < len(page) && unicode.IsSpace(page[p].r) {
				p++
			}
			if p == from {
				return nil
			}
			continue
		}
		if n > 0 && r != '-' && p < len(page) && page[p].r != r {
			p = divided(page, p)
		}
		if p >= len(page) || page[p].r != r && (r != '-' || page[p].r != softHyphen) {
			return nil
		}
		at = append(at, page[p].at)
		if p++; r == '-' {
			p = onward(page, p)
		}
	}
	return at
}

// divided goes on behind a hyphen that ends a line.
func divided(page []letter, p int) int {
	if page[p].r == softHyphen {
		return onward(page, p+1)
	}
	if next := onward(page, p+1); page[p].r == '-' && next > p+1 {
		return next
	}
	return p
}

// onward goes on behind the end of a line.
func onward(page []letter, p int) int {
	for p < len(page) && (page[p].r == '\r' || page[p].r == '\n') {
		p++
	}
	return p
}

// A Searched is what was found on a page.
type Searched struct {
	Boxes  [][]image.Rectangle // of each word, where it stands, in pixels
	Silent bool                // the page has no text, or one of which much cannot be read
}

// Find looks for words on a page, and returns where they stand in a picture of
// the page with so many dots an inch: see Draw. A place is somewhat larger than
// its letters.
func (f *File) Find(n int, words []string, dpi float64, most int) (out Searched, err error) {
	w, h, err := f.pixels(n, dpi, most)
	if err != nil {
		return out, err
	}
	out.Boxes = make([][]image.Rectangle, len(words))
	err = f.letters(n, func(t references.FPDF_TEXTPAGE, letters []letter) error {
		out.Silent = silent(letters)
		for i, word := range words {
			for _, place := range find(letters, word) {
				if out.Boxes[i], err = f.around(out.Boxes[i], n, t, place, image.Pt(w, h)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return out, err
}

// silent tells whether a page has no text, or one of which more than a twentieth
// cannot be read.
func silent(letters []letter) bool {
	all, bad := 0, 0
	for _, l := range letters {
		switch {
		case l.r == 0, l.r == unicode.ReplacementChar, unicode.Is(unicode.Co, l.r):
			bad++
		case !unicode.IsSpace(l.r):
			all++
		}
	}
	return all == 0 || bad*20 > all
}

// around adds the boxes of letters: those side by side become one.
func (f *File) around(boxes []image.Rectangle, n int, t references.FPDF_TEXTPAGE, letters []int, size image.Point) ([]image.Rectangle, error) {
	from := len(boxes)
	for _, i := range letters {
		b, err := f.box(n, t, i, size)
		if err != nil {
			return nil, err
		}
		if last := len(boxes) - 1; last >= from && beside(boxes[last], b) {
			boxes[last] = boxes[last].Union(b)
			continue
		}
		boxes = append(boxes, b)
	}
	return boxes, nil
}

// beside tells whether two letters stand in one line, so that a box over both hides
// nothing else.
func beside(a, b image.Rectangle) bool {
	over := min(a.Max.Y, b.Max.Y)-max(a.Min.Y, b.Min.Y) > min(a.Dy(), b.Dy())/2
	gap := max(a.Min.X, b.Min.X) - min(a.Max.X, b.Max.X)
	return over && gap <= max(a.Dy(), b.Dy())
}

// box is where a letter stands: its own shape and the room of its font, with some
// space around it.
func (f *File) box(n int, t references.FPDF_TEXTPAGE, i int, size image.Point) (image.Rectangle, error) {
	c, err := f.e.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: t, Index: i})
	if err != nil {
		return image.Rectangle{}, fault.Invalid("word", "where it stands on page %d cannot be told: name a box instead", n)
	}
	left, right, low, high := c.Left, c.Right, c.Bottom, c.Top
	if l, err := f.e.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: t, Index: i}); err == nil {
		left, right = min(left, float64(l.Rect.Left)), max(right, float64(l.Rect.Right))
		low, high = min(low, float64(l.Rect.Bottom), float64(l.Rect.Top)), max(high, float64(l.Rect.Top), float64(l.Rect.Bottom))
	}
	room := 1 + 0.1*(high-low)
	var out image.Rectangle
	for k, corner := range [][2]float64{{left - room, low - room}, {right + room, high + room}} {
		d, err := f.e.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: f.page(n), SizeX: size.X, SizeY: size.Y, PageX: corner[0], PageY: corner[1]})
		if err != nil {
			return out, broken(n, err)
		}
		p := image.Pt(d.DeviceX, d.DeviceY)
		if k == 0 {
			out = image.Rectangle{Min: p, Max: p}
		} else {
			out = image.Rect(out.Min.X, out.Min.Y, p.X, p.Y)
		}
	}
	return out.Inset(-1), nil
}

// Pixels turns a box in points into one in pixels, rounded outwards.
func Pixels(b image.Rectangle, dpi float64) image.Rectangle {
	s := dpi / inch
	return image.Rect(int(math.Floor(float64(b.Min.X)*s)), int(math.Floor(float64(b.Min.Y)*s)), int(math.Ceil(float64(b.Max.X)*s)), int(math.Ceil(float64(b.Max.Y)*s)))
}
