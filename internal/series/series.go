// Package series keeps what data sets count: events of organised violence
// (UCDP GED, ACLED) and fatalities by country and month (panels).
//
// A data set is bulk data. The rows of an import that were accepted are packed
// into one blob, and one entry names the blob's hash; applying the entry loads
// the rows from the blob. So a file of a million rows costs one entry, and the
// tables can still be rebuilt from the record.
//
//	res, err := series.Import(ctx, rec, by, blobs, series.File{Kind: series.GED, Name: "ged251.csv", Body: f})
//	all, err := series.Monthly(v, series.Span{Country: "XAA", From: from, To: to})
//
// Promises: a row that is loaded already is a duplicate, and importing a file
// twice accepts nothing the second time. An event or a cell that comes again
// with other values is a revision: readings show the newest version, and those
// before it stay, so that [Span.AsOf] shows what was known at an earlier
// entry. A figure is always shown with the entry it came from. What happens on
// an import that another one overtook is a fault of kind Stale.
//
// Tables hold numbers, dates, coordinates and codes. Names of places and
// actors, headlines and notes stay in the blob, which the blob store encrypts:
// event data sets are published, and some of their notes name people.
//
// A month is that of an event's first day. The sources' own doubts (best, low,
// high, precision) are kept and never averaged away.
package series

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Kinds of data set.
const (
	GED   = "ged"   // UCDP Georeferenced Event Dataset
	ACLED = "acled" // Armed Conflict Location & Event Data
	Panel = "panel" // fatalities by country and month
)

// Kinds returns the kinds of data set that can be imported.
func Kinds() []string { return []string{GED, ACLED, Panel} }

// An Event is one event as the tables hold it: without any words.
type Event struct {
	Source    string    `json:"source"` // GED or ACLED
	ID        string    `json:"id"`     // the source's own
	Country   string    `json:"country"`
	Type      string    `json:"type"` // as events.Violence writes it
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Best      int       `json:"best"` // fatalities
	Low       int       `json:"low"`
	High      int       `json:"high"`
	Civilians int       `json:"civilians"`
	Lat       float64   `json:"lat"`
	Lon       float64   `json:"lon"`
	Precision int       `json:"precision,omitempty"` // of the place: 1 is exact, see events.Event
	Entry     int64     `json:"entry"`               // the import it came with
	Km        float64   `json:"km,omitempty"`        // from the point asked for, in [Around]
}

// A Span selects months of a country.
type Span struct {
	Country  string       // ISO 3166-1 alpha-3
	From, To events.Month // both inclusive; a zero To is without end
	AsOf     int64        // only what entries up to this one said; 0 is all
}

func (s Span) bounds() (from, to events.Month, asOf int64) {
	from, to, asOf = s.From, s.To, s.AsOf
	if to == 0 {
		to = math.MaxInt32
	}
	if asOf == 0 {
		asOf = math.MaxInt64
	}
	return from, to, asOf
}

// A Series is one outcome of a country by month, as one source has it.
type Series struct {
	Country string  `json:"country"`
	Source  string  `json:"source"`  // GED, ACLED or Panel
	Outcome string  `json:"outcome"` // "ged_sb", "ged_ns", "ged_os", "acled_sb" … "acled_other"
	Points  []Point `json:"points"`  // by month; a month without a row has no point
}

// A Point is one month of a series, with where it comes from. Low and High are
// those of the events added up; a panel has none and they equal Value.
type Point struct {
	Month    events.Month `json:"month"`
	Value    float64      `json:"value"`
	Low      float64      `json:"low"`
	High     float64      `json:"high"`
	Events   int          `json:"events,omitempty"`
	Entry    int64        `json:"entry"` // the newest import that has a part in it
	Imported time.Time    `json:"imported"`
}

// Monthly returns every series of a country. Series of events show a month
// only where there was an event; whether the source covers a month without one
// is for [Imports] to say.
func Monthly(v *record.View, s Span) ([]Series, error) {
	rows, err := readMonths(v.Tx, s)
	if err != nil {
		return nil, err
	}
	cells, err := readCells(v.Tx, s)
	if err != nil {
		return nil, err
	}
	var out []Series
	for _, r := range append(rows, cells...) {
		if len(out) == 0 || out[len(out)-1].Source != r.source || out[len(out)-1].Outcome != r.outcome {
			out = append(out, Series{Country: s.Country, Source: r.source, Outcome: r.outcome})
		}
		last := &out[len(out)-1]
		last.Points = append(last.Points, r.Point)
	}
	return out, nil
}

// outcomeOf names the outcome of events of a type, as panels name it.
func outcomeOf(source string, v events.Violence) string {
	switch v {
	case events.StateBased:
		return source + "_sb"
	case events.NonState:
		return source + "_ns"
	case events.OneSided:
		return source + "_os"
	}
	return source + "_other"
}

// A Total adds up one country in one source.
type Total struct {
	Country    string  `json:"country"`
	Source     string  `json:"source"`
	Events     int     `json:"events,omitempty"`
	Deaths     float64 `json:"deaths"` // best estimates
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Civilians  float64 `json:"civilians,omitempty"`
	StateBased float64 `json:"state_based"`
	NonState   float64 `json:"non_state"`
	OneSided   float64 `json:"one_sided"`
	Entry      int64   `json:"entry"` // the newest import that has a part in it
}

// Totals adds up each country in each source from one month to another, both
// inclusive. For the last twelve months of a source, see [Latest].
func Totals(v *record.View, from, to events.Month) ([]Total, error) {
	of, err := readEventTotals(v.Tx, from, to)
	if err != nil {
		return nil, err
	}
	panel, err := readCellTotals(v.Tx, from, to)
	if err != nil {
		return nil, err
	}
	var out []Total
	for _, p := range append(of, panel...) {
		if n := len(out); n == 0 || out[n-1].Country != p.Country || out[n-1].Source != p.Source {
			out = append(out, Total{Country: p.Country, Source: p.Source})
		}
		out[len(out)-1].add(p)
	}
	slices.SortStableFunc(out, func(a, b Total) int { return strings.Compare(a.Country+" "+a.Source, b.Country+" "+b.Source) })
	return out, nil
}

// part is the share of one type of violence in a total.
type part struct {
	Total
	outcome string
}

func (t *Total) add(p part) {
	t.Events += p.Events
	t.Deaths += p.Deaths
	t.Low += p.Low
	t.High += p.High
	t.Civilians += p.Civilians
	t.Entry = max(t.Entry, p.Entry)
	switch _, kind, _ := strings.Cut(p.outcome, "_"); kind {
	case "sb":
		t.StateBased += p.Deaths
	case "ns":
		t.NonState += p.Deaths
	case "os":
		t.OneSided += p.Deaths
	}
}

// Latest returns the last month for which each kind of data set has a row.
func Latest(v *record.View) (map[string]events.Month, error) {
	all, err := Imports(v)
	out := map[string]events.Month{}
	for _, i := range all {
		if i.Withdrawn == 0 {
			out[i.Kind] = max(out[i.Kind], i.Last)
		}
	}
	return out, err
}

// List returns the events of a country, the latest first, at most limit.
func List(v *record.View, s Span, limit int) ([]Event, error) {
	return readEvents(v.Tx, s, limit)
}

// earth is its mean radius in km (IUGG).
const earth = 6371.0088

// Around returns the events within km of a point, the nearest first. The
// country of the span may be left out. Distances are on a sphere, which is
// right to 0.6 %: far below the precision of most events.
func Around(v *record.View, lat, lon, km float64, s Span) ([]Event, error) {
	switch {
	case !(math.Abs(lat) <= 90):
		return nil, fault.Invalid("lat", "%v is not a latitude: give -90 to 90", lat)
	case !(math.Abs(lon) <= 180):
		return nil, fault.Invalid("lon", "%v is not a longitude: give -180 to 180", lon)
	case !(km > 0 && km <= 2000):
		return nil, fault.Invalid("km", "%v is not a distance: give more than 0 and at most 2000 km", km)
	}
	near, err := readBox(v.Tx, boxAround(lat, lon, km), s)
	if err != nil {
		return nil, err
	}
	out := near[:0]
	for _, e := range near {
		if e.Km = distance(lat, lon, e.Lat, e.Lon); e.Km <= km {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		switch {
		case a.Km < b.Km:
			return -1
		case a.Km > b.Km:
			return 1
		}
		return 0
	})
	return out, nil
}

// A box is a range of latitudes and two of longitudes: beyond the 180th
// meridian the second range goes on.
type box struct{ south, north, west, east, west2, east2 float64 }

// boxAround returns a box that holds every point within km of a point.
func boxAround(lat, lon, km float64) box {
	d := km / earth * 180 / math.Pi * 1.001
	b := box{south: lat - d, north: lat + d, west: -180, east: 180, west2: 1, east2: 0}
	if b.south <= -89 || b.north >= 89 {
		return b // near a pole every longitude is near
	}
	// the widest place of the circle is not on its own latitude
	r := d * math.Pi / 180
	w := math.Asin(min(1, math.Sin(r)/math.Cos(lat*math.Pi/180))) * 180 / math.Pi
	if w >= 90 {
		return b
	}
	b.west, b.east = lon-w, lon+w
	switch {
	case b.west < -180:
		b.west2, b.east2, b.west = b.west+360, 180, -180
	case b.east > 180:
		b.west2, b.east2, b.east = -180, b.east-360, 180
	}
	return b
}

// distance is the length of the great circle between two points, in km.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	sin := func(deg float64) float64 { return math.Sin(deg * rad / 2) }
	h := sin(lat2-lat1)*sin(lat2-lat1) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sin(lon2-lon1)*sin(lon2-lon1)
	return 2 * earth * math.Asin(math.Sqrt(min(1, h)))
}

// An Imported is one import.
type Imported struct {
	Entry      int64        `json:"entry"`
	Kind       string       `json:"kind"`
	At         time.Time    `json:"at"`
	Actor      string       `json:"actor"`
	Blob       string       `json:"blob"` // SHA-256 of the rows as they are kept
	File       string       `json:"file"` // SHA-256 of the file as it came
	Rows       int          `json:"rows"`
	Accepted   int          `json:"accepted"`
	Revised    int          `json:"revised"` // of those accepted: new versions of what was loaded
	Duplicates int          `json:"duplicates"`
	Rejected   int          `json:"rejected"`
	First      events.Month `json:"first"` // months of the rows accepted
	Last       events.Month `json:"last"`
	Withdrawn  int64        `json:"withdrawn,omitempty"` // the entry that took it back
}

// Imports returns all imports, the newest first.
func Imports(v *record.View) ([]Imported, error) { return readImports(v.Tx) }

// A Remark is what an import said of its file in words.
type Remark struct {
	Name     string           `json:"name,omitempty"` // of the file
	Notes    []string         `json:"notes,omitempty"`
	Problems []events.Problem `json:"problems,omitempty"` // the first of the rows that were rejected
}

// RemarkOf returns what was noted at an import.
func RemarkOf(v *record.View, entry int64) (r Remark, err error) {
	err = v.Unseal(entry, &r)
	return r, err
}
