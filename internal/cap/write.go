package cap

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// XML writes the alert, checked and in the order of the standard.
func (a Alert) XML() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, fmt.Errorf("write CAP alert %q: %w", a.Identifier, err)
	}
	var w writer
	w.WriteString(xml.Header)
	w.open(`alert xmlns="` + Namespace + `"`)
	w.text("identifier", a.Identifier)
	w.text("sender", a.Sender)
	w.time("sent", a.Sent)
	w.text("status", a.Status)
	w.text("msgType", a.MsgType)
	w.text("source", a.Source)
	w.text("scope", a.Scope)
	w.text("restriction", a.Restriction)
	w.text("addresses", joinWords(a.Addresses))
	w.texts("code", a.Codes)
	w.text("note", a.Note)
	var references []string
	for _, r := range a.References {
		references = append(references, r.Sender+","+r.Identifier+","+formatTime(r.Sent))
	}
	w.text("references", strings.Join(references, " "))
	w.text("incidents", joinWords(a.Incidents))
	for _, in := range a.Infos {
		w.info(in)
	}
	w.close("alert")
	return w.Bytes(), nil
}

// formatTime writes a time as CAP wants it: whole seconds, -00:00 for UTC.
func formatTime(t time.Time) string {
	s := t.Format(timeLayout)
	if strings.HasSuffix(s, "+00:00") {
		s = strings.TrimSuffix(s, "+00:00") + "-00:00"
	}
	return s
}

// joinWords joins a list by spaces, items with spaces in quotation marks.
func joinWords(list []string) string {
	var out []string
	for _, s := range list {
		s = strings.TrimSpace(s)
		if strings.ContainsAny(s, " \t\r\n") {
			s = `"` + s + `"`
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// writer writes elements, and nothing for an absent value.
type writer struct {
	bytes.Buffer
	depth int
}

func (w *writer) indent() { w.WriteString(strings.Repeat("  ", w.depth)) }

func (w *writer) open(name string) {
	w.indent()
	w.WriteString("<" + name + ">\n")
	w.depth++
}

func (w *writer) close(name string) {
	w.depth--
	w.indent()
	w.WriteString("</" + name + ">\n")
}

// must writes an element even when its text is empty. Letters that XML cannot
// hold become U+FFFD.
func (w *writer) must(name, s string) {
	w.indent()
	w.WriteString("<" + name + ">")
	xml.EscapeText(&w.Buffer, []byte(strings.TrimSpace(s))) // a bytes.Buffer does not fail
	w.WriteString("</" + name + ">\n")
}

func (w *writer) text(name, s string) {
	if !blank(s) {
		w.must(name, s)
	}
}

func (w *writer) texts(name string, list []string) {
	for _, s := range list {
		w.must(name, s)
	}
}

func (w *writer) time(name string, t time.Time) {
	if !t.IsZero() {
		w.must(name, formatTime(t))
	}
}

func (w *writer) values(name string, list []Value) {
	for _, v := range list {
		w.open(name)
		w.must("valueName", v.Name)
		w.must("value", v.Value)
		w.close(name)
	}
}

func (w *writer) info(in Info) {
	w.open("info")
	w.text("language", in.Language)
	w.texts("category", in.Categories)
	w.text("event", in.Event)
	w.texts("responseType", in.ResponseTypes)
	w.text("urgency", in.Urgency)
	w.text("severity", in.Severity)
	w.text("certainty", in.Certainty)
	w.text("audience", in.Audience)
	w.values("eventCode", in.EventCodes)
	w.time("effective", in.Effective)
	w.time("onset", in.Onset)
	w.time("expires", in.Expires)
	w.text("senderName", in.SenderName)
	w.text("headline", in.Headline)
	w.text("description", in.Description)
	w.text("instruction", in.Instruction)
	w.text("web", in.Web)
	w.text("contact", in.Contact)
	w.values("parameter", in.Parameters)
	for _, r := range in.Resources {
		w.resource(r)
	}
	for _, area := range in.Areas {
		w.area(area)
	}
	w.close("info")
}

func (w *writer) resource(r Resource) {
	w.open("resource")
	w.text("resourceDesc", r.Description)
	w.text("mimeType", r.MIMEType)
	if r.Size > 0 {
		w.must("size", strconv.FormatInt(r.Size, 10))
	}
	w.text("uri", r.URI)
	w.text("derefUri", r.DerefURI)
	w.text("digest", r.Digest)
	w.close("resource")
}

func (w *writer) area(a Area) {
	w.open("area")
	w.text("areaDesc", a.Description)
	for _, polygon := range a.Polygons {
		var points []string
		for _, p := range polygon {
			points = append(points, p.String())
		}
		w.must("polygon", strings.Join(points, " "))
	}
	for _, c := range a.Circles {
		w.must("circle", c.Center.String()+" "+decimal(c.Radius))
	}
	w.values("geocode", a.Geocodes)
	if a.Altitude != nil {
		w.must("altitude", decimal(*a.Altitude))
	}
	if a.Ceiling != nil {
		w.must("ceiling", decimal(*a.Ceiling))
	}
	w.close("area")
}

// String writes the point as CAP does, "latitude,longitude".
func (p Point) String() string { return decimal(p.Lat) + "," + decimal(p.Lon) }

// round keeps eight decimals, a millimetre in degrees. Readers of XML need not
// keep more than eighteen digits.
func round(v float64) float64 { return math.Round(v*1e8) / 1e8 }

func decimal(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }
