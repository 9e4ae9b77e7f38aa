package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestCopiesThroughForms: the item's page offers copies, and what is written wrongly is
// said beside its field.
func TestCopiesThroughForms(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	if status, _, _ := h.files("/evidence/new", map[string]string{"authority": "order", "marking": "AMBER"}, map[string]string{"note.txt": "Amina saw it."}); status != http.StatusOK {
		t.Fatal(status)
	}
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	id := items[0].ID
	if status, _, body := h.get("/evidence/" + id); status != http.StatusOK || !strings.Contains(body, `action="/evidence/`+id+`/redact"`) || !strings.Contains(body, `action="/evidence/`+id+`/text"`) {
		t.Errorf("copies are not offered: %d", status)
	}
	for name, c := range map[string]struct {
		form []string
		want string
	}{
		"no purpose":   {[]string{"redact_words", "Amina"}, "f-copy_purpose"},
		"no box":       {[]string{"copy_purpose", "to publish", "redact_boxes", "1,2,3"}, "f-redact_boxes"},
		"no page":      {[]string{"copy_purpose", "to publish", "redact_words", "x", "seen", "all"}, "f-seen"},
		"no number":    {[]string{"copy_purpose", "to publish", "redact_words", "x", "dpi", "fine"}, "f-dpi"},
		"text of what": {[]string{"text_purpose", ""}, "f-text_purpose"},
	} {
		path := "/evidence/" + id + "/redact"
		if name == "text of what" {
			path = "/evidence/" + id + "/text"
		}
		if status, _, body := h.post(path, c.form...); status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+c.want+`"`) {
			t.Errorf("%s: %d", name, status)
		}
	}
	after, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil || len(after) != len(items) {
		t.Errorf("%d items became %d: %v", len(items), len(after), err)
	}
}
