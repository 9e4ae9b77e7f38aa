package web

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// files posts a form with files, as a browser without scripts does.
func (h hand) files(path string, fields map[string]string, names map[string]string) (status int, at, body string) {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		w.WriteField(k, fields[k])
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f, err := w.CreateFormFile("files", name)
		if err != nil {
			h.t.Fatal(err)
		}
		io.WriteString(f, names[name])
	}
	w.Close()
	res, err := h.c.Post(h.s.URL+path, w.FormDataContentType(), &b)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Request.URL.Path, string(text)
}

// patch sends a part of an upload.
func (h hand) patch(path string, offset int, part string) (status int, said map[string]any) {
	h.t.Helper()
	req, _ := http.NewRequestWithContext(h.t.Context(), http.MethodPatch, h.s.URL+path, strings.NewReader(part))
	req.Header.Set("Upload-Offset", strconv.Itoa(offset))
	res, err := h.c.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	json.NewDecoder(res.Body).Decode(&said)
	return res.StatusCode, said
}

// TestEvidenceThroughForms takes files in, in one form and in parts, opens one
// for a purpose, and shows what must not be shown to nobody.
func TestEvidenceThroughForms(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	hostile := `"><img src=x onerror=alert(1)>.html`
	page := `<script>document.title="owned"</script>`

	if status, _, body := h.files("/evidence/new", map[string]string{"authority": ""}, map[string]string{"a.txt": "a"}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "f-authority") {
		t.Errorf("without an authority: %d", status)
	}
	status, at, body := h.files("/evidence/new", map[string]string{"authority": "provisional", "marking": "RED", "note": `=cmd|' /C calc'!A0`}, map[string]string{hostile: page})
	if status != http.StatusOK || !strings.HasPrefix(at, "/evidence/intakes/IN-") {
		t.Fatalf("%d at %s: %.300s", status, at, tag.ReplaceAllString(body, " "))
	}
	if strings.Contains(body, "<img src=x") {
		t.Error("a file's name runs as a script")
	}
	items, _, err := s.Evidence(t.Context(), s.focal, heed.EvidenceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	id := items[0].ID
	if items[0].Name != hostile || items[0].Marking != "RED" {
		t.Fatalf("%+v", items[0])
	}

	// no purpose, no bytes; with one they are a file to keep, never a page
	if status, _, body := h.post("/evidence/"+id+"/open", "purpose", ""); status != http.StatusUnprocessableEntity || strings.Contains(body, "owned") {
		t.Errorf("opened without a purpose: %d", status)
	}
	res, err := h.c.PostForm(s.URL+"/evidence/"+id+"/open", url.Values{"purpose": {"to test"}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if string(got) != page || res.Header.Get("Content-Type") != "application/octet-stream" || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || strings.Contains(res.Header.Get("Content-Disposition"), "script") {
		t.Errorf("%q, %v", got, res.Header)
	}

	statedUse(t, s, h, id, page)

	// in parts, over a line that breaks
	intake, err := s.BeginEvidence(t.Context(), s.focal, heed.EvidenceInput{Authority: "x", Via: "upload"})
	if err != nil {
		t.Fatal(err)
	}
	res, err = h.c.PostForm(s.URL+"/evidence/intakes/"+intake.ID+"/uploads", url.Values{"name": {"film.mp4"}, "size": {"10"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	up := res.Header.Get("Location")
	if status, said := h.patch(up, 0, "01234"); status != http.StatusOK || said["offset"] != 5.0 {
		t.Fatalf("first part: %d %v", status, said)
	}
	if status, said := h.patch(up, 0, "01234"); status != http.StatusConflict || said["offset"] != 5.0 {
		t.Errorf("a part sent twice: %d %v", status, said)
	}
	if _, _, body := h.get("/evidence/intakes/" + intake.ID); !strings.Contains(body, "film.mp4") || !strings.Contains(body, "progress") {
		t.Error("the intake does not say what is still to come")
	}
	status2, said := h.patch(up, 5, "56789")
	if status2 != http.StatusOK || said["item"] == "" {
		t.Fatalf("last part: %d %v", status2, said)
	}
	if _, at, _ := h.post("/evidence/intakes/" + intake.ID + "/end"); at != "/evidence/intakes/"+intake.ID {
		t.Errorf("ended at %s", at)
	}

	strangers(t, s, id, intake.ID, up)
}

// statedUse opens an item for uses that its giver permitted, and for others.
func statedUse(t *testing.T, s *stage, h hand, id, text string) {
	t.Helper()
	p := consent.Permission{ID: "CON-7", For: []consent.Purpose{consent.Keep, consent.Trial}, To: []string{consent.Any}, In: []string{"NLD"}, NoDeath: true, Onward: consent.NotOnward}
	if err := s.PermitEvidence(t.Context(), s.focal, []string{id}, p); err != nil {
		t.Fatal(err)
	}
	open := "/evidence/" + id + "/open"
	if status, _, body := h.post(open, "purpose", "trial 7", "use", "trial", "party", "Court", "class", "court", "country", "NLD", "death", "excluded"); status != http.StatusOK || body != text {
		t.Errorf("a use that is permitted: %d %.300s", status, tag.ReplaceAllString(body, " "))
	}
	for _, fields := range [][]string{
		{"use", "trial", "party", "Court", "country", "NLD", "death", "possible"}, {"use", "publication", "party", "Press", "country", "NLD"},
		{"party", "Court", "country", "NLD"}, {"use", "nonsense", "party", "Court", "country", "NLD", "death", "excluded"},
	} {
		status, _, body := h.post(open, append([]string{"purpose", "trial 8"}, fields...)...)
		if status != http.StatusUnprocessableEntity || strings.Contains(body, "owned") || !strings.Contains(body, "f-use") || !strings.Contains(body, "trial 8") {
			t.Errorf("%v: %d %.300s", fields, status, tag.ReplaceAllString(body, " "))
		}
	}
}

// strangers: whoever may not read an item sees nothing of it anywhere.
func strangers(t *testing.T, s *stage, id, intake, up string) {
	p, err := s.AddPerson(t.Context(), s.focal, heed.PersonInput{Name: "Nils Fremd"})
	if err != nil {
		t.Fatal(err)
	}
	h := hand{t, s, s.browser(p)}
	for _, path := range []string{"/evidence/" + id, "/evidence/intakes/" + intake, up} {
		if status, _, body := h.get(path); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
	}
	for _, path := range []string{"/evidence", "/evidence.csv", "/evidence?q=script", "/search?q=film.mp4"} {
		if _, _, body := h.get(path); strings.Contains(body, id) || strings.Contains(body, "alert(1)") {
			t.Errorf("%s tells of %s", path, id)
		}
	}
	if status, _, body := h.post("/evidence/"+id+"/open", "purpose", "curious"); status == http.StatusOK || strings.Contains(body, "owned") {
		t.Errorf("opened by a stranger: %d", status)
	}
	for _, path := range []string{"/evidence/" + id + "/hold", "/evidence/" + id + "/review"} {
		if status, _, _ := h.post(path, "hold", "x", "authority", "x", "reason", "x", "review_state", "reviewed"); status == http.StatusOK {
			t.Errorf("%s: done by a stranger", path)
		}
	}
}

func (h hand) get(path string) (status int, at, body string) {
	h.t.Helper()
	res, err := h.c.Get(h.s.URL + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.Path, string(b)
}

// TestTheWordsOfItems: what is taken in on a page is read behind it, and found by
// its words for a purpose; the form keeps what was entered.
func TestTheWordsOfItems(t *testing.T) {
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	if status, _, body := h.files("/evidence/new", map[string]string{"authority": "provisional", "marking": "AMBER"},
		map[string]string{"letter.txt": "They came <b>over the ferry</b> with lists.", "notice.html": "<title>Curfew \"at dusk\"</title><p>Nobody leaves the quay."}); status != http.StatusOK {
		t.Fatalf("%d: %.300s", status, body)
	}
	h.refused("/evidence/search", "purpose", "ferry", "query", "ferry", "purpose", "")
	h.refused("/evidence/search", "query", "to find the ferry", "query", " ", "purpose", "to find the ferry")
	for query, want := range map[string][]string{
		"lists ferry": {"<mark>lists</mark>", "letter.txt", "&lt;b&gt;"},
		"quay":        {"<mark>quay</mark>", "notice.html"},
		"curfew":      {"notice.html"},
		"harvest":     {"0 items"},
	} {
		body := ""
		for range 600 { // it is read behind the answer
			if _, body = h.sent("/evidence/search", "query", query, "purpose", "to find who had lists"); strings.Contains(body, want[0]) {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %q in %.900s", query, w, tag.ReplaceAllString(body, " "))
			}
		}
	}
}
