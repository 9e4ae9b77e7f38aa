package copies

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/fault"
)

// How the pages of a PDF are drawn for a redacted copy.
const (
	usualDPI             = 150
	leastDPI, mostDPI    = 72, 300
	mostPagePixels       = 40_000_000    // a sheet of A3 at 300 dots an inch has 17 million
	mostAllPixels        = 2_000_000_000 // a thousand pages of A4 at 150
	mostWords, mostBoxes = 200, 2000
)

// redactPDF makes a new document in which each page is a picture of the page, with
// what is named black in it. Nothing of the old document is taken over: no text, no
// metadata, no attachment, no earlier version, no annotation, no form field.
func redactPDF(data []byte, r Redaction, code string) (out Redacted, err error) {
	if len(data) > mostRedacted {
		return out, tooLarge(data)
	}
	if err := r.checkPDF(); err != nil {
		return out, err
	}
	f, err := pdf.Open(data, code)
	if err != nil {
		return out, err
	}
	defer f.Close()
	for _, b := range r.Boxes {
		if err := onPage(f, b); err != nil {
			return out, err
		}
	}
	d := drawing{f: f, r: r, found: make([]bool, len(r.Words))}
	if err := d.fits(); err != nil {
		return out, err
	}
	var b bytes.Buffer
	w := pdf.NewWriter(&b)
	for n := 1; n <= f.Pages(); n++ {
		if err := d.page(w, n); err != nil {
			return out, err
		}
	}
	if err := d.whole(); err != nil {
		return out, err
	}
	if err := w.Close(); err != nil {
		return out, err
	}
	note := fmt.Sprintf("%d pages drawn as pictures at %d dots an inch, %d places blacked out", f.Pages(), r.DPI, d.places)
	if d.hidden > 0 {
		note += fmt.Sprintf("; %d annotations and form fields are not drawn", d.hidden)
	}
	return Redacted{Data: b.Bytes(), Extension: ".pdf", Note: note}, nil
}

// checkPDF checks what was asked for, and fills in the resolution.
func (r *Redaction) checkPDF() error {
	if r.DPI == 0 {
		r.DPI = usualDPI
	}
	switch {
	case r.DPI < leastDPI || r.DPI > mostDPI:
		return fault.Invalid("dpi", "the pages are drawn at %d to %d dots an inch, not at %d", leastDPI, mostDPI, r.DPI)
	case len(r.Boxes) == 0 && len(r.Words) == 0:
		return fault.Invalid("box", "it is a PDF: name the boxes that are to be blacked out, as PAGE:X,Y,WIDTH,HEIGHT in points, or the words")
	case len(r.Boxes) > mostBoxes || len(r.Words) > mostWords:
		return fault.Invalid("box", "at most %d boxes and %d words are redacted at once", mostBoxes, mostWords)
	}
	for _, w := range r.Words {
		if strings.TrimSpace(w) == "" || len(w) > 1000 {
			return fault.Invalid("word", "a word to take out is empty, or has more than 1,000 bytes")
		}
	}
	return nil
}

// onPage refuses a box that lies outside of its page.
func onPage(f *pdf.File, b Blackout) error {
	if b.Page < 1 || b.Page > f.Pages() {
		return fault.Invalid("box", "it is a PDF of %d pages: say on which page a box is, as PAGE:X,Y,WIDTH,HEIGHT in points", f.Pages())
	}
	w, h, err := f.Size(b.Page)
	if err != nil {
		return err
	}
	if c := b.Canon(); c.Empty() || !c.Overlaps(image.Rect(0, 0, int(w), int(h))) {
		return fault.Invalid("box", "%v lies outside of page %d, which has %.0f × %.0f points", c, b.Page, w, h)
	}
	return nil
}

// drawing is a document while its pages are drawn.
type drawing struct {
	f      *pdf.File
	r      Redaction
	found  []bool // which words were
	silent []int  // pages whose words cannot be looked for
	places int
	hidden int
}

// fits refuses what has more pixels than are drawn, before any is.
func (d *drawing) fits() error {
	all := 0.0
	for n := 1; n <= d.f.Pages(); n++ {
		w, h, err := d.f.Size(n)
		if err != nil {
			return err
		}
		if all += w * h * float64(d.r.DPI*d.r.DPI) / 72 / 72; !(all <= mostAllPixels) {
			return fault.WithHint(fault.Invalid("item", "the pages of the PDF claim more than %d pixels at %d dots an inch", mostAllPixels, d.r.DPI), "draw it more coarsely, or take it in as parts")
		}
	}
	return nil
}

// page draws a page with what is named black in it.
func (d *drawing) page(w *pdf.Writer, n int) error {
	dpi := float64(d.r.DPI)
	black := []image.Rectangle{}
	for _, b := range d.r.Boxes {
		if b.Page == n {
			black = append(black, pdf.Pixels(b.Canon(), dpi))
		}
	}
	if len(d.r.Words) > 0 {
		s, err := d.f.Find(n, d.r.Words, dpi, mostPagePixels)
		if err != nil {
			return err
		}
		if s.Silent && len(black) == 0 && !slices.Contains(d.r.Seen, n) {
			d.silent = append(d.silent, n)
		}
		for i, places := range s.Boxes {
			d.found[i] = d.found[i] || len(places) > 0
			black = append(black, places...)
		}
	}
	if len(d.silent) > 0 { // it will be refused
		return nil
	}
	p, err := d.f.Draw(n, dpi, mostPagePixels)
	if err != nil {
		return err
	}
	for _, b := range black {
		draw.Draw(p, b, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	d.places, d.hidden = d.places+len(black), d.hidden+d.f.Hidden(n)
	return w.Page(p, dpi)
}

// whole refuses a copy in which a word may have been left.
func (d *drawing) whole() error {
	if len(d.silent) > 0 {
		pages := strings.Trim(fmt.Sprint(d.silent), "[]")
		return fault.WithHint(fault.Invalid("word", "words cannot be looked for on these pages, which have no text that can be read (pictures of writing?): %s", pages),
			"look at each: name the boxes on it, or say with --seen PAGE that you looked and no such word is there")
	}
	for i, ok := range d.found {
		if !ok {
			return fault.Invalid("word", "%q does not occur in the text of the pages: is it spelt otherwise, or a picture?", d.r.Words[i])
		}
	}
	return nil
}
