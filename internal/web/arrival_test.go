package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/share"
)

// arrive lets another node offer three items to this one online. They wait.
func (s *stage) arrive(ctx context.Context) (offer string, err error) {
	dir, err := os.MkdirTemp("", "heed-web-peer")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	c, err := conf.Load(map[string]string{"dir": filepath.Join(dir, "node"), "exercise": "true", "handover.allow": "127.0.0.1"})
	if err != nil {
		return "", err
	}
	n, err := heed.MakeNode(ctx, c, "Lake Mission", heed.Opening{})
	if err != nil {
		return "", err
	}
	defer n.Close()
	admin, _, err := n.SetUp(ctx, heed.Who{}, heed.SetupInput{Agency: "Lake Mission", Admin: "Bo Berg"})
	if err != nil {
		return "", err
	}
	who := heed.Who{Person: admin, Purpose: "the end of the mandate"}
	var sources []evidence.Source
	for k := range 3 {
		text := fmt.Sprintf("day %d: the road was closed", k+1)
		sources = append(sources, evidence.Source{Name: fmt.Sprintf("day-%d.txt", k+1), Type: "text/plain", Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	taken, err := n.AddEvidence(ctx, who, heed.EvidenceInput{Authority: "order 1", Marking: "AMBER"}, sources, nil)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, i := range taken.Items {
		ids = append(ids, i.ID)
	}
	if err := n.PermitEvidence(ctx, who, ids, consent.Permission{ID: "CON-1", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Keep}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}); err != nil {
		return "", err
	}
	return s.sentBy(ctx, n, who, ids)
}

// sentBy makes the two nodes known to each other, and sends.
func (s *stage) sentBy(ctx context.Context, n *heed.Node, who heed.Who, ids []string) (string, error) {
	lines := httptest.NewServer(share.Lines(s.Heed, slog.New(slog.DiscardHandler)))
	defer lines.Close()
	mine, err := s.CustodyCard(ctx, s.focal)
	if err != nil {
		return "", err
	}
	theirs, err := n.CustodyCard(ctx, who)
	if err != nil {
		return "", err
	}
	if _, err := s.AddPeer(ctx, s.focal, theirs, "https://lake.example", "Lake Mission"); err != nil {
		return "", err
	}
	if _, err := n.AddPeer(ctx, who, mine, lines.URL, "Ministry"); err != nil {
		return "", err
	}
	made, err := n.SendHandover(ctx, who, "Ministry", heed.HandoverInput{Party: consent.Party{Name: "Ministry", Classes: []string{"state"}}, For: consent.Keep, In: "CHE", Death: "excluded", Items: ids})
	if err != nil {
		return "", err
	}
	calls, err := n.PeerCalls()
	if err != nil {
		return "", err
	}
	_, err = n.CarryHandovers(ctx, calls, true)
	return made.Offer, err
}

// TestAnswerOnAPage answers an offer that came online: what is wrong with the
// form is said, and then it is taken over but for one item.
func TestAnswerOnAPage(t *testing.T) {
	s := play(t)
	offer, err := s.arrive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(s.focal.Person)
	get := func(path string) string {
		t.Helper()
		res, err := b.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
		return string(text)
	}
	if text := get("/handovers"); !strings.Contains(text, "/arrivals/"+offer) || !strings.Contains(text, "Lake Mission") {
		t.Error("the list of hand-overs does not show what came online")
	}
	if text := get("/handovers/online/arrivals.csv"); !strings.Contains(text, offer) {
		t.Errorf("%s", text)
	}
	if text := get("/arrivals/" + offer); !strings.Contains(text, "Lake Mission offers 3 items") || !strings.Contains(text, "CON-1") {
		t.Error("the page of the offer does not say what is offered")
	}
	for want, form := range map[string]url.Values{
		"say whether it is taken":   {},
		"say why nothing":           {"decision": {"refuse"}},
		"is not a place and a reas": {"decision": {"take"}, "refuse": {"three"}},
		"there is no item 9":        {"decision": {"take"}, "refuse": {"9: none"}},
	} {
		if text := post(t, b, s.URL+"/arrivals/"+offer, form); !strings.Contains(text, want) {
			t.Errorf("want %q on the page", want)
		}
	}
	text := post(t, b, s.URL+"/arrivals/"+offer, url.Values{"decision": {"take"}, "authority": {"agreement 7"}, "refuse": {"2: held here already\r\n"}})
	if !strings.Contains(text, "The answer is signed, as H-") || !strings.Contains(text, "held here already") {
		t.Error("the answer is not shown")
	}
}

// post sends a form and returns the page that follows.
func post(t *testing.T, b *http.Client, to string, form url.Values) string {
	t.Helper()
	res, err := b.PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
