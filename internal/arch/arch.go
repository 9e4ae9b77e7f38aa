// Package arch holds the rules of the house as tests that read the sources.
//
// It promises that a rule written in CONTRIBUTING.md is a rule that fails when
// it is broken: which package may import which, what the library at the root
// may touch, where SQL, the clock and the environment may appear, who writes
// tables, how long a file may grow, which words never appear.
//
// It reads files itself instead of running "go list": go test caches a result
// until a file that the test opened changes, and it cannot see what another
// process opened. It trusts the Go parser and nothing else; it looks at
// syntax, not at types, and where that is not exact it errs on the side of
// refusing.
//
// Each rule is a function from a Tree to the list of what breaks it. Each is
// tested twice: on the sources, where it must find nothing, and on a small
// broken tree, where it must find what was broken.
//
//	tree, err := arch.Load(os.DirFS(root))
//	for _, p := range arch.Floors(tree) { t.Error(p) }
package arch

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Tree is the sources of the module, read once.
type Tree struct {
	Module   string
	Require  []string // outside modules named in go.mod
	Packages []*Package
	Texts    map[string]string // every text file, by its path from the root
	Names    map[string]bool   // every file and folder, by its path from the root

	set *token.FileSet
}

// A Package is one folder of Go files.
type Package struct {
	Dir   string // path from the root, with slashes
	Files []*File
}

// A File is one parsed Go file.
type File struct {
	Name  string // path from the root
	Test  bool
	Lines int
	AST   *ast.File
}

// skipped folders hold no source of this module: tools are modules of their
// own, the rest is built or fetched.
var skipped = []string{".git", "node_modules", "bin", "out", "heed-data", "tools", "testdata"}

// Load reads the tree. Folders of other modules, of test data and of built
// things are left out of the Go packages; their text is still read.
func Load(src fs.FS) (*Tree, error) {
	tree := &Tree{Texts: map[string]string{}, Names: map[string]bool{}, set: token.NewFileSet()}
	byDir := map[string]*Package{}
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		tree.Names[name] = true
		if d.IsDir() {
			if foreign(path.Base(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || foreign(path.Base(name)) { // .git is a file where a worktree was added
			return nil
		}
		text, err := fs.ReadFile(src, name)
		if err != nil || bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 { // a zero byte: not text
			return err
		}
		tree.Texts[name] = string(text)
		if !strings.HasSuffix(name, ".go") || outside(name) {
			return nil
		}
		return tree.add(byDir, name, text)
	})
	if err != nil {
		return nil, fmt.Errorf("arch: read the sources: %w", err)
	}
	tree.Packages = slices.SortedFunc(maps.Values(byDir), func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
	tree.readModule()
	return tree, nil
}

func (t *Tree) add(byDir map[string]*Package, name string, text []byte) error {
	f, err := parser.ParseFile(t.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if byDir[dir] == nil {
		byDir[dir] = &Package{Dir: dir}
	}
	byDir[dir].Files = append(byDir[dir].Files, &File{
		Name: name, Test: strings.HasSuffix(name, "_test.go"), Lines: strings.Count(string(text), "\n"), AST: f,
	})
	return nil
}

// readModule takes the module path and the requirements out of go.mod. The
// file is regular enough to be read by words.
func (t *Tree) readModule() {
	for line := range strings.Lines(t.Texts["go.mod"]) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "module":
			t.Module = words[1]
		case len(words) >= 3 && words[0] == "require" && words[1] != "(":
			t.Require = append(t.Require, words[1])
		case len(words) >= 2 && strings.HasPrefix(words[1], "v"):
			t.Require = append(t.Require, words[0])
		}
	}
}

// foreign says whether a folder is never looked into, not even for words.
func foreign(base string) bool {
	return base == ".git" || base == "node_modules" || base == "bin" || base == "out" || base == "heed-data"
}

// outside says whether a Go file belongs to no package of this module.
func outside(name string) bool {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if slices.Contains(skipped, part) {
			return true
		}
	}
	return false
}

// Code yields the files of a package that are not tests.
func (p *Package) Code() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
}

// Tests yields the test files of a package.
func (p *Package) Tests() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return !f.Test })
}

// imports returns the import paths of a file, each with the name under which
// the file knows it.
func (f *File) imports() map[string]string {
	out := map[string]string{}
	for _, spec := range f.AST.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		out[imp] = path.Base(imp)
		if spec.Name != nil {
			out[imp] = spec.Name.Name
		}
	}
	return out
}

// at says where in the sources a node is.
func (t *Tree) at(n ast.Node) string {
	p := t.set.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// span returns the number of lines from the first to the last of a node.
func (t *Tree) span(n ast.Node) int {
	return t.set.Position(n.End()).Line - t.set.Position(n.Pos()).Line + 1
}

// functions yields every function declared in a file.
func (f *File) functions() []*ast.FuncDecl {
	var out []*ast.FuncDecl
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			out = append(out, fn)
		}
	}
	return out
}
