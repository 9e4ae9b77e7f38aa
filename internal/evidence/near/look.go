package near

import (
	"image"
	"image/color"
	"math"
	"slices"
)

// side is that of the grid to which a picture is brought, and small that of the grid
// over which its frequencies are computed.
const (
	side  = 64
	small = 32
)

// grid is the light of a picture, cell by cell.
type grid [side][side]float64

// plain is how little the light of a picture may differ from its mean, of 255: one of
// a single colour is like every other, and is not looked at.
const plain = 8

// Of returns what is kept of a picture, which is turned first as its file says
// (the orientation of EXIF, 1 to 8; 0 is none). It is false for one that is too small
// or too plain to be told from others.
func Of(img image.Image, orientation int) (Picture, bool) {
	b := img.Bounds()
	p := Picture{Width: b.Dx(), Height: b.Dy()}
	if b.Dx() < 16 || b.Dy() < 16 {
		return p, false
	}
	g := lightOf(img)
	g = g.turned(orientation)
	if orientation >= 5 && orientation <= 8 {
		p.Width, p.Height = p.Height, p.Width
	}
	if g.spread() < plain {
		return p, false
	}
	for _, w := range windows() {
		p.Looks = append(p.Looks, g.look(w))
	}
	return p, true
}

// window is a part of a picture, in parts of its sides; mirrored or not.
type window struct {
	x0, y0, x1, y1 float64
	mirror         bool
}

// mirrored is the place of the mirrored whole among the windows.
const mirrored = 1

// windows are the parts of a picture of which a look is kept: the whole, first.
func windows() []window {
	const a = 0.05
	return []window{
		{0, 0, 1, 1, false}, {0, 0, 1, 1, true},
		{a / 2, a / 2, 1 - a/2, 1 - a/2, false}, {a, a, 1 - a, 1 - a, false},
		{a, 0, 1, 1, false}, {0, a, 1, 1, false}, {0, 0, 1 - a, 1, false}, {0, 0, 1, 1 - a, false},
		{a, a, 1, 1, false}, {0, a, 1 - a, 1, false}, {a, 0, 1, 1 - a, false}, {0, 0, 1 - a, 1 - a, false},
	}
}

// lightOf brings a picture to the grid: each cell is the mean of what lies in it. Of a
// large one not every pixel is looked at.
func lightOf(img image.Image) (g grid) {
	b := img.Bounds()
	light := lightAt(img)
	for y := range side {
		y0, y1 := b.Min.Y+y*b.Dy()/side, b.Min.Y+(y+1)*b.Dy()/side
		y1 = max(y1, y0+1)
		for x := range side {
			x0, x1 := b.Min.X+x*b.Dx()/side, b.Min.X+(x+1)*b.Dx()/side
			x1 = max(x1, x0+1)
			stepX, stepY := 1+(x1-x0)/16, 1+(y1-y0)/16
			sum, n := 0.0, 0
			for v := y0; v < y1; v += stepY {
				for u := x0; u < x1; u += stepX {
					sum += light(u, v)
					n++
				}
			}
			g[y][x] = sum / float64(n)
		}
	}
	return g
}

// lightAt returns how light a pixel is, on white where it is seen through.
func lightAt(img image.Image) func(x, y int) float64 {
	switch m := img.(type) {
	case *image.YCbCr:
		return func(x, y int) float64 { return float64(m.Y[m.YOffset(x, y)]) }
	case *image.Gray:
		return func(x, y int) float64 { return float64(m.GrayAt(x, y).Y) }
	case *image.Paletted:
		of := make([]float64, 256)
		for n, c := range m.Palette {
			if n < len(of) {
				of[n] = lightness(c)
			}
		}
		return func(x, y int) float64 { return of[m.ColorIndexAt(x, y)] }
	}
	return func(x, y int) float64 { return lightness(img.At(x, y)) }
}

func lightness(c color.Color) float64 {
	r, g, b, a := c.RGBA()
	white := 0xffff - float64(a)
	return (0.299*(float64(r)+white) + 0.587*(float64(g)+white) + 0.114*(float64(b)+white)) / 257
}

// turned turns the grid as an orientation of EXIF says.
func (g *grid) turned(orientation int) (out grid) {
	const n = side - 1
	for y := range side {
		for x := range side {
			u, v := x, y
			switch orientation {
			case 2:
				u = n - x
			case 3:
				u, v = n-x, n-y
			case 4:
				v = n - y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, n-x
			case 7:
				u, v = n-y, n-x
			case 8:
				u, v = n-y, x
			}
			out[y][x] = g[v][u]
		}
	}
	return out
}

// spread is the standard deviation of the light.
func (g *grid) spread() float64 {
	sum, squares := 0.0, 0.0
	for y := range side {
		for x := range side {
			sum += g[y][x]
			squares += g[y][x] * g[y][x]
		}
	}
	mean := sum / (side * side)
	return math.Sqrt(max(0, squares/(side*side)-mean*mean))
}

// part brings a window of the grid to w × h cells, by the weighted mean.
func (g *grid) part(win window, w, h int) [][]float64 {
	out := make([][]float64, h)
	for y := range out {
		out[y] = make([]float64, w)
		y0, y1 := edge(win.y0, win.y1, y, h)
		for x := range w {
			at := x
			if win.mirror {
				at = w - 1 - x
			}
			x0, x1 := edge(win.x0, win.x1, at, w)
			out[y][x] = g.mean(x0, y0, x1, y1)
		}
	}
	return out
}

// edge returns where cell n of a window begins and ends on the grid.
func edge(from, to float64, n, of int) (float64, float64) {
	step := (to - from) * side / float64(of)
	return from*side + float64(n)*step, from*side + float64(n+1)*step
}

// mean is that of a rectangle of the grid, whose edges may cut cells.
func (g *grid) mean(x0, y0, x1, y1 float64) float64 {
	sum, weight := 0.0, 0.0
	for y := int(y0); y < side && float64(y) < y1; y++ {
		wy := min(y1, float64(y+1)) - max(y0, float64(y))
		for x := int(x0); x < side && float64(x) < x1; x++ {
			w := wy * (min(x1, float64(x+1)) - max(x0, float64(x)))
			sum += w * g[y][x]
			weight += w
		}
	}
	if weight == 0 {
		return 0
	}
	return sum / weight
}

// look hashes a window.
func (g *grid) look(w window) Look {
	return Look{frequencies(g.part(w, small, small)), differences(g.part(w, 9, 8))}
}

// frequencies are the signs, against their median, of the 64 lowest frequencies but for
// the mean: those of a discrete cosine transform in two dimensions.
func frequencies(cells [][]float64) (out uint64) {
	var half [small][low + 1]float64 // of the rows
	for y := range small {
		for u := range low + 1 {
			for x := range small {
				half[y][u] += cells[y][x] * waves[x][u]
			}
		}
	}
	var all []float64
	for v := 1; v <= low; v++ {
		for u := 1; u <= low; u++ {
			sum := 0.0
			for y := range small {
				sum += half[y][u] * waves[y][v]
			}
			all = append(all, sum)
		}
	}
	sorted := slices.Sorted(slices.Values(all))
	median := (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	for n, v := range all {
		if v > median {
			out |= 1 << n
		}
	}
	return out
}

// low is how many frequencies are kept in each direction.
const low = 8

// waves are those of the transform.
var waves = func() (w [small][low + 1]float64) {
	for x := range w {
		for u := range w[x] {
			w[x][u] = math.Cos(math.Pi * (float64(x) + 0.5) * float64(u) / small)
		}
	}
	return w
}()

// differences say of each cell whether it is lighter than its neighbour. What differs
// by less than one of 255 is the same: noise is no difference.
func differences(cells [][]float64) (out uint64) {
	for y := range 8 {
		for x := range 8 {
			if cells[y][x] > cells[y][x+1]+1 {
				out |= 1 << (8*y + x)
			}
		}
	}
	return out
}
