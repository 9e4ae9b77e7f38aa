package events

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed countries.csv
var countriesCSV string

// fictional holds the eight states of the exercise, in the columns of
// countries.csv. Their codes are ones that ISO 3166 leaves to its users, and
// their numbers are taken by no state in the data sets. They are found by any
// of them, so that simulated data are read as published data are, and are not
// among [Countries].
//
//go:embed fictional.csv
var fictional string

// A Country is a country or territory with the codes by which data sets know
// it. A code is zero or empty where the scheme has none.
type Country struct {
	ISO3, ISO2 string
	Numeric    int    // ISO 3166-1 numeric, UN M49
	VIEWS      int    // VIEWS country id
	GW         int    // Gleditsch–Ward state number
	UN         string // "member", "observer", "other", or "fictional"

	// Short names in the six languages of the United Nations.
	EN, FR, AR, ES, RU, ZH string
}

// Name returns the short name in a language ("en", "fr", "ar", "es", "ru",
// "zh"), English otherwise.
func (c Country) Name(lang string) string {
	if name := c.Names()[lang]; name != "" {
		return name
	}
	return c.EN
}

// Names returns the short names by language.
func (c Country) Names() map[string]string {
	return map[string]string{"en": c.EN, "fr": c.FR, "ar": c.AR, "es": c.ES, "ru": c.RU, "zh": c.ZH}
}

// index is the table of countries, whole and by each of its codes.
type index struct {
	all                []Country
	code, name         map[string]Country
	numeric, views, gw map[int]Country
}

var countries = sync.OnceValue(loadCountries)

// former holds the codes of states that have ended or changed, with the state
// that carries their name on. The VIEWS ids are those of Sudan before 2011,
// Ethiopia before 1993, South Africa before 1990 and Tanzania before it was
// renumbered; UCDP codes Yugoslavia and Serbia 345.
var former = struct{ views, gw map[int]string }{
	views: map[int]string{59: "SDN", 191: "ETH", 192: "ZAF", 236: "TZA"},
	gw:    map[int]string{345: "SRB", 680: "YEM"},
}

func loadCountries() *index {
	rows, err := csv.NewReader(strings.NewReader(countriesCSV + fictional)).ReadAll()
	if err != nil {
		panic("events: countries.csv: " + err.Error())
	}
	x := &index{code: map[string]Country{}, name: map[string]Country{},
		numeric: map[int]Country{}, views: map[int]Country{}, gw: map[int]Country{}}
	for _, r := range rows[1:] {
		num := func(s string) int { v, _ := strconv.Atoi(s); return v }
		c := Country{ISO3: r[0], ISO2: r[1], Numeric: num(r[2]), VIEWS: num(r[3]), GW: num(r[4]),
			UN: r[5], EN: r[6], FR: r[7], AR: r[8], ES: r[9], RU: r[10], ZH: r[11]}
		if c.UN != "fictional" {
			x.all = append(x.all, c)
		}
		x.code[c.ISO3], x.numeric[c.Numeric], x.views[c.VIEWS], x.gw[c.GW] = c, c, c, c
		for _, name := range append(strings.Split(r[12], "; "), r[6:12]...) {
			x.name[foldName(name)] = c
		}
	}
	for _, m := range []map[int]Country{x.numeric, x.views, x.gw} {
		delete(m, 0) // stands for no code
	}
	delete(x.name, "")
	for id, iso := range former.views {
		x.views[id] = x.code[iso]
	}
	for id, iso := range former.gw {
		x.gw[id] = x.code[iso]
	}
	return x
}

// Countries returns the whole table, by ISO3.
func Countries() []Country { return slices.Clone(countries().all) }

// CountryByISO3 finds a country by its three-letter code, in either case.
func CountryByISO3(code string) (Country, bool) {
	c, ok := countries().code[strings.ToUpper(strings.TrimSpace(code))]
	return c, ok
}

// IsCountry tells whether a code of three letters names a country: one of the
// table, or one of those that ISO 3166 leaves to its users (AAA, QMA to QZZ, XAA
// to XZZ, ZZA to ZZZ).
func IsCountry(code string) bool {
	if _, ok := CountryByISO3(code); ok {
		return true
	}
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" &&
		(code[:2] == "AA" || code[0] == 'Q' && code[1] >= 'M' || code[0] == 'X' || code[:2] == "ZZ")
}

// CountryByNumeric finds a country by its ISO 3166-1 numeric code, which is
// the id in world-atlas outlines.
func CountryByNumeric(code int) (Country, bool) {
	c, ok := countries().numeric[code]
	return c, ok
}

// CountryByVIEWS finds a country by its VIEWS id, former ids included.
func CountryByVIEWS(id int) (Country, bool) {
	c, ok := countries().views[id]
	return c, ok
}

// CountryByGW finds a country by its Gleditsch–Ward number, as UCDP uses it.
func CountryByGW(code int) (Country, bool) {
	c, ok := countries().gw[code]
	return c, ok
}

// FindCountry finds a country by ISO3 or by a name in one of the six languages.
// Accents, case, punctuation and articles do not matter.
func FindCountry(s string) (Country, bool) {
	if c, ok := CountryByISO3(s); ok {
		return c, true
	}
	c, ok := countries().name[foldName(s)]
	return c, ok
}

// foldName reduces a name to what tells it apart: "The Saint-Vincent & the
// Grenadines" becomes "st vincent grenadines".
func foldName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	kept := words[:0]
	for _, w := range words {
		switch w {
		case "the", "and", "of", "et", "y", "и":
		case "saint", "sainte":
			kept = append(kept, "st")
		default:
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}
