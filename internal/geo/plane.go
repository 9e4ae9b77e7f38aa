package geo

import "math"

// A Projection says how longitudes and latitudes become a flat map.
type Projection int

const (
	EqualEarth Projection = iota // the whole world, areas true
	Flat                         // coordinates are already flat: x to the right, y upwards
)

// A plane is a projection flipped and scaled so that x and y are SVG units
// from the top left.
type plane struct {
	by                          Projection
	scale, left, top, height, w float64
}

const (
	a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	north, south   = 84, -58 // crop: no claims at the poles
	margin         = 14      // units of sea around a flat map
)

func newPlane(by Projection, width float64, t *topology) plane {
	if by == EqualEarth {
		maxX, _ := equalEarth(180, 0)
		_, maxY := equalEarth(0, north)
		_, minY := equalEarth(0, south)
		s := width / (2 * maxX)
		return plane{by: by, scale: s, left: -maxX, top: maxY, height: math.Ceil(s * (maxY - minY)), w: width}
	}
	lo, hi := t.bounds()
	s := (width - 2*margin) / max(hi[0]-lo[0], 1e-9)
	return plane{by: by, scale: s, left: lo[0] - margin/s, top: hi[1] + margin/s,
		height: math.Ceil(s*(hi[1]-lo[1]) + 2*margin), w: width}
}

func (t *topology) bounds() (lo, hi [2]float64) {
	lo = [2]float64{math.Inf(1), math.Inf(1)}
	hi = [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, arc := range t.Arcs {
		var at [2]int
		for _, d := range arc {
			for k := range at {
				at[k] += d[k]
				v := float64(at[k])*t.Transform.Scale[k] + t.Transform.Translate[k]
				lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
			}
		}
	}
	return lo, hi
}

func (p plane) project(lon, lat float64) (x, y float64) {
	if p.by == EqualEarth {
		lon, lat = equalEarth(lon, lat)
	}
	return (lon - p.left) * p.scale, (p.top - lat) * p.scale
}

func (p plane) outline() string {
	if p.by == Flat {
		b := appendTenths([]byte("M0 0l"), int(p.w*10))
		b = append(b, " 0 0 "...)
		b = appendTenths(b, int(p.height*10))
		b = append(b, ' ')
		b = appendTenths(b, -int(p.w*10))
		return string(append(b, " 0Z"...))
	}
	var edge [][2]float64
	for lat := float64(south); lat <= north; lat += 2 {
		edge = append(edge, [2]float64{-180, lat})
	}
	for lat := float64(north); lat >= south; lat -= 2 {
		edge = append(edge, [2]float64{180, lat})
	}
	return string(p.appendPath(nil, edge, 0))
}

// appendRing appends a closed subpath, and a second one a whole turn away if
// the ring crosses the antimeridian: it is then drawn off each edge of the map.
func (p plane) appendRing(dst []byte, pts [][2]float64) []byte {
	dst = p.appendPath(dst, pts, 0)
	if p.by == Flat {
		return dst
	}
	lo, hi := pts[0][0], pts[0][0]
	for _, q := range pts {
		lo, hi = min(lo, q[0]), max(hi, q[0])
	}
	if hi > 180 {
		dst = p.appendPath(dst, pts, -360)
	}
	if lo < -180 {
		dst = p.appendPath(dst, pts, 360)
	}
	return dst
}

// appendPath writes the ring, turned by so many degrees, in tenths of a unit.
func (p plane) appendPath(dst []byte, pts [][2]float64, turn float64) []byte {
	var lastX, lastY int
	sep := byte('M')
	for n, q := range pts {
		x, y := p.project(q[0]+turn, q[1])
		xi, yi := int(math.Round(x*10)), int(math.Round(y*10))
		dx, dy := xi-lastX, yi-lastY
		if n > 0 && dx == 0 && dy == 0 {
			continue // closer than a tenth of a unit: not worth the bytes
		}
		dst = append(dst, sep)
		switch sep {
		case 'M':
			sep = 'l'
		case 'l':
			sep = ' '
		}
		dst = appendTenths(dst, dx)
		dst = append(dst, ' ')
		dst = appendTenths(dst, dy)
		lastX, lastY = xi, yi
	}
	return append(dst, 'Z')
}

// middle returns the centroid of a ring, its width and its area, on the map.
func (p plane) middle(pts [][2]float64) (x, y, span, size float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	px, py := p.project(pts[len(pts)-1][0], pts[len(pts)-1][1])
	for _, q := range pts {
		qx, qy := p.project(q[0], q[1])
		cross := px*qy - qx*py
		size += cross
		x += (px + qx) * cross
		y += (py + qy) * cross
		lo, hi = min(lo, qx), max(hi, qx)
		px, py = qx, qy
	}
	if size == 0 {
		return 0, 0, 0, 0
	}
	round := func(v float64) float64 { return math.Round(v*10) / 10 }
	return round(x / (3 * size)), round(y / (3 * size)), round(hi - lo), math.Abs(size / 2)
}

func equalEarth(lon, lat float64) (x, y float64) {
	const m = 0.8660254037844386 // √3/2
	t := math.Asin(m * math.Sin(lat*math.Pi/180))
	t2 := t * t
	t6 := t2 * t2 * t2
	x = lon * math.Pi / 180 * math.Cos(t) / (m * (a1 + 3*a2*t2 + t6*(7*a3+9*a4*t2)))
	y = t * (a1 + a2*t2 + t6*(a3+a4*t2))
	return x, y
}
