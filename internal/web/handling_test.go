package web

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestHandlingThroughForms puts a consent on items, links and marks one, holds it, has a
// second person end the hold, and takes the consent back wherever it stands, with nothing
// but forms.
func TestHandlingThroughForms(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	in, err := s.BeginEvidence(t.Context(), s.focal, heed.EvidenceInput{Authority: "x"})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := s.TakeEvidence(t.Context(), s.focal, in.ID, []evidence.Source{source("a.txt", "a"), source("b.txt", "b"), source("c.txt", "c")}, true, nil)
	if err != nil || len(taken.Items) != 3 {
		t.Fatalf("%+v, %v", taken, err)
	}
	at, other := "/evidence/"+taken.Items[0].ID, "/evidence/"+taken.Items[1].ID
	item := func() heed.ItemView {
		t.Helper()
		x, err := s.Item(t.Context(), s.focal, taken.Items[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	if _, _, body := h.get(at); !strings.Contains(body, "No consent and no condition stands on it") {
		t.Error("the page does not say that nothing was permitted")
	}

	good := []string{"permit_id", "CON-7", "permit_for", "analysis", "permit_for", "trial", "permit_to", "class:court\nICC", "permit_not_to", "class:state", "permit_in", "nld, DEU", "permit_until", "2099-12-31",
		"permit_onward", "listed", "permit_rules", "nodeath", "permit_rules", "ask"}
	for field, value := range map[string]string{"permit_id": "", "permit_to": "", "permit_in": "Nowhere", "permit_for": "whim", "permit_until": "soon", "permit_onward": "maybe", "permit_not_to": "<b>"} {
		bad := []string{field, value}
		for i := 0; i < len(good); i += 2 {
			if good[i] != field {
				bad = append(bad, good[i], good[i+1])
			}
		}
		if status, _, body := h.post(at+"/permit", bad...); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="e-`+field+`"`) || !strings.Contains(body, "class:court") && field != "permit_to" {
			t.Errorf("%s %q: %d, %t", field, value, status, strings.Contains(body, `id="e-`+field+`"`))
		}
	}
	for range 40 { // what is missing is named in the order of the form
		_, _, body := h.post(at+"/permit", "permit_id", "CON-7")
		var found []int
		for _, field := range []string{"for", "to", "in"} {
			found = append(found, strings.Index(body, `href="#f-permit_`+field+`"`))
		}
		if found[0] < 0 || !slices.IsSorted(found) {
			t.Fatalf("the missing fields are named at %v", found)
		}
	}
	if len(item().Permissions) > 0 {
		t.Fatalf("what was refused stands: %+v", item().Permissions)
	}
	for _, to := range []string{at, other} {
		if status, end, body := h.post(to+"/permit", good...); status != http.StatusOK || end != to || !strings.Contains(body, "A court, ICC") || !strings.Contains(body, "Not where a death sentence is possible") {
			t.Errorf("%s: %d at %s", to, status, end)
		}
	}
	p := item().Permissions
	if len(p) != 1 || !slices.Equal(p[0].For, []consent.Purpose{"analysis", "trial"}) || !slices.Equal(p[0].To, []string{"class:court", "ICC"}) || !slices.Equal(p[0].In, []string{"NLD", "DEU"}) ||
		!slices.Equal(p[0].NotTo, []string{"class:state"}) || !p[0].NoDeath || !p[0].Ask || p[0].Onward != "listed" || !p[0].Until.Equal(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("%+v", p)
	}

	for _, bad := range [][2]string{{"case", "CS-999"}, {"collection", "two words"}, {"collection", ""}, {"whim", "x"}} {
		if status, _, body := h.post(at+"/link", "link_kind", bad[0], "link_to", bad[1]); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="e-link_`) {
			t.Errorf("linked to %s: %d", bad, status)
		}
	}
	if status, _, body := h.post(at+"/link", "link_kind", "collection", "link_to", "north-road"); status != http.StatusOK || !strings.Contains(body, "north-road") {
		t.Errorf("linked: %d", status)
	}
	if status, _, _ := h.post(at+"/unlink", "unlink", "collection:north-road"); status != http.StatusOK || len(item().Links) > 0 {
		t.Errorf("unlinked: %d, %v", status, item().Links)
	}
	held(t, s, h, at) // before it is RED: then nobody else sees it
	if status, _, body := h.post(at+"/mark", "marking_new", "RED", "marking_why", ""); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="e-marking_why"`) {
		t.Errorf("marked without a reason: %d", status)
	}
	if status, _, _ := h.post(at+"/mark", "marking_new", "PINK", "marking_why", "a witness"); status != http.StatusUnprocessableEntity || item().Marking != "AMBER+STRICT" {
		t.Errorf("marked with what is none: %d, %s", status, item().Marking)
	}
	if status, _, _ := h.post(at+"/mark", "marking_new", "RED", "marking_why", "it shows a witness"); status != http.StatusOK || item().Marking != "RED" {
		t.Errorf("marked: %d, %s", status, item().Marking)
	}

	if status, _, body := h.post(at+"/withdraw", "withdraw_id", "CON-8", "withdraw_scope", "one"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "no consent") {
		t.Errorf("took back what does not stand: %d", status)
	}
	if status, _, _ := h.post(at+"/withdraw", "withdraw_id", "CON-7", "withdraw_scope", "all"); status != http.StatusOK {
		t.Errorf("took it back: %d", status)
	}
	for n, want := range []int{1, 1, 0} {
		x, err := s.Item(t.Context(), s.focal, taken.Items[n].ID)
		if err != nil {
			t.Fatal(err)
		}
		was := 0
		for _, p := range x.Permissions {
			was += len(p.Withdrawals)
		}
		if was != want || (x.Withheld != "") != (want > 0) {
			t.Errorf("%s: taken back %d times, withheld %q", x.ID, was, x.Withheld)
		}
	}
	if status, _, body := h.get(other); status != http.StatusOK || !strings.Contains(body, "Taken back on") || !strings.Contains(body, "Nothing is permitted under it any more") {
		t.Errorf("the page does not say that it was taken back: %d", status)
	}
	if status, _, body := h.post(other+"/open", "purpose", "to look"); status == http.StatusOK || body == "b" {
		t.Errorf("opened after the consent was taken back: %d", status)
	}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{taken.Items[0].ID}, consent.Permission{ID: "CON-7", For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}); err == nil || !strings.Contains(err.Error(), "was taken back") {
		t.Errorf("what was taken back is put into force again: %v", err)
	}
	if n, err := s.WithdrawConsent(t.Context(), s.focal, "CON-7", nil); err == nil && n > 0 {
		t.Errorf("taken back again, on %d items", n)
	}
}

// held holds an item, and has it released by somebody else than who held it.
func held(t *testing.T, s *stage, h hand, at string) {
	t.Helper()
	if status, _, body := h.post(at+"/hold", "hold", "HOLD-9", "authority", "letter 4", "reason", "the trial"); status != http.StatusOK || !strings.Contains(body, "HOLD-9") || strings.Contains(body, at+"/release") {
		t.Errorf("held: %d; whoever held it is offered to end it: %t", status, strings.Contains(body, at+"/release"))
	}
	if status, _, _ := h.post(at+"/release", "release_hold", "HOLD-9", "release_authority", "letter 5", "release_why", "over"); status != http.StatusForbidden {
		t.Errorf("whoever held it ended it: %d", status)
	}
	second, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Cy Cole", Role: "custodian"})
	if err != nil {
		t.Fatal(err)
	}
	c := hand{t, s, s.browser(second)}
	if _, _, body := c.get(at); !strings.Contains(body, at+"/release") {
		t.Error("a second person is not offered to end the hold")
	}
	if status, _, body := c.post(at+"/release", "release_hold", "HOLD-8", "release_authority", "letter 5", "release_why", "over"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="e-release_hold"`) {
		t.Errorf("ended a hold that is none: %d", status)
	}
	if status, _, body := c.post(at+"/release", "release_hold", "HOLD-9", "release_authority", "letter 5"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="e-release_why"`) {
		t.Errorf("without a reason: %d", status)
	}
	if status, _, _ := c.post(at+"/release", "release_hold", "HOLD-9", "release_authority", "letter 5", "release_why", "the judgment is final"); status != http.StatusOK {
		t.Errorf("ended: %d", status)
	}
	nobody, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Nils Fremd"})
	if err != nil {
		t.Fatal(err)
	}
	n := hand{t, s, s.browser(nobody)}
	for _, act := range []string{"permit", "withdraw", "link", "unlink", "mark", "release"} {
		if status, _, _ := n.post(at+"/"+act, "permit_id", "CON-9", "withdraw_id", "CON-7", "link_kind", "collection", "link_to", "x", "marking_new", "CLEAR", "marking_why", "x", "release_why", "x"); status < 400 {
			t.Errorf("a stranger may %s: %d", act, status)
		}
	}
}

// source is a file with a text.
func source(name, text string) evidence.Source {
	return evidence.Source{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}
