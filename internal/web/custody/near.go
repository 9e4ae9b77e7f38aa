package custody

import (
	"net/url"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// mostOffered is how many pictures of groups are offered at once.
const mostOffered = 100

// NearGroups shows which items of a collection are nearly the same, of those that may be
// opened.
func NearGroups(v *visit.Visit) error {
	q := v.R.URL.Query()
	lib, err := v.H.Library(v.R.Context(), v.Who, heed.EvidenceFilter{Filter: evidence.Filter{Limit: 1}}, 0)
	if err != nil {
		return err
	}
	got := heed.NearGroups{Collection: q.Get("collection")}
	if got.Collection != "" {
		if got, err = v.H.NearGroups(v.R.Context(), v.Who, got.Collection); err != nil {
			return err
		}
	}
	if v.WantsCSV() {
		return v.CSV("near", page.NearTable(v.Words, got))
	}
	shown, err := shownOn(v, q)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("near.groups.title"), Here: "evidence"})
	if err != nil {
		return err
	}
	p := page.NearGroups{Frame: f, Collection: got.Collection, Compared: got.Compared, Groups: page.NearGroupsOf(v.Words, got, shown), More: got.More, CSV: "/evidence/near.csv?" + q.Encode(),
		Collections: facet("collection", "/evidence/near?", url.Values{"collection": q["collection"]}, lib.Facets["collection"], func(s string) string { return s })}
	var offered []string
	for _, g := range got.Groups {
		for _, i := range g.Items {
			if got.Thumbs[i.ID] && shown[i.ID] == "" && len(offered) < mostOffered {
				offered = append(offered, i.ID)
			}
		}
	}
	if len(shown) == 0 {
		p.Show = pictureForm(f, offered, q)
	}
	return v.Show("near-groups", p)
}

// ShowNearPictures is ShowPictures for the page of groups.
func ShowNearPictures(v *visit.Visit) error { return pictures(v, NearGroups, "/evidence/near") }
