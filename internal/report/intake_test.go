package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
)

const csvHead = "source_type,date,country,place,text,title,contact,reference,marking\n"

func TestASpreadsheetOfReports(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		file := csvHead +
			"ngo,2026-05-01,XAB? no,town,a,,,,\n" + // line 2: no such country
			"embassy,2026-05-01,Mali,Canary town,canary one,,canary@example.org,r1,GREEN\n" +
			"media,01/02/2026,Mali,town,b,,,,\n" + // line 4: two ways to read
			"media,2026-05-02,Mali,town,canary two,,,,\n" +
			"media,2026-05-02,Mali,town,Canary  TWO,,,,\n" + // repeats line 5
			"embassy,2099-01-01,Mali,town,of the future,,,r7,\n" // line 7: refused by the desk
		load := func(text string, prepare func(*report.SubmitInput) error) report.Result {
			t.Helper()
			res, err := report.New(n.Record).SubmitMany(t.Context(), n.Record, record.By{Person: "P-1"}, report.File{Name: "canary.csv", Body: strings.NewReader(text), Prepare: prepare})
			if err != nil {
				t.Fatal(err)
			}
			if res.Rows != res.Accepted+res.Duplicates+res.RejectedRows || len(res.Receipts) != res.Accepted {
				t.Errorf("rows do not add up: %+v", res)
			}
			return res
		}
		res := load(file, nil)
		if res.Rows != 6 || res.Accepted != 2 || res.Duplicates != 1 || res.RejectedRows != 3 || res.Entry == 0 {
			t.Fatalf("%+v", res)
		}
		var where []string
		for _, p := range res.Rejected {
			where = append(where, fmt.Sprint(p.Line, " ", p.Column))
		}
		if want := []string{"2 country", "4 date", "7 date"}; !slices.Equal(where, want) {
			t.Errorf("rejected %q: %+v", where, res.Rejected)
		}
		if r := res.Receipts[0]; r.Line != 3 || r.Report != "R-1" || r.Code == "" {
			t.Errorf("receipts %+v", res.Receipts)
		}
		if r := n.get("R-1"); r.Channel != "csv" || r.Identity == 0 || r.Marking != "GREEN" || r.Country != "MLI" {
			t.Errorf("%+v", r)
		}
		if again := load(file, nil); again.Accepted != 0 || again.Duplicates != 3 || again.RejectedRows != 3 || again.Entry != 0 {
			t.Errorf("again %+v", again)
		}
		conflict := load(csvHead+"embassy,2026-05-01,Mali,town,other words,,,r1,\n", nil)
		if conflict.RejectedRows != 1 || conflict.Rejected[0].Column != "reference" || !strings.Contains(conflict.Rejected[0].Error, "R-1") {
			t.Errorf("a reference used twice %+v", conflict)
		}
		// more than one command's worth, with one row refused by the caller
		var many strings.Builder
		many.WriteString(csvHead)
		for i := range 450 {
			fmt.Fprintf(&many, "regional,2026-04-%02d,Mali,town,many %d,,,,\n", i%30+1, i)
		}
		big := load(many.String(), func(in *report.SubmitInput) error {
			in.Situations = []string{"S-4"}
			if in.Text == "many 300" {
				return fault.Invalid("text", "not this one")
			}
			return nil
		})
		if big.Accepted != 449 || big.RejectedRows != 1 || big.Rejected[0].Line != 302 {
			t.Errorf("%d accepted, rejected %+v", big.Accepted, big.Rejected)
		}
		n.Look(func(v *record.View) error {
			c, err := report.Count(v, report.Filter{Situation: "S-4"})
			if c[report.Received] != 449 {
				t.Errorf("counted %v", c)
			}
			return err
		})
		n.Silent("Canary", "canary")
	})
}

func TestAFieldClientsReport(t *testing.T) {
	form := report.Form(openrosa.Choice{Value: "XAA", Label: openrosa.Text{"en": "Exercise", "fr": "Exercice", "ar": "تمرين", "es": "Ejercicio", "ru": "Учение", "zh": "演习"}})
	if err := form.Check(); err != nil {
		t.Fatal(err)
	}
	sent := `<data id="` + form.ID + `" version="` + form.Version + `"><source_type>civil-society</source_type><observed>2026-05-03</observed><country>XAA</country>
		<place>Canary town</place><position>12.3 7.6 0 15</position><population>Canary people</population><what>killing denial</what><killed>2</killed><text>Canary men came</text>
		<known_by>seen</known_by><photo>p.jpg</photo><reference>17</reference><follow_up>yes</follow_up><contact>by radio</contact>
		<meta><instanceID>uuid:a</instanceID></meta></data>`
	sub, err := openrosa.ParseSubmission(strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	answers, problems := form.Read(sub, time.Now())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	each(t, func(t *testing.T, n *node) {
		n.submit(report.FromSubmission(answers))
		r := n.get("R-1")
		if r.Channel != "field" || r.Country != "XAA" || *r.Killed != 2 || !slices.Equal(r.What, []string{"killing", "denial"}) || r.KnownBy != "seen" ||
			r.Position.Accuracy != 15 || r.Place != "Canary town" || r.Reference != "17" || r.Population != "Canary people" || r.Occurred.Format(time.DateOnly) != "2026-05-03" {
			t.Errorf("%+v", r)
		}
		var who report.Identity
		if _, err := n.OpenProtected(t.Context(), record.By{Person: "P-1", Purpose: "to call back"}, r.Identity, &who); err != nil || who.Contact != "by radio" || !who.FollowUp {
			t.Errorf("%+v, %v", who, err)
		}
		if err := n.Try("P-1", func(tx *record.Tx) error {
			_, err := report.New(n.Record).Submit(tx, report.FromSubmission(answers))
			return err
		}); fault.KindOf(err) != fault.KindExists {
			t.Errorf("sent again: %v", err)
		}
	})
}

func TestAllSourceTypesStandEqual(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		for _, kind := range events.SourceTypes() {
			in := short("one text from everyone")
			in.SourceType = kind
			n.submit(in)
		}
		n.Look(func(v *record.View) error {
			all, err := report.List(v, report.Filter{})
			if len(all) != len(events.SourceTypes()) {
				t.Errorf("%d reports, %v", len(all), err)
			}
			for _, r := range all {
				if r.State != report.Received || r.Marking != "AMBER" || r.Reliability != "" || r.Credibility != 0 {
					t.Errorf("%s begins otherwise: %+v", r.SourceType, r)
				}
			}
			return err
		})
	})
}

// TestTheFirstThatIsWrongIsNamed: of several lines that are too long the same one each time.
func TestTheFirstThatIsWrongIsNamed(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	each(t, func(t *testing.T, n *node) {
		for range 20 {
			words, source := short("seen"), short("seen")
			words.Title, words.Place, words.Reference = long, long, long
			source.Identity = &report.Identity{Name: long, Contact: long, Safety: long}
			for want, in := range map[string]report.SubmitInput{"title": words, "name": source} {
				err := n.Try("P-1", func(tx *record.Tx) error { _, err := report.New(n.Record).Submit(tx, in); return err })
				if fault.Field(err) != want {
					t.Fatalf("%q is named, not %q: %v", fault.Field(err), want, err)
				}
			}
		}
	})
}
