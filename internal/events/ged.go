package events

import (
	"io"
	"strings"
	"time"
)

var gedKind = kind{name: "a UCDP GED csv", command: "ged", columns: []column{
	need("id"), need("type_of_violence"), may("dyad_name"),
	need("side_a"), need("side_b"),
	may("where_prec"), may("where_coordinates", "where_description"),
	may("adm_1"), may("adm_2"),
	need("latitude"), need("longitude"),
	need("country"), may("country_id", "gwno"), may("region"),
	may("event_clarity"), may("date_prec"),
	need("date_start"), need("date_end"),
	need("best", "best_est"), need("low", "low_est"), need("high", "high_est"),
	may("deaths_civilians"), may("source_headline"),
	may("source_article"), may("source_office"), may("year"),
}}

// mostDeaths bounds a count of fatalities in one event. It is far above any
// figure in the data and stops a stray id or date from passing for a count.
const mostDeaths = 10_000_000

// ReadGED reads UCDP's Georeferenced Event Dataset, versions 21 to 25, and
// hands each event to row. Columns may stand in any order; optional ones may be
// absent. An event whose id occurred before is a duplicate.
//
// An error of kind fault.Invalid from row rejects that row; any other ends the
// reading and is returned. ISO3 follows UCDP's country, which codes events in
// Gaza and the West Bank under Israel (GW 666).
func ReadGED(r io.Reader, row func(Event) error) (Summary, error) {
	return readRows(r, gedKind, func(t *table) (Event, bool) { return t.once(t.ged()) }, row)
}

// once tells whether the event's id occurred before.
func (t *table) once(e Event) (Event, bool) {
	if t.bad != nil {
		return e, false
	}
	at, same := t.meet(e.SourceID)
	if at > 0 && !same {
		t.note(t.line, "repeats the id of an earlier row with other values; the earlier row was kept")
	} else if at == 0 && (e.Low > e.Best || e.Best > e.High) {
		t.note(t.line, "the best estimate lies outside low–high; kept as published")
	}
	return e, at > 0
}

// ged reads the present row as an event of GED.
func (t *table) ged() Event {
	e := Event{Line: t.line, Source: "ged", SourceID: t.must("id"), Type: Violence(t.whole("type_of_violence", 1, 3)),
		Dyad: t.text("dyad_name"), SideA: t.text("side_a"), SideB: t.text("side_b"),
		Precision: t.whole("where_prec", 0, 7), Place: t.text("where_coordinates"), Admin1: t.text("adm_1"), Admin2: t.text("adm_2"),
		Lat: t.degrees("latitude", 90), Lon: t.degrees("longitude", 180),
		Country: t.must("country"), Region: t.text("region"),
		Clarity: t.whole("event_clarity", 0, 2), DatePrecision: t.whole("date_prec", 0, 5),
		Best: t.whole("best", 0, mostDeaths), Low: t.whole("low", 0, mostDeaths), High: t.whole("high", 0, mostDeaths),
		Civilians: t.whole("deaths_civilians", 0, mostDeaths), Headline: t.text("source_headline"), Sources: t.text("source_article"),
	}
	if strings.Trim(e.SourceID, "0123456789") != "" && !missing(e.SourceID) {
		t.fail("id", "%s is not a GED event id, a whole number", quote(e.SourceID))
	}
	if e.Sources == "" {
		e.Sources = t.text("source_office")
	}
	t.whole("year", 1900, 2200)
	e.Start, e.End = t.gedDay("date_start"), t.gedDay("date_end")
	if t.bad == nil && e.End.Before(e.Start) {
		t.fail("date_end", "the event ends on %s, before it starts on %s", e.End.Format(time.DateOnly), e.Start.Format(time.DateOnly))
	}
	c, ok := CountryByGW(t.whole("country_id", 0, 9999))
	if !ok {
		c, ok = t.country(e.Country)
	}
	e.ISO3, e.GW = c.ISO3, t.whole("country_id", 0, 9999)
	if e.GW == 0 {
		e.GW = c.GW
	}
	if !ok {
		t.note(t.line, "the country is not in Heed's table; the event is kept without an ISO code")
	}
	return e
}

// gedDay reads a GED date. Some versions write a time of day after it, always
// midnight.
func (t *table) gedDay(col string) time.Time {
	return t.day(col, []string{time.DateOnly, "2006-01-02 15:04:05", "2006-01-02T15:04:05"}, "2013-01-03")
}
