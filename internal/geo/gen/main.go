// Command gen writes the files that package geo embeds.
//
// world.txt is made from countries-110m.json of the npm package world-atlas
// 2.0.2 (pinned in tools/web), which is Natural Earth's 1:110 million country
// outlines, version 4.1. Natural Earth is in the public domain; world-atlas
// is distributed under the ISC licence. The outlines are projected once here,
// so that a node only copies text into its pages. Numeric country codes are
// turned into ISO 3166-1 alpha-3. Antarctica is left out.
//
// exercise.json is drawn here from invented places: the fictional region of
// eight states in which rehearsals happen. Its coasts and borders are broken
// by a seeded random walk, so that the same file comes out on every run.
//
//	npm ci --prefix tools/web
//	go run ./internal/geo/gen
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/heed-project/heed/internal/geo"
)

func main() {
	atlas := flag.String("atlas", "tools/web/node_modules/world-atlas/countries-110m.json", "TopoJSON of the world's countries")
	out := flag.String("out", "internal/geo", "folder to write to")
	flag.Parse()
	if err := write(*atlas, *out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func write(atlas, out string) error {
	data, err := os.ReadFile(atlas)
	if err != nil {
		return err
	}
	world, err := world(data)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "world.txt"), []byte(world), 0o644); err != nil {
		return err
	}
	region, err := region(7)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "exercise.json"), region, 0o644)
}

func world(data []byte) (string, error) {
	a, err := geo.Read(data, "countries", geo.EqualEarth, 720)
	if err != nil {
		return "", err
	}
	kept := a.Areas[:0]
	for _, x := range a.Areas {
		name := x.Name("en")
		if name == "Antarctica" {
			continue
		}
		if x.Code, err = alpha3(x.Code, name); err != nil {
			return "", err
		}
		kept = append(kept, x)
	}
	a.Areas = kept
	return a.Text(), nil
}

// alpha3 turns a numeric code into the alphabetic one. Three outlines have no
// numeric code; Kosovo has the user-assigned XKX in common use.
func alpha3(numeric, name string) (string, error) {
	if numeric == "" {
		if strings.HasPrefix(name, "Kosovo") {
			return "XKX", nil
		}
		return "", nil
	}
	n, err := strconv.Atoi(numeric)
	if err != nil {
		return "", fmt.Errorf("%s: code %q: %w", name, numeric, err)
	}
	r, err := language.EncodeM49(n)
	if err != nil {
		return "", fmt.Errorf("%s: code %q: %w", name, numeric, err)
	}
	return r.ISO3(), nil
}
