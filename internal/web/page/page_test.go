package page

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jba/templatecheck"

	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
)

// every names each page's template with its struct.
var every = map[string]any{
	"board": Board{}, "situations": Situations{}, "situation": Situation{}, "situation-new": SituationForm{},
	"reports": Reports{}, "report": Report{}, "report-new": ReportForm{}, "receipt": Receipt{}, "tell": ReportForm{}, "told": Receipt{}, "fate": Fate{},
	"warnings": Warnings{}, "warning": Warning{}, "warning-new": IssueWarning{}, "duties": Duties{}, "duty": Duty{},
	"decisions": Decisions{}, "decision": Decision{}, "decision-new": Decide{}, "protocols": Protocols{}, "protocol": Protocol{},
	"record": Record{}, "entry-page": Entry{}, "knew": Knew{}, "search-page": Search{}, "verify": Verify{},
	"people": People{}, "person": Person{}, "settings": Settings{}, "signin": SignIn{}, "failure": Failure{},
	"library": Library{}, "intake-new": IntakeForm{}, "intake": Intake{}, "item": Item{}, "unpacked": Unpacked{}, "text-search": TextSearch{}, "fixity": Fixity{}, "keys": Keys{}, "cases": Cases{}, "case-new": CaseForm{}, "case-file": Case{},
	"impacts": Impacts{}, "impact": Impact{}, "impact-new": ImpactForm{},
	"coalitions": Coalitions{}, "coalition": Coalition{}, "coalition-new": CoalitionForm{}, "doors": Doors{}, "facts": Facts{}, "fact": Fact{}, "packages": Packages{}, "package-new": PackageForm{}, "package": Package{}, "taskings-page": Taskings{}, "agenda": Agenda{}, "brief": Brief{},
	"import": Import{}, "adopt": Adopt{}, "erase": Erase{}, "assessment": Assessment{}, "assessment-new": AssessmentForm{},
	"forecasts": Forecasts{}, "forecast-skill": Skill{}, "forecast-worth": Worth{}, "situation-forecast": SituationForecast{},
}

func TestTemplatesFitTheirStructs(t *testing.T) {
	s, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range every {
		tm := s.Lookup("en", name)
		if tm == nil {
			t.Errorf("no template %q", name)
			continue
		}
		if err := templatecheck.CheckHTML(tm, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var called = regexp.MustCompile("\\{\\{[^}]*?\\b[tn] \"([a-z0-9.-]+)\"|\\(t \"([a-z0-9.-]+)\"")

// TestMessagesExist looks up each message that a template names outright.
func TestMessagesExist(t *testing.T) {
	err := fs.WalkDir(files, "templates", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		for _, m := range called.FindAllStringSubmatch(string(b), -1) {
			if _, ok := lang.Lookup("en", "web."+m[1]+m[2]); !ok {
				t.Errorf("%s: no message %s", path, m[1]+m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingInline holds the templates to the policy, which forbids it.
func TestNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:>|[^>]*[^'"]>[^<])|javascript:`)
	err := fs.WalkDir(files, "templates", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		if m := inline.Find(b); m != nil {
			t.Errorf("%s: %s", path, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTableAsCSV(t *testing.T) {
	w := look.NewWords("fr")
	rows := []DutyRow{{ID: "D-1", Title: "=1+1", Situation: Ref{ID: "S-1", Name: "x"}, Owner: Ref{ID: "P-1", Name: "Ada"}, DueAt: time.Date(2031, 3, 14, 0, 0, 0, 0, time.UTC), State: "lapsed", Entry: 12345}}
	var b bytes.Buffer
	if err := DutyTable(w, "d", rows, rows[0].DueAt).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	head, line, _ := strings.Cut(b.String(), "\n")
	if head != "duty,situation,owner,due,left,state,entry" {
		t.Errorf("headings %q change with the language", head)
	}
	if !strings.HasPrefix(line, "D-1,S-1,P-1,2031-03-14T00:00:00Z,") || !strings.HasSuffix(line, ",lapsed,12345\n") {
		t.Errorf("line %q", line)
	}
}

func TestContributorPageIsSmall(t *testing.T) {
	s, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := s.Words("ar")
	f := Fate{Frame: Frame{Words: w, Title: w.T("fate.title"), Path: "/fate", Plain: true}, Found: "7K4M-92QX-1D"}
	for _, k := range []string{"received", "assessed", "used", "decided"} {
		f.Steps = append(f.Steps, FateStep{At: time.Now(), Kind: k, Ref: "W-1"})
	}
	if err := s.Render(&b, "ar", "fate", f); err != nil {
		t.Fatal(err)
	}
	if size := b.Len() + s.Size("plain.css"); size > 14_000 {
		t.Errorf("first load is %d bytes, more than 14 kB", size)
	}
	if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "Heed") {
		t.Error("the page runs a script or names what it belongs to")
	}
}

// TestMapsDoNotMix keeps invented levels off real countries, and real ones off
// the fictional region.
func TestMapsDoNotMix(t *testing.T) {
	w := look.NewWords("en")
	areas := []Area{{Country: "XAD", Level: 5}, {Country: "KEN", Level: 2}}
	for _, c := range []struct {
		exercise      bool
		shapes, level int
	}{{true, 8, 5}, {false, 1, 2}} {
		m := NewMap(w, areas, c.exercise)
		levels := 0
		for _, s := range m.Shapes {
			levels += s.Level
		}
		if len(m.Shapes) != c.shapes || levels != c.level || m.Own != c.exercise || (m.Land == "") != c.exercise {
			t.Errorf("exercise %v: %d shapes of levels %d, land %d bytes", c.exercise, len(m.Shapes), levels, len(m.Land))
		}
	}
}
