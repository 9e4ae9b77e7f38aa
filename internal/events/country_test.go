package events_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/testkit"
)

func TestCountryTable(t *testing.T) {
	standing := map[string]int{}
	for _, c := range events.Countries() {
		standing[c.UN]++
		if len(c.ISO3) != 3 || len(c.ISO2) != 2 || c.EN == "" || c.FR == "" || c.AR == "" {
			t.Errorf("incomplete: %+v", c)
		}
		if found, ok := events.CountryByISO3(c.ISO3); !ok || found != c {
			t.Errorf("%s leads to %+v", c.ISO3, found)
		}
		for _, name := range []string{c.EN, c.FR, c.AR} {
			if found, ok := events.FindCountry(name); !ok || found != c {
				t.Errorf("%s leads to %s, want %s", name, found.ISO3, c.ISO3)
			}
		}
		for scheme, found := range map[string]func() (events.Country, bool){
			"numeric": func() (events.Country, bool) { return events.CountryByNumeric(c.Numeric) },
			"VIEWS":   func() (events.Country, bool) { return events.CountryByVIEWS(c.VIEWS) },
			"GW":      func() (events.Country, bool) { return events.CountryByGW(c.GW) },
		} {
			code := map[string]int{"numeric": c.Numeric, "VIEWS": c.VIEWS, "GW": c.GW}[scheme]
			if got, ok := found(); ok != (code != 0) || ok && got != c {
				t.Errorf("%s %d leads to %s, want %s", scheme, code, got.ISO3, c.ISO3)
			}
		}
	}
	if standing["member"] != 193 || standing["observer"] != 2 {
		t.Errorf("standing %v", standing)
	}
}

func TestCountryNames(t *testing.T) {
	for name, want := range map[string]string{
		"Bosnia-Herzegovina": "BIH", "Cambodia (Kampuchea)": "KHM", "DR Congo (Zaire)": "COD", "Congo": "COG",
		"Kingdom of eSwatini (Swaziland)": "SWZ", "Macedonia, FYR": "MKD", "Serbia (Yugoslavia)": "SRB", "the gambia": "GMB",
		"COTE D'IVOIRE": "CIV", "Côte d’Ivoire": "CIV", "côte d ivoire": "CIV", "République démocratique du Congo": "COD",
		"السودان": "SDN", "State of Palestine": "PSE", "Saint Vincent & the Grenadines": "VCT", "tza": "TZA", "Turkey": "TUR", "Türkiye": "TUR",
		"Guinea": "GIN", "Guinea-Bissau": "GNB", "Niger": "NER", "Nigeria": "NGA", "South Sudan": "SSD",
		"Sudán del Sur": "SSD", "Trinidad y Tabago": "TTO", "Южный Судан": "SSD", "南苏丹": "SSD", "刚果民主共和国": "COD",
	} {
		if c, ok := events.FindCountry(name); !ok || c.ISO3 != want {
			t.Errorf("%s leads to %q, want %s", name, c.ISO3, want)
		}
	}
	for _, name := range []string{"", "the", "Atlantis", "XXX"} {
		if c, ok := events.FindCountry(name); ok {
			t.Errorf("%q leads to %s", name, c.ISO3)
		}
	}
	if c, _ := events.CountryByGW(345); c.ISO3 != "SRB" || c.Name("fr") != "Serbie" || c.Name("de") != "Serbia" || c.Name("ar") != c.AR || c.Name("es") != "Serbia" || c.Name("ru") != "Сербия" || c.Name("zh") != "塞尔维亚" {
		t.Errorf("GW 345 is %+v", c)
	}
}

// TestNamesTellCountriesApart: a name is there in each language, and leads to
// its own country.
func TestNamesTellCountriesApart(t *testing.T) {
	for _, c := range events.Countries() {
		for lang, name := range c.Names() {
			if found, ok := events.FindCountry(name); name == "" || !ok || found != c {
				t.Errorf("%s in %s: %q leads to %q", c.ISO3, lang, name, found.ISO3)
			}
		}
	}
}

// TestFictional: the states of the exercise are found and are in no list.
func TestFictional(t *testing.T) {
	for _, by := range []string{"XAC", "xac", "Dathren", "داثرين", "达思伦"} {
		if c, ok := events.FindCountry(by); !ok || c.ISO3 != "XAC" || c.UN != "fictional" {
			t.Errorf("%s leads to %+v", by, c)
		}
	}
	if c, ok := events.CountryByVIEWS(9903); !ok || c.ISO3 != "XAC" {
		t.Errorf("9903 leads to %+v", c)
	}
	for _, c := range events.Countries() {
		if c.UN == "fictional" {
			t.Errorf("%s is listed among countries", c.ISO3)
		}
	}
}

// TestCountryCodesInData checks the table against every list we have.
func TestCountryCodesInData(t *testing.T) {
	rows := func(path string) [][]string {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return all[1:]
	}
	list := testkit.Shared(t, "warning/views_cm/country_list.csv")
	for _, r := range rows(list) {
		id, _ := strconv.Atoi(r[0])
		byID, ok := events.CountryByVIEWS(id)
		byName, ok2 := events.FindCountry(r[1])
		if !ok || !ok2 || byID != byName {
			t.Errorf("VIEWS %d %s: %s by id, %s by name", id, r[1], byID.ISO3, byName.ISO3)
		}
	}
	for _, r := range rows(filepath.Join(filepath.Dir(list), "../../../facts/un_regional_groups.csv")) {
		if c, ok := events.FindCountry(r[1]); !ok || c.ISO3 != r[0] || c.UN != "member" {
			t.Errorf("%s %s leads to %+v", r[0], r[1], c)
		}
	}
	text, err := os.ReadFile(testkit.Shared(t, "warning/maps/countries-110m.json"))
	if err != nil {
		t.Fatal(err)
	}
	var atlas struct {
		Objects struct {
			Countries struct {
				Geometries []struct {
					ID         string
					Properties struct{ Name string }
				}
			}
		}
	}
	if err := json.Unmarshal(text, &atlas); err != nil {
		t.Fatal(err)
	}
	outlines := atlas.Objects.Countries.Geometries
	for _, g := range outlines {
		n, err := strconv.Atoi(g.ID)
		if err != nil {
			continue // Kosovo, Somaliland and Northern Cyprus have no code
		}
		if _, ok := events.CountryByNumeric(n); !ok {
			t.Errorf("outline %s %s has no country", g.ID, g.Properties.Name)
		}
	}
	if len(outlines) < 170 {
		t.Errorf("%d outlines", len(outlines))
	}
}

// TestIsCountry: a slip of the hand is no country, what ISO 3166 leaves to its
// users may be one.
func TestIsCountry(t *testing.T) {
	for code, want := range map[string]bool{"CAF": true, "XKX": true, "XAA": true, "XQZ": true, "QMA": true, "ZZZ": true, "AAB": true,
		"ABC": false, "SDU": false, "QAA": false, "": false, "CA": false, "ZZ1": false, "Z\xffA": false} {
		if got := events.IsCountry(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
