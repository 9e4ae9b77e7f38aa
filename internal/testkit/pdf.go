package testkit

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Code is a folder that the tests of all packages share for what the program compiles
// for itself, so that it is done once on a machine.
func Code() string { return filepath.Join(os.TempDir(), fmt.Sprintf("heed-test-code-%d", os.Getuid())) }

// A PDF is a document that tests make.
type PDF struct {
	Pages  []string // the text of each, in lines; "" is a page with a grey box and no text
	Title  string   // in its information
	Packed bool     // the text is compressed
	Extra  string   // is an attachment, the comment of a page, and the words of a version before this
	Box    [4]int   // the size of the pages in points; A4 where zero
	Turn   int      // degrees by which they are turned
	Locked bool     // encrypted, with a password that nobody knows
}

// document is a document while it is written.
type document struct {
	bytes.Buffer
	at []int // where each object begins
}

func (d *document) object(body string) int {
	d.at = append(d.at, d.Len())
	fmt.Fprintf(d, "%d 0 obj\n%s\nendobj\n", len(d.at), body)
	return len(d.at)
}

// end writes the table of the objects from one on, and the trailer.
func (d *document) end(first int, trailer string) {
	x := d.Len()
	if first == 0 {
		fmt.Fprintf(d, "xref\n0 %d\n0000000000 65535 f \n", len(d.at)+1)
	} else {
		fmt.Fprintf(d, "xref\n%d %d\n", first+1, len(d.at)-first)
	}
	for _, o := range d.at[first:] {
		fmt.Fprintf(d, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(d, "trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n", len(d.at)+1, trailer, x)
}

func (p PDF) stream(data string) string {
	dict := ""
	if p.Packed {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		fmt.Fprint(w, data)
		w.Close()
		data, dict = z.String(), "/Filter/FlateDecode"
	}
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// content draws a page.
func (p PDF) content(text string) string {
	if text == "" {
		return p.stream("0.5 g 100 400 200 100 re f")
	}
	out := fmt.Sprintf("BT /F 12 Tf 14 TL %d %d Td", p.Box[0]+72, p.Box[3]-100)
	for _, line := range strings.Split(text, "\n") {
		out += " (" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line) + ") Tj T*"
	}
	return p.stream(out + " ET")
}

// Bytes writes the document. The first line of a page stands 100 points below its upper
// edge and 72 from the left, in 12 points.
func (p PDF) Bytes() []byte {
	if p.Box == [4]int{} {
		p.Box = [4]int{0, 0, 595, 842}
	}
	var d document
	d.WriteString("%PDF-1.7\n")
	font := d.object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	info := d.object(fmt.Sprintf("<</Title(%s)/Author(%s)>>", p.Title, p.Extra))
	attached := d.object(fmt.Sprintf("<</Type/Filespec/F(list.txt)/EF<</F %d 0 R>>>>", d.object(p.stream(p.Extra))))
	note := d.object(fmt.Sprintf("<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(%s)>>", p.Extra))
	parent := len(d.at) + 2*len(p.Pages) + 1
	kids := ""
	for n, text := range p.Pages {
		c, annots := d.object(p.content(text)), ""
		if n == 0 && p.Extra != "" {
			annots = fmt.Sprintf("/Annots[%d 0 R]", note)
		}
		kids += fmt.Sprintf("%d 0 R ", d.object(fmt.Sprintf("<</Type/Page/Parent %d 0 R/Rotate %d/MediaBox[%d %d %d %d]/Resources<</Font<</F %d 0 R>>>>/Contents %d 0 R%s>>",
			parent, p.Turn, p.Box[0], p.Box[1], p.Box[2], p.Box[3], font, c, annots)))
	}
	d.object(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(p.Pages), kids))
	root := d.object(fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Names<</EmbeddedFiles<</Names[(list) %d 0 R]>>>>>>", parent, attached))
	trailer := fmt.Sprintf("/Root %d 0 R/Info %d 0 R", root, info)
	if p.Locked {
		trailer += fmt.Sprintf("/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%x>/U<%x>>>", strings.Repeat("o", 32), strings.Repeat("u", 32))
	}
	x := d.Len()
	d.end(0, trailer)
	if p.Extra != "" { // a newer version follows: both are in the file
		first := len(d.at)
		d.object("<<>>")
		d.end(first, trailer+fmt.Sprintf("/Prev %d", x))
	}
	return d.Bytes()
}
