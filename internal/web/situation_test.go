package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/heed"
)

// TestAWholeSituation: the drawing shows every warning, decision and lapse of a
// situation about which far more was written than a page lists, and the
// chronology begins with the newest.
func TestAWholeSituation(t *testing.T) {
	s := watch(t)
	x, err := s.Situation(t.Context(), s.focal, "S-1")
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Timeline) < 200 {
		t.Fatalf("%d entries: too few for this test", len(x.Timeline))
	}
	var told int64
	for _, n := range x.Sources {
		told += n
	}
	if told != x.Reports30 || told == 0 {
		t.Errorf("%d reports in 30 days, %d by kind of source", x.Reports30, told)
	}
	turns := func(kind string) (ids []string) {
		for _, e := range x.Turns {
			if e.Kind == kind {
				ids = append(ids, e.ID)
			}
		}
		return ids
	}
	for _, w := range x.Warnings {
		if !slices.Contains(turns("warning.issued"), w.ID) {
			t.Errorf("%s is not in the drawing", w.ID)
		}
	}
	lapsed, err := s.ListDuties(t.Context(), s.focal, heed.DutyQuery{State: "lapsed", At: present})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range lapsed {
		if slices.ContainsFunc(x.Warnings, func(w heed.WarningRow) bool { return w.ID == d.Warning }) && !slices.Contains(turns("duty.lapsed"), d.ID) {
			t.Errorf("the lapse of %s is not in the drawing", d.ID)
		}
	}
	_, _, body := get(t, s.browser(s.focal.Person), s.URL+"/situations/S-1")
	above, list, _ := strings.Cut(body, `id="events-h"`)
	_, drawing, _ := strings.Cut(above, `id="line-h"`)
	drawing, _, _ = strings.Cut(drawing, "</svg>")
	for _, w := range x.Warnings {
		if !strings.Contains(drawing, "/warnings/"+w.ID) {
			t.Errorf("%s is not drawn", w.ID)
		}
	}
	times := regexp.MustCompile(`datetime="([^"]+)"`).FindAllStringSubmatch(list, -1)
	if len(times) < 20 || times[0][1] < times[len(times)-2][1] {
		t.Errorf("the chronology begins with %v", times[:min(2, len(times))])
	}
}
