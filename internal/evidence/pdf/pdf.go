// Package pdf reads and draws the pages of PDF files, with PDFium.
//
// PDFium is the reader of the Chromium browser. It comes as WebAssembly and runs in
// a memory of its own, through wazero, without cgo: it sees the bytes it is given and
// nothing else of the machine. Even so the package is meant for a child process with
// limits (internal/proof/box): who made the file may wish harm.
//
//	f, err := pdf.Open(data, pdf.Compiled(dir))
//	defer f.Close()
//	for n := 1; n <= f.Pages(); n++ {
//		text, err := f.Text(n)
//		picture, err := f.Draw(n, 150, 40_000_000)
//	}
//
// Pages are numbered from 1. Places on a page are in points, 72 to the inch, from the
// upper left corner of the page as it is shown, as pdftotext -bbox prints them. What
// is drawn is the page itself: no annotation and no form field, whose words are not
// among the text either. A Writer makes a document of pictures, with nothing in it
// that the pictures do not show.
//
// It promises bounded pixels and pages, and an error for what is no PDF, is encrypted,
// or is too large. Time and memory are bounded by whoever runs it. It trusts PDFium
// to draw what is there; that something was drawn wrongly it cannot tell.
// Source: ISO 32000-1.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"math"
	"strings"
	"unicode"

	pdfium "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"github.com/heed-project/heed/internal/fault"
)

// MostPages is how many pages a file may have to be read or drawn.
const MostPages = 2000

// inch is how many points an inch has.
const inch = 72

// Is tells whether data may be a PDF. It looks where readers look for the first line.
func Is(data []byte) bool { return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) }

// A File is an open PDF. It is for one goroutine.
type File struct {
	e     *engine
	doc   references.FPDF_DOCUMENT
	pages int
}

// Open opens a PDF, with compiled code if a folder of it is named. It refuses what is
// encrypted: nobody is asked for a password here.
func Open(data []byte, code string) (*File, error) {
	e, err := start(code)
	if err != nil && code != "" { // the compiled code is of no use
		e, err = start("")
	}
	if err != nil {
		return nil, err
	}
	f := &File{e: e}
	doc, err := e.OpenDocument(&requests.OpenDocument{File: &data})
	switch {
	case errors.Is(err, pdfium.ErrPassword), errors.Is(err, pdfium.ErrSecurity):
		err = fault.WithHint(fault.Invalid("item", "the PDF is encrypted: its pages cannot be seen without a password"),
			"open it with its password, save it without one, and take that in beside it")
	case err != nil:
		err = fault.Invalid("item", "it is no PDF that can be read: it is damaged, or only begins like one")
	}
	if err != nil {
		e.close()
		return nil, err
	}
	f.doc = doc.Document
	n, err := e.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: f.doc})
	if err == nil && (n.PageCount < 1 || n.PageCount > MostPages) {
		err = fault.Invalid("item", "the PDF claims %d pages: 1 to %d can be read", n.PageCount, MostPages)
	}
	if err != nil {
		e.close()
		return nil, err
	}
	f.pages = n.PageCount
	return f, nil
}

// Close gives the memory back.
func (f *File) Close() { f.e.close() }

// Pages returns how many pages there are.
func (f *File) Pages() int { return f.pages }

func (f *File) page(n int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: f.doc, Index: n - 1}}
}

// Said returns what the document says about itself: pairs of a name and a value.
func (f *File) Said() (out [][2]string) {
	for _, tag := range []string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate"} {
		if v, err := f.e.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: f.doc, Tag: tag}); err == nil && v.Value != "" {
			out = append(out, [2]string{tag, v.Value})
		}
	}
	return out
}

// Size returns the width and the height of a page in points, as it is shown.
func (f *File) Size(n int) (w, h float64, err error) {
	s, err := f.e.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: f.doc, Index: n - 1})
	if err != nil {
		return 0, 0, broken(n, err)
	}
	return s.Width, s.Height, nil
}

func broken(n int, err error) error {
	return fault.Invalid("item", "page %d of the PDF cannot be read: %w", n, err)
}

// Hidden returns how many annotations and form fields a page has, which are neither
// read nor drawn.
func (f *File) Hidden(n int) int {
	c, err := f.e.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: f.page(n)})
	if err != nil {
		return 0
	}
	return c.Count
}

// Text returns the text of a page, in the order in which it is written there.
func (f *File) Text(n int) (string, error) {
	var b strings.Builder
	err := f.letters(n, func(_ references.FPDF_TEXTPAGE, letters []letter) error {
		for _, l := range letters {
			switch {
			case l.r == '\r', l.r == 0:
			case l.r == softHyphen:
				b.WriteByte('-')
			default:
				b.WriteRune(l.r)
			}
		}
		return nil
	})
	return strings.TrimSpace(b.String()), err
}

// softHyphen is how PDFium gives a hyphen at the end of a line.
const softHyphen = 2

// letters gives the letters of a page to do while its text is open.
func (f *File) letters(n int, do func(references.FPDF_TEXTPAGE, []letter) error) error {
	t, err := f.e.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: f.page(n)})
	if err != nil {
		return broken(n, err)
	}
	defer f.e.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: t.TextPage})
	c, err := f.e.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: t.TextPage})
	if err != nil || c.Count > mostLetters {
		return broken(n, errors.Join(err, fmt.Errorf("it claims %d letters", c.Count)))
	}
	out := make([]letter, 0, c.Count)
	for i := range c.Count {
		u, err := f.e.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: t.TextPage, Index: i})
		if err != nil {
			return broken(n, err)
		}
		r := rune(u.Unicode)
		if u.Unicode > unicode.MaxRune {
			r = unicode.ReplacementChar
		}
		out = append(out, letter{r, i})
	}
	return do(t.TextPage, joined(out))
}

// mostLetters is how many letters one page may have.
const mostLetters = 500_000

// pixels is the size in which a page is drawn.
func (f *File) pixels(n int, dpi float64, most int) (w, h int, err error) {
	x, y, err := f.Size(n)
	if err != nil {
		return 0, 0, err
	}
	x, y = math.Round(x*dpi/inch), math.Round(y*dpi/inch)
	if !(x >= 1 && y >= 1 && x*y <= float64(most)) {
		return 0, 0, fault.Invalid("item", "page %d of the PDF claims %.0f × %.0f pixels at %.0f dots an inch: it must have 1 to %d", n, x, y, dpi, most)
	}
	return int(x), int(y), nil
}

// Draw draws a page on white, with so many dots an inch, where that is at most so many
// pixels.
func (f *File) Draw(n int, dpi float64, most int) (*image.RGBA, error) {
	w, h, err := f.pixels(n, dpi, most)
	if err != nil {
		return nil, err
	}
	b, err := f.e.FPDFBitmap_Create(&requests.FPDFBitmap_Create{Width: w, Height: h})
	if err != nil {
		return nil, broken(n, err)
	}
	defer f.e.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: b.Bitmap})
	const white = 0xffffffff
	if _, err := f.e.FPDFBitmap_FillRect(&requests.FPDFBitmap_FillRect{Bitmap: b.Bitmap, Width: w, Height: h, Color: white}); err != nil {
		return nil, broken(n, err)
	}
	if _, err := f.e.FPDF_RenderPageBitmap(&requests.FPDF_RenderPageBitmap{Bitmap: b.Bitmap, Page: f.page(n), SizeX: w, SizeY: h}); err != nil {
		return nil, broken(n, err)
	}
	drawn, err := f.e.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: b.Bitmap})
	if err != nil || len(drawn.Buffer) < 4*w*h {
		return nil, broken(n, errors.Join(err, errors.New("nothing was drawn")))
	}
	stride := len(drawn.Buffer) / h
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := drawn.Buffer[y*stride:], out.Pix[y*out.Stride:(y+1)*out.Stride]
		for x := 0; x < len(to); x += 4 {
			to[x], to[x+1], to[x+2], to[x+3] = from[x+2], from[x+1], from[x], 255
		}
	}
	return out, nil
}
