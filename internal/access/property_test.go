package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/record"
	"pgregory.net/rapid"
)

var (
	roles  = []string{"administrator", "focal-point", "duty-officer", "analyst", "director", "minister", "custodian", "observer", "reporter", "oversight", "analyst@AG-2", "director@AG-1", "x"}
	people = []string{"P-1", "P-2", "P-3"}
)

func anyone() *rapid.Generator[access.Principal] {
	return rapid.Custom(func(t *rapid.T) access.Principal {
		return access.Principal{
			Kind: rapid.SampledFrom([]string{access.Person, access.Person, access.Person, access.Node, access.Anonymous, ""}).Draw(t, "kind"),
			ID:   rapid.SampledFrom(people).Draw(t, "id"), Agency: rapid.SampledFrom([]string{"AG-1", "AG-2", ""}).Draw(t, "agency"),
			Roles: rapid.SliceOfN(rapid.SampledFrom(roles), 0, 4).Draw(t, "roles"), For: rapid.SliceOfN(rapid.SampledFrom(people), 0, 2).Draw(t, "for"),
			Situations: rapid.SliceOfN(rapid.SampledFrom([]string{"S-1", "S-2"}), 0, 2).Draw(t, "situations"),
			Token:      rapid.Bool().Draw(t, "token"), Scopes: rapid.SliceOfN(rapid.SampledFrom([]string{"read", "write"}), 0, 2).Draw(t, "scopes"),
		}
	})
}

func anything() *rapid.Generator[access.Resource] {
	some := func(t *rapid.T, label string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(people), 0, 2).Draw(t, label)
	}
	return rapid.Custom(func(t *rapid.T) access.Resource {
		return access.Resource{Type: "thing", ID: "T-1", Situation: rapid.SampledFrom([]string{"S-1", "S-2", ""}).Draw(t, "situation"),
			Marking: rapid.SampledFrom(record.Markings).Draw(t, "marking"), Owner: rapid.SampledFrom([]string{"P-1", "director", ""}).Draw(t, "owner"),
			Author: rapid.SampledFrom([]string{"P-1", "P-2", ""}).Draw(t, "author"), Agencies: rapid.SliceOfN(rapid.SampledFrom([]string{"AG-1", "AG-2"}), 0, 2).Draw(t, "agencies"),
			Members: some(t, "members"), Recipients: some(t, "recipients"), Exercise: rapid.Bool().Draw(t, "exercise")}
	})
}

func anyAction() *rapid.Generator[access.Action] { return rapid.SampledFrom(access.Actions) }

// TestMarkingsOnlyNarrow: what may be done to a thing may be done to the same
// thing under any more open marking.
func TestMarkingsOnlyNarrow(t *testing.T) {
	e := engine(t)
	rapid.Check(t, func(t *rapid.T) {
		p, r, a := anyone().Draw(t, "who"), anything().Draw(t, "what"), anyAction().Draw(t, "action")
		before := true
		for _, m := range record.Markings { // the most open first
			r.Marking = m
			d := e.Decide(p, a.Name, r, "a purpose")
			if d.Allowed && !before {
				t.Fatalf("%s under %s is allowed (%s) and under a more open marking is not", a.Name, m, d.Reason)
			}
			before = d.Allowed
		}
	})
}

// TestTheAnonymousStayOutside: nothing but CLEAR content, nothing changed but
// by reporting, and the same for a peer.
func TestTheAnonymousStayOutside(t *testing.T) {
	e := engine(t)
	free := []string{access.LogRead, access.PublicRead, access.ReportSubmit, access.ReportFate, access.WitnessSubmit}
	rapid.Check(t, func(t *rapid.T) {
		p, r, a := anyone().Draw(t, "who"), anything().Draw(t, "what"), anyAction().Draw(t, "action")
		p.Kind = access.Anonymous
		if e.Decide(p, a.Name, r, "a purpose").Allowed && !slices.Contains(free, a.Name) && !(r.Marking == "CLEAR" && slices.Contains(a.Groups, "read")) {
			t.Fatalf("the anonymous may %s on %+v", a.Name, r)
		}
	})
}

// TestNothingOverrulesARefusal: an allowed action rests on no policy that
// forbids, and taking roles, memberships and scopes away allows nothing more.
func TestNothingOverrulesARefusal(t *testing.T) {
	e := engine(t)
	walls := []string{"wall-", "four-eyes", "state-the-purpose", "token-"}
	rapid.Check(t, func(t *rapid.T) {
		p, r, a := anyone().Draw(t, "who"), anything().Draw(t, "what"), anyAction().Draw(t, "action")
		purpose := rapid.SampledFrom([]string{"", "  ", "a purpose"}).Draw(t, "purpose")
		d := e.Decide(p, a.Name, r, purpose)
		for _, w := range walls {
			if d.Allowed && strings.Contains(d.Reason, w) {
				t.Fatalf("%s is allowed by %s", a.Name, d.Reason)
			}
		}
		if strings.Contains(d.Reason, "cannot be applied") {
			t.Fatalf("%s: %s", a.Name, d.Reason)
		}
		if d.Allowed && slices.Contains(a.Groups, "purpose") && strings.TrimSpace(purpose) == "" {
			t.Fatalf("%s without a purpose", a.Name)
		}
		if d.Allowed && slices.Contains(a.Groups, "second-person") && p.ID == r.Author {
			t.Fatalf("%s by the author", a.Name)
		}
		less := p
		less.Roles, less.Situations, less.For = nil, nil, nil
		if e.Decide(less, a.Name, r, purpose).Allowed && !d.Allowed {
			t.Fatalf("%s is allowed only without roles", a.Name)
		}
	})
}

// TestRolesStayAtHome: a role in one agency opens nothing of another's.
func TestRolesStayAtHome(t *testing.T) {
	e := engine(t)
	rapid.Check(t, func(t *rapid.T) {
		p, r, a := anyone().Draw(t, "who"), anything().Draw(t, "what"), anyAction().Draw(t, "action")
		p.Kind, p.Agency, r.Agencies = access.Person, "AG-9", []string{"AG-1"}
		p.Roles = rapid.SliceOfN(rapid.SampledFrom([]string{"administrator", "focal-point", "director", "minister", "custodian"}), 0, 3).Draw(t, "roles")
		without := p
		without.Roles = nil
		if e.Decide(p, a.Name, r, "a purpose").Allowed != e.Decide(without, a.Name, r, "a purpose").Allowed {
			t.Fatalf("%v of another agency change who may %s", p.Roles, a.Name)
		}
	})
}
