package openrosa_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/testkit"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func reportForm() openrosa.Form {
	return openrosa.ReportForm("2026030101", []openrosa.Choice{
		{Value: "CIV", Label: openrosa.Text{"en": "Côte d'Ivoire", "fr": "Côte d'Ivoire", "ar": "كوت ديفوار", "es": "Côte d'Ivoire", "ru": "Кот-д'Ивуар", "zh": "科特迪瓦"}},
		{Value: "SDN", Label: openrosa.Text{"en": "Sudan", "fr": "Soudan", "ar": "السودان", "es": "Sudán", "ru": "Судан", "zh": "苏丹"}},
	})
}

// wellFormed reads b to its end and returns the text of each element by its
// local name.
func wellFormed(t *testing.T, b []byte) map[string][]string {
	t.Helper()
	found, d, name := map[string][]string{}, xml.NewDecoder(bytes.NewReader(b)), ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		switch v := token.(type) {
		case xml.StartElement:
			name = v.Name.Local
			found[name] = append(found[name], "")
		case xml.CharData:
			if n := len(found[name]); n > 0 {
				found[name][n-1] += strings.TrimSpace(string(v))
			}
		}
	}
}

func TestXForm(t *testing.T) {
	form := reportForm()
	x, err := form.XForm()
	if err != nil {
		t.Fatal(err)
	}
	found := wellFormed(t, x)
	if len(found["translation"]) != 6 || len(found["bind"]) != len(form.Fields)+1 {
		t.Errorf("%d translations, %d binds", len(found["translation"]), len(found["bind"]))
	}
	// Every text that is used must be there in every language.
	used := regexp.MustCompile(`jr:itext\(&#39;([^&]+)&#39;\)`).FindAllStringSubmatch(string(x), -1)
	if len(used) < 40 {
		t.Fatalf("%d texts used", len(used))
	}
	for _, u := range used {
		if n := strings.Count(string(x), `<text id="`+u[1]+`">`); n != 6 {
			t.Errorf("text %q is there %d times, want 6", u[1], n)
		}
	}
	for _, want := range []string{
		`<data id="heed-report" version="2026030101">`,
		`<translation lang="English (en)" default="true()">`,
		`<bind nodeset="/data/observed" type="date" required="true()" constraint=". &lt;= today()" jr:constraintMsg="jr:itext(&#39;/data/observed:message&#39;)"/>`,
		`<bind nodeset="/data/killed" type="int" relevant="selected(/data/what, &#39;killing&#39;)" constraint=". &gt;= 0 and . &lt;= 1000000"`,
		`<bind nodeset="/data/contact" type="string" relevant="/data/follow_up = &#39;yes&#39;"`,
		`<upload ref="/data/photo" mediatype="image/*">`,
		`<input ref="/data/text" appearance="multiline">`,
		`<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>`,
	} {
		if !strings.Contains(string(x), want) {
			t.Errorf("the form has no %s", want)
		}
	}
	again, _ := reportForm().XForm()
	if !bytes.Equal(x, again) || openrosa.Hash(x) != openrosa.Hash(again) {
		t.Error("the same form gives different bytes")
	}
}

func TestFormCheck(t *testing.T) {
	ok := openrosa.Text{"en": "Question"}
	form := func(fields ...openrosa.Field) openrosa.Form {
		return openrosa.Form{ID: "f", Version: "1", Title: ok, Languages: []string{"en"}, Fields: fields}
	}
	yes := []openrosa.Choice{{Value: "yes", Label: ok}}
	cases := map[string]openrosa.Form{
		"no id":               {Title: ok, Languages: []string{"en"}},
		"a name with a space": form(openrosa.Field{Name: "a b", Kind: openrosa.Line, Label: ok}),
		"meta":                form(openrosa.Field{Name: "meta", Kind: openrosa.Line, Label: ok}),
		"twice":               form(openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok}, openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok}),
		"no label":            form(openrosa.Field{Name: "a", Kind: openrosa.Line}),
		"hint in no language": form(openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok, Hint: openrosa.Text{"fr": "x"}}),
		"no kind":             form(openrosa.Field{Name: "a", Label: ok}),
		"no choices":          form(openrosa.Field{Name: "a", Kind: openrosa.SelectOne, Label: ok}),
		"choices of a line":   form(openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok, Choices: yes}),
		"a choice twice":      form(openrosa.Field{Name: "a", Kind: openrosa.SelectOne, Label: ok, Choices: append(yes, yes...)}),
		"a later condition":   form(openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok, When: &openrosa.Condition{Field: "b", Any: []string{"yes"}}}, openrosa.Field{Name: "b", Kind: openrosa.SelectOne, Label: ok, Choices: yes}),
		"an unknown answer":   form(openrosa.Field{Name: "b", Kind: openrosa.SelectOne, Label: ok, Choices: yes}, openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok, When: &openrosa.Condition{Field: "b", Any: []string{"no"}}}),
		"a quote":             form(openrosa.Field{Name: "b", Kind: openrosa.Line, Label: ok}, openrosa.Field{Name: "a", Kind: openrosa.Line, Label: ok, When: &openrosa.Condition{Field: "b", Any: []string{"' or '1'='1"}}}),
	}
	for name, f := range cases {
		if _, err := f.XForm(); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListsAndAnswers(t *testing.T) {
	list := openrosa.FormList([]openrosa.ListedForm{{ID: "heed-report", Version: "1", Name: "Report & <co>", Hash: "md5:00",
		Download: "https://heed.example/f?a=1&b=2", Manifest: "https://heed.example/m"}})
	found := wellFormed(t, list)
	if found["name"][0] != "Report & <co>" || found["downloadUrl"][0] != "https://heed.example/f?a=1&b=2" || found["hash"][0] != "md5:00" || len(found["descriptionText"]) != 0 {
		t.Errorf("form list %v", found)
	}
	wellFormed(t, openrosa.FormList(nil))
	wellFormed(t, openrosa.Manifest())
	if found := wellFormed(t, openrosa.Response("submit_success", "Received: R-1\x00")); found["message"][0] != "Received: R-1\ufffd" {
		t.Errorf("response %v", found)
	}
}

// submission wraps answers as ODK Collect writes them.
func submission(answers string) string {
	return `<?xml version='1.0' ?><data id="heed-report" version="2026030101" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms">` +
		answers + `<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>`
}

const goodAnswers = `<advice/><source_type>civil-society</source_type><observed>2026-03-01</observed><country>CIV</country>
<place> Old &amp; New Market </place><position>5.36 -4.01 0.0 12.5</position><what>killing displacement</what><killed>3</killed>
<text>They came
at night &#233; <![CDATA[<b>]]></text><photo>1700000000000.jpg</photo><reference/><follow_up>yes</follow_up><contact>via the parish</contact>`

func TestReadSubmission(t *testing.T) {
	s, err := openrosa.ParseSubmission(strings.NewReader(submission(goodAnswers)))
	if err != nil {
		t.Fatal(err)
	}
	a, problems := reportForm().Read(s, now)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := a.Fields
	if a.InstanceID != "uuid:1" || f["source_type"].Text != "civil-society" || f["place"].Text != "Old & New Market" || f["killed"].Int != 3 ||
		!f["observed"].Time.Equal(now.Add(-36*time.Hour)) || f["position"].Point != (openrosa.Point{Lat: 5.36, Lon: -4.01, Accuracy: 12.5}) ||
		strings.Join(f["what"].Choices, "+") != "killing+displacement" || f["text"].Text != "They came\nat night é <b>" {
		t.Errorf("answers %+v", a)
	}
	if len(a.Attachments) != 1 || a.Attachments[0] != "1700000000000.jpg" {
		t.Errorf("attachments %q", a.Attachments)
	}
	if _, ok := f["reference"]; ok {
		t.Error("an empty answer counts as one")
	}
}

func TestSubmissionProblems(t *testing.T) {
	change := func(from, to string) string { return strings.Replace(goodAnswers, from, to, 1) }
	cases := []struct{ name, answers, path, says string }{
		{"required", change("CIV", ""), "country", "required"},
		{"required and left out", change("<country>CIV</country>", ""), "country", "required"},
		{"not a choice", change("CIV", "XXX"), "country", "not one of the choices"},
		{"two choices", change("CIV", "CIV SDN"), "country", "only one"},
		{"a choice twice", change("killing displacement", "killing killing"), "what", "twice"},
		{"not a number", change(">3<", ">three<"), "killed", "whole number"},
		{"out of bounds", change(">3<", ">-1<"), "killed", "between 0 and 1000000"},
		{"in the future", change("2026-03-01", "2026-03-04"), "observed", "future"},
		{"not a date", change("2026-03-01", "01/03/2026"), "observed", "not a date"},
		{"off the globe", change("5.36 -4.01", "95.36 -4.01"), "position", "out of place"},
		{"not a position", change("5.36 -4.01 0.0 12.5", "NaN 1"), "position", "out of place"},
		{"too long", change("via the parish", strings.Repeat("é", 201)), "contact", "201 characters"},
		{"not asked", change("killing displacement", "displacement"), "killed", "not to be asked"},
		{"a path", change("1700000000000.jpg", "../x.jpg"), "photo", "plain file name"},
		{"unknown", goodAnswers + "<colour>red</colour>", "colour", "no such field"},
		{"twice", goodAnswers + "<country>SDN</country>", "country", "twice"},
		{"nested", change("CIV", "<x>CIV</x>"), "country/x", "no such field"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := openrosa.ParseSubmission(strings.NewReader(submission(c.answers)))
			if err != nil {
				t.Fatal(err)
			}
			_, problems := reportForm().Read(s, now)
			if len(problems) == 0 || problems[0].Path != c.path || !strings.Contains(problems[0].Error, c.says) {
				t.Errorf("problems %+v, want %q: %q", problems, c.path, c.says)
			}
		})
	}
	s, _ := openrosa.ParseSubmission(strings.NewReader(submission(goodAnswers)))
	if _, problems := openrosa.ReportForm("2", nil).Read(s, now); len(problems) != 1 || problems[0].Path != "@id" {
		t.Errorf("another version: %v", problems)
	}
}

func TestSubmissionsRefused(t *testing.T) {
	meta := "<meta><instanceID>uuid:1</instanceID></meta>"
	cases := map[string]string{
		"empty":              "",
		"no id":              "<data>" + meta + "</data>",
		"no instance":        `<data id="f"/>`,
		"two instances":      `<data id="f"><meta><instanceID>a</instanceID><instanceID>b</instanceID></meta></data>`,
		"not closed":         `<data id="f">` + meta,
		"two roots":          `<data id="f">` + meta + `</data><data id="f"/>`,
		"text after":         `<data id="f">` + meta + `</data>x`,
		"mixed":              `<data id="f">text` + meta + `</data>`,
		"a document type":    `<!DOCTYPE data [<!ENTITY a "aaaa">]><data id="f">` + meta + `<x>&a;</x></data>`,
		"an outer entity":    `<!DOCTYPE data SYSTEM "file:///etc/passwd"><data id="f">` + meta + `</data>`,
		"an unknown entity":  `<data id="f">` + meta + `<x>&nbsp;</x></data>`,
		"an instruction":     `<data id="f"><?php x?>` + meta + `</data>`,
		"another encoding":   `<?xml version="1.0" encoding="UTF-16"?><data id="f">` + meta + `</data>`,
		"bytes not in UTF-8": `<data id="f"><x>` + "\xff" + `</x>` + meta + `</data>`,
		"too deep":           `<data id="f">` + strings.Repeat("<x>", 16) + strings.Repeat("</x>", 16) + meta + `</data>`,
		"too many":           `<data id="f">` + strings.Repeat("<x/>", 5000) + meta + `</data>`,
		"too large":          `<data id="f"><x>` + strings.Repeat("x", 1<<20) + `</x>` + meta + `</data>`,
	}
	for name, text := range cases {
		if _, err := openrosa.ParseSubmission(strings.NewReader(text)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyPieces checks that text in many pieces costs what its length does.
func TestManyPieces(t *testing.T) {
	text := `<data id="f"><x>` + strings.Repeat("<!---->x", 100_000) + `</x><meta><instanceID>i</instanceID></meta></data>`
	begun := time.Now()
	s, err := openrosa.ParseSubmission(strings.NewReader(text))
	if err != nil || len(s.Nodes[0].Text) != 100_000 || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}

// TestODKSubmissions reads submissions as ODK Central meets them.
func TestODKSubmissions(t *testing.T) {
	fill := strings.NewReplacer("{{formId}}", "test-form", "{{formVersion}}", "20240506130956", "{{submissionId}}", "uuid:7", "{{uuid}}", "7", "{{randInt}}", "42")
	for path, nodes := range map[string]int{"exchange/openrosa/submission.xml": 0, "exchange/openrosa/250q-submission.template.xml": 250} {
		b, err := os.ReadFile(testkit.Shared(t, path))
		if err != nil {
			t.Fatal(err)
		}
		s, err := openrosa.ParseSubmission(strings.NewReader(fill.Replace(string(b))))
		if err != nil || s.InstanceID != "uuid:7" || len(s.Nodes) != nodes {
			t.Errorf("%s: %d nodes, %+v, %v", path, len(s.Nodes), s.InstanceID, err)
		}
	}
}

// TestLikeODKForms checks that our form uses no element, attribute or
// namespace that the forms of ODK Central do not use, but for the few listed.
func TestLikeODKForms(t *testing.T) {
	seen := map[string]bool{}
	add := func(b []byte, visit func(name string)) {
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			token, err := d.Token()
			if err != nil {
				return
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Space != "" {
				visit(e.Name.Space + " " + e.Name.Local)
				for _, a := range e.Attr {
					if a.Name.Space == "xmlns" {
						visit("namespace " + a.Value)
					}
				}
			}
		}
	}
	for _, name := range []string{"1.xml", "5-template.xml", "250q-form.xml", "test-form.xml"} {
		b, err := os.ReadFile(testkit.Shared(t, "exchange/openrosa/"+name))
		if err != nil {
			t.Fatal(err)
		}
		add(b, func(s string) { seen[s] = true })
	}
	ours := map[string]bool{"http://www.w3.org/2002/xforms select1": true}
	form := reportForm()
	for _, f := range form.Fields {
		ours["http://www.w3.org/2002/xforms "+f.Name] = true
	}
	x, err := form.XForm()
	if err != nil {
		t.Fatal(err)
	}
	add(x, func(s string) {
		if !seen[s] && !ours[s] {
			t.Errorf("%s occurs in no form of ODK Central", s)
		}
	})
}

func FuzzParseSubmission(f *testing.F) {
	f.Add(submission(goodAnswers))
	f.Add(`<!DOCTYPE x><data id="f"><a><b/></a></data>`)
	form := reportForm()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := openrosa.ParseSubmission(strings.NewReader(text))
		if err != nil {
			if fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%v is not an invalid input", err)
			}
			return
		}
		if s.FormID == "" || s.InstanceID == "" {
			t.Errorf("accepted without its ids: %+v", s)
		}
		s.FormID, s.Version = form.ID, form.Version
		form.Read(s, now)
	})
}
