package openrosa

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"
)

// types are the XForms data types of the kinds.
var types = map[Kind]string{Line: "string", Paragraph: "string", Integer: "int", Date: "date", DateTime: "dateTime",
	Geopoint: "geopoint", SelectOne: "string", SelectMany: "string", Upload: "binary", Note: "string"}

// languageNames are what a client's menu shows; a client reads the tag in
// brackets.
var languageNames = map[string]string{"en": "English", "fr": "Français", "ar": "العربية", "es": "Español", "ru": "Русский", "zh": "中文"}

// xmlWriter writes elements. Its zero value is ready.
type xmlWriter struct {
	bytes.Buffer
	depth int
}

// element writes an element with attributes (name, value, …) and what inside
// writes; a nil inside makes it empty.
func (w *xmlWriter) element(name string, attrs []string, inside func()) {
	w.indent()
	w.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		w.WriteString(" " + attrs[i] + `="`)
		escape(&w.Buffer, attrs[i+1])
		w.WriteByte('"')
	}
	if inside == nil {
		w.WriteString("/>\n")
		return
	}
	w.WriteString(">\n")
	w.depth++
	inside()
	w.depth--
	w.indent()
	w.WriteString("</" + name + ">\n")
}

// leaf writes an element that holds text.
func (w *xmlWriter) leaf(name, text string, attrs ...string) {
	w.element(name, attrs, nil)
	w.Truncate(w.Len() - len("/>\n"))
	w.WriteByte('>')
	escape(&w.Buffer, text)
	w.WriteString("</" + name + ">\n")
}

func (w *xmlWriter) indent() { w.WriteString(strings.Repeat(" ", w.depth)) }

// escape writes s so that it reads back as s; what XML cannot hold becomes
// U+FFFD.
func escape(b *bytes.Buffer, s string) {
	xml.EscapeText(b, []byte(s)) // a bytes.Buffer does not fail
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

var xformNamespaces = []string{
	"xmlns", "http://www.w3.org/2002/xforms",
	"xmlns:h", "http://www.w3.org/1999/xhtml",
	"xmlns:jr", "http://openrosa.org/javarosa",
	"xmlns:odk", "http://www.opendatakit.org/xforms",
	"xmlns:orx", "http://openrosa.org/xforms",
	"xmlns:xsd", "http://www.w3.org/2001/XMLSchema",
}

// XForm writes the form for a client. The bytes are the same for the same
// form.
func (f Form) XForm() ([]byte, error) {
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("write form %q: %w", f.ID, err)
	}
	var w xmlWriter
	w.WriteString(xmlHead)
	w.element("h:html", xformNamespaces, func() {
		w.element("h:head", nil, func() {
			w.leaf("h:title", f.Title[f.Languages[0]])
			w.element("model", []string{"odk:xforms-version", "1.0.0"}, func() {
				f.writeTexts(&w)
				f.writeInstance(&w)
				for _, field := range f.Fields {
					f.writeBind(&w, field)
				}
				w.element("bind", []string{"nodeset", "/data/meta/instanceID", "type", "string",
					"readonly", "true()", "jr:preload", "uid"}, nil)
			})
		})
		w.element("h:body", nil, func() {
			for _, field := range f.Fields {
				writeControl(&w, field)
			}
		})
	})
	return w.Bytes(), nil
}

// textID names a text of a field in the itext table.
func textID(field, what string) string { return "/data/" + field + ":" + what }

func itext(id string) string { return "jr:itext('" + id + "')" }

// writeTexts writes every text in every language.
func (f Form) writeTexts(w *xmlWriter) {
	w.element("itext", nil, func() {
		for i, lang := range f.Languages {
			attrs := []string{"lang", languageName(lang)}
			if i == 0 {
				attrs = append(attrs, "default", "true()")
			}
			w.element("translation", attrs, func() {
				text := func(id string, t Text) {
					if len(t) > 0 {
						w.element("text", []string{"id", id}, func() { w.leaf("value", t[lang]) })
					}
				}
				for _, field := range f.Fields {
					text(textID(field.Name, "label"), field.Label)
					text(textID(field.Name, "hint"), field.Hint)
					text(textID(field.Name, "message"), field.Message)
					for _, c := range field.Choices {
						text(textID(field.Name, "choice:"+c.Value), c.Label)
					}
				}
			})
		}
	})
}

func languageName(tag string) string {
	if name, ok := languageNames[tag]; ok {
		return name + " (" + tag + ")"
	}
	return tag
}

// writeInstance writes the empty answer that a client fills.
func (f Form) writeInstance(w *xmlWriter) {
	w.element("instance", nil, func() {
		w.element("data", []string{"id", f.ID, "version", f.Version}, func() {
			for _, field := range f.Fields {
				w.element(field.Name, nil, nil)
			}
			w.element("meta", nil, func() { w.element("instanceID", nil, nil) })
		})
	})
}

// writeBind writes the type and the rules of a field.
func (f Form) writeBind(w *xmlWriter, field Field) {
	attrs := []string{"nodeset", "/data/" + field.Name, "type", types[field.Kind]}
	if field.Kind == Note {
		attrs = append(attrs, "readonly", "true()")
	}
	if field.Required {
		attrs = append(attrs, "required", "true()")
	}
	if field.When != nil {
		attrs = append(attrs, "relevant", f.relevant(*field.When))
	}
	if c := field.constraint(); c != "" {
		attrs = append(attrs, "constraint", c)
		if len(field.Message) > 0 {
			attrs = append(attrs, "jr:constraintMsg", itext(textID(field.Name, "message")))
		}
	}
	w.element("bind", attrs, nil)
}

// relevant writes a condition as XPath.
func (f Form) relevant(c Condition) string {
	var any []string
	for _, v := range c.Any {
		test := fmt.Sprintf("/data/%s = '%s'", c.Field, v)
		for _, field := range f.Fields {
			if field.Name == c.Field && field.Kind == SelectMany {
				test = fmt.Sprintf("selected(/data/%s, '%s')", c.Field, v)
			}
		}
		any = append(any, test)
	}
	return strings.Join(any, " or ")
}

// constraint writes a field's bounds as XPath, empty when it has none.
func (field Field) constraint() string {
	switch {
	case field.bounded():
		return fmt.Sprintf(". >= %d and . <= %d", field.Low, field.High)
	case field.Kind == Line, field.Kind == Paragraph:
		return fmt.Sprintf("string-length(.) <= %d", field.longest())
	case field.Past && field.Kind == Date:
		return ". <= today()"
	case field.Past && field.Kind == DateTime:
		return ". <= now()"
	}
	return ""
}

// writeControl writes the question as the client shows it.
func writeControl(w *xmlWriter, field Field) {
	name, attrs := "input", []string{"ref", "/data/" + field.Name}
	appearance := field.Appearance
	switch field.Kind {
	case SelectOne:
		name = "select1"
	case SelectMany:
		name = "select"
	case Upload:
		name = "upload"
		attrs = append(attrs, "mediatype", field.media())
	case Paragraph:
		appearance = strings.TrimSpace("multiline " + appearance)
	}
	if appearance != "" {
		attrs = append(attrs, "appearance", appearance)
	}
	w.element(name, attrs, func() {
		w.element("label", []string{"ref", itext(textID(field.Name, "label"))}, nil)
		if len(field.Hint) > 0 {
			w.element("hint", []string{"ref", itext(textID(field.Name, "hint"))}, nil)
		}
		for _, c := range field.Choices {
			w.element("item", nil, func() {
				w.element("label", []string{"ref", itext(textID(field.Name, "choice:"+c.Value))}, nil)
				w.leaf("value", c.Value)
			})
		}
	})
}

// media returns the kind of file an upload takes.
func (field Field) media() string {
	if field.Media == "" {
		return "image/*"
	}
	return field.Media
}

// Hash names the bytes of an XForm as the form list does: "md5:…". OpenRosa
// fixes the algorithm; it serves to notice a new version, not to protect.
func Hash(xform []byte) string {
	sum := md5.Sum(xform)
	return "md5:" + hex.EncodeToString(sum[:])
}

// A ListedForm is one form in a form list.
type ListedForm struct {
	ID, Version, Name, Description string
	Hash                           string // of Hash
	Download, Manifest             string // absolute URLs; Manifest may be empty
}

// FormList writes the answer to GET /formList.
func FormList(forms []ListedForm) []byte {
	var w xmlWriter
	w.WriteString(xmlHead)
	w.element("xforms", []string{"xmlns", "http://openrosa.org/xforms/xformsList"}, func() {
		for _, f := range forms {
			w.element("xform", nil, func() {
				w.leaf("formID", f.ID)
				w.leaf("name", f.Name)
				w.leaf("version", f.Version)
				w.leaf("hash", f.Hash)
				if f.Description != "" {
					w.leaf("descriptionText", f.Description)
				}
				w.leaf("downloadUrl", f.Download)
				if f.Manifest != "" {
					w.leaf("manifestUrl", f.Manifest)
				}
			})
		}
	})
	return w.Bytes()
}

// Manifest writes the list of a form's media files, which is empty.
func Manifest() []byte {
	return []byte(xmlHead + `<manifest xmlns="http://openrosa.org/xforms/xformsManifest"/>` + "\n")
}

// Response writes the answer to a submission. The client shows message to the
// person who sent it; nature is one of OpenRosa's: "submit_success",
// "submit_error".
func Response(nature, message string) []byte {
	var w xmlWriter
	w.WriteString(xmlHead)
	w.element("OpenRosaResponse", []string{"xmlns", "http://openrosa.org/http/response"}, func() {
		w.leaf("message", message, "nature", nature)
	})
	return w.Bytes()
}
