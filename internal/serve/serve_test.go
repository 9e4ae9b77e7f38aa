package serve_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/example"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/obs"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/serve"
	"github.com/heed-project/heed/internal/web"
)

// undecided are the addresses that answer without asking access, and why.
var undecided = map[string]string{
	"GET /language":              "sets a cookie",
	"GET /sign-in/oidc/callback": "refuses what no sign-in began",
	"POST /sign-in/oidc":         "sends on to the provider",
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// TestEveryRouteAsksForADecision walks every address of the pages, as nobody
// and as a stranger, with every id there is: whatever answers must have asked
// access, and none of the words that the office seals may be in it.
func TestEveryRouteAsksForADecision(t *testing.T) {
	now := time.Now().UTC()
	c, err := conf.Load(map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "exercise": "true", "url": "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := heed.MakeNode(t.Context(), c, example.Agency, heed.Opening{FoundedAt: example.Founded(now)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	sum, err := example.Build(t.Context(), n.Heed, example.Options{Seed: 1, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	faces, err := serve.Faces(t.Context(), n, obs.NewLog(io.Discard, "text", slog.LevelError), obs.NewMetrics())
	if err != nil {
		t.Fatal(err)
	}
	focal := heed.Who{Person: sum.FocalPoint}
	words := sealedWords(t, n, focal)
	stranger := strangerTo(t, n, focal)
	ids := []string{"S-1", "R-200", "W-10", "D-115", "DEC-5", "A-40", "P-3", "national-focal-point", "40", "ged-sb", "E-1.1", "IN-1"}
	answered := 0
	for _, pattern := range web.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{$}", "")
		for _, cookie := range []string{"", stranger} {
			for _, id := range ids {
				r := httptest.NewRequest(method, "http://localhost"+wildcard.ReplaceAllString(path, id), strings.NewReader("reason=x&note=x"))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if cookie != "" {
					r.AddCookie(&http.Cookie{Name: "heed", Value: cookie})
				}
				ctx, trace := access.Track(r.Context())
				w := httptest.NewRecorder()
				faces.ServeHTTP(w, r.WithContext(ctx))
				if w.Code < 300 {
					answered++
					if len(trace.Decisions()) == 0 && undecided[pattern] == "" {
						t.Errorf("%s with %s answered %d without a decision", pattern, id, w.Code)
					}
				}
				for _, word := range words {
					if strings.Contains(w.Body.String(), word) {
						t.Errorf("%s with %s told %q: %.60q", pattern, id, cookie[:min(len(cookie), 4)], word)
					}
				}
				if !wildcard.MatchString(path) {
					break
				}
			}
		}
	}
	if answered < 10 {
		t.Errorf("only %d requests were answered: nothing was tested", answered)
	}
}

// sealedWords are findings and names of situations that are AMBER or stricter.
func sealedWords(t *testing.T, n *heed.Node, focal heed.Who) (words []string) {
	t.Helper()
	all, err := n.ListSituations(t.Context(), focal)
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	for _, s := range all {
		if strings.HasPrefix(s.Marking, "AMBER") || s.Marking == "RED" {
			words = append(words, s.Name)
		}
	}
	ws, _, err := n.Warnings(t.Context(), focal, heed.WarningFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range ws {
		w, err := n.Warning(t.Context(), focal, row.ID)
		if err != nil {
			t.Fatal(err)
		}
		if w.Finding.Body != "" && w.Marking != "CLEAR" && w.Marking != "GREEN" {
			words = append(words, w.Finding.Body[:min(40, len(w.Finding.Body))])
		}
	}
	if len(words) < 5 {
		t.Fatalf("only %d words to look for", len(words))
	}
	return words
}

// strangerTo signs in somebody of another agency without a role.
func strangerTo(t *testing.T, n *heed.Node, focal heed.Who) string {
	t.Helper()
	if _, err := n.AddAgency(t.Context(), focal, party.AgencyInput{Name: "Elsewhere", Kind: "other"}); err != nil {
		t.Fatal(err)
	}
	id, err := n.AddPerson(t.Context(), focal, heed.PersonInput{Name: "Somebody Else", Agency: "Elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	link, err := n.NewLink(t.Context(), focal, id)
	if err != nil {
		t.Fatal(err)
	}
	in, err := n.SignInLink(t.Context(), link[strings.LastIndexAny(link, "=#")+1:], heed.Client{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return in.Token
}
