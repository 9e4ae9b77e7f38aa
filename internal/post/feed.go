package post

import (
	"encoding/xml"
	"io"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// A Feed is an Atom feed (RFC 4287) of what concerns one person or one
// subject.
type Feed struct {
	ID      string // an IRI that never changes: tag:heed.example.org,2026:P-7
	Title   string
	Author  string // the agency
	Self    string // where the feed is
	Link    string // the page that it follows
	Tag     string // BCP 47 tag of the language
	Updated time.Time
	Items   []Item
}

// An Item is one entry of a feed.
type Item struct {
	ID                 string // an IRI that never changes
	Title              string
	Link               string
	Published, Updated time.Time
	Category           string // the kind: "warning", "duty"
	Summary            string // plain text
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	ID        string        `xml:"id"`
	Title     atomText      `xml:"title"`
	Link      *atomLink     `xml:"link"`
	Published string        `xml:"published,omitempty"`
	Updated   string        `xml:"updated"`
	Category  *atomCategory `xml:"category"`
	Summary   *atomText     `xml:"summary"`
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr,omitempty"`
	ID      string      `xml:"id"`
	Title   atomText    `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Link    []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

// WriteAtom writes a feed. Characters that XML cannot hold become U+FFFD.
func WriteAtom(w io.Writer, f Feed) error {
	if f.ID == "" || f.Title == "" || f.Author == "" || f.Updated.IsZero() {
		return fault.Invalid("feed", "a feed needs an id, a title, an author and a time")
	}
	out := atomFeed{Lang: f.Tag, ID: f.ID, Title: atomText{"text", f.Title}, Updated: stamp(f.Updated), Author: f.Author}
	if f.Self != "" {
		out.Link = append(out.Link, atomLink{"self", "application/atom+xml", f.Self})
	}
	if f.Link != "" {
		out.Link = append(out.Link, atomLink{"alternate", "text/html", f.Link})
	}
	for _, it := range f.Items {
		if it.ID == "" || it.Title == "" || it.Updated.IsZero() {
			return fault.Invalid("item", "item %q: an item needs an id, a title and a time", it.ID)
		}
		e := atomEntry{ID: it.ID, Title: atomText{"text", it.Title}, Updated: stamp(it.Updated)}
		if !it.Published.IsZero() {
			e.Published = stamp(it.Published)
		}
		if it.Link != "" {
			e.Link = &atomLink{"alternate", "text/html", it.Link}
		}
		if it.Category != "" {
			e.Category = &atomCategory{it.Category}
		}
		if it.Summary != "" {
			e.Summary = &atomText{"text", it.Summary}
		}
		out.Entries = append(out.Entries, e)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
