package reading

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
)

// pdfInfo are the keys of the information dictionary.
var pdfInfo = regexp.MustCompile(`/(Title|Author|Subject|Keywords|Creator|Producer|CreationDate|ModDate)\s{0,3}\(`)

// A Paged is what was read of the pages of a PDF.
type Paged struct {
	Said   [][2]string // what the document says about itself: names and values
	Pages  []string    // the text of each, as far as was read
	All    int         // how many there are
	Hidden int         // annotations and form fields, which are not read
	Cut    string      // why not all pages were read
	Why    string      // why none was
}

// pdf reads what a PDF says about itself, and the text of its pages where there is
// somebody to read it. Each page ends with a form feed, as pdftotext writes it.
func (r *Reading) pdf(data []byte, pages func([]byte) Paged) {
	r.xmp(data)
	var p Paged
	if pages == nil {
		p.Why = "the text of its pages is not read here"
	} else {
		p = pages(data)
	}
	for _, s := range p.Said {
		r.field("pdf."+s[0], s[1])
	}
	for _, m := range pdfInfo.FindAllSubmatchIndex(data, 50) { // earlier versions too
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
	if p.Why != "" {
		r.note("%s", p.Why)
		return
	}
	r.field("pdf.Pages", fmt.Sprint(p.All))
	r.paged(p)
}

// paged puts the pages together and says what is missing.
func (r *Reading) paged(p Paged) {
	var mute []int
	var b strings.Builder
	for n, text := range p.Pages {
		if text = strings.TrimSpace(clean(text)); text == "" {
			mute = append(mute, n+1)
		}
		if b.Len()+len(text) > mostText {
			b.WriteString(strings.ToValidUTF8(text[:max(0, mostText-b.Len())], ""))
			p.Cut = fmt.Sprintf("only the first %d kB of the text were read, up to page %d of %d", mostText>>10, n+1, p.All)
			break
		}
		b.WriteString(text)
		b.WriteByte(newPage)
	}
	if r.Text = b.String(); strings.Trim(r.Text, string(rune(newPage))) == "" {
		r.Text = ""
	}
	if p.Cut != "" {
		r.note("%s", p.Cut)
	}
	if len(mute) > 0 {
		r.note("no text on %s: what is written there, if it is a picture, is not read", pageList(mute))
	}
	if p.Hidden > 0 {
		r.note("%d annotations and form fields of the pages were not read", p.Hidden)
	}
}

// newPage ends a page; noPage ends the text of a file in what is searched.
const (
	newPage = '\f'
	noPage  = '\v'
)

// pageList words page numbers: "pages 1, 3–5".
func pageList(pages []int) string {
	var parts []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		switch {
		case len(parts) == 20:
			return "pages " + strings.Join(parts, ", ") + " and others"
		case j == i:
			parts = append(parts, fmt.Sprint(pages[i]))
		default:
			parts = append(parts, fmt.Sprintf("%d–%d", pages[i], pages[j]))
		}
		i = j + 1
	}
	if len(pages) == 1 {
		return "page " + parts[0]
	}
	return "pages " + strings.Join(parts, ", ")
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
