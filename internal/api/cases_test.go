package api_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/heed"
)

// TestACaseOverHTTP goes from the opening of a case to a conviction with nothing
// but tokens. The answer is a person's: a program is told what it would be, and
// reads it afterwards.
func TestACaseOverHTTP(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a.txt", "b.txt"} {
		w.as("ana", "POST", "/evidence?name="+name+"&authority=order&marking=AMBER", 201, "hello "+name+canary, nil)
	}
	p := consent.Permission{ID: "CON-1", For: []consent.Purpose{consent.Reparation, consent.Keep, consent.Analysis}, To: []string{consent.Any}, In: []string{"NLD"}, NoDeath: true, Onward: consent.NotOnward}
	w.must(w.PermitEvidence(t.Context(), w.who("ana"), []string{"E-1.1"}, p))
	p.ID, p.NoDeath = "CON-3", false
	w.must(w.PermitEvidence(t.Context(), w.who("ana"), []string{"E-2.1"}, p))
	w.as("ana", "POST", "/cases", 422, `{"name":"The wells","authority":"Court","jurisdiction":"nld"}`, nil)
	w.as("analyst", "POST", "/cases", 403, `{"name":"The wells","authority":"Court","jurisdiction":"NLD"}`, nil)
	var c, rq id
	w.as("ana", "POST", "/cases", 201, `{"name":"The wells `+canary+`","authority":"Court","classes":["court"],"jurisdiction":"NLD","marking":"AMBER"}`, &c)
	w.as("ana", "POST", "/cases/"+c.ID+"/items", 404, `{"items":["E-1.1","E-9.9"]}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/items", 204, `{"items":["E-1.1","E-2.1"]}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/requests", 422, `{"from":"P","asks":"the film","due":"soon"}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/requests", 422, `{"from":"P","asks":"the film","due":"2099-01-01","for":"whim"}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/requests", 201, `{"from":"P. Prosecutor","asks":"the film","due":"2099-01-01","for":"reparation","death":"possible"}`, &rq)
	var weighed struct {
		Outcome  string
		Items    []string
		Withheld []struct{ Item, Why string }
	}
	w.as("ana", "POST", "/requests/"+rq.ID+"/weigh", 200, `{"items":["E-1.1","E-2.1"]}`, &weighed)
	if weighed.Outcome != "partial" || len(weighed.Items) != 1 || weighed.Items[0] != "E-2.1" || !strings.Contains(weighed.Withheld[0].Why, "death sentence") {
		t.Errorf("weighed: %+v", weighed)
	}
	w.as("ana", "POST", "/requests/"+rq.ID+"/weigh", 200, `{"items":["E-1.1"],"death":"excluded"}`, &weighed)
	if weighed.Outcome != "given" {
		t.Errorf("where none is possible: %+v", weighed)
	}
	w.as("stranger", "POST", "/requests/"+rq.ID+"/weigh", 404, `{"items":["E-1.1"]}`, nil)
	if _, err := w.AnswerRequest(t.Context(), w.who("ana"), rq.ID, heed.AnswerInput{Items: []string{"E-1.1", "E-2.1"}, Withhold: true}); err != nil { // the answer needs the person
		t.Fatal(err)
	}
	w.as("ana", "POST", "/requests/"+rq.ID+"/weigh", 409, `{"items":["E-1.1"]}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/outcomes", 422, `{"what":"conviction"}`, nil)
	w.as("ana", "POST", "/cases/"+c.ID+"/outcomes", 201, `{"what":"conviction","source":"judgment 7","date":"2026-03-01"}`, nil)
	var shown struct {
		State, Jurisdiction string
		Items               int
		Material            []struct{ ID string }
		Requests            []struct {
			For, Outcome string
			Items        []string
			Withheld     []struct{ Item, Why string }
			Hours        *int `json:"hours_to_answer"`
		}
		Outcomes []struct{ What, Source string }
	}
	w.as("ana", "GET", "/cases/"+c.ID, 200, "", &shown)
	if shown.State != "conviction" || shown.Jurisdiction != "NLD" || shown.Items != 2 || len(shown.Material) != 2 || len(shown.Requests) != 1 || shown.Requests[0].For != "reparation" ||
		shown.Requests[0].Outcome != "partial" || shown.Requests[0].Hours == nil || len(shown.Requests[0].Withheld) != 1 || shown.Outcomes[0].Source != "judgment 7" {
		t.Errorf("%+v", shown)
	}
	var all struct {
		Cases  []struct{ ID string }
		Facets map[string]map[string]int
	}
	w.as("ana", "GET", "/cases?state=conviction", 200, "", &all)
	if len(all.Cases) != 1 || all.Facets["jurisdiction"]["NLD"] != 1 {
		t.Errorf("%+v", all)
	}
	w.as("ana", "GET", "/cases?overdue=true", 200, "", &all)
	if len(all.Cases) != 0 {
		t.Errorf("late: %+v", all)
	}
	w.as("stranger", "GET", "/cases/"+c.ID, 404, "", nil)
	// an item that one may not see is in no case that one sees
	p.ID, p.For, p.NoDeath = "CON-2", []consent.Purpose{consent.Trial}, true
	w.must(w.PermitEvidence(t.Context(), w.who("ana"), []string{"E-1.1"}, p))
	w.as("analyst", "GET", "/cases/"+c.ID, 200, "", &shown)
	if shown.Items != 1 || len(shown.Requests[0].Withheld) != 0 {
		t.Errorf("the analyst sees %+v", shown)
	}
}

// TestCodingOverHTTP codes an item; another reviews that; an office's own words
// are put into force.
func TestCodingOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.as("ana", "POST", "/evidence?name=a.txt&authority=order&marking=AMBER", 201, "hello", nil)
	w.add("second", "", "custodian")
	w.tokens["second"] = w.token("second", "read", "write")
	w.as("ana", "POST", "/evidence/E-1.1/coding", 422, `{"terms":["act=kiling"]}`, nil)
	w.as("ana", "POST", "/evidence/E-1.1/coding", 422, `{"terms":["killing"]}`, nil)
	var wrote struct{ Entry int64 }
	w.as("ana", "POST", "/evidence/E-1.1/coding", 201, `{"terms":["act=killing"],"events":[{"date":"2026-03","place":"the ford","what":"trucks"}],"persons":[{"name":"X `+canary+`","role":"driver"}],"places":["the ford"]}`, &wrote)
	w.as("ana", "POST", "/evidence/E-1.1/coding/review", 403, `{"state":"accepted"}`, nil)
	w.as("second", "POST", "/evidence/E-1.1/coding/review", 422, `{"state":"returned"}`, nil)
	w.as("second", "POST", "/evidence/E-1.1/coding/review", 201, `{"state":"accepted"}`, nil)
	var shown struct {
		Coding *struct {
			State   string
			Entry   int64
			Terms   []struct{ Field, Code, Label string }
			Events  []struct{ Date, Place, What string }
			Persons []struct{ Name, Role string }
		}
	}
	w.as("ana", "GET", "/evidence/E-1.1", 200, "", &shown)
	if c := shown.Coding; c == nil || c.State != "accepted" || c.Entry != wrote.Entry || c.Terms[0].Label != "Killing" || c.Events[0].What != "trucks" || c.Persons[0].Role != "driver" {
		t.Errorf("%+v", c)
	}
	var words struct {
		Terms   []struct{ Field, Code string }
		Entry   int64
		Adopted []struct {
			Entry int64
			By    heed.Ref
		}
	}
	w.as("analyst", "GET", "/vocabulary", 200, "", &words)
	if len(words.Terms) < 10 || words.Entry != 0 || len(words.Adopted) != 0 {
		t.Errorf("%+v", words)
	}
	w.as("analyst", "POST", "/vocabulary", 403, `{"file":"field,code,label\nwater,well,Un puits\n"}`, nil)
	w.as("ana", "POST", "/vocabulary", 422, `{"file":"field,code\nwater,well\n"}`, nil)
	w.as("ana", "POST", "/vocabulary", 201, `{"file":"field,code,label\nwater,well,Un puits\n"}`, &words)
	if len(words.Terms) != 1 || words.Entry == 0 || len(words.Adopted) != 1 || words.Adopted[0].By.Name != "Ana Lima" {
		t.Errorf("%+v", words)
	}
}

// TestAnExportOverHTTP: who may not see an item gets it listed as withheld and not
// a word of it; that the others were opened is on record; no cell of a table is a
// formula.
func TestAnExportOverHTTP(t *testing.T) {
	w := newWorld(t)
	formula := "%3DHYPERLINK%28%22http%3A%2F%2Fx%22%29.csv"
	w.as("ana", "POST", "/evidence?name="+formula+"&authority=%2Border&marking=AMBER", 201, "hello", nil)
	w.as("ana", "POST", "/evidence?name=secret&authority=order&marking=RED", 201, canary, nil)
	export := func(who, body string, status int) map[string]string {
		t.Helper()
		got := w.ask(w.tokens[who], "POST", "/api/v1/exports", body)
		if got.Code != status {
			t.Fatalf("%s: %d %s", body, got.Code, got.Body)
		}
		if status != 200 {
			return nil
		}
		z, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
		w.must(err)
		files := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			b, err := io.ReadAll(r)
			w.must(err)
			_, name, _ := strings.Cut(f.Name, "/")
			files[name] = string(b)
		}
		return files
	}
	export("analyst", `{"items":["E-1.1"],"purpose":""}`, 422)
	export("analyst", `{"items":["E-1.1","E-1.1"],"purpose":"p"}`, 422)
	export("analyst", `{"items":["=1+1"],"purpose":"p"}`, 422)
	export("analyst", `{"items":["E-2.1"],"purpose":"p"}`, 404)
	export("stranger", `{"items":["E-1.1"],"purpose":"p"}`, 404)
	files := export("analyst", `{"items":["E-1.1","E-2.1","E-9.9"],"purpose":"for the court","title":"=2+2"}`, 200)
	all := ""
	for name, text := range files {
		all += name + text
	}
	if strings.Contains(all, canary) || strings.Contains(all, "secret") || files["data/E-1.1.csv"] != "hello" {
		t.Errorf("%.3000s", all)
	}
	if got := files["metadata/withheld.csv"]; got != "id,why\nE-2.1,\"it is not here, or not for whoever exported this\"\nE-9.9,\"it is not here, or not for whoever exported this\"\n" {
		t.Errorf("withheld: %s", got)
	}
	if got := files["metadata/objects.csv"]; !strings.Contains(got, `"'=HYPERLINK(""http://x"").csv"`) || !strings.Contains(got, "'+order") {
		t.Errorf("a formula: %s", got)
	}
	if !strings.Contains(files["metadata/premis.xml"], "for the court") || !strings.Contains(files["metadata/case.jsonld"], "ProvenanceRecord") || files["manifest-sha512.txt"] == "" || files["metadata/entities.ftm.json"] == "" {
		t.Error("a form is missing")
	}
	x, err := w.Item(t.Context(), w.who("ana"), "E-1.1")
	w.must(err)
	if last := x.Custody[len(x.Custody)-1]; last.Kind != "evidence.opened" || last.By != w.people["analyst"] || last.Reason != "for the court" && !strings.Contains(last.Reason+last.Detail, "for the court") {
		t.Errorf("%+v", last)
	}
	// what is not permitted for the use that is stated is withheld with the reason
	p := consent.Permission{ID: "CON-1", For: []consent.Purpose{consent.Trial, consent.Analysis}, To: []string{consent.Any}, In: []string{"NLD"}, NoDeath: true, Onward: consent.NotOnward}
	w.must(w.PermitEvidence(t.Context(), w.who("ana"), []string{"E-1.1"}, p))
	export("analyst", `{"items":["E-1.1"],"purpose":"p","use":{"for":"trial","party":"Court","classes":["court"],"in":"XAB","death":"excluded"}}`, 403)
	export("analyst", `{"items":["E-1.1"],"purpose":"p","use":{"for":"trial","party":"Court","classes":["court"],"in":"NLD","death":"excluded"}}`, 200)
}
