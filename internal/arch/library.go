package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Constants names the calls whose result may stand in a package variable of
// floor 0, because nobody can change it afterwards.
var constants = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer",
	"sha256.Sum256", "base64.StdEncoding.Strict", "base64.RawURLEncoding.Strict",
}

// NoState reports package variables of floor 0 that can change, and every
// init function there.
//
// A variable is allowed when it is
//   - an assertion that a type fits an interface (var _ I = T{}),
//   - embedded from a file,
//   - an error, a compiled pattern or another result named in constants,
//   - an unexported table (a composite literal or a plain value)
//     that nothing in the package writes: no assignment to it, to an element or
//     to a field, no address taken, no delete or clear. A local
//     variable of the same name counts as the table: rename the local.
func NoState(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if !isLibrary(p.Dir) {
			continue
		}
		tables := map[string]bool{}
		for _, f := range p.Code() {
			for _, d := range f.AST.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						problems = append(problems, t.at(d)+": no init in floor 0")
					}
				case *ast.GenDecl:
					if d.Tok == token.VAR {
						problems = append(problems, t.variables(d, tables)...)
					}
				}
			}
		}
		for _, f := range p.Code() {
			problems = append(problems, t.writes(f, tables)...)
		}
	}
	return problems
}

// variables checks one var declaration and notes the tables it declares.
func (t *Tree) variables(d *ast.GenDecl, tables map[string]bool) (problems []string) {
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		for i, name := range spec.Names {
			var value ast.Expr
			if i < len(spec.Values) {
				value = spec.Values[i]
			}
			switch {
			case name.Name == "_", embedded(d, spec):
			case value == nil:
				problems = append(problems, fmt.Sprintf("%s: %s has no value that stays: no mutable package variable in floor 0", t.at(name), name.Name))
			case fixedCall(value):
			case !isValue(value):
				problems = append(problems, fmt.Sprintf("%s: %s may change: no mutable package variable in floor 0", t.at(name), name.Name))
			case name.IsExported():
				problems = append(problems, fmt.Sprintf("%s: %s can be written from outside: return it from a function", t.at(name), name.Name))
			default:
				tables[name.Name] = true
			}
		}
	}
	return problems
}

func embedded(d *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{d.Doc, spec.Doc} {
		if doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
			return true
		}
	}
	return false
}

func fixedCall(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	return ok && slices.Contains(constants, dotted(call.Fun))
}

// dotted writes a.b.c, or nothing for another expression.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := dotted(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
	}
	return ""
}

// isValue says whether an expression is made of literals alone: nothing in it
// calls a function, except conversions to a slice type.
func isValue(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			_, conversion := n.Fun.(*ast.ArrayType)
			ok = ok && (conversion || fixedCall(n))
		case *ast.FuncLit:
			return false // called later, not now
		}
		return ok
	})
	return ok
}

// writes reports each place where a file writes one of the tables.
func (t *Tree) writes(f *File, tables map[string]bool) (problems []string) {
	report := func(target ast.Expr) {
		if name := root(target); tables[name] {
			problems = append(problems, fmt.Sprintf("%s: %s is written: no mutable package variable in floor 0", t.at(target), name))
		}
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				report(l)
			}
		case *ast.IncDecStmt:
			report(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				report(n.X)
			}
		case *ast.RangeStmt:
			if n.Key != nil {
				report(n.Key)
			}
			if n.Value != nil {
				report(n.Value)
			}
		case *ast.CallExpr:
			if name := dotted(n.Fun); (name == "delete" || name == "clear" || name == "copy") && len(n.Args) > 0 {
				report(n.Args[0])
			}
		}
		return true
	})
	return problems
}

// root returns the variable at the base of x, x.f, x[i], x[i:j], *x.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// Examples reports packages of floor 0 without an example that runs.
func Examples(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if isLibrary(p.Dir) && !slices.Contains(suites, p.Dir) && !p.hasTest("Example") {
			problems = append(problems, p.Dir+" has no runnable example")
		}
	}
	return problems
}

// Fuzzed reports packages that export a parser or a verifier (Parse…, Verify…
// of bytes, text or a reader) but hold no fuzz target.
func Fuzzed(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if slices.Contains(aside, p.Dir) || slices.Contains(suites, p.Dir) || p.hasTest("Fuzz") {
			continue
		}
		for _, f := range p.Code() {
			for _, fn := range f.functions() {
				if fn.Name.IsExported() && (strings.HasPrefix(fn.Name.Name, "Parse") || strings.HasPrefix(fn.Name.Name, "Verify")) && takesBytes(fn) {
					problems = append(problems, fmt.Sprintf("%s: %s has no fuzz target in its package", t.at(fn), fn.Name.Name))
				}
			}
		}
	}
	return problems
}

// takesBytes says whether a function is given something to read.
func takesBytes(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
		typ := p.Type
		if list, ok := typ.(*ast.ArrayType); ok {
			typ = list.Elt
		}
		return slices.Contains([]string{"byte", "string", "io.Reader", "io.ReaderAt", "fs.FS", "http.Header", "http.Request"}, dotted(typ))
	})
}

// hasTest says whether a test file of the package holds a function whose name
// begins so.
func (p *Package) hasTest(prefix string) bool {
	for _, f := range p.Tests() {
		for _, fn := range f.functions() {
			if strings.HasPrefix(fn.Name.Name, prefix) {
				return true
			}
		}
	}
	return false
}

// Skips reports tests that can skip for a reason of their own. A test skips
// where it asks testing.Short, and where testkit finds that something is not
// installed, which `make test` turns into a failure. A fuzz target may skip
// inputs, a property checked by rapid too.
func Skips(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if slices.Contains(aside, p.Dir) {
			continue
		}
		for _, f := range p.Tests() {
			for _, fn := range f.functions() {
				if !strings.HasPrefix(fn.Name.Name, "Fuzz") {
					problems = append(problems, t.skips(fn)...)
				}
			}
		}
	}
	return problems
}

// skips reports the calls of Skip in a function that are in no branch that
// begins with a question for testing.Short.
func (t *Tree) skips(fn *ast.FuncDecl) (problems []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			return !asksShort(n.Cond)
		case *ast.CallExpr:
			if dotted(n.Fun) == "rapid.Check" {
				return false
			}
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Skip" || sel.Sel.Name == "Skipf" || sel.Sel.Name == "SkipNow") {
				problems = append(problems, t.at(n)+": a test skips only when testing.Short() asks for it, or through testkit")
			}
		}
		return true
	})
	return problems
}

func asksShort(cond ast.Expr) (yes bool) {
	ast.Inspect(cond, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && dotted(call.Fun) == "testing.Short" {
			yes = true
		}
		return !yes
	})
	return yes
}
