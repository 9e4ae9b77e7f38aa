package custody

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// SearchForm asks what to look for in the words of items, and why.
func SearchForm(v *visit.Visit) error {
	f := heed.EvidenceFilter{}
	f.Limit = 1
	if _, _, err := v.H.Evidence(v.R.Context(), v.Who, f); err != nil { // whoever may not list items is not asked for words
		return err
	}
	return found(v, page.TextSearch{})
}

// Search looks in the words of those items that may be opened for the purpose.
// It is a form that is sent, not an address: words looked for are told to nobody.
func Search(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	query := v.Must("query")
	v.Who.Purpose = v.Must("purpose")
	if v.Bad() {
		return v.Wrong(SearchForm)
	}
	got, err := v.H.SearchEvidence(v.R.Context(), v.Who, query, 0)
	if err != nil {
		return v.Again(err, SearchForm)
	}
	return found(v, page.TextSearch{Done: true, Found: got.Found, More: got.More, Looked: got.Looked})
}

func found(v *visit.Visit, p page.TextSearch) (err error) {
	if p.Frame, err = v.Frame(look.Frame{Title: v.Words.T("evidence.text"), Here: "evidence"}); err != nil {
		return err
	}
	p.Query, p.Purpose = p.Field("query").As("evidence.query"), p.Field("purpose").As("evidence.purpose")
	return v.Show("text-search", p)
}
