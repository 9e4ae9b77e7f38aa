package graph

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
)

// described reads METS or PREMIS and collects digests, names and events.
func described(b []byte, f *judge.Finding) ([]Stated, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Entity, d.CharsetReader = map[string]string{}, charset
	x := &elements{f: f}
	for count := 0; ; count++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(x.text) > 0 || count == 0 {
				return nil, errors.New("it ends too early")
			}
			f.Note("%d events", x.events)
			return x.out, nil
		}
		if err != nil {
			return nil, err
		}
		if count > maxNodes {
			return nil, fmt.Errorf("more than %d nodes", maxNodes)
		}
		if err := x.token(t); err != nil {
			return nil, err
		}
	}
}

// elements is what is known while XML is read.
type elements struct {
	f      *judge.Finding
	text   []string // of each open element
	out    []Stated
	now    Stated
	events int
}

func (x *elements) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		if bytes.Contains(t, []byte("ENTITY")) {
			return errors.New("it declares entities, which are not read")
		}
	case xml.StartElement:
		if x.text = append(x.text, ""); len(x.text) > maxDepth {
			return fmt.Errorf("elements in more than %d levels", maxDepth)
		}
		if s, ok := fileElement(t); ok {
			x.out = append(x.out, s)
		}
	case xml.CharData:
		if n := len(x.text); n > 0 && len(x.text[n-1]) < 1<<16 {
			x.text[n-1] += string(t)
		}
	case xml.EndElement:
		n := len(x.text) - 1
		x.end(t.Name.Local, strings.TrimSpace(x.text[n]))
		x.text = x.text[:n]
	}
	return nil
}

// end takes what an element held.
func (x *elements) end(name, value string) {
	switch name {
	case "messageDigestAlgorithm":
		x.now.Alg = value
	case "messageDigest":
		x.now.Digest = value
	case "originalName":
		x.now.Name = strings.TrimPrefix(strings.TrimPrefix(value, "%transferDirectory%"), "%SIPDirectory%")
	case "object":
		if x.now.Digest != "" {
			x.out = append(x.out, x.now)
		}
		x.now = Stated{}
	case "event":
		x.events++
	case "eventDateTime":
		premisTime(value, x.f)
	case "agentName":
		x.f.Worsen(&x.f.Origin, judge.Unknown, "states who did what; nobody vouches for that")
	}
}

// fileElement reads the digest of a METS file element.
func fileElement(e xml.StartElement) (s Stated, ok bool) {
	if e.Name.Local != "file" {
		return s, false
	}
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "CHECKSUM":
			s.Digest = a.Value
		case "CHECKSUMTYPE":
			s.Alg = a.Value
		}
	}
	return s, s.Digest != ""
}

func premisTime(s string, f *judge.Finding) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			f.StatedAt(t)
			f.Worsen(&f.Time, judge.Unknown, "states when things were done; nobody vouches for that")
			return
		}
	}
}
