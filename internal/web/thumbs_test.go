package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// painted is a picture out of a number, as PNG.
func painted(n float64, w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			l := 128 + 40*(math.Sin((5+n)*u+n)+math.Sin((9-n)*v-2*n)+math.Sin(9*(u*math.Cos(n)+v*math.Sin(n))))
			m.SetRGBA(x, y, color.RGBA{uint8(l), uint8(l * .8), uint8(255 - l), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// album is the collection of pictures that the exercise has in these tests.
const album = "album"

// paint takes pictures in, two of which are nearly the same, has them read and drawn.
func (s *stage) paint(ctx context.Context) error {
	var all []evidence.Source
	for _, f := range []struct {
		name string
		data []byte
	}{{"bridge.png", painted(1, 400, 300)}, {"bridge small.png", painted(1, 200, 150)}, {"road.png", painted(3, 300, 400)}} {
		all = append(all, evidence.Source{Name: f.name, Size: int64(len(f.data)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.data)), nil }})
	}
	out, err := s.AddEvidence(ctx, s.focal, heed.EvidenceInput{Authority: "exercise", Marking: "GREEN", Links: []evidence.Link{{Kind: "collection", To: album}}}, all, nil)
	if err != nil {
		return err
	}
	if _, err := s.ReadTaken(ctx, s.focal, out.Intake, out.Items); err != nil {
		return err
	}
	n, err := s.ThumbTaken(ctx, s.focal, out.Intake, out.Items)
	if err == nil && n != 3 {
		err = fmt.Errorf("%d thumbnails were made", n)
	}
	return err
}

// picturesIn returns the items of the album, and an entry with which each was opened.
func (s *stage) picturesIn(who heed.Who) (ids []string, p heed.Pictures) {
	s.t.Helper()
	items, _, err := s.Evidence(s.t.Context(), who, heed.EvidenceFilter{Filter: evidence.Filter{Link: evidence.Link{Kind: "collection", To: album}}})
	if err != nil || len(items) != 3 {
		s.t.Fatal(len(items), err)
	}
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	who.Purpose = "to see the page"
	if p, err = s.ShowPictures(s.t.Context(), who, ids); err != nil || p.Shown != 3 {
		s.t.Fatal(p, err)
	}
	return ids, p
}

// TestThumbnailsOnPages: without a purpose a page shows no picture; with one that is on
// record it shows small ones that are drawn anew, to who stated it, kept by no cache; and
// what is no longer permitted is no longer shown.
func TestThumbnailsOnPages(t *testing.T) {
	s := play(t)
	if err := s.paint(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := hand{t, s, s.browser(s.focal.Person)}
	_, _, body := h.get("/evidence?view=cards&collection=" + album)
	if strings.Contains(body, "<img") && strings.Contains(body, `src="/evidence/pictures/`) || strings.Count(body, `name="item"`) != 3 || !strings.Contains(body, "Picture</small>") {
		t.Fatalf("without a purpose: %d offered", strings.Count(body, `name="item"`))
	}
	to := "/evidence/pictures?view=cards&collection=" + album
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{Filter: evidence.Filter{Link: evidence.Link{Kind: "collection", To: album}}})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"picture_purpose": {" "}, "item": {items[0].ID, items[1].ID, items[2].ID, "E-999.1"}}
	post := func() (int, string, string) {
		res, err := h.c.PostForm(s.URL+to, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, res.Request.URL.RequestURI(), string(b)
	}
	if status, _, body := post(); status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#f-picture_purpose"`) || strings.Contains(body, `src="/evidence/pictures/`) {
		t.Errorf("an empty purpose: %d", status)
	}
	form.Set("picture_purpose", "to sort them")
	status, at, body := post()
	if status != http.StatusOK || strings.Count(body, `src="/evidence/pictures/`) != 3 || strings.Contains(body, `name="item"`) || !strings.Contains(at, "collection=album") {
		t.Fatalf("%d at %s: %d pictures", status, at, strings.Count(body, `src="/evidence/pictures/`))
	}
	id := items[0].ID
	_, path, _ := strings.Cut(body, `src="/evidence/pictures/`+id+`/`)
	path, _, _ = strings.Cut(path, `"`)
	path = "/evidence/pictures/" + id + "/" + path
	res, err := h.c.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(res.Body)
	res.Body.Close()
	if err != nil || max(m.Bounds().Dx(), m.Bounds().Dy()) > 320 || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "img-src 'self'") {
		t.Errorf("%v, %v", res.Header, err)
	}
	if status, _, body := h.post("/evidence/"+id+"/picture", "picture_purpose", "to see one"); status != http.StatusOK || strings.Count(body, `src="/evidence/pictures/`) != 1 {
		t.Errorf("one item: %d", status)
	}
	custodian, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Cato", Role: "custodian"})
	if err != nil {
		t.Fatal(err)
	}
	other := hand{t, s, s.browser(custodian)}
	for name, c := range map[string]struct {
		hand
		path string
	}{"somebody else": {other, path}, "nobody": {hand{t, s, s.browser("")}, path}, "no entry": {h, "/evidence/pictures/" + id + "/x"}, "another entry": {h, "/evidence/pictures/" + id + "/1"}} {
		if status, at, body := c.get(c.path); strings.HasPrefix(body, "\xff\xd8") || status == http.StatusOK && !strings.HasPrefix(at, "/sign-in") {
			t.Errorf("%s: %d at %s", name, status, at)
		}
	}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{id}, consent.Permission{ID: "CO-1", For: []consent.Purpose{consent.Keep}, To: []string{consent.Any}, NotTo: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}); err != nil {
		t.Fatal(err)
	}
	if status, _, body := h.get(path); status != http.StatusNotFound || strings.HasPrefix(body, "\xff\xd8") {
		t.Errorf("after consent was taken back: %d", status)
	}
	if _, _, body := h.get(at); strings.Count(body, `src="/evidence/pictures/`) != 2 {
		t.Errorf("the page still shows %d", strings.Count(body, `src="/evidence/pictures/`))
	}
}
