package arch

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// unspoken are words that have no place in the sources: where they were
// written, from where their parts were fetched, and marks of unfinished work.
// They are put together here so that this file does not break its own rule.
var unspoken = regexp.MustCompile(strings.Join([]string{
	`(^|[^\w.])/w` + `ork/`, `\.lib` + `rary/`, `proxy\.go` + `lang`, `registry\.np` + `mjs`, `deb\.deb` + `ian`, `/ro` + `ot/go`,
	`\bTO` + `DO\b`, `\bFIX` + `ME\b`, `//\s*XX` + `X\b`, `(?i:not imple` + `mented)`,
}, "|"))

// Words reports text that speaks of the place where it was written, or that
// says it is not finished.
func Words(t *Tree) (problems []string) {
	for name, text := range t.Texts {
		if strings.HasSuffix(name, "go.sum") {
			continue
		}
		n := 0
		for line := range strings.Lines(text) {
			n++
			if found := unspoken.FindString(line); found != "" {
				problems = append(problems, fmt.Sprintf("%s:%d: %q has no place in the sources", name, n, strings.TrimSpace(found)))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// link finds the address of a link or picture in Markdown.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links reports links of the documentation that lead to no file.
func Links(t *Tree) (problems []string) {
	for name, text := range t.Texts {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, ":") {
				continue // a place on the same page, or an address elsewhere
			}
			if !t.Names[path.Join(path.Dir(name), to)] {
				problems = append(problems, fmt.Sprintf("%s: the link to %s leads nowhere", name, m[1]))
			}
		}
	}
	slices.Sort(problems)
	return problems
}
