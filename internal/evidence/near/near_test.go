package near_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	xdraw "golang.org/x/image/draw"

	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/testkit"
)

// photos are real pictures: each photograph of the corpus and its four quarters, which
// show different things, and the pictures of the other corpus that are not made of each
// other.
func photos(t testing.TB) map[string]image.Image {
	t.Helper()
	out := map[string]image.Image{}
	paths, _ := filepath.Glob(filepath.Join(testkit.Shared(t, "evidence/proofmode-sample"), "*.jpg"))
	for _, name := range []string{"A", "C", "I"} {
		paths = append(paths, filepath.Join(testkit.Shared(t, "evidence/c2pa"), "adobe-20220124-"+name+".jpg"))
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		out[name] = m
		if w, h := m.Bounds().Dx()/2, m.Bounds().Dy()/2; strings.HasPrefix(name, "IMG") {
			for n := range 4 {
				at := image.Pt(n%2*w, n/2*h)
				out[fmt.Sprint(name, " quarter ", n)] = m.(*image.YCbCr).SubImage(image.Rectangle{Min: at, Max: at.Add(image.Pt(w, h))})
			}
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d pictures", len(out))
	}
	return out
}

// part draws a part of a picture anew, so large.
func part(m image.Image, x0, y0, x1, y1, scale float64) *image.RGBA {
	b := m.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	from := image.Rect(int(x0*w), int(y0*h), int(x1*w), int(y1*h)).Add(b.Min)
	out := image.NewRGBA(image.Rect(0, 0, int(float64(from.Dx())*scale), int(float64(from.Dy())*scale)))
	xdraw.ApproxBiLinear.Scale(out, out.Bounds(), m, from, draw.Src, nil)
	return out
}

func each(m *image.RGBA, f func(v float64) float64) *image.RGBA {
	for n := range m.Pix {
		if n%4 != 3 {
			m.Pix[n] = uint8(min(255, max(0, f(float64(m.Pix[n])))))
		}
	}
	return m
}

func compressed(t testing.TB, m image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mirror(m *image.RGBA) *image.RGBA {
	out := image.NewRGBA(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			out.Set(m.Bounds().Dx()-1-x, y, m.At(x, y))
		}
	}
	return out
}

// TestQuality measures, on real pictures, how many of those that were made of another
// are found, and how many that were not are confused. The figures stand in
// docs/method/near.md.
func TestQuality(t *testing.T) {
	testkit.Slow(t)
	all := photos(t)
	scale := func(m image.Image) float64 { return 400 / float64(m.Bounds().Dx()) }
	variants := map[string]func(image.Image) image.Image{
		"rescaled":          func(m image.Image) image.Image { return part(m, 0, 0, 1, 1, scale(m)) },
		"quality 40":        func(m image.Image) image.Image { return compressed(t, part(m, 0, 0, 1, 1, scale(m)), 40) },
		"5 % off one side":  func(m image.Image) image.Image { return part(m, .05, 0, 1, 1, scale(m)) },
		"5 % off two sides": func(m image.Image) image.Image { return part(m, 0, .05, .95, 1, scale(m)) },
		"5 % off all sides": func(m image.Image) image.Image { return part(m, .05, .05, .95, .95, scale(m)) },
		"3 % and 1 % off":   func(m image.Image) image.Image { return part(m, .03, .01, 1, 1, scale(m)) },
		"lighter": func(m image.Image) image.Image {
			return each(part(m, 0, 0, 1, 1, scale(m)), func(v float64) float64 { return v*1.2 + 15 })
		},
		"darker": func(m image.Image) image.Image {
			return each(part(m, 0, 0, 1, 1, scale(m)), func(v float64) float64 { return v * 0.7 })
		},
		"mirrored": func(m image.Image) image.Image { return mirror(part(m, 0, 0, 1, 1, scale(m))) },
		"all at once": func(m image.Image) image.Image {
			return compressed(t, each(part(m, .04, .02, 1, .98, scale(m)), func(v float64) float64 { return v * 0.85 }), 40)
		},
	}
	marks := map[string]*near.Marks{}
	names := []string{}
	for name, m := range all {
		if p, ok := near.Of(m, 0); ok {
			marks[name] = &near.Marks{Pictures: []near.Picture{p}}
			names = append(names, name)
		} else if !strings.Contains(name, "quarter") {
			t.Errorf("%s is not looked at", name) // of a quarter it may be: one is nothing but sky
		}
	}
	slices.Sort(names)
	found, tried, confused, pairs := map[string]int{}, 0, 0, 0
	for _, name := range names {
		tried++
		for how, f := range variants {
			p, ok := near.Of(f(all[name]), 0)
			if !ok {
				t.Errorf("%s, %s: not looked at", name, how)
				continue
			}
			m := &near.Marks{Pictures: []near.Picture{p}}
			like, ok := m.Like(marks[name])
			if !ok {
				t.Logf("%s, %s is not found", name, how)
			} else {
				if found[how]++; like.Mirrored != (how == "mirrored") {
					t.Errorf("%s, %s: %+v", name, how, like)
				}
			}
			for _, other := range names {
				if other == name || strings.HasPrefix(other, name) || strings.HasPrefix(name, other) {
					continue
				}
				if pairs++; func() bool { _, ok := m.Like(marks[other]); return ok }() {
					confused++
					t.Logf("%s, %s is taken for %s", name, how, other)
				}
			}
		}
	}
	for how := range variants {
		t.Logf("%-20s %d of %d found", how, found[how], tried)
		if found[how] < tried-1 { // one of the pictures is a drawing, nearly all of one colour
			t.Errorf("%s: only %d of %d are found", how, found[how], tried)
		}
	}
	t.Logf("%d of %d pairs of different pictures confused", confused, pairs)
	if confused*1000 > pairs*2 {
		t.Errorf("%d of %d pairs are confused", confused, pairs)
	}
}

// TestTurned: a picture that its file says is to be turned is the one that is turned.
func TestTurned(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for y := range 80 {
		for x := range 120 {
			m.Set(x, y, color.Gray{Y: uint8(x + y*y/60 + x*y/200)})
		}
	}
	right := image.NewRGBA(image.Rect(0, 0, 80, 120)) // turned by a quarter to the right
	for y := range 80 {
		for x := range 120 {
			right.Set(79-y, x, m.At(x, y))
		}
	}
	as, _ := near.Of(m, 6)
	is, _ := near.Of(right, 0)
	if like, ok := (&near.Marks{Pictures: []near.Picture{as}}).Like(&near.Marks{Pictures: []near.Picture{is}}); !ok || like.Bits > 4 || as.Width != 80 || as.Height != 120 {
		t.Errorf("%+v %v %+v", like, ok, as)
	}
}

// text makes a text of words out of a seed.
func text(r *rand.Rand, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("w", r.IntN(4000))
	}
	return out
}

// TestWords: the share that is told is the share that is, within what 128 positions can
// tell, and what shares less than half is not like.
func TestWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		a := text(r, 600)
		keep := r.IntN(600)
		b := append(slices.Clone(a[:keep]), text(r, 600-keep)...)
		groups := func(w []string) map[string]bool {
			out := map[string]bool{}
			for n := range len(w) - 2 {
				out[strings.Join(w[n:n+3], " ")] = true
			}
			return out
		}
		ga, gb, both := groups(a), groups(b), 0
		for g := range ga {
			if gb[g] {
				both++
			}
		}
		share := 100 * both / (len(ga) + len(gb) - both)
		like, ok := (&near.Marks{Words: near.Words(a)}).Like(&near.Marks{Words: near.Words(b)})
		if ok && (like.Percent < share-15 || like.Percent > share+15 || like.Kind != near.SameText) || ok != (like.Percent >= near.LeastShared) || !ok && share > 65 {
			t.Errorf("%d %% are shared, told are %+v %v", share, like, ok)
		}
	}
	if near.Words(text(r, 6)) != nil {
		t.Error("a text of six words is compared")
	}
	han := strings.Split("村里的井在五月三日被毁没有人受伤但是水不能喝了", "")
	changed := slices.Clone(han)
	changed[len(changed)-1] = "么"
	if like, ok := (&near.Marks{Words: near.Words(han)}).Like(&near.Marks{Words: near.Words(changed)}); !ok || like.Percent < 70 || like.Percent > 99 {
		t.Errorf("Chinese: %+v %v", like, ok)
	}
}

// TestIndex: what the index says of one, and of all, is what comparing each pair says.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, marks := near.NewIndex(), map[string]*near.Marks{}
	var ids []string
	for n := range 60 {
		base := rand.New(rand.NewPCG(7, uint64(n/3)))
		words := text(base, 200)
		words[r.IntN(200)] = "other"
		look := func() near.Look { return near.Look{base.Uint64(), base.Uint64()} }
		m := &near.Marks{Words: near.Words(words)}
		if n%2 == 0 {
			m.Pictures = []near.Picture{{Looks: []near.Look{look(), look(), look()}}}
		}
		id := fmt.Sprintf("E-1.%02d", n)
		ids, marks[id] = append(ids, id), m
		x.Put(id, &near.Marks{Words: near.Words(text(r, 50))}) // put twice: the second counts
		x.Put(id, m)
	}
	want := map[string]bool{}
	for a, p := range ids {
		for _, q := range ids[a+1:] {
			if _, ok := marks[p].Like(marks[q]); ok {
				want[p+q] = true
			}
		}
	}
	pairs, more := x.Pairs(ids, 1000)
	if more || len(pairs) != len(want) || len(pairs) < 60 {
		t.Fatalf("%d pairs, more: %v; there are %d", len(pairs), more, len(want))
	}
	for _, p := range pairs {
		if !want[p.A+p.B] && !want[p.B+p.A] {
			t.Errorf("%+v is no pair", p)
		}
	}
	if groups := near.Groups(pairs); len(groups) != 20 || len(groups[0]) != 3 || groups[0][0] != "E-1.00" {
		t.Errorf("%d groups: %v", len(groups), groups)
	}
	if got := x.Near("E-1.04"); len(got) != 2 || got[0].Percent < got[1].Percent {
		t.Errorf("%+v", got)
	}
	x.Drop("E-1.03")
	if got := x.Near("E-1.04"); len(got) != 1 || got[0].ID != "E-1.05" || x.Len() != 59 || x.Near("E-1.03") != nil {
		t.Errorf("after one was dropped: %+v", got)
	}
	if pairs, more := x.Pairs(ids, 3); len(pairs) != 3 || !more {
		t.Errorf("%d pairs, %v", len(pairs), more)
	}
}

// BenchmarkPairs compares 20,000 pictures and 20,000 texts each with each, which takes
// seconds: it is what docs/method/near.md tells.
func BenchmarkPairs(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	x := near.NewIndex()
	var ids []string
	for n := range 40000 {
		m := &near.Marks{}
		if n%2 == 0 {
			var p near.Picture
			for range 12 {
				p.Looks = append(p.Looks, near.Look{r.Uint64(), r.Uint64()})
			}
			m.Pictures = []near.Picture{p}
		} else {
			m.Words = near.Words(text(r, 300))
		}
		id := fmt.Sprint("E-1.", n+1)
		x.Put(id, m)
		ids = append(ids, id)
	}
	b.Run("near", func(b *testing.B) {
		for b.Loop() {
			x.Near("E-1.1")
		}
	})
	b.Run("pairs", func(b *testing.B) {
		for b.Loop() {
			x.Pairs(ids, 1000)
		}
	})
}

// FuzzLike: marks that somebody else made do no harm.
func FuzzLike(f *testing.F) {
	f.Add([]byte(`{"pictures":[{"looks":[[1,2]]}]}`), []byte(`{"words":"AAAA"}`))
	f.Add([]byte(`{"film":true,"pictures":[{"looks":[]},{}]}`), []byte(`{"pictures":[{"looks":[[1,2],[3,4]]}]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > 1<<12 || len(b) > 1<<12 {
			return
		}
		var m, o near.Marks
		if json.Unmarshal(a, &m) != nil || json.Unmarshal(b, &o) != nil {
			return
		}
		if like, ok := m.Like(&o); ok && (like.Percent < 0 || like.Percent > 100) {
			t.Errorf("%+v", like)
		}
		x := near.NewIndex()
		x.Put("a", &m)
		x.Put("b", &o)
		x.Near("a")
		x.Pairs([]string{"a", "b", "c"}, 10)
	})
}
