package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/example"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/heed"
)

// present is the end of the exercise in these tests.
var present = time.Now().UTC()

// A stage is a node with the exercise on it, served as it would be.
type stage struct {
	*heed.Node
	t             testing.TB
	URL           string
	focal         heed.Who // the focal point, who also administers the node
	first, second string   // reports that tell the same; "" where none do
	offer         string   // that came online and waits; "" where none did
	open          string   // an intake that goes on, with a file of which half has come; "" where none does
}

// readHere reads a file as the child of a served node does, without the child.
func readHere(_ context.Context, name string, data io.Reader) (*reading.Reading, error) {
	b, err := io.ReadAll(data)
	r := reading.Read(name, b)
	r.Mark(b, nil)
	return r, err
}

// play serves a fresh exercise, for a test that writes.
func play(t testing.TB) *stage {
	t.Helper()
	s, end, err := perform(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	s.t = t
	return s
}

// watch serves one exercise for all tests that only look, with a witness that
// has refused the record.
func watch(t testing.TB) *stage {
	t.Helper()
	s, err := house()
	if err != nil {
		t.Fatal(err)
	}
	s.t = t
	return s
}

var (
	house = sync.OnceValues(func() (*stage, error) {
		dir, err := os.MkdirTemp("", "heed-web")
		if err != nil {
			return nil, err
		}
		s, end, err := perform(context.Background(), dir)
		if err != nil {
			return nil, err
		}
		curtain = func() { end(); os.RemoveAll(dir) }
		return s, errors.Join(s.alarm(context.Background()), s.gather(context.Background()), s.plan(context.Background()), s.join(context.Background()), s.meet(context.Background()), s.paint(context.Background()), s.halfWay(context.Background()))
	})
	curtain = func() {}
)

// join lets one report tell the same as another.
func (s *stage) join(ctx context.Context) error {
	rows, _, err := s.Reports(ctx, s.focal, heed.ReportFilter{Page: heed.Page{Limit: 3}})
	if err != nil {
		return err
	}
	s.first, s.second = rows[2].ID, rows[1].ID
	return s.JoinReport(ctx, s.focal, s.second, s.first, "Same bridge, same night")
}

// meet lets another node offer evidence online.
func (s *stage) meet(ctx context.Context) (err error) {
	s.offer, err = s.arrive(ctx)
	return err
}

func TestMain(m *testing.M) {
	code := m.Run()
	curtain()
	os.Exit(code)
}

func perform(ctx context.Context, dir string) (s *stage, end func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	at := "http://localhost:" + port // passkeys want a name, not a number
	c, err := conf.Load(map[string]string{"dir": filepath.Join(dir, "node"), "exercise": "true", "url": at})
	if err != nil {
		return nil, nil, err
	}
	n, err := heed.MakeNode(ctx, c, example.Agency, heed.Opening{FoundedAt: example.Founded(present), Read: readHere, Thumb: copies.DrawHere, Unbundle: unbundleHere, Judge: judgeHere})
	if err != nil {
		return nil, nil, err
	}
	sum, err := example.Build(ctx, n.Heed, example.Options{Seed: 1, Now: present})
	if err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	pages, err := New(n.Heed, Options{})
	if err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: pages}}
	srv.Start()
	s = &stage{Node: n, URL: at, focal: heed.Who{Person: sum.FocalPoint, Via: "web"}}
	return s, func() { srv.Close(); n.Close() }, nil
}

// session signs a person in and returns the cookie's value.
func (s *stage) session(person string) string {
	s.t.Helper()
	link, err := s.NewLink(s.t.Context(), s.focal, person)
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := s.SignInLink(s.t.Context(), code(link), heed.Client{Address: "192.0.2.1"})
	if err != nil {
		s.t.Fatal(err)
	}
	return in.Token
}

// code is the secret of a link, which ends with it.
func code(link string) string { return link[strings.LastIndexAny(link, "=#")+1:] }

// browser is a client without scripts that keeps cookies; signed in as a
// person unless that is "".
func (s *stage) browser(person string) *http.Client {
	jar, _ := cookiejar.New(nil)
	if person != "" {
		u, _ := url.Parse(s.URL)
		jar.SetCookies(u, []*http.Cookie{{Name: "heed", Value: s.session(person), Path: "/"}})
	}
	return &http.Client{Jar: jar}
}

// paths are the addresses of every kind of page, with something on each.
func (s *stage) paths() map[string]string {
	ctx, t := s.t.Context(), s.t
	out := map[string]string{"board": "/", "situations": "/situations", "situation-new": "/situations/new", "evidence-search": "/evidence/search", "reports": "/reports", "report-new": "/reports/new",
		"warnings": "/warnings?tab=all", "duties": "/duties", "decisions": "/decisions", "coalitions": "/coalitions", "coalition": "/coalitions/CO-1", "coalition-draft": "/coalitions/CO-3", "impacts": "/impact", "impact": "/impact/IMP-1", "impact-waiting": "/impact/IMP-2", "impact-new": "/impact/new", "protocols": "/protocols", "record": "/record", "people": "/people",
		"settings": "/settings", "search": "/search?q=orvane", "verify": "/verify", "import": "/import", "adopt": "/protocols/new", "nothing": "/nothing-here", "entry": "/record/40", "person": "/people/" + s.focal.Person}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := s.Board(ctx, s.focal)
	must(err)
	worst := b.Areas[0]
	out["situation"], out["warning"], out["knew"] = "/situations/"+worst.Situation.ID, "/warnings/"+worst.Warning, "/knew/"+worst.Warning
	out["forecasts"], out["situation-forecast"] = "/forecasts?outcome=ged_os", "/situations/"+worst.Situation.ID+"/forecast?outcome=ged_os"
	skill, err := s.ForecastSkill(ctx, s.focal)
	must(err)
	for _, r := range skill {
		if len(r.Scores) > 0 {
			out["forecast-worth"] = fmt.Sprintf("/forecasts/%d/skill", r.Entry)
		}
	}
	out["warning-new"], out["assessment-new"] = "/warnings/new?situation="+worst.Situation.ID, "/assessments/new?situation="+worst.Situation.ID
	out["decision-new"] = "/decisions/new?warning=" + worst.Warning
	if len(b.Late) > 0 {
		out["duty-late"] = "/duties/" + b.Late[0].ID
	}
	out["duty"] = "/duties/" + b.Due[0].ID
	done, _, err := s.Duties(ctx, s.focal, heed.DutyFilter{State: "done"})
	must(err)
	out["duty-done"] = "/duties/" + done[0].ID
	reports, _, err := s.Reports(ctx, s.focal, heed.ReportFilter{Page: heed.Page{Limit: 1}})
	must(err)
	out["report"] = "/reports/" + reports[0].ID
	if s.first != "" {
		out["report-told-twice"], out["report-again"] = "/reports/"+s.first, "/reports/"+s.second
	}
	decisions, _, err := s.Decisions(ctx, s.focal, heed.Page{})
	must(err)
	out["decision"] = "/decisions/" + decisions[0].ID
	assessments, err := s.Assessments(ctx, s.focal, worst.Situation.ID)
	must(err)
	out["assessment"] = "/assessments/" + assessments[0].ID
	out["library"], out["library-cards"], out["intake-new"], out["fixity"] = "/evidence", "/evidence?view=cards", "/evidence/new", "/evidence/fixity"
	out["export"], out["vocabulary"], out["keys"] = "/evidence/export?case=CS-1", "/coding", "/evidence/keys"
	items, _, err := s.Evidence(ctx, s.focal, heed.EvidenceFilter{})
	must(err)
	out["item-permitted"] = "/evidence/E-1.1"
	out["item"], out["intake"] = "/evidence/"+items[0].ID, "/evidence/intakes/"+items[0].Intake
	pictures, opened := s.picturesIn(s.focal)
	shown := fmt.Sprintf("pictures=%d-%d", opened.First, opened.Last)
	out["near-groups"], out["near-choose"], out["near-pictures"] = "/evidence/near?collection="+album, "/evidence/near", "/evidence/near?collection="+album+"&"+shown
	out["library-pictures"], out["library-glyphs"], out["item-picture"] = "/evidence?view=cards&"+shown, "/evidence?view=cards&collection="+album, "/evidence/"+pictures[0]+"?"+shown
	out["cases"], out["case"], out["case-new"] = "/cases", "/cases/CS-1", "/cases/new"
	packages, _, err := s.Packages(ctx, s.focal, heed.Page{})
	must(err)
	out["doors"], out["agenda"], out["packages"], out["taskings"] = "/doors?situation="+worst.Situation.ID, "/agenda", "/packages", "/taskings"
	out["facts"], out["fact"] = "/facts?unverified=yes", "/facts/one?fact=measures%2FNY-PRST"
	out["package-new"], out["coalition-new"] = "/packages/new?warning="+worst.Warning, "/coalitions/new?warning="+worst.Warning
	if len(packages) > 0 {
		out["package"], out["briefing"] = "/packages/"+packages[0].ID, "/packages/"+packages[0].ID+"/briefing"
	}
	protocols, err := s.Protocols(ctx, s.focal)
	must(err)
	out["mandates"], out["mandate"], out["readiness"], out["overlap"], out["handovers"], out["handover"] = "/mandates", "/mandates/M-5", "/readiness", "/overlap", "/handovers", "/handovers/H-1"
	if s.open != "" {
		out["intake-open"] = "/evidence/intakes/" + s.open
	}
	if s.offer != "" {
		out["arrival"], out["offer-new"] = "/arrivals/"+s.offer, "/handovers/new"
	}
	out["protocol"] = "/protocols/" + protocols[0].ID + "?level=4"
	return out
}

// plan opens a package of measures on the worst warning: steps in several states,
// a tasking to somebody.
func (s *stage) plan(ctx context.Context) error {
	b, err := s.Board(ctx, s.focal)
	if err != nil {
		return err
	}
	if _, err := s.AdoptPriorities(ctx, s.focal, strings.NewReader("code,title,measures,source\naccess,Access for aid,NY-* CA-DEM,the exercise\nvoice,Survivors are heard,GE-* NY-ARRIA,the exercise\n")); err != nil {
		return err
	}
	id, err := s.OpenPackage(ctx, s.focal, heed.PackageInput{Warning: b.Areas[0].Warning, Title: "Open the upland road", Objective: "open-access", State: "XAB",
		Priorities: []string{"access"}, Why: "Aid has not passed for three weeks.", Begin: "friends"})
	if err != nil {
		return err
	}
	p, err := s.Package(ctx, s.focal, id)
	if err != nil {
		return err
	}
	for _, x := range p.Steps {
		if !x.Outward {
			if err := s.StartStep(ctx, s.focal, x.Step.ID); err != nil {
				return err
			}
			if err := s.CloseStep(ctx, s.focal, x.Step.ID, heed.StepResult{Text: "Eleven answered, four of them yes.", FollowUp: "Ask the others again.", FollowUpBy: present.AddDate(0, 0, 9)}); err != nil {
				return err
			}
			continue
		}
		if err := s.ProposeStep(ctx, s.focal, x.Step.ID, "We ask that the upland road be opened."); err != nil {
			return err
		}
		break
	}
	_, err = s.DraftTasking(ctx, s.focal, id, heed.TaskingInput{To: s.focal.Person, Question: "Would they sign with the region?", Due: present.AddDate(0, 0, 3)})
	return err
}

// outside are the pages for whoever is not signed in.
var outside = map[string]string{"sign-in": "/sign-in", "sign-in-link": "/sign-in/link?code=ABC", "tell": "/tell", "fate": "/fate", "forecast-skill": "/forecasts/skill"}

// alarm makes a witness refuse the node's record.
func (s *stage) alarm(ctx context.Context) error {
	key, err := witnessKey()
	if err != nil {
		return err
	}
	if err := s.AddWitness(ctx, s.focal, "https://north-witness.example", key); err != nil {
		return err
	}
	all, err := s.Witnesses(ctx)
	if err != nil || len(all) == 0 {
		return fmt.Errorf("witnesses %v: %w", all, err)
	}
	return s.WitnessRefused(ctx, all[0], 1800, 1790)
}

// witnessKey is the verifier key of a witness that nobody runs.
func witnessKey() (string, error) {
	key := append([]byte{0x04}, make([]byte, 32)...) // timestamped Ed25519 cosignatures (C2SP tlog-cosignature)
	if _, err := rand.Read(key[1:]); err != nil {
		return "", err
	}
	const name = "north-witness.example"
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key)), nil
}
