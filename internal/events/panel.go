package events

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

var panelKind = kind{name: "a country-month panel csv", command: "panel", columns: []column{
	need("month_id", "month", "date"), may("year"), need("country_id", "views_id"),
	may("iso3", "country_iso3", "isoab"), may("source"),
	may("ged_sb", "ged_best_sb", "ged_sb_best", "sb", "outcome"),
	may("ged_ns", "ged_best_ns", "ged_ns_best", "ns"),
	may("ged_os", "ged_best_os", "ged_os_best", "os"),
}, oneOf: panelValues}

// panelValues are the names under which a cell holds its values.
var panelValues = []string{"ged_sb", "ged_ns", "ged_os"}

// mostInAMonth is the highest count that is believed of a country in a month: more
// than ever died of violence in one. What is above is an error of who wrote it,
// and would stand in the way of every forecast.
const mostInAMonth = 1e8

// ReadPanel reads fatalities by country and month (month_id, country_id, and
// at least one of ged_sb, ged_ns, ged_os; the VIEWS challenge's outcome column
// is its ged_sb) and hands each cell to row. A month may be a VIEWS month,
// written 2021-03, or in two columns, year and month. ISO3 comes from the VIEWS id; an iso3 column in the file is
// not believed over it, and a disagreement is noted.
//
// A cell that repeats an earlier one with the same values is a duplicate; with
// other values it is rejected, because a panel has one truth a cell. Errors are
// as in ReadGED.
func ReadPanel(r io.Reader, row func(Cell) error) (Summary, error) {
	return readRows(r, panelKind, func(t *table) (c Cell, repeated bool) {
		if c = t.cell(); t.bad != nil {
			return c, false
		}
		at, same := t.meet(c.Month.String() + "/" + strconv.Itoa(c.Country))
		if at > 0 && !same {
			t.fail("month_id", "country %d in %s was given other values on line %d", c.Country, c.Month, at)
		}
		return c, at > 0
	}, row)
}

// cell reads the present row as a cell of a panel.
func (t *table) cell() Cell {
	c := Cell{Line: t.line, Month: t.month(), Country: t.whole("country_id", 1, 99_999),
		Source: t.text("source"), Values: make(map[string]float64, len(panelValues))}
	for _, col := range panelValues {
		s := t.text(col)
		if missing(s) {
			continue
		}
		v, err := strconv.ParseFloat(s, 64)
		switch {
		case err != nil:
			t.fail(col, "%s is not a number", quote(s))
		case !(v >= 0) || math.IsInf(v, 0):
			t.fail(col, "%s is not a count of fatalities, 0 or more", quote(s))
		case v > mostInAMonth:
			t.fail(col, "%s: more than %.0f in a month is taken for an error", quote(s), mostInAMonth)
		default:
			c.Values[col] = v
		}
	}
	if len(c.Values) == 0 && t.bad == nil {
		there := func(col string) bool { _, ok := t.at[col]; return ok }
		t.fail(panelValues[slices.IndexFunc(panelValues, there)], "the value is missing")
	}
	country, ok := CountryByVIEWS(c.Country)
	c.ISO3 = country.ISO3
	if !ok && t.bad == nil {
		t.note(t.line, "the VIEWS country id is not in Heed's table; the cell is kept without an ISO code")
	}
	if iso := t.text("iso3"); ok && iso != "" && !strings.EqualFold(iso, c.ISO3) {
		t.note(t.line, "the iso3 column disagrees with the VIEWS country id; the id was followed")
	}
	return c
}

// month reads a VIEWS month number or a calendar month.
func (t *table) month() Month {
	s := t.must("month_id")
	if _, ok := t.at["year"]; ok && columnKey(t.head("month_id")) == "month" {
		return Month(max(1, (t.whole("year", 1980, 2200)-1980)*12+t.whole("month_id", 1, 12)))
	}
	for _, layout := range []string{"2006-01", time.DateOnly} {
		if d, err := time.Parse(layout, s); err == nil {
			if d.Year() < 1980 {
				t.fail("month_id", "%s is before January 1980", quote(s))
			}
			return MonthOf(d)
		}
	}
	return Month(max(1, t.whole("month_id", 1, 12*220)))
}
