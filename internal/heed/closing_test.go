package heed_test

import (
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// told is the statement that the national framework wants on closing.
var told = []string{"communities-told"}

// low issues a warning of the lowest level, which opens four duties.
func (w *world) low(in heed.WarningInput) heed.WarningIssued {
	w.t.Helper()
	in.Situation, in.Level, in.Finding = "S-1", 1, "a rumour"
	if len(in.To) == 0 {
		in.To = []string{w.people["director"].Person}
	}
	out, err := w.IssueWarning(w.t.Context(), w.as("administrator"), in)
	w.must(err)
	return out
}

// settle answers every duty of a warning, the gated ones last, with the
// administrator, who is the focal point, as the second person.
func (w *world) settle(id string) {
	w.t.Helper()
	ctx := w.t.Context()
	for range 3 {
		all, err := w.ListDuties(ctx, w.as("administrator"), heed.DutyQuery{Warning: id, State: "unanswered", At: w.at})
		w.must(err)
		for _, row := range all {
			d, err := w.Duty(ctx, w.as("administrator"), row.ID)
			w.must(err)
			if d.GateState == string(protocol.Open) {
				continue
			}
			if d.Role == "director" {
				_, _, err = w.Decide(ctx, w.as("director"), heed.DecisionInput{Warning: id, Choice: "watch", Reason: "it is quiet", NoCommunity: "nobody could be asked"})
				w.must(err)
				continue
			}
			owner := heed.Who{Person: d.Owner.ID, At: w.as("director").At}
			w.must(w.DoDuty(ctx, owner, d.ID, "done"))
			if d.FourEyes != "" {
				w.must(w.AgreeDuty(ctx, w.as("administrator"), d.ID, w.proposal(d.ID), ""))
			}
		}
	}
}

func (w *world) proposal(duty string) int64 {
	w.t.Helper()
	d, err := w.Duty(w.t.Context(), w.as("administrator"), duty)
	w.must(err)
	return d.Proposal
}

func (w *world) state(id string) string {
	w.t.Helper()
	x, err := w.Warning(w.t.Context(), w.as("administrator"), id)
	w.must(err)
	return x.State
}

// TestClosingTakesTwoWhoAct: naming a second person is nothing; they must agree
// themselves, in the role that the protocol names, to what they have read.
func TestClosingTakesTwoWhoAct(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	w.add("lawyer", "", "legal-adviser")
	out := w.low(heed.WarningInput{})
	if _, err := w.CloseWarning(ctx, w.as("director"), out.ID, "it is over", told); fault.KindOf(err) != fault.KindStale {
		t.Fatalf("proposed with duties open: %v", err)
	}
	w.settle(out.ID)
	if _, err := w.CloseWarning(ctx, w.as("analyst"), out.ID, "it is over", told); fault.KindOf(err) != fault.KindStale {
		t.Errorf("an analyst, whom the protocol does not name, proposed: %v", err)
	}
	first, err := w.CloseWarning(ctx, w.as("director"), out.ID, "it is over", told)
	w.must(err)
	second, err := w.CloseWarning(ctx, w.as("minister"), out.ID, "it is over, "+canary, told)
	w.must(err)
	if first == 0 || second <= first || w.state(out.ID) != warning.InForce {
		t.Fatalf("one person's word: proposals %d and %d, %s", first, second, w.state(out.ID))
	}
	x, err := w.ProposedClosing(ctx, w.as("lawyer"), out.ID)
	if err != nil || x.Entry != second || x.By.ID != w.people["minister"].Person || x.Reason.Body != "it is over, "+canary || len(x.Statements) != 1 || !x.MayAgree {
		t.Errorf("%+v, %v", x, err)
	}
	for _, c := range []struct {
		who      string
		proposal int64
		want     fault.Kind
	}{{"minister", second, fault.KindDenied}, {"director", second, fault.KindDenied}, {"analyst", second, fault.KindDenied},
		{"stranger", second, fault.KindNotFound}, {"lawyer", first, fault.KindStale}, {"lawyer", 0, fault.KindStale}} {
		if err := w.AgreeClosing(ctx, w.as(c.who), out.ID, c.proposal, ""); fault.KindOf(err) != c.want {
			t.Errorf("%s agreed to %d: %v", c.who, c.proposal, err)
		}
	}
	w.must(w.AgreeClosing(ctx, w.as("lawyer"), out.ID, second, "I have read it"))
	if got := w.state(out.ID); got != warning.Closed {
		t.Errorf("agreed, and it is %s", got)
	}
	if err := w.AgreeClosing(ctx, w.as("lawyer"), out.ID, second, ""); fault.KindOf(err) != fault.KindStale {
		t.Errorf("closed twice: %v", err)
	}
}

// TestASupersededWarningLeavesItsResponseToBeClosed: the duties outlive it.
func TestASupersededWarningLeavesItsResponseToBeClosed(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	w.add("lawyer", "", "legal-adviser")
	old := w.low(heed.WarningInput{})
	w.settle(old.ID)
	w.low(heed.WarningInput{Supersedes: old.ID})
	at, err := w.CloseWarning(ctx, w.as("director"), old.ID, "replaced", told)
	w.must(err)
	w.must(w.AgreeClosing(ctx, w.as("lawyer"), old.ID, at, ""))
	if got := w.state(old.ID); got != warning.Superseded {
		t.Errorf("it is %s", got)
	}
	if _, err := w.CloseWarning(ctx, w.as("director"), old.ID, "again", told); fault.KindOf(err) != fault.KindStale {
		t.Errorf("closed twice: %v", err)
	}
}

// TestTheSecondPersonOnADutyIsTheOneTheProtocolNames, and agrees to the words
// that they have read.
func TestTheSecondPersonOnADutyIsTheOneTheProtocolNames(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	out := w.low(heed.WarningInput{})
	ids := map[string]string{}
	for _, d := range out.Duties {
		ids[d.Key] = d.ID
	}
	w.must(w.DoDuty(ctx, w.as("duty-officer"), ids["acknowledge"], "seen"))
	w.must(w.DoDuty(ctx, w.as("analyst"), ids["verify"], "two sources"))
	w.must(w.DoDuty(ctx, w.as("analyst"), ids["assess"], "low"))
	read := w.proposal(ids["assess"])
	w.must(w.DoDuty(ctx, w.as("analyst"), ids["assess"], "high"))
	for _, c := range []struct {
		who      string
		proposal int64
		want     fault.Kind
	}{{"administrator", read, fault.KindStale}, {"administrator", 0, fault.KindStale},
		{"director", w.proposal(ids["assess"]), fault.KindDenied}, {"analyst", w.proposal(ids["assess"]), fault.KindDenied}} {
		if err := w.AgreeDuty(ctx, w.as(c.who), ids["assess"], c.proposal, ""); fault.KindOf(err) != c.want {
			t.Errorf("%s agreed to %d: %v", c.who, c.proposal, err)
		}
	}
	if x, err := w.Duty(ctx, w.as("director"), ids["assess"]); err != nil || x.MayAgree {
		t.Errorf("the director is asked to agree: %v", err)
	}
	w.must(w.AgreeDuty(ctx, w.as("administrator"), ids["assess"], w.proposal(ids["assess"]), ""))
}

// TestOnlyTheRoleThatMayRefuseExplains: to tell those who warned is the focal
// point's, not to tell them the director's.
func TestOnlyTheRoleThatMayRefuseExplains(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	in := heed.WarningInput{Situation: "S-1", Level: 4, Finding: "columns", To: []string{w.people["director"].Person}}
	out, err := w.IssueWarning(ctx, w.as("administrator"), in)
	w.must(err)
	for _, d := range out.Duties {
		if d.Key != "tell-opener" && d.Key != "brief-director" {
			continue
		}
		owner := heed.Who{Person: d.Owner, At: w.as("director").At}
		switch err := w.ExplainDuty(ctx, owner, d.ID, "it would endanger them"); {
		case d.Key == "tell-opener" && fault.KindOf(err) != fault.KindDenied:
			t.Errorf("the owner refused what is the director's to refuse: %v", err)
		case d.Key == "brief-director" && err != nil:
			t.Errorf("the owner, whose it is to refuse: %v", err)
		}
		if d.Key != "tell-opener" {
			continue
		}
		if err := w.ExplainDuty(ctx, w.as("minister"), d.ID, "no"); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("the minister, whose it is not: %v", err)
		}
		if err := w.ExplainDuty(ctx, w.as("director"), d.ID, "it would endanger them"); fault.KindOf(err) != fault.KindStale {
			t.Errorf("the director, but for what gates it: %v", err)
		}
	}
}

// TestAWarningIsBuiltOnlyOnWhatItsIssuerMayRead: neither on a report nor in the
// place of a warning that is not for their eyes.
func TestAWarningIsBuiltOnlyOnWhatItsIssuerMayRead(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	rep := heed.ReportInput{SourceType: "embassy", Occurred: w.at, Country: "SSD", Marking: "RED"}
	rep.Text = "x"
	secret, err := w.AddReport(ctx, w.as("duty-officer"), rep)
	w.must(err)
	red, err := w.IssueWarning(ctx, w.as("administrator"), heed.WarningInput{Situation: "S-1", Level: 1, Finding: "for two", Marking: "RED", To: []string{w.people["director"].Person}})
	w.must(err)
	in := heed.WarningInput{Situation: "S-1", Level: 1, Finding: "x", To: []string{w.people["director"].Person}}
	for what, spoil := range map[string]func(*heed.WarningInput){
		"a report that is not theirs to read":     func(in *heed.WarningInput) { in.Sources = []heed.WarningSource{{Kind: "report", ID: secret.Report}} },
		"an assessment that there is not":         func(in *heed.WarningInput) { in.Sources = []heed.WarningSource{{Kind: "assessment", ID: "A-99"}} },
		"superseding what is not theirs to read":  func(in *heed.WarningInput) { in.Supersedes = red.ID },
		"superseding a warning that there is not": func(in *heed.WarningInput) { in.Supersedes = "W-99" },
	} {
		bad := in
		spoil(&bad)
		if _, err := w.IssueWarning(ctx, w.as("analyst"), bad); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	bad := in
	bad.Sources = []heed.WarningSource{{Kind: "other", ID: secret.Report}}
	if _, err := w.IssueWarning(ctx, w.as("analyst"), bad); fault.Field(err) != "sources" {
		t.Errorf("a report under another name: %v", err)
	}
	in.Supersedes, in.Opener, in.To = "W-1", "civil-society", nil
	w.add("documenter", "Other", "civil-society")
	if _, err := w.IssueWarning(ctx, w.as("documenter"), in); fault.KindOf(err) == 0 {
		t.Error("civil society ended a warning of the office")
	}
	if got := w.state("W-1"); got != warning.InForce {
		t.Errorf("it is %s", got)
	}
}

// TestAWarningIsMarkedAsItsSituation or somebody says why not.
func TestAWarningIsMarkedAsItsSituation(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	s, err := w.AddSituation(ctx, w.as("administrator"), heed.SituationInput{Name: "Coast", Country: "SSD", Marking: "AMBER+STRICT"})
	w.must(err)
	in := heed.WarningInput{Situation: s, Level: 1, Finding: "x", To: []string{w.people["director"].Person}}
	for _, open := range []string{"CLEAR", "GREEN", "AMBER"} {
		in.Marking = open
		if _, err := w.IssueWarning(ctx, w.as("administrator"), in); fault.Field(err) != "marking" {
			t.Errorf("marked %s without a reason: %v", open, err)
		}
	}
	in.MarkingReason = "those at risk must be told " + canary
	out, err := w.IssueWarning(ctx, w.as("administrator"), in)
	w.must(err)
	if x, err := w.Warning(ctx, w.as("administrator"), out.ID); err != nil || x.Marking != "AMBER" {
		t.Errorf("marked %s, %v", x.Marking, err)
	}
	in.Marking, in.MarkingReason = "", ""
	out, err = w.IssueWarning(ctx, w.as("administrator"), in)
	w.must(err)
	if x, err := w.Warning(ctx, w.as("administrator"), out.ID); err != nil || x.Marking != "AMBER+STRICT" {
		t.Errorf("marked %s, %v", x.Marking, err)
	}
}

// TestWhoeverHasAPasskeySignsWithIt: their word is refused on every way.
func TestWhoeverHasAPasskeySignsWithIt(t *testing.T) {
	w := newWorld(t, "")
	ctx, in := t.Context(), heed.DecisionInput{Warning: "W-1", Choice: "c", Reason: "r", Community: "x"}
	id, err := w.DraftDecision(ctx, w.now("analyst"), in)
	w.must(err)
	d := newDevice(t)
	options, state, err := w.PasskeyAddBegin(ctx, w.now("director"), "phone")
	w.must(err)
	w.must(w.PasskeyAddFinish(ctx, w.now("director"), state, d.create(options)))
	if _, err := w.SignBySession(ctx, w.now("director"), id); fault.KindOf(err) != fault.KindDenied || fault.Hint(err) == "" {
		t.Errorf("signed a draft by word: %v", err)
	}
	if _, _, err := w.Decide(ctx, w.now("director"), in); fault.KindOf(err) != fault.KindDenied || fault.Hint(err) == "" {
		t.Errorf("decided by word: %v", err)
	}
	if _, err := w.SignBySession(ctx, w.now("minister"), id); err != nil {
		t.Errorf("the minister, who has none: %v", err)
	}
}
