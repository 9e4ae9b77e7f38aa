package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// The limits of size, in lines.
const (
	smallest, largest = 300, 1500 // a package, tests left out
	longestFile       = 500
	longestFunction   = 60
	fewest, most      = 5, 40 // a package comment
	longestMain       = 30
)

// small lists the packages that may stay under the lower bound, with the
// reason. A package that is small because its noun is not one does not
// belong here: it belongs in another package.
var small = map[string]string{
	"internal/fault":         "six kinds of error are all it is",
	"internal/conf":          "one struct",
	"internal/blob/blobtest": "a suite",
	"ledger/ledgertest":      "a suite",
	"internal/proof/box":     "one function and the two systems it knows",
	"internal/web/study":     "four forms and a page; the words are in page",
	"internal/serve":         "joins the faces",
	"cmd/heed":               "main",
	"cmd/heed-verify":        "main",
}

// large lists the packages that may pass the upper bound, with the bound that
// holds for them instead and the reason. ADR 0007 says why there are any.
var large = map[string]struct {
	lines int
	why   string
}{
	"ledger":               {1800, "one mechanism: the tree, its proofs, checkpoints, witnesses"},
	"custody/bundle":       {2600, "one form of file: reading, writing and judging it take the same steps; logs and hand-overs come in parts"},
	"internal/web/page":    {3000, "a struct for each page, and the tables that pages share"},
	"internal/web/custody": {2200, "a file for each noun of custody: items, pictures, cases, mandates, hand-overs"},
	"internal/web":         {2000, "the map of the product: a route and a short function for each page"},
	"internal/heed":        {23500, "one type, a method for each thing that people can do or see; a file for each noun"},
	"internal/record":      {2500, "one mechanism: entries, sequencer, sealing, erasure, rebuild, verification"},
	"internal/cli":         {9500, "a struct for each command"},
	"internal/api":         {2200, "an input and a registration for each operation; what is read is in view"},
	"example":              {2500, "the exercise: a file for each noun that it plays"},
	"internal/report":      {1700, "one noun: how it came, what became of it, and which others tell the same are the same rows"},
	"internal/blob":        {1700, "one mechanism: what is kept is named, encrypted, durable, in a folder or a bucket alike"},
	"internal/events":      {1600, "five file formats and a table of countries"},
	"internal/evidence":    {4400, "one noun: what takes an item in, judges and reads it, handles it, proves it and the manifests of the store reads the same rows"},
}

// Size reports packages, files and functions outside the limits. Tests may
// have long functions, not long files.
func Size(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		sum := 0
		for _, f := range p.Files {
			if f.Lines > longestFile {
				problems = append(problems, fmt.Sprintf("%s has %d lines, at most %d", f.Name, f.Lines, longestFile))
			}
			if f.Test {
				continue
			}
			sum += f.Lines
			if strings.HasPrefix(p.Dir, "cmd/") && f.Lines >= longestMain+len(docOf(f)) {
				problems = append(problems, fmt.Sprintf("%s: main composes and does no more: under %d lines beside its comment", f.Name, longestMain))
			}
			for _, fn := range f.functions() {
				if n := t.span(fn); n > longestFunction {
					problems = append(problems, fmt.Sprintf("%s: %s has %d lines, at most %d", t.at(fn), fn.Name.Name, n, longestFunction))
				}
			}
		}
		bound := largest
		if x, ok := large[p.Dir]; ok {
			bound = x.lines
		}
		switch _, waived := small[p.Dir]; {
		case sum > bound:
			problems = append(problems, fmt.Sprintf("%s has %d lines, at most %d: it holds two nouns", p.Dir, sum, bound))
		case sum < smallest && sum > 0 && !waived && !slices.Contains(aside, p.Dir):
			problems = append(problems, fmt.Sprintf("%s has %d lines, at least %d: it is part of another noun, or not finished", p.Dir, sum, smallest))
		}
	}
	return problems
}

// docOf returns the lines of a file's package comment.
func docOf(f *File) []string {
	if f.AST.Doc == nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(f.AST.Doc.Text()), "\n")
}

// Documented reports packages without a package comment of the right length,
// with two of them, and exported names without a sentence.
func Documented(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if len(p.Code()) == 0 {
			continue
		}
		var docs []*File
		for _, f := range p.Code() {
			if f.AST.Doc != nil {
				docs = append(docs, f)
			}
			problems = append(problems, t.undocumented(f)...)
		}
		switch len(docs) {
		case 0:
			problems = append(problems, p.Dir+" has no package comment")
		case 1:
			if n := len(docOf(docs[0])); n < fewest || n > most {
				problems = append(problems, fmt.Sprintf("%s: the package comment has %d lines, should have %d to %d", docs[0].Name, n, fewest, most))
			}
		default:
			problems = append(problems, fmt.Sprintf("%s has %d package comments", p.Dir, len(docs)))
		}
	}
	return problems
}

// plain are methods whose meaning the standard library has fixed.
var plain = []string{
	"Error", "Unwrap", "Is", "String", "GoString", "LogValue", "Len", "Less", "Swap", "ServeHTTP",
	"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "MarshalYAML", "UnmarshalYAML",
}

// undocumented reports exported functions, types, constants and variables
// without a comment. One comment serves a group; a method that is plain needs
// none.
func (t *Tree) undocumented(f *File) (problems []string) {
	report := func(n ast.Node, name string) {
		problems = append(problems, fmt.Sprintf("%s: %s is exported and has no comment", t.at(n), name))
	}
	said := "" // the comment of the function before: it may speak for two
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && !onHidden(d) && !strings.Contains(said, d.Name.Name) &&
				(d.Recv == nil || !slices.Contains(plain, d.Name.Name)) {
				report(d, d.Name.Name)
			}
			if d.Doc != nil {
				said = d.Doc.Text()
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || d.Doc != nil {
				continue
			}
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && s.Doc == nil {
						report(s, s.Name.Name)
					}
				case *ast.ValueSpec:
					if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil {
						report(s, s.Names[0].Name)
					}
				}
			}
		}
	}
	return problems
}

// onHidden says whether a method belongs to an unexported type.
func onHidden(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return false
	}
	e := fn.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if generic, ok := e.(*ast.IndexExpr); ok {
		e = generic.X
	}
	name, ok := e.(*ast.Ident)
	return ok && !name.IsExported()
}
