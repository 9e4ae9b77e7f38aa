// Package guide_test reads the guides as a user would: every command that they
// show must be one that the program knows, with the flags it has.
package guide_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/cli"
)

// shown finds commands: indented lines, and words in backquotes.
var shown = regexp.MustCompile("(?m)^ {4,}heed (.+)$|`heed ([^`]+)`")

func TestEveryCommandShownExists(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md", "../threats.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllStringSubmatch(string(text), -1) {
			line := m[1] + m[2]
			found++
			var out, complaint bytes.Buffer
			args := append(words(line), "--help")
			if code := cli.Run(t.Context(), args, &out, &complaint, nil); code != 0 {
				t.Errorf("%s: heed %s: status %d: %s", page, line, code, complaint.String())
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d commands: the guides show more", found)
	}
}

// words cuts a line as a shell would: quotes hold words together, a comment, a
// pipe or a redirection ends it.
func words(line string) (out []string) {
	word, quoted, inside := "", false, false
	end := func() {
		if inside {
			out = append(out, word)
		}
		word, inside = "", false
	}
	for _, r := range strings.ReplaceAll(line, "\n", " ") {
		switch {
		case r == '"':
			quoted, inside = !quoted, true
		case quoted:
			word += string(r)
		case r == '#' || r == '>' || r == '|':
			end()
			return out
		case r == ' ' || r == '\t':
			end()
		default:
			word, inside = word+string(r), true
		}
	}
	end()
	return out
}

func TestWords(t *testing.T) {
	got := strings.Join(words(`knew W-1 --purpose "a b" --out x > y # z`), "|")
	if want := "knew|W-1|--purpose|a b|--out|x"; got != want {
		t.Errorf("words: %s, want %s", got, want)
	}
}
