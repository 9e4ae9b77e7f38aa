package web

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// A hand fills in forms as somebody without scripts does.
type hand struct {
	t *testing.T
	s *stage
	c *http.Client
}

func (h hand) post(path string, pairs ...string) (status int, at, body string) {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	res, err := h.c.PostForm(h.s.URL+path, form)
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

var tag = regexp.MustCompile(`(?s)<[^>]*>`)

// sent posts a form that must succeed and says on which page one lands.
func (h hand) sent(path string, pairs ...string) (at, body string) {
	h.t.Helper()
	status, at, body := h.post(path, pairs...)
	if status != http.StatusOK {
		text := strings.Join(strings.Fields(tag.ReplaceAllString(body, " ")), " ")
		h.t.Fatalf("%s: status %d: %.900s", path, status, text)
	}
	return at, body
}

// refused posts a form that must be shown again with a fault in a field and
// everything that was entered.
func (h hand) refused(path, field, kept string, pairs ...string) {
	h.t.Helper()
	status, _, body := h.post(path, pairs...)
	if status != http.StatusUnprocessableEntity {
		h.t.Errorf("%s: status %d", path, status)
	}
	if !strings.Contains(body, `href="#f-`+field+`"`) || !strings.Contains(body, `id="f-`+field+`"`) {
		h.t.Errorf("%s: the summary does not lead to the field %s", path, field)
	}
	if kept != "" && !strings.Contains(body, kept) {
		h.t.Errorf("%s: %q was lost", path, kept)
	}
}

// TestTheWorkWithoutScripts does the work of an office through its forms: a
// situation, a report and its fate, an assessment, a warning, duties, a decision.
func TestTheWorkWithoutScripts(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	focal := hand{t, s, s.browser(s.focal.Person)}
	today := present.Format(time.DateOnly)

	focal.refused("/situations/new", "name", "Wethri", "populations", "Wethri\nRoad workers", "country", "XAB", "marking", "AMBER", "state", "watched")
	at, body := focal.sent("/situations/new", "name", "Salt road", "populations", "Wethri\nRoad workers", "country", "XAB", "marking", "AMBER", "state", "watched", "analyst", s.focal.Person)
	situation := strings.TrimPrefix(at, "/situations/")
	if !strings.Contains(body, "Road workers") || !strings.Contains(body, "✓ "+situation) {
		t.Errorf("%s does not show what was entered", at)
	}
	focal.sent(at+"/populations", "popname", "Salt carriers")
	focal.refused(at+"/name", "name", "the pans", "name", "", "area", "the pans")
	if _, body = focal.sent(at+"/name", "name", "The salt road", "area", "the pans"); !strings.Contains(body, "The salt road") || !strings.Contains(body, "the pans") {
		t.Error("the new name is not shown")
	}
	focal.refused(at+"/analyst", "analyst", "", "analyst", "P-99999")
	for _, person := range []string{"P-3", s.focal.Person} {
		focal.sent(at+"/analyst", "analyst", person)
	}
	if _, body = focal.sent(at+"/members", "person", "P-5"); !strings.Contains(body, `name="leaves"`) {
		t.Error("the new member cannot be sent off")
	}
	if _, body = focal.sent(at+"/members/remove", "leaves", "P-5"); strings.Contains(body, `name="leaves"`) {
		t.Error("the member is there still")
	}
	focal.sent(at+"/state", "state", "active", "reason", "raids")

	focal.refused("/reports/new", "text", "Mirr bridge", "source_type", "civil-society", "occurred", today, "country", "XAB", "place", "Mirr bridge")
	_, body = focal.sent("/reports/new", "source_type", "civil-society", "occurred", today, "country", "XAB", "place", "Mirr bridge", "text", "Riders with lists came at dawn.",
		"situation", situation, "what", "killing", "what", "displacement", "killed", "3", "known_by", "seen", "contact", "by boat only", "marking", "AMBER")
	report := regexp.MustCompile(`/reports/(R-\d+)`).FindStringSubmatch(body)[1]
	receipt := regexp.MustCompile(`class="big"[^>]*>([^<]+)<`).FindStringSubmatch(body)[1]
	focal.sent("/reports/"+report+"/assess", "reliability", "B", "credibility", "2", "situation", situation, "why", "seen by three")

	anybody := hand{t, s, s.browser("")}
	if _, body = anybody.sent("/fate", "receipt", receipt); !strings.Contains(body, "Assessed") || strings.Contains(body, "Riders") {
		t.Error("the fate of the report is not what anybody may know")
	}
	anybody.refused("/fate", "receipt", "", "receipt", "no such thing")
	// What everybody may get wrong is said in the language of the page, and what else is wrong under the name of its own.
	anybody.refused("/tell", "place", "They are here.", "source_type", "anonymous", "occurred", today, "text", "They are here.")
	for _, c := range [][2]string{{"lang=ar", "اذكر المكان أو اختر بلداً"}, {"lang=zh", "请写明地点"}} {
		r, _ := http.NewRequest("POST", s.URL+"/tell", strings.NewReader(url.Values{"source_type": {"anonymous"}, "occurred": {today}, "text": {"They are here."}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", c[0])
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(said), c[1]) || !strings.Contains(string(said), "They are here.") {
			t.Errorf("%s: %d", c[0], answer.StatusCode)
		}
	}
	if _, body = anybody.sent("/tell", "source_type", "anonymous", "occurred", today, "country", "XAB", "place", "Mirr", "text", "They are coming back."); strings.Contains(body, "They are coming") {
		t.Error("what was told is shown again")
	}
	code := regexp.MustCompile(`class="big"[^>]*>([^<]+)<`)
	_, _, form := get(t, anybody.c, s.URL+"/tell")
	once := regexp.MustCompile(`name="once" value="([^"]+)"`).FindStringSubmatch(form)
	if once == nil {
		t.Fatal("the form does not say which form it is")
	}
	sent := func(words string) string {
		_, body := anybody.sent("/tell", "once", once[1], "source_type", "anonymous", "occurred", today, "country", "XAB", "place", "Mirr", "text", words)
		return code.FindStringSubmatch(body)[1]
	}
	if first, again, other := sent("Sent by an impatient hand."), sent("Sent by an impatient hand."), sent("And then changed."); first != again || first == other {
		t.Errorf("a form sent twice: %s, %s; changed: %s", first, again, other)
	}

	_, body = focal.sent("/reports/new", "source_type", "media", "occurred", today, "country", "XAB", "place", "Mirr bridge", "text", "Riders, it is said.", "situation", situation, "marking", "AMBER")
	second := regexp.MustCompile(`/reports/(R-\d+)`).FindStringSubmatch(body)[1]
	focal.refused("/reports/"+second+"/same", "first", "one dawn", "first", "R-999999", "join_why", "one dawn")
	focal.refused("/reports/"+second+"/same", "join_why", report, "first", report)
	if _, body = focal.sent("/reports/"+second+"/same", "first", report, "join_why", "one dawn"); !strings.Contains(body, "one dawn") {
		t.Error("why two reports are one is not on the page")
	}
	if _, _, body = get(t, focal.c, s.URL+"/reports/"+report+"/same.csv"); !strings.Contains(body, second) {
		t.Errorf("who told the same: %s", body)
	}
	focal.refused("/reports/"+second+"/part", "join_why", "")
	focal.sent("/reports/"+second+"/part", "join_why", "two dawns")

	pop := regexp.MustCompile(`<option value="([^"]+)"[^>]*>Wethri<`)
	_, _, body = get(t, focal.c, s.URL+"/assessments/new?situation="+situation)
	at, _ = focal.sent("/assessments/new", "situation", situation, "population", pop.FindStringSubmatch(body)[1], "m-1.1", "present", "s-1.1", report+", market talk", "summary", "Worse", "marking", "AMBER")
	if status, _, _ := focal.post(at+"/review", "accept", "1"); status == http.StatusOK {
		t.Error("the author reviewed their own assessment")
	}

	_, _, body = get(t, focal.c, s.URL+"/warnings/new?situation="+situation)
	who := regexp.MustCompile(`name="to" value="(P-\d+)"`).FindAllStringSubmatch(body, 3)
	protocol := regexp.MustCompile(`(?s)name="protocol"[^>]*>.*?<option value="([^"]+)"`).FindStringSubmatch(body)[1]
	focal.refused("/warnings/new", "to", "Raids", "situation", situation, "level", "4", "finding", "Raids", "confidence", "moderate")
	at, body = focal.sent("/warnings/new", "situation", situation, "level", "4", "finding", "Raids within days", "confidence", "moderate", "protocol", protocol, "marking", "AMBER",
		"sources", "report:"+report, "to", who[1][1], "to", s.focal.Person, "expires", present.AddDate(0, 1, 0).Format(time.DateOnly))
	warning := strings.TrimPrefix(at, "/warnings/")
	if !strings.Contains(body, "Raids within days") {
		t.Error("the warning lacks its finding")
	}
	focal.sent(at+"/acknowledge", "ack_note", "seen")

	duties, _, err := s.Duties(t.Context(), s.focal, heed.DutyFilter{Warning: warning, Owner: s.focal.Person})
	if err != nil || len(duties) < 2 {
		t.Fatalf("%d duties of the focal point: %v", len(duties), err)
	}
	focal.refused("/duties/"+duties[0].ID+"/do", "what", "", "what", " ")
	done := 0
	for _, d := range duties {
		x, err := s.Duty(t.Context(), s.focal, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if x.MayAnswer && x.GateState != "open" && done < 2 {
			focal.sent("/duties/"+d.ID+"/acknowledge", "note", "on it")
			focal.sent("/duties/"+d.ID+"/do", "what", "Told the director in person")
			done++
		}
	}
	if done == 0 {
		t.Error("no duty could be done")
	}

	focal.refused("/decisions/new", "choice", "Observers", "warning", warning, "option_1", "Observers", "option_2", "Nothing", "reason", "x")
	at, body = focal.sent("/decisions/new", "warning", warning, "known", "What the finding says", "option_1", "Observers", "for_1", "quick", "option_2", "Nothing", "choice", "Observers",
		"reason", "Within days", "no_community", "No line to them", "marking", "AMBER")
	if !strings.Contains(body, "No line to them") {
		t.Errorf("%s lacks why the communities were not asked", at)
	}
	focal.sent(at+"/dissent", "text", "Too late")
	res, err := focal.c.PostForm(s.URL+"/knew/"+warning+"/pack", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/zip" {
		t.Errorf("the pack: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if code, h, _ := get(t, focal.c, s.URL+"/warnings/"+warning+".cap"); code != 200 || !strings.Contains(h.Get("Content-Type"), "cap+xml") {
		t.Errorf("the CAP file: %d %s", code, h.Get("Content-Type"))
	}
}

// TestTheOfficeWithoutScripts enters somebody, gives a role, and uses one's own
// settings.
func TestTheOfficeWithoutScripts(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	focal := hand{t, s, s.browser(s.focal.Person)}
	focal.refused("/people", "name", "new@ilmarra.example", "email", "new@ilmarra.example", "agency", "AG-1")
	_, body := focal.sent("/people", "name", "Orla Vensk", "email", "orla@pelloway.example", "agency", "AG-1", "role", "analyst", "lang", "fr")
	link := regexp.MustCompile(`http://localhost[^<\s]+`).FindString(body)
	if link == "" {
		t.Fatal("no link was shown")
	}
	orla := hand{t, s, s.browser("")}
	if _, _, page := get(t, orla.c, link); !strings.Contains(page, `action="/sign-in/link"`) {
		t.Error("the link does not lead to where it is used")
	}
	if at, _ := orla.sent("/sign-in/link", "code", code(link)); at != "/" {
		t.Errorf("one lands on %s", at)
	}
	if status, _, _ := orla.post("/sign-in/link", "code", code(link)); status != http.StatusForbidden {
		t.Errorf("a link works twice: %d", status)
	}
	id := regexp.MustCompile(`href="/people/(P-\d+)"[^>]*><bdi[^>]*>Orla Vensk`).FindStringSubmatch(body)[1]
	focal.sent("/people/"+id+"/roles", "role", "duty-officer")
	focal.sent("/people/"+id+"/roles/end", "role", "duty-officer")

	if _, body = orla.sent("/settings/tokens", "label", "nightly", "scope", "read", "until", present.AddDate(0, 1, 0).Format(time.DateOnly)); !strings.Contains(body, "nightly") {
		t.Error("the token is not listed")
	}
	_, body = orla.sent("/settings/feeds")
	for _, m := range regexp.MustCompile(`href="(http://localhost[^"]+/(?:feeds|calendars)/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if code, _, feed := get(t, s.browser(""), m[1]); code != 200 || !strings.Contains(feed, "<feed") && !strings.Contains(feed, "BEGIN:VCALENDAR") {
			t.Errorf("%s: %d %.100s", m[1], code, feed)
		}
	}
	orla.sent("/settings/language", "lang", "ar")
	if _, _, page := get(t, orla.c, s.URL+"/"); !strings.Contains(page, `dir="rtl"`) {
		t.Error("the language was not kept")
	}
	if at, _ := orla.sent("/sign-out"); at != "/sign-in" {
		t.Errorf("after signing out one is on %s", at)
	}
}
