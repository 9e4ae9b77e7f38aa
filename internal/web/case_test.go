package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestACaseThroughForms goes from the opening of a case to a conviction with
// nothing but forms: what consent does not permit is said beside the items, and
// the refusal stands in the item's custody.
func TestACaseThroughForms(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	item := items[0].ID
	p := consent.Permission{ID: "CON-77", For: []consent.Purpose{consent.Reparation, consent.Keep, consent.Analysis}, To: []string{"Court of Orvane"}, In: []string{"XAB"}, NoDeath: true, Onward: consent.NotOnward}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{item}, p); err != nil {
		t.Fatal(err)
	}
	if status, _, body := h.post("/cases/new", "name", "", "authority", "Court", "jurisdiction", "XAB", "marking", "AMBER"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "how the case is called") {
		t.Errorf("without a name: %d", status)
	}
	status, at, _ := h.post("/cases/new", "name", `The road <b>north</b>`, "authority", "Court of Orvane", "classes", "court", "jurisdiction", "XAB", "marking", "AMBER")
	if status != http.StatusOK || !strings.HasPrefix(at, "/cases/CS-") {
		t.Fatalf("%d at %s", status, at)
	}
	if status, _, body := h.post(at+"/items", "add", "E-999.9"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "no item E-999.9") {
		t.Errorf("linked what is not there: %d", status)
	}
	if status, _, body := h.post(at+"/items", "add", item); status != http.StatusOK || !strings.Contains(body, item) || strings.Contains(body, "<b>north") {
		t.Errorf("linked: %d", status)
	}
	if status, _, _ := h.post(at+"/requests", "from", "A. Prosecutor", "asks", "the film", "due", "soon"); status != http.StatusUnprocessableEntity {
		t.Errorf("a date that is none: %d", status)
	}
	if status, _, body := h.post(at+"/requests", "from", "A. Prosecutor", "asks", "the film", "due", "2099-01-01", "death", "possible", "for", "reparation"); status != http.StatusOK || !strings.Contains(body, "A. Prosecutor") || !strings.Contains(body, "· reparation ·") {
		t.Errorf("asked: %d", status)
	}
	x, err := s.Case(t.Context(), s.focal, strings.TrimPrefix(at, "/cases/"))
	if err != nil || len(x.Requests) != 1 {
		t.Fatal(err)
	}
	rq := x.Requests[0].ID
	if x.Requests[0].For != "reparation" {
		t.Errorf("asked for %s", x.Requests[0].For)
	}
	if status, _, body := h.post(at+"/requests", "from", "A. Prosecutor", "asks", "the film", "due", "2099-01-01", "for", "whim"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "not a purpose") {
		t.Errorf("for a purpose that is none: %d", status)
	}
	if status, _, body := h.post(at+"/answers", "request", rq, "items", item, "answer", "give"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "a death sentence is possible there") {
		t.Errorf("given: %d", status)
	}
	if status, _, _ := h.post(at+"/answers", "request", "RQ-1", "items", item, "answer", "give"); status != http.StatusUnprocessableEntity {
		t.Errorf("a request of another case: %d", status)
	}
	if status, _, body := h.post(at+"/answers", "request", rq, "items", item, "answer", "withhold"); status != http.StatusOK || !strings.Contains(body, "a death sentence is possible there") {
		t.Errorf("withheld: %d", status)
	}
	if _, _, body := h.get("/evidence/" + item); !strings.Contains(body, "Request answered") || !strings.Contains(body, "a death sentence is possible there") || !strings.Contains(body, at) {
		t.Error("the item's custody says nothing of it")
	}
	if status, _, _ := h.post(at+"/outcomes", "outcome", "conviction", "of", "somebody"); status != http.StatusUnprocessableEntity {
		t.Errorf("without a source: %d", status)
	}
	if status, _, body := h.post(at+"/outcomes", "outcome", "conviction", "of", "somebody", "source", "judgment 7"); status != http.StatusOK || !strings.Contains(body, "judgment 7") || !strings.Contains(body, "Conviction") {
		t.Errorf("concluded: %d", status)
	}
	if status, _, body := h.get("/cases?case_state=conviction"); status != http.StatusOK || !strings.Contains(body, at) || strings.Contains(body, `href="/cases/CS-1">The well`) {
		t.Errorf("narrowed down: %d", status)
	}
	if status, _, body := h.get(at + "/given.csv"); status != http.StatusOK || !strings.Contains(body, item+",withheld,a death sentence is possible there") {
		t.Errorf("as CSV: %d %s", status, body)
	}
	status, _, body := h.get("/cases?late=yes")
	if all, err := s.Cases(t.Context(), s.focal, heed.CaseFilter{}); err != nil || len(all.Cases) < 2 || status != http.StatusOK || !strings.Contains(body, "Prosecutor Odo Lenz") || strings.Contains(body, at) {
		t.Errorf("those that are late: %d %v", status, err)
	}
	if _, _, body := h.get("/"); !strings.Contains(body, `href="/cases?late=yes"`) {
		t.Error("the first page does not lead to the cases that are late")
	}
	if status, _, body := h.get("/cases"); status != http.StatusOK || !strings.Contains(body, "Prosecutor Odo Lenz") {
		t.Errorf("the late request of the exercise does not show: %d", status)
	}
}
