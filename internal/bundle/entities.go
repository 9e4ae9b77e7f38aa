package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/proof/graph"
)

// readEntities reads FollowTheMoney entities: JSON lines, of which a wrong one keeps
// no other from being read.
func readEntities(out *Bundle, b []byte) error {
	n := 0
	for line := range bytes.Lines(b) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		list, err := graph.ParseEntities(line)
		if err != nil {
			out.problem(n, columnOf(line), "%s", strings.TrimPrefix(err.Error(), "line 1: "))
			continue
		}
		for _, e := range list {
			if err := out.entity(e, n); err != nil {
				return err
			}
		}
	}
	if len(out.Items) == 0 {
		return errors.New("no line of it is an entity")
	}
	return nil
}

// columnOf is where a line stops being JSON, or 0 where it does not.
func columnOf(line []byte) int {
	var v json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(line, &v); errors.As(err, &syntax) {
		return int(max(syntax.Offset, 1))
	}
	return 0
}

func (b *Bundle) entity(e graph.Entity, line int) error {
	i := Item{ID: e.ID, Line: line, Fields: map[string][]string{"schema": {e.Schema}}}
	for _, k := range slices.Sorted(maps.Keys(e.Properties)) {
		if len(i.Fields) < maxFields {
			i.Fields[k] = e.Properties[k]
		}
	}
	i.Title, i.Text = i.first("title", "name", "fileName"), i.first("bodyText")
	sum := ""
	if names, sums := e.Properties["fileName"], e.Properties["contentHash"]; len(names) == 1 && len(sums) == 1 {
		sum = sums[0]
	}
	for _, f := range e.Properties["fileName"] {
		b.file(&i, place{line, 0}, f, sum)
	}
	i.dates("date", "startDate", "authoredAt")
	return b.add(i)
}
