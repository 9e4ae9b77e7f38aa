package heed_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/cap"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// valid has xmllint check messages against the OASIS schema.
func valid(t *testing.T, messages ...[]byte) {
	t.Helper()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		testkit.Missing(t, "xmllint")
	}
	args := []string{"--noout", "--schema", testkit.Shared(t, "exchange/cap/CAP-v1.2.xsd")}
	for i, m := range messages {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i, ".xml"))
		if err := os.WriteFile(path, m, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command(xmllint, args...).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

func parse(t *testing.T, b []byte) cap.Alert {
	t.Helper()
	a, err := cap.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return a
}

func (o *office) cap(t *testing.T, who heed.Who, id string) ([]byte, cap.Alert) {
	t.Helper()
	b, err := o.WarningCAP(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	return b, parse(t, b)
}

// TestWarningCAP follows a warning as its readers' systems see it: an alert, an
// update, a cancel.
func TestWarningCAP(t *testing.T) {
	o := newOffice(t, false)
	first := o.warn(t, heed.WarningInput{Marking: "AMBER+STRICT", Confidence: "high"})
	b1, a := o.cap(t, o.minister, first)
	in := a.Infos[0]
	if a.Status != cap.Actual || a.MsgType != cap.MsgAlert || a.Scope != cap.Private || a.Sender != o.Origin() || a.Identifier != first {
		t.Errorf("the alert is %+v", a)
	}
	if !slices.Equal(a.Addresses, []string{"Ben Ode", "Chloé Marchand"}) {
		t.Errorf("it goes to %q", a.Addresses)
	}
	if in.Description != finding || in.Language != "fr" || in.Headline != "Alerte de niveau 4 : Velden uplands" || in.SenderName != "Ministry of Foreign Affairs" ||
		in.Web != "https://heed.example.org/warnings/"+first || in.Certainty != "Likely" || len(in.Areas) != 1 || in.Areas[0].Geocodes[0].Value != "XAA" {
		t.Errorf("it says %+v", in)
	}
	if p, _ := in.Parameter("heed:population"); p != "Wethri" {
		t.Errorf("the population is %q", p)
	}
	if _, err := o.WarningCAP(t.Context(), o.observer, first); fault.KindOf(err) != fault.KindDenied && fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("somebody without a need to know reads it: %v", err)
	}
	if _, err := o.WarningCAP(t.Context(), heed.Nobody, first); err == nil {
		t.Error("the public reads it")
	}

	second := o.warn(t, heed.WarningInput{Level: 5, Supersedes: first, Marking: "CLEAR", MarkingReason: "to be told to everyone"})
	b2, a2 := o.cap(t, heed.Nobody, second)
	if a2.MsgType != cap.MsgUpdate || !a2.RefersTo(a.Reference()) || a2.Scope != cap.Public || len(a2.Addresses) != 0 {
		t.Errorf("the update is %+v", a2)
	}
	if len(a2.Infos[0].Areas) != 0 || strings.Contains(string(b2), "Velden") || strings.Contains(string(b2), "Wethri</value>") {
		t.Errorf("the public is told of a situation that it may not read:\n%s", b2)
	}
	expires := o.Now().Add(time.Hour)
	third := o.warn(t, heed.WarningInput{Supersedes: second, Expires: expires})
	b3, a3 := o.cap(t, o.minister, third)
	if a3.MsgType != cap.MsgUpdate || len(a3.References) != 2 || !a3.Infos[0].Expires.Equal(expires.Truncate(time.Second)) {
		t.Errorf("the third is %+v", a3)
	}
	valid(t, b3)
	if _, err := o.Tick(t.Context(), expires); err != nil {
		t.Fatal(err)
	}
	b3, a3 = o.cap(t, o.minister, third)
	if a3.MsgType != cap.MsgCancel || !a3.Sent.Equal(expires.Truncate(time.Second)) || !a3.RefersTo(a2.Reference()) || !a3.RefersTo(a.Reference()) || len(a3.Infos) != 0 {
		t.Errorf("the cancel is %+v", a3)
	}
	valid(t, b1, b2, b3)
}

// TestExerciseCAP makes sure that a rehearsal is never taken for a warning.
func TestExerciseCAP(t *testing.T) {
	testkit.Slow(t)
	rehearsed, real := newOffice(t, true), newOffice(t, false)
	id := rehearsed.warn(t, heed.WarningInput{Marking: "GREEN", MarkingReason: "to be rehearsed with others"})
	b, a := rehearsed.cap(t, rehearsed.minister, id)
	if a.Status != cap.Exercise || a.Scope != cap.Restricted || !strings.HasPrefix(a.Infos[0].Headline, "EXERCISE: ") {
		t.Errorf("a rehearsed warning is %+v", a)
	}
	valid(t, b)
	if out, err := real.ReceiveCAP(t.Context(), real.admin, b); err != nil || len(out) != 1 || out[0].Became != heed.CAPNotActual || out[0].Ref != "" {
		t.Errorf("a real node makes of it %+v, %v", out, err)
	}
	if out, err := rehearsed.ReceiveCAP(t.Context(), rehearsed.analyst, b); err != nil || out[0].Became != heed.CAPReport {
		t.Errorf("an exercise makes of it %+v, %v", out, err)
	}
}

// TestAcknowledgeByCAP sends a warning out, has it acknowledged elsewhere, and
// takes the answer in.
func TestAcknowledgeByCAP(t *testing.T) {
	o := newOffice(t, false)
	id := o.warn(t, heed.WarningInput{})
	_, a := o.cap(t, o.minister, id)
	xml := func(m cap.Alert) []byte {
		t.Helper()
		b, err := m.XML()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ack := xml(a.Ack("chloe@mfa.example", "answer-1", o.Now(), "Seen, calling the embassy"))
	valid(t, ack)
	became := func(who heed.Who, b []byte, want string) heed.CAPReceived {
		t.Helper()
		out, err := o.ReceiveCAP(t.Context(), who, b)
		if err != nil || len(out) != 1 || out[0].Became != want {
			t.Fatalf("it became %+v, %v; must be %s", out, err, want)
		}
		return out[0]
	}
	acked := func() (n int) {
		bs, err := o.WarningAckCAP(t.Context(), o.analyst, id)
		if err != nil {
			t.Fatal(err)
		}
		valid(t, append(bs, ack)...)
		for _, b := range bs {
			if m := parse(t, b); m.MsgType != cap.MsgAck || !m.RefersTo(a.Reference()) {
				t.Errorf("an acknowledgement goes out as %+v", m)
			}
		}
		return len(bs)
	}
	became(o.observer, ack, heed.CAPReport) // an observer does not answer for the minister
	became(o.admin, xml(a.Ack("somebody@elsewhere.example", "answer-2", o.Now(), "")), heed.CAPReport)
	other := a
	other.Identifier = "W-99"
	became(o.minister, xml(other.Ack("chloe@mfa.example", "answer-3", o.Now(), "")), heed.CAPReport)
	if n := acked(); n != 0 {
		t.Fatalf("%d acknowledgements before any was given", n)
	}
	if got := became(o.minister, ack, heed.CAPAck); got.Ref != id {
		t.Errorf("it acknowledges %q", got.Ref)
	}
	became(o.minister, ack, heed.CAPAck) // twice is once
	if n := acked(); n != 1 {
		t.Fatalf("%d acknowledgements after one was given", n)
	}
	bs, _ := o.WarningAckCAP(t.Context(), o.minister, id)
	if m := parse(t, bs[0]); m.Sender != o.Origin()+"/"+o.minister.Person || !strings.Contains(m.Note, "calling the embassy") || strings.Contains(m.Sender, "Chlo") {
		t.Errorf("the acknowledgement goes out as %+v", m)
	}
	became(o.analyst, xml(a.Ack(o.Origin()+"/"+o.analyst.Person, "answer-4", o.Now(), "")), heed.CAPAck)
	if n := acked(); n != 2 {
		t.Errorf("%d acknowledgements after two were given", n)
	}
}

// TestReceiveCAP takes in what others published.
func TestReceiveCAP(t *testing.T) {
	o := newOffice(t, false)
	read := func(name string) []byte {
		b, err := os.ReadFile(testkit.Shared(t, "exchange/cap/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	amber := read("cap_amber_alert_example.xml")
	out, err := o.ReceiveCAP(t.Context(), o.analyst, amber)
	if err != nil || len(out) != 1 || out[0].Became != heed.CAPReport || out[0].Ref == "" {
		t.Fatalf("%+v, %v", out, err)
	}
	again, err := o.ReceiveCAP(t.Context(), o.analyst, amber)
	if err != nil || again[0].Became != heed.CAPDuplicate || again[0].Ref != out[0].Ref {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	feed := read("nws_atom_feed_example.xml")
	all, err := o.ReceiveCAP(t.Context(), o.analyst, feed)
	if err != nil || len(all) == 0 {
		t.Fatalf("the feed: %+v, %v", all, err)
	}
	count := map[string]int{}
	for _, r := range all {
		count[r.Became]++
	}
	if count[heed.CAPReport] < 100 || count[heed.CAPRefused] > 0 { // some say the same as another of the feed
		t.Errorf("the feed became %v", count)
	}
	all, err = o.ReceiveCAP(t.Context(), o.analyst, feed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Became == heed.CAPReport {
			t.Errorf("%s is a report a second time", r.Identifier)
		}
	}
	for _, bad := range []string{"", "noise", "<alert/>", `<!DOCTYPE a [<!ENTITY x "y">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&x;</alert>`} {
		if _, err := o.ReceiveCAP(t.Context(), o.analyst, []byte(bad)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
