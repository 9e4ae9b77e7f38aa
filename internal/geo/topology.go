package geo

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// topology is the part of TopoJSON that world-atlas and the fictional region
// use: quantized arcs, Polygon and MultiPolygon geometries.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]int
	Objects   map[string]struct{ Geometries []geometry }
}

type geometry struct {
	Type       string
	ID         string
	Arcs       json.RawMessage
	Properties map[string]string
}

// Read decodes the named object of a TopoJSON document and projects it to a
// map so many units wide. A geometry's id becomes the area's code; its
// property "name" is its English name, "name:fr" and the like its others.
func Read(data []byte, object string, by Projection, width float64) (*Atlas, error) {
	var t topology
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("geo: decode topology: %w", err)
	}
	obj, ok := t.Objects[object]
	if !ok {
		return nil, fmt.Errorf("geo: the topology has no object %q", object)
	}
	p := newPlane(by, width, &t)
	a := &Atlas{Width: width, Height: p.height, Outline: p.outline()}
	for _, g := range obj.Geometries {
		x, err := t.area(g, p)
		if err != nil {
			return nil, err
		}
		a.Areas = append(a.Areas, x)
	}
	return a, nil
}

func (t *topology) area(g geometry, p plane) (Area, error) {
	polys, err := g.rings()
	if err != nil {
		return Area{}, err
	}
	x := Area{Code: g.ID, Names: map[string]string{}}
	for k, v := range g.Properties {
		switch {
		case k == "name":
			x.Names["en"] = v
		case len(k) > 5 && k[:5] == "name:":
			x.Names[k[5:]] = v
		}
	}
	var path []byte
	var best float64
	for _, poly := range polys {
		for n, ring := range poly {
			pts, err := t.ring(ring)
			if err != nil {
				return Area{}, fmt.Errorf("geo: %s: %w", g.Properties["name"], err)
			}
			path = p.appendRing(path, pts)
			if n > 0 {
				continue // a hole
			}
			if cx, cy, span, size := p.middle(pts); size > best {
				best, x.X, x.Y, x.Span = size, cx, cy, span
			}
		}
	}
	x.Path = string(path)
	return x, nil
}

func (g geometry) rings() (polys [][][]int, err error) {
	switch g.Type {
	case "Polygon":
		polys = make([][][]int, 1)
		err = json.Unmarshal(g.Arcs, &polys[0])
	case "MultiPolygon":
		err = json.Unmarshal(g.Arcs, &polys)
	default:
		return nil, fmt.Errorf("geo: %s: geometry %q is neither Polygon nor MultiPolygon", g.Properties["name"], g.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("geo: %s: arcs: %w", g.Properties["name"], err)
	}
	return polys, nil
}

// ring joins arcs into one closed line of longitudes and latitudes.
// Consecutive arcs share a point. Longitudes are unwound so that a ring that
// crosses the antimeridian stays in one piece.
func (t *topology) ring(arcs []int) ([][2]float64, error) {
	var pts [][2]float64
	for n, i := range arcs {
		arc, err := t.arc(i)
		if err != nil {
			return nil, err
		}
		if n > 0 && len(arc) > 0 {
			arc = arc[1:]
		}
		for _, q := range arc {
			lon := float64(q[0])*t.Transform.Scale[0] + t.Transform.Translate[0]
			lat := float64(q[1])*t.Transform.Scale[1] + t.Transform.Translate[1]
			if k := len(pts); k > 0 {
				lon -= 360 * math.Round((lon-pts[k-1][0])/360)
			}
			pts = append(pts, [2]float64{lon, lat})
		}
	}
	if len(pts) < 3 {
		return nil, fmt.Errorf("a ring of %d points encloses nothing", len(pts))
	}
	return pts, nil
}

// arc returns the absolute quantized points of arc i. A negative index is the
// one's complement of an arc to be walked backwards.
func (t *topology) arc(i int) ([][2]int, error) {
	back := i < 0
	if back {
		i = ^i
	}
	if i >= len(t.Arcs) {
		return nil, fmt.Errorf("arc %d of %d", i, len(t.Arcs))
	}
	pts := make([][2]int, len(t.Arcs[i]))
	var x, y int
	for k, d := range t.Arcs[i] {
		x, y = x+d[0], y+d[1]
		if back {
			pts[len(pts)-1-k] = [2]int{x, y}
		} else {
			pts[k] = [2]int{x, y}
		}
	}
	return pts, nil
}

func appendTenths(dst []byte, v int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	if v >= 10 || v%10 == 0 {
		dst = strconv.AppendInt(dst, int64(v/10), 10)
	}
	if v%10 != 0 {
		dst = append(dst, '.', byte('0'+v%10))
	}
	return dst
}
