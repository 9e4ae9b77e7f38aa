package web

import (
	"bytes"
	"github.com/heed-project/heed/internal/testkit"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// file sends a file through a form, as somebody without scripts does.
func (h hand) file(path, kind, name, content string) (status int, body string) {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("kind", kind)
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		h.t.Fatal(err)
	}
	io.WriteString(f, content)
	w.Close()
	res, err := h.c.Post(h.s.URL+path, w.FormDataContentType(), &b)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// TestKeepingTheNodeWithoutScripts takes in a file, checks and adopts a protocol,
// answers a witness and erases, each as far as the reader may.
func TestKeepingTheNodeWithoutScripts(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	if err := s.alarm(t.Context()); err != nil {
		t.Fatal(err)
	}
	focal := hand{t, s, s.browser(s.focal.Person)}
	rows := "source_type,date,country,place,text\ncivil-society,2026-03-01,XAB,Mirr,Riders came.\nmedia,yesterday,XAB,Mirr,A rumour.\n"
	status, body := focal.file("/import", "reports", "march.csv", rows)
	if status != http.StatusOK || !strings.Contains(body, "yesterday") || !strings.Contains(body, `id="receipts-h"`) && !regexp.MustCompile(`/reports/R-\d+`).MatchString(body) {
		t.Errorf("status %d: the good row or the bad one is not told of: %.2000s", status, tag.ReplaceAllString(body, " "))
	}
	if status, body = focal.file("/import", "reports", "", ""); status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#f-file"`) {
		t.Errorf("no file: status %d", status)
	}
	if status, _ = (hand{t, s, s.browser("")}).file("/import", "reports", "a.csv", rows); status == http.StatusOK {
		t.Error("somebody who is not signed in took in a file")
	}

	if _, body = focal.sent("/protocols/new", "protocol", "levels: 4", "do", "check"); !strings.Contains(body, "st-late") {
		t.Error("a broken protocol is not said to be")
	}
	_, _, body = get(t, focal.c, s.URL+"/protocols")
	id := regexp.MustCompile(`href="/protocols/([a-z][a-z-]+)"`).FindAllStringSubmatch(body, -1)
	_, _, yaml := get(t, focal.c, s.URL+"/protocols/"+id[len(id)-1][1]+".yaml")
	if _, body = focal.sent("/protocols/new", "protocol", yaml, "do", "check"); strings.Contains(body, "st-late") {
		t.Error("a protocol that is in force is said to be broken")
	}
	if status, _, _ = focal.post("/erase", "subject", "R-1", "authority", "order 7", "sure", "yes"); status != http.StatusForbidden {
		t.Errorf("the focal point erased: status %d", status)
	}
	focal.refused("/settings/witnesses/answer", "reason", "", "witness", "north-witness.example")
}

// TestTheCustodianErases through the form, which wants it said that there is no
// way back.
func TestTheCustodianErases(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	people, err := s.People(t.Context(), s.focal)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		for _, r := range p.Roles {
			if r.Name != "custodian" {
				continue
			}
			custodian := hand{t, s, s.browser(p.ID)}
			custodian.refused("/erase", "sure", "order 7", "subject", "R-1", "authority", "order 7 of the court")
			custodian.refused("/erase", "subject", "order 7", "subject", "R-99999", "authority", "order 7 of the court", "sure", "yes")
			if _, body := custodian.sent("/erase", "subject", "R-1", "authority", "order 7 of the court", "sure", "yes"); !strings.Contains(body, "R-1 was erased") {
				t.Error("the page does not say what was erased")
			}
			return
		}
	}
	t.Fatal("nobody in the exercise is custodian")
}
