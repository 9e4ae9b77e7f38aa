package heed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// TestACaseShowsNoItemMoreThanTheItemDoes: an item that one may not see is in
// no case, no count, no answer and no link that one sees; and a case that one
// may not see is in no item, no facet and no custody.
func TestACaseShowsNoItemMoreThanTheItemDoes(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	w.fillCase()
	for _, role := range []string{"custodian", "analyst"} {
		x, err := w.Case(ctx, w.as(role), "CS-1")
		if err != nil || x.Items != 1 || len(x.Material) != 1 || len(x.Requests[0].Withheld) != 1 {
			t.Fatalf("before, the %s: %d items, %v", role, x.Items, err)
		}
	}
	// what those who gave it did not permit an analyst does not see
	w.permit("E-1.1", func(p *consent.Permission) { p.For = []consent.Purpose{consent.Trial} })
	all, err := w.Cases(ctx, w.as("analyst"), heed.CaseFilter{})
	if err != nil || len(all.Cases) != 1 || all.Cases[0].Items != 0 {
		t.Errorf("the list counts it: %+v, %v", all.Cases, err)
	}
	x, err := w.Case(ctx, w.as("analyst"), "CS-1")
	if err != nil || strings.Contains(fmt.Sprintf("%+v", x), "E-1.1") {
		t.Errorf("the case names it: %+v, %v", x, err)
	}
	// who may not read cases learns of none
	for _, role := range []string{"stranger", "minister"} {
		if all, err := w.Cases(ctx, w.as(role), heed.CaseFilter{}); err != nil || len(all.Cases)+len(all.Waiting)+len(all.Took)+len(all.Facets["state"]) != 0 {
			t.Errorf("%s: %+v, %v", role, all, err)
		}
		if _, err := w.Case(ctx, w.as(role), "CS-1"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("%s: %v", role, err)
		}
		if _, err := w.AnswerRequest(ctx, w.as(role), "RQ-1", heed.AnswerInput{Refuse: true, Text: "no"}); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("%s answers: %v", role, err)
		}
	}
	// a case of the eyes of one alone is in no item
	in := heed.CaseInput{In: "XAA", Marking: "RED"}
	in.Name, in.Authority = "closed circle", "Court"
	red, err := w.OpenCase(ctx, w.as("administrator"), in) // who is the focal point too
	w.must(err)
	w.must(w.LinkEvidence(ctx, w.as("administrator"), []string{"E-1.1"}, evidence.Link{Kind: "case", To: red}))
	i, err := w.Item(ctx, w.as("custodian"), "E-1.1")
	if err != nil || strings.Contains(fmt.Sprintf("%+v", i), red) {
		t.Errorf("the item names it: %+v, %v", i, err)
	}
	lib, err := w.Library(ctx, w.as("custodian"), heed.EvidenceFilter{}, 0)
	if err != nil || lib.Facets["case"][red] != 0 || lib.Facets["case"]["CS-1"] != 1 {
		t.Errorf("the library counts it: %+v, %v", lib.Facets["case"], err)
	}
	lib, err = w.Library(ctx, w.as("administrator"), heed.EvidenceFilter{}, 0)
	if err != nil || lib.Facets["case"][red] != 1 {
		t.Errorf("its own: %+v, %v", lib.Facets["case"], err)
	}
}
