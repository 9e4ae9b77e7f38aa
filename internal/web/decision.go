package web

import (
	"encoding/hex"
	"strconv"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// decisions is the list of decisions.
func (v *visit) decisions() error {
	rows, total, err := v.h.Decisions(v.r.Context(), v.who, v.part())
	if err != nil {
		return err
	}
	t := page.DecisionTable(v.words, "decisions", rows)
	if v.wantsCSV() {
		return v.csv("decisions", t)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("decisions.title"), Here: "decisions"})
	if err != nil {
		return err
	}
	v.turn(&t, "/decisions", total)
	return v.show("decisions", page.Decisions{Frame: f, Table: t})
}

// decision is one decision.
func (v *visit) decision() error {
	x, err := v.h.Decision(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("decision.title", x.Warning, v.words.Said(x.Choice)), ID: x.ID, Marking: x.Marking, Kicker: v.words.T("kicker.decision"),
		Here: "decisions", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	return v.show("decision", page.Decision{Frame: f, Row: x.DecisionRow, Known: x.Known, Reason: x.Reason, Options: x.Options, Community: x.Community, NoCommunity: x.NoCommunity,
		Dissent: x.Dissent, Signature: x.Signature, Digest: hex.EncodeToString(x.Signature.Digest), DraftedBy: x.DraftedBy, Drafted: x.Drafted, Supersedes: x.Supersedes,
		SupersededBy: x.SupersededBy, MaySign: x.MaySign, MayDissent: x.MayDissent, HasPasskey: x.HasPasskey, DissentField: f.Field("text").As("dissent").Area(3)})
}

const optionsOffered = 4

// newDecision is the form that drafts a decision on a warning.
func (v *visit) newDecision() error {
	x, err := v.h.DecisionForm(v.r.Context(), v.who, v.r.FormValue("warning"))
	if err != nil {
		return err
	}
	v.prefill("marking", x.Warning.Marking)
	f, err := v.frame(look.Frame{Title: v.words.T("decision.new.title", x.Warning.ID), ID: x.Warning.ID, Marking: x.Warning.Marking, Kicker: v.words.T("kicker.decision"), Here: "decisions"})
	if err != nil {
		return err
	}
	p := page.Decide{Frame: f, Warning: x.Warning, Finding: x.Finding, Duties: page.DutyTable(v.words, "duties", x.Duties, f.Now).Without("situation"),
		Known: f.Field("known").As("decision_known").Area(5), Choice: f.Field("choice"), Reason: f.Field("reason").As("decision_reason").Area(4),
		Community: f.Field("community").Area(4).MayBeEmpty(), NoCommunity: f.Field("no_community").Area(2).MayBeEmpty(), Marking: f.Field("marking").From(v.markings())}
	p.Duties.CSV = "/duties.csv?warning=" + x.Warning.ID
	for i := 1; i <= optionsOffered; i++ {
		n := strconv.Itoa(i)
		p.Options = append(p.Options, page.OptionFields{N: i, Name: f.Field("option_" + n).As("option_name"), For: f.Field("for_" + n).As("option_for"), Against: f.Field("against_" + n).As("option_against")})
	}
	return v.show("decision-new", p)
}

func (v *visit) draftDecision() error {
	if err := v.read(); err != nil {
		return err
	}
	in := heed.DecisionInput{Warning: v.r.FormValue("warning"), Marking: v.text("marking"), Known: v.text("known"), Choice: v.must("choice"), Reason: v.text("reason"),
		Community: v.text("community"), NoCommunity: v.text("no_community")}
	if in.Reason == "" {
		v.form.Errors = append(v.form.Errors, look.FieldError{Field: "reason", Text: v.words.T("error.required.of", v.words.T("field.decision_reason"))})
	}
	for i := 1; i <= optionsOffered; i++ {
		n := strconv.Itoa(i)
		if name := v.text("option_" + n); name != "" {
			in.Options = append(in.Options, heed.Option{Name: name, For: v.text("for_" + n), Against: v.text("against_" + n)})
		}
	}
	if v.bad() {
		return v.wrong(v.newDecision)
	}
	id, err := v.h.DraftDecision(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.newDecision)
	}
	return v.done("/decisions/"+id, "drafted", id)
}

func (v *visit) beginSigning() error {
	options, state, err := v.h.SignBegin(v.r.Context(), v.who, v.r.PathValue("id"))
	return v.challenge(options, state, err)
}

// signDecision signs with a passkey's answer, or by the session's word where
// the signer has none.
func (v *visit) signDecision() error {
	id := v.r.PathValue("id")
	if err := v.h.SignDecision(v.r.Context(), v.who, id, v.r.PostFormValue("state"), []byte(v.r.PostFormValue("response"))); err != nil {
		return v.again(err, v.decision)
	}
	return v.done("/decisions/"+id, "signed", id)
}

func (v *visit) dissent() error {
	if err := v.read(); err != nil {
		return err
	}
	id, text := v.r.PathValue("id"), v.text("text")
	if text == "" {
		v.form.Errors = append(v.form.Errors, look.FieldError{Field: "text", Text: v.words.T("error.required.of", v.words.T("field.dissent"))})
		return v.wrong(v.decision)
	}
	if err := v.h.AddDissent(v.r.Context(), v.who, id, text); err != nil {
		return v.again(err, v.decision)
	}
	return v.done("/decisions/"+id, "dissented", "")
}
