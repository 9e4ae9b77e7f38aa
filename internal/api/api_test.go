package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/api"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/ledger"
)

// canary is in every text that the world seals.
const canary = "zaffre-heron"

// world is a node with a few people and their tokens.
type world struct {
	*heed.Node
	t      *testing.T
	face   http.Handler
	people map[string]string // ids by name
	tokens map[string]string
	conf   *conf.Config
}

func newWorld(t *testing.T, flags ...string) *world {
	t.Helper()
	set := map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "url": "http://localhost:8080"}
	for i := 0; i+1 < len(flags); i += 2 {
		set[flags[i]] = flags[i+1]
	}
	c, err := conf.Load(set)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, conf: c, people: map[string]string{}, tokens: map[string]string{}}
	if w.Node, err = heed.MakeNode(t.Context(), c, "Ministry", heed.Opening{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Node.Close() })
	id, _, err := w.SetUp(t.Context(), heed.Nobody, heed.SetupInput{Agency: "Ministry", Admin: "Ana Lima"})
	w.must(err)
	w.people["ana"] = id
	for _, role := range []string{"duty-officer", "analyst", "director"} {
		w.add(role, "", role)
	}
	_, err = w.AddAgency(t.Context(), w.who("ana"), party.AgencyInput{Name: "Elsewhere", Kind: "civil-society"})
	w.must(err)
	w.add("stranger", "Elsewhere", "")
	for name := range w.people {
		w.tokens[name] = w.token(name, "read", "write")
	}
	w.face = api.New(w.Heed, c, slog.New(slog.DiscardHandler))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) who(name string) heed.Who { return heed.Who{Person: w.people[name], Via: "web"} }

func (w *world) add(name, agency, role string) {
	w.t.Helper()
	id, err := w.AddPerson(w.t.Context(), w.who("ana"), heed.PersonInput{Name: "Person " + name, Email: name + "@example.org", Agency: agency, Role: role})
	w.must(err)
	w.people[name] = id
}

func (w *world) token(name string, scopes ...string) string {
	w.t.Helper()
	secret, err := w.NewToken(w.t.Context(), w.who(name), "a test", scopes, time.Time{})
	w.must(err)
	return secret
}

// ask sends a request with somebody's token and returns the answer.
func (w *world) ask(token, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	out := httptest.NewRecorder()
	w.face.ServeHTTP(out, r)
	return out
}

// as asks as somebody, wants a status, and reads the answer into dst.
func (w *world) as(name, method, path string, status int, body string, dst any) {
	w.t.Helper()
	got := w.ask(w.tokens[name], method, "/api/v1"+path, body)
	if got.Code != status {
		w.t.Fatalf("%s %s as %s: %d, want %d: %s", method, path, name, got.Code, status, got.Body)
	}
	if dst != nil {
		w.must(json.Unmarshal(got.Body.Bytes(), dst))
	}
}

type id struct {
	ID string `json:"id"`
}

// TestAStoryOverHTTP goes from a report to a decision and to the pack of who
// knew what, with nothing but tokens.
func TestAStoryOverHTTP(t *testing.T) {
	w := newWorld(t)
	var receipt struct{ Report, Code string }
	w.as("analyst", "POST", "/reports", 201, `{"source_type":"civil-society","occurred":"2026-03-01","country":"SSD","text":"columns at night `+canary+`","place":"the wells"}`, &receipt)
	var s, a, d, dec id
	w.as("analyst", "POST", "/situations", 201, `{"name":"Plain","country":"SSD","populations":["Herders"],"analyst":"analyst"}`, &s)
	w.as("duty-officer", "POST", "/reports/"+receipt.Report+"/assess", 204, `{"reliability":"B","credibility":2,"situation":"`+s.ID+`"}`, nil)
	w.as("analyst", "POST", "/situations/"+s.ID+"/analyst", 204, `{"person":"director"}`, nil)
	w.as("analyst", "POST", "/situations/"+s.ID+"/name", 204, `{"name":"Upper plain"}`, nil)
	w.as("analyst", "POST", "/situations/"+s.ID+"/name", 204, `{"name":"Plain"}`, nil)
	w.as("analyst", "POST", "/protocols", 403, `{"text":"id: x"}`, nil)
	w.as("analyst", "POST", "/assessments", 201, `{"situation":"Plain","population":"Herders","marks":[{"indicator":"7.14","state":"worsening","sources":["`+receipt.Report+`"]}]}`, &a)
	w.as("analyst", "POST", "/assessments/"+a.ID+"/review", 403, `{"accept":true}`, nil)
	w.as("ana", "POST", "/assessments/"+a.ID+"/review", 204, `{"accept":true}`, nil)
	var matrix heed.Matrix
	w.as("director", "GET", "/situations/"+s.ID+"/matrix", 200, "", &matrix)
	if len(matrix.Factors) != 14 || matrix.Factors[6].Cells[0].Worsening != 1 {
		t.Errorf("matrix: %+v", matrix.Factors[6])
	}
	var issued struct {
		ID     string
		Duties []string
	}
	w.as("analyst", "POST", "/warnings", 201, `{"situation":"`+s.ID+`","level":4,"finding":"an attack is likely `+canary+`","to":["director"],"sources":[{"kind":"report","id":"`+receipt.Report+`"}]}`, &issued)
	if len(issued.Duties) == 0 {
		t.Fatal("the warning opened no duty")
	}
	w.as("director", "POST", "/warnings/"+issued.ID+"/acknowledge", 204, `{"note":"seen"}`, nil)
	w.as("director", "POST", "/warnings/"+issued.ID+"/acknowledge", 409, ``, nil)
	var mine struct {
		Items []struct{ ID, State string }
		Total int
	}
	w.as("duty-officer", "GET", "/duties?owner=me&state=open", 200, "", &mine)
	if mine.Total == 0 {
		t.Fatal("the duty officer owes nothing")
	}
	d.ID = mine.Items[0].ID
	w.as("duty-officer", "POST", "/duties/"+d.ID+"/acknowledge", 204, "", nil)
	w.as("duty-officer", "POST", "/duties/"+d.ID+"/do", 204, `{"what":"told the embassy"}`, nil)
	w.as("duty-officer", "POST", "/duties/"+d.ID+"/do", 409, `{"what":"again"}`, nil)
	w.as("analyst", "POST", "/decisions", 201, `{"warning":"`+issued.ID+`","choice":"Warn the wells","reason":"It is near","community":"They ask for escorts","options":[{"name":"Warn the wells","chosen":true},{"name":"Wait"}]}`, &dec)
	w.as("analyst", "POST", "/decisions/"+dec.ID+"/dissent", 204, `{"text":"too little"}`, nil)
	_, err := w.SignBySession(t.Context(), w.who("director"), dec.ID) // signing needs the person
	w.must(err)
	var fate struct{ Steps []struct{ Kind, In string } }
	w.as("analyst", "GET", "/fate/"+receipt.Code, 200, "", &fate)
	if last := fate.Steps[len(fate.Steps)-1]; last.Kind != "led" || last.In != dec.ID {
		t.Errorf("the report's fate ends with %+v", last)
	}
	w.check(issued.ID, dec.ID)
}

// check reads back what the story left: the decision, the proof and the pack.
func (w *world) check(warning, dec string) {
	t := w.t
	var decision struct {
		State     string
		Signature struct{ Kind string }
		Dissents  []struct{ Text heed.Text }
	}
	w.as("analyst", "GET", "/decisions/"+dec, 200, "", &decision)
	if decision.State != "signed" || decision.Signature.Kind != "session" || len(decision.Dissents) != 1 || decision.Dissents[0].Text.Body != "too little" {
		t.Errorf("decision: %+v", decision)
	}
	var entries []heed.EntryRow
	w.as("analyst", "GET", "/entries?subject="+warning+"&kind=warning.issued", 200, "", &entries)
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	var e heed.Entry
	path := "/entries/" + jsonNumber(entries[0].Index)
	w.as("analyst", "GET", path, 200, "", &e)
	if !strings.Contains(e.Sealed.Body, canary) || e.Body != heed.BodySealed {
		t.Errorf("entry: %s %+v", e.Body, e.Sealed)
	}
	got := w.ask(w.tokens["analyst"], "GET", "/api/v1"+path+"/proof", "")
	p, err := ledger.ParseProof(got.Body.Bytes())
	w.must(err)
	c, err := ledger.ReadCheckpoint(p.Checkpoint)
	w.must(err)
	w.must(ledger.Included(c, p.Index, e.Header, p.Hashes))
	got = w.ask(w.tokens["analyst"], "POST", "/api/v1/packs?about="+warning, "")
	if got.Code != 200 || got.Header().Get("Content-Type") != "application/zip" {
		t.Fatalf("pack: %d %s", got.Code, got.Body)
	}
	if _, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len())); err != nil {
		t.Error(err)
	}
	w.as("analyst", "GET", "/situations/S-1", 200, "", nil)
	w.as("analyst", "GET", "/knew?about="+warning, 200, "", nil)
	got = w.ask(w.tokens["analyst"], "GET", "/api/v1/warnings/"+warning+"/cap", "")
	if got.Code != 200 || !strings.Contains(got.Body.String(), "<alert") {
		t.Errorf("cap: %d %s", got.Code, got.Body)
	}
}

func jsonNumber(n int64) string { b, _ := json.Marshal(n); return string(b) }

// paths returns every operation of the document with its ids filled in, so
// that the test needs no list of its own.
func (w *world) paths() [][3]string {
	w.t.Helper()
	got := w.ask("", "GET", "/api/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	w.must(json.Unmarshal(got.Body.Bytes(), &doc))
	var out [][3]string
	for path, ops := range doc.Paths {
		id := map[string]string{"situations": "S-1", "reports": "R-1", "assessments": "A-1", "warnings": "W-1", "duties": "D-1", "decisions": "DEC-1", "people": "P-1",
			"protocols": "national-focal-point", "entries": "5", "evidence": "E-1.1", "fate": "ABCD", "forecasts": "5", "forecast-drafts": "F-1", "impacts": "IMP-1", "cases": "CS-1", "requests": "RQ-1"}[strings.Split(path, "/")[1]]
		path = strings.NewReplacer("{id}", id, "{entry}", id, "{index}", id, "{code}", id).Replace(path)
		switch path {
		case "/imports":
			path += "?kind=reports"
		case "/evidence":
			if ops["post"].OperationID != "" {
				out = append(out, [3]string{"POST", path + "?name=n&authority=a", ops["post"].OperationID})
				delete(ops, "post")
			}
		case "/packs", "/knew":
			path += "?about=W-1"
		case "/search":
			path += "?q=Plain"
		}
		for method, op := range ops {
			out = append(out, [3]string{strings.ToUpper(method), path, op.OperationID})
		}
	}
	if len(out) < 40 {
		w.t.Fatalf("the document has %d operations", len(out))
	}
	return out
}

// bodies are requests that are well formed, so that what refuses them is not
// the reader of requests. Every command has one.
var bodies = map[string]string{
	"add-situation": `{"name":"N","country":"SSD"}`, "set-situation": `{"state":"active"}`, "close-situation": `{"reason":"r"}`,
	"add-population": `{"name":"n"}`, "add-member": `{"person":"P-2"}`, "add-assessment": `{"situation":"S-1","population":"S-1/p1","marks":[]}`,
	"save-assessment": `{"submit":true}`, "review-assessment": `{"accept":true}`, "discard-assessment": `{"reason":"r"}`,
	"submit-report": `{"source_type":"media","occurred":"2026-03-01","country":"SSD","text":"t"}`, "assess-report": `{"reliability":"A","credibility":1}`,
	"withdraw-report": `{"reason":"r"}`, "join-report": `{"first":"R-1","reason":"r"}`, "part-report": `{"reason":"r"}`, "issue-warning": `{"situation":"S-1","level":3,"finding":"f","to":["P-1"]}`, "acknowledge-warning": `{}`,
	"close-warning": `{"reason":"r"}`, "acknowledge-duty": `{}`, "do-duty": `{"what":"w"}`, "explain-duty": `{"reason":"r"}`, "agree-duty": `{"proposal":5}`, "agree-close-warning": `{"proposal":5}`,
	"follow-up": `{"title":"t","owner":"P-1","due":"2030-01-01T00:00:00Z"}`, "draft-decision": `{"warning":"W-1","choice":"c","reason":"r","community":"x"}`,
	"dissent": `{"text":"t"}`, "check-protocol": `{"text":"id: x"}`, "adopt-protocol": `{"text":"id: x"}`,
	"remove-member": `{"person":"P-2"}`, "set-analyst": `{"person":"P-2"}`, "rename-situation": `{"name":"n"}`, "set-absence": `{"deputy":"P-2"}`,
	"add-evidence": "bytes", "open-evidence": `{"purpose":"p"}`, "link-evidence": `{"items":["E-1.1"],"kind":"case","to":"C-1"}`,
	"unpack-evidence": `{"purpose":"p"}`, "hold-evidence": `{"items":["E-1.1"],"name":"H","authority":"a","reason":"r"}`, "release-evidence": `{"name":"H","reason":"r"}`,
	"score-forecast": `{}`, "judge-forecast-draft": `{"verdict":"dismissed","reason":"r"}`, "run-impact": `{"table":"a,b\n1,2\n"}`, "answer-rival": `{"rival":"chance","text":"t"}`,
	"register-impact": `{"question":"q","measure":"m","date":"2026-03-01","data":"d","expect":"fewer","design":{"method":"its","time":"t","outcome":"n","start":"2026-03"}}`,
	"open-case":       `{"name":"n","authority":"Court","jurisdiction":"NLD"}`, "link-case-items": `{"items":["E-1.1"]}`, "receive-request": `{"from":"f","asks":"a","due":"2099-01-01"}`,
	"weigh-answer": `{"items":["E-1.1"]}`, "conclude-case": `{"what":"charge","source":"s"}`, "code-evidence": `{"terms":["act=killing"]}`, "review-coding": `{"state":"accepted"}`,
	"export-evidence": `{"items":["E-1.1"],"purpose":"p"}`, "adopt-vocabulary": `{"file":"field,code,label\na,b,c\n"}`,
	"import": "source_type,occurred,text\n", "tick": "", "take-pack": "",
}

// TestNoOperationAnswersWithoutAToken walks the document.
func TestNoOperationAnswersWithoutAToken(t *testing.T) {
	w := newWorld(t)
	w.story()
	ended := w.token("analyst", "read", "write")
	w.must(w.RevokeToken(t.Context(), w.who("analyst"), "TK-6"))
	for _, op := range w.paths() {
		if _, ok := bodies[op[2]]; op[0] == "POST" && !ok {
			t.Errorf("%s has no body in this test", op[2])
		}
		for name, token := range map[string]string{"no token": "", "a guess": "heed_" + strings.Repeat("A", 43), "a revoked one": ended} {
			got := w.ask(token, op[0], "/api/v1"+op[1], bodies[op[2]])
			if got.Code != 401 || got.Header().Get("WWW-Authenticate") == "" || got.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s with %s: %d %s", op[0], op[1], name, got.Code, got.Body)
			}
		}
	}
}

// open are operations from which a stranger who takes part gets something, and
// why.
var open = map[string]string{
	"list-people": "who takes part is known among those who take part", "read-person": "as list-people", "list-agencies": "as list-people",
	"list-protocols": "the office's way of working is no secret among those who take part", "read-protocol": "as list-protocols", "check-protocol": "it reads what it is given",
	"read-framework": "it is the UN's", "submit-report": "whoever knows something may say so", "read-proof": "it holds hashes, as public as the log",
	"list-situations": "the list is empty", "list-reports": "the list holds the stranger's own", "list-assessments": "the list is empty",
	"list-warnings": "the list is empty", "list-duties": "the list is empty", "list-decisions": "the list is empty", "list-entries": "the list holds the stranger's own",
	"search": "the list is empty", "list-evidence": "the list is empty", "list-cases": "the list is empty", "read-vocabulary": "the words in which an office codes are no secret among those who take part",
	"list-forecasts": "the list holds those marked for all who take part", "list-impacts": "the list is empty",
}

// TestAStrangerGetsNothing asks for everything as somebody of another agency
// without a role, and with a token that may do nothing.
func TestAStrangerGetsNothing(t *testing.T) {
	w := newWorld(t)
	w.story()
	for _, op := range w.paths() {
		ctx, trace := access.Track(t.Context())
		r := httptest.NewRequestWithContext(ctx, op[0], "/api/v1"+op[1], strings.NewReader(bodies[op[2]]))
		r.Header.Set("Authorization", "Bearer "+w.tokens["stranger"])
		r.Header.Set("Content-Type", "application/json")
		out := httptest.NewRecorder()
		w.face.ServeHTTP(out, r)
		if len(trace.Decisions()) < 2 { // the first is whether anybody may come to the door
			t.Errorf("%s %s: %d after %d decisions", op[0], op[1], out.Code, len(trace.Decisions()))
		}
		if strings.Contains(out.Body.String(), canary) {
			t.Errorf("%s %s told sealed words: %s", op[0], op[1], out.Body)
		}
		if open[op[2]] == "" && out.Code != 403 && out.Code != 404 && out.Code != 422 {
			t.Errorf("%s %s: %d %s", op[0], op[1], out.Code, out.Body)
		}
		if out.Code >= 500 {
			t.Errorf("%s %s: %d %s", op[0], op[1], out.Code, out.Body)
		}
	}
}

// story puts one of everything into a node.
func (w *world) story() {
	w.t.Helper()
	var receipt struct{ Report string }
	w.as("analyst", "POST", "/situations", 201, `{"name":"Plain `+canary+`","country":"SSD","populations":["Herders `+canary+`"]}`, nil)
	w.as("analyst", "POST", "/reports", 201, `{"source_type":"media","occurred":"2026-03-01","country":"SSD","text":"`+canary+`"}`, &receipt)
	w.as("analyst", "POST", "/assessments", 201, `{"situation":"S-1","population":"S-1/p1","marks":[{"indicator":"7.14","state":"absent"}],"summary":"`+canary+`"}`, nil)
	w.as("analyst", "POST", "/warnings", 201, `{"situation":"S-1","level":4,"finding":"`+canary+`","to":["director"]}`, nil)
	w.as("analyst", "POST", "/decisions", 201, `{"warning":"W-1","choice":"`+canary+`","reason":"r","community":"c"}`, nil)
	w.as("analyst", "POST", "/evidence?name="+canary+"&authority="+canary, 201, canary, nil)
}

// TestAReadingTokenOnlyReads.
func TestAReadingTokenOnlyReads(t *testing.T) {
	w := newWorld(t)
	w.story()
	reader := w.token("analyst", "read")
	for _, op := range w.paths() {
		if op[0] != "POST" || op[2] == "take-pack" || op[2] == "check-protocol" {
			continue // these change nothing but that a pack was taken
		}
		if got := w.ask(reader, op[0], "/api/v1"+op[1], bodies[op[2]]); got.Code != 403 && got.Code != 404 {
			t.Errorf("%s %s: %d %s", op[0], op[1], got.Code, got.Body)
		}
	}
	if got := w.ask(reader, "GET", "/api/v1/situations/S-1", ""); got.Code != 200 {
		t.Errorf("it does not even read: %d %s", got.Code, got.Body)
	}
}

// TestLimits: a token asks so often, and a body is so long.
func TestLimits(t *testing.T) {
	w := newWorld(t, "limits.api", "5")
	for i := range 6 {
		got := w.ask(w.tokens["analyst"], "GET", "/api/v1/agencies", "")
		if want := 200; i < 5 && got.Code != want {
			t.Fatalf("request %d: %d %s", i+1, got.Code, got.Body)
		} else if i == 5 && (got.Code != 429 || got.Header().Get("Retry-After") == "") {
			t.Fatalf("request %d: %d", i+1, got.Code)
		}
	}
	if got := w.ask(w.tokens["director"], "GET", "/api/v1/agencies", ""); got.Code != 200 {
		t.Errorf("another token: %d", got.Code)
	}
	long := `{"name":"` + strings.Repeat("x", 2<<20) + `"}`
	if got := w.ask(w.tokens["director"], "POST", "/api/v1/situations", long); got.Code != 413 {
		t.Errorf("a body of 2 MiB: %d %s", got.Code, got.Body)
	}
}

// TestProblems: an error says its kind, the input and what to do.
func TestProblems(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		kind, has          string
	}{
		{"GET", "/situations/S-9", "", 404, "not-found", "S-9"},
		{"POST", "/situations", `{"name":"","country":"SSD"}`, 422, "invalid", "body.name"},
		{"POST", "/situations", `{"nam":"x"}`, 422, "invalid", "unexpected property"},
		{"POST", "/situations", `{`, 400, "invalid", "unexpected end"},
		{"GET", "/warnings?colour=red", "", 422, "invalid", "colour"},
		{"GET", "/reports?from=yesterday", "", 422, "invalid", "from"},
		{"GET", "/nothing", "", 404, "", "GET /api/"},
	} {
		got := w.ask(w.tokens["analyst"], c.method, "/api/v1"+c.path, c.body)
		var p struct{ Kind string }
		if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		if got.Code != c.status || p.Kind != c.kind || !strings.Contains(got.Body.String(), c.has) || got.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s", c.path, c.body, got.Code, got.Body)
		}
	}
}

// TestImport streams a file, and says what became of every row.
func TestImport(t *testing.T) {
	w := newWorld(t)
	file := "event_id_cnty,event_date,year,event_type,sub_event_type,actor1,actor2,iso,country,location,latitude,longitude,geo_precision,fatalities,notes\n" +
		"SSD1,2026-02-01,2026,Violence against civilians,Attack,Actor,Civilians,728,South Sudan,Wells,7.1,30.2,1,3,Notes\n" +
		"SSD2,never,2026,Violence against civilians,Attack,Actor,Civilians,728,South Sudan,Wells,7.1,30.2,1,3,Notes\n"
	var out struct {
		Rows, Accepted int
		Rejected       []struct{ Line int }
	}
	w.as("analyst", "POST", "/imports?kind=acled&name=week.csv", 200, file, &out)
	if out.Rows != 2 || out.Accepted != 1 || len(out.Rejected) != 1 || out.Rejected[0].Line != 3 {
		t.Errorf("%+v", out)
	}
}

// TestDocuments: the description is there for everyone and loads nothing.
func TestDocuments(t *testing.T) {
	w := newWorld(t)
	for path, has := range map[string]string{"/api/": "GET /api/v1/warnings", "/api/v1/openapi.yaml": "openapi: 3.1", "/api/v1/openapi.json": `"openapi":"3.1`} {
		got := w.ask("", "GET", path, "")
		if got.Code != 200 || !strings.Contains(got.Body.String(), has) || !strings.Contains(got.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %.300s", path, got.Code, got.Body)
		}
		if path == "/api/" && (strings.Contains(got.Body.String(), "src=") || strings.Contains(got.Body.String(), "http")) {
			t.Errorf("the page names another place")
		}
		if got.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
	}
	b, err := io.ReadAll(w.ask("", "GET", "/api/v1/openapi.json", "").Body)
	w.must(err)
	validate(t, b)
}
