// Package page holds one Go struct and one template for each page of Heed's web
// face.
//
// A page struct holds everything its template shows, as values: no page asks
// for anything while it is being drawn. Functions that end in Table make the
// lists, so that a list is the same on every page and as CSV. [NewMap], [Draw],
// [NewLine] and [NewClock] lay pictures out.
//
//	set, err := page.Templates()
//	f := look.Frame{Words: set.Words("fr"), Title: "…"}
//	err = set.Render(w, "fr", "warning", page.Warning{Frame: f, Row: row})
//
// Every template is checked against its struct by a test, and every message it
// names must exist in every language. The rows are what a page is told, in its
// own terms, so that a page can be drawn before and without a node; the face
// fills them from what the node says. It trusts the face for what may be shown.
package page

import (
	"embed"
	"html/template"
	"io/fs"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// What pages share with all others.
type (
	Words           = look.Words
	Frame           = look.Frame
	Field           = look.Field
	Table           = look.Table
	Row             = look.Row
	Cell            = look.Cell
	Ref             = look.Ref
	Text            = look.Text
	ProposedClosing = heed.ProposedClosing
	Range           = look.Range
)

//go:embed templates
var files embed.FS

// Templates returns every page's template in every language.
func Templates() (*look.Set, error) {
	sub, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	return look.New(sub, template.FuncMap{"states": states, "outcome": outcomeMark, "witness": witnessMark})
}

// states are the choices for an indicator.
func states(chosen string) (out []MarkChoice) {
	for _, name := range MarkNames {
		out = append(out, MarkChoice{name, name == chosen || chosen == "" && name == "unknown"})
	}
	return out
}

// outcomeMark says how a person's part stands: late, open or done.
func outcomeMark(outcome string) string {
	switch outcome {
	case heed.OutcomeSilent:
		return "late"
	case heed.OutcomeActed, heed.OutcomeExplained:
		return "done"
	}
	return "open"
}

// witnessMark says how a witness stands.
func witnessMark(state string) string {
	switch state {
	case heed.WitnessOK:
		return "done"
	case heed.WitnessRefused:
		return "late"
	}
	return "open"
}
