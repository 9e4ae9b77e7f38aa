package web

import (
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
)

// TestOfferThroughTheForm offers evidence to a peer online: what may not go is
// shown before anything is signed, and refuses the whole as the command does.
func TestOfferThroughTheForm(t *testing.T) {
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	if _, _, body := h.get("/handovers/new"); !strings.Contains(body, "No node is known") || strings.Contains(body, `action="/handovers/new"`) {
		t.Error("a form is shown though there is nobody to send to")
	}
	if _, err := s.arrive(t.Context()); err != nil {
		t.Fatal(err)
	}
	peers, err := s.Peers(t.Context(), s.focal)
	if err != nil || len(peers) != 1 {
		t.Fatal(len(peers), err)
	}
	if _, _, body := h.get("/handovers"); !strings.Contains(body, `href="/handovers/new"`) {
		t.Error("the list of hand-overs offers no form")
	}
	_, file, err := s.exported(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := strings.TrimSuffix(file, "1") + "2"
	given := consent.Permission{ID: "CON-1", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Keep}, To: []string{"Lake Mission"}, In: []string{"CHE"}, Onward: consent.NotOnward}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{file}, given); err != nil {
		t.Fatal(err)
	}
	form := func(step string, pairs ...string) []string {
		out := []string{"step", step, "peer", peers[0].Node, "use", "keep", "party", "Lake Mission", "country", "CHE", "death", "excluded", "purpose", "the end of the mandate"}
		return append(out, pairs...)
	}
	h.refused("/handovers/new", "peer", "Lake Mission", "party", "Lake Mission", "step", "send")
	h.refused("/handovers/new", "purpose", "", "step", "send", "peer", peers[0].Node, "use", "keep", "party", "x", "country", "CHE", "items", file)
	h.refused("/handovers/new", "items", "", form("preview")...)
	h.refused("/handovers/new", "items", "", form("send")...)
	h.refused("/handovers/new", "kind", "", form("send", "belongs", "CS-1")...)
	h.refused("/handovers/new", "items", "", form("send", "items", "E-999.1")...)
	h.refused("/handovers/new", "items", other, form("send", "items", file+"\n"+other)...)

	_, body := h.sent("/handovers/new", form("preview", "items", file+"\n"+other+"\nE-999.1")...)
	for _, want := range []string{"What would go to Lake Mission", "1 item would go", "the whole is refused", other + " may not be handed over so", "there is no item E-999.1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	if all, err := s.Sendings(t.Context(), s.focal); err != nil || len(all) != 0 {
		t.Errorf("%d are sent after looks and refusals, %v", len(all), err)
	}
	if _, body := h.sent("/handovers/new", form("preview", "items", file)...); !strings.Contains(body, "Nothing stands in the way") {
		t.Error("what may go is not said to be ready")
	}
	at, body := h.sent("/handovers/new", form("send", "items", file)...)
	all, err := s.Sendings(t.Context(), s.focal)
	if err != nil || len(all) != 1 || at != "/handovers/"+all[0].ID || !strings.Contains(body, "is offered and waits to be sent") {
		t.Fatalf("%s, %v, %v", at, all, err)
	}
	h.refused(at+"/withdraw", "purpose", "", "purpose", "")
	if back, body := h.sent(at+"/withdraw", "purpose", "offered by mistake"); back != at || !strings.Contains(body, "The offer "+all[0].ID+" was withdrawn.") || strings.Contains(body, at+"/withdraw") {
		t.Errorf("after it was withdrawn: %s", back)
	}
	if left, err := s.Sendings(t.Context(), s.focal); err != nil || len(left) != 0 {
		t.Errorf("%d are still sent, %v", len(left), err)
	}
	stranger := hand{t, s, s.browser("P-5")}
	if status, _, body := stranger.get("/handovers/new"); status == 200 && strings.Contains(body, `action="/handovers/new"`) {
		t.Error("the form is shown to who may not offer")
	}
	if status, _, _ := stranger.post("/handovers/new", form("send", "items", file)...); status == 200 {
		t.Error("somebody who may not offer has offered")
	}
}
