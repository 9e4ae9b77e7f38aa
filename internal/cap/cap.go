// Package cap reads and writes the Common Alerting Protocol, version 1.2, in
// which warnings travel between systems that know nothing of each other, and
// turns Heed's warnings and acknowledgements into it and back.
//
//	alert, err := cap.FromWarning(w)      // a warning of Heed as an alert
//	xml, err := alert.XML()               // valid against the OASIS schema
//	alert, err := cap.Parse(r)            // any sender's alert
//	ack := alert.Ack(sender, id, now, "") // what a recipient answers
//	feed, err := cap.ParseFeed(r)         // alerts listed in an Atom feed
//
// Promises: what Parse accepts and XML writes keeps the rules of the standard:
// required elements, enumerations, times with an offset (-00:00 for UTC, never
// Z), closed polygons. Errors name the element ("info[2]/area/areaDesc"). What
// is written reads back as the same alert, but for space around texts,
// fractions of seconds and digits after the eighth decimal. No entities, document types or fetched parts; 4 MiB,
// 16 levels and 20,000 elements at most. No input makes a parser panic.
//
// Trusts: nothing about who sent an alert. A signature element is noticed
// (Signed) and not verified; the sender's name proves nothing by itself.
//
// Source: OASIS Common Alerting Protocol Version 1.2, 1 July 2010; RFC 4287
// for feeds.
package cap

import (
	"slices"
	"strings"
	"time"
)

// Namespace is the XML namespace of CAP 1.2.
const Namespace = "urn:oasis:names:tc:emergency:cap:1.2"

// The values of status, msgType and scope.
const (
	Actual   = "Actual"
	Exercise = "Exercise"
	System   = "System"
	Test     = "Test"
	Draft    = "Draft"

	MsgAlert  = "Alert"
	MsgUpdate = "Update"
	MsgCancel = "Cancel"
	MsgAck    = "Ack"
	MsgError  = "Error"

	Public     = "Public"
	Restricted = "Restricted"
	Private    = "Private"
)

// enumerations lists the values of every element that has a fixed set.
var enumerations = map[string][]string{
	"status":   {Actual, Exercise, System, Test, Draft},
	"msgType":  {MsgAlert, MsgUpdate, MsgCancel, MsgAck, MsgError},
	"scope":    {Public, Restricted, Private},
	"category": {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"},
	"responseType": {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess",
		"AllClear", "None"},
	"urgency":   {"Immediate", "Expected", "Future", "Past", "Unknown"},
	"severity":  {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
	"certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}

// An Alert is one CAP message.
type Alert struct {
	Identifier  string // unique for the sender; no spaces, commas, < or &
	Sender      string // names the sender for ever; the same signs forbidden
	Sent        time.Time
	Status      string
	MsgType     string
	Source      string
	Scope       string
	Restriction string   // required when Scope is Restricted
	Addresses   []string // required when Scope is Private
	Codes       []string
	Note        string
	References  []Reference // required for Update, Cancel and Ack
	Incidents   []string
	Infos       []Info
	Signed      bool // the message holds an XML signature, which was not verified
}

// A Reference names an earlier message.
type Reference struct {
	Sender, Identifier string
	Sent               time.Time
}

// A Value is a named value: an event code, parameter or geocode.
type Value struct{ Name, Value string }

// An Info is what an alert says, in one language.
type Info struct {
	Language      string // RFC 3066; empty stands for en-US
	Categories    []string
	Event         string
	ResponseTypes []string
	Urgency       string
	Severity      string
	Certainty     string
	Audience      string
	EventCodes    []Value
	Effective     time.Time // zero when absent, as are Onset and Expires
	Onset         time.Time
	Expires       time.Time
	SenderName    string
	Headline      string
	Description   string
	Instruction   string
	Web           string
	Contact       string
	Parameters    []Value
	Resources     []Resource
	Areas         []Area
}

// A Resource is a file that goes with an info.
type Resource struct {
	Description string
	MIMEType    string
	Size        int64 // bytes; 0 when not given
	URI         string
	DerefURI    string // the content itself, in base 64
	Digest      string // SHA-1, as the standard has it
}

// An Area is where an info applies.
type Area struct {
	Description string
	Polygons    [][]Point // closed: the last point is the first
	Circles     []Circle
	Geocodes    []Value
	Altitude    *float64 // feet above mean sea level
	Ceiling     *float64 // feet; only with Altitude
}

// A Point is a position in degrees, WGS 84.
type Point struct{ Lat, Lon float64 }

// A Circle is a point and a radius in kilometres.
type Circle struct {
	Center Point
	Radius float64
}

// Reference names the alert for later messages.
func (a Alert) Reference() Reference {
	return Reference{Sender: a.Sender, Identifier: a.Identifier, Sent: a.Sent}
}

// RefersTo reports whether the alert refers to another.
func (a Alert) RefersTo(r Reference) bool {
	return slices.ContainsFunc(a.References, func(have Reference) bool {
		return have.Sender == r.Sender && have.Identifier == r.Identifier && have.Sent.Truncate(time.Second).Equal(r.Sent.Truncate(time.Second))
	})
}

// Ack answers the alert: received. The acknowledgement goes to the alert's
// sender alone and keeps its status, so that a rehearsal's acknowledgements are
// rehearsed too.
func (a Alert) Ack(sender, identifier string, at time.Time, note string) Alert {
	return Alert{Identifier: identifier, Sender: sender, Sent: at, Status: a.Status, MsgType: MsgAck, Scope: Private,
		Addresses: []string{a.Sender}, Note: note, References: []Reference{a.Reference()}}
}

// Update makes next the successor of the alert, which it names together with
// all that the alert itself referred to.
func (a Alert) Update(next Alert) Alert {
	next.MsgType = MsgUpdate
	next.References = append([]Reference{a.Reference()}, a.References...)
	return next
}

// Cancel withdraws the alert. It says why in the note and reaches those whom
// the alert reached.
func (a Alert) Cancel(identifier string, at time.Time, why string) Alert {
	return Alert{Identifier: identifier, Sender: a.Sender, Sent: at, Status: a.Status, MsgType: MsgCancel, Scope: a.Scope,
		Restriction: a.Restriction, Addresses: slices.Clone(a.Addresses), Note: why,
		References: append([]Reference{a.Reference()}, a.References...), Incidents: slices.Clone(a.Incidents)}
}

// Info returns the info in a language ("fr" finds "fr-CA"), otherwise the
// first. It reports false when the alert has none.
func (a Alert) Info(language string) (Info, bool) {
	for _, in := range a.Infos {
		have, want := strings.ToLower(in.Language), strings.ToLower(language)
		if have == "" {
			have = "en-us"
		}
		if have == want || strings.HasPrefix(have, want+"-") {
			return in, true
		}
	}
	if len(a.Infos) == 0 {
		return Info{}, false
	}
	return a.Infos[0], true
}

// Parameter returns the first parameter of that name.
func (in Info) Parameter(name string) (string, bool) {
	for _, p := range in.Parameters {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}
