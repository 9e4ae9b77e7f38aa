package custody

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Without a purpose that goes on record a page shows the kind of a file and no picture.

// ShowPictures puts on record for what the thumbnails of a page of the library are looked
// at, and leads back to it. What is asked for is what the page offered, and is decided on.
func ShowPictures(v *visit.Visit) error { return pictures(v, Library, "/evidence") }

// ShowPicture is ShowPictures for the page of one item.
func ShowPicture(v *visit.Visit) error {
	return pictures(v, Item, "/evidence/"+v.R.PathValue("id"))
}

func pictures(v *visit.Visit, show func(*visit.Visit) error, to string) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("picture_purpose")
	if v.Bad() {
		return v.Wrong(show)
	}
	items := v.Form.Values["item"]
	if id := v.R.PathValue("id"); id != "" {
		items = []string{id}
	}
	p, err := v.H.ShowPictures(v.R.Context(), v.Who, items)
	if err != nil {
		return v.AgainAs(err, show, "purpose", "picture_purpose")
	}
	q := v.R.URL.Query()
	q.Del("done")
	q.Set("pictures", strconv.FormatInt(p.First, 10)+"-"+strconv.FormatInt(p.Last, 10))
	return v.Redirect(to + "?" + q.Encode())
}

// shownOn returns the pictures that the address of a page names, by item: where each is.
func shownOn(v *visit.Visit, q url.Values) (map[string]string, error) {
	first, last, _ := strings.Cut(q.Get("pictures"), "-")
	a, err := strconv.ParseInt(first, 10, 64)
	b, err2 := strconv.ParseInt(last, 10, 64)
	if err != nil || err2 != nil || a < 1 {
		return nil, nil
	}
	entries, err := v.H.Shown(v.R.Context(), v.Who, heed.Pictures{First: a, Last: b})
	out := map[string]string{}
	for id, entry := range entries {
		out[id] = "/evidence/pictures/" + id + "/" + strconv.FormatInt(entry, 10)
	}
	return out, err
}

// Thumbnail is the small picture of an item, for whoever opened the item a short time ago.
// It is JPEG that this program drew, never a byte of the item, and no cache keeps it.
func Thumbnail(v *visit.Visit) error {
	entry, err := strconv.ParseInt(v.R.PathValue("entry"), 10, 64)
	if err != nil {
		return fault.NotFound("there is no such picture")
	}
	data, err := v.H.Thumbnail(v.R.Context(), v.Who, v.R.PathValue("id"), entry)
	if err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, no-store")
	v.W.WriteHeader(http.StatusOK)
	_, err = v.W.Write(data)
	return err
}

// pictureForm asks for what the thumbnails of a page are looked at.
func pictureForm(f page.Frame, offered []string, query url.Values) page.PictureForm {
	q := url.Values{}
	for k, v := range query {
		if k != "pictures" && k != "done" && k != "of" {
			q[k] = v
		}
	}
	return page.PictureForm{Items: offered, Query: q.Encode(), Purpose: f.Field("picture_purpose").As("thumbs.purpose")}
}
