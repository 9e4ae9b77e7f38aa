package cap

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// findings collects what is wrong, by element path.
type findings struct{ list []finding }

type finding struct{ path, text string }

// mostFindings is how many findings an error lists.
const mostFindings = 20

func (f *findings) add(path, format string, a ...any) {
	f.list = append(f.list, finding{path, fmt.Sprintf(format, a...)})
}

// err is nil when nothing is wrong, else of kind fault.Invalid with the first
// path as its field.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	var lines []string
	for _, x := range f.list[:min(len(f.list), mostFindings)] {
		lines = append(lines, x.path+": "+x.text)
	}
	if more := len(f.list) - mostFindings; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fault.Invalid(f.list[0].path, "%s", strings.Join(lines, "; "))
}

// Check reports what in the alert breaks the standard: an error of kind
// fault.Invalid that names each element by its path.
func (a Alert) Check() error {
	var f findings
	f.alert(a)
	return f.err()
}

func (f *findings) alert(a Alert) {
	f.name("identifier", a.Identifier)
	f.name("sender", a.Sender)
	f.sent("sent", a.Sent)
	f.oneOf("status", a.Status)
	f.oneOf("msgType", a.MsgType)
	f.oneOf("scope", a.Scope)
	if a.Scope == Restricted && blank(a.Restriction) {
		f.add("restriction", "is required when scope is Restricted")
	}
	if a.Scope == Private && len(a.Addresses) == 0 {
		f.add("addresses", "are required when scope is Private")
	}
	if slices.Contains([]string{MsgUpdate, MsgCancel, MsgAck}, a.MsgType) && len(a.References) == 0 {
		f.add("references", "are required when msgType is %s", a.MsgType)
	}
	f.words("addresses", a.Addresses)
	f.words("incidents", a.Incidents)
	for i, r := range a.References {
		at := nth("references", i, len(a.References))
		f.name(at, r.Sender)
		f.name(at, r.Identifier)
		f.sent(at, r.Sent)
	}
	for i, in := range a.Infos {
		f.info(nth("info", i, len(a.Infos))+"/", in)
	}
}

// nth is the path of one of several elements, counted from 1.
func nth(name string, i, n int) string {
	if n < 2 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i+1)
}

var languageShape = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)

func (f *findings) info(at string, in Info) {
	if in.Language != "" && !languageShape.MatchString(in.Language) {
		f.add(at+"language", "%.40q is not a language code", in.Language)
	}
	if len(in.Categories) == 0 {
		f.add(at+"category", "is required")
	}
	for _, c := range in.Categories {
		f.enum(at, "category", c)
	}
	for _, c := range in.ResponseTypes {
		f.enum(at, "responseType", c)
	}
	f.required(at+"event", in.Event)
	f.enum(at, "urgency", in.Urgency)
	f.enum(at, "severity", in.Severity)
	f.enum(at, "certainty", in.Certainty)
	f.values(at+"eventCode", in.EventCodes)
	f.values(at+"parameter", in.Parameters)
	f.uri(at+"web", in.Web)
	for _, x := range []struct {
		name string
		at   time.Time
	}{{"effective", in.Effective}, {"onset", in.Onset}, {"expires", in.Expires}} {
		if !x.at.IsZero() {
			f.sent(at+x.name, x.at)
		}
	}
	for i, r := range in.Resources {
		where := at + nth("resource", i, len(in.Resources)) + "/"
		f.required(where+"resourceDesc", r.Description)
		f.required(where+"mimeType", r.MIMEType)
		f.uri(where+"uri", r.URI)
		if r.Size < 0 {
			f.add(where+"size", "is negative")
		}
	}
	for i, area := range in.Areas {
		f.area(at+nth("area", i, len(in.Areas))+"/", area)
	}
}

func (f *findings) area(at string, area Area) {
	f.required(at+"areaDesc", area.Description)
	for i, polygon := range area.Polygons {
		where := at + nth("polygon", i, len(area.Polygons))
		if n := len(polygon); n < 4 || polygon[0] != polygon[n-1] {
			f.add(where, "has %d points: a polygon has at least four and ends where it begins", n)
		}
		for _, p := range polygon {
			f.point(where, p)
		}
	}
	for i, c := range area.Circles {
		where := at + nth("circle", i, len(area.Circles))
		f.point(where, c.Center)
		if !(c.Radius >= 0 && c.Radius <= 20_100) {
			f.add(where, "has no radius between 0 and 20,100 kilometres, half way round")
		}
	}
	f.values(at+"geocode", area.Geocodes)
	for _, x := range []struct {
		name string
		feet *float64
	}{{"altitude", area.Altitude}, {"ceiling", area.Ceiling}} {
		if x.feet != nil && !(math.Abs(*x.feet) <= 1e6) {
			f.add(at+x.name, "is not a number of feet between -1,000,000 and 1,000,000")
		}
	}
	if area.Ceiling != nil && area.Altitude == nil {
		f.add(at+"ceiling", "stands without altitude")
	}
}

func (f *findings) point(at string, p Point) {
	if !(math.Abs(p.Lat) <= 90) || !(math.Abs(p.Lon) <= 180) {
		f.add(at, "%g,%g is not a latitude and longitude", p.Lat, p.Lon)
	}
}

// values checks named values. Both parts are required, the value may be empty.
func (f *findings) values(at string, list []Value) {
	for i, v := range list {
		f.required(nth(at, i, len(list))+"/valueName", v.Name)
	}
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func (f *findings) required(at, s string) {
	if blank(s) {
		f.add(at, "is required")
	}
}

// name checks an identifier or sender.
func (f *findings) name(at, s string) {
	switch {
	case blank(s):
		f.add(at, "is required")
	case strings.ContainsAny(s, " \t\r\n,<&"):
		f.add(at, "%.60q holds a space, comma, < or &", s)
	}
}

// words checks the items of a list that is separated by spaces: none may be
// empty or hold a quotation mark, by which items with spaces are kept together.
func (f *findings) words(at string, list []string) {
	for i, s := range list {
		if blank(s) || strings.Contains(s, `"`) {
			f.add(nth(at, i, len(list)), "%.60q is empty or holds a quotation mark", s)
		}
	}
}

func (f *findings) oneOf(name, value string) { f.enum("", name, value) }

func (f *findings) enum(at, name, value string) {
	switch {
	case value == "":
		f.add(at+name, "is required")
	case !slices.Contains(enumerations[name], value):
		f.add(at+name, "%.40q is not one of %s", value, strings.Join(enumerations[name], ", "))
	}
}

// sent checks a time that must be there and fit four digits of year and an
// offset of whole minutes.
func (f *findings) sent(at string, t time.Time) {
	_, offset := t.Zone()
	switch {
	case t.IsZero():
		f.add(at, "is required")
	case t.Year() < 1 || t.Year() > 9999:
		f.add(at, "has a year that is not of four digits")
	case offset%60 != 0 || offset < -14*3600 || offset > 14*3600:
		f.add(at, "has an offset from UTC that CAP cannot write")
	}
}

// uri checks a reference that may be absent.
func (f *findings) uri(at, s string) {
	if s == "" {
		return
	}
	if _, err := url.Parse(s); err != nil || strings.ContainsAny(s, " <>\"{}|\\^`\n\r\t") {
		f.add(at, "%.60q is not a URI", s)
	}
}
