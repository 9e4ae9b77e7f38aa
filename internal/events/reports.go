package events

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

var reportsKind = kind{name: "a reports csv", command: "reports", columns: []column{
	need("source_type", "source", "type of source", "source kind", "type de source"),
	need("date", "event_date", "observed", "date_observed", "when"),
	need("text", "report", "description", "details", "content", "narrative", "texte"),
	may("title", "headline", "subject", "titre"),
	may("place", "location", "where", "lieu"), may("country", "iso3", "country_iso3", "pays"),
	may("latitude", "lat"), may("longitude", "lon", "lng"),
	may("population", "people", "population at risk", "affected", "populations"),
	may("contact", "contact details", "email", "phone"),
	may("reference", "ref", "id", "source_id", "report_id", "external_id"),
	may("language", "lang", "langue"), may("marking", "tlp"),
}, oneOf: []string{"place", "country"}}

// sourceWords are the ways to write a source type, reduced by columnKey.
var sourceWords = map[string]string{
	"embassy": "embassy", "ambassade": "embassy", "diplomatic": "embassy", "mission": "embassy", "post": "embassy",
	"un_field": "un-field", "un": "un-field", "un_field_presence": "un-field", "united_nations": "un-field", "field_presence": "un-field",
	"regional": "regional", "regional_body": "regional", "regional_organisation": "regional", "regional_organization": "regional",
	"civil_society": "civil-society", "cso": "civil-society", "ngo": "civil-society", "ong": "civil-society", "societe_civile": "civil-society",
	"media": "media", "press": "media", "news": "media", "medias": "media", "presse": "media",
	"anonymous": "anonymous", "anon": "anonymous", "anonyme": "anonymous",
}

// markings are the TLP 2.0 labels.
var markings = []string{"RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"}

// ReadReports reads reports kept in a spreadsheet and hands each to row. A file
// has the columns source_type, date, text, and place or country; it may have
// title, latitude, longitude, population, contact, reference, language and
// marking. Other names in use for these are understood.
//
// A row is a duplicate when its reference occurred before with the same source
// type and content, or, where one of the two has no reference, when date,
// country, place and text are the same. A reference used again for something
// else is rejected, so that no text is lost unseen. Errors are as in ReadGED.
func ReadReports(r io.Reader, row func(Report) error) (Summary, error) {
	referenced := map[uint64]bool{} // by content: whether the first such row had a reference
	return readRows(r, reportsKind, func(t *table) (Report, bool) {
		rep := t.report()
		return rep, t.bad == nil && t.repeats(rep, referenced)
	}, row)
}

// Key is the same for two reports of one source that say the same about one
// day and place: the words of the text count, not its spacing or case.
func (r Report) Key() string {
	return strings.Join([]string{r.SourceType, r.Date.Format(time.DateOnly), r.Country, foldName(r.Place), foldName(r.Title), foldName(r.Text)}, "\x00")
}

// repeats reports whether the present row says what an earlier one said, and
// marks it as bad when it uses another row's reference for something else.
func (t *table) repeats(rep Report, referenced map[uint64]bool) bool {
	key := rep.Key()
	if rep.Reference != "" {
		if at, same := t.meetAs(rep.SourceType+"\x00ref\x00"+rep.Reference, key); at > 0 {
			if !same {
				t.fail("reference", "the reference %s was used on line %d for another report", quote(rep.Reference), at)
			}
			return same
		}
	}
	content := t.hash(key)
	had, met := referenced[content]
	if !met {
		referenced[content] = rep.Reference != ""
		return false
	}
	return !had || rep.Reference == ""
}

// report reads the present row as a report.
func (t *table) report() Report {
	rep := Report{Line: t.line, Title: t.text("title"), Text: t.must("text"), Place: t.text("place"),
		Population: t.text("population"), Contact: t.text("contact"), Reference: t.text("reference")}
	source := t.must("source_type")
	if rep.SourceType = sourceWords[columnKey(source)]; rep.SourceType == "" {
		t.fail("source_type", "%s is not a source type; write one of %s", quote(source), strings.Join(SourceTypes(), ", "))
	}
	rep.Date = t.reportDay()
	if name := t.text("country"); name != "" {
		c, ok := t.country(name)
		if !ok {
			t.fail("country", "%s is not a country we know; write its ISO 3166 code of three letters", quote(name))
		}
		rep.Country = c.ISO3
	}
	if rep.Place == "" && rep.Country == "" && t.bad == nil {
		t.fail("place", "neither place nor country is given")
	}
	if t.text("latitude") != "" || t.text("longitude") != "" {
		rep.Located, rep.Lat, rep.Lon = true, t.degrees("latitude", 90), t.degrees("longitude", 180)
	}
	rep.Language = t.language()
	rep.Marking = t.marking()
	return rep
}

// reportDay reads the date of a report. Day and month as two numbers after a
// slash are read only where they cannot be mistaken for each other.
func (t *table) reportDay() time.Time {
	s := t.text("date")
	layouts := []string{time.DateOnly, time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
		"2006/01/02", "2.1.2006", "2 January 2006", "2 Jan 2006", "2-Jan-2006", "January 2, 2006"}
	var a, b, year int
	if n, _ := fmt.Sscanf(s, "%d/%d/%d", &a, &b, &year); n == 3 && a < 1000 {
		switch {
		case a > 12, a == b:
			layouts = []string{"2/1/2006"}
		case b > 12:
			layouts = []string{"1/2/2006"}
		default:
			t.fail("date", "%s can be read in two ways; write year-month-day, 2023-05-12", quote(s))
			return time.Time{}
		}
	}
	return t.day("date", layouts, "year-month-day, 2023-05-12")
}

// language reads a BCP 47 tag.
func (t *table) language() string {
	s := strings.ReplaceAll(t.text("language"), "_", "-")
	if s == "" {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil {
		t.fail("language", "%s is not a language code; write fr, ar, sw …", quote(s))
	}
	return tag.String()
}

// marking reads a TLP 2.0 label, with or without "TLP:" before it.
func (t *table) marking() string {
	s := strings.ToUpper(strings.Join(strings.Fields(t.text("marking")), ""))
	s = strings.TrimPrefix(s, "TLP:")
	if s != "" && !slices.Contains(markings, s) {
		t.fail("marking", "%s is not a marking; write one of %s", quote(s), strings.Join(markings, ", "))
	}
	return s
}
