package look

import (
	"strings"
	"testing"
	"time"
)

func TestArabicKeepsItsOrder(t *testing.T) {
	w := NewWords("ar")
	got := w.When(time.Date(2031, time.March, 14, 3, 30, 0, 0, time.UTC))
	// An isolate that holds nothing but isolates has no strong letter of its
	// own and would be set from left to right.
	if strings.Contains(got, "\u2068\u2068") {
		t.Errorf("%q isolates what is made of isolates", got)
	}
	if !strings.Contains(got, "مارس") {
		t.Errorf("%q", got)
	}
}

func TestCellAsCSV(t *testing.T) {
	if got := (Cell{Text: "=HYPERLINK(1)"}).csv(); got != "'=HYPERLINK(1)" {
		t.Errorf("a formula goes out as %q", got)
	}
	if got := (Cell{Text: "-3"}).csv(); got != "-3" {
		t.Errorf("a number goes out as %q", got)
	}
}

func TestListOfNothingIsNotATable(t *testing.T) {
	got := Table{Cols: []Col{{"A", "a", false}, {"B", "b", false}}, Rows: []Row{{Cells: []Cell{{Text: "1"}, {Text: "2"}}}}}.Without("a", "none")
	if len(got.Cols) != 1 || len(got.Rows[0].Cells) != 1 || got.Rows[0].Cells[0].Text != "2" {
		t.Errorf("%+v", got)
	}
}

func TestHref(t *testing.T) {
	for id, want := range map[string]string{"W-3": "/warnings/W-3", "DEC-1": "/decisions/DEC-1", "E-40": "/record/40", "S-1/p2": "/situations/S-1", "AG-1": "", "": "", "W": "",
		"W-../../x": "", "D-1?x": ""} {
		if got := Href(id); got != want {
			t.Errorf("Href(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	w := NewWords("ar")
	if w.Dir != "rtl" || w.Country("XAD") == "XAD" || w.Country("FRA") == "FRA" || w.Country("XAA") == w.Country("XAB") {
		t.Errorf("%q %q %q", w.Dir, w.Country("XAD"), w.Country("FRA"))
	}
	if got := NewWords("en").Country("ZZZ9"); got != "ZZZ9" {
		t.Errorf("an unknown code became %q", got)
	}
}

func TestTimeLeft(t *testing.T) {
	w, at := NewWords("en"), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{52 * time.Hour: "2 d 4 h left", -90 * time.Minute: "1 h 30 min late", 0: "0 min left", 11*24*time.Hour + time.Hour: "11 d left"} {
		if got := w.Left(at, at.Add(d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestAllowed(t *testing.T) {
	for s, want := range map[string]string{"1 hour": "1 heure", "2 working days": "2 jours ouvrés", "none": "none", "3 moons": "3 moons"} {
		if got := NewWords("fr").Allowed(s); got != want {
			t.Errorf("Allowed(%q) = %q, want %q", s, got, want)
		}
	}
}
