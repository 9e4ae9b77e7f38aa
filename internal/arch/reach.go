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

// storeFile names the files in which SQL may stand: store.go, and where that is
// too long for one noun's rows, store_ROWS.go beside it.
var storeFile = regexp.MustCompile(`^store(_[a-z]+)?\.go$`)

// SQL reports SQL text outside internal/db and the files of stores, and files
// of SQL anywhere else. What stands aside is not looked at: this
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
			if storeFile.MatchString(path.Base(f.Name)) {
				continue
			}
			for _, lit := range literals(f.AST, sqlText) {
				problems = append(problems, t.at(lit)+": SQL stands in files named store.go")
			}
		}
	}
	return problems
}

// target finds the tables that a statement changes.
var target = regexp.MustCompile(`(?i)\b(?:insert\s+into|update|delete\s+from|replace\s+into|truncate\s+table)\s+([a-z_]+)`)

// stateTable finds the tables of working state: sessions, cursors, nonces. They
// are no history, a rebuild leaves them alone, and they are told by how they
// are made.
var stateTable = regexp.MustCompile(`CREATE TABLE IF NOT EXISTS ([a-z_]+)`)

// OnlyApplyWrites reports statements that change the rows of a reading outside
// functions whose name begins with apply, calls to such functions from any
// other, and such functions that change working state. A constant that holds a
// statement may be named where the statement may stand. What did not come
// through an entry may not change what people read.
func OnlyApplyWrites(t *Tree) (problems []string) {
	w := writers{t: t, state: map[string]bool{}}
	for _, p := range t.Packages {
		for _, f := range p.Code() {
			for _, lit := range literals(f.AST, stateTable) {
				for _, m := range stateTable.FindAllStringSubmatch(lit.Value, -1) {
					w.state[m[1]] = true
				}
			}
		}
	}
	for _, p := range t.Packages {
		if slices.Contains(ground, p.Dir) || slices.Contains(aside, p.Dir) {
			continue
		}
		w.named = map[string]string{}
		for _, f := range p.Code() {
			w.name(f)
		}
		for _, f := range p.Code() {
			for _, d := range f.AST.Decls {
				fn, isFunc := d.(*ast.FuncDecl)
				apply := isFunc && strings.HasPrefix(fn.Name.Name, "apply")
				if isFunc {
					problems = append(problems, w.check(fn, apply)...)
				}
				if !apply {
					problems = append(problems, t.callsApply(d)...)
				}
			}
		}
	}
	return problems
}

// writers is what is known while the writers of tables are looked for.
type writers struct {
	t     *Tree
	state map[string]bool   // tables of working state
	named map[string]string // the package's constants that hold a statement
}

// name notes the names of a file's constants and variables that hold a
// statement that changes rows.
func (w *writers) name(f *File) {
	for _, d := range f.AST.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range spec.Values {
				for _, lit := range literals(value, writing) {
					w.named[spec.Names[i].Name] += lit.Value
				}
			}
		}
	}
}

// check reports the statements in a function that it may not hold.
func (w *writers) check(fn *ast.FuncDecl, apply bool) (problems []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		text := ""
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.STRING && writing.MatchString(n.Value) {
				text = n.Value
			}
		case *ast.Ident:
			text = w.named[n.Name]
		}
		if text == "" {
			return true
		}
		tables, states := 0, 0
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if strings.EqualFold(m[1], "set") {
				continue // ON CONFLICT … DO UPDATE SET
			}
			tables++
			if w.state[m[1]] {
				states++
			}
		}
		switch {
		case apply && states > 0:
			problems = append(problems, w.t.at(n)+": an apply function writes working state, which a rebuild does not have")
		case !apply && (states < tables || tables == 0):
			problems = append(problems, w.t.at(n)+": only functions named apply… write what people read")
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
