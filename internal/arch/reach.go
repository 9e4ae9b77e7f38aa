package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sqlText finds a piece of SQL in a string: a keyword as we write it, in
// capitals, or the opening of a whole statement in any case.
var sqlText = regexp.MustCompile(`\b(SELECT|INSERT INTO|DELETE FROM|CREATE (UNIQUE )?INDEX|CREATE (VIRTUAL )?TABLE|DROP TABLE|ALTER TABLE|` +
	`ON CONFLICT|GROUP BY|ORDER BY|LEFT JOIN|INNER JOIN|PRAGMA|SAVEPOINT|FOR UPDATE)\b|\bUPDATE [a-z_]+ SET\b|` +
	`(?i:^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+table\s))`)

// writing finds the statements that change rows.
var writing = regexp.MustCompile(`(?i)\b(insert\s+into|update\s+\w+\s+set|delete\s+from|replace\s+into|truncate\s+table)\b`)

// ground holds the two packages that may write SQL of their own: the database
// itself, and the record, whose tables are the entries and not a reading.
var ground = []string{"internal/db", "internal/record"}

// SQL reports SQL text outside internal/db and the files named store.go, and
// files of SQL anywhere else. What stands aside is not looked at: this
// package must name the words, and testkit makes databases.
func SQL(t *Tree) (problems []string) {
	for name := range t.Texts {
		if path.Ext(name) == ".sql" && path.Dir(name) != "internal/db" {
			problems = append(problems, name+": SQL stands in files named store.go")
		}
	}
	for _, p := range t.Packages {
		if p.Dir == "internal/db" || slices.Contains(aside, p.Dir) {
			continue
		}
		for _, f := range p.Code() {
			if path.Base(f.Name) == "store.go" {
				continue
			}
			for _, lit := range literals(f.AST, sqlText) {
				problems = append(problems, t.at(lit)+": SQL stands in files named store.go")
			}
		}
	}
	return problems
}

// OnlyApplyWrites reports statements that change rows outside functions whose
// name begins with apply, and calls to such functions from any other. A
// constant that holds such a statement may be named in those functions only.
// Tables are a reading of the entries: what did not come through an entry may
// not change them.
func OnlyApplyWrites(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if slices.Contains(ground, p.Dir) || slices.Contains(aside, p.Dir) {
			continue
		}
		statements := map[string]bool{}
		for _, f := range p.Code() {
			statementsOf(f, statements)
		}
		for _, f := range p.Code() {
			for _, d := range f.AST.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if ok && strings.HasPrefix(fn.Name.Name, "apply") {
					continue
				}
				if ok {
					for _, lit := range literals(d, writing) {
						problems = append(problems, t.at(lit)+": only functions named apply… write tables")
					}
					problems = append(problems, t.mentions(fn, statements)...)
				}
				problems = append(problems, t.callsApply(d)...)
			}
		}
	}
	return problems
}

// statementsOf notes the names of the package's constants and variables that hold
// a statement that changes rows.
func statementsOf(f *File, statements map[string]bool) {
	for _, d := range f.AST.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			if spec, ok := s.(*ast.ValueSpec); ok && len(literals(spec, writing)) > 0 {
				for _, name := range spec.Names {
					statements[name.Name] = true
				}
			}
		}
	}
}

// mentions reports the places where a function names one of the statements.
func (t *Tree) mentions(fn *ast.FuncDecl, statements map[string]bool) (problems []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && statements[name.Name] {
			problems = append(problems, fmt.Sprintf("%s: %s writes tables: name it in functions named apply… only", t.at(name), name.Name))
		}
		return true
	})
	return problems
}

// callsApply reports direct calls of apply functions. A call that makes the
// value of a kind's field Apply is none: it returns the function.
func (t *Tree) callsApply(d ast.Decl) (problems []string) {
	ast.Inspect(d, func(n ast.Node) bool {
		if field, ok := n.(*ast.KeyValueExpr); ok && dotted(field.Key) == "Apply" {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); ok && strings.HasPrefix(name.Name, "apply") {
			problems = append(problems, fmt.Sprintf("%s: %s is called by the record when an entry is appended, by nobody else", t.at(call), name.Name))
		}
		return true
	})
	return problems
}

// literals returns the string literals below a node that match.
func literals(n ast.Node, what *regexp.Regexp) (out []*ast.BasicLit) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && what.MatchString(text) {
				out = append(out, lit)
			}
		}
		return true
	})
	return out
}

// A call that only some packages may make.
type reserved struct {
	pkg, what string
	names     []string
	allowed   func(dir string) bool
}

var reservedCalls = []reserved{
	{"os", "the environment is read in internal/conf", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
		func(dir string) bool { return dir == "internal/conf" }},
	{"time", "the time comes with the transaction", []string{"Now", "Since", "Until"},
		func(dir string) bool { return dir == "internal/db" || strings.HasPrefix(dir, "cmd/") }},
}

// Reserved reports uses of the environment outside conf and of the clock
// outside db and cmd. Tests may use both.
func Reserved(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if slices.Contains(aside, p.Dir) {
			continue
		}
		for _, r := range reservedCalls {
			if r.allowed(p.Dir) {
				continue
			}
			for _, f := range p.Code() {
				problems = append(problems, t.uses(f, r)...)
			}
		}
	}
	return problems
}

// uses reports every mention of a reserved name, called or passed on.
func (t *Tree) uses(f *File, r reserved) (problems []string) {
	known, ok := f.imports()[r.pkg]
	if !ok {
		return nil
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == known && slices.Contains(r.names, sel.Sel.Name) {
			problems = append(problems, fmt.Sprintf("%s: %s.%s: %s", t.at(sel), r.pkg, sel.Sel.Name, r.what))
		}
		return true
	})
	return problems
}

// seams are the interfaces at the edge to the world. Elsewhere there is none
// before the second real implementation.
var seams = []string{
	"ledger.Store",            // where tiles and checkpoints are kept
	"blob.place", "blob.Blob", // disk and S3, the two real ones
	"blob.Store",                      // disk or S3
	"keys.Source",                     // passphrase, file or hardware token
	"post.Mailer",                     // the way to a mail server
	"share.Peer",                      // another node
	"db.engine", "db.conn", "db.rows", // SQLite and PostgreSQL, the two real ones
	"ledgertest.Reopener", // what else a store can do, if it can
	"page.Page",           // any page struct, so that only they can be drawn
	"db.Scanner",          // one row of either database
}

// Seams reports interfaces declared anywhere else. Constraints on type
// parameters are not interfaces in this sense.
func Seams(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		for _, f := range p.Code() {
			ast.Inspect(f.AST, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				if face, ok := spec.Type.(*ast.InterfaceType); ok && !constraint(face) &&
					!slices.Contains(seams, f.AST.Name.Name+"."+spec.Name.Name) {
					problems = append(problems, fmt.Sprintf("%s: the interface %s is at no listed seam", t.at(spec), spec.Name.Name))
				}
				return true
			})
		}
	}
	return problems
}

// constraint says whether an interface lists types and so can only bound a
// type parameter.
func constraint(face *ast.InterfaceType) bool {
	return slices.ContainsFunc(face.Methods.List, func(m *ast.Field) bool {
		switch m.Type.(type) {
		case *ast.UnaryExpr, *ast.BinaryExpr:
			return true
		}
		return false
	})
}
