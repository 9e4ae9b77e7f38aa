// Package forecast makes and judges predictive distributions for monthly
// counts, such as fatalities by country and month.
//
// A forecast here is never one number: it is a sample of draws from what may
// happen. The package promises that a score is the score that the VIEWS 2023/24
// prediction challenge defines, to the last digits, so that a forecast can be
// compared with others that were scored elsewhere; that a calculation with
// the same input and seed gives the same output on any machine and with any
// number of processors; and that a cell that was forecast and not observed, or
// the reverse, is counted and said, never dropped in silence.
//
// It trusts the panel it is given: whoever counts the dead decides what a count
// means. It reads and writes no files; forecast/views does that.
//
//	scores, gaps, err := forecast.Judge(f, actuals)
//	mean := forecast.Means(scores)
//	fmt.Println(mean.CRPS, mean.IGN, mean.MIS)
//
// The model is in forecast/counts, the forests it grows in forecast/forest, the
// risk of rare onsets in forecast/onset.
//
// Sources: Hegre et al., The 2023/24 VIEWS prediction challenge, Journal of
// Peace Research 62 (2025); Gneiting and Raftery, Strictly proper scoring
// rules, JASA 102 (2007).
package forecast

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Month counts months as VIEWS does: 1 is January 1980.
type Month int

// MonthOf returns the month of a year, 1 to 12.
func MonthOf(year, month int) Month { return Month((year-1980)*12 + month) }

// Year returns the calendar year of a month.
func (m Month) Year() int { return 1980 + floorDiv(int(m)-1, 12) }

// InYear returns the month within its year, 1 to 12.
func (m Month) InYear() int { return int(m) - 12*floorDiv(int(m)-1, 12) }

// String writes a month as 2021-03.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year(), m.InYear()) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ParseMonth reads 2021-03, or a VIEWS month number.
func ParseMonth(s string) (Month, error) {
	year, month, dashed := strings.Cut(strings.TrimSpace(s), "-")
	if !dashed {
		n, err := strconv.Atoi(year)
		if err != nil || n < 1 || n > 9999 {
			return 0, fmt.Errorf("%q is not a month: write 2021-03, or a VIEWS month number", s)
		}
		return Month(n), nil
	}
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	if err1 != nil || err2 != nil || m < 1 || m > 12 || y < 1000 || y > 9999 {
		return 0, fmt.Errorf("%q is not a month: write 2021-03", s)
	}
	return MonthOf(y, m), nil
}

// Cell is one area in one month.
type Cell struct {
	Month Month
	Area  int // a VIEWS country id, or the number of any other area
}

// compareCells orders cells by area, then by month.
func compareCells(a, b Cell) int {
	return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Month, b.Month))
}

// Forecast holds the draws of each cell, in the order of their numbers.
type Forecast map[Cell][]float64

// Cells returns the cells of a forecast by area, then month.
func (f Forecast) Cells() []Cell { return sortedCells(f) }

// Draws returns the fewest and the most draws that a cell has.
func (f Forecast) Draws() (fewest, most int) {
	fewest = math.MaxInt
	for _, draws := range f {
		fewest, most = min(fewest, len(draws)), max(most, len(draws))
	}
	return min(fewest, most), most
}

// MostCount is the highest count that is believed of an area in a month: more
// than ever died of violence in a country in a whole war. What is above
// is an error of whoever wrote the file.
const MostCount = 1e8

// MostDrawn is the highest count that a forecast may draw: more than there are
// people. A model may be wrong about what is possible, and its score says so; a
// draw beyond this would make scores that are no numbers.
const MostDrawn = 1e10

// Actuals holds what was observed in each cell.
type Actuals map[Cell]float64

// Cells returns the observed cells by area, then month.
func (a Actuals) Cells() []Cell { return sortedCells(a) }

func sortedCells[V any](m map[Cell]V) []Cell {
	cells := make([]Cell, 0, len(m))
	for c := range m {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, compareCells)
	return cells
}

// Panel is a count for each area and month. A month in which an area did not
// exist, or was not observed, holds NaN.
type Panel struct {
	First  Month             // of every series
	Last   Month             // of every series
	series map[int][]float64 // area to counts from First to Last
}

// NewPanel makes a panel of what was observed.
func NewPanel(a Actuals) (*Panel, error) {
	if len(a) == 0 {
		return nil, fmt.Errorf("the panel has no rows")
	}
	p := &Panel{First: math.MaxInt32, Last: math.MinInt32, series: map[int][]float64{}}
	for c, v := range a {
		if !(v >= 0 && v <= MostCount) {
			return nil, fmt.Errorf("area %d in %s has the count %v: a count is 0 to %.0f", c.Area, c.Month, v, MostCount)
		}
		p.First, p.Last = min(p.First, c.Month), max(p.Last, c.Month)
	}
	if p.Last-p.First > 12_000 {
		return nil, fmt.Errorf("the panel spans %d months: is month_id a month number with 1 = January 1980?", p.Last-p.First+1)
	}
	for c, v := range a {
		s := p.series[c.Area]
		if s == nil {
			s = make([]float64, p.Last-p.First+1)
			for i := range s {
				s[i] = math.NaN()
			}
			p.series[c.Area] = s
		}
		s[c.Month-p.First] = v
	}
	return p, nil
}

// Areas returns the numbers of the areas, ascending.
func (p *Panel) Areas() []int {
	areas := make([]int, 0, len(p.series))
	for a := range p.series {
		areas = append(areas, a)
	}
	slices.Sort(areas)
	return areas
}

// Holes returns how many months have no count between the first and the last that
// their area has, and how many areas have such months.
func (p *Panel) Holes() (months, areas int) {
	for _, s := range p.series {
		before, run := months, -1 // run is -1 until the area begins
		for _, v := range s {
			switch {
			case !math.IsNaN(v):
				months, run = months+max(run, 0), 0
			case run >= 0:
				run++
			}
		}
		if months > before {
			areas++
		}
	}
	return months, areas
}

// At returns a count, or NaN where there is none.
func (p *Panel) At(c Cell) float64 {
	s := p.series[c.Area]
	if s == nil || c.Month < p.First || c.Month > p.Last {
		return math.NaN()
	}
	return s[c.Month-p.First]
}

// Until returns an area's counts from First to a month. Months after the
// panel's last are left out. The slice is the panel's own.
func (p *Panel) Until(area int, last Month) []float64 {
	s := p.series[area]
	n := int(min(last, p.Last) - p.First + 1)
	if s == nil || n <= 0 {
		return nil
	}
	return s[:n]
}

// Living returns the areas to forecast when what is known ends in a month:
// those with a row in the two years before its end, or with any row
// later. That an area exists later is all that is taken from later rows.
func (p *Panel) Living(last Month) []int {
	var areas []int
	for _, a := range p.Areas() {
		s := p.series[a]
		for i := max(0, int(last-p.First)-23); i < len(s); i++ {
			if !math.IsNaN(s[i]) {
				areas = append(areas, a)
				break
			}
		}
	}
	return areas
}

// Between returns what was observed from one month to another.
func (p *Panel) Between(from, to Month) Actuals {
	a := Actuals{}
	for area, s := range p.series {
		for m := max(from, p.First); m <= min(to, p.Last); m++ {
			if v := s[m-p.First]; !math.IsNaN(v) {
				a[Cell{m, area}] = v
			}
		}
	}
	return a
}
