package access

import (
	"context"
	"encoding/binary"
	"regexp"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// A Memo asks for the decisions of one principal, and keeps each for as long as one
// request lasts: what differs in nothing that a policy reads is decided once. It is
// not safe for concurrent use.
//
// The decision stays the engine's own. What is kept is found by the action, by whether
// a purpose is stated and by all that a resource says of itself; by which one it is, too,
// where any policy about the action asks for that, and then nothing is kept at all.
type Memo struct {
	e    *Engine
	p    Principal
	kept map[string]Decision
}

// Memo returns one that has decided nothing yet.
func (e *Engine) Memo(p Principal) *Memo { return &Memo{e, p, map[string]Decision{}} }

// mostKept is how many decisions one request keeps.
const mostKept = 10_000

// Ask is [Engine.Ask]: it answers the same and leaves the same mark.
func (m *Memo) Ask(ctx context.Context, action string, r Resource, purpose string) Decision {
	if m.e.one[action] {
		return m.e.Ask(ctx, m.p, action, r, purpose)
	}
	key := r.key(action, strings.TrimSpace(purpose) != "")
	d, ok := m.kept[key]
	if !ok {
		d = m.e.Decide(m.p, action, r, purpose)
		if len(m.kept) < mostKept {
			m.kept[key] = d
		}
	}
	if t := Tracked(ctx); t != nil {
		t.add(Made{m.p.ID, action, r.ID, d})
	}
	return d
}

// key is the same for two questions only if they differ in nothing but which resource
// they are about. Every text and every list says first how long it is.
func (r Resource) key(action string, purpose bool) string {
	b := make([]byte, 0, 160)
	for _, text := range [...]string{action, r.Type, r.Situation, r.Marking, r.Owner, r.Author, r.Use} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	for _, list := range [...][]string{r.Agencies, r.Members, r.Recipients} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, text := range list {
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	}
	for _, is := range [...]bool{r.Exercise, r.Withheld, purpose} {
		if is {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return string(b)
}

var (
	quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	// aboutIt is the word resource, and what of it is asked for.
	aboutIt = regexp.MustCompile(`\bresource\b(\s*\.\s*([a-z]+)\b)?(\s*\))?`)
)

// asksWhich tells whether a policy may tell two resources apart that differ in nothing
// but which ones they are: it names the resource otherwise than to read something of it
// that is no id. The one bare word is the end of the scope.
func asksWhich(p *cedar.Policy) bool {
	text := quoted.ReplaceAllString(string(p.MarshalCedar()), `""`)
	for n, m := range aboutIt.FindAllStringSubmatch(text, -1) {
		switch {
		case m[2] == "" && n == 0 && m[3] != "": // (principal, action, resource)
		case m[2] == "", m[2] == "id":
			return true
		}
	}
	return false
}
