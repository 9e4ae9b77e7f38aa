package export

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

type node map[string]any

// ref makes the identifier of something in a graph: a UUID made from the
// description and the thing's own identifier (RFC 9562, version 8).
func (d *Description) ref(kind, id string) string {
	s := sha256.Sum256([]byte(d.ID + "\x00" + kind + "\x00" + id))
	s[6], s[8] = s[6]&0x0f|0x80, s[8]&0x3f|0x80
	return fmt.Sprintf("kb:%s-%x-%x-%x-%x-%x", kind, s[:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

func link(id string) node { return node{"@id": id} }

func typed(kind, value string) node { return node{"@type": "xsd:" + kind, "@value": value} }

// context names the vocabularies. None of them has to be fetched to read the
// graph.
func (d *Description) context() node {
	const uco = "https://ontology.unifiedcyberontology.org/uco/"
	return node{
		"kb": "urn:heed:" + d.ID + ":", "case-investigation": "https://ontology.caseontology.org/case/investigation/",
		"uco-action": uco + "action/", "uco-core": uco + "core/", "uco-identity": uco + "identity/", "uco-observable": uco + "observable/",
		"uco-tool": uco + "tool/", "uco-types": uco + "types/", "xsd": "http://www.w3.org/2001/XMLSchema#",
	}
}

// WriteCASE writes a description as CASE/UCO JSON-LD. Each event is an
// InvestigativeAction. Its objects are the files and the record of their
// provenance until then, its results the files that came out and the record as it
// is afterwards: so each action hands the record on to the next.
func WriteCASE(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	graph := []node{{"@id": d.ref("investigation", d.ID), "@type": "case-investigation:Investigation", "uco-core:name": clean(d.Title),
		"uco-core:object": d.members()}}
	for _, a := range d.Agents {
		kind := map[string]string{Person: "uco-identity:Person", Organization: "uco-identity:Organization", Software: "uco-tool:Tool"}[a.Kind]
		graph = append(graph, node{"@id": d.ref("agent", a.ID), "@type": kind, "uco-core:name": clean(a.Name)})
	}
	for i := range d.Objects {
		graph = append(graph, d.file(&d.Objects[i]))
	}
	graph = append(graph, d.actions()...)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(node{"@context": d.context(), "@graph": graph})
}

func (d *Description) members() (out []node) {
	for _, o := range d.Objects {
		out = append(out, link(d.ref("file", o.ID)))
	}
	for _, e := range d.Events {
		out = append(out, link(d.ref("action", e.ID)))
	}
	return out
}

// file is one object with what is known of its content.
func (d *Description) file(o *Object) node {
	content := node{"@id": d.ref("content", o.ID), "@type": "uco-observable:ContentDataFacet", "uco-observable:sizeInBytes": o.Size,
		"uco-observable:hash": []node{{"@id": d.ref("hash", o.ID), "@type": "uco-types:Hash",
			"uco-types:hashMethod": node{"@type": "https://ontology.unifiedcyberontology.org/uco/vocabulary/HashNameVocab", "@value": "SHA256"},
			"uco-types:hashValue":  typed("hexBinary", o.SHA256)}}}
	if o.Media != "" {
		content["uco-observable:mimeType"] = o.Media
	}
	name := node{"@id": d.ref("name", o.ID), "@type": "uco-observable:FileFacet", "uco-observable:fileName": clean(o.Name), "uco-observable:sizeInBytes": o.Size}
	if o.Path != "" {
		name["uco-observable:filePath"] = "data/" + clean(o.Path)
	}
	out := node{"@id": d.ref("file", o.ID), "@type": "uco-observable:File", "uco-core:hasFacet": []node{name, content}}
	if o.Marking != "" {
		out["uco-core:tag"] = []string{clean(o.Marking)}
	}
	if o.Source != "" || o.Conditions != "" {
		out["uco-core:description"] = clean(words(o.Source, o.Conditions))
	}
	return out
}

func words(list ...string) (out string) {
	for _, s := range list {
		if s != "" && out != "" {
			out += "; "
		}
		out += s
	}
	return out
}

// actions are the events, and between them the records of provenance. What
// nothing was done to yet is in the record of how it came.
func (d *Description) actions() (out []node) {
	came := d.ref("provenance-record", "as it came")
	latest := map[string]string{} // the record that each object is in
	var all []node
	for _, o := range d.Objects {
		if latest[o.ID] = came; o.Derived == "" {
			all = append(all, link(d.ref("file", o.ID)))
		}
	}
	if len(d.Events) > 0 {
		out = append(out, node{"@id": came, "@type": "case-investigation:ProvenanceRecord", "case-investigation:exhibitNumber": d.ID + "/0",
			"uco-core:description": "as it came", "uco-core:object": all})
	}
	for i, e := range d.Events {
		out = append(out, d.action(i, e, latest)...)
	}
	return out
}

// action is one event and the record after it.
func (d *Description) action(i int, e Event, latest map[string]string) []node {
	act := node{"@id": d.ref("action", e.ID), "@type": "case-investigation:InvestigativeAction", "uco-core:name": clean(e.Kind),
		"uco-action:startTime": typed("dateTime", stamp(e.At)), "uco-action:endTime": typed("dateTime", stamp(e.At))}
	if text := words(e.Detail, e.Outcome); text != "" {
		act["uco-core:description"] = clean(text)
	}
	var with []node
	for j, a := range e.Agents {
		if j == 0 {
			act["uco-action:performer"] = link(d.ref("agent", a))
		} else {
			with = append(with, link(d.ref("agent", a)))
		}
	}
	if len(with) > 0 {
		act["uco-action:instrument"] = with
	}
	record := d.ref("provenance-record", e.ID)
	var before, content []node
	seen := map[string]bool{}
	for _, id := range e.Objects {
		before = append(before, link(d.ref("file", id)))
		if r := latest[id]; !seen[r] {
			seen[r] = true
			before = append(before, link(r))
		}
	}
	if len(before) == 0 {
		before = append(before, link(d.ref("provenance-record", "as it came")))
	}
	after := []node{link(record)}
	for _, id := range e.Results {
		after = append(after, link(d.ref("file", id)))
	}
	for _, id := range append(append([]string{}, e.Objects...), e.Results...) {
		latest[id] = record
		content = append(content, link(d.ref("file", id)))
	}
	act["uco-action:object"], act["uco-action:result"] = before, after
	prov := node{"@id": record, "@type": "case-investigation:ProvenanceRecord", "case-investigation:exhibitNumber": d.ID + "/" + strconv.Itoa(i+1)}
	if len(content) > 0 {
		prov["uco-core:object"] = content
	}
	return []node{act, prov}
}

// entity is one FollowTheMoney entity.
type entity struct {
	ID         string              `json:"id"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// WriteFtM writes a description as FollowTheMoney JSON lines: people and
// organisations, documents, and what was done as events. FtM's own digest is
// SHA-1; the SHA-256 stands in the description of the document. A
// program has no place in FtM: events name it in words.
func WriteFtM(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	programs := map[string]string{}
	for _, a := range d.Agents {
		if a.Kind == Software {
			programs[a.ID] = clean(a.Name)
			continue
		}
		schema := map[string]string{Person: "Person", Organization: "Organization"}[a.Kind]
		if err := enc.Encode(entity{d.ftm(a.ID), schema, map[string][]string{"name": {clean(a.Name)}}}); err != nil {
			return err
		}
	}
	for i := range d.Objects {
		if err := enc.Encode(d.document(&d.Objects[i])); err != nil {
			return err
		}
	}
	for _, e := range d.Events {
		if err := enc.Encode(d.event(e, programs)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Description) ftm(id string) string { return d.ref("entity", id)[len("kb:"):] }

// document is one object.
func (d *Description) document(o *Object) entity {
	p := map[string][]string{"fileName": {clean(o.Name)}, "title": {clean(o.Name)}, "fileSize": {strconv.FormatInt(o.Size, 10)},
		"description": {clean(words("SHA-256 "+o.SHA256, o.Source, o.Conditions))}}
	set := func(k, v string) {
		if v != "" {
			p[k] = []string{clean(v)}
		}
	}
	set("mimeType", o.Media)
	set("keywords", o.Marking)
	set("publisher", d.Agency)
	if !o.Created.IsZero() {
		set("authoredAt", stamp(o.Created))
	}
	return entity{d.ftm(o.ID), "Document", p}
}

// event is one event. What it was done to is said by what it names.
func (d *Description) event(e Event, programs map[string]string) entity {
	p := map[string][]string{"name": {clean(e.Kind)}, "date": {stamp(e.At)}, "recordId": {e.ID}}
	text := words(e.Detail, e.Outcome)
	for _, a := range e.Agents {
		if name, ok := programs[a]; ok {
			text = words(text, "with "+name)
		} else {
			p["involved"] = append(p["involved"], d.ftm(a))
		}
	}
	for _, o := range e.Objects {
		p["proof"] = append(p["proof"], d.ftm(o))
	}
	for _, o := range e.Results {
		p["proof"] = append(p["proof"], d.ftm(o))
	}
	if text != "" {
		p["summary"] = []string{clean(text)}
	}
	return entity{d.ftm(e.ID), "Event", p}
}
