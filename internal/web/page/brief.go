package page

import (
	"strings"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/measure"
)

// The lengths at which a briefing stays one page: words are cut at so many
// letters, lists at so many lines.
const (
	briefWords = 700
	briefLines = 8
)

// BriefDocument is a briefing as a document for a word processor, in the reader's
// language: what is known, what is asked, what was decided, the steps, the doors,
// and under which numbers all of it stands in the record.
func BriefDocument(w *Words, b heed.Briefing, exercise bool) measure.Document {
	d := measure.Document{Title: w.T("brief.title", w.Said(b.Package.Title)), Author: b.Origin, Lang: w.Tag, RTL: w.Dir == "rtl", Made: b.Made, Footer: "TLP:" + b.Package.Marking}
	add := func(style, text string) {
		if text != "" {
			d.Body = append(d.Body, measure.Paragraph{Style: style, Text: text})
		}
	}
	if exercise {
		d.Footer += " · " + w.T("exercise")
		add("Note", w.T("exercise")+" — "+w.T("exercise.note"))
	}
	add("Title", d.Title)
	add("Note", b.Package.ID+" · "+w.When(b.Made))
	add("Heading1", w.T("brief.known"))
	if b.Warning.ID != "" {
		add("", w.Level(b.Warning.Level)+" · "+w.Name(b.Warning.Situation)+" · "+b.Warning.ID+" · "+w.Day(b.Warning.Issued))
	}
	add("", clip(w.Said(b.Finding)))
	add("Heading1", w.T("brief.asked"))
	for _, c := range b.Community {
		add("", clip(w.Said(c)))
	}
	if len(b.Community) == 0 {
		add("", w.T("brief.asked.none"))
	}
	add("Heading1", w.T("brief.decided"))
	for _, x := range b.Asks {
		add("ListBullet", clip(w.Said(x.Choice))+" ("+x.ID+", "+w.T("decision.state."+x.State)+")")
	}
	if len(b.Asks) == 0 {
		add("", w.T("brief.decided.none"))
	}
	add("Heading1", w.T("steps"))
	for _, s := range b.Package.Steps[:min(len(b.Package.Steps), briefLines)] {
		add("ListBullet", w.Said(s.Title)+" — "+MeasureName(w, s.Measure, s.Name)+", "+w.Name(s.OwnerRef)+", "+w.Day(s.Due)+", "+w.T("step.state."+s.State)+" ("+s.ID+")")
	}
	add("Heading1", w.T("brief.doors", StateName(w, b.State)))
	for _, x := range b.Doors[:min(len(b.Doors), briefLines)] {
		add("ListBullet", doorLine(w, x))
	}
	add("Note", w.T("brief.foot", b.Origin, b.Size))
	return d
}

// doorLine says a door in one line, with its source and how sure it is.
func doorLine(w *Words, d heed.Door) string {
	parts := []string{MeasureName(w, d.Measure.ID, d.Measure.Name) + ":"}
	if d.Outcome == doors.Short {
		parts = append(parts, w.T("door.missing", d.Missing, venue(w, d.Body))+";")
	}
	parts = append(parts, w.T("source.of", d.Source))
	if !d.Mark.Verified() {
		parts = append(parts, "("+w.T("unverified")+")")
	}
	return strings.Join(parts, " ")
}

// clip cuts a text at a length, between two letters.
func clip(s string) string {
	if r := []rune(s); len(r) > briefWords {
		return strings.TrimSpace(string(r[:briefWords])) + " …"
	}
	return s
}
