package cap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// The limits of one message.
const (
	maxBytes    = 4 << 20
	maxDepth    = 16
	maxElements = 20_000
)

// signatures is the namespace of XML signatures, which an alert may hold.
const signatures = "http://www.w3.org/2000/09/xmldsig#"

// A node is one element with what it holds.
type node struct {
	name xml.Name
	attr []xml.Attr
	text []byte
	kids []*node
}

// tree reads the element that start begins, up to its end. It refuses what
// only a hostile or broken sender writes, and trees beyond the limits.
func tree(d *xml.Decoder, start xml.StartElement) (*node, error) {
	root := &node{name: start.Name, attr: start.Attr}
	open, count, from := []*node{root}, 1, d.InputOffset()
	for len(open) > 0 {
		token, err := d.Token()
		if err != nil {
			return nil, malformed(d, err)
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			count++
			if len(open) >= maxDepth || count > maxElements {
				return nil, fault.Invalid(t.Name.Local, "the message is nested deeper than %d or has more than %d elements", maxDepth, maxElements)
			}
			n := &node{name: t.Name, attr: t.Attr}
			top.kids = append(top.kids, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text = append(top.text, t...)
		case xml.ProcInst, xml.Directive:
			return nil, fault.Invalid(top.name.Local, "a declaration or processing instruction is not allowed inside a message")
		}
		if d.InputOffset()-from > maxBytes {
			return nil, fault.Invalid(root.name.Local, "the message is larger than %d bytes", maxBytes)
		}
	}
	return root, nil
}

func malformed(d *xml.Decoder, err error) error {
	line, _ := d.InputPos()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fault.Invalid("alert", "the message is not well-formed XML at line %d: %w", line, err)
}

// root returns the first element of a document. A style sheet instruction
// before it is passed over, a document type is refused.
func root(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return xml.StartElement{}, malformed(d, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, nil
		case xml.Directive:
			return xml.StartElement{}, fault.Invalid("alert", "a document type is not allowed")
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return xml.StartElement{}, fault.Invalid("alert", "there is text before the first element")
			}
		}
	}
}

// Parse reads one CAP 1.2 message and checks it. The elements may stand in any
// order; those of other namespaces are passed over. An error is of kind
// fault.Invalid and names every element at fault.
func Parse(r io.Reader) (Alert, error) {
	limited := &io.LimitedReader{R: r, N: maxBytes + 1}
	d := xml.NewDecoder(limited)
	start, err := root(d)
	if err != nil {
		return Alert{}, err
	}
	if start.Name.Local != "alert" || start.Name.Space != Namespace {
		return Alert{}, fault.Invalid("alert", "the document is %q in namespace %q; a CAP 1.2 alert is expected", start.Name.Local, start.Name.Space)
	}
	n, err := tree(d, start)
	if err != nil {
		return Alert{}, err
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return fromNode(n)
		}
		if err != nil {
			return Alert{}, malformed(d, err)
		}
		if text, ok := token.(xml.CharData); ok && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if _, ok := token.(xml.Comment); !ok {
			return Alert{}, fault.Invalid("alert", "there is something after the alert")
		}
	}
}

// fromNode turns an alert element into an Alert and checks it.
func fromNode(n *node) (Alert, error) {
	rd := reader{space: n.name.Space}
	a := rd.alert(n)
	if len(rd.list) > 0 {
		return Alert{}, rd.err() // a value that cannot be read hides what else is wrong
	}
	return a, a.Check()
}

// reader turns nodes into values and collects what cannot be read.
type reader struct {
	findings
	space string
}

// fields calls read for each CAP element in n with its path. It finds elements
// that the standard does not know, and single ones that occur twice.
func (rd *reader) fields(n *node, at string, several string, read func(name, path string, kid *node) bool) {
	seen := map[string]int{}
	for _, kid := range n.kids {
		name := kid.name.Local
		if kid.name.Space != rd.space {
			continue
		}
		path := at + name
		if seen[name]++; seen[name] > 1 {
			if !strings.Contains(" "+several+" ", " "+name+" ") {
				rd.add(path, "occurs twice")
				continue
			}
			path = nth(path, seen[name]-1, 2)
		}
		if !read(name, path, kid) {
			rd.add(path, "is not an element of CAP 1.2")
		}
	}
}

// value is the text of an element without the space around it.
func (n *node) value() string { return string(bytes.TrimSpace(n.text)) }

func (rd *reader) alert(n *node) (a Alert) {
	texts := map[string]*string{"identifier": &a.Identifier, "sender": &a.Sender, "status": &a.Status, "msgType": &a.MsgType,
		"source": &a.Source, "scope": &a.Scope, "restriction": &a.Restriction, "note": &a.Note}
	rd.fields(n, "", "code info", func(name, path string, kid *node) bool {
		switch name {
		case "sent":
			a.Sent = rd.time(path, kid)
		case "addresses":
			a.Addresses = splitWords(kid.value())
		case "incidents":
			a.Incidents = splitWords(kid.value())
		case "code":
			a.Codes = append(a.Codes, kid.value())
		case "references":
			a.References = rd.references(path, kid)
		case "info":
			a.Infos = append(a.Infos, rd.info(path+"/", kid))
		default:
			return setText(texts, name, kid)
		}
		return true
	})
	for _, kid := range n.kids {
		a.Signed = a.Signed || kid.name.Space == signatures && kid.name.Local == "Signature"
	}
	return a
}

func setText(texts map[string]*string, name string, n *node) bool {
	to, ok := texts[name]
	if ok {
		*to = n.value()
	}
	return ok
}

func (rd *reader) time(path string, n *node) time.Time {
	t, err := parseTime(n.value())
	if err != nil {
		rd.add(path, "%s", err)
	}
	return t
}

// references reads "sender,identifier,sent" triples separated by spaces.
func (rd *reader) references(path string, n *node) (out []Reference) {
	for _, word := range strings.Fields(n.value()) {
		parts := strings.Split(word, ",")
		if len(parts) != 3 {
			rd.add(path, "%.60q is not sender,identifier,sent", word)
			continue
		}
		sent, err := parseTime(parts[2])
		if err != nil {
			rd.add(path, "%s", err)
		}
		out = append(out, Reference{Sender: parts[0], Identifier: parts[1], Sent: sent})
	}
	return out
}

// splitWords cuts a list at its spaces; an item in quotation marks may hold
// spaces.
func splitWords(s string) (out []string) {
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 0 {
			out = append(out, strings.Fields(part)...)
		} else if !blank(part) {
			out = append(out, strings.TrimSpace(part))
		}
	}
	return out
}

// number reads a decimal number.
func number(s string) (float64, bool) {
	if strings.Trim(s, "+-.0123456789") != "" {
		return 0, false // "NaN", "1e5" and hexadecimal are not decimals
	}
	v, err := strconv.ParseFloat(s, 64)
	return round(v), err == nil
}
