// Command affected prints the packages that a change can break, nearest first:
// those with a changed file, those that import them, those that import these.
//
//	go run ./internal/testkit/affected [MOST]
//
// Changed is what differs from the branch main (or, on it, from the commit
// before), with what is not committed. It prints at most MOST packages, and says
// on standard error how many it left out.
package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/heed-project/heed"

func main() {
	most := 1 << 20
	if len(os.Args) > 1 {
		n, err := strconv.Atoi(os.Args[1])
		if err != nil || n < 1 || len(os.Args) > 2 {
			fmt.Fprintln(os.Stderr, "usage: affected [MOST]")
			os.Exit(2)
		}
		most = n
	}
	files, err := changed()
	if err != nil {
		fail(err)
	}
	listed, err := output("go", "list", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}`, "./...")
	if err != nil {
		fail(err)
	}
	out := graph(listed).affected(files)
	for _, p := range out[:min(most, len(out))] {
		fmt.Println(p)
	}
	if left := len(out) - most; left > 0 {
		fmt.Fprintf(os.Stderr, "%d packages that depend on this change are left to `make test`\n", left)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

// output returns the lines that a command prints.
func output(name string, args ...string) ([]string, error) {
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &said
	b, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", name, args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' }), nil
}

// changed returns the files that differ.
func changed() ([]string, error) {
	base, err := base()
	if err != nil {
		return nil, err
	}
	files, err := output("git", "diff", "--name-only", "--no-renames", base)
	if err != nil {
		return nil, err
	}
	more, err := output("git", "ls-files", "--others", "--exclude-standard")
	return append(files, more...), err
}

// base is the commit with which what is here is compared.
func base() (string, error) {
	head, err := output("git", "rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	for _, branch := range []string{"main", "origin/main"} {
		if at, err := output("git", "merge-base", "HEAD", branch); err == nil && at[0] != head[0] {
			return at[0], nil
		}
	}
	if _, err := output("git", "rev-parse", "--verify", "--quiet", "HEAD~1"); err != nil {
		return head[0], nil // a copy of one commit alone
	}
	return "HEAD~1", nil
}

// importers says of each package of the module who imports it, and whose tests do.
type importers map[string]struct{ code, tests []string }

// graph reads lines of a package, "|", what it imports, "|", and what its tests do.
func graph(listed []string) importers {
	g := importers{}
	for _, line := range listed {
		parts := strings.Split(line, "|")
		if _, is := g[parts[0]]; !is { // it is there, imported or not
			g[parts[0]] = struct{ code, tests []string }{}
		}
		for _, p := range strings.Fields(parts[1]) {
			at := g[p]
			at.code = append(at.code, parts[0])
			g[p] = at
		}
		for _, p := range strings.Fields(parts[2]) {
			at := g[p]
			at.tests = append(at.tests, parts[0])
			g[p] = at
		}
	}
	maps.DeleteFunc(g, func(p string, _ struct{ code, tests []string }) bool {
		return p != module && !strings.HasPrefix(p, module+"/")
	})
	return g
}

// affected orders the packages that files can break by how far they are.
func (g importers) affected(files []string) (out []string) {
	seen := map[string]bool{}
	add := func(p string) {
		if _, is := g[p]; is && !seen[p] {
			seen[p], out = true, append(out, p)
		}
	}
	for _, f := range files {
		if f == "go.mod" || f == "go.sum" {
			for _, p := range slices.Sorted(maps.Keys(g)) {
				add(p)
			}
		}
		if strings.HasPrefix(f, "docs/") {
			add(module + "/docs/guide") // its test reads them
		}
		for dir := path.Dir(f); dir != "."; dir = path.Dir(dir) { // a file that is embedded belongs to the package above it
			if _, is := g[path.Join(module, dir)]; is {
				add(path.Join(module, dir))
				break
			}
		}
	}
	var tests []string
	for i := 0; i < len(out); i++ {
		for _, p := range g[out[i]].code {
			add(p)
		}
		tests = append(tests, g[out[i]].tests...)
	}
	for _, p := range tests {
		add(p)
	}
	return out
}
