package reading_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/evidence/reading"
)

// photo is a JPEG with a block of EXIF: a maker, a time, a position, and a size.
func photo() []byte {
	le := binary.LittleEndian
	var t []byte
	u16 := func(v uint16) { t = le.AppendUint16(t, v) }
	u32 := func(v uint32) { t = le.AppendUint32(t, v) }
	tag := func(id, kind uint16, n, v uint32) { u16(id); u16(kind); u32(n); u32(v) }
	t = append(t, "II*\x00"...)
	u32(8)
	u16(3)
	tag(0x010f, 2, 4, le.Uint32([]byte("Cam\x00")))
	tag(0x8769, 4, 1, 50)
	tag(0x8825, 4, 1, 90)
	u32(0)
	u16(1) // at 50
	tag(0x9003, 2, 20, 68)
	u32(0)
	t = append(t, "2026:03:02 08:10:00\x00"...) // at 68
	t = append(t, 0, 0)
	u16(4) // at 90
	tag(1, 2, 2, 'S')
	tag(2, 5, 3, 144)
	tag(3, 2, 2, 'E')
	tag(4, 5, 3, 168)
	u32(0)
	for _, v := range []uint32{1, 1, 30, 1, 0, 1, 36, 1, 15, 1, 0, 1} { // at 144
		u32(v)
	}
	out := []byte("\xff\xd8\xff\xe1")
	out = binary.BigEndian.AppendUint16(out, uint16(2+6+len(t)))
	out = append(append(out, "Exif\x00\x00"...), t...)
	return append(out, "\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01\x01\x11\x00\xff\xda\x00\x02"...)
}

func office(parts ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		w.Write([]byte(parts[i+1]))
	}
	z.Close()
	return b.Bytes()
}

func box(kind, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
}

const letter = "From: =?utf-8?q?Am=C3=ADna?= <a@example.org>\r\nSubject: =?utf-8?b?2YXYsdit2KjYpw==?=\r\nDate: Mon, 2 Mar 2026 08:10:00 +0000\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nthe caf=E9 by the well\r\n" +
	"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=well.png\r\n\r\nx\r\n--b--\r\n"

func samples() map[string][]byte {
	mvhd := string([]byte{0, 0, 0, 0}) + string(binary.BigEndian.AppendUint32(nil, 3855283800)) + string([]byte{0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 9, 196})
	return map[string][]byte{
		"photo.jpg":  photo(),
		"page.html":  []byte("<!doctype html><title>The well &amp; the road</title><style>p{}</style><script>var hidden</script><p>They came at <b>night</b>"),
		"letter.eml": []byte(letter),
		"report.docx": office("word/document.xml", `<w:document><w:body><w:p><w:r><w:t>First line</w:t></w:r></w:p><w:p><w:t>second</w:t></w:p></w:body></w:document>`,
			"docProps/core.xml", `<cp:coreProperties><dc:creator>Ana</dc:creator><dcterms:created>2026-03-02T08:10:00Z</dcterms:created></cp:coreProperties>`),
		"note.odt":  office("content.xml", `<office:text><text:p>Одна строка</text:p></office:text>`, "meta.xml", `<office:meta><meta:generator>Writer</meta:generator></office:meta>`),
		"film.mp4":  []byte(box("ftyp", "isom") + box("moov", box("mvhd", mvhd))),
		"scan.pdf":  []byte("%PDF-1.7\n1 0 obj << /Author (Ana Lima) /Title (A \\(b\\)) >>\n<x:xmpmeta><rdf:Description xmp:CreatorTool='Tool 1'><dc:title><rdf:Alt><rdf:li>The list</rdf:li></rdf:Alt></dc:title></rdf:Description></x:xmpmeta>"),
		"shot.png":  []byte("\x89PNG\r\n\x1a\n" + pngChunk("IHDR", "\x00\x00\x00\x20\x00\x00\x00\x10\x08\x00\x00\x00\x00") + pngChunk("tEXt", "Software\x00Painter") + pngChunk("iTXt", "Place\x00\x00\x00\x00\x00بئر")),
		"utf16.txt": []byte("\xff\xfew\x00e\x00l\x00l\x00"),
	}
}

func pngChunk(kind, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + kind + body + "crc!"
}

// TestRead: what each kind of file says about itself, and its words.
func TestRead(t *testing.T) {
	all := samples()
	for name, want := range map[string][]string{
		"photo.jpg":   {"jpeg", "exif.Make: Cam", "exif.DateTimeOriginal: 2026:03:02 08:10:00", "gps.Position: -1.500000, 36.250000", "size: 32 × 16"},
		"page.html":   {"html", "html.Title: The well & the road", "They came at  night"},
		"letter.eml":  {"mail", "mail.From: Amína <a@example.org>", "mail.Subject: مرحبا", "the café by the well", "mail.Attachment: well.png"},
		"report.docx": {"docx", "First line\nsecond", "document.creator: Ana", "document.created: 2026-03-02T08:10:00Z"},
		"note.odt":    {"odf", "Одна строка", "document.generator: Writer"},
		"film.mp4":    {"mp4", "film.Brand: isom", "film.Created: 2026-03-02T", "film.Seconds: 2.5"},
		"scan.pdf":    {"pdf", "pdf.Author: Ana Lima", "pdf.Title: A (b)", "xmp.title: The list", "xmp.CreatorTool: Tool 1"},
		"shot.png":    {"png", "size: 32 × 16", "png.Software: Painter", "png.Place: بئر"},
		"utf16.txt":   {"text", "well"},
	} {
		r := reading.Read(name, all[name])
		if r.Kind != want[0] {
			t.Errorf("%s is %s", name, r.Kind)
		}
		for _, w := range want[1:] {
			if !strings.Contains(r.Searched(), w) {
				t.Errorf("%s: %q is not in %q", name, w, r.Searched())
			}
		}
		if strings.Contains(r.Text, "hidden") {
			t.Errorf("%s: a script was read as text", name)
		}
	}
	for name, data := range map[string]string{"x.bin": "\x00\x01\x02", "empty": "", "cut.jpg": "\xff\xd8\xff\xe1\xff\xff"} {
		if r := reading.Read(name, []byte(data)); !r.Empty() {
			t.Errorf("%s says %+v", name, r)
		}
	}
}

// TestFind: words are found in the six languages whatever their case, accents,
// vowel signs and forms of letters, and not where they are not.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		text, query string
		found       bool
	}{
		{"The Witnesses saw it", "witness", true},
		{"The Witnesses saw it", "witness night", false},
		{"Le témoin a été entendu", "TEMOIN entendu", true},
		{"El niño volvió", "nino", true},
		{"Свидетели видели всё", "свидетели ВСЕ", true},
		{"قالَ الشَّاهِدُ إنّ القرية أُحرقت", "شاهد", true},
		{"قالَ الشَّاهِدُ إنّ القرية أُحرقت", "ان القريه", true},
		{"قالَ الشَّاهِدُ إنّ القرية أُحرقت", "مدينة", false},
		{"证人在村里看到了士兵", "村里", true},
		{"证人在村里看到了士兵", "里村", false},
		{"by the well at night", `"the well"`, true},
		{"the night by a well", `"the well"`, false},
		{"by the well", `road "the well"`, false},
		{"ab", "a", false}, // too short to be the beginning of a word
		{"x", "", false},
		{"x", "… !", false},
	} {
		if _, ok := reading.ParseQuery(c.query).In(c.text); ok != c.found {
			t.Errorf("%q in %q: %t", c.query, c.text, ok)
		}
		if ok := (&reading.Reading{Text: c.text}).Fold().Has(reading.ParseQuery(c.query)); ok != c.found {
			t.Errorf("%q in the folded %q: %t", c.query, c.text, ok)
		}
	}
	hit, ok := reading.ParseQuery("well").In(strings.Repeat("sand ", 100) + "a Well\nnear" + strings.Repeat(" sand", 100))
	if !ok || hit.Match != "Well" || !strings.HasPrefix(hit.After, "near sand") || !strings.HasSuffix(hit.After, "…") || len(hit.Before) > 140 {
		t.Errorf("%+v", hit)
	}
}

func FuzzRead(f *testing.F) {
	for name, data := range samples() {
		f.Add(name, data, "well")
	}
	f.Fuzz(func(t *testing.T, name string, data []byte, query string) {
		if len(data) > 1<<13 || len(name) > 100 || len(query) > 1000 {
			return
		}
		r := reading.Read(name, data)
		if len(r.Text) > 1100<<10 || len(r.Fields) > 200 || !utf8.ValidString(r.Searched()) {
			t.Errorf("%d bytes of text, %d fields", len(r.Text), len(r.Fields))
		}
		if _, ok := reading.ParseQuery(query).In(r.Searched()); ok != r.Fold().Has(reading.ParseQuery(query)) {
			t.Errorf("%q is found: %t, and folded not so", query, ok)
		}
		if hit, ok := reading.ParseQuery(query).In(r.Searched()); ok && !strings.Contains(strings.Join(strings.Fields(r.Searched()), " "), hit.Match) {
			t.Errorf("%q is not in the text", hit.Match)
		}
	})
}
