package form

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits on a file, far above any file that people write. They keep a hostile file
// from costing more than a moment.
const (
	maxBytes = 256 << 10
	maxDepth = 24
)

// A Value is a part of a file: a table, a list or a text.
type Value struct{ n ast.Node }

// IsTable says whether the value is a table of keys.
func (v Value) IsTable() bool {
	_, ok := pairs(v.n)
	return ok
}

// Get returns the value under a key of a table.
func (v Value) Get(key string) (Value, bool) {
	list, _ := pairs(v.n)
	for _, kv := range list {
		if k, _ := scalar(kv.Key); k == key {
			return Value{kv.Value}, true
		}
	}
	return Value{}, false
}

// Root parses a file that is one YAML document. What it cannot read it says in
// a *ParseError with one problem.
func Root(data []byte) (Value, error) {
	n, problem := root(data)
	if problem != nil {
		problem.Severity = Error
		return Value{}, &ParseError{[]Problem{*problem}}
	}
	return Value{n}, nil
}

func root(data []byte) (n ast.Node, problem *Problem) {
	if p := tooMuch(data); p != nil {
		return nil, p
	}
	defer func() {
		if r := recover(); r != nil { // a defect of the YAML parser must not end the program
			n, problem = nil, &Problem{Text: fmt.Sprintf("the YAML cannot be read: %v", r), Fix: "undo the last edit, or take an earlier copy"}
		}
	}()
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		p := &Problem{Text: "the YAML cannot be read: " + err.Error(), Fix: "correct the line, or look at the one above it"}
		if ye := yaml.Error(nil); errors.As(err, &ye) && ye.GetToken() != nil && ye.GetToken().Position != nil {
			p.Text = "the YAML cannot be read: " + ye.GetMessage()
			p.Line, p.Column = ye.GetToken().Position.Line, ye.GetToken().Position.Column
		}
		return nil, p
	}
	var bodies []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) != 1 {
		return nil, &Problem{Line: 1, Column: 1, Text: fmt.Sprintf("there are %d documents in the file", len(bodies)), Fix: "write one document in one file"}
	}
	return bodies[0], nil
}

// tooMuch refuses what would make the YAML parser slow: its cost grows faster
// than nesting.
func tooMuch(data []byte) *Problem {
	if len(data) > maxBytes {
		return &Problem{Text: fmt.Sprintf("the file has %d bytes", len(data)), Fix: fmt.Sprintf("keep the file under %d bytes", maxBytes)}
	}
	if !utf8.Valid(data) {
		return &Problem{Text: "the file is not UTF-8 text", Fix: "save it as UTF-8"}
	}
	depth, line := 0, 0
	for text := range strings.Lines(string(data)) {
		line++
		trimmed := strings.TrimLeft(text, " \t")
		dashes := len(trimmed) - len(strings.TrimLeft(trimmed, "-?: \t"))
		for _, c := range text {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if depth > maxDepth || dashes > 2*maxDepth && strings.ContainsAny(trimmed[:dashes], " \t") || len(text)-len(trimmed) > 8*maxDepth {
			return &Problem{Line: line, Column: 1, Text: "lists and tables are nested too deeply", Fix: "close the brackets, and indent by two spaces a step"}
		}
	}
	return nil
}

func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		if v.Value != nil {
			return v.Value.Value, true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a table"
	case *ast.SequenceNode:
		return "a list"
	}
	if s, ok := scalar(n); ok && s == "" {
		return "an empty text"
	}
	return "a single value"
}
