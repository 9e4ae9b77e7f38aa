package api_test

import "testing"

// TestNearOverHTTP: groups of a collection, and what is like an item, are told of those
// items that may be opened, and of no others.
func TestNearOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.as("ana", "POST", "/evidence?name=a.txt&authority=x&marking=AMBER&link=collection:well", 201, "hello\n", nil)
	w.as("ana", "POST", "/evidence?name=b.txt&authority=x&marking=AMBER&link=collection:well", 201, "hello\n", nil)
	w.as("ana", "POST", "/evidence?name=c.txt&authority=x&marking=RED&link=collection:well", 201, "hello\n", nil)
	type item struct {
		ID   string
		Same bool `json:"same_bytes"`
	}
	var groups struct {
		Collection string
		Compared   int
		Groups     [][]item
		More       bool
	}
	w.as("ana", "GET", "/evidence/near?collection=well", 200, "", &groups)
	if groups.Compared != 3 || len(groups.Groups) != 1 || len(groups.Groups[0]) != 3 || !groups.Groups[0][0].Same || groups.More {
		t.Errorf("%+v", groups)
	}
	w.as("analyst", "GET", "/evidence/near?collection=well", 200, "", &groups)
	if groups.Compared != 2 || len(groups.Groups) != 1 || len(groups.Groups[0]) != 2 {
		t.Errorf("the analyst is told %+v", groups)
	}
	w.as("ana", "GET", "/evidence/near", 422, "", nil)
	var like struct {
		Near    []item
		MayOpen bool `json:"may_open"`
	}
	w.as("analyst", "GET", "/evidence/E-1.1/near", 200, "", &like)
	if !like.MayOpen || len(like.Near) != 1 || like.Near[0].ID != "E-2.1" || !like.Near[0].Same {
		t.Errorf("%+v", like)
	}
	w.as("analyst", "GET", "/evidence/E-3.1/near", 404, "", nil)
	w.as("stranger", "GET", "/evidence/E-1.1/near", 404, "", nil)
}
