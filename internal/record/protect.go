package record

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/fault"
)

// own is the record's own module: its kinds, and the tables that find entries.
func own() Module {
	return Module{Name: "record", Schema: ownSchema, Tables: []string{"entry_subject", "entry_subject_new"}, Kinds: []Kind{
		{Name: "node.founded", Apply: None},
		{Name: "record.opened", Apply: None},
		{Name: "record.erased", Apply: None},
	}}
}

// Opened is the open part of the entry that records a reading.
type Opened struct {
	Entry int64 `json:"entry"` // what was opened
}

// OpenedFor is its sealed part: the reader's purpose, which the person whose
// words they are may read.
type OpenedFor struct {
	Purpose string `json:"purpose"`
}

// OpenProtected reads the sealed part of an entry of a protected kind into dst,
// for the purpose that by states. That somebody read it is durable before the
// words leave the record; the number of that entry is returned.
func (r *Record) OpenProtected(ctx context.Context, by By, index int64, dst any) (opened int64, err error) {
	if strings.TrimSpace(by.Purpose) == "" {
		return 0, fault.Invalid("purpose", "say for what purpose you open entry %d", index)
	}
	err = r.Do(ctx, by, func(tx *Tx) error {
		e, err := tx.Entry(index)
		if err != nil {
			return err
		}
		if _, _, err := tx.sealed(index); err != nil { // there is something to read: else nothing was opened
			return err
		}
		subjects := append([]string{e.Key}, e.Subjects...)
		o, err := tx.Append(Draft{Kind: "record.opened", Subjects: unique(subjects), Marking: e.Marking, Open: Opened{index}, Sealed: OpenedFor{by.Purpose}})
		opened = o.Index
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("open entry %d: %w", index, err)
	}
	err = r.View(ctx, func(v *View) error {
		b, e, err := v.sealed(index)
		if err != nil {
			return err
		}
		if err := DecodeStrict(b, dst); err != nil {
			return fmt.Errorf("entry %d (%s): sealed part: %w", e.Index, e.Kind, err)
		}
		return nil
	})
	return opened, err
}

func unique(in []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range in {
		if !seen[s] {
			out, seen[s] = append(out, s), true
		}
	}
	return out
}

// Erased is the open part of the entry that records an erasure.
type Erased struct {
	Subject string `json:"subject"`
	Bodies  int64  `json:"bodies"` // how many sealed parts were destroyed
}

// ErasedUnder is its sealed part, under the node's own key.
type ErasedUnder struct {
	Authority string `json:"authority"`
}

// Erase destroys every sealed part under the data key of a subject, their
// salts, and the key. The log still verifies: it holds salted digests that
// nobody can match to words any more. The authority is recorded.
func (r *Record) Erase(ctx context.Context, by By, subject, authority string) error {
	return r.EraseIf(ctx, by, subject, authority, func(*Tx) error { return nil })
}

// EraseIf is Erase, unless may says in the same transaction why not.
func (r *Record) EraseIf(ctx context.Context, by By, subject, authority string, may func(*Tx) error) error {
	if strings.TrimSpace(authority) == "" {
		return fault.Invalid("authority", "say under what authority %s is erased", subject)
	}
	if subject == "node" {
		return fault.Denied("the node's own words cannot be erased")
	}
	err := r.Do(ctx, by, func(tx *Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		for _, p := range tx.g.pending {
			if p.e.Key == subject {
				return fault.Stale("%s is being written to: try again", subject)
			}
		}
		wrapped, err := readKey(tx.Tx, subject)
		if err != nil {
			return err
		}
		if wrapped == nil {
			return fault.NotFound("nothing is sealed for %s", subject)
		}
		n, err := destroy(tx.Tx, subject, tx.g.head.Size)
		if err != nil {
			return err
		}
		tx.g.forget = true
		tx.g.head.Erasures++ // as the table has it now
		delete(tx.g.fresh, subject)
		_, err = tx.Append(Draft{Kind: "record.erased", Subjects: []string{subject, "node"}, Marking: "AMBER+STRICT",
			Open: Erased{subject, n}, Sealed: ErasedUnder{authority}, Key: "node"})
		return err
	})
	if err != nil {
		return fmt.Errorf("erase %s: %w", subject, err)
	}
	r.db.Scrub(ctx) // the key is gone whether or not the files are clean of it yet: they are encrypted
	return nil
}

// counters are the last number of each prefix of ids. They stand in the row of
// the head, which every group reads and writes anyway.
type counters map[string]int64

func (c counters) count(e Entry) {
	if prefix, n, ok := numbered(e.Subjects[0]); ok && n > c[prefix] {
		c[prefix] = n
	}
}

// String writes counters as "S 4 W 12", in the order of their names.
func (c counters) String() string {
	var b []byte
	for _, prefix := range slices.Sorted(maps.Keys(c)) {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(append(append(b, prefix...), ' '), c[prefix], 10)
	}
	return string(b)
}

// parseCounters reads what String writes.
func parseCounters(s string) (counters, error) {
	c := counters{}
	for s != "" {
		prefix, rest, _ := strings.Cut(s, " ")
		digits, rest, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || !countable(prefix) || n < 0 {
			return nil, fault.Stale("the last ids cannot be read at %q", s)
		}
		c[prefix], s = n, rest
	}
	return c, nil
}

// countable tells whether ids with a prefix are counted: one to eight capital
// letters, so that there are never many.
func countable(prefix string) bool {
	for _, c := range prefix {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(prefix) >= 1 && len(prefix) <= 8
}

// numbered splits an id such as "W-12".
func numbered(id string) (prefix string, n int64, ok bool) {
	prefix, digits, ok := strings.Cut(id, "-")
	if !ok || digits == "" || len(digits) > 15 || !countable(prefix) {
		return "", 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return "", 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return prefix, n, true
}
