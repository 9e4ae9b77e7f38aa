package custody

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// String returns the report as lines: first "verified", then under which keys,
// what is in the pack, and what the verifier should still ask.
func (r Report) String() string {
	var b strings.Builder
	b.WriteString("verified\n")
	if r.Exercise {
		b.WriteString("EXERCISE: this record is a rehearsal\n")
	}
	origin := "brought by the pack: compare it with the one the node publishes, or give --key"
	if r.Pinned {
		origin = "the one you gave"
	}
	fmt.Fprintf(&b, "about       %s, made %s by %s\n", plain(r.Subject), r.Made.Format(time.RFC3339), plain(orNone(r.By, "the node")))
	fmt.Fprintf(&b, "log         %s, %d entries\n", plain(r.Node), r.Size)
	fmt.Fprintf(&b, "log key     %s (%s)\n", plain(r.LogKey), origin)
	pinned := false
	for _, w := range r.Witnesses {
		pinned = pinned || w.Pinned
		known := "key brought by the pack"
		if w.Pinned {
			known = "key you gave"
		}
		fmt.Fprintf(&b, "witness     %s at %s (%s)\n", plain(w.Key), w.At.Format(time.RFC3339), known)
	}
	if !pinned {
		none := "none"
		if len(r.Witnesses) > 0 {
			none = "none that you named, and anyone can bring a witness of their own"
		}
		b.WriteString("witness     " + none + ": a history rewritten by the holder of the keys would not be noticed\n")
	}
	fmt.Fprintf(&b, "entries     %d in the pack, %d of them with a part that stays sealed\n", len(r.Entries), r.Closed())
	return b.String()
}

// Closed counts the entries with a sealed part that the pack does not
// disclose.
func (r Report) Closed() int {
	n := 0
	for _, e := range r.Entries {
		if e.HasSealed && e.Sealed == nil {
			n++
		}
	}
	return n
}

// List returns one line for each entry: number, time, kind, who, about what,
// and whether a part of it stays sealed.
func (r Report) List() string {
	var b strings.Builder
	for _, e := range r.Entries {
		sealed := ""
		if e.HasSealed && e.Sealed == nil {
			sealed = ", sealed"
		}
		fmt.Fprintf(&b, "%d %s %s by %s about %s%s\n", e.Index, e.Time.Format(timeForm), plain(e.Kind), plain(orNone(e.Actor, "the node")), plain(strings.Join(e.Subjects, " ")), sealed)
	}
	return b.String()
}

// plain keeps what could disturb a terminal from it.
func plain(s string) string {
	if len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.200q", s)
	}
	return s
}

func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return s
}
