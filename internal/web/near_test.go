package web

import (
	"html"
	"strings"
	"testing"

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
