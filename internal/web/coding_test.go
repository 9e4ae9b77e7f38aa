package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestCodingThroughForms codes an item and has somebody else send it back with
// words; whoever coded it is not offered the review.
func TestCodingThroughForms(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	people, err := s.People(t.Context(), s.focal)
	if err != nil {
		t.Fatal(err)
	}
	other := ""
	for _, p := range people {
		for _, role := range p.Roles {
			if role.Name == "director" && p.ID != s.focal.Person && other == "" {
				other = p.ID
			}
		}
	}
	h, second := hand{t, s, s.browser(s.focal.Person)}, hand{t, s, s.browser(other)}
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	at := "/evidence/" + items[0].ID
	if status, _, body := h.post(at+"/coding", "terms", "act=killing", "events", "yesterday | the ford"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "is not a date") {
		t.Errorf("a date that is none: %d", status)
	}
	status, _, body := h.post(at+"/coding", "terms", "act=killing", "events", "2026-03-01 | the ford | trucks <i>come</i>", "persons", "X. Invented | driver", "places", "the ford")
	if status != http.StatusOK || !strings.Contains(body, "X. Invented") || !strings.Contains(body, "To review") || strings.Contains(body, "<i>come") || strings.Contains(body, at+"/coding/review") {
		t.Errorf("coded: %d", status)
	}
	if status, _, _ := h.post(at+"/coding/review", "coding_state", "accepted"); status != http.StatusForbidden {
		t.Errorf("its own review: %d", status)
	}
	if _, _, body := second.get(at); !strings.Contains(body, at+"/coding/review") || strings.Contains(body, `name="terms"`) {
		t.Error("the second person is not offered the review, or may code")
	}
	if status, _, body := second.post(at+"/coding/review", "coding_state", "returned", "coding_words", ""); status != http.StatusUnprocessableEntity || !strings.Contains(body, "what is to be done") {
		t.Errorf("sent back without words: %d", status)
	}
	if status, _, body := second.post(at+"/coding/review", "coding_state", "returned", "coding_words", "which ford?"); status != http.StatusOK || !strings.Contains(body, "which ford?") || !strings.Contains(body, "Sent back") {
		t.Errorf("sent back: %d", status)
	}
	if status, _, body := h.get("/evidence?code=act%3Dkilling"); status != http.StatusOK || !strings.Contains(body, at) || !strings.Contains(body, "In agreed words") {
		t.Errorf("found by its code: %d", status)
	}
}
