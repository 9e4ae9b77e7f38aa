package web

import (
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestNearOnAPage: the page of an item tells what is nearly the same, and what differs.
func TestNearOnAPage(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	story := "The ferry at the second landing was held for a night and those who came over it were asked for their names and their village"
	h.files("/evidence/new", map[string]string{"authority": "x", "marking": "GREEN"}, map[string]string{"a.txt": story, "b.txt": story + " and let go", "<b>c.txt": story})
	h.files("/evidence/new", map[string]string{"authority": "x", "marking": "RED"}, map[string]string{"closed.txt": story + " at dawn"})
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	who := s.focal
	who.Purpose = "to compare"
	at := map[string]string{}
	for _, i := range items[:4] {
		at[i.Name] = i.ID
		if _, err := s.ReadEvidence(t.Context(), who, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, _, body := h.get("/evidence/" + at["a.txt"])
	for _, want := range []string{`id="near-h"`, "b.txt", "of the word groups are shared", "larger; SHA-256", "The same bytes", "closed.txt", "&lt;b&gt;c.txt"} {
		if !strings.Contains(html.UnescapeString(body), html.UnescapeString(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "<b>c.txt") {
		t.Error("a name is markup")
	}
}

// TestGroupsOnAPage: the page of groups tells those who may open the items which are
// nearly the same, and nobody else that there is anything.
func TestGroupsOnAPage(t *testing.T) {
	s := play(t)
	if err := s.paint(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := hand{t, s, s.browser(s.focal.Person)}
	if status, _, body := h.get("/evidence/near"); status != http.StatusOK || !strings.Contains(body, "/evidence/near?collection="+album) || strings.Contains(body, `id="group-0"`) {
		t.Errorf("no collection was chosen: %d", status)
	}
	_, _, body := h.get("/evidence/near?collection=" + album)
	for want, n := range map[string]int{`id="group-`: 1, ">bridge.png<": 1, ">bridge small.png<": 1, ">road.png<": 0, "of 128 bits differ": 2, "Groups: 1. Items compared, of those that you may open: 3.": 1, "/evidence/near.csv?collection=" + album: 1} {
		if got := strings.Count(body, want); got != n {
			t.Errorf("%q stands there %d times, not %d", want, got, n)
		}
	}
	if _, _, csv := h.get("/evidence/near.csv?collection=" + album); strings.Count(csv, "\n") != 3 || !strings.Contains(csv, "bridge small.png") {
		t.Errorf("the table is %q", csv)
	}
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{Filter: evidence.Filter{Link: evidence.Link{Kind: "collection", To: album}}})
	small := slices.IndexFunc(items, func(i evidence.Item) bool { return i.Name == "bridge small.png" })
	if err != nil || small < 0 {
		t.Fatal(items, err)
	}
	if _, at, body := h.post("/evidence/near/pictures?collection="+album, "picture_purpose", "to compare", "item", items[small].ID); !strings.Contains(at, "/evidence/near") || strings.Count(body, `src="/evidence/pictures/`) != 1 {
		t.Errorf("pictures at %s: %d", at, strings.Count(body, `src="/evidence/pictures/`))
	}
	nobody, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Sam"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := hand{t, s, s.browser(nobody)}
	for _, path := range []string{"/evidence/near", "/evidence/near?collection=" + album, "/evidence/near.csv?collection=" + album} {
		if _, _, body := stranger.get(path); strings.Contains(body, "bridge") || strings.Contains(body, `<bdi>`+album) || strings.Contains(body, `id="group-`) {
			t.Errorf("%s tells a stranger", path)
		}
	}
}
