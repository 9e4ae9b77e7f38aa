package office

import (
	"strings"

	"github.com/heed-project/heed/internal/web/visit"
)

// Feed is the Atom feed of the person whose secret is in the address.
func Feed(v *visit.Visit) error {
	b, err := v.H.Feed(v.R.Context(), v.R.PathValue("secret"), v.H.Now())
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, err = v.W.Write(b)
	return err
}

// Calendar is the same as a calendar of deadlines. Its address may end in
// ".ics", which some programs want.
func Calendar(v *visit.Visit) error {
	b, err := v.H.Calendar(v.R.Context(), strings.TrimSuffix(v.R.PathValue("secret"), ".ics"))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	_, err = v.W.Write(b)
	return err
}
