package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
)

// points are the corners of the fictional region: c on the coast, clockwise
// from the west, i inland, s on islands. x runs right, y up, 0 to 1000.
var points = map[string][2]float64{
	"c1": {110, 520}, "c2": {230, 620}, "c3": {400, 590}, "c4": {560, 655}, "c5": {715, 600},
	"c6": {860, 570}, "c7": {925, 400}, "c8": {855, 290}, "c9": {890, 150}, "c10": {735, 80},
	"c11": {610, 150}, "c12": {505, 55}, "c13": {385, 95}, "c14": {300, 185}, "c15": {165, 120},
	"c16": {75, 220}, "c17": {150, 350}, "c18": {60, 430},
	"i1": {310, 440}, "i2": {470, 455}, "i3": {640, 445}, "i4": {770, 400}, "i5": {275, 310},
	"i6": {430, 295}, "i7": {590, 300}, "i8": {735, 255},
	"s1": {30, 95}, "s2": {75, 130}, "s3": {85, 70}, "s4": {50, 40},
	"s5": {945, 610}, "s6": {985, 570}, "s7": {960, 520}, "s8": {930, 560},
	"s9": {900, 655}, "s10": {930, 675}, "s11": {940, 640},
}

// lines are the stretches of coast and border, each through its corners.
var lines = [][]string{
	{"c17", "c18", "c1", "c2", "c3"},    // 0 coast of Orvane
	{"c3", "c4", "c5"},                  // 1 coast of Ilmarra
	{"c5", "c6", "c7"},                  // 2 coast of Dathren
	{"c7", "c8", "c9", "c10"},           // 3 coast of Pelloway
	{"c10", "c11", "c12", "c13"},        // 4 coast of Zeventa
	{"c13", "c14", "c15", "c16", "c17"}, // 5 coast of Carrun
	{"c3", "i1"}, {"i1", "c17"},         // 6 7
	{"i1", "i2"}, {"i2", "i3"}, {"i3", "c5"}, // 8 9 10
	{"i3", "i4"}, {"i4", "c7"}, {"i4", "i8"}, // 11 12 13
	{"i8", "c10"}, {"i8", "i7", "i6"}, // 14 15
	{"i6", "i2"}, {"i6", "c13"}, // 16 17
	{"i6", "i5", "i1"},             // 18
	{"s1", "s2", "s3", "s4", "s1"}, // 19 island of Carrun
	{"s5", "s6", "s7", "s8", "s5"}, // 20 islands of Dathren
	{"s9", "s10", "s11", "s9"},     // 21
}

type state struct {
	code           string
	en, ar, ru, zh string // in French and Spanish as in English
	rings          [][]int
}

// states lists the eight, each as rings of lines; ^n is line n backwards.
var states = []state{
	{"XAA", "Orvane", "أورفان", "Орвейн", "奥尔文", [][]int{{0, 6, 7}}},
	{"XAB", "Ilmarra", "إلمارا", "Ильмарра", "伊尔马拉", [][]int{{1, ^10, ^9, ^8, ^6}}},
	{"XAC", "Dathren", "داثرين", "Датрен", "达思伦", [][]int{{2, ^12, ^11, 10}, {20}, {21}}},
	{"XAD", "Morvessa", "مورفيسا", "Морвесса", "莫尔韦萨", [][]int{{8, ^16, 18}}},
	{"XAE", "Ustrane", "أوسترين", "Устрейн", "乌斯特兰", [][]int{{9, 11, 13, 15, 16}}},
	{"XAF", "Pelloway", "بيلواي", "Пеллоуэй", "佩洛韦", [][]int{{3, ^14, ^13, 12}}},
	{"XAG", "Zeventa", "زيفنتا", "Зевента", "泽文塔", [][]int{{4, ^17, ^15, 14}}},
	{"XAH", "Carrun", "كارون", "Каррун", "卡伦", [][]int{{5, ^7, ^18, 17}, {19}}},
}

func region(seed uint64) ([]byte, error) {
	rng := rand.New(rand.NewPCG(seed, seed))
	var arcs [][][2]int
	for n, line := range lines {
		rough := 0.16 // coasts are rougher than borders
		if n >= 6 && n < 19 {
			rough = 0.09
		}
		pts := [][2]float64{points[line[0]]}
		for i := 1; i < len(line); i++ {
			pts = wander(rng, pts, points[line[i-1]], points[line[i]], rough)
		}
		var arc [][2]int
		var last [2]int
		for _, p := range pts {
			at := [2]int{int(math.Round(p[0] * 10)), int(math.Round(p[1] * 10))}
			arc = append(arc, [2]int{at[0] - last[0], at[1] - last[1]})
			last = at
		}
		arcs = append(arcs, arc)
	}
	var geometries []any
	for _, s := range states {
		polys := make([][][]int, len(s.rings))
		for i, r := range s.rings {
			polys[i] = [][]int{r}
		}
		geometries = append(geometries, map[string]any{
			"type": "MultiPolygon", "id": s.code, "arcs": polys,
			"properties": map[string]string{"name": s.en, "name:fr": s.en, "name:es": s.en, "name:ar": s.ar, "name:ru": s.ru, "name:zh": s.zh},
		})
	}
	return json.Marshal(map[string]any{
		"type":      "Topology",
		"transform": map[string]any{"scale": [2]float64{0.1, 0.1}, "translate": [2]float64{0, 0}},
		"objects":   map[string]any{"states": map[string]any{"type": "GeometryCollection", "geometries": geometries}},
		"arcs":      arcs,
	})
}

// wander appends the way from a to b, halved again and again, each middle
// pushed aside by up to rough times the length of its stretch.
func wander(rng *rand.Rand, dst [][2]float64, a, b [2]float64, rough float64) [][2]float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	if length := math.Hypot(dx, dy); length < 7 {
		return append(dst, b)
	}
	push := (rng.Float64()*2 - 1) * rough
	mid := [2]float64{(a[0]+b[0])/2 - dy*push, (a[1]+b[1])/2 + dx*push}
	dst = wander(rng, dst, a, mid, rough*1.08)
	return wander(rng, dst, mid, b, rough*1.08)
}
