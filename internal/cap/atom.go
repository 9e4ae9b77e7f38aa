package cap

import (
	"encoding/xml"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

const atom = "http://www.w3.org/2005/Atom"

// maxFeed is the largest feed that is read, in bytes.
const maxFeed = 64 << 20

// A Feed is an Atom feed that lists alerts.
type Feed struct {
	ID, Title string
	Updated   time.Time
	Entries   []FeedEntry
}

// A FeedEntry is one alert in a feed. Feeds hold the whole alert, or an
// extract of it with a link to the whole.
type FeedEntry struct {
	ID, Title, Summary string
	Link               string // where the whole alert is
	Updated, Published time.Time
	Alert              *Alert // the whole alert, where the entry holds one
	Status, MsgType    string // of the extract, as are Info's fields
	Info               Info
	Problem            string // why the entry cannot be relied on; empty when it can
}

// ParseFeed reads an Atom feed with CAP elements, of version 1.1 or 1.2, in
// its entries, as national weather services publish them, or with whole alerts
// as content. An entry that is at fault says so in its Problem and does not
// cost the others; only a feed that cannot be read is an error.
func ParseFeed(r io.Reader) (Feed, error) {
	d := xml.NewDecoder(io.LimitReader(r, maxFeed))
	start, err := root(d)
	if err != nil {
		return Feed{}, err
	}
	if start.Name.Local != "feed" || start.Name.Space != atom {
		return Feed{}, fault.Invalid("feed", "the document is %q in namespace %q; an Atom feed is expected", start.Name.Local, start.Name.Space)
	}
	var f Feed
	for {
		token, err := d.Token()
		if err != nil {
			return Feed{}, malformed(d, err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return f, nil // every other end is read by tree
		case xml.Directive:
			return Feed{}, fault.Invalid("feed", "a document type is not allowed")
		case xml.StartElement:
			n, err := tree(d, t)
			if err != nil {
				return Feed{}, err
			}
			f.take(n)
		}
	}
}

// take adds an element of the feed.
func (f *Feed) take(n *node) {
	if n.name.Space != atom {
		return
	}
	switch n.name.Local {
	case "id":
		f.ID = n.value()
	case "title":
		f.Title = n.value()
	case "updated":
		f.Updated, _ = time.Parse(time.RFC3339, n.value())
	case "entry":
		f.Entries = append(f.Entries, entry(n))
	}
}

// entry reads one entry of a feed.
func entry(n *node) FeedEntry {
	var e FeedEntry
	texts := map[string]*string{"id": &e.ID, "title": &e.Title, "summary": &e.Summary}
	extract := &node{name: xml.Name{Space: Namespace, Local: "info"}}
	for _, kid := range n.kids {
		switch {
		case strings.HasPrefix(kid.name.Space, "urn:oasis:names:tc:emergency:cap:1."):
			extract.kids = append(extract.kids, kid)
		case kid.name.Space != atom:
		case kid.name.Local == "updated":
			e.Updated, _ = time.Parse(time.RFC3339, kid.value())
		case kid.name.Local == "published":
			e.Published, _ = time.Parse(time.RFC3339, kid.value())
		case kid.name.Local == "link":
			e.takeLink(kid)
		case kid.name.Local == "content":
			e.takeContent(kid)
		default:
			setText(texts, kid.name.Local, kid)
		}
	}
	if len(extract.kids) > 0 {
		e.takeExtract(extract)
	} else if e.Alert == nil && e.Problem == "" {
		e.Problem = "the entry holds no CAP element"
	}
	return e
}

// takeLink keeps the link to the alert itself.
func (e *FeedEntry) takeLink(n *node) {
	var href, rel string
	for _, a := range n.attr {
		switch a.Name.Local {
		case "href":
			href = a.Value
		case "rel":
			rel = a.Value
		}
	}
	if href != "" && (e.Link == "" || rel == "alternate") && rel != "self" {
		e.Link = href
	}
}

// takeContent reads a whole alert inside an entry.
func (e *FeedEntry) takeContent(n *node) {
	for _, kid := range n.kids {
		if kid.name.Local != "alert" || kid.name.Space != Namespace {
			continue
		}
		a, err := fromNode(kid)
		if err != nil {
			e.Problem = err.Error()
			continue
		}
		e.Alert, e.Status, e.MsgType = &a, a.Status, a.MsgType
		e.Info, _ = a.Info("en")
	}
}

// areaElements are those that an extract holds beside the elements of info,
// and that belong into an area.
const areaElements = " areaDesc polygon circle geocode altitude ceiling "

// takeExtract reads the CAP elements that stand in an entry one beside the
// other, as an info with one area.
func (e *FeedEntry) takeExtract(n *node) {
	area := &node{}
	var info []*node
	for _, kid := range n.kids {
		kid.name.Space = Namespace
		switch name := kid.name.Local; {
		case name == "status":
			e.Status = kid.value()
		case name == "msgType":
			e.MsgType = kid.value()
		case strings.Contains(areaElements, " "+name+" "):
			area.kids = append(area.kids, kid)
		case name == "identifier", name == "sender", name == "sent", name == "scope", name == "references", name == "note":
			// of the whole alert; to be read there
		default:
			info = append(info, kid)
		}
	}
	rd := reader{space: Namespace}
	e.Info = rd.info("info/", &node{kids: info})
	if len(area.kids) > 0 {
		e.Info.Areas = []Area{rd.area("info/area/", area)}
	}
	rd.oneOf("status", e.Status)
	rd.oneOf("msgType", e.MsgType)
	if len(rd.list) == 0 {
		rd.findings.info("info/", e.Info)
	}
	if err := rd.err(); err != nil {
		e.Problem = err.Error()
	}
}
