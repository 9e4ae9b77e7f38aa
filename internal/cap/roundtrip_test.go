package cap_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/heed-project/heed/internal/cap"
)

// alerts draws alerts with every element.
func alerts() *rapid.Generator[cap.Alert] {
	text := rapid.Map(rapid.StringN(1, 30, -1), func(s string) string {
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xfffe || r == 0xffff || r == 0xfffd {
				return '·'
			}
			return r
		}, s))
		if s == "" {
			return "x"
		}
		return s
	})
	optional := rapid.OneOf(rapid.Just(""), text)
	name := rapid.StringMatching(`[A-Za-z0-9@._:é-]{1,20}`)
	words := rapid.SliceOfN(rapid.StringMatching(`[a-z@.]{1,8}( [a-z]{1,3})?`), 1, 3)
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).UTC()
		if offset := rapid.IntRange(-14*60, 14*60).Draw(t, "offset"); offset != 0 {
			at = at.In(time.FixedZone("", offset*60))
		}
		return at
	})
	number := func(t *rapid.T, name string, low, high float64) float64 {
		return math.Round(rapid.Float64Range(low, high).Draw(t, name)*1e8) / 1e8
	}
	value := rapid.Custom(func(t *rapid.T) cap.Value {
		return cap.Value{Name: text.Draw(t, "name"), Value: optional.Draw(t, "value")}
	})
	values := some(value)
	point := rapid.Custom(func(t *rapid.T) cap.Point {
		return cap.Point{Lat: number(t, "lat", -90, 90), Lon: number(t, "lon", -180, 180)}
	})
	area := rapid.Custom(func(t *rapid.T) cap.Area {
		a := cap.Area{Description: text.Draw(t, "area"), Geocodes: values.Draw(t, "geocodes")}
		for range rapid.IntRange(0, 2).Draw(t, "polygons") {
			p := rapid.SliceOfN(point, 3, 6).Draw(t, "polygon")
			a.Polygons = append(a.Polygons, append(p, p[0]))
		}
		for range rapid.IntRange(0, 2).Draw(t, "circles") {
			a.Circles = append(a.Circles, cap.Circle{Center: point.Draw(t, "center"), Radius: number(t, "radius", 0, 1e4)})
		}
		if rapid.Bool().Draw(t, "high") {
			low, high := number(t, "altitude", 0, 1e4), 1e5
			a.Altitude, a.Ceiling = &low, &high
		}
		return a
	})
	resource := rapid.Custom(func(t *rapid.T) cap.Resource {
		return cap.Resource{Description: text.Draw(t, "resource"), MIMEType: "image/png", Size: rapid.Int64Range(0, 1e12).Draw(t, "size"),
			URI: rapid.SampledFrom([]string{"", "https://heed.example/m%C3%A4p.png?a=1&b=2"}).Draw(t, "uri"), Digest: rapid.SampledFrom([]string{"", "abc123"}).Draw(t, "digest")}
	})
	one := func(t *rapid.T, from ...string) string { return rapid.SampledFrom(from).Draw(t, from[0]) }
	info := rapid.Custom(func(t *rapid.T) cap.Info {
		return cap.Info{Language: one(t, "", "fr", "ar-SY"), Categories: []string{one(t, "Security", "CBRNE"), "Safety"}, Event: text.Draw(t, "event"),
			ResponseTypes: some(rapid.SampledFrom([]string{"Shelter", "AllClear", "None"})).Draw(t, "responses"),
			Urgency:       one(t, "Immediate", "Past"), Severity: one(t, "Extreme", "Unknown"), Certainty: one(t, "Observed", "Unlikely"),
			Audience: optional.Draw(t, "audience"), EventCodes: values.Draw(t, "codes"), Effective: instant.Draw(t, "effective"), Expires: instant.Draw(t, "expires"),
			SenderName: optional.Draw(t, "senderName"), Headline: optional.Draw(t, "headline"), Description: optional.Draw(t, "description"),
			Instruction: optional.Draw(t, "instruction"), Web: one(t, "", "https://heed.example/"), Contact: optional.Draw(t, "contact"),
			Parameters: values.Draw(t, "parameters"), Resources: some(resource).Draw(t, "resources"), Areas: some(area).Draw(t, "areas")}
	})
	return rapid.Custom(func(t *rapid.T) cap.Alert {
		a := cap.Alert{Identifier: name.Draw(t, "id"), Sender: name.Draw(t, "sender"), Sent: instant.Draw(t, "sent"),
			Status: one(t, cap.Actual, cap.Exercise, cap.Draft), MsgType: one(t, cap.MsgAlert, cap.MsgUpdate, cap.MsgCancel, cap.MsgAck, cap.MsgError),
			Source: optional.Draw(t, "source"), Scope: one(t, cap.Public, cap.Restricted, cap.Private), Restriction: text.Draw(t, "restriction"),
			Addresses: words.Draw(t, "addresses"), Codes: some(text).Draw(t, "codes"), Note: optional.Draw(t, "note"),
			Incidents: words.Draw(t, "incidents"), Infos: some(info).Draw(t, "infos")}
		for range rapid.IntRange(1, 2).Draw(t, "references") {
			a.References = append(a.References, cap.Reference{Sender: name.Draw(t, "s"), Identifier: name.Draw(t, "i"), Sent: instant.Draw(t, "at")})
		}
		return a
	})
}

// some draws up to two, and nil for none.
func some[T any](of *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		if n := rapid.IntRange(0, 2).Draw(t, "how many"); n > 0 {
			return rapid.SliceOfN(of, n, n).Draw(t, "some")
		}
		return nil
	})
}

func TestRoundTrip(t *testing.T) {
	gen := alerts()
	rapid.Check(t, func(t *rapid.T) {
		a := gen.Draw(t, "alert")
		b, err := a.XML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := cap.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if !reflect.DeepEqual(normal(a), normal(again)) {
			t.Fatalf("\n got %+v\nwant %+v\nfrom %s", again, a, b)
		}
	})
}

// normal sets times aside as they are written, so that two zones of the same
// offset are equal.
func normal(a cap.Alert) string {
	var times []string
	take := func(t *time.Time) { times = append(times, t.Format(time.RFC3339)); *t = time.Time{} }
	a.References = append([]cap.Reference(nil), a.References...)
	a.Infos = append([]cap.Info(nil), a.Infos...)
	take(&a.Sent)
	for i := range a.References {
		take(&a.References[i].Sent)
	}
	for i := range a.Infos {
		take(&a.Infos[i].Effective)
		take(&a.Infos[i].Expires)
		for _, area := range a.Infos[i].Areas {
			if area.Altitude != nil {
				times = append(times, fmt.Sprint(*area.Altitude, *area.Ceiling))
			}
		}
	}
	for i := range a.Infos {
		areas := append([]cap.Area(nil), a.Infos[i].Areas...)
		for j := range areas {
			areas[j].Altitude, areas[j].Ceiling = nil, nil
		}
		a.Infos[i].Areas = areas
	}
	return fmt.Sprintf("%#v %v", a, times)
}
