package measure

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// A Paragraph is one of a document. Style is "", "Title", "Heading1", "Note" or
// "ListBullet".
type Paragraph struct{ Style, Text string }

// A Document is a simple text for a word processor. RTL says that its language
// reads from right to left, Lang is its tag.
type Document struct {
	Title, Author, Lang string
	RTL                 bool
	Made                time.Time
	Footer              string // on every page: the marking
	Body                []Paragraph
}

const (
	nsWord  = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	nsRel   = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relBase = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	mimeDoc = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

// WriteDOCX writes a document as Office Open XML (ECMA-376, transitional): a zip
// of the few parts that a word processor needs, without fonts, pictures, macros
// or links to anywhere. The same document makes the same bytes.
func WriteDOCX(w io.Writer, d Document) error {
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			override("/word/document.xml", mimeDoc+"document.main+xml") + override("/word/styles.xml", mimeDoc+"styles+xml") + override("/word/footer1.xml", mimeDoc+"footer+xml") +
			override("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml") + `</Types>`},
		{"_rels/.rels", `<Relationships ` + nsRel + `>` + relation("rId1", relBase+"officeDocument", "word/document.xml") +
			relation("rId2", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "docProps/core.xml") + `</Relationships>`},
		{"word/_rels/document.xml.rels", `<Relationships ` + nsRel + `>` + relation("rId1", relBase+"styles", "styles.xml") + relation("rId2", relBase+"footer", "footer1.xml") + `</Relationships>`},
		{"docProps/core.xml", d.core()},
		{"word/styles.xml", d.styles()},
		{"word/footer1.xml", `<w:ftr ` + nsWord + `>` + d.paragraph(Paragraph{"Note", d.Footer}) + `</w:ftr>`},
		{"word/document.xml", d.document()},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: d.Made.UTC()})
		if err != nil {
			return fmt.Errorf("write the document: %w", err)
		}
		if _, err := io.WriteString(f, xml.Header+part.text); err != nil {
			return fmt.Errorf("write the document: %w", err)
		}
	}
	return z.Close()
}

func override(part, kind string) string {
	return `<Override PartName="` + part + `" ContentType="` + kind + `"/>`
}

func relation(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="` + kind + `" Target="` + target + `"/>`
}

// escaped makes text fit for XML: what XML cannot hold becomes a replacement
// character.
func escaped(s string) string {
	var b bytes.Buffer
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

func (d Document) core() string {
	made := d.Made.UTC().Format(time.RFC3339)
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escaped(d.Title) + `</dc:title><dc:creator>` + escaped(d.Author) +
		`</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">` + made + `</dcterms:created><dc:language>` + escaped(d.Lang) + `</dc:language></cp:coreProperties>`
}

func (d Document) styles() string {
	style := func(id, name, more string) string {
		return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:basedOn w:val="Normal"/>` + more + `</w:style>`
	}
	return `<w:styles ` + nsWord + `><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="20"/><w:szCs w:val="20"/><w:lang w:val="` + escaped(d.Lang) + `" w:eastAsia="` + escaped(d.Lang) + `" w:bidi="` + escaped(d.Lang) + `"/></w:rPr></w:rPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:spacing w:after="80"/></w:pPr></w:style>` +
		style("Title", "Title", `<w:pPr><w:spacing w:after="120"/></w:pPr><w:rPr><w:b/><w:bCs/><w:sz w:val="30"/><w:szCs w:val="30"/></w:rPr>`) +
		style("Heading1", "heading 1", `<w:pPr><w:keepNext/><w:spacing w:before="160" w:after="40"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:bCs/><w:sz w:val="22"/><w:szCs w:val="22"/></w:rPr>`) +
		style("ListBullet", "List Bullet", `<w:pPr><w:spacing w:after="40"/><w:ind w:left="284" w:hanging="142"/></w:pPr>`) +
		style("Note", "Note", `<w:rPr><w:color w:val="55636A"/><w:sz w:val="16"/><w:szCs w:val="16"/></w:rPr>`) + `</w:styles>`
}

func (d Document) paragraph(p Paragraph) string {
	props, text, run := "", p.Text, ""
	if p.Style != "" {
		props = `<w:pStyle w:val="` + p.Style + `"/>`
	}
	if p.Style == "ListBullet" {
		text = "• " + text
	}
	if d.RTL {
		props, run = props+`<w:bidi/>`, `<w:rPr><w:rtl/></w:rPr>`
	}
	if props != "" {
		props = `<w:pPr>` + props + `</w:pPr>`
	}
	return `<w:p>` + props + `<w:r>` + run + `<w:t xml:space="preserve">` + escaped(text) + `</w:t></w:r></w:p>`
}

func (d Document) document() string {
	var b bytes.Buffer
	b.WriteString(`<w:document ` + nsWord + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`)
	for _, p := range d.Body {
		b.WriteString(d.paragraph(p))
	}
	b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="964" w:right="1021" w:bottom="964" w:left="1021" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`)
	return b.String()
}
