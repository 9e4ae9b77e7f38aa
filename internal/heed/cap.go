package heed

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/cap"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// sees finds a warning that the reader may read.
func (l *look) sees(id string) (warning.Warning, access.Resource, error) {
	w, err := warning.Get(l.View, id)
	if err != nil {
		return w, access.Resource{}, err
	}
	r, err := l.warning(w)
	if err != nil {
		return w, r, err
	}
	return w, r, l.need(access.WarningRead, r)
}

// WarningCAP returns a warning as a message of the Common Alerting Protocol:
// an Alert, an Update where it replaces another, a Cancel once it has ended. It
// holds what the reader may read, and no more.
func (h *Heed) WarningCAP(ctx context.Context, who Who, id string) (b []byte, err error) {
	err = h.see(ctx, who, func(l *look) error {
		w, _, err := l.sees(id)
		if err != nil {
			return err
		}
		a, err := l.alert(w)
		if err != nil {
			return err
		}
		if w.State == warning.Closed || w.State == warning.Expired {
			at, why, err := l.ending(w)
			if err != nil {
				return err
			}
			a = a.Cancel(w.ID+".end", at, why)
		}
		b, err = a.XML()
		return err
	})
	return b, err
}

// WarningAckCAP returns who acknowledged a warning, each as a CAP message to
// the sender of the warning.
func (h *Heed) WarningAckCAP(ctx context.Context, who Who, id string) (out [][]byte, err error) {
	err = h.see(ctx, who, func(l *look) error {
		w, _, err := l.sees(id)
		if err != nil {
			return err
		}
		a, err := l.alert(w)
		if err != nil {
			return err
		}
		served, err := warning.Recipients(l.View, id)
		if err != nil {
			return err
		}
		for _, r := range served {
			if r.Acknowledged.IsZero() {
				continue
			}
			note, err := warning.AckNote(l.View, r)
			if err != nil {
				return err
			}
			b, err := a.Ack(h.capSender(r.Person), w.ID+".ack."+r.Person, r.Acknowledged, note).XML()
			if err != nil {
				return err
			}
			out = append(out, b)
		}
		return nil
	})
	return out, err
}

// capSender is how a person is named as the sender of a message: for ever, and
// without their name.
func (h *Heed) capSender(person string) string { return h.Origin() + "/" + person }

// alert is a warning as the message with which it was issued.
func (l *look) alert(w warning.Warning) (cap.Alert, error) {
	words, err := warning.Read(l.View, w)
	if err != nil {
		return cap.Alert{}, err
	}
	home, err := party.GetAgency(l.View, home)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return cap.Alert{}, err
	}
	c := lang.For(l.language())
	x := cap.Warning{Identifier: w.ID, Sender: l.h.Origin(), SenderName: home.Name, Sent: w.Issued, Expires: w.Expires, Exercise: l.h.Exercise(),
		Level: w.Level, Confidence: w.Confidence, Marking: w.Marking, Language: c.Tag, Finding: words.Finding,
		Instruction: c.T("heed.instruction"), Web: l.h.link("/warnings/" + w.ID)}
	served, err := warning.Recipients(l.View, w.ID)
	if err != nil {
		return cap.Alert{}, err
	}
	for _, r := range served {
		x.Recipients = append(x.Recipients, l.name(r.Person))
	}
	x.Headline = c.T("heed.headline", w.Level)
	s, err := situation.Get(l.View, w.Situation)
	if err != nil {
		return cap.Alert{}, err
	}
	if l.may(access.SituationRead, l.situation(s)) && !s.Erased {
		x.Headline = c.T("heed.headline.in", w.Level, s.Name)
		x.Areas = []cap.Area{capArea(s)}
		if x.Populations, err = l.populations(s, w.ID); err != nil {
			return cap.Alert{}, err
		}
	}
	a, err := cap.FromWarning(x)
	if err != nil {
		return a, fmt.Errorf("%s as a CAP message: %w", w.ID, err)
	}
	return l.supersede(a, w)
}

// supersede names the warnings that a warning replaced.
func (l *look) supersede(a cap.Alert, w warning.Warning) (cap.Alert, error) {
	for id := w.Supersedes; id != ""; {
		old, err := warning.Get(l.View, id)
		if err != nil {
			return a, err
		}
		a.MsgType = cap.MsgUpdate
		a.References = append(a.References, cap.Reference{Sender: l.h.Origin(), Identifier: old.ID, Sent: old.Issued})
		id = old.Supersedes
	}
	return a, nil
}

// capArea says where a situation is.
func capArea(s situation.Situation) cap.Area {
	a := cap.Area{Description: s.Area}
	if a.Description == "" {
		a.Description = s.Name
	}
	if s.Country != "" {
		a.Geocodes = []cap.Value{{Name: "ISO 3166-1", Value: s.Country}}
	}
	return a
}

// populations returns the names of the populations that a warning is about.
func (l *look) populations(s situation.Situation, id string) (names []string, err error) {
	if !l.toldOf(s, id) {
		return nil, nil
	}
	ids, err := warning.Populations(l.View, id)
	for _, p := range s.Populations {
		if slices.Contains(ids, p.ID) && p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names, err
}

// ending returns when a warning ended, and the reason that was given.
func (l *look) ending(w warning.Warning) (time.Time, string, error) {
	all, err := l.History(w.ID)
	if err != nil {
		return time.Time{}, "", err
	}
	for _, e := range slices.Backward(all) {
		if e.Kind != "warning.closed" && e.Kind != "warning.expired" {
			continue
		}
		why, err := warning.AckNote(l.View, warning.Recipient{AckEntry: e.Index})
		return e.Time, why, err
	}
	return time.Time{}, "", fault.NotFound("%s has not ended", w.ID)
}

// What became of a message that was received.
const (
	CAPReport    = "report"          // it is a report now
	CAPDuplicate = "duplicate"       // it was there already
	CAPAck       = "acknowledgement" // it acknowledges one of our warnings
	CAPNotActual = "not-actual"      // a rehearsal or a test, which a node that is none takes nothing from
	CAPRefused   = "refused"         // something is wrong with it
)

// CAPReceived says what became of one message: the report or the warning that
// Ref names, or in Ref why it was refused.
type CAPReceived struct {
	Identifier string `json:"identifier"`
	Became     string `json:"became"`
	Ref        string `json:"ref,omitempty"`
}

// ReceiveCAP takes in what others send in the Common Alerting Protocol: one
// message, or a feed of them. An alert becomes a report like any other. An
// acknowledgement of one of our warnings becomes one by the recipient that it
// names, if who may give it; otherwise it is a report.
func (h *Heed) ReceiveCAP(ctx context.Context, who Who, b []byte) ([]CAPReceived, error) {
	if rootOf(b) != "feed" {
		a, err := cap.Parse(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		out, err := h.receive(ctx, who, a)
		return []CAPReceived{out}, err
	}
	f, err := cap.ParseFeed(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	out := []CAPReceived{}
	for _, e := range f.Entries {
		a := cap.Alert{Identifier: e.ID, Sender: f.ID, Sent: e.Updated, Status: e.Status, MsgType: e.MsgType, Scope: cap.Public, Infos: []cap.Info{e.Info}}
		if e.Alert != nil {
			a = *e.Alert
		}
		if e.Problem != "" {
			out = append(out, CAPReceived{e.ID, CAPRefused, e.Problem})
			continue
		}
		got, err := h.receive(ctx, who, a)
		if err != nil {
			return out, err
		}
		out = append(out, got)
	}
	return out, nil
}

// rootOf returns the local name of a document's root, "" where it has none.
func rootOf(b []byte) string {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if s, ok := t.(xml.StartElement); ok {
			return s.Name.Local
		}
	}
}

// receive takes one message in.
func (h *Heed) receive(ctx context.Context, who Who, a cap.Alert) (out CAPReceived, err error) {
	out.Identifier = a.Identifier
	if a.Status != cap.Actual && !h.Exercise() {
		out.Became = CAPNotActual
		return out, nil
	}
	err = h.do(ctx, who, func(x *act) error {
		if err := x.need(access.ReportSubmit, x.node()); err != nil {
			return err
		}
		if a.MsgType == cap.MsgAck {
			id, err := x.receiveAck(a)
			if err != nil || id != "" {
				out.Became, out.Ref = CAPAck, id
				return err
			}
		}
		r, err := report.New(h.rec).Submit(x.tx, reportOf(a))
		out.Became, out.Ref = CAPReport, r.Report
		switch {
		case fault.KindOf(err) == fault.KindExists, err == nil && r.Repeated:
			out.Became = CAPDuplicate
		case fault.KindOf(err) == fault.KindInvalid:
			out.Became, out.Ref = CAPRefused, err.Error()
		case err != nil:
			return err
		}
		return nil
	})
	return out, err
}

// receiveAck records that a recipient has a warning of ours, and returns which.
// It returns "" if the message acknowledges none, or names nobody on whom the
// warning was served, or comes from somebody who may not say so: the recipient,
// who stands in for them, or who may issue warnings and was told.
func (a *act) receiveAck(m cap.Alert) (string, error) {
	for _, ref := range m.References {
		if ref.Sender != a.h.Origin() {
			continue
		}
		w, err := warning.Get(a.View, ref.Identifier)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && !w.Issued.Truncate(time.Second).Equal(ref.Sent.Truncate(time.Second)) {
			continue
		}
		if err != nil {
			return "", err
		}
		recipient, err := a.recipient(w, m.Sender)
		if err != nil || recipient == "" {
			return "", err
		}
		r, err := a.warning(w)
		if err != nil {
			return "", err
		}
		own := recipient == a.principal.ID || slices.Contains(a.principal.For, recipient)
		if !(own && a.may(access.WarningAcknowledge, r)) && !a.may(access.WarningIssue, r) {
			return "", nil
		}
		said := strings.TrimSpace(fmt.Sprintf("%s (CAP %s)", m.Note, m.Identifier))
		_, err = warning.Acknowledge(a.tx, w.ID, recipient, said)
		if fault.KindOf(err) == fault.KindExists { // said before, here or by another way
			err = nil
		}
		return w.ID, err
	}
	return "", nil
}

// recipient returns the recipient of a warning whom a sender's name means: by
// the name that this node gave, by e-mail address, or by id. "" is none.
func (a *act) recipient(w warning.Warning, sender string) (string, error) {
	served, err := warning.Recipients(a.View, w.ID)
	if err != nil {
		return "", err
	}
	for _, r := range served {
		p, err := party.GetPerson(a.View, r.Person)
		if err != nil {
			return "", err
		}
		if sender == a.h.capSender(p.ID) || sender == p.ID || p.Email != "" && strings.EqualFold(sender, p.Email) {
			return p.ID, nil
		}
	}
	return "", nil
}

// reportOf reads an alert as a report. Who sends alerts is an office that
// publishes them; how far it is to be believed is for the assessment to say.
func reportOf(a cap.Alert) report.SubmitInput {
	in, _ := a.Info("en")
	out := report.SubmitInput{SourceType: "media", Occurred: a.Sent, Channel: "api", Origin: a.Sender, Marking: markingOf(a, in),
		Instance: "cap:" + a.Sender + "," + a.Identifier}
	for _, t := range []time.Time{in.Effective, in.Onset} {
		if !t.IsZero() && t.Before(a.Sent) {
			out.Occurred = t
		}
	}
	out.Reference, out.Language = clip(a.Identifier, 300), in.Language
	out.Title = clip(in.Headline, 300)
	if out.Title == "" {
		out.Title = clip(in.Event, 300)
	}
	out.Text = clip(textOf(a, in), 50_000)
	out.Place = a.Sender
	for i, area := range in.Areas {
		if i == 0 {
			out.Place = area.Description
		}
		for _, g := range area.Geocodes {
			if strings.HasPrefix(g.Name, "ISO 3166") && len(g.Value) == 3 && out.Country == "" {
				out.Country = strings.ToUpper(g.Value)
			}
		}
		if len(area.Circles) > 0 && out.Position == nil {
			c := area.Circles[0]
			out.Position = &report.Position{Lat: c.Center.Lat, Lon: c.Center.Lon, Accuracy: min(c.Radius*1000, 1e7)}
		}
	}
	out.Place = clip(out.Place, 300)
	return out
}

// markingOf is the marking that the sender wrote, or else what its scope comes
// to.
func markingOf(a cap.Alert, in cap.Info) string {
	if m, ok := in.Parameter("heed:marking"); ok && slices.Contains(record.Markings, m) {
		return m
	}
	if a.Scope == cap.Public {
		return "GREEN"
	}
	return "AMBER"
}

// textOf is everything that an alert says, a line each.
func textOf(a cap.Alert, in cap.Info) string {
	lines := []string{strings.TrimSpace(a.MsgType + ": " + in.Event)}
	grade := slices.DeleteFunc([]string{in.Severity, in.Urgency, in.Certainty}, func(s string) bool { return s == "" })
	from := in.SenderName
	if from == "" {
		from = a.Sender
	}
	for _, s := range []string{in.Headline, in.Description, in.Instruction, a.Note, strings.Join(grade, ", "), from, in.Web} {
		if s = strings.TrimSpace(s); s != "" {
			lines = append(lines, s)
		}
	}
	for _, r := range a.References {
		lines = append(lines, "→ "+r.Sender+" "+r.Identifier)
	}
	return strings.Join(lines, "\n")
}

// clip shortens a text to at most n letters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
