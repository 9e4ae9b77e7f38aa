package pdf

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/jpeg"
	"io"
)

// A Writer writes a PDF whose pages are pictures. It has no text, no metadata, no
// identifier and no date, and the same pictures give the same bytes.
type Writer struct {
	w       *bufio.Writer
	at      int64
	objects []int64 // where each begins; the first two are written last
	pages   []int   // the numbers of the page objects
	err     error
}

// NewWriter begins a document.
func NewWriter(w io.Writer) *Writer {
	out := &Writer{w: bufio.NewWriter(w), objects: make([]int64, 2)}
	out.put("%%PDF-1.5\n%%\xe2\xe3\xcf\xd3\n")
	return out
}

func (w *Writer) put(format string, args ...any) {
	if w.err == nil {
		var n int
		n, w.err = fmt.Fprintf(w.w, format, args...)
		w.at += int64(n)
	}
}

// object begins the next object.
func (w *Writer) object() (number int) {
	w.objects = append(w.objects, w.at)
	w.put("%d 0 obj\n", len(w.objects))
	return len(w.objects)
}

func (w *Writer) stream(dict string, data []byte) (number int) {
	number = w.object()
	w.put("<<%s/Length %d>>\nstream\n", dict, len(data))
	if w.err == nil {
		var n int
		n, w.err = w.w.Write(data)
		w.at += int64(n)
	}
	w.put("\nendstream\nendobj\n")
	return number
}

// largeFlat is from what size on a page is kept as JPEG, which photographs need.
const largeFlat = 1 << 20

// Page adds a page that shows a picture, which has so many dots an inch.
func (w *Writer) Page(p *image.RGBA, dpi float64) error {
	width, height := float64(p.Bounds().Dx())*inch/dpi, float64(p.Bounds().Dy())*inch/dpi
	space, channels := "/DeviceRGB", 3
	if gray(p) {
		space, channels = "/DeviceGray", 1
	}
	data, err := flat(p, channels)
	filter := fmt.Sprintf("/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent 8/Columns %d>>", channels, p.Bounds().Dx())
	if err == nil && len(data) > largeFlat {
		var b bytes.Buffer
		if err = jpeg.Encode(&b, p, &jpeg.Options{Quality: 90}); err == nil && b.Len() < len(data) {
			data, space, filter = b.Bytes(), "/DeviceRGB", "/Filter/DCTDecode"
		}
	}
	if err != nil {
		return err
	}
	picture := w.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%s/BitsPerComponent 8%s", p.Bounds().Dx(), p.Bounds().Dy(), space, filter), data)
	// A hair smaller than the page: a reader that rounds outwards would stretch it by a row.
	shown := w.stream("", fmt.Appendf(nil, "q %.5f 0 0 %.5f 0.001 0.001 cm /P Do Q", width-0.002, height-0.002))
	w.pages = append(w.pages, w.object())
	w.put("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.5f %.5f]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>\nendobj\n", width, height, picture, shown)
	return w.err
}

// Close ends the document.
func (w *Writer) Close() error {
	w.objects[0] = w.at
	w.put("1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
	w.objects[1] = w.at
	w.put("2 0 obj\n<</Type/Pages/Count %d/Kids[", len(w.pages))
	for _, n := range w.pages {
		w.put("%d 0 R ", n)
	}
	w.put("]>>\nendobj\n")
	at := w.at
	w.put("xref\n0 %d\n0000000000 65535 f \n", len(w.objects)+1)
	for _, o := range w.objects {
		w.put("%010d 00000 n \n", o)
	}
	w.put("trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.objects)+1, at)
	if w.err != nil {
		return w.err
	}
	return w.w.Flush()
}

// gray tells whether a picture has no colour.
func gray(p *image.RGBA) bool {
	for y := range p.Bounds().Dy() {
		row := p.Pix[y*p.Stride : y*p.Stride+4*p.Bounds().Dx()]
		for x := 0; x < len(row); x += 4 {
			if row[x] != row[x+1] || row[x] != row[x+2] {
				return false
			}
		}
	}
	return true
}

// flat packs the pixels without loss; each row is the difference to the one above,
// as PNG does it.
func flat(p *image.RGBA, channels int) ([]byte, error) {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	width := p.Bounds().Dx()
	above, row, line := make([]byte, width*channels), make([]byte, width*channels), make([]byte, 1+width*channels)
	line[0] = 2
	for y := range p.Bounds().Dy() {
		pix := p.Pix[y*p.Stride:]
		for x := range width {
			copy(row[x*channels:(x+1)*channels], pix[4*x:4*x+channels])
		}
		for i, b := range row {
			line[1+i] = b - above[i]
		}
		if _, err := z.Write(line); err != nil {
			return nil, err
		}
		above, row = row, above
	}
	err := z.Close()
	return out.Bytes(), err
}
