// Package geo holds the outlines that Heed's maps are drawn from, as SVG path
// data.
//
// There are two maps. [World] is every country, from Natural Earth at
// 1:110 million, in the Equal Earth projection: an equal-area projection, so
// that a country's ink is proportional to its land, which a map of levels
// needs and Mercator breaks. [Exercise] is the fictional region of eight
// states in which rehearsals happen. A rehearsal is always drawn on the
// second map, so that an invented level never colours a real place.
//
//	atlas := geo.World()
//	for _, area := range atlas.Areas {
//		fmt.Println(area.Code, len(area.Path))
//	}
//
// Codes are ISO 3166-1 alpha-3. The fictional states use the codes XAA to XAH,
// which the standard leaves to its users. Outlines whose status the source
// gives no code are drawn without one and can carry no level.
//
// The files in this package are written by the program in gen, which says
// where they come from and under which licence. Natural Earth is in the
// public domain. The outlines say nothing about the legal status of any
// territory, and every page that shows them says so.
//
// Source of the projection: Šavrič, Patterson and Jenny, The Equal Earth map
// projection, 2018.
package geo

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// An Area is one outline of an atlas.
type Area struct {
	Code  string            // ISO 3166-1 alpha-3, "" where the source gives none
	Names map[string]string // by language tag; the world's names come from the table of countries instead
	Path  string            // SVG path data in the atlas's view box
	X, Y  float64           // the middle of its largest part, where a label can stand
	Span  float64           // width of its largest part, in view box units
}

// Name returns the area's own name in a language, else in English, else "".
func (a Area) Name(tag string) string {
	if n, ok := a.Names[tag]; ok {
		return n
	}
	return a.Names["en"]
}

// An Atlas is a set of projected outlines that share one view box.
type Atlas struct {
	Width, Height float64
	Outline       string // SVG path data of the edge of the map; clip the areas to it
	Areas         []Area
	Own           bool // the areas bring their own names: the fictional region
}

// Area returns the area with a code, or false.
func (a *Atlas) Area(code string) (Area, bool) {
	for _, x := range a.Areas {
		if x.Code == code && code != "" {
			return x, true
		}
	}
	return Area{}, false
}

//go:embed world.txt
var worldText string

//go:embed exercise.json
var exerciseJSON []byte

// World returns the atlas of every country.
var World = sync.OnceValue(func() *Atlas {
	a, err := Parse(worldText)
	if err != nil {
		panic("geo: the embedded world is damaged: " + err.Error())
	}
	return a
})

// Exercise returns the atlas of the fictional region.
var Exercise = sync.OnceValue(func() *Atlas {
	a, err := Read(exerciseJSON, "states", Flat, 720)
	if err != nil {
		panic("geo: the embedded region is damaged: " + err.Error())
	}
	a.Own = true
	return a
})

// Text writes the atlas in the compact form that [Parse] reads: one line for
// the view box and outline, then one line an area, fields parted by tabs.
func (a *Atlas) Text() string {
	var b strings.Builder
	num := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	b.WriteString(num(a.Width) + "\t" + num(a.Height) + "\t" + a.Outline + "\n")
	for _, x := range a.Areas {
		b.WriteString(x.Code + "\t" + num(x.X) + "\t" + num(x.Y) + "\t" + num(x.Span) + "\t" + x.Path + "\n")
	}
	return b.String()
}
