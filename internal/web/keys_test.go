package web

import (
	"net/http"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/heed"
)

// TestCustodyKeysThroughForms adds a key, ends it, and is refused what is not
// one. Who is no custodian sees no page of them.
func TestCustodyKeysThroughForms(t *testing.T) {
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	status, _, body := h.get("/evidence/keys")
	if status != http.StatusOK || !strings.Contains(body, "alone opens") || strings.Contains(body, "End the key") {
		t.Fatalf("none: %d", status)
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	recipient := id.Recipient().String()
	for _, c := range [][]string{{"recipient", "age1qqq", "holder", s.focal.Person}, {"recipient", recipient}, {"holder", s.focal.Person}, {"recipient", recipient, "holder", "P-9999"}} {
		if status, _, body := h.post("/evidence/keys", c...); status != http.StatusUnprocessableEntity || !strings.Contains(body, "<details open>") {
			t.Errorf("%.40q: %d", c, status)
		}
	}
	status, _, body = h.post("/evidence/keys", "recipient", " "+recipient+"\n", "holder", s.focal.Person)
	keys, err := s.CustodyKeys(t.Context(), s.focal)
	if err != nil || status != http.StatusOK || len(keys) != 1 || keys[0].Recipient != recipient || !strings.Contains(body, keys[0].Key) || !strings.Contains(body, "End the key") {
		t.Fatalf("added: %d, %+v, %v", status, keys, err)
	}
	if status, _, body := h.get("/evidence/keys/keys.csv"); status != http.StatusOK || !strings.Contains(body, keys[0].Key+","+s.focal.Person) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := h.post("/evidence/keys/end", "key", keys[0].Key); status != http.StatusUnprocessableEntity {
		t.Errorf("ended without a reason: %d", status)
	}
	if status, _, _ := h.post("/evidence/keys/end", "key", "0000000000000000", "reason", "lost"); status != http.StatusNotFound {
		t.Errorf("ended what is not there: %d", status)
	}
	if status, _, body := h.post("/evidence/keys/end", "key", keys[0].Key, "reason", "she left"); status != http.StatusOK || !strings.Contains(body, "alone opens") {
		t.Errorf("ended: %d", status)
	}
	stranger, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Nobody"})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := (hand{t, s, s.browser(stranger)}).get("/evidence/keys"); status != http.StatusForbidden {
		t.Errorf("a stranger: %d", status)
	}
}
