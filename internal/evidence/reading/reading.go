// Package reading reads what a file says about itself and the plain text in it, so
// that it can be found: the fields of a photograph, the properties of a document,
// the head of a message, and words.
//
//	r := reading.Read("IMG_0001.jpg", data)
//	for _, f := range r.Fields { fmt.Println(f.Name, f.Value) }
//	hit, ok := reading.ParseQuery("Brunnen 3 مايو").In(r.Searched())
//
// It reads JPEG and TIFF (EXIF, XMP), PNG and WebP (text, EXIF, XMP, size), MP4 and
// QuickTime (times, size, tracks), PDF (XMP, information; its pages through whoever is
// handed to ReadWith), DOCX, XLSX, PPTX, ODT, ODS and ODP (properties, text), e-mail
// and mailboxes (head, text), HTML and plain text. It does not read the letters in a picture, or
// speech. What a file says about itself anybody can have written into it: it is a
// claim, never a proof.
//
// It promises to return for every input, within bounds on what it keeps, and says in
// Notes what it left out. It trusts nothing in the data and is meant to run in a
// child process. Sources: EXIF 2.3, XMP (ISO 16684-1), PNG, RIFF, ISO 14496-12,
// ECMA-376, OASIS OpenDocument, RFC 5322 and 2045.
package reading

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/heed-project/heed/internal/evidence/near"
)

// What is kept of one file at most.
const (
	mostText   = 1 << 20
	mostFields = 200
	mostValue  = 2000
	mostPart   = 16 << 20 // of one part of an archive, unpacked
)

// A Reading is what a file says about itself.
type Reading struct {
	Kind   string   `json:"kind"` // "jpeg", "pdf", "docx", … or "unknown"
	Fields []Field  `json:"fields,omitempty"`
	Text   string   `json:"text,omitempty"`  // of a PDF, with a form feed at the end of each page
	Notes  []string `json:"notes,omitempty"` // what could not be read, what was left out
	// Marks are what finds that it is nearly the same as another: see Mark.
	Marks *near.Marks `json:"marks,omitempty"`
}

// A Field is one thing that a file says about itself.
type Field struct {
	Name  string `json:"name"` // "exif.DateTimeOriginal", "mail.Subject"
	Value string `json:"value"`
}

// Empty tells whether nothing was read.
func (r *Reading) Empty() bool { return len(r.Fields) == 0 && r.Text == "" && r.Marks.Empty() }

// Searched is the text in which is searched: the words of the file, then its fields.
func (r *Reading) Searched() string {
	var b strings.Builder
	b.WriteString(r.Text)
	b.WriteByte(noPage)
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "\n%s: %s", f.Name, f.Value)
	}
	return b.String()
}

// Read reads a file. Its name is used where its bytes do not tell what it is. Of a PDF
// the pages are not read.
func Read(name string, data []byte) *Reading { return ReadWith(name, data, nil) }

// ReadWith is Read with what reads the pages of a PDF.
func ReadWith(name string, data []byte, pages func([]byte) Paged) *Reading {
	r := &Reading{Kind: "unknown"}
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		r.Kind = "jpeg"
		r.jpeg(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		r.Kind = "png"
		r.png(data)
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		r.Kind = "webp"
		r.webp(data)
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		r.Kind = "tiff"
		r.exif(data)
		r.xmp(data)
	case len(data) > 12 && slices.Contains([]string{"ftyp", "moov", "mdat", "wide"}, string(data[4:8])):
		r.Kind = "mp4"
		r.boxes(data, 0)
	case bytes.HasPrefix(data, []byte("%PDF-")):
		r.Kind = "pdf"
		r.pdf(data, pages)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		r.office(data)
	default:
		r.words(name, data)
	}
	return r
}

// words reads what is text.
func (r *Reading) words(name string, data []byte) {
	ext := strings.ToLower(path.Ext(name))
	head := bytes.ToLower(bytes.TrimSpace(data[:min(len(data), 512)]))
	switch {
	case isMail(name):
		r.Kind = "mail"
		r.mail(data)
	case isMailbox(ext, data):
		r.Kind = Mailbox
		r.mailbox(data)
	case ext == ".html", ext == ".htm", ext == ".xhtml", bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")):
		r.Kind = "html"
		r.html(data, "")
	default:
		text, ok := decode(data, "")
		if !ok {
			return
		}
		r.Kind = "text"
		r.say(text)
	}
}

// decode turns bytes into text. Without a charset only UTF-8 and UTF-16 with its
// mark are taken for text: what else it may be would be a guess.
func decode(data []byte, charset string) (string, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		big := data[0] == 0xfe
		units := make([]uint16, 0, len(data)/2)
		for i := 2; i+1 < len(data); i += 2 {
			u := uint16(data[i]) | uint16(data[i+1])<<8
			if big {
				u = u<<8 | u>>8
			}
			units = append(units, u)
		}
		return string(utf16.Decode(units)), true
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		e, err := htmlindex.Get(charset)
		if err != nil {
			return "", false
		}
		out, err := e.NewDecoder().Bytes(data)
		return strings.ToValidUTF8(string(out), "\ufffd"), err == nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return string(data), utf8.Valid(data) && !bytes.ContainsRune(data, 0)
}

// say adds text, up to what is kept.
func (r *Reading) say(text string) {
	text = strings.TrimSpace(clean(text))
	if text == "" {
		return
	}
	if r.Text != "" {
		r.Text += "\n"
	}
	if room := mostText - len(r.Text); len(text) > room {
		text = strings.ToValidUTF8(text[:max(0, room)], "")
		r.note("only the first %d kB of the text were read", mostText>>10)
	}
	r.Text += text
}

// clean is text without what nobody reads.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\ufffd"))
}

func (r *Reading) field(name, value string) {
	value = strings.Join(strings.Fields(clean(value)), " ")
	if value == "" || len(r.Fields) >= mostFields {
		return
	}
	if len(value) > mostValue {
		value = strings.ToValidUTF8(value[:mostValue], "") + "…"
	}
	if f := (Field{name, value}); !slices.Contains(r.Fields, f) {
		r.Fields = append(r.Fields, f)
	}
}

func (r *Reading) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(r.Notes) < 20 && !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}
