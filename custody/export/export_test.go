package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/custody/export"
	"github.com/heed-project/heed/internal/testkit"
)

var files = map[string]string{"E-1": "a photograph", "E-2": "a photograph, redacted"}

func description() *export.Description {
	at := func(h int) time.Time { return time.Date(2026, 5, 1, h, 0, 0, 0, time.UTC) }
	sum := func(id string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(files[id]))) }
	return &export.Description{
		ID: "HO-7", Title: "Hand-over of two <items> & more", Agency: "Registry of Vela", Made: at(20),
		Agents: []export.Agent{{"P-1", "A. Custodian", export.Person}, {"P-2", "Registry of Vela", export.Organization}, {"P-3", "Heed 1.0", export.Software}},
		Objects: []export.Object{
			{ID: "E-1", Name: "صورة \"1\".jpg", Path: "E-1.jpg", SHA256: sum("E-1"), Size: int64(len(files["E-1"])), Media: "image/jpeg", Created: at(1), Source: "=HYPERLINK(\"x\")", Marking: "TLP:AMBER", Conditions: "for trial alone"},
			{ID: "E-2", Name: "-2.jpg", Path: "E-2.jpg", SHA256: sum("E-2"), Size: int64(len(files["E-2"])), Derived: "E-1"},
		},
		Events: []export.Event{
			{"C-1", "ingestion", at(2), "taken in\x00 at the gate", "", []string{"P-1", "P-3"}, nil, []string{"E-1"}},
			{"C-2", "fixity check", at(3), "", "the digest agrees", []string{"P-3"}, []string{"E-1"}, nil},
			{"C-3", "redaction", at(4), "faces", "done", []string{"P-1", "P-3"}, []string{"E-1"}, []string{"E-2"}},
			{"C-4", "transfer", at(5), "", "receipted", []string{"P-2"}, []string{"E-1", "E-2"}, nil},
		},
	}
}

// TestPREMIS passes the schema of the Library of Congress.
func TestPREMIS(t *testing.T) {
	xsd := filepath.Join(testkit.Shared(t, "evidence/mets-premis/xsd"), "premis.xsd")
	if _, err := exec.LookPath("xmllint"); err != nil {
		testkit.Missing(t, "xmllint")
	}
	var b bytes.Buffer
	if err := export.WritePREMIS(&b, description()); err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		cmd := exec.Command("xmllint", "--noout", "--nonet", "--schema", xsd, "-")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	if err := check(b.String()); err != nil {
		t.Errorf("%v\n%s", err, b.String())
	}
	if err := check(strings.ReplaceAll(b.String(), "eventDateTime", "eventMoment")); err == nil {
		t.Error("the schema accepts anything")
	}
	for _, want := range []string{"<eventType>redaction</eventType>", "<relatedObjectIdentifierValue>E-1<", "<agentType>software</agentType>", "taken in at the gate"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestCASE: every action has a record of provenance before it and after it, they
// form a chain, and nothing is named that is not in the graph.
func TestCASE(t *testing.T) {
	var b bytes.Buffer
	if err := export.WriteCASE(&b, description()); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Graph []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, n := range doc.Graph {
		kinds[n["@id"].(string)], _ = n["@type"].(string)
	}
	records := func(v any) (ids []string) {
		for _, x := range v.([]any) {
			id := x.(map[string]any)["@id"].(string)
			if kinds[id] == "" {
				t.Errorf("%s is named and not in the graph", id)
			}
			if kinds[id] == "case-investigation:ProvenanceRecord" {
				ids = append(ids, id)
			}
		}
		return ids
	}
	if vector := "kb:file-5e7c16d0-be04-8360-aedc-2f7a2bdda101"; kinds[vector] != "uco-observable:File" {
		t.Errorf("the identifier of docs/spec/bundle.md is not in the graph: %v", kinds)
	}
	n, last := 0, ""
	for _, x := range doc.Graph {
		if x["@type"] != "case-investigation:InvestigativeAction" {
			continue
		}
		before, after := records(x["uco-action:object"]), records(x["uco-action:result"])
		if len(before) == 0 || len(after) != 1 || n > 0 && !slices.Contains(before, last) {
			t.Errorf("%v: %v → %v after %s", x["uco-core:name"], before, after, last)
		}
		if x["uco-action:performer"] == nil {
			t.Errorf("%v: nobody did it", x["uco-core:name"])
		}
		n, last = n+1, after[0]
	}
	if n != 4 {
		t.Errorf("%d actions", n)
	}
}

// TestFtM: every property is one that its schema or an ancestor has.
func TestFtM(t *testing.T) {
	dir := testkit.Shared(t, "evidence/followthemoney/schema")
	type schema struct {
		Extends    []string       `yaml:"extends"`
		Properties map[string]any `yaml:"properties"`
	}
	all := map[string]schema{}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.y*ml"))
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var one map[string]schema
		if err := yaml.Unmarshal(b, &one); err != nil {
			t.Fatal(p, err)
		}
		for k, v := range one {
			all[k] = v
		}
	}
	var has func(name, prop string) bool
	has = func(name, prop string) bool {
		s, ok := all[name]
		if _, found := s.Properties[prop]; found {
			return true
		}
		return ok && slices.ContainsFunc(s.Extends, func(e string) bool { return has(e, prop) })
	}
	var b bytes.Buffer
	if err := export.WriteFtM(&b, description()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(b.String()) {
		var e struct {
			ID, Schema string
			Properties map[string][]string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.ID == "" {
			t.Fatal(err, line)
		}
		for p := range e.Properties {
			if !has(e.Schema, p) {
				t.Errorf("%s has no property %s", e.Schema, p)
			}
		}
		n++
	}
	if n != 2+2+4 {
		t.Errorf("%d entities", n)
	}
}

// TestTablesAreNoFormulas: what a spreadsheet would run is text.
func TestTablesAreNoFormulas(t *testing.T) {
	for in, want := range map[string]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "x=1": "x=1", "": "", "'x": "'x", "\x00=1": "'=1"} {
		if got := export.Cell(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, write := range []func(io.Writer, *export.Description) error{export.WriteObjects, export.WriteEvents} {
		var b bytes.Buffer
		if err := write(&b, description()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) < 3 {
			t.Fatal(rows, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%q would run", cell)
				}
			}
		}
	}
}

// memory writes a bag into a map.
type memory struct {
	bytes.Buffer
	done func([]byte)
}

func (m *memory) Close() error { m.done(m.Bytes()); return nil }

func writeBag(d *export.Description) (fstest.MapFS, error) {
	m := fstest.MapFS{}
	err := export.WriteBag(func(name string) (io.WriteCloser, error) {
		return &memory{done: func(b []byte) { m[name] = &fstest.MapFile{Data: b} }}, nil
	}, d, func(o *export.Object) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(files[o.ID])), nil
	})
	return m, err
}

// TestBag: the bag is valid, the checksum tools agree, and one description gives
// the same bytes every time.
func TestBag(t *testing.T) {
	m, err := writeBag(description())
	if err != nil {
		t.Fatal(err)
	}
	report, err := bag.Check(m)
	if err != nil || report.Verdict != bag.Valid || report.Files != 2 || len(report.Problems) > 0 {
		t.Fatalf("%+v %v", report, err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, m); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"manifest-sha512.txt", "tagmanifest-sha512.txt"} {
		cmd := exec.Command("sha512sum", "--strict", "-c", list)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	again, err := writeBag(description())
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range m {
		if !bytes.Equal(f.Data, again[name].Data) {
			t.Errorf("%s is not the same twice", name)
		}
	}
	d := description()
	d.Objects[0].SHA256 = strings.Repeat("0", 64)
	if _, err := writeBag(d); err == nil || !strings.Contains(err.Error(), "not those that are described") {
		t.Errorf("other bytes: %v", err)
	}
}

// TestCheck: what does not fit together is refused by every writer.
func TestCheck(t *testing.T) {
	for name, spoil := range map[string]func(d *export.Description){
		"no identifier":   func(d *export.Description) { d.ID = "" },
		"twice":           func(d *export.Description) { d.Agents[1].ID = "P-1" },
		"unknown agent":   func(d *export.Description) { d.Events[0].Agents[0] = "P-9" },
		"unknown object":  func(d *export.Description) { d.Events[1].Objects[0] = "E-9" },
		"unknown source":  func(d *export.Description) { d.Objects[1].Derived = "E-9" },
		"out of order":    func(d *export.Description) { d.Events[3].At = d.Events[0].At.Add(-time.Hour) },
		"no digest":       func(d *export.Description) { d.Objects[0].SHA256 = "x" },
		"kind of agent":   func(d *export.Description) { d.Agents[0].Kind = "ghost" },
		"nothing in it":   func(d *export.Description) { d.Objects = nil },
		"event like file": func(d *export.Description) { d.Events[0].ID = "E-1" },
	} {
		d := description()
		spoil(d)
		for i, write := range []func(io.Writer, *export.Description) error{export.WritePREMIS, export.WriteCASE, export.WriteFtM, export.WriteObjects, export.WriteEvents} {
			if err := write(io.Discard, d); err == nil {
				t.Errorf("%s: writer %d took it", name, i)
			}
		}
	}
}

func ExampleWriteEvents() {
	d := description()
	d.Events = d.Events[1:2]
	if err := export.WriteEvents(os.Stdout, d); err != nil {
		panic(err)
	}
	// Output:
	// id,kind,at,detail,outcome,by,objects,results
	// C-2,fixity check,2026-05-01T03:00:00Z,,the digest agrees,Heed 1.0,E-1,
}
