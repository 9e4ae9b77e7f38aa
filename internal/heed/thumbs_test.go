package heed_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// drawing is an opening that draws thumbnails and redacts in this process, at the world's time.
func drawing(w *world) heed.Opening {
	o := marking()
	o.Clock = func() time.Time { return w.at }
	o.Redact = func(_ context.Context, data []byte, r copies.Redaction) (copies.Redacted, error) {
		return copies.Redact(data, r)
	}
	o.Thumb = copies.DrawHere
	return o
}

// lit is a picture of one colour, as PNG.
func lit(t testing.TB, c color.Color) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 640, 480))
	for n := 0; n < len(m.Pix); n += 4 {
		v := color.NRGBAModel.Convert(c).(color.NRGBA)
		m.Pix[n], m.Pix[n+1], m.Pix[n+2], m.Pix[n+3] = v.R, v.G, v.B, v.A
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// then is somebody a minute later.
func (w *world) then(who heed.Who) heed.Who {
	who.At = w.as("custodian").At
	return who
}

// shows opens the thumbnail of an item, and returns the entry; 0 where none is shown.
func (w *world) shows(who heed.Who, id string) int64 {
	w.t.Helper()
	p, err := w.ShowPictures(w.t.Context(), w.then(who), []string{id})
	w.must(err)
	if p.Shown == 0 {
		return 0
	}
	return p.First
}

func (w *world) custodyOf(id string) (n int) {
	w.t.Helper()
	x, err := w.Item(w.t.Context(), w.people["custodian"], id)
	w.must(err)
	return len(x.Custody)
}

// TestAThumbnailIsShownToThoseWhoOpenedIt: it is made of what was taken in, is an item
// derived from it, is shown for a purpose that goes on record first, to who stated it, for
// an hour, and to nobody else.
func TestAThumbnailIsShownToThoseWhoOpenedIt(t *testing.T) {
	w := newWorld(t, "")
	w.reopenWith(drawing(w))
	ctx := t.Context()
	photo := w.take("custodian", "AMBER", "", "photo.png", lit(t, color.NRGBA{200, 40, 40, 255}), "note.txt", "no picture")
	who := w.as("custodian")
	who.Purpose = "to sort what came"
	if p, err := w.ShowPictures(ctx, w.then(who), photo); err != nil || p.Shown != 0 {
		t.Errorf("before one was made: %+v, %v", p, err)
	}
	if _, err := w.MakeThumbs(ctx, w.as("custodian"), nil, 0); fault.Field(err) != "purpose" {
		t.Errorf("without a purpose: %v", err)
	}
	out, err := w.MakeThumbs(ctx, w.then(who), nil, 0)
	if err != nil || len(out.Made) != 1 || out.Made[0].Item != photo[0] || out.Made[0].Of != "picture" || len(out.None) != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	x, err := w.Item(ctx, who, photo[0])
	if err != nil || len(x.Derived) != 1 || x.Derived[0].How != "thumbnail" || x.Derived[0].From != photo[0] || x.Derived[0].By != who.Person || x.Derived[0].Tool == "" || !x.Thumb {
		t.Fatalf("%+v, %v", x.Derived, err)
	}
	if out, err = w.MakeThumbs(ctx, w.then(who), nil, 0); err != nil || len(out.Made)+len(out.None) != 0 {
		t.Errorf("made twice: %+v, %v", out, err)
	}
	if out, err = w.MakeThumbs(ctx, w.then(who), photo[1:], 0); err != nil || len(out.None) != 1 || !strings.Contains(out.None[0].Why, "neither a picture nor a film") {
		t.Errorf("of a text: %+v, %v", out, err)
	}
	lib, err := w.Library(ctx, who, heed.EvidenceFilter{}, 0)
	if err != nil || lib.Total != 3 || lib.Facets["how"]["thumbnail"] != 0 || !lib.Thumbs[photo[0]] || lib.Thumbs[photo[1]] {
		t.Errorf("the library: %d, %v, %v, %v", lib.Total, lib.Facets["how"], lib.Thumbs, err)
	}
	if lib, err = w.Library(ctx, who, heed.EvidenceFilter{Filter: evidence.Filter{How: "thumbnail"}}, 0); err != nil || lib.Total != 1 {
		t.Errorf("asked for thumbnails: %d, %v", lib.Total, err)
	}

	before := w.custodyOf(photo[0])
	silent := who
	silent.Purpose = " "
	if _, err := w.ShowPictures(ctx, w.then(silent), photo); fault.Field(err) != "purpose" || w.custodyOf(photo[0]) != before {
		t.Errorf("shown for no purpose: %v", err)
	}
	entry := w.shows(who, photo[0])
	if entry == 0 || w.custodyOf(photo[0]) != before+1 {
		t.Fatalf("that it was opened is not on record: entry %d", entry)
	}
	data, err := w.Thumbnail(ctx, who, photo[0], entry)
	m, err2 := jpeg.Decode(bytes.NewReader(data))
	if err != nil || err2 != nil || m.Bounds().Dx() != 320 || m.Bounds().Dy() != 240 {
		t.Fatalf("%d bytes, %v, %v", len(data), err, err2)
	}
	if r, g, _, _ := m.At(100, 100).RGBA(); r>>8 < 190 || g>>8 > 50 {
		t.Errorf("it shows something else: %v", m.At(100, 100))
	}
	analyst := w.as("analyst")
	analyst.Purpose = "to read"
	for name, c := range map[string]struct {
		who   heed.Who
		entry int64
	}{"somebody else": {analyst, entry}, "another entry": {who, entry - 1}, "no entry": {who, 1 << 40}, "a negative one": {who, -1}} {
		if data, err := w.Thumbnail(ctx, c.who, photo[0], c.entry); fault.KindOf(err) != fault.KindNotFound || data != nil {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	shown, err := w.Shown(ctx, who, heed.Pictures{First: entry - 3, Last: entry})
	if err != nil || len(shown) != 1 || shown[photo[0]] != entry {
		t.Errorf("%v, %v", shown, err)
	}
	if shown, err = w.Shown(ctx, analyst, heed.Pictures{First: entry, Last: entry}); err != nil || len(shown) != 0 {
		t.Errorf("somebody else is shown %v, %v", shown, err)
	}
	w.at = w.at.Add(2 * time.Hour)
	if data, err := w.Thumbnail(ctx, who, photo[0], entry); fault.KindOf(err) != fault.KindNotFound || data != nil {
		t.Errorf("two hours later: %d bytes, %v", len(data), err)
	}
}

// TestNoThumbnailOfWhatOneMayNotSee: whatever bars somebody from an item bars them from
// its thumbnail, and from the item that the thumbnail is, at each look anew.
func TestNoThumbnailOfWhatOneMayNotSee(t *testing.T) {
	w := newWorld(t, "")
	w.reopenWith(drawing(w))
	ctx := t.Context()
	photos := w.take("custodian", "AMBER", "", "a.png", lit(t, color.White), "b.png", lit(t, color.NRGBA{10, 200, 10, 255}))
	secret := w.take("custodian", "RED", "", "secret.png", lit(t, color.NRGBA{90, 90, 90, 255}))[0]
	custodian, analyst := w.as("custodian"), w.as("analyst")
	custodian.Purpose, analyst.Purpose = "to sort", "to read"
	made, err := w.MakeThumbs(ctx, w.then(custodian), nil, 0)
	if err != nil || len(made.Made) != 3 {
		t.Fatalf("%+v, %v", made, err)
	}
	thumb := map[string]string{}
	for _, m := range made.Made {
		thumb[m.Item] = m.Thumbnail
	}
	entry := map[string]int64{}
	for _, id := range photos {
		if entry[id] = w.shows(analyst, id); entry[id] == 0 {
			t.Fatalf("the analyst, who may open %s, is shown nothing", id)
		}
	}
	before := w.custodyOf(secret)
	for _, id := range []string{secret, thumb[secret], "E-99.1"} {
		if w.shows(analyst, id) != 0 {
			t.Errorf("the analyst is shown %s", id)
		}
	}
	if _, err := w.MakeThumbs(ctx, w.then(analyst), []string{secret}, 0); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("the analyst has it drawn: %v", err)
	}
	if n := w.custodyOf(secret); n != before {
		t.Errorf("what was refused left %d entries", n-before)
	}

	// The first is marked anew; of the second, reading is no longer permitted.
	custodian = w.as("custodian")
	custodian.Purpose = "a source is named in it"
	w.must(w.MarkEvidence(ctx, custodian, photos[0], "RED"))
	w.must(w.PermitEvidence(ctx, w.as("custodian"), photos[1:], consent.Permission{ID: "CO-1", For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}))
	for _, id := range photos {
		if data, err := w.Thumbnail(ctx, analyst, id, entry[id]); fault.KindOf(err) != fault.KindNotFound || data != nil {
			t.Errorf("%s is still shown: %d bytes, %v", id, len(data), err)
		}
		if shown, err := w.Shown(ctx, analyst, heed.Pictures{First: entry[id], Last: entry[id]}); err != nil || len(shown) != 0 {
			t.Errorf("%s is still on the page: %v, %v", id, shown, err)
		}
		if w.shows(analyst, id) != 0 {
			t.Errorf("%s is shown again", id)
		}
		var b bytes.Buffer
		if _, _, err := w.OpenEvidence(ctx, w.then(analyst), thumb[id], &b); err == nil || b.Len() > 0 {
			t.Errorf("the thumbnail of %s is opened as an item: %d bytes, %v", id, b.Len(), err)
		}
	}
	if _, err := w.Item(ctx, analyst, thumb[photos[0]]); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("what the thumbnail of a RED item is, is told: %v", err)
	}
	lib, err := w.Library(ctx, analyst, heed.EvidenceFilter{Filter: evidence.Filter{How: "thumbnail"}}, 0)
	if err != nil || lib.Total != 0 || len(lib.Facets) != 0 {
		t.Errorf("the analyst counts %d thumbnails, %v, %v", lib.Total, lib.Facets, err)
	}
	for _, id := range photos {
		lib, err := w.Library(ctx, analyst, heed.EvidenceFilter{}, 0)
		if err != nil || lib.Thumbs[id] {
			t.Errorf("a thumbnail of %s is offered, %v", id, err)
		}
	}

	// With the original its thumbnails are erased.
	w.must(w.Erase(ctx, w.as("custodian"), secret, "order 9"))
	if x, err := w.Item(ctx, w.people["custodian"], thumb[secret]); err != nil || !x.Erased {
		t.Errorf("the thumbnail outlives its original: %+v, %v", x.Item, err)
	}
}

// TestARedactedCopyHasItsOwnThumbnail: it is drawn out of the copy, and one that came from
// elsewhere is not shown.
func TestARedactedCopyHasItsOwnThumbnail(t *testing.T) {
	w := newWorld(t, "")
	w.reopenWith(drawing(w))
	ctx := t.Context()
	photo := w.take("custodian", "AMBER", "", "photo.png", lit(t, color.White))[0]
	who := w.as("custodian")
	who.Purpose = "to give it out"
	box, err := copies.ParseBlackout("0,0,640,480")
	w.must(err)
	redacted, err := w.RedactEvidence(ctx, w.then(who), photo, copies.Redaction{Boxes: []copies.Blackout{box}})
	w.must(err)
	made, err := w.MakeThumbs(ctx, w.then(who), []string{photo, redacted.ID}, 0)
	if err != nil || len(made.Made) != 2 {
		t.Fatalf("%+v, %v", made, err)
	}
	data, err := w.Thumbnail(ctx, who, redacted.ID, w.shows(who, redacted.ID))
	m, err2 := jpeg.Decode(bytes.NewReader(data))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if r, _, _, _ := m.At(100, 100).RGBA(); r>>8 > 5 {
		t.Errorf("the redacted copy shows %v", m.At(100, 100))
	}

	other := w.take("custodian", "AMBER", "", "other.png", lit(t, color.Black))[0]
	forged := evidence.Source{Name: "x.jpg", Size: -1, From: other, How: "thumbnail", Tool: "heed evidence thumbs", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("<script>")), nil }}
	_, err = w.AddEvidence(ctx, w.as("custodian"), heed.EvidenceInput{Authority: "order", Via: "hand-over"}, []evidence.Source{forged}, nil)
	w.must(err)
	if w.shows(who, other) != 0 {
		t.Error("what nobody here drew is shown")
	}
	if _, err := w.DeriveEvidence(ctx, w.then(who), other, heed.Made{How: "thumbnail", Tool: "x", File: forged}); fault.Field(err) != "kind" {
		t.Errorf("a person's own thumbnail: %v", err)
	}
}

// TestNoThumbnailOfWhatIsErased: an item that is erased while it is drawn leaves no
// picture behind.
func TestNoThumbnailOfWhatIsErased(t *testing.T) {
	w := newWorld(t, "")
	o := drawing(w)
	var photos []string
	var who heed.Who
	o.Thumb = func(ctx context.Context, name string, data io.Reader) (copies.Thumbnail, error) {
		b, err := io.ReadAll(data)
		if err == nil && name == "a.png" {
			err = w.Erase(ctx, who, photos[0], "order 9")
		}
		if err != nil {
			return copies.Thumbnail{}, err
		}
		return copies.DrawHere(ctx, name, bytes.NewReader(b))
	}
	w.reopenWith(o)
	photos = w.take("custodian", "AMBER", "", "a.png", lit(t, color.White), "b.png", lit(t, color.Black))
	who = w.then(w.as("custodian"))
	who.Purpose = "to sort"
	made, err := w.MakeThumbs(t.Context(), who, nil, 0)
	if err != nil || len(made.Made) != 1 || made.Made[0].Item != photos[1] || len(made.None) != 1 || !strings.Contains(made.None[0].Why, "erased") {
		t.Fatalf("%+v, %v", made, err)
	}
	lib, err := w.Library(t.Context(), w.as("custodian"), heed.EvidenceFilter{Filter: evidence.Filter{How: "thumbnail"}}, 0)
	if err != nil || lib.Total != 1 {
		t.Errorf("%d thumbnails, %v", lib.Total, err)
	}
}
