package web

import (
	"encoding/hex"
	"strconv"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// decisions is the list of decisions.
func decisions(v *visit.Visit) error {
	rows, total, err := v.H.Decisions(v.R.Context(), v.Who, v.Part())
	if err != nil {
		return err
	}
	t := page.DecisionTable(v.Words, "decisions", rows)
	if v.WantsCSV() {
		return v.CSV("decisions", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("decisions.title"), Here: "decisions"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/decisions", total)
	return v.Show("decisions", page.Decisions{Frame: f, Table: t})
}

// decision is one decision.
func decision(v *visit.Visit) error {
	x, err := v.H.Decision(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("decision.title", x.Warning, v.Words.Said(x.Choice)), ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.decision"),
		Here: "decisions", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	return v.Show("decision", page.Decision{Frame: f, Row: x.DecisionRow, Known: x.Known, Reason: x.Reason, Options: x.Options, Community: x.Community, NoCommunity: x.NoCommunity,
		Dissent: x.Dissent, Signature: x.Signature, Digest: hex.EncodeToString(x.Signature.Digest), DraftedBy: x.DraftedBy, Drafted: x.Drafted, Supersedes: x.Supersedes,
		SupersededBy: x.SupersededBy, MaySign: x.MaySign, MayDissent: x.MayDissent, HasPasskey: x.HasPasskey, DissentField: f.Field("text").As("dissent").Area(3)})
}

const optionsOffered = 4

// newDecision is the form that drafts a decision on a warning.
func newDecision(v *visit.Visit) error {
	x, err := v.H.DecisionForm(v.R.Context(), v.Who, v.R.FormValue("warning"))
	if err != nil {
		return err
	}
	v.Prefill("marking", x.Warning.Marking)
	f, err := v.Frame(look.Frame{Title: v.Words.T("decision.new.title", x.Warning.ID), ID: x.Warning.ID, Marking: x.Warning.Marking, Kicker: v.Words.T("kicker.decision"), Here: "decisions"})
	if err != nil {
		return err
	}
	p := page.Decide{Frame: f, Warning: x.Warning, Finding: x.Finding, Duties: page.DutyTable(v.Words, "duties", x.Duties, f.Now).Without("situation"),
		Known: f.Field("known").As("decision_known").Area(5), Choice: f.Field("choice"), Reason: f.Field("reason").As("decision_reason").Area(4),
		Community: f.Field("community").Area(4).MayBeEmpty(), NoCommunity: f.Field("no_community").Area(2).MayBeEmpty(), Marking: f.Field("marking").From(v.Markings())}
	p.Duties.CSV = "/duties.csv?warning=" + x.Warning.ID
	for i := 1; i <= optionsOffered; i++ {
		n := strconv.Itoa(i)
		p.Options = append(p.Options, page.OptionFields{N: i, Name: f.Field("option_" + n).As("option_name"), For: f.Field("for_" + n).As("option_for"), Against: f.Field("against_" + n).As("option_against")})
	}
	return v.Show("decision-new", p)
}

func draftDecision(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.DecisionInput{Warning: v.R.FormValue("warning"), Marking: v.Text("marking"), Known: v.Text("known"), Choice: v.Must("choice"), Reason: v.Text("reason"),
		Community: v.Text("community"), NoCommunity: v.Text("no_community")}
	if in.Reason == "" {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: "reason", Text: v.Words.T("error.required.of", v.Words.T("field.decision_reason"))})
	}
	for i := 1; i <= optionsOffered; i++ {
		n := strconv.Itoa(i)
		if name := v.Text("option_" + n); name != "" {
			in.Options = append(in.Options, heed.Option{Name: name, For: v.Text("for_" + n), Against: v.Text("against_" + n)})
		}
	}
	if v.Bad() {
		return v.Wrong(newDecision)
	}
	id, err := v.H.DraftDecision(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, newDecision)
	}
	return v.Done("/decisions/"+id, "drafted", id)
}

func beginSigning(v *visit.Visit) error {
	options, state, err := v.H.SignBegin(v.R.Context(), v.Who, v.R.PathValue("id"))
	return v.Challenge(options, state, err)
}

// signDecision signs with a passkey's answer, or by the session's word where
// the signer has none.
func signDecision(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if err := v.H.SignDecision(v.R.Context(), v.Who, id, v.R.PostFormValue("state"), []byte(v.R.PostFormValue("response"))); err != nil {
		return v.Again(err, decision)
	}
	return v.Done("/decisions/"+id, "signed", id)
}

func dissent(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, text := v.R.PathValue("id"), v.Text("text")
	if text == "" {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: "text", Text: v.Words.T("error.required.of", v.Words.T("field.dissent"))})
		return v.Wrong(decision)
	}
	if err := v.H.AddDissent(v.R.Context(), v.Who, id, text); err != nil {
		return v.Again(err, decision)
	}
	return v.Done("/decisions/"+id, "dissented", "")
}
