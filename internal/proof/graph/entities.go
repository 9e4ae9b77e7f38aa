package graph

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/heed-project/heed/internal/proof/judge"
)

// An Entity is one FollowTheMoney entity. Of one that is nested in another, the other
// has the id.
type Entity struct {
	ID         string              `json:"id"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// ParseEntities reads FollowTheMoney JSON lines.
func ParseEntities(b []byte) (out []Entity, err error) {
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, maxLine)
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimSpace(s.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := judge.Shallow(line, maxDepth); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		e, err := parseEntity(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if out = append(out, e); len(out) > maxNodes {
			return nil, fmt.Errorf("more than %d entities", maxNodes)
		}
	}
	return out, s.Err()
}

// parseEntity reads one entity.
func parseEntity(line []byte) (e Entity, err error) {
	var raw struct {
		Entity
		Properties map[string][]value `json:"properties"`
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return e, err
	}
	if e = raw.Entity; e.ID == "" || e.Schema == "" || raw.Properties == nil {
		return e, errors.New("an entity must have id, schema and properties")
	}
	e.Properties = make(map[string][]string, len(raw.Properties))
	for k, values := range raw.Properties {
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = string(v)
		}
		e.Properties[k] = list
	}
	return e, nil
}

// A value is text or, in nested exports, an entity, of which the id is kept.
type value string

func (v *value) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return json.Unmarshal(b, (*string)(v))
	}
	var e struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	if *v = value(e.ID); e.ID == "" {
		return errors.New("a value is an object that is no entity")
	}
	return nil
}

func entities(b []byte, f *judge.Finding) (int, []Stated, error) {
	list, err := ParseEntities(b)
	var out []Stated
	for _, e := range list {
		if hash := e.Properties["contentHash"]; len(hash) > 0 {
			name := ""
			if n := e.Properties["fileName"]; len(n) > 0 {
				name = n[0]
			}
			out = append(out, Stated{name, "sha1", hash[0]})
		}
		for _, p := range []string{"publisher", "sourceUrl"} {
			for _, v := range e.Properties[p] {
				f.Worsen(&f.Origin, judge.Unknown, "states that it comes from %.200s", v)
			}
		}
	}
	return len(list), out, err
}

// JSON is the finding about JSON of no kind known here: whether it is whole.
func JSON(b []byte) *judge.Finding {
	f := judge.New("application/json")
	if !json.Valid(b) && !lines(b) && !groups(b) {
		f.Worsen(&f.Integrity, judge.Bad, "cannot be read: it is no whole JSON")
	}
	return f
}

// export is how Bayanat's JSON begins.
var export = regexp.MustCompile(`^\s*\{\s*"(bulletin|actor|incident)s"\s*:\s*\[`)

// groups says whether text is a whole list as Bayanat exports it: objects of which
// groups follow each other without a comma.
func groups(b []byte) bool {
	rest, ok := b[len(export.Find(b)):], export.Match(b)
	for ok {
		if rest = bytes.TrimLeft(rest, " \t\r\n,"); len(rest) == 0 || rest[0] != '{' {
			break
		}
		d := json.NewDecoder(bytes.NewReader(rest))
		var object json.RawMessage
		ok = d.Decode(&object) == nil
		rest = rest[d.InputOffset():]
	}
	return ok && string(bytes.Join(bytes.Fields(rest), nil)) == "]}"
}

// lines says whether text is JSON line by line.
func lines(b []byte) bool {
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !json.Valid(line) {
			return false
		}
	}
	return true
}
