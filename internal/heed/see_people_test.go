package heed_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/protocol"
)

// TestPeopleAreShownAsFarAsTheReaderMay: names and roles to those who take
// part, addresses and sign-ins to the person and the register.
func TestPeopleAreShownAsFarAsTheReaderMay(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	_, err := w.NewToken(ctx, w.now("director"), "watch", []string{"read"}, time.Time{})
	w.must(err)
	director := w.people["director"].Person
	for name, state := range map[string]string{"director": "", "administrator": "", "analyst": heed.Sealed, "stranger": heed.Sealed} {
		p, err := w.Person(ctx, w.now(name), director)
		w.must(err)
		if p.Email.State != state || (p.Email.Body == "") != (state != "") || p.Self != (name == "director") {
			t.Errorf("%s reads the address as %+v", name, p.Email)
		}
		tokens := slices.ContainsFunc(p.History, func(r heed.EntryRow) bool { return r.Kind == "party.token-made" })
		if tokens != (state == "") {
			t.Errorf("%s is told of tokens: %v", name, tokens)
		}
	}
	rows, err := w.People(ctx, w.now("analyst"))
	w.must(err)
	if len(rows) != 7 {
		t.Fatalf("%d people", len(rows))
	}
	i := slices.IndexFunc(rows, func(r heed.PersonRow) bool { return r.ID == director })
	if len(rows[i].Roles) != 1 || rows[i].Roles[0].Name != "director" || rows[i].Agency.Name != "Ministry" {
		t.Errorf("the director: %+v", rows[i])
	}
	if _, err := w.People(ctx, heed.Nobody); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("nobody reads the register: %v", err)
	}
}

// TestADeputyIsShown beside the role of whoever is away, and with the role for
// which they stand in.
func TestADeputyIsShown(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	director, minister := w.people["director"].Person, w.people["minister"].Person
	w.must(w.SetDeputy(ctx, w.now("administrator"), director, minister, time.Time{}, time.Time{}))
	p, err := w.Person(ctx, w.now("analyst"), director)
	w.must(err)
	if len(p.Roles) != 1 || p.Roles[0].Deputy.ID != minister {
		t.Errorf("away: %+v", p.Roles)
	}
	p, err = w.Person(ctx, w.now("analyst"), minister)
	w.must(err)
	if !slices.ContainsFunc(p.Roles, func(r heed.Role) bool { return r.Name == "director" && r.For.ID == director }) {
		t.Errorf("the deputy: %+v", p.Roles)
	}
}

// TestSomebodyErased keeps a number, the roles and what they did.
func TestSomebodyErased(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	analyst := w.people["analyst"].Person
	w.must(w.Erase(ctx, w.now("custodian"), analyst, "article 17"))
	p, err := w.Person(ctx, w.now("administrator"), analyst)
	w.must(err)
	if p.ID != analyst || p.Name != "" || p.Email.State != heed.Erased || len(p.Roles) == 0 {
		t.Errorf("%+v", p.PersonRow)
	}
}

// TestLanguage: the reader's own words in the language they set.
func TestLanguage(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	w.must(w.SetLang(ctx, w.now("analyst"), "fr"))
	x, err := w.Settings(ctx, w.now("analyst"))
	w.must(err)
	if x.Lang != "fr" {
		t.Errorf("language %q", x.Lang)
	}
	p, err := w.Person(ctx, w.now("analyst"), w.people["analyst"].Person)
	w.must(err)
	if !strings.Contains(p.Name, named) || p.Email.Body == "" {
		t.Errorf("setting a language lost %+v", p)
	}
	if err := w.SetLang(ctx, w.now("analyst"), "not a language"); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("a language that is none: %v", err)
	}
}

// TestTheNodeIsShown to those who answer for it.
func TestTheNodeIsShown(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	x, err := w.Settings(ctx, w.now("administrator"))
	w.must(err)
	if !x.ShowNode || x.Node.Agency != "Ministry" || x.Node.Entries == 0 || x.Node.Origin != w.Origin() || x.Node.Founded.After(x.Node.Checkpoint) {
		t.Errorf("%+v", x.Node)
	}
	if _, err := w.Info(ctx, w.now("analyst")); err == nil {
		t.Error("the analyst is told how the node is set up")
	}
}

// TestAProtocolIsRehearsed: what would fall due when, for whom, and whom
// silence would reach.
func TestAProtocolIsRehearsed(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	rows, err := w.Protocols(ctx, w.now("stranger"))
	w.must(err)
	if len(rows) != len(protocol.Shipped()) || !rows[0].Active || rows[1].Active || rows[0].Problems != 0 {
		t.Fatalf("%+v", rows)
	}
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	p, err := w.Protocol(ctx, w.now("analyst"), rows[0].ID, 4, at)
	w.must(err)
	if p.Level != 4 || !p.Start.Equal(at) || len(p.Clock) == 0 || len(p.Opening) == 0 || len(p.Closing.By) == 0 {
		t.Fatalf("%+v", p.ProtocolRow)
	}
	owned := 0
	for _, d := range p.Clock {
		if d.DueAt.Before(at) || d.Title == "" || len(d.Rungs) == 0 {
			t.Errorf("%+v", d)
		}
		if d.Owner.ID != "" {
			owned++
		}
		for i := 1; i < len(d.Rungs); i++ {
			if d.Rungs[i].At.Before(d.Rungs[i-1].At) {
				t.Errorf("%s climbs backwards", d.Duty)
			}
		}
	}
	if owned == 0 {
		t.Error("nobody owns a duty")
	}
	text, _ := protocol.ShippedFile(protocol.Shipped()[0])
	_, err = w.AdoptProtocol(ctx, w.now("director"), []byte(strings.Replace(string(text), "version:", "version: 2.", 1)))
	if err != nil {
		_, err = w.AdoptProtocol(ctx, w.now("director"), append(text, "\n# a new version\n"...))
	}
	w.must(err)
	rows, err = w.Protocols(ctx, w.now("analyst"))
	w.must(err)
	if rows[1].ID == rows[0].ID || !strings.HasPrefix(rows[1].ID, rows[0].ID+"@") || rows[1].Active {
		t.Errorf("the earlier text: %+v", rows[1])
	}
	if _, err := w.Protocol(ctx, w.now("analyst"), rows[1].ID, 0, time.Time{}); err != nil {
		t.Error(err)
	}
	found, err := w.CheckProtocol(ctx, w.now("analyst"), []byte("id: x\n"))
	w.must(err)
	if len(found) == 0 {
		t.Error("a protocol without anything has no problem")
	}
}

// TestAssessmentsTakeTwo: one writes, another reviews, and the matrix shows
// what was accepted.
func TestAssessmentsTakeTwo(t *testing.T) {
	w, ctx := newWorld(t, ""), t.Context()
	in := heed.AssessmentInput{Situation: "S-1", Population: "S-1/p1", Summary: "worse " + canary, Marks: []heed.Marked{{Indicator: "7.14", State: "worsening", Sources: []string{"R-1"}}}}
	bad := in
	bad.Marks = []heed.Marked{{Indicator: "7.14", State: "present", Sources: []string{"R-99"}}}
	if _, err := w.AddAssessment(ctx, w.now("analyst"), bad); fault.Field(err) != "sources" {
		t.Errorf("a report that is not there: %v", err)
	}
	if _, err := w.AddAssessment(ctx, w.now("stranger"), in); err == nil {
		t.Error("the stranger assesses")
	}
	id, err := w.AddAssessment(ctx, w.now("analyst"), in)
	w.must(err)
	if err := w.ReviewAssessment(ctx, w.now("analyst"), id, true, ""); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("the author reviewed: %v", err)
	}
	second := w.now("administrator") // holds the focal point's role as well
	w.must(w.ReviewAssessment(ctx, second, id, false, "say since when"))
	a, err := w.Assessment(ctx, w.now("analyst"), id)
	w.must(err)
	if a.State != heed.Returned || a.ReviewNote.Body != "say since when" || !a.MayWrite || a.MayReview {
		t.Errorf("returned: %+v", a.AssessmentRow)
	}
	since := "since January"
	w.must(w.SaveAssessment(ctx, w.now("analyst"), id, nil, &since, a.Saved, true))
	if err := w.SaveAssessment(ctx, w.now("analyst"), id, nil, &since, a.Saved, false); fault.KindOf(err) != fault.KindStale {
		t.Errorf("saved after it was handed on: %v", err)
	}
	w.must(w.ReviewAssessment(ctx, second, id, true, ""))
	m, err := w.RiskMatrix(ctx, w.now("director"), "S-1")
	w.must(err)
	if len(m.Factors) != 14 || len(m.Populations) != 1 || m.Assessments[0] != id || m.Factors[6].Cells[0].Worsening != 1 {
		t.Errorf("matrix: %+v", m)
	}
	rows, err := w.Assessments(ctx, w.now("director"), "S-1")
	w.must(err)
	if len(rows) != 1 || rows[0].State != "reviewed" || rows[0].Worsening != 1 || rows[0].By.ID == rows[0].Reviewer.ID {
		t.Errorf("rows: %+v", rows)
	}
	if rows, err := w.Assessments(ctx, w.now("stranger"), ""); err != nil || len(rows) > 0 {
		t.Errorf("the stranger lists %+v (%v)", rows, err)
	}
}
