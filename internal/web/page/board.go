package page

import (
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/geo"
	"github.com/heed-project/heed/internal/web/look"
)

// A Board is the first page: where it is worst, what is owed, what changed.
type Board struct {
	Frame
	Map                             Map
	Ranked                          []Area
	Duties                          Table // late first, then due
	Waiting                         Table // warnings served on the reader and not acknowledged
	Requests                        Table // of prosecutors, that are late
	Changes                         []Event
	Late, DueDay, Unread            int64
	Situations, InForce, Unassessed int64
	Worst                           int64 // areas at level 4 or 5
	Guide                           bool
}

// A Map is an atlas with levels on it.
type Map struct {
	Width, Height float64
	Outline       string
	Own           bool    // the fictional region
	Land          string  // everything that carries no level, as one path
	Shapes        []Shape // what carries a level
	Key           []int
}

// A Shape is one area that carries a level.
type Shape struct {
	Path, Name, Href string
	Level            int
	X, Y             float64
	Labelled         bool
}

// NewMap draws areas on the world, or on the fictional region in an exercise.
// Where two situations share a country the first of areas decides.
func NewMap(w *Words, areas []Area, exercise bool) Map {
	atlas := geo.World()
	if exercise {
		atlas = geo.Exercise()
	}
	m := Map{Width: atlas.Width, Height: atlas.Height, Outline: atlas.Outline, Own: atlas.Own, Key: []int{1, 2, 3, 4, 5, 0}}
	var land strings.Builder
	for _, x := range atlas.Areas {
		i := slices.IndexFunc(areas, func(a Area) bool { return a.Country == x.Code && x.Code != "" })
		if i < 0 && !atlas.Own {
			land.WriteString(x.Path)
			continue
		}
		s := Shape{Path: x.Path, Name: w.Country(x.Code), X: x.X, Y: x.Y, Labelled: atlas.Own}
		if i >= 0 {
			s.Level, s.Href = areas[i].Level, look.Href(areas[i].Situation.ID)
		}
		m.Shapes = append(m.Shapes, s)
	}
	m.Land = land.String()
	return m
}
