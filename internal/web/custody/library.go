package custody

import (
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// perPage is how many items a page of the library shows.
const perPage = 60

// facetNames are those by which the library is narrowed down, in their order.
var facetNames = []string{"state", "marking", "how", "code", "case", "collection", "source", "situation", "mandate"}

// Library is the list of evidence.
func Library(v *visit.Visit) error {
	q := v.R.URL.Query()
	v.Form.Values = q
	f := filterOf(q)
	f.Limit = perPage
	if v.WantsCSV() {
		f.Limit = 500
	}
	offset, _ := strconv.Atoi(q.Get("from_row"))
	lib, err := v.H.Library(v.R.Context(), v.Who, f, max(0, offset))
	if err != nil {
		return err
	}
	t := page.ItemTable(v.Words, "items", lib.Items)
	if v.WantsCSV() {
		return v.CSV("evidence", t)
	}
	fr, err := v.Frame(look.Frame{Title: v.Words.T("evidence.title"), Here: "evidence"})
	if err != nil {
		return err
	}
	t.CSV = "/evidence.csv?" + q.Encode()
	p := page.Library{Frame: fr, Table: t, Cards: q.Get("view") == "cards", Items: page.Cards(v.Words, lib.Items), Total: lib.Total, Part: lib.Part,
		Search: fr.Field("q").MayBeEmpty(), Facets: facets(v, q, lib.Facets)}
	p.Export = "/evidence/export?" + with(q, "view", "")
	if p.Cards {
		if err := picturesOf(v, &p, q, lib); err != nil {
			return err
		}
	}
	p.Other = "/evidence?" + with(q, "view", map[bool]string{true: "", false: "cards"}[p.Cards])
	if lib.More {
		p.Pages = append(p.Pages, page.Turn{Href: "/evidence?" + with(q, "from_row", strconv.Itoa(offset+len(lib.Items))), Text: v.Words.T("evidence.more")})
	}
	return v.Show("library", p)
}

// filterOf is the part of the library that an address asks for.
func filterOf(q url.Values) heed.EvidenceFilter {
	f := heed.EvidenceFilter{Q: q.Get("q"), Code: q.Get("code")}
	f.State, f.Marking, f.How = q.Get("state"), q.Get("marking"), q.Get("how")
	for _, kind := range evidence.LinkKinds() {
		if to := q.Get(kind); to != "" {
			f.Link = evidence.Link{Kind: kind, To: to}
		}
	}
	return f
}

// picturesOf puts the thumbnails that were opened on cards, and offers the others.
func picturesOf(v *visit.Visit, p *page.Library, q url.Values, lib heed.Library) error {
	shown, err := shownOn(v, q)
	if err != nil {
		return err
	}
	var offered []string
	for _, i := range lib.Items {
		if lib.Thumbs[i.ID] && shown[i.ID] == "" {
			offered = append(offered, i.ID)
		}
	}
	p.Items, p.Show = page.Picture(p.Items, shown), pictureForm(p.Frame, offered, q)
	return nil
}

// with is a query with one value changed.
func with(q url.Values, key, value string) string {
	out := maps.Clone(q)
	out.Del("done")
	out.Del("pictures")
	if key != "from_row" && key != "view" {
		out.Del("from_row")
	}
	out.Del(key)
	if value != "" {
		out.Set(key, value)
	}
	return out.Encode()
}

func facets(v *visit.Visit, q url.Values, counts map[string]map[string]int) (out []page.Facet) {
	for _, name := range facetNames {
		word := func(value string) string { return value }
		if name == "state" || name == "how" {
			word = func(value string) string { return v.Words.T("evidence." + name + "." + value) }
		}
		if f := facet(name, "/evidence?", q, counts[name], word); len(f.Values) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// facet makes one way of narrowing a list down; the choice that is made leads
// back.
func facet(name, path string, q url.Values, counts map[string]int, word func(string) string) page.Facet {
	f := page.Facet{Key: name}
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		x := page.FacetValue{Text: word(value), Count: int64(counts[value]), Here: q.Get(name) == value, Href: path + with(q, name, value)}
		if x.Here {
			x.Href = path + with(q, name, "")
		}
		f.Values = append(f.Values, x)
	}
	return f
}
