package export

import (
	"encoding/xml"
	"io"
)

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

type premis struct {
	XMLName xml.Name       `xml:"http://www.loc.gov/premis/v3 premis"`
	XSI     string         `xml:"xmlns:xsi,attr"`
	Version string         `xml:"version,attr"`
	Objects []premisObject `xml:"object"`
	Events  []premisEvent  `xml:"event"`
	Agents  []premisAgent  `xml:"agent"`
}

type premisObject struct {
	Kind       string     `xml:"xsi:type,attr"`
	Identifier objectID   `xml:"objectIdentifier"`
	Properties []property `xml:"significantProperties,omitempty"`
	Characters characters `xml:"objectCharacteristics"`
	Name       string     `xml:"originalName"`
	Storage    *storage   `xml:"storage,omitempty"`
	Relations  []relation `xml:"relationship,omitempty"`
	Events     []linkedTo `xml:"linkingEventIdentifier,omitempty"`
}

type objectID struct {
	Type  string `xml:"objectIdentifierType"`
	Value string `xml:"objectIdentifierValue"`
}

type property struct {
	Type  string `xml:"significantPropertiesType"`
	Value string `xml:"significantPropertiesValue"`
}

type characters struct {
	Level    int      `xml:"compositionLevel"`
	Fixity   fixity   `xml:"fixity"`
	Size     int64    `xml:"size"`
	Format   string   `xml:"format>formatDesignation>formatName"`
	Creating *created `xml:"creatingApplication,omitempty"`
}

type fixity struct {
	Algorithm  string `xml:"messageDigestAlgorithm"`
	Digest     string `xml:"messageDigest"`
	Originator string `xml:"messageDigestOriginator,omitempty"`
}

type created struct {
	At string `xml:"dateCreatedByApplication"`
}

type storage struct {
	Type  string `xml:"contentLocation>contentLocationType"`
	Value string `xml:"contentLocation>contentLocationValue"`
}

type relation struct {
	Type  string `xml:"relationshipType"`
	Sub   string `xml:"relationshipSubType"`
	IDs   string `xml:"relatedObjectIdentifier>relatedObjectIdentifierType"`
	Value string `xml:"relatedObjectIdentifier>relatedObjectIdentifierValue"`
}

type linkedTo struct {
	Type  string `xml:"linkingEventIdentifierType"`
	Value string `xml:"linkingEventIdentifierValue"`
}

type premisEvent struct {
	IDType  string        `xml:"eventIdentifier>eventIdentifierType"`
	ID      string        `xml:"eventIdentifier>eventIdentifierValue"`
	Type    string        `xml:"eventType"`
	At      string        `xml:"eventDateTime"`
	Detail  *detail       `xml:"eventDetailInformation,omitempty"`
	Outcome *outcome      `xml:"eventOutcomeInformation,omitempty"`
	Agents  []linkedAgent `xml:"linkingAgentIdentifier,omitempty"`
	Objects []linkedObj   `xml:"linkingObjectIdentifier,omitempty"`
}

type detail struct {
	Text string `xml:"eventDetail"`
}

type outcome struct {
	Text string `xml:"eventOutcome"`
}

type linkedAgent struct {
	Type  string `xml:"linkingAgentIdentifierType"`
	Value string `xml:"linkingAgentIdentifierValue"`
	Role  string `xml:"linkingAgentRole"`
}

type linkedObj struct {
	Type  string `xml:"linkingObjectIdentifierType"`
	Value string `xml:"linkingObjectIdentifierValue"`
	Role  string `xml:"linkingObjectRole"`
}

type premisAgent struct {
	IDType string `xml:"agentIdentifier>agentIdentifierType"`
	ID     string `xml:"agentIdentifier>agentIdentifierValue"`
	Name   string `xml:"agentName"`
	Kind   string `xml:"agentType"`
}

// idType says whose identifiers they are.
const idType = "heed"

// WritePREMIS writes a description as PREMIS 3: objects with their digests, events
// with who did them to what, and agents.
func WritePREMIS(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	p := premis{XSI: xsi, Version: "3.0"}
	for i := range d.Objects {
		p.Objects = append(p.Objects, d.premisObject(&d.Objects[i]))
	}
	for _, e := range d.Events {
		p.Events = append(p.Events, premisOf(e))
	}
	for _, a := range d.Agents {
		p.Agents = append(p.Agents, premisAgent{idType, a.ID, clean(a.Name), a.Kind})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(p); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (d *Description) premisObject(o *Object) premisObject {
	out := premisObject{Kind: "file", Identifier: objectID{idType, o.ID}, Name: clean(o.Name),
		Characters: characters{Fixity: fixity{"SHA-256", o.SHA256, clean(d.Agency)}, Size: o.Size, Format: o.Media}}
	if o.Media == "" {
		out.Characters.Format = "unknown"
	}
	if !o.Created.IsZero() {
		out.Characters.Creating = &created{stamp(o.Created)}
	}
	for _, p := range []property{{"source", o.Source}, {"marking", o.Marking}, {"conditions", o.Conditions}} {
		if p.Value != "" {
			out.Properties = append(out.Properties, property{p.Type, clean(p.Value)})
		}
	}
	if o.Path != "" {
		out.Storage = &storage{"bag", "data/" + clean(o.Path)}
	}
	if o.Derived != "" {
		out.Relations = []relation{{"derivation", "has source", idType, o.Derived}}
	}
	for _, e := range d.Events {
		for _, id := range append(append([]string{}, e.Objects...), e.Results...) {
			if id == o.ID {
				out.Events = append(out.Events, linkedTo{idType, e.ID})
				break
			}
		}
	}
	return out
}

func premisOf(e Event) premisEvent {
	out := premisEvent{IDType: idType, ID: e.ID, Type: clean(e.Kind), At: stamp(e.At)}
	if e.Detail != "" {
		out.Detail = &detail{clean(e.Detail)}
	}
	if e.Outcome != "" {
		out.Outcome = &outcome{clean(e.Outcome)}
	}
	for i, a := range e.Agents {
		role := "executing program"
		if i == 0 {
			role = "implementer"
		}
		out.Agents = append(out.Agents, linkedAgent{idType, a, role})
	}
	for _, o := range e.Objects {
		out.Objects = append(out.Objects, linkedObj{idType, o, "source"})
	}
	for _, o := range e.Results {
		out.Objects = append(out.Objects, linkedObj{idType, o, "outcome"})
	}
	return out
}
