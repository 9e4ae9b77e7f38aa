package arch

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// source reads the real tree once for all rules.
var source = sync.OnceValues(func() (*Tree, error) { return Load(os.DirFS("../..")) })

// TestHouse holds every rule against the sources.
func TestHouse(t *testing.T) {
	tree, err := source()
	if err != nil {
		t.Fatal(err)
	}
	if tree.Module == "" || len(tree.Packages) < 3 {
		t.Fatalf("read module %q with %d packages: this is not the tree", tree.Module, len(tree.Packages))
	}
	rules := []struct {
		name string
		rule func(*Tree) []string
	}{
		{"imports go down only", Floors},
		{"one dependency in floor 0", OneDependency},
		{"no state in floor 0", NoState},
		{"examples in floor 0", Examples},
		{"parsers are fuzzed", Fuzzed},
		{"nothing skips unseen", Skips},
		{"SQL in store.go only", SQL},
		{"only apply writes", OnlyApplyWrites},
		{"clock and environment", Reserved},
		{"interfaces at the seams", Seams},
		{"size", Size},
		{"comments", Documented},
		{"words", Words},
		{"links", Links},
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, p := range r.rule(tree) {
				t.Error(p)
			}
		})
	}
}

// TestRulesBite holds each rule against a small broken tree. Each case gives
// the file and a piece of what the rule must say; an empty piece means that
// the file is in order.
func TestRulesBite(t *testing.T) {
	const mod = "module example.org/house\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b/v2 v2.0.0\n)\n"
	cases := []struct {
		rule       func(*Tree) []string
		file, text string
		want       string
	}{
		{Floors, "ledger/a.go", `import _ "example.org/house/internal/fault"`, "imports go down only"},
		{Floors, "ledger/a.go", `import _ "log/slog"`, "too heavy"},
		{Floors, "ledger/a.go", `import _ "example.org/house/protocol"`, "not a listed edge"},
		{Floors, "custody/a.go", `import _ "example.org/house/ledger"`, ""},
		{Floors, "internal/db/a.go", `import _ "example.org/house/internal/fault"`, ""},
		{Floors, "internal/fault/a.go", `import _ "example.org/house/internal/db"`, "imports go down only"},
		{Floors, "internal/db/a.go", `import _ "example.org/house/internal/testkit"`, "for tests alone"},
		{Floors, "internal/db/a_test.go", `import _ "example.org/house/internal/testkit"`, ""},
		{Floors, "internal/party/a.go", `import _ "example.org/house/internal/record"`, ""},
		{Floors, "internal/record/a.go", `import _ "example.org/house/internal/party"`, "not a listed edge"},
		{Floors, "internal/warning/a.go", `import _ "example.org/house/internal/decision"`, "not a listed edge"},
		{Floors, "internal/web/a.go", `import _ "example.org/house/internal/api"`, "not a listed edge"},
		{Floors, "internal/web/a.go", `import _ "example.org/house/internal/web/page"`, ""},
		{Floors, "internal/web/look/a.go", `import _ "example.org/house/internal/web/page"`, "not a listed edge"},
		{Floors, "internal/api/a.go", `import _ "example.org/house/internal/web/look"`, "not a listed edge"},
		{Floors, "internal/stray/a.go", ``, "on no floor"},
		{Floors, "cmd/heed-verify/a.go", `import _ "example.org/house/internal/fault"`, "floor 0 only"},
		{OneDependency, "ledger/a.go", "import _ \"example.com/a/x\"\nimport _ \"example.com/b/v2/y\"", "at most one module"},
		{OneDependency, "ledger/a.go", "import _ \"example.com/a/x\"\nimport _ \"example.com/a/y\"", ""},
		{NoState, "ledger/a.go", "var seen int", "no value that stays"},
		{NoState, "ledger/a.go", "var seen = make(map[string]bool)", "may change"},
		{NoState, "ledger/a.go", "var Names = []string{\"a\"}", "written from outside"},
		{NoState, "ledger/a.go", "var names = []string{\"a\"}\nfunc f() { names[0] = \"b\" }", "is written"},
		{NoState, "ledger/a.go", "var names = []string{\"a\"}\nfunc f() *[]string { return &names }", "is written"},
		{NoState, "ledger/a.go", "var names = map[string]int{}\nfunc f() { delete(names, \"a\") }", "is written"},
		{NoState, "ledger/a.go", "import \"errors\"\nvar names = []string{\"a\"}\nvar ErrX = errors.New(\"x\")\nvar _ error = ErrX\nfunc f() string { return names[0] }", ""},
		{NoState, "ledger/a.go", "func init() {}", "no init"},
		{NoState, "internal/db/a.go", "var seen int", ""},
		{Examples, "ledger/a.go", "", "no runnable example"},
		{Fuzzed, "ledger/a.go", "func ParseNote(b []byte) {}", "no fuzz target"},
		{Fuzzed, "ledger/a.go", "func Verify(size int64) {}", ""},
		{Skips, "internal/db/a_test.go", "func TestA(t *testing.T) { if absent() { t.Skip(\"absent\") } }", "only when testing.Short()"},
		{Skips, "internal/db/a_test.go", "func TestA(t *testing.T) { if testing.Short() { t.Skip(\"slow\") } }", ""},
		{Skips, "internal/db/a_test.go", "func TestA(t *testing.T) { rapid.Check(t, func(t *rapid.T) { t.Skip() }) }", ""},
		{Skips, "internal/db/a_test.go", "func FuzzA(f *testing.F) { f.Fuzz(func(t *testing.T) { t.Skip() }) }", ""},
		{SQL, "internal/warning/a.go", `const q = "SELECT id FROM warning"`, "store.go"},
		{SQL, "internal/warning/a.go", `const q = "delete from warning"`, "store.go"},
		{SQL, "internal/warning/store.go", `const q = "SELECT id FROM warning"`, ""},
		{SQL, "internal/warning/store_state.go", `const q = "SELECT id FROM warning"`, ""},
		{SQL, "internal/warning/restore.go", `const q = "SELECT id FROM warning"`, "store.go"},
		{SQL, "internal/warning/a.go", `const q = "Select who is to be warned"`, ""},
		{SQL, "internal/warning/a.sql", "", "store.go"},
		{OnlyApplyWrites, "internal/warning/store.go", "func issue() string { return `INSERT INTO warning VALUES (1)` }", "only functions named apply"},
		{OnlyApplyWrites, "internal/warning/store.go", "const q = `UPDATE warning SET level = 1`\nfunc set() string { return q }", "only functions named apply"},
		{OnlyApplyWrites, "internal/warning/store.go", "const q = `UPDATE warning SET level = 1`\nfunc applySet() string { return q }", ""},
		{OnlyApplyWrites, "internal/warning/store.go", "func applyIssued() string { return `INSERT INTO warning VALUES (1)` }", ""},
		{OnlyApplyWrites, "internal/warning/store.go", "func applyIssued() {}\nfunc issue() { applyIssued() }", "by nobody else"},
		{OnlyApplyWrites, "internal/warning/store.go", "func applyIssued() {}\nvar kinds = []func(){applyIssued}", ""},
		{OnlyApplyWrites, "internal/warning/store.go", "func applyEnd(s string) func() { return nil }\nvar kind = struct{ Apply func() }{Apply: applyEnd(\"closed\")}", ""},
		{OnlyApplyWrites, "internal/party/store.go", "const state = `CREATE TABLE IF NOT EXISTS session (id TEXT)`\nfunc end() string { return `INSERT INTO session VALUES (1) ON CONFLICT DO UPDATE SET id = 1` }", ""},
		{OnlyApplyWrites, "internal/party/store.go", "const state = `CREATE TABLE IF NOT EXISTS session (id TEXT)`\nfunc applyEnd() string { return `DELETE FROM session` }", "writes working state"},
		{OnlyApplyWrites, "internal/record/store.go", "func put() string { return `INSERT INTO entry VALUES (1)` }", ""},
		{Reserved, "internal/web/a.go", "import \"time\"\nvar now = time.Now", "comes with the transaction"},
		{Reserved, "internal/web/a.go", "import clock \"time\"\nvar now = clock.Now()", "comes with the transaction"},
		{Reserved, "internal/web/a_test.go", "import \"time\"\nvar now = time.Now", ""},
		{Reserved, "internal/db/a.go", "import \"time\"\nvar now = time.Now", ""},
		{Reserved, "internal/web/a.go", "import \"os\"\nvar home = os.Getenv(\"HOME\")", "read in internal/conf"},
		{Seams, "internal/web/a.go", "type Thing interface{ Do() }", "no listed seam"},
		{Seams, "internal/blob/a.go", "type Store interface{ Put() }", ""},
		{Seams, "internal/web/a.go", "type number interface{ ~int | ~float64 }", ""},
		{Size, "internal/fault/a.go", "func f() {\n" + strings.Repeat("\t_ = 1\n", 60) + "}", "at most 60"},
		{Size, "internal/fault/a.go", strings.Repeat("\n", 501), "at most 500"},
		{Size, "internal/db/a.go", "", "at least 300"},
		{Size, "internal/db/a.go", strings.Repeat("\n", 1501), "at most 1500"},
		{Size, "cmd/heed/a.go", strings.Repeat("\n", 30), "under 30"},
		{Documented, "internal/db/a.go", "", "no package comment"},
		{Documented, "internal/db/a.go", "type Thing struct{}", "Thing is exported"},
		{Documented, "internal/db/a.go", "func One() {}\nfunc Two() {}", "Two is exported"},
		{Documented, "internal/db/a.go", "// One and Two do.\nfunc One() {}\nfunc Two() {}", "no package comment"},
		{Documented, "internal/db/a.go", "type thing struct{}\nfunc (*thing) Do() {}", "no package comment"},
		{Words, "docs/a.md", "see /w" + "ork/main", "no place"},
		{Words, "docs/a.md", "the frame/work of analysis", ""},
		{Words, "internal/db/a.go", "// TO" + "DO later", "no place"},
		{Links, "docs/a.md", "see [b](b.md)", "leads nowhere"},
		{Links, "docs/a.md", "see [mod](../go.mod), [top](#top), [page](https://example.org/x)", ""},
		{Words, "go.sum", "proxy.go" + "lang", ""},
	}
	for _, c := range cases {
		text := c.text
		if strings.HasSuffix(c.file, ".go") {
			text = fmt.Sprintf("package p\n%s\n", text)
			if c.file == "internal/blob/a.go" {
				text = strings.Replace(text, "package p", "package blob", 1)
			}
		}
		tree, err := Load(fstest.MapFS{"go.mod": {Data: []byte(mod)}, c.file: {Data: []byte(text)}})
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		got := strings.Join(c.rule(tree), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s\n%s\n got: %s\nwant: %q", c.file, text, got, c.want)
		}
	}
}

// TestEdges checks what is refused in the list of edges itself.
func TestEdges(t *testing.T) {
	var many [][2]string
	for range mostEdges + 1 {
		many = append(many, [2]string{work[1], work[0]})
	}
	cases := []struct {
		list [][2]string
		want string
	}{
		{[][2]string{{"internal/db", "ledger"}}, "does not join two packages of one floor"},
		{[][2]string{{"internal/stray", "internal/stranger"}}, "does not join"},
		{[][2]string{{work[1], work[0]}, {work[0], work[1]}}, "form a circle"},
		{many, "at most 10"},
	}
	for _, c := range cases {
		if got := strings.Join(edges(c.list), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%v\n got: %s\nwant: %s", c.list, got, c.want)
		}
	}
}
