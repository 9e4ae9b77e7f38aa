package geo

import (
	"regexp"
	"strings"
	"testing"
)

// TestPaths checks each path against the grammar, which is how a subpath that
// forgets its "l" and so draws with absolute coordinates would show.
func TestPaths(t *testing.T) {
	const num = `-?(?:\d+(?:\.\d)?|\.\d)`
	ok := regexp.MustCompile(`^(?:M` + num + ` ` + num + `(?:l` + num + ` ` + num + `(?: ` + num + ` ` + num + `)*)?Z)+$`)
	for name, a := range map[string]*Atlas{"world": World(), "exercise": Exercise()} {
		if !ok.MatchString(a.Outline) {
			t.Errorf("%s: bad outline %.80q", name, a.Outline)
		}
		seen := map[string]bool{}
		for _, x := range a.Areas {
			if !ok.MatchString(x.Path) {
				t.Errorf("%s %s: bad path %.80q", name, x.Code, x.Path)
			}
			if x.X < 0 || x.X > a.Width || x.Y < 0 || x.Y > a.Height {
				t.Errorf("%s %s: its middle %v %v is off the map", name, x.Code, x.X, x.Y)
			}
			if x.Code != "" && seen[x.Code] {
				t.Errorf("%s: %s twice", name, x.Code)
			}
			seen[x.Code] = true
		}
	}
}

func TestWorldIsWhole(t *testing.T) {
	w := World()
	if len(w.Areas) != 176 {
		t.Errorf("%d outlines, want 176: every one of the source but Antarctica", len(w.Areas))
	}
	// Each country's ink against the mean, in projected units: the projection
	// keeps areas, so land of known ratio keeps its ratio.
	russia, ok := w.Area("RUS")
	if !ok || strings.Count(russia.Path, "M") < 12 {
		t.Errorf("Russia has %d subpaths; what lies beyond 180° is missing", strings.Count(russia.Path, "M"))
	}
	if _, ok := w.Area(""); ok {
		t.Error("an outline without a code was found by its lack of one")
	}
}

// TestExerciseIsFiction holds the region to what is promised of it: eight
// states under user-assigned codes, named in each of the six languages.
func TestExerciseIsFiction(t *testing.T) {
	e := Exercise()
	if len(e.Areas) != 8 || !e.Own {
		t.Fatalf("%d states", len(e.Areas))
	}
	for i, x := range e.Areas {
		if want := "XA" + string(rune('A'+i)); x.Code != want {
			t.Errorf("state %d has code %s, want %s", i, x.Code, want)
		}
		if _, real := World().Area(x.Code); real {
			t.Errorf("%s is also a country of the world", x.Code)
		}
		for _, tag := range []string{"en", "fr", "ar", "es", "ru", "zh"} {
			if x.Names[tag] == "" {
				t.Errorf("%s has no name in %s", x.Code, tag)
			}
		}
	}
}

func TestTextRoundTrip(t *testing.T) {
	a, err := Parse(World().Text())
	if err != nil {
		t.Fatal(err)
	}
	if a.Text() != worldText {
		t.Error("the world does not survive being written and read")
	}
}

func TestAntimeridian(t *testing.T) {
	const doc = `{"type":"Topology","transform":{"scale":[1,1],"translate":[0,0]},
		"objects":{"o":{"geometries":[{"type":"Polygon","id":"AAA","arcs":[[0]],"properties":{"name":"A"}}]}},
		"arcs":[[[170,0],[20,0],[0,10],[-20,0],[0,-10]]]}`
	a, err := Read([]byte(doc), "o", EqualEarth, 720)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(a.Areas[0].Path, "M"); n != 2 {
		t.Errorf("a ring across 180° has %d subpaths, want one off each edge", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(exerciseJSON)
	f.Add([]byte(`{"transform":{"scale":[1,1]},"objects":{"states":{"geometries":[{"type":"Polygon","arcs":[[-3,9]]}]}},"arcs":[[[0,0]]]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if a, err := Read(doc, "states", Flat, 720); err == nil {
			for _, x := range a.Areas {
				if strings.ContainsAny(x.Path, "<>\"&") {
					t.Fatalf("path %q", x.Path)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("720\t10\tM0 0l1 1Z\nAAA\t1\t2\t3\tM0 0l1 1Z\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := Parse(text); err == nil {
			if b, err := Parse(a.Text()); err != nil || b.Text() != a.Text() {
				t.Fatalf("%q reads, but not back: %v", text, err)
			}
		}
	})
}

func BenchmarkWorld(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(worldText); err != nil {
			b.Fatal(err)
		}
	}
}
