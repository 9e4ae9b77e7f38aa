package heed_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
)

// office is a node with an administrator (also focal point), an analyst, and a
// minister and an observer on whom warnings are served.
type office struct {
	*heed.Node
	admin, analyst, minister, observer heed.Who
	situation                          string
}

func newOffice(t testing.TB, exercise bool) *office { return newOfficeAt(t, exercise, nil, "") }

func newOfficeAt(t testing.TB, exercise bool, clock func() time.Time, db string) *office {
	t.Helper()
	flags := map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "url": "https://heed.example.org", "db": db}
	if exercise {
		flags["exercise"] = "true"
	}
	c, err := conf.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	opening := heed.Opening{Clock: clock}
	if clock != nil {
		opening.FoundedAt = clock()
	}
	n, err := heed.MakeNode(t.Context(), c, "Ministry of Foreign Affairs", opening)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	id, _, err := n.SetUp(t.Context(), heed.Who{}, heed.SetupInput{Agency: "Ministry of Foreign Affairs", Country: "XAA", Admin: "Ana Lima", Email: "ana@mfa.example"})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{Node: n, admin: heed.Who{Person: id, Via: "cli"}}
	add := func(name, mail, role, language string) heed.Who {
		id, err := n.AddPerson(t.Context(), o.admin, heed.PersonInput{Name: name, Email: mail, Role: role, Language: language})
		if err != nil {
			t.Fatal(err)
		}
		return heed.Who{Person: id, Via: "cli"}
	}
	o.analyst = add("Ben Ode", "ben@mfa.example", "analyst", "en")
	o.minister = add("Chloé Marchand", "chloe@mfa.example", "minister", "fr")
	o.observer = add("داليا حداد", "", "observer", "ar")
	if o.situation, err = n.AddSituation(t.Context(), o.admin, heed.SituationInput{Name: "Velden uplands", Country: "XAA", Populations: []string{"Wethri"}}); err != nil {
		t.Fatal(err)
	}
	return o
}

const finding = "Armed men were seen gathering near the Wethri villages."

// warn issues a warning on the minister and the analyst.
func (o *office) warn(t testing.TB, in heed.WarningInput) string {
	t.Helper()
	in.Situation = o.situation
	if in.Level == 0 {
		in.Level = 4
	}
	if in.Finding == "" {
		in.Finding = finding
	}
	if in.To == nil {
		in.To = []string{o.minister.Person, o.analyst.Person}
	}
	in.Populations = []string{"Wethri"}
	out, err := o.IssueWarning(t.Context(), o.admin, in)
	if err != nil {
		t.Fatal(err)
	}
	return out.ID
}
