package heed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// TestCodingIsForThoseWhoMaySeeTheItem: who codes does not review it, a reviewer
// does not code, and what was coded is shown and counted for nobody who is not
// told what the item says.
func TestCodingIsForThoseWhoMaySeeTheItem(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	w.add("reviewer", "", "reviewer")
	in := coding.Input{Terms: []coding.Term{{Field: "act", Code: "killing"}}, Content: coding.Content{Persons: []coding.Person{{Name: canary}}}}
	for _, role := range []string{"reviewer", "analyst", "stranger"} {
		if _, err := w.CodeEvidence(ctx, w.as(role), "E-1.1", in); fault.KindOf(err) != map[bool]fault.Kind{true: fault.KindNotFound, false: fault.KindDenied}[role == "stranger"] {
			t.Errorf("the %s codes: %v", role, err)
		}
	}
	_, err := w.CodeEvidence(ctx, w.as("custodian"), "E-1.1", in)
	w.must(err)
	if _, err := w.ReviewCoding(ctx, w.as("custodian"), "E-1.1", coding.Accepted, ""); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("whoever coded reviews: %v", err)
	}
	if _, err := w.ReviewCoding(ctx, w.as("analyst"), "E-1.1", coding.Accepted, ""); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("an analyst reviews: %v", err)
	}
	_, err = w.ReviewCoding(ctx, w.as("reviewer"), "E-1.1", coding.Returned, "which of the two? "+canary)
	w.must(err)
	x, err := w.Item(ctx, w.as("analyst"), "E-1.1")
	if err != nil || x.Coding == nil || x.Coding.State != coding.Returned || x.Coding.Persons[0].Name != canary || x.Coding.Terms[0].Label != "Killing" {
		t.Fatalf("%+v, %v", x.Coding, err)
	}
	lib, err := w.Library(ctx, w.as("analyst"), heed.EvidenceFilter{Code: "act=killing"}, 0)
	if err != nil || lib.Total != 1 || lib.Facets["code"]["act=killing"] != 1 {
		t.Errorf("%d, %v, %v", lib.Total, lib.Facets["code"], err)
	}
	if lib, err = w.Library(ctx, w.as("analyst"), heed.EvidenceFilter{Code: "act=torture"}, 0); err != nil || lib.Total != 0 {
		t.Errorf("%d, %v", lib.Total, err)
	}
	// once it is withheld, even those who keep it are not told what it shows
	w.permit("E-1.1", func(p *consent.Permission) { p.Withdrawals = []consent.Withdrawal{{At: p.Given}} })
	if x, err = w.Item(ctx, w.as("custodian"), "E-1.1"); err != nil || x.Coding != nil || strings.Contains(fmt.Sprintf("%+v", x), "which of the two") {
		t.Errorf("withheld, and yet %+v, %v", x, err)
	}
	if lib, err = w.Library(ctx, w.as("custodian"), heed.EvidenceFilter{}, 0); err != nil || len(lib.Facets["code"]) != 0 {
		t.Errorf("counted: %v, %v", lib.Facets["code"], err)
	}
	if lib, err = w.Library(ctx, w.as("custodian"), heed.EvidenceFilter{Code: "act=killing"}, 0); err != nil || lib.Total != 0 {
		t.Errorf("found by its code: %d, %v", lib.Total, err)
	}
	if _, err := w.CodeEvidence(ctx, w.as("custodian"), "E-1.1", in); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("coded what may not be read: %v", err)
	}
	// the office's own words
	if _, err := w.AdoptVocabulary(ctx, w.as("analyst"), []byte("field,code,label\na,b,c\n")); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("an analyst adopts: %v", err)
	}
	v, err := w.AdoptVocabulary(ctx, w.as("custodian"), []byte("field,code,label\na,b,c\n"))
	if err != nil || v.Entry == 0 || len(v.Terms) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}
