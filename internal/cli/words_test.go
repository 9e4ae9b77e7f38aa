package cli

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEverythingIsExplained: whoever asks for help is told of each flag and each
// argument what it is.
func TestEverythingIsExplained(t *testing.T) {
	var g grammar
	parser, err := kong.New(&g, readsTime)
	if err != nil {
		t.Fatal(err)
	}
	explain(parser.Model.Node, "")
	used := map[string]bool{}
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		check := func(name, help string) {
			if used[path+" "+name], used[name] = true, true; help == "" {
				t.Errorf("heed %s: %s is not explained", path, name)
			}
		}
		for _, v := range n.Positional {
			check(v.Name, v.Help)
		}
		for _, f := range n.Flags {
			check(f.Name, f.Help)
		}
		for _, c := range n.Children {
			if c.Help == "" {
				t.Errorf("heed %s %s is not explained", path, c.Name)
			}
			walk(c, strings.TrimSpace(path+" "+c.Name))
		}
	}
	walk(parser.Model.Node, "")
	for name := range words {
		if !used[name] {
			t.Errorf("nothing takes %q", name)
		}
	}
}
