package cli

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// words say what is given under a name that means the same in all commands, or,
// under the name of a command as well, in that one.
var words = map[string]string{
	"situation":  "The situation, by number or name.",
	"person":     "The person, by id, e-mail address, full name or role.",
	"owner":      "The person, by id, e-mail address, full name or role.",
	"report":     "The report, such as R-1.",
	"assessment": "The assessment, such as A-1.",
	"warning":    "The warning, such as W-1.",
	"duty":       "The duty, such as D-1.",
	"mandate":    "The mandate, such as M-1, or its name.",
	"handover":   "The hand-over, such as H-1.",
	"id":         "The item, such as E-1.",
	"entry":      "The entry's number.",
	"country":    "The country: its ISO 3166 code of three letters.",
	"place":      "The place in words.",
	"population": "People at risk, as they name themselves; may be repeated.",
	"marking":    "Who may read it: RED, AMBER+STRICT, AMBER, GREEN or CLEAR.",
	"reason":     "Why, for those who must be able to judge it later.",
	"note":       "What there is to say about it.",
	"title":      "A few words by which it is known.",
	"summary":    "What it comes to, in a few sentences.",
	"limit":      "How many at most.",
	"role":       "The role, such as focal-point; the protocol names them.",
	"agency":     "The agency, by id or name.",
	"email":      "The e-mail address.",
	"language":   "In which language notices come: en, fr, ar, es, ru or zh.",
	"time-zone":  "In which zone times are shown, such as Africa/Nairobi.",
	"vote":       "The vote by which it was.",

	"assessment add population": "Whom it is about: one of the situation's populations, by name.",
	"assessment review accept":  "It stands.",
	"assessment review return":  "It goes back, with a note.",
	"warning issue supersedes":  "The warning that this one takes the place of.",
	"warning receive file":      "The CAP message; - is standard input.",
	"evidence list intake":      "Only what came under this intake.",
	"evidence list damaged":     "Only what is damaged.",
	"evidence list held":        "Only what is held.",
	"mandate plan file":         "The plan, as a file.",
	"mandate add name":          "What it is called.",
	"handover accept receipt":   "The file that the receiver sent back.",
	"witness add url":           "Where the witness is asked.",
	"witness remove name":       "The witness, by its name.",
	"person add name":           "The full name.",
	"person add agency":         "The agency that the person works for, by id or name (default: this one).",
	"agency add name":           "What it is called.",
	"agency add kind":           "What kind of agency it is.",
}

// explain fills in what is said nowhere of what a command takes.
func explain(n *kong.Node, path string) {
	for _, v := range n.Positional {
		v.Help = helpFor(v.Help, path, v.Name)
	}
	for _, f := range n.Flags {
		f.Help = helpFor(f.Help, path, f.Name)
	}
	for _, c := range n.Children {
		explain(c, strings.TrimSpace(path+" "+c.Name))
	}
}

func helpFor(help, path, name string) string {
	if help == "" {
		help = words[path+" "+name]
	}
	if help == "" {
		help = words[name]
	}
	return help
}

// recorded names an entry, if there is one.
func recorded(entry int64) string {
	if entry == 0 {
		return "nothing new is recorded"
	}
	return fmt.Sprintf("entry %d", entry)
}

// readsTime has the parser read times with readTime.
var readsTime = kong.TypeMapper(reflect.TypeFor[time.Time](), kong.MapperFunc(readTime))

// readTime reads a moment, or a day where a command asks for one.
func readTime(c *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := c.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	layout, like, what := time.RFC3339, "2026-03-27T16:30:00Z", "time"
	if c.Value.Format != "" {
		layout, like, what = c.Value.Format, c.Value.Format, "day"
		if layout == time.DateOnly {
			like = "2026-03-27"
		}
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return fmt.Errorf("%q is not a %s: write it as in %s", text, what, like)
	}
	target.Set(reflect.ValueOf(t))
	return nil
}
