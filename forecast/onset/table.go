package onset

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/forecast"
)

// Table holds predictors by country and year, and where an onset was.
type Table struct {
	names []string // of the predictors, those of the file first
	given int      // how many are the file's own
	rows  []row    // by country, then year
	at    map[place]int
}

type place struct{ code, year int }

// row is a country in a year.
type row struct {
	country string
	place
	x     []float64
	onset bool
	known bool // whether an onset, or none, is known for the year
}

// outcomes are columns that tell what came later, or name the row: never
// predictors.
var outcomes = []string{"mk_onset_1", "mk_onset_2", "mk_onset_1or2", "ccode", "year", "year_sq", "ewp_name", "country", "sftgcode", "iso3", ""}

// mostBytes is how much a file may hold, unpacked.
const mostBytes = 1 << 28

// Parse reads a predictors file of the Early Warning Project: csv, gzip-compressed
// or not, with a country (ewp_name or country), a year, mk_onset (1 where a
// mass killing began) and predictors. Columns that tell the future are
// not used.
func Parse(data []byte) (*Table, error) {
	data, err := forecast.Unpack(data, mostBytes)
	if err != nil {
		return nil, err
	}
	all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the csv: %w", err)
	}
	if len(all) < 2 {
		return nil, fmt.Errorf("the file has no rows")
	}
	column := func(names ...string) int {
		return slices.IndexFunc(all[0], func(s string) bool { return slices.Contains(names, strings.TrimSpace(s)) })
	}
	country, code, year, onset := column("ewp_name", "country"), column("ccode", "gwno", "country_id"), column("year"), column("mk_onset")
	if country < 0 || year < 0 || onset < 0 {
		return nil, fmt.Errorf("a predictors file needs the columns ewp_name (or country), year and mk_onset; there are %v", all[0])
	}
	t := &Table{at: map[place]int{}}
	var from []int
	for i, name := range all[0] {
		if name = strings.TrimSpace(name); i != country && i != code && !slices.Contains(outcomes, name) && name != "mk_onset" && numeric(all[1:], i) {
			t.names, from = append(t.names, name), append(from, i)
		}
	}
	codes := map[string]int{}
	for i, fields := range all[1:] {
		r := row{country: fields[country], x: make([]float64, len(from))}
		if r.year, err = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(fields[year]), ".0")); err != nil || r.year < 1 || r.year > 9999 {
			return nil, fmt.Errorf("row %d: year: %q is not a year", i+1, fields[year])
		}
		if code >= 0 {
			if r.code, err = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(fields[code]), ".0")); err != nil {
				return nil, fmt.Errorf("row %d: %s: %q is not a country's number", i+1, all[0][code], fields[code])
			}
		} else {
			if codes[r.country] == 0 {
				codes[r.country] = len(codes) + 1
			}
			r.code = codes[r.country]
		}
		o := value(fields[onset])
		if !(o == 0 || o == 1 || math.IsNaN(o)) {
			return nil, fmt.Errorf("row %d: mk_onset: %q is neither 0 nor 1", i+1, fields[onset])
		}
		r.onset, r.known = o == 1, !math.IsNaN(o)
		for j, c := range from {
			r.x[j] = value(fields[c])
		}
		t.rows = append(t.rows, r)
	}
	t.given = len(t.names)
	return t, t.settle()
}

// settle orders the rows, refuses two of one country and year, and derives more.
func (t *Table) settle() error {
	slices.SortStableFunc(t.rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.year, b.year)) })
	for i, r := range t.rows {
		if _, twice := t.at[r.place]; twice {
			return fmt.Errorf("%s has two rows for %d", r.country, r.year)
		}
		t.at[r.place] = i
	}
	t.derive()
	return nil
}

// numeric says whether a column holds a number somewhere and no words.
func numeric(rows [][]string, column int) bool {
	some := false
	for _, fields := range rows {
		s := strings.TrimSpace(fields[column])
		if s == "" || s == "NA" || s == "NaN" {
			continue
		}
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return false
		}
		some = true
	}
	return some
}

// value reads a number; what is missing or none is NaN.
func value(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// derived names predictors that are made from what the file says of the
// same and of earlier years.
var derived = []string{"onset this year", "years since onset", "onsets in 15 years", "onsets in the region in 5 years", "onsets in the world in 3 years"}

// changing are predictors of the file whose change over a year and three
// is a predictor too.
var changing = []string{"battledeaths.log2", "freediscussion", "gdppcgrowth", "mk_ongoing_count_log2", "ses_power_dist", "efindex", "discrimpop"}

// derive adds the derived predictors.
func (t *Table) derive() {
	regions := t.regions()
	onsets := map[int][]place{} // by region; −1 is the world
	for i, r := range t.rows {
		if r.onset {
			onsets[-1] = append(onsets[-1], r.place)
			onsets[regions[i]] = append(onsets[regions[i]], r.place)
		}
	}
	near := func(of []place, r row, years int) float64 {
		n := 0
		for _, o := range of {
			if o.code != r.code && o.year <= r.year && o.year > r.year-years {
				n++
			}
		}
		return float64(n)
	}
	var change []int
	for _, name := range changing {
		if j := slices.Index(t.names, name); j >= 0 {
			change = append(change, j)
			t.names = append(t.names, name+" against the year before", name+" against three years before")
		}
	}
	t.names = append(t.names, derived...)
	for i := range t.rows {
		r := &t.rows[i]
		x := r.x[:t.given:t.given]
		for _, j := range change {
			for _, ago := range []int{1, 3} {
				d := math.NaN()
				if k, ok := t.at[place{r.code, r.year - ago}]; ok {
					d = x[j] - t.rows[k].x[j]
				}
				r.x = append(r.x, d)
			}
		}
		this, since, recent := 0.0, 40.0, 0.0
		for ago := 0; ago < 40; ago++ {
			if k, ok := t.at[place{r.code, r.year - ago}]; ok && t.rows[k].onset {
				since = min(since, float64(ago))
				if ago == 0 {
					this = 1
				}
				if ago < 15 {
					recent++
				}
			}
		}
		r.x = append(r.x, this, math.Log1p(since), recent, near(onsets[regions[i]], *r, 5), near(onsets[-1], *r, 3))
	}
}

// regions tells rows apart by their values in the columns reg.*.
func (t *Table) regions() []int {
	out := make([]int, len(t.rows))
	for i, r := range t.rows {
		for j, name := range t.names[:t.given] {
			if strings.HasPrefix(name, "reg.") && r.x[j] == 1 {
				out[i] = j + 1
			}
		}
	}
	return out
}

// ParseRisks reads risks that somebody else made: a csv with ccode, year, mk_onset and a
// column of risks. Rows without a risk are left out; ranks are for [Ranked].
func ParseRisks(data []byte, column string) ([]Risk, error) {
	t, err := Parse(data)
	if err != nil {
		return nil, err
	}
	j := slices.Index(t.names[:t.given], column)
	if j < 0 {
		return nil, fmt.Errorf("there is no column %s with numbers", column)
	}
	var out []Risk
	for _, r := range t.rows {
		if v := r.x[j]; !math.IsNaN(v) {
			out = append(out, Risk{Country: r.country, Code: r.code, Year: r.year, Risk: v, Onset: r.onset, Known: r.known})
		}
	}
	return out, nil
}
