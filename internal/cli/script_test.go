package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts plays the stories in testdata with the real programs, each on
// SQLite and on PostgreSQL.
func TestScripts(t *testing.T) {
	testkit.Slow(t)
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./cmd/heed", "./cmd/heed-verify")
	build.Dir = testkit.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	testkit.Databases(t, func(t *testing.T, url string) {
		testscript.Run(t, testscript.Params{
			Dir: "testdata",
			Setup: func(e *testscript.Env) error {
				e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
				e.Setenv("HOME", e.WorkDir)
				e.Setenv("SHARED", sharedData(t))
				e.Setenv("HEED_CODE", testkit.Code())
				e.Setenv("HEED_DIR", filepath.Join(e.WorkDir, "node"))
				if url != "" {
					e.Setenv("HEED_DB", testkit.Postgres(t))
				}
				return nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"field": field, "flip": flip, "served": served(bin),
			},
			Condition: func(cond string) (bool, error) { return cond == "shared" && sharedData(t) != "", nil },
		})
	})
}

// field puts a field of the JSON on standard output into a variable:
// "field VAR duties.0.id"; with a third word it must have that value.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: field VAR PATH [VALUE]")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for _, step := range strings.Split(args[1], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			if step == "#" {
				v = len(x)
				continue
			}
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(x) {
				ts.Fatalf("%s: %d elements", args[1], len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: nothing at %q", args[1], step)
		}
	}
	text := fmt.Sprint(v)
	if f, ok := v.(float64); ok {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	ts.Setenv(args[0], text)
	if len(args) == 3 && (text == args[2]) == neg {
		ts.Fatalf("%s is %q, want %q", args[1], text, args[2])
	}
}

// sharedData is the folder of the shared data, "" where it is absent.
func sharedData(t *testing.T) string {
	base := os.Getenv("HEED_SHARED")
	if base == "" {
		base = filepath.Join(testkit.Root(t), "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(base, "data")); err != nil {
		return ""
	}
	return filepath.Join(base, "data")
}

// served serves the node in a folder until the script ends, and puts its address
// into a variable: "served VAR FOLDER".
func served(bin string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		for try := 0; ; try++ { // another may come to have the port in between
			l, err := net.Listen("tcp", "127.0.0.1:0")
			ts.Check(err)
			addr := l.Addr().String()
			ts.Check(l.Close())
			cmd := exec.Command(filepath.Join(bin, "heed"), "serve", "--addr", addr, "--dir", ts.MkAbs(args[1]))
			cmd.Env = append(os.Environ(), "HEED_CODE="+ts.Getenv("HEED_CODE"), "HOME="+ts.Getenv("HOME"))
			out, err := cmd.StdoutPipe()
			ts.Check(err)
			ts.Check(cmd.Start())
			if line, err := bufio.NewReader(out).ReadString('\n'); err == nil && strings.Contains(line, "is served at") {
				ts.Defer(func() { cmd.Process.Kill(); cmd.Wait() })
				ts.Setenv(args[0], "http://"+addr)
				return
			}
			cmd.Process.Kill()
			cmd.Wait()
			if try == 4 {
				ts.Fatalf("heed serve does not serve")
			}
		}
	}
}

// flip changes one byte of a file, at a place counted from the start.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	b[at%len(b)] ^= 1
	ts.Check(os.WriteFile(path, b, 0o600))
}
