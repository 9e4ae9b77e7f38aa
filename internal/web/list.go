package web

import (
	"net/url"
	"strconv"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// part is the part of a list that the address asks for; as CSV it is all.
func (v *visit) part() heed.Page {
	if v.wantsCSV() {
		return heed.Page{}
	}
	offset, _ := strconv.Atoi(v.r.URL.Query().Get("from_row"))
	return heed.Page{Limit: rowsShown, Offset: max(0, offset)}
}

// turn says under a list how many rows there are and leads to the rest.
func (v *visit) turn(t *look.Table, path string, total int64) {
	q := v.r.URL.Query()
	q.Del("done")
	q.Del("of")
	at, _ := strconv.Atoi(q.Get("from_row"))
	q.Del("from_row")
	t.CSV, t.Total = withQuery(path+".csv", q), total
	if next := int64(at + len(t.Rows)); next < total {
		q.Set("from_row", strconv.FormatInt(next, 10))
		t.More, t.MoreText = withQuery(path, q), v.words.T("list.more", next, total)
	}
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
