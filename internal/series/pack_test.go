package series

import (
	"bytes"
	"compress/gzip"
	"math"
	"testing"
)

// FuzzUnpack reads any bytes as the rows of an import: it fails or hands out
// rows, and never more than was put in.
func FuzzUnpack(f *testing.F) {
	zip := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.Bytes()
	}
	f.Add([]byte(form + "ged\n2 {\"line\":0}\n3 {}\n"))
	f.Add([]byte(form + "ged\nx {}\n"))
	f.Add([]byte(form + "panel\n"))
	f.Add([]byte(form + "ged\n2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		err := unpack(bytes.NewReader(zip(string(text))), GED, func(_ int, row []byte) error { n += len(row); return nil })
		if n > len(text) || (err == nil && !bytes.HasPrefix(text, []byte(form+GED))) {
			t.Errorf("%d bytes of rows from %q, %v", n, text, err)
		}
		if err := unpack(bytes.NewReader(text), GED, func(int, []byte) error { return nil }); err == nil && len(text) < 20 {
			t.Errorf("%q was unpacked", text)
		}
	})
}

// TestABoxHoldsItsCircle walks round the edge of circles everywhere.
func TestABoxHoldsItsCircle(t *testing.T) {
	for lat := -88.0; lat <= 88; lat += 11 {
		for lon := -180.0; lon <= 180; lon += 45 {
			for _, km := range []float64{1, 150, 1500} {
				b := boxAround(lat, lon, km)
				for deg := 0.0; deg < 360; deg += 5 {
					y, x := travel(lat, lon, km*0.999, deg)
					in := y >= b.south && y <= b.north && (x >= b.west && x <= b.east || x >= b.west2 && x <= b.east2)
					if !in {
						t.Fatalf("%v, %v is %v km from %v, %v and not in %+v", y, x, distance(lat, lon, y, x), lat, lon, b)
					}
					if d := distance(lat, lon, y, x); math.Abs(d-km*0.999) > 0.001*km+1e-6 {
						t.Fatalf("%v, %v: distance %v, want %v", y, x, d, km*0.999)
					}
				}
			}
		}
	}
}

// travel goes a distance from a point in a direction.
func travel(lat, lon, km, deg float64) (float64, float64) {
	const rad = math.Pi / 180
	d, p, az := km/earth, lat*rad, deg*rad
	y := math.Asin(math.Sin(p)*math.Cos(d) + math.Cos(p)*math.Sin(d)*math.Cos(az))
	x := lon*rad + math.Atan2(math.Sin(az)*math.Sin(d)*math.Cos(p), math.Cos(d)-math.Sin(p)*math.Sin(y))
	return y / rad, math.Mod(x/rad+540, 360) - 180
}
