package events

import (
	"io"
	"strings"
	"time"
)

var acledKind = kind{name: "an ACLED export", command: "acled", columns: []column{
	need("event_id_cnty", "data_id", "event_id"),
	need("event_date"), may("time_precision", "time_prec"),
	need("event_type"), may("sub_event_type"),
	need("actor1"), may("inter1"), may("actor2"), may("inter2"),
	may("civilian_targeting"), may("iso"), may("iso3"),
	may("region"), need("country"),
	may("admin1"), may("admin2"), may("location"),
	need("latitude"), need("longitude"), may("geo_precision", "geo_precis", "geo_prec"),
	may("source"), may("notes"), need("fatalities"), may("disorder_type"),
}}

// ReadACLED reads an export of the Armed Conflict Location & Event Data
// project, with its present or its earlier column names, and hands each event
// to row. An event whose id occurred before is a duplicate.
//
// ACLED counts fatalities once, so Best, Low and High are equal. Its types are
// not UCDP's: Type is the nearest one (violence against civilians, or civilian
// targeting: one-sided; a battle or explosion in which a state force takes
// part: state-based, otherwise non-state; all else unclassified). Errors are as
// in ReadGED.
func ReadACLED(r io.Reader, row func(Event) error) (Summary, error) {
	return readRows(r, acledKind, func(t *table) (Event, bool) { return t.once(t.acled()) }, row)
}

// acled reads the present row as an event of ACLED.
func (t *table) acled() Event {
	n := t.whole("fatalities", 0, mostDeaths)
	e := Event{Line: t.line, Source: "acled", SourceID: t.must("event_id_cnty"),
		Kind: t.must("event_type"), SubKind: t.text("sub_event_type"),
		SideA: t.text("actor1"), SideB: t.text("actor2"),
		Country: t.must("country"), Region: t.text("region"),
		Admin1: t.text("admin1"), Admin2: t.text("admin2"), Place: t.text("location"),
		Lat: t.degrees("latitude", 90), Lon: t.degrees("longitude", 180),
		Precision: t.whole("geo_precision", 0, 3), DatePrecision: t.whole("time_precision", 0, 3),
		Best: n, Low: n, High: n, Sources: t.text("source"), Notes: t.text("notes"),
	}
	e.Start = t.acledDay()
	e.End = e.Start
	e.Type = t.acledViolence(e)
	if e.Type == OneSided {
		e.Civilians = n
	}
	c, ok := CountryByISO3(t.text("iso3"))
	if !ok {
		c, ok = CountryByNumeric(t.whole("iso", 0, 999))
	}
	if !ok {
		c, ok = t.country(e.Country)
	}
	e.ISO3, e.GW = c.ISO3, c.GW
	if !ok {
		t.note(t.line, "the country is not in Heed's table; the event is kept without an ISO code")
	}
	return e
}

// acledViolence gives the UCDP type nearest to what ACLED coded.
func (t *table) acledViolence(e Event) Violence {
	kind := strings.ToLower(e.Kind)
	if strings.HasPrefix(kind, "violence against civilians") || !missing(t.text("civilian_targeting")) {
		return OneSided
	}
	if !strings.HasPrefix(kind, "battle") && !strings.HasPrefix(kind, "explosion") && !strings.HasPrefix(kind, "remote violence") {
		return Unclassified
	}
	for _, col := range []string{"inter1", "inter2"} {
		// 1 in the numbers, "State forces" in the words, 8 and "External…" for
		// other states' forces.
		switch inter := strings.ToLower(t.text(col)); {
		case inter == "1", inter == "8", strings.HasPrefix(inter, "state"), strings.HasPrefix(inter, "external"):
			return StateBased
		}
	}
	return NonState
}

// acledDay reads a date as ACLED has written it over the years. Day comes
// before month wherever both are numbers after a slash.
func (t *table) acledDay() time.Time {
	return t.day("event_date", []string{time.DateOnly, "2 January 2006", "02-January-2006", "2-Jan-2006", "2 Jan 2006",
		"2/1/2006", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}, "2023-05-12 or 12 May 2023")
}
