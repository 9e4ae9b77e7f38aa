package archiver

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits on a Python literal.
const (
	maxLiteral = 16 << 20
	maxNesting = 64
	maxValues  = 200000
)

// literal reads one Python literal as repr writes them: None, True, numbers,
// strings, lists, tuples, sets, dicts, and calls such as
// datetime.datetime(2026, 5, 1), of which the arguments are kept.
type literal struct {
	s      string
	at     int
	depth  int
	values int
}

// A Call is a constructor in a literal: its name, and its arguments.
type Call struct {
	Name  string
	Args  []any
	Named map[string]any
}

// ParseLiteral reads a Python literal into nil, bool, float64, string, []any,
// map[string]any (whose other keys are written as text) and Call. It evaluates
// nothing.
func ParseLiteral(s string) (any, error) {
	if len(s) > maxLiteral {
		return nil, fmt.Errorf("a literal of %d bytes, at most %d", len(s), maxLiteral)
	}
	p := &literal{s: s}
	v, err := p.value()
	if err == nil {
		if p.space(); p.at < len(p.s) {
			err = errors.New("something follows the value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("python literal, character %d: %w", p.at+1, err)
	}
	return v, nil
}

func (p *literal) space() {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
}

func (p *literal) peek() byte {
	if p.space(); p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

// take moves over c if it comes next.
func (p *literal) take(c byte) bool {
	if p.peek() == c && p.at < len(p.s) {
		p.at++
		return true
	}
	return false
}

func (p *literal) value() (any, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, fmt.Errorf("values in more than %d levels", maxNesting)
	}
	defer func() { p.depth-- }()
	if p.values++; p.values > maxValues {
		return nil, fmt.Errorf("more than %d values", maxValues)
	}
	switch c := p.peek(); {
	case c == '[':
		return p.list('[', ']')
	case c == '(':
		return p.list('(', ')')
	case c == '{':
		return p.dict()
	case c == '\'' || c == '"':
		return p.joined()
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return p.word()
	case c == '<':
		return p.opaque()
	}
	return nil, errors.New("no value begins here")
}

// opaque reads <Thing at 0x…>, as repr writes what it cannot write.
func (p *literal) opaque() (any, error) {
	end := strings.IndexByte(p.s[p.at:], '>')
	if end < 0 {
		return nil, errors.New("a < without its >")
	}
	v := p.s[p.at : p.at+end+1]
	p.at += end + 1
	return v, nil
}

func (p *literal) list(open, end byte) ([]any, error) {
	p.take(open)
	out := []any{}
	for !p.take(end) {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if out = append(out, v); !p.take(',') && p.peek() != end {
			return nil, fmt.Errorf("a comma or %c is missing", end)
		}
	}
	return out, nil
}

// dict reads a dict or a set; a set comes back as a list.
func (p *literal) dict() (any, error) {
	p.take('{')
	out, set := map[string]any{}, []any{}
	for !p.take('}') {
		k, err := p.value()
		if err != nil {
			return nil, err
		}
		if !p.take(':') {
			set = append(set, k)
		} else {
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			out[fmt.Sprint(k)] = v
		}
		if !p.take(',') && p.peek() != '}' {
			return nil, errors.New("a comma or } is missing")
		}
	}
	if len(set) > 0 {
		if len(out) > 0 {
			return nil, errors.New("half a dict and half a set")
		}
		return set, nil
	}
	return out, nil
}

func (p *literal) number() (any, error) {
	start := p.at
	for p.at < len(p.s) && strings.IndexByte("+-.0123456789eExXabcdfABCDFjJ_", p.s[p.at]) >= 0 {
		p.at++
	}
	text := strings.ReplaceAll(p.s[start:p.at], "_", "")
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f, nil
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return float64(n), nil
	}
	return nil, fmt.Errorf("%.30q is no number", text)
}

// word reads a name: a constant, a string with a prefix, or a call.
func (p *literal) word() (any, error) {
	start := p.at
	for p.at < len(p.s) && (p.s[p.at] == '_' || p.s[p.at] == '.' || p.s[p.at] >= '0' && p.s[p.at] <= '9' || p.s[p.at]|0x20 >= 'a' && p.s[p.at]|0x20 <= 'z') {
		p.at++
	}
	name := p.s[start:p.at]
	if p.at < len(p.s) && (p.s[p.at] == '\'' || p.s[p.at] == '"') && len(name) <= 2 {
		return p.text(strings.ContainsAny(name, "rR"))
	}
	switch name {
	case "None":
		return nil, nil
	case "True":
		return true, nil
	case "False":
		return false, nil
	case "nan", "inf":
		return name, nil
	}
	if !p.take('(') {
		if strings.Contains(name, ".") {
			return name, nil // a constant of a module: datetime.timezone.utc
		}
		return nil, fmt.Errorf("%.30q is no value", name)
	}
	return p.call(name)
}

func (p *literal) call(name string) (any, error) {
	c := Call{Name: name, Named: map[string]any{}}
	for !p.take(')') {
		key := ""
		p.space()
		if eq := strings.IndexByte(p.s[p.at:], '='); eq > 0 && eq < 64 && isName(p.s[p.at:p.at+eq]) {
			key = p.s[p.at : p.at+eq]
			p.at += eq + 1
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if key != "" {
			c.Named[key] = v
		} else {
			c.Args = append(c.Args, v)
		}
		if !p.take(',') && p.peek() != ')' {
			return nil, errors.New("a comma or ) is missing")
		}
	}
	return c, nil
}

func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// joined reads strings that stand side by side as one.
func (p *literal) joined() (string, error) {
	var out strings.Builder
	for c := p.peek(); c == '\'' || c == '"'; c = p.peek() {
		s, err := p.text(false)
		if err != nil {
			return "", err
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// text reads one string.
func (p *literal) text(raw bool) (string, error) {
	quote := p.s[p.at : p.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(p.s[p.at:], triple) {
		quote = triple
	}
	p.at += len(quote)
	var out strings.Builder
	for {
		if p.at >= len(p.s) {
			return "", errors.New("a string does not end")
		}
		if strings.HasPrefix(p.s[p.at:], quote) {
			p.at += len(quote)
			return out.String(), nil
		}
		if p.s[p.at] != '\\' || raw {
			out.WriteByte(p.s[p.at])
			p.at++
			continue
		}
		if err := p.escape(&out); err != nil {
			return "", err
		}
	}
}

// plainEscapes are those of one letter.
var plainEscapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\n': ""}

func (p *literal) escape(out *strings.Builder) error {
	if p.at+1 >= len(p.s) {
		return errors.New("a string ends in a backslash")
	}
	c := p.s[p.at+1]
	p.at += 2
	if s, ok := plainEscapes[c]; ok {
		out.WriteString(s)
		return nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		if c >= '0' && c <= '7' {
			n := 1
			for n < 3 && p.at-1+n < len(p.s) && p.s[p.at-1+n] >= '0' && p.s[p.at-1+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(p.s[p.at-1:p.at-1+n], 8, 32)
			out.WriteRune(rune(v))
			p.at += n - 1
			return nil
		}
		out.WriteByte('\\')
		out.WriteByte(c)
		return nil
	}
	if p.at+digits > len(p.s) {
		return errors.New("an escape ends too early")
	}
	v, err := strconv.ParseUint(p.s[p.at:p.at+digits], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return errors.New("an escape is no character")
	}
	p.at += digits
	out.WriteRune(rune(v))
	return nil
}
