package cap

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeLayout is how CAP writes a time, but for UTC.
const timeLayout = "2006-01-02T15:04:05-07:00"

// parseTime reads a time with its offset, which stays with it. CAP allows
// neither fractions nor Z.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || len(s) != len(timeLayout) {
		return time.Time{}, fmt.Errorf("%.40q is not a time as CAP writes it, 2026-03-01T10:00:00+02:00 or …-00:00 for UTC", s)
	}
	if _, offset := t.Zone(); offset == 0 {
		return t.UTC(), nil
	} else {
		return t.In(time.FixedZone("", offset)), nil
	}
}

func (rd *reader) info(at string, n *node) (in Info) {
	texts := map[string]*string{"language": &in.Language, "event": &in.Event, "urgency": &in.Urgency, "severity": &in.Severity,
		"certainty": &in.Certainty, "audience": &in.Audience, "senderName": &in.SenderName, "headline": &in.Headline,
		"description": &in.Description, "instruction": &in.Instruction, "web": &in.Web, "contact": &in.Contact}
	times := map[string]*time.Time{"effective": &in.Effective, "onset": &in.Onset, "expires": &in.Expires}
	values := map[string]*[]Value{"eventCode": &in.EventCodes, "parameter": &in.Parameters}
	rd.fields(n, at, "category responseType eventCode parameter resource area", func(name, path string, kid *node) bool {
		if to, ok := times[name]; ok {
			*to = rd.time(path, kid)
			return true
		}
		if to, ok := values[name]; ok {
			*to = append(*to, rd.values(path, kid)...)
			return true
		}
		switch name {
		case "category":
			in.Categories = append(in.Categories, kid.value())
		case "responseType":
			in.ResponseTypes = append(in.ResponseTypes, kid.value())
		case "resource":
			in.Resources = append(in.Resources, rd.resource(path+"/", kid))
		case "area":
			in.Areas = append(in.Areas, rd.area(path+"/", kid))
		default:
			return setText(texts, name, kid)
		}
		return true
	})
	return in
}

// values reads valueName and value. Some senders put several pairs into one
// element; each counts.
func (rd *reader) values(at string, n *node) (out []Value) {
	for _, kid := range n.kids {
		switch kid.name.Local {
		case "valueName":
			out = append(out, Value{Name: kid.value()})
		case "value":
			if len(out) == 0 {
				rd.add(at+"/value", "stands before its valueName")
				return nil
			}
			out[len(out)-1].Value = kid.value()
		}
	}
	if len(out) == 0 {
		rd.add(at+"/valueName", "is required")
	}
	return out
}

func (rd *reader) resource(at string, n *node) (r Resource) {
	texts := map[string]*string{"resourceDesc": &r.Description, "mimeType": &r.MIMEType, "uri": &r.URI,
		"derefUri": &r.DerefURI, "digest": &r.Digest}
	rd.fields(n, at, "", func(name, path string, kid *node) bool {
		if name != "size" {
			return setText(texts, name, kid)
		}
		var err error
		if r.Size, err = strconv.ParseInt(kid.value(), 10, 64); err != nil {
			rd.add(path, "%.40q is not a number of bytes", kid.value())
		}
		return true
	})
	return r
}

func (rd *reader) area(at string, n *node) (a Area) {
	rd.fields(n, at, "polygon circle geocode", func(name, path string, kid *node) bool {
		s := kid.value()
		switch name {
		case "areaDesc":
			a.Description = s
		case "polygon":
			if s != "" {
				a.Polygons = append(a.Polygons, rd.polygon(path, s))
			}
		case "circle":
			if s != "" {
				a.Circles = append(a.Circles, rd.circle(path, s))
			}
		case "geocode":
			a.Geocodes = append(a.Geocodes, rd.values(path, kid)...)
		case "altitude":
			a.Altitude = rd.feet(path, s)
		case "ceiling":
			a.Ceiling = rd.feet(path, s)
		default:
			return false
		}
		return true
	})
	return a
}

func (rd *reader) feet(path, s string) *float64 {
	v, ok := number(s)
	if !ok {
		rd.add(path, "%.40q is not a number of feet", s)
	}
	return &v
}

// pointOf reads "latitude,longitude".
func (rd *reader) pointOf(path, s string) Point {
	lat, lon, _ := strings.Cut(s, ",")
	y, ok1 := number(lat)
	x, ok2 := number(lon)
	if !ok1 || !ok2 {
		rd.add(path, "%.40q is not latitude,longitude", s)
	}
	return Point{Lat: y, Lon: x}
}

// polygon reads points separated by spaces.
func (rd *reader) polygon(path, s string) (out []Point) {
	for _, word := range strings.Fields(s) {
		out = append(out, rd.pointOf(path, word))
		if len(rd.list) > mostFindings {
			break
		}
	}
	return out
}

// circle reads a point and a radius.
func (rd *reader) circle(path, s string) (c Circle) {
	words := strings.Fields(s)
	if len(words) != 2 {
		rd.add(path, "%.40q is not a point and a radius", s)
		return c
	}
	radius, ok := number(words[1])
	if !ok {
		rd.add(path, "%.40q is not a radius in kilometres", words[1])
	}
	return Circle{Center: rd.pointOf(path, words[0]), Radius: radius}
}
