package page

import (
	"testing"

	"github.com/jba/templatecheck"

	"github.com/heed-project/heed/internal/heed"
)

// TestMandateTemplates holds the pages about mandates to their structs.
func TestMandateTemplates(t *testing.T) {
	s, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]any{"custody-list": CustodyList{}, "mandate": MandatePage{}, "readiness": ReadinessPage{}, "handover": HandoverPage{}, "arrival": ArrivalPage{}, "offer": OfferPage{Peers: true, Preview: &heed.HandoverPreview{Unseen: 2}}} {
		tm := s.Lookup("en", name)
		if tm == nil {
			t.Errorf("no template %q", name)
			continue
		}
		if err := templatecheck.CheckHTML(tm, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
