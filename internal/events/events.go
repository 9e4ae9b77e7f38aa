// Package events reads what other people have counted and reported: the event
// data sets of UCDP (GED) and ACLED, country-month panels of fatalities, and
// reports kept in a spreadsheet.
//
// Every reader takes a stream and hands over one row at a time, so a file of
// any length needs the same memory, save for one small hash a row by which
// repeated rows are known. Gzip, UTF-8, UTF-16 with a byte order mark, a row in
// Windows-1252, and the separators comma, semicolon, tab and bar are recognised
// from the bytes.
//
//	sum, err := events.ReadGED(f, func(e events.Event) error { … })
//
// Promises: a bad row is reported by the line on which it begins, its column
// and what is wrong, and never costs a good row; Rows is always Accepted +
// Duplicates + RejectedRows; nothing is corrected in silence (Summary.Notes).
// A file of the wrong kind is refused with the columns it lacks. No input makes
// a reader panic, and no row longer than 1 MiB is held.
//
// Trusts: that the publisher's figures are the publisher's. A figure outside
// its own low–high range occurs in published GED rows; it is kept and noted.
//
// Sources: UCDP GED codebook, versions 21 to 25; ACLED codebook; the VIEWS
// month count (1 = January 1980) and country ids; RFC 4180 for CSV. Country
// codes (countries.csv) join ISO 3166-1, UN M49, Gleditsch–Ward and VIEWS;
// names are the short ones in use, in the six languages of the United Nations,
// and take no position on the status of any territory.
package events

import (
	"strconv"
	"time"
)

// Violence is the UCDP type of organised violence.
type Violence int

// The three types of UCDP. Zero means that the source's own type has no
// equivalent among them.
const (
	Unclassified Violence = iota
	StateBased            // at least one side is the government of a state
	NonState              // between organised groups, none of them a government
	OneSided              // by a government or organised group against civilians
)

// String returns UCDP's name for the type.
func (v Violence) String() string {
	if v < StateBased || v > OneSided {
		return "unclassified"
	}
	return [...]string{"state-based", "non-state", "one-sided"}[v-1]
}

// An Event is one event of organised violence as its source coded it.
type Event struct {
	Line     int    `json:"line"`      // where the row begins in the file
	Source   string `json:"source"`    // "ged" or "acled"
	SourceID string `json:"source_id"` // the source's own id

	Type    Violence `json:"type"`
	Kind    string   `json:"kind,omitempty"`     // ACLED event_type
	SubKind string   `json:"sub_kind,omitempty"` // ACLED sub_event_type
	Dyad    string   `json:"dyad,omitempty"`     // GED dyad_name

	Country string  `json:"country"`        // as the source names it
	ISO3    string  `json:"iso3,omitempty"` // empty when the country is not known to us
	GW      int     `json:"gw,omitempty"`   // Gleditsch–Ward code, 0 when none
	Region  string  `json:"region,omitempty"`
	Admin1  string  `json:"admin1,omitempty"`
	Admin2  string  `json:"admin2,omitempty"`
	Place   string  `json:"place,omitempty"`
	Lat     float64 `json:"lat"` // degrees, WGS 84
	Lon     float64 `json:"lon"`

	Precision     int `json:"precision,omitempty"`      // GED where_prec 1–7, ACLED geo_precision 1–3; 1 is exact
	DatePrecision int `json:"date_precision,omitempty"` // GED date_prec 1–5, ACLED time_precision 1–3; 1 is exact
	Clarity       int `json:"clarity,omitempty"`        // GED event_clarity: 1 clear, 2 a summary of several

	Start time.Time `json:"start"` // first and last day, midnight UTC
	End   time.Time `json:"end"`

	Best      int `json:"best"` // fatalities; ACLED gives one figure for all three
	Low       int `json:"low"`
	High      int `json:"high"`
	Civilians int `json:"civilians"` // GED deaths_civilians; ACLED: all fatalities where civilians were the target

	SideA    string `json:"side_a,omitempty"`
	SideB    string `json:"side_b,omitempty"`
	Headline string `json:"headline,omitempty"`
	Sources  string `json:"sources,omitempty"` // the articles or offices the source cites
	Notes    string `json:"notes,omitempty"`   // ACLED's description of the event
}

// Key names the event across files: "ged:300380".
func (e Event) Key() string { return e.Source + ":" + e.SourceID }

// Month counts months as VIEWS does: 1 is January 1980.
type Month int

// MonthOf returns the month of t in UTC.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month((t.Year()-1980)*12 + int(t.Month()))
}

// Start returns the first instant of the month in UTC.
func (m Month) Start() time.Time {
	return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, int(m)-1, 0)
}

// String returns "2021-03".
func (m Month) String() string { return m.Start().Format("2006-01") }

// A Cell is one month in one country.
type Cell struct {
	Line    int   `json:"line"`
	Month   Month `json:"month"`
	Country int   `json:"country"` // VIEWS country id
	// ISO3 is empty for a VIEWS id that is not in our table. A state that has
	// since split keeps the ISO3 of the state that carried its name on.
	ISO3   string             `json:"iso3,omitempty"`
	Values map[string]float64 `json:"values"` // "ged_sb", "ged_ns", "ged_os"; a missing value has no key
	Source string             `json:"source,omitempty"`
}

// A Report is one row of a reports file.
type Report struct {
	Line       int       `json:"line"`
	SourceType string    `json:"source_type"` // one of SourceTypes
	Date       time.Time `json:"date"`        // when it happened or was observed
	Title      string    `json:"title,omitempty"`
	Text       string    `json:"text"`
	Place      string    `json:"place,omitempty"`
	Country    string    `json:"country,omitempty"` // ISO3
	Located    bool      `json:"located,omitempty"` // Lat and Lon are given
	Lat        float64   `json:"lat,omitempty"`
	Lon        float64   `json:"lon,omitempty"`
	Population string    `json:"population,omitempty"` // people at risk, as named in the row
	Contact    string    `json:"contact,omitempty"`
	Reference  string    `json:"reference,omitempty"` // the source's own id
	Language   string    `json:"language,omitempty"`  // BCP 47, "fr"
	Marking    string    `json:"marking,omitempty"`   // TLP 2.0: "AMBER+STRICT"
}

// SourceTypes are the kinds of source a report may come from. All have equal
// standing.
func SourceTypes() []string {
	return []string{"embassy", "un-field", "regional", "civil-society", "media", "anonymous"}
}

// A Problem says why one row was rejected.
type Problem struct {
	Line   int    `json:"line"`   // physical line on which the row begins, from 1
	Column string `json:"column"` // the header's own name; empty when the whole row is at fault
	Error  string `json:"error"`
}

// maxProblems is how many problems a summary lists. RejectedRows counts all.
const maxProblems = 10_000

// A Summary says what became of every row.
type Summary struct {
	Rows         int       `json:"rows"` // rows after the header, blank lines apart
	Accepted     int       `json:"accepted"`
	Duplicates   int       `json:"duplicates"`    // repeats of an earlier row of the same file
	RejectedRows int       `json:"rejected_rows"` // one problem a row; the first 10,000 are listed
	Rejected     []Problem `json:"rejected"`
	Notes        []string  `json:"notes,omitempty"` // what a reader should know and nothing was rejected for
}

// reject counts a rejected row and lists it while there is room.
func (s *Summary) reject(p Problem) {
	s.RejectedRows++
	if len(s.Rejected) < maxProblems {
		s.Rejected = append(s.Rejected, p)
	}
}

// quote shortens a value for an error message.
func quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
