package api_test

import (
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
)

// TestEvidenceOverHTTP takes a file in, opens it for a purpose, and is held to
// what those who gave it permitted, with nothing but tokens.
func TestEvidenceOverHTTP(t *testing.T) {
	w := newWorld(t)
	var item struct {
		ID, SHA256 string
		Entry      int64
	}
	w.as("ana", "POST", "/evidence?name=a.txt&authority=order+7&marking=AMBER&link=case:C-1", 201, "hello\n", &item)
	if item.ID != "E-1.1" || item.SHA256 != "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" || item.Entry == 0 {
		t.Fatalf("%+v", item)
	}
	w.as("ana", "POST", "/evidence?name=a.txt", 422, "hello", nil)
	w.as("ana", "POST", "/evidence?name=a.txt&authority=x&link=nothing", 422, "hello", nil)
	open := func(who, body string) (int, string) {
		got := w.ask(w.tokens[who], "POST", "/api/v1/evidence/E-1.1/open", body)
		return got.Code, got.Body.String()
	}
	if code, body := open("ana", `{"purpose":""}`); code != 422 || strings.Contains(body, "hello") {
		t.Errorf("opened for no purpose: %d %s", code, body)
	}
	if code, body := open("ana", `{"purpose":"to read it"}`); code != 200 || body != "hello\n" {
		t.Errorf("%d %q", code, body)
	}
	if code, body := open("stranger", `{"purpose":"curious"}`); code != 404 && code != 403 || strings.Contains(body, "hello") {
		t.Errorf("a stranger: %d %s", code, body)
	}

	// permitted for a trial in one state, where no death sentence is possible
	p := consent.Permission{ID: "CON-1", For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{"NLD"}, NoDeath: true, Onward: consent.NotOnward}
	w.must(w.PermitEvidence(t.Context(), w.who("ana"), []string{"E-1.1"}, p))
	for body, want := range map[string]int{
		`{"purpose":"p"}`: 200, // by whoever keeps the store, to keep it
		`{"purpose":"p","use":{"for":"trial","party":"Court","classes":["court"],"in":"NLD","death":"excluded"}}`: 200,
		`{"purpose":"p","use":{"for":"trial","party":"Court","in":"NLD","death":"possible"}}`:                     403,
		`{"purpose":"p","use":{"for":"trial","party":"Court","in":"NLD"}}`:                                        403,
		`{"purpose":"p","use":{"for":"trial","party":"Court","in":"USA","death":"excluded"}}`:                     403,
		`{"purpose":"p","use":{"for":"publication","party":"Court","in":"NLD","death":"excluded"}}`:               403,
		`{"purpose":"p","use":{"for":"whatever"}}`:                                                                422,
	} {
		if code, answer := open("ana", body); code != want || code != 200 && strings.Contains(answer, "hello") {
			t.Errorf("%s: %d %.200s, want %d", body, code, answer, want)
		}
	}
	if code, _ := open("analyst", `{"purpose":"p"}`); code == 200 {
		t.Error("read here, which was not permitted")
	}

	w.as("ana", "POST", "/evidence/holds", 204, `{"items":["E-1.1"],"name":"H-1","authority":"order","reason":"trial"}`, nil)
	w.as("ana", "POST", "/evidence/holds", 404, `{"items":["E-1.1","E-9.9"],"name":"H-2","authority":"order","reason":"trial"}`, nil)
	w.as("ana", "POST", "/evidence/E-1.1/release", 403, `{"name":"H-1","reason":"over"}`, nil) // she put it on herself
	w.as("ana", "POST", "/evidence/links", 204, `{"items":["E-1.1"],"kind":"source","to":"X-1"}`, nil)
	var all struct {
		Items []struct {
			ID, Name string
			Holds    int
		}
		Total int
	}
	w.as("ana", "GET", "/evidence?link=case:C-1&held=true", 200, "", &all)
	if all.Total != 1 || len(all.Items) != 1 || all.Items[0].Holds != 1 || all.Items[0].Name != "a.txt" {
		t.Errorf("%+v", all)
	}
	var shown struct {
		Authority  string
		Conditions []string
		Custody    []struct{ Kind, Reason string }
		Links      []struct{ Kind, To string }
	}
	w.as("ana", "GET", "/evidence/E-1.1", 200, "", &shown)
	said := ""
	for _, c := range shown.Custody {
		said += c.Kind + " " + c.Reason + "\n"
	}
	if shown.Authority != "order 7" || len(shown.Conditions) != 1 || len(shown.Links) != 2 || strings.Count(said, "evidence.opened") != 3 || !strings.Contains(said, "to read it") {
		t.Errorf("%+v", shown)
	}
	w.as("stranger", "GET", "/evidence/E-1.1", 404, "", nil)
}
