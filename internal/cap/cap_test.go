package cap_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/cap"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

var now = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testkit.Shared(t, "exchange/cap/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, a cap.Alert) []byte {
	t.Helper()
	b, err := a.XML()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func warning() cap.Warning {
	return cap.Warning{Identifier: "W-7.1", Sender: "heed@agency.example", SenderName: "Agency <of> Port & Hill", Sent: now,
		Expires: now.AddDate(0, 1, 0), Level: 4, Confidence: "high", Marking: "AMBER", Recipients: []string{"minister@state.example", "Duty Officer"},
		Populations: []string{"Hill people", "River people"}, Language: "fr", Headline: "Risque élevé", Finding: "Line one\nLine two ]]> \"quoted\"",
		Instruction: "Acknowledge.", Web: "https://heed.example/W-7?a=1&b=2", Contact: "duty@agency.example",
		Areas: []cap.Area{{Description: "Hills", Polygons: [][]cap.Point{{{5.5, -4}, {6, -4}, {6, -3.25}, {5.5, -4}}},
			Circles: []cap.Circle{{cap.Point{5, -4}, 12.5}}, Geocodes: []cap.Value{{"ISO 3166-1", "CIV"}}, Altitude: new(float64)}}}
}

func fromWarning(t testing.TB, w cap.Warning) cap.Alert {
	t.Helper()
	a, err := cap.FromWarning(w)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAmberAlert(t *testing.T) {
	a, err := cap.Parse(bytes.NewReader(read(t, "cap_amber_alert_example.xml")))
	if err != nil {
		t.Fatal(err)
	}
	if a.Identifier != "KAR0-0306112239-SW" || a.Sender != "KARO@CLETS.DOJ.CA.GOV" || a.Sent.Format(time.RFC3339) != "2003-06-11T22:39:00-07:00" ||
		a.Status != cap.Actual || a.Source != "SW" || len(a.Infos) != 2 {
		t.Errorf("alert %+v", a)
	}
	es, ok := a.Info("es")
	if !ok || es.Event != "Abducción de Niño" || es.Areas[0].Description != "condado de Los Ángeles" || es.Areas[0].Geocodes[0] != (cap.Value{Name: "SAME", Value: "006037"}) {
		t.Errorf("Spanish info %+v", es)
	}
	if en, _ := a.Info("en"); !strings.HasPrefix(en.Description, `DATE/TIME: 06/11/03, 1915 HRS.`) || !strings.Contains(en.Description, `3'0", 40 LBS`) {
		t.Errorf("English info %+v", en)
	}
	again, err := cap.Parse(bytes.NewReader(write(t, a)))
	if err != nil || !reflect.DeepEqual(a, again) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
	w, err := cap.ToWarning(a, "es")
	if err != nil || w.Level != 3 || w.Exercise || w.Headline != "Alerta Amber en el condado de Los Ángeles" {
		t.Errorf("as a warning: %+v, %v", w, err)
	}
}

// TestSchema lets xmllint check all that Heed writes against the OASIS schema.
func TestSchema(t *testing.T) {
	schema := testkit.Shared(t, "exchange/cap/CAP-v1.2.xsd")
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		testkit.Missing(t, "xmllint")
	}
	dir, n := t.TempDir(), 0
	var files []string
	add := func(a cap.Alert) {
		name := filepath.Join(dir, fmt.Sprintf("%d.xml", n))
		if err := os.WriteFile(name, write(t, a), 0o600); err != nil {
			t.Fatal(err)
		}
		files, n = append(files, name), n+1
	}
	for level := 1; level <= 5; level++ {
		w := warning()
		w.Level = level
		add(fromWarning(t, w))
	}
	exercise := warning()
	exercise.Exercise = true
	a := fromWarning(t, exercise)
	add(a)
	add(a.Ack("focal@state.example", "ack-1", now.Add(time.Hour), "Seen"))
	add(a.Cancel("W-7.2", now.Add(2*time.Hour), "Overtaken"))
	add(a.Update(fromWarning(t, warning())))
	gen := alerts()
	for seed := range 60 {
		add(gen.Example(seed))
	}
	out, err := exec.Command(xmllint, append([]string{"--noout", "--schema", schema}, files...)...).CombinedOutput()
	if err != nil || strings.Count(string(out), "validates") != len(files) {
		t.Errorf("%v:\n%s", err, out)
	}
	// The check itself must be able to fail.
	bad := filepath.Join(dir, "bad.xml")
	if err := os.WriteFile(bad, bytes.Replace(write(t, a), []byte("Exercise</status>"), []byte("Rehearsal</status>"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if exec.Command(xmllint, "--noout", "--schema", schema, bad).Run() == nil {
		t.Error("xmllint accepts a status that is not in the schema")
	}
}

func TestWarningThereAndBack(t *testing.T) {
	for level := 1; level <= 5; level++ {
		w := warning()
		w.Level = level
		b := write(t, fromWarning(t, w))
		a, err := cap.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		back, err := cap.ToWarning(a, "fr")
		if err != nil || !reflect.DeepEqual(back, w) {
			t.Errorf("\n got %+v, %v\nwant %+v", back, err, w)
		}
		// Without Heed's own parameter the level is guessed from the scale.
		a.Infos[0].Parameters = nil
		if back, _ := cap.ToWarning(a, "fr"); back.Level != level {
			t.Errorf("level %d reads as %d by severity and urgency", level, back.Level)
		}
	}
	if b := write(t, fromWarning(t, warning())); !bytes.Contains(b, []byte("<sent>2026-03-01T10:00:00-00:00</sent>")) ||
		!bytes.Contains(b, []byte(`<addresses>minister@state.example &#34;Duty Officer&#34;</addresses>`)) {
		t.Errorf("%s", b)
	}
}

func TestWarningScopes(t *testing.T) {
	for _, c := range []struct{ marking, scope, restriction string }{
		{"CLEAR", cap.Public, ""}, {"GREEN", cap.Restricted, "TLP:GREEN"}, {"AMBER", cap.Private, ""}, {"RED", cap.Private, ""}, {"", cap.Restricted, "TLP"},
	} {
		w := warning()
		w.Marking = c.marking
		if a := fromWarning(t, w); a.Scope != c.scope || a.Restriction != c.restriction || (a.Scope != cap.Private) != (len(a.Addresses) == 0) {
			t.Errorf("%q: scope %s, restriction %q, addresses %q", c.marking, a.Scope, a.Restriction, a.Addresses)
		}
	}
	for _, level := range []int{0, 6} {
		w := warning()
		w.Level = level
		if _, err := cap.FromWarning(w); fault.Field(err) != "level" {
			t.Errorf("level %d: %v", level, err)
		}
	}
}

func TestExercise(t *testing.T) {
	w := warning()
	w.Exercise = true
	a := fromWarning(t, w)
	if a.Status != cap.Exercise || !strings.HasPrefix(a.Note, "EXERCISE") || !strings.HasPrefix(a.Infos[0].Headline, "EXERCISE: ") {
		t.Errorf("alert %+v", a)
	}
	if back, err := cap.ToWarning(a, "fr"); err != nil || !back.Exercise || back.Headline != w.Headline {
		t.Errorf("back %+v, %v", back, err)
	}
	if ack := a.Ack("x@y.example", "1", now, ""); ack.Status != cap.Exercise {
		t.Errorf("the acknowledgement of a rehearsal is %s", ack.Status)
	}
	a.Status = cap.Test
	if back, _ := cap.ToWarning(a, "fr"); !back.Exercise {
		t.Error("a test is taken for a warning")
	}
}

func TestAckUpdateCancel(t *testing.T) {
	a := fromWarning(t, warning())
	a.Sent = a.Sent.Add(123 * time.Millisecond)
	ack, err := cap.Parse(bytes.NewReader(write(t, a.Ack("focal@state.example", "ack-1", now.Add(time.Hour), "Seen"))))
	if err != nil || ack.MsgType != cap.MsgAck || !ack.RefersTo(a.Reference()) || ack.Addresses[0] != a.Sender || ack.Note != "Seen" {
		t.Errorf("ack %+v, %v", ack, err)
	}
	if _, err := cap.ToWarning(ack, "en"); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("an acknowledgement as a warning: %v", err)
	}
	w := warning()
	w.Identifier, w.Level = "W-7.2", 5
	up := a.Update(fromWarning(t, w))
	if up.MsgType != cap.MsgUpdate || !up.RefersTo(a.Reference()) || up.Identifier != "W-7.2" {
		t.Errorf("update %+v", up)
	}
	end := up.Cancel("W-7.3", now, "over")
	if end.MsgType != cap.MsgCancel || !end.RefersTo(up.Reference()) || !end.RefersTo(a.Reference()) || end.RefersTo(end.Reference()) {
		t.Errorf("cancel %+v", end)
	}
}

func TestProblemsNameTheElement(t *testing.T) {
	good := string(write(t, fromWarning(t, warning())))
	cases := []struct{ name, from, to, field, says string }{
		{"no identifier", "W-7.1", "", "identifier", "required"},
		{"an identifier with a space", "W-7.1", "W 7", "identifier", "space"},
		{"no sender", "<sender>heed@agency.example</sender>", "", "sender", "required"},
		{"Z", "-00:00</sent>", "Z</sent>", "sent", "-00:00 for UTC"},
		{"fractions", "10:00:00-00:00</sent>", "10:00:00.5-00:00</sent>", "sent", "not a time"},
		{"status", ">Actual<", ">actual<", "status", "Exercise"},
		{"scope without addresses", "<addresses>minister@state.example &#34;Duty Officer&#34;</addresses>", "", "addresses", "Private"},
		{"update without references", ">Alert<", ">Update<", "references", "required when msgType is Update"},
		{"category", ">Security<", ">War<", "info/category", "CBRNE"},
		{"no category", "<category>Security</category>", "", "info/category", "required"},
		{"no event", "<event>Risk of mass atrocities</event>", "", "info/event", "required"},
		{"severity", ">Extreme<", ">Huge<", "info/severity", "Moderate"},
		{"expires", "<expires>", "<expires>soon ", "info/expires", "not a time"},
		{"no areaDesc", "<areaDesc>Hills</areaDesc>", "", "info/area/areaDesc", "required"},
		{"open polygon", "5.5,-4 6,-4 6,-3.25 5.5,-4", "5.5,-4 6,-4 6,-3.25 5.5,-5", "info/area/polygon", "ends where it begins"},
		{"off the globe", "5.5,-4 6,-4 6,-3.25 5.5,-4", "95.5,-4 6,-4 6,-3.25 95.5,-4", "info/area/polygon", "not a latitude"},
		{"not a point", "5,-4 12.5", "5 12.5", "info/area/circle", "not latitude,longitude"},
		{"no radius", "5,-4 12.5", "5,-4", "info/area/circle", "point and a radius"},
		{"altitude", "<altitude>0", "<altitude>high", "info/area/altitude", "feet"},
		{"unknown", "<event>", "<colour>red</colour><event>", "info/colour", "not an element"},
		{"twice", "<event>", "<urgency>Past</urgency><event>", "info/urgency", "twice"},
		{"language", ">fr<", ">français de France<", "info/language", "language code"},
		{"web", "https://heed.example", "ht tp://", "info/web", "not a URI"},
		{"not 1.2", "cap:1.2", "cap:1.1", "alert", "CAP 1.2 alert is expected"},
		{"document type", "<alert", "<!DOCTYPE alert [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><alert", "alert", "document type"},
		{"entity", "Acknowledge.", "&x;", "alert", "not well-formed"},
		{"not closed", "</alert>", "", "alert", "not well-formed"},
		{"two alerts", "</alert>", "</alert><alert/>", "alert", "after the alert"},
		{"level", ">4<", ">4<", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.from) {
				t.Fatalf("nothing to change: %s in %s", c.from, good)
			}
			_, err := cap.Parse(strings.NewReader(strings.Replace(good, c.from, c.to, 1)))
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if fault.KindOf(err) != fault.KindInvalid || fault.Field(err) != c.field || !strings.Contains(err.Error(), c.says) {
				t.Errorf("field %q: %v; want %q: %q", fault.Field(err), err, c.field, c.says)
			}
		})
	}
	second := strings.Replace(good, "</alert>", "<info><event>x</event></info></alert>", 1)
	if _, err := cap.Parse(strings.NewReader(second)); err == nil || !strings.Contains(err.Error(), "info[2]/urgency: is required") {
		t.Errorf("the second info: %v", err)
	}
	if _, err := (cap.Alert{}).XML(); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("an empty alert: %v", err)
	}
}

func TestForeignAndSigned(t *testing.T) {
	text := string(write(t, fromWarning(t, warning())))
	text = strings.Replace(text, "</alert>", `<x:extra xmlns:x="urn:x"><x:sender>other</x:sender></x:extra><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature></alert>`, 1)
	text = strings.Replace(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<?xml version=\"1.0\"?><?xml-stylesheet href='x.xsl'?><!-- hello -->", 1)
	a, err := cap.Parse(strings.NewReader(text))
	if err != nil || !a.Signed || a.Sender != "heed@agency.example" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFeed(t *testing.T) {
	b := read(t, "nws_atom_feed_example.xml")
	f, err := cap.ParseFeed(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Entries) != 163 || f.ID != "https://alerts.weather.gov/cap/us.php?x=0" || f.Updated.IsZero() {
		t.Fatalf("%d entries, %q, %v", len(f.Entries), f.ID, f.Updated)
	}
	for i, e := range f.Entries {
		if e.Problem != "" || e.Status != cap.Actual || e.MsgType != cap.MsgAlert || e.Info.Event == "" || len(e.Info.Areas) != 1 || e.Link == "" {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	e := f.Entries[0]
	if e.Info.Event != "High Wind Warning" || e.Info.Severity != "Severe" || e.Info.Expires.Format(time.RFC3339) != "2018-08-16T07:00:00-08:00" ||
		!reflect.DeepEqual(e.Info.Areas[0].Geocodes, []cap.Value{{Name: "FIPS6", Value: "002185"}, {Name: "UGC", Value: "AKZ204"}}) ||
		e.Info.Areas[0].Description != "Eastern Beaufort Sea Coast" || len(e.Info.Areas[0].Polygons) != 0 {
		t.Errorf("first entry %+v", e)
	}
	// One bad entry does not cost the others.
	f, err = cap.ParseFeed(bytes.NewReader(bytes.Replace(b, []byte("<cap:urgency>Expected"), []byte("<cap:urgency>Soon"), 1)))
	if err != nil || len(f.Entries) != 163 || !strings.Contains(f.Entries[0].Problem, "info/urgency") || f.Entries[1].Problem != "" {
		t.Errorf("%d entries, first problem %q, %v", len(f.Entries), f.Entries[0].Problem, err)
	}
}

func TestFeedOfWholeAlerts(t *testing.T) {
	alert := strings.TrimPrefix(string(write(t, fromWarning(t, warning()))), `<?xml version="1.0" encoding="UTF-8"?>`)
	f, err := cap.ParseFeed(strings.NewReader(`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>` +
		`<entry><id>1</id><link rel="self" href="s"/><link href="l"/><content type="text/xml">` + alert + `</content></entry>` +
		`<entry><id>2</id><content type="text/xml">` + strings.Replace(alert, ">Actual<", ">Fact<", 1) + `</content></entry>` +
		`<entry><id>3</id></entry></feed>`))
	if err != nil || len(f.Entries) != 3 {
		t.Fatal(f, err)
	}
	if e := f.Entries[0]; e.Problem != "" || e.Alert == nil || e.Alert.Identifier != "W-7.1" || e.Link != "l" {
		t.Errorf("first entry %+v", e)
	}
	if f.Entries[1].Alert != nil || !strings.Contains(f.Entries[1].Problem, "status") || !strings.Contains(f.Entries[2].Problem, "no CAP element") {
		t.Errorf("entries %+v", f.Entries[1:])
	}
	for _, text := range []string{"", "<feed/>", `<feed xmlns="http://www.w3.org/2005/Atom">`, `<!DOCTYPE feed><feed xmlns="http://www.w3.org/2005/Atom"/>`} {
		if _, err := cap.ParseFeed(strings.NewReader(text)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	head, tail := `<alert xmlns="`+cap.Namespace+`">`, "</alert>"
	for name, text := range map[string]string{
		"deep":  head + strings.Repeat("<info>", 20) + strings.Repeat("</info>", 20) + tail,
		"many":  head + strings.Repeat("<code/>", 20_001) + tail,
		"large": head + "<note>" + strings.Repeat("x", 5<<20) + "</note>" + tail,
	} {
		if _, err := cap.Parse(strings.NewReader(text)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(write(f, fromWarning(f, warning())))
	f.Add([]byte(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><info><area><polygon>1,1</polygon></area></info></alert>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := cap.Parse(bytes.NewReader(b))
		if err != nil {
			if fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%v is not an invalid input", err)
			}
			return
		}
		again, err := cap.Parse(bytes.NewReader(write(t, a)))
		a.Signed = false
		if err != nil || !reflect.DeepEqual(a, again) {
			t.Errorf("\n got %+v, %v\nwant %+v", again, err, a)
		}
	})
}

func FuzzParseFeed(f *testing.F) {
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.1"><entry><cap:event>x</cap:event><cap:geocode><value>1</value></cap:geocode></entry></feed>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := cap.ParseFeed(bytes.NewReader(b)); err != nil && fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%v is not an invalid input", err)
		}
	})
}

// TestWhatIsWrongIsNamedInOrder: the same each time.
func TestWhatIsWrongIsNamedInOrder(t *testing.T) {
	far := 1e7
	var a cap.Alert
	early := time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)
	a.Infos = []cap.Info{{Effective: early, Onset: early, Expires: early, Areas: []cap.Area{{Altitude: &far, Ceiling: &far}}}}
	want := a.Check().Error()
	for range 50 {
		if got := a.Check().Error(); got != want {
			t.Fatalf("%s\n%s", got, want)
		}
	}
	for _, pair := range [][2]string{{"effective", "onset"}, {"onset", "expires"}, {"altitude", "ceiling"}} {
		if x, y := strings.Index(want, pair[0]), strings.Index(want, pair[1]); x < 0 || y < x {
			t.Errorf("%s does not come before %s: %s", pair[0], pair[1], want)
		}
	}
}
