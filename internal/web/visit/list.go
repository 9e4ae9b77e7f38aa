package visit

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// RowsShown is how many rows of a list one page holds.
const RowsShown = 100

// Part is the part of a list that the address asks for; as CSV it is all.
func (v *Visit) Part() heed.Page {
	if v.WantsCSV() {
		return heed.Page{}
	}
	offset, _ := strconv.Atoi(v.R.URL.Query().Get("from_row"))
	return heed.Page{Limit: RowsShown, Offset: max(0, offset)}
}

// Turn says under a list how many rows there are and leads to the rest.
func (v *Visit) Turn(t *look.Table, path string, total int64) {
	q := v.R.URL.Query()
	q.Del("done")
	q.Del("of")
	at, _ := strconv.Atoi(q.Get("from_row"))
	q.Del("from_row")
	t.CSV, t.Total = withQuery(path+".csv", q), total
	if next := int64(at + len(t.Rows)); next < total {
		q.Set("from_row", strconv.FormatInt(next, 10))
		t.More, t.MoreText = withQuery(path, q), v.Words.T("list.more", next, total)
	}
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Everyone are all active people but one, to choose from.
func (v *Visit) Everyone(but string) (out []look.Option, err error) {
	all, err := v.H.People(v.R.Context(), v.Who)
	for _, p := range all {
		if p.Active && p.ID != but {
			out = append(out, look.Option{Value: p.ID, Text: v.Words.Name(look.Ref{ID: p.ID, Name: p.Name})})
		}
	}
	return out, err
}

// OpenSituations are those that the reader may read, to choose from.
func (v *Visit) OpenSituations() (out []look.Option, err error) {
	rows, err := v.H.OpenSituations(v.R.Context(), v.Who)
	for _, s := range rows {
		out = append(out, look.Option{Value: s.ID, Text: v.Words.Name(look.Ref(s))})
	}
	return out, err
}

// Local keeps an address within this site.
func Local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	return to
}
