package onset

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// A Reason is one of a country's figures that moves its risk: by how much, in
// log odds, against the same country with the middle value of that figure.
type Reason struct {
	Predictor string  `json:"predictor"`
	Value     float64 `json:"value"`
	Middle    float64 `json:"middle"`
	Moves     float64 `json:"moves"`
	Factor    int     `json:"factor"` // of the UN Framework of Analysis; 0 where none fits
}

// Why returns the figures of a row that move its risk most, the strongest first.
// Figures that depend on each other share what they move: the sum is not the
// risk.
func (m *Model) Why(x []float64, n int) []Reason {
	row := m.complete(x)
	base := logit(m.risk(row))
	var out []Reason
	for j, name := range m.t.names {
		if row[j] == m.fill[j] || FactorOf(name) == 0 {
			continue
		}
		was := row[j]
		row[j] = m.fill[j]
		if d := base - logit(m.risk(row)); math.Abs(d) > 0.01 {
			out = append(out, Reason{name, was, m.fill[j], d, FactorOf(name)})
		}
		row[j] = was
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(math.Abs(b.Moves), math.Abs(a.Moves)) })
	return out[:min(n, len(out))]
}

// factors maps predictors, by how their names begin, to the risk factors of the
// UN Framework of Analysis for Atrocity Crimes (2014). The mapping is ours.
var factors = []struct {
	begins string
	factor int
}{
	{"battledeaths", 1}, {"coup.try", 1}, {"gdppcgrowth", 1}, {"un_imr", 1}, {"onsets in the region", 1},
	{"mk_", 2}, {"mean_mk", 2}, {"onset this", 2}, {"years since onset", 2}, {"onsets in 15", 2}, {"widetargeting", 2}, {"narrowtargeting", 2}, {"pol_killing", 2},
	{"judicialreform", 3}, {"ios.iccpr", 3}, {"newcountry", 3}, {"countryage", 3},
	{"freediscussion", 6}, {"repress_civilsoc", 6}, {"v2mecenefm", 6}, {"v2csgender", 6}, {"partyban", 6}, {"religiousfreedom", 6},
	{"minorityrule", 9}, {"efindex", 9}, {"discrimpop", 9}, {"social_", 9}, {"even_civilrights", 9}, {"ses_power", 9},
}

// FactorOf returns the risk factor to which a predictor speaks, or 0: size,
// region and the world's year say nothing of a country's conduct.
func FactorOf(predictor string) int {
	for _, f := range factors {
		if strings.HasPrefix(predictor, f.begins) {
			return f.factor
		}
	}
	return 0
}
