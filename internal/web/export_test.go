package web

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// TestAnExportThroughAForm: what goes out is whole, its openings stand before it,
// nothing in it is a formula, and of what the reader may not see there is a
// number and no more.
func TestAnExportThroughAForm(t *testing.T) {
	s := play(t)
	take := func(name, marking, text string) string {
		t.Helper()
		out, err := s.AddEvidence(t.Context(), s.focal, heed.EvidenceInput{Authority: "@order", Marking: marking},
			[]evidence.Source{{Name: name, Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}, nil)
		if err != nil || len(out.Items) != 1 {
			t.Fatal(out.Refused, err)
		}
		return out.Items[0].ID
	}
	item, secret := take("=1+cmd|' /C calc'!A0", "AMBER", "the bytes"), take("closed circle", "RED", "the closed words")
	people, err := s.People(t.Context(), s.focal)
	if err != nil {
		t.Fatal(err)
	}
	analyst := ""
	for _, p := range people {
		for _, role := range p.Roles {
			if role.Name == "analyst" && p.ID != s.focal.Person {
				analyst = p.ID
			}
		}
	}
	p := consent.Permission{ID: "CON-78", For: []consent.Purpose{consent.Trial, consent.Analysis}, To: []string{"Court of Orvane"}, In: []string{"XAB"}, NoDeath: true, Onward: consent.NotOnward}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{item}, p); err != nil {
		t.Fatal(err)
	}
	h := hand{t, s, s.browser(analyst)}
	if status, _, body := h.get("/evidence/export?item=" + item); status != http.StatusOK || !strings.Contains(body, item) || strings.Contains(body, `value="analysis"`) {
		t.Errorf("the form: %d", status)
	}
	fields := []string{"items", item + "\n" + secret + "\nE-999.1", "purpose", "request 9", "name", "+for the court", "use", "trial", "party", "Court of Orvane", "class", "court", "country", "XAB", "death", "excluded"}
	with := func(pairs ...string) []string {
		out := append([]string{}, fields...)
		for i := 0; i < len(pairs); i += 2 {
			for j := 0; j < len(out); j += 2 {
				if out[j] == pairs[i] {
					out[j+1] = pairs[i+1]
				}
			}
		}
		return out
	}
	for name, bad := range map[string][]string{"no purpose": with("purpose", ""), "no use": with("use", ""), "nobody": with("party", ""), "no item": with("items", ""), "one alone that is not for them": with("items", secret),
		"where a death sentence is possible": with("items", item, "death", "possible"), "not for this": with("items", item, "use", "publication"), "no number": with("items", "../etc/passwd")} {
		if status, _, body := h.post("/evidence/export", bad...); status != http.StatusUnprocessableEntity || !strings.Contains(body, "request 9") && name != "no purpose" {
			t.Errorf("%s: %d", name, status)
		}
	}
	before := opened(t, s, item)
	status, _, body := h.post("/evidence/export", fields...)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if n := opened(t, s, item); n != before+1 {
		t.Errorf("%d openings are on record, %d before", n, before)
	}
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(f.Name + "\n" + string(b) + "\n")
		if strings.HasSuffix(f.Name, "objects.csv") && (!strings.Contains(string(b), "'=1+cmd") || strings.Contains(string(b), ",=1+cmd")) {
			t.Errorf("a formula: %s", b)
		}
		if strings.HasSuffix(f.Name, "withheld.csv") && (strings.Count(string(b), "\n") != 3 || !strings.Contains(string(b), secret+`,"it is not here`)) {
			t.Errorf("withheld: %s", b)
		}
	}
	if text := all.String(); strings.Contains(text, "closed") || !strings.Contains(text, "the bytes") || !strings.Contains(text, "request 9") {
		t.Errorf("%.2000s", text)
	}
}

// opened counts the openings of an item that are on record.
func opened(t *testing.T, s *stage, id string) (n int) {
	t.Helper()
	x, err := s.Item(t.Context(), s.focal, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range x.Custody {
		if c.Kind == "evidence.opened" {
			n++
		}
	}
	return n
}

// TestAVocabularyThroughForms reads the words, puts others into force, and says
// who did.
func TestAVocabularyThroughForms(t *testing.T) {
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	status, _, file := h.get("/coding/terms.csv")
	if status != http.StatusOK || !strings.HasPrefix(file, "field,code,label\n") {
		t.Fatalf("%d %.100s", status, file)
	}
	if status, _, body := h.get("/coding"); status != http.StatusOK || !strings.Contains(body, "come with Heed") || !strings.Contains(body, "act,killing,") {
		t.Errorf("%d", status)
	}
	if status, _, body := h.post("/coding", "vocabulary", "field,code\na,b\n"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "line 1") {
		t.Errorf("columns that are missing: %d", status)
	}
	if status, _, body := h.post("/coding", "vocabulary", file+"water,well,A <b>well</b>\n"); status != http.StatusOK || strings.Contains(body, "<b>well") || !strings.Contains(body, "Who put words into force") || strings.Contains(body, "come with Heed") {
		t.Errorf("adopted: %d", status)
	}
	people, err := s.People(t.Context(), s.focal)
	if err != nil {
		t.Fatal(err)
	}
	me := ""
	for _, p := range people {
		if p.ID == s.focal.Person {
			me = p.Name
		}
	}
	if status, _, body := h.get("/coding"); status != http.StatusOK || me == "" || !strings.Contains(body, me) {
		t.Errorf("it does not say that %s did: %d", me, status)
	}
	if status, _, body := h.get("/coding/adopted.csv"); status != http.StatusOK || !strings.Contains(body, s.focal.Person) {
		t.Errorf("%d %s", status, body)
	}
}
