package heed

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/custody/export"
)

// eventNames are the words that PREMIS has for what happens to an item.
var eventNames = map[string]string{
	"evidence.taken": "ingestion", "evidence.opened": "access", "evidence.copied": "replication", "evidence.proved": "fixity check",
	"evidence.damaged": "fixity check", "evidence.restored": "recovery", "evidence.reviewed": "validation", "evidence.judged": "validation", "evidence.read": "metadata extraction",
	"stamp.kept": "time stamping", "stamp.upgraded": "time stamping",
}

// DescribeEvidence describes items and their custody for export, from what one
// was shown of them: it asks for nothing and decides nothing. Each item goes to
// a path of its own.
func DescribeEvidence(views []ItemView, id, title, agency string, made time.Time) *export.Description {
	d := &export.Description{ID: id, Title: title, Agency: agency, Made: made, Agents: []export.Agent{{ID: "office", Name: agency, Kind: export.Organization}, {ID: "heed", Name: "Heed", Kind: export.Software}}}
	here, people, events := map[string]bool{}, map[string]bool{}, map[int64]*export.Event{}
	for _, v := range views {
		here[v.ID] = true
	}
	for _, v := range views {
		o := export.Object{ID: v.ID, Name: v.Name, Path: v.ID, SHA256: v.SHA256, Size: v.Size, Media: v.Type, Marking: "TLP:" + v.Marking,
			Source: joined("; ", v.Path, v.Under.Authority, v.Note), Conditions: permitted(v.Permissions)}
		if o.Name == "" {
			o.Name = v.ID
		}
		if dot := strings.LastIndexByte(v.Name, '.'); dot > 0 && len(v.Name)-dot < 10 {
			o.Path = bag.SafeName(v.ID + strings.ToLower(v.Name[dot:]))
		}
		if here[v.From] {
			o.Derived = v.From
		}
		d.Objects = append(d.Objects, o)
		for _, c := range v.Custody {
			events[c.Entry] = described(events[c.Entry], v, c, here)
			if c.By != "" && !people[c.By] {
				people[c.By] = true
				d.Agents = append(d.Agents, export.Agent{ID: c.By, Name: cmp.Or(c.Name, c.By), Kind: export.Person})
			}
		}
	}
	for _, e := range events {
		d.Events = append(d.Events, *e)
	}
	slices.SortFunc(d.Events, func(a, b export.Event) int { return cmp.Compare(entryOf(a.ID), entryOf(b.ID)) })
	return d
}

func entryOf(id string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(id, "entry-"), 10, 64)
	return n
}

// described adds an item to the event of an entry.
func described(e *export.Event, v ItemView, c Custody, here map[string]bool) *export.Event {
	if e == nil {
		kind := eventNames[c.Kind]
		if kind == "" {
			kind = strings.TrimPrefix(c.Kind, "evidence.")
		}
		who := c.By
		if who == "" {
			who = "office"
		}
		e = &export.Event{ID: "entry-" + strconv.FormatInt(c.Entry, 10), Kind: kind, At: c.At, Detail: joined("; ", c.Reason, c.Under, c.Detail), Agents: []string{who, "heed"}}
		if c.Kind == "evidence.damaged" {
			e.Outcome = "failed"
		}
	}
	switch {
	case c.Kind != "evidence.taken":
		e.Objects = append(e.Objects, v.ID)
	case c.Entry != v.Entry: // by which a copy of it was taken in
		if e.Kind = "derivation"; !slices.Contains(e.Objects, v.ID) {
			e.Objects = append(e.Objects, v.ID)
		}
	default:
		if e.Results = append(e.Results, v.ID); here[v.From] && !slices.Contains(e.Objects, v.From) {
			e.Kind, e.Objects = "derivation", append(e.Objects, v.From)
		}
	}
	return e
}

// joined puts words together that are there.
func joined(between string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), between)
}

// passedOn says whether whoever receives an item may give it to others.
var passedOn = map[consent.Onward]string{
	consent.NotOnward: "not to be passed on", consent.OnwardListed: "to be passed on to those named alone", consent.OnwardAny: "to be passed on to anybody who is not refused",
}

// permitted says in words what contributors permitted.
func permitted(list []consent.Permission) string {
	var out []string
	for _, p := range list {
		var purposes []string
		for _, x := range p.For {
			purposes = append(purposes, string(x))
		}
		s := p.ID + ": for " + strings.Join(purposes, ", ") + "; to " + strings.Join(p.To, ", ") + "; in " + strings.Join(p.In, ", ")
		if len(p.NotTo) > 0 {
			s += "; not to " + strings.Join(p.NotTo, ", ")
		}
		if len(p.NotIn) > 0 {
			s += "; not in " + strings.Join(p.NotIn, ", ")
		}
		s += "; " + passedOn[p.Onward]
		if !p.Until.IsZero() {
			s += "; until " + p.Until.UTC().Format("2006-01-02")
		}
		if p.NoDeath {
			s += "; not where a death sentence is possible"
		}
		if p.Ask {
			s += "; ask before each use"
		}
		if len(p.Withdrawals) > 0 {
			s += "; withdrawn in part or whole"
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}
