package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/testkit"
)

// reading are the commands that read a node, with what is given to them where
// they need something: {the command that lists it, the key of its id}, or {…, the
// key of the list, the key of its id}.
var reading = map[string][]string{
	"config": nil, "duties": nil, "agenda": nil, "version": nil,
	"situation list": nil, "situation show": {"situation list", "id"},
	"report list": nil, "report show": {"report list", "id"},
	"assessment framework": nil, "assessment list": nil, "assessment show": {"assessment list", "id"}, "assessment matrix": {"situation list", "id"},
	"warning list": nil, "warning show": {"warning list", "id"},
	"duty show":     {"duties", "id"},
	"decision list": nil, "decision show": {"decision list", "id"},
	"case list": nil, "case show": {"case list", "cases", "id"},
	"coalition list": nil, "coalition show": {"coalition list", "id"}, "package list": nil, "package show": {"package list", "id"},
	"protocol show": nil, "doors check": nil,
	"facts list": nil, "facts show": {"facts list", "id"},
	"evidence list": nil, "evidence show": {"evidence list", "id"}, "evidence verify": nil, "evidence custodians": nil,
	"mandate list": nil, "mandate show": {"mandate list", "id"}, "mandate overlaps": nil, "mandate aid": nil,
	"handover card": nil, "handover list": nil, "handover show": {"handover list", "id"},
	"handover peer list": nil, "handover sending": nil, "handover arriving": nil,
	"record list": nil, "record verify": nil, "record key": nil,
	"witness list": nil, "witness key": nil,
	"impact list": nil, "impact show": {"impact list", "id"},
	"person list": nil,
}

// TestEveryReadingCommandPrintsJSON runs each on the exercise: it succeeds, what
// it prints with --json is one JSON value and nothing beside it, and without
// --json it prints something else or nothing.
func TestEveryReadingCommandPrintsJSON(t *testing.T) {
	testkit.Slow(t)
	dir := filepath.Join(t.TempDir(), "played")
	play(t, "--dir", dir, "--addr", "127.0.0.1:0").stop()
	ask := func(args ...string) (any, []byte) {
		t.Helper()
		var out, problem bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "--dir", dir, "--json"), &out, &problem, nil); code != 0 || problem.Len() > 0 {
			t.Fatalf("heed %s: exit %d: %s", strings.Join(args, " "), code, problem.String())
		}
		d := json.NewDecoder(&out)
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("heed %s --json: %v", strings.Join(args, " "), err)
		}
		if rest, err := io.ReadAll(io.MultiReader(d.Buffered(), &out)); err != nil || strings.TrimSpace(string(rest)) != "" {
			t.Errorf("heed %s --json prints after its JSON: %q", strings.Join(args, " "), rest)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return v, b
	}
	leaves, err := cli.Leaves()
	if err != nil {
		t.Fatal(err)
	}
	for name := range reading {
		if !slices.Contains(leaves, name) {
			t.Errorf("%q is no command", name)
		}
	}
	for _, name := range leaves {
		from, known := reading[name]
		last := name[strings.LastIndex(name, " ")+1:]
		if !known {
			if slices.Contains([]string{"list", "show"}, last) && !slices.Contains([]string{"doors show"}, name) {
				t.Errorf("%q lists or shows something: say in this test how to run it", name)
			}
			continue
		}
		args := strings.Fields(name)
		if from != nil {
			all, _ := ask(strings.Fields(from[0])...)
			if len(from) == 3 {
				listed, _ := all.(map[string]any)
				all = listed[from[1]]
			}
			rows, ok := all.([]any)
			if !ok || len(rows) == 0 {
				t.Fatalf("heed %s lists nothing in the exercise", from[0])
			}
			id, _ := rows[0].(map[string]any)[from[len(from)-1]].(string)
			if id == "" {
				t.Fatalf("heed %s: a row without %q: %v", from[0], from[1], rows[0])
			}
			args = append(args, id)
		}
		_, as := ask(args...)
		var text, problem bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "--dir", dir), &text, &problem, nil); code != 0 {
			t.Errorf("heed %s: exit %d: %s", strings.Join(args, " "), code, problem.String())
		} else if json.Valid(text.Bytes()) && len(as) > 4 && !strings.HasPrefix(name, "handover card") {
			t.Errorf("heed %s prints JSON to a person", strings.Join(args, " "))
		}
	}
	for _, args := range [][]string{{"report", "show"}, {"report", "list", "--limit", "0"}, {"no-such"}, {"duties", "--no-such"}} {
		var problem bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "--dir", dir), io.Discard, &problem, nil); code != 2 || !strings.HasPrefix(problem.String(), "error: ") {
			t.Errorf("heed %s: exit %d: %s", strings.Join(args, " "), code, problem.String())
		}
	}
	for _, args := range [][]string{{"report", "show", "R-99999"}, {"warning", "show", "W-99"}, {"situation", "show", "nowhere"}, {"decision", "show", "D-1"}, {"duty", "show", "x"}, {"assessment", "show", "A-9999"}} {
		var out, problem bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "--dir", dir, "--json"), &out, &problem, nil); code != 1 || out.Len() > 0 || !strings.HasPrefix(problem.String(), "error: ") {
			t.Errorf("heed %s: exit %d, printed %q, said %q", strings.Join(args, " "), code, out.String(), problem.String())
		}
	}
}
