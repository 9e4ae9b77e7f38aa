package reading

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
)

// pdfInfo are the keys of the information dictionary.
var pdfInfo = regexp.MustCompile(`/(Title|Author|Subject|Keywords|Creator|Producer|CreationDate|ModDate)\s{0,3}\(`)

// pdf reads what stands uncompressed in a PDF: the XMP packet and the
// information dictionary. The text of its pages is not read.
func (r *Reading) pdf(data []byte) {
	r.xmp(data)
	for _, m := range pdfInfo.FindAllSubmatchIndex(data, 50) {
		value, ok := literal(data[m[1]:])
		if !ok {
			continue
		}
		text, ok := decode(value, "")
		if !ok {
			text, _ = decode(value, "iso-8859-1")
		}
		r.field("pdf."+string(data[m[2]:m[3]]), text)
	}
	r.note("the text of a PDF is not read")
}

// literal reads a string of a PDF up to the parenthesis that ends it.
func literal(data []byte) (out []byte, ok bool) {
	deep := 0
	for i := 0; i < min(len(data), mostValue); i++ {
		switch c := data[i]; {
		case c == '\\' && i+1 < len(data):
			i++
			out = append(out, data[i])
			continue
		case c == '(':
			deep++
		case c == ')' && deep == 0:
			return out, true
		case c == ')':
			deep--
		}
		out = append(out, data[i])
	}
	return nil, false
}

// office reads the documents that are archives of XML.
func (r *Reading) office(data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	for _, f := range z.File[:min(len(z.File), 2000)] {
		switch name := f.Name; {
		case name == "word/document.xml":
			r.Kind = "docx"
			r.part(f, false)
		case strings.HasPrefix(name, "word/footnotes"), strings.HasPrefix(name, "word/comments"), strings.HasPrefix(name, "word/header"), strings.HasPrefix(name, "word/footer"):
			r.part(f, false)
		case name == "xl/sharedStrings.xml":
			r.Kind = "xlsx"
			r.part(f, false)
		case strings.HasPrefix(name, "ppt/slides/slide"), strings.HasPrefix(name, "ppt/notesSlides/"):
			r.Kind = "pptx"
			if strings.HasSuffix(name, ".xml") {
				r.part(f, false)
			}
		case name == "content.xml":
			r.Kind = "odf"
			r.part(f, false)
		case name == "docProps/core.xml", name == "docProps/app.xml", name == "meta.xml":
			r.part(f, true)
		}
		if len(r.Text) >= mostText {
			break
		}
	}
}

// blocks are elements after which a word does not go on.
var blocks = []string{"p", "h", "br", "tab", "tr", "tc", "si", "table-row", "table-cell", "list-item", "s", "line-break"}

// part reads one file of an archive: its text, or its leaves as fields.
func (r *Reading) part(f *zip.File, fields bool) {
	in, err := f.Open()
	if err != nil {
		r.note("%.80q cannot be unpacked", f.Name)
		return
	}
	defer in.Close()
	d := xml.NewDecoder(io.LimitReader(in, mostPart))
	d.Strict = false
	var b strings.Builder
	leaf := ""
	for b.Len() < mostText+1 {
		tok, err := d.RawToken()
		if err != nil {
			if err != io.EOF {
				r.note("%.80q is damaged or too large: it was read up to there", f.Name)
			}
			break
		}
		switch x := tok.(type) {
		case xml.StartElement:
			leaf = ""
		case xml.CharData:
			if fields {
				leaf = string(x[:min(len(x), mostValue)])
			} else {
				b.Write(x)
			}
		case xml.EndElement:
			if fields {
				r.field("document."+x.Name.Local, leaf)
				leaf = ""
			} else if slices.Contains(blocks, x.Name.Local) {
				b.WriteByte('\n')
			}
		}
	}
	if !fields {
		r.say(b.String())
	}
}

var charsetOf = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s{0,3}=\s{0,3}["']?([a-z0-9_-]{1,40})`)

// titleOf is the title in the head of a page.
func titleOf(text string) string {
	text = text[:min(len(text), 1<<16)]
	from := indexFold(text, "<title")
	if from < 0 {
		return ""
	}
	_, text, _ = strings.Cut(text[from:], ">")
	to := indexFold(text, "</title")
	return text[:max(0, to)]
}

// html reads the text of a page, and what it says of itself in its head.
func (r *Reading) html(data []byte, charset string) {
	if charset == "" {
		if m := charsetOf.FindSubmatch(data[:min(len(data), 4096)]); m != nil {
			charset = string(m[1])
		}
	}
	text, ok := decode(data, charset)
	if !ok {
		r.note("the page is in no writing that is known")
		return
	}
	r.field("html.Title", html.UnescapeString(titleOf(text)))
	r.say(html.UnescapeString(untagged(text)))
}

// untagged is a page without its tags, scripts and styles.
func untagged(text string) string {
	var b strings.Builder
	for b.Len() < 4*mostText {
		at := strings.IndexByte(text, '<')
		if at < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:at])
		text = text[at:]
		end := ">"
		head := strings.ToLower(text[:min(len(text), 9)])
		switch {
		case strings.HasPrefix(head, "<!--"):
			end = "-->"
		case strings.HasPrefix(head, "<script"):
			end = "</script"
		case strings.HasPrefix(head, "<style"):
			end = "</style"
		}
		to := indexFold(text, end)
		if to < 0 {
			break
		}
		text = text[to+len(end):]
		if strings.HasPrefix(end, "</") {
			_, text, _ = strings.Cut(text, ">")
		}
		if !strings.HasPrefix(head, "<b>") && !strings.HasPrefix(head, "<i>") && !strings.HasPrefix(head, "<a ") && !strings.HasPrefix(head, "</") {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// indexFold finds ASCII text whatever its case, without a copy of what it looks in.
func indexFold(text, what string) int {
	for i := 0; i+len(what) <= len(text); i++ {
		if text[i] == what[0] && strings.EqualFold(text[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}
