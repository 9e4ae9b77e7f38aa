package heed_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// drawn is a picture out of a number, as JPEG.
func drawn(t testing.TB, n float64, w, h, quality int) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			m.SetGray(x, y, color.Gray{Y: uint8(128 + 40*(math.Sin((5+n)*u+n)+math.Sin((9-n)*v-2*n)+math.Sin(9*(u*math.Cos(n)+v*math.Sin(n)))))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// marking is an opening that reads and marks in this process.
func marking() heed.Opening {
	return heed.Opening{Read: func(_ context.Context, name string, data io.Reader) (*reading.Reading, error) {
		b, err := io.ReadAll(data)
		r := reading.Read(name, b)
		r.Mark(b, nil)
		return r, err
	}}
}

// take takes files in and has them read.
func (w *world) take(who, mark, collection string, files ...string) (ids []string) {
	w.t.Helper()
	var all []evidence.Source
	for n := 0; n < len(files); n += 2 {
		text := files[n+1]
		all = append(all, evidence.Source{Name: files[n], Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	in := heed.EvidenceInput{Authority: "order", Marking: mark}
	if collection != "" {
		in.Links = []evidence.Link{{Kind: "collection", To: collection}}
	}
	out, err := w.AddEvidence(w.t.Context(), w.as(who), in, all, nil)
	w.must(err)
	_, err = w.ReadTaken(w.t.Context(), w.as(who), out.Intake, out.Items)
	w.must(err)
	for _, i := range out.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

func idsOf(all []heed.NearItem) (ids []string) {
	for _, n := range all {
		ids = append(ids, n.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestNearTellsNothingOfWhatOneMayNotOpen: what is like an item is told of those items
// alone that may be opened; what was erased is gone, in the index too; and no table nor
// log has a mark in clear.
func TestNearTellsNothingOfWhatOneMayNotOpen(t *testing.T) {
	w := newWorld(t, "")
	w.reopenWith(marking())
	ctx := t.Context()
	story := "The well in the village was destroyed on the third of May and nobody was hurt but the water cannot be used any more said a neighbour of the school"
	open := w.take("custodian", "GREEN", "well", "a.jpg", drawn(t, 1, 400, 300, 90), "b.jpg", drawn(t, 1, 200, 150, 40), "c.jpg", drawn(t, 3, 400, 300, 90),
		"d.txt", story, "e.txt", story+" in a letter", "f.txt", "another story of other words that has nothing to do with what was told before")
	closed := w.take("custodian", "RED", "well", "secret.jpg", drawn(t, 1, 300, 225, 70), "secret.txt", story+" and a secret")
	custodian, analyst := w.as("custodian"), w.as("analyst")

	got, err := w.Near(ctx, custodian, open[0])
	if err != nil || !slices.Equal(idsOf(got.Near), []string{open[1], closed[0]}) || !got.Marked || got.Near[0].Likeness.Kind != near.SamePicture {
		t.Fatalf("the custodian is told %+v, %v", got, err)
	}
	got, err = w.Near(ctx, analyst, open[0])
	if err != nil || !slices.Equal(idsOf(got.Near), []string{open[1]}) || got.More {
		t.Errorf("the analyst is told %+v, %v", got, err)
	}
	if got, err = w.Near(ctx, analyst, open[3]); err != nil || !slices.Equal(idsOf(got.Near), []string{open[4]}) || got.Near[0].Likeness.Percent < 60 {
		t.Errorf("the analyst is told of texts %+v, %v", got, err)
	}
	if _, err = w.Near(ctx, analyst, closed[0]); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("of a closed item: %v", err)
	}
	groups, err := w.NearGroups(ctx, custodian, "well")
	if err != nil || groups.Compared != 8 || len(groups.Groups) != 2 || len(groups.Groups[0].Items) != 3 || len(groups.Groups[1].Items) != 3 {
		t.Errorf("%+v, %v", groups, err)
	}
	if groups, err = w.NearGroups(ctx, analyst, "well"); err != nil || groups.Compared != 6 || len(groups.Groups) != 2 || len(groups.Groups[0].Items) != 2 {
		t.Errorf("the analyst's groups: %+v, %v", groups, err)
	}

	same := w.take("custodian", "GREEN", "", "again.txt", story)
	if got, err = w.Near(ctx, analyst, open[3]); err != nil || len(got.Near) != 2 || !got.Near[0].Same || got.Near[0].ID != same[0] {
		t.Errorf("an exact duplicate: %+v, %v", got, err)
	}
	x, err := w.Item(ctx, custodian, open[0])
	if err != nil || x.Read == nil || x.Read.Marks != nil {
		t.Errorf("the item gives its marks out: %+v, %v", x.Read, err)
	}

	w.must(w.Erase(ctx, w.as("custodian"), open[1], "order 9"))
	if got, err = w.Near(ctx, analyst, open[0]); err != nil || len(got.Near) != 0 || !got.Marked {
		t.Errorf("after it was erased: %+v, %v", got, err)
	}
	w.reopenWith(marking())
	if got, err = w.Near(ctx, custodian, open[0]); err != nil || !slices.Equal(idsOf(got.Near), []string{closed[0]}) {
		t.Errorf("after the node was opened again: %+v, %v", got, err)
	}
	if _, err := w.Near(ctx, w.people["stranger"], open[0]); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a stranger: %v", err)
	}
}
