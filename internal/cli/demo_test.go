package cli_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/obs"
	"github.com/heed-project/heed/internal/testkit"
)

// A demo is a running heed demo.
type demo struct {
	address, link string
	node          *heed.Node
	stop          func() string // and what it said on standard error
}

// play runs heed demo until it serves.
func play(t *testing.T, args ...string) demo {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, write := io.Pipe()
	var diagnostics strings.Builder
	nodes, ended := make(chan *heed.Node, 1), make(chan int, 1)
	faces := func(_ context.Context, n *heed.Node, _ *slog.Logger, _ *obs.Metrics) (http.Handler, error) {
		nodes <- n
		return http.NotFoundHandler(), nil
	}
	go func() {
		code := cli.Run(ctx, append([]string{"demo"}, args...), write, &diagnostics, faces)
		write.Close()
		ended <- code
	}()
	lines := bufio.NewScanner(out)
	d := demo{stop: func() string {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("heed demo ended with %d: %s", code, diagnostics.String())
		}
		return diagnostics.String()
	}}
	for _, line := range []*string{&d.address, &d.link} {
		if !lines.Scan() {
			cancel()
			t.Fatalf("heed demo ended with %d: %s", <-ended, diagnostics.String())
		}
		*line = lines.Text()
	}
	go io.Copy(io.Discard, out)
	d.node = <-nodes
	return d
}

// TestDemo plays the exercise with a fast clock: the first two lines are the
// address and a link that works, duties fall due while one watches, and what
// was played is played on.
func TestDemo(t *testing.T) {
	testkit.Slow(t)
	dir := filepath.Join(t.TempDir(), "played")
	d := play(t, "--dir", dir, "--addr", "127.0.0.1:0", "--speed", "3600")
	if !regexp.MustCompile(`^http://localhost:[0-9]+$`).MatchString(d.address) || !strings.HasPrefix(d.link, d.address+"/sign-in/link#") {
		t.Errorf("printed %q and %q", d.address, d.link)
	}
	if answer, err := http.Get(d.address); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("not served: %v", err)
	}
	who, err := d.node.Administrator(t.Context())
	if err != nil || !d.node.Exercise() || d.node.Speed != 3600 {
		t.Fatalf("%v, exercise %v, speed %d", err, d.node.Exercise(), d.node.Speed)
	}
	before := lapsed(t, d.node, who)
	in, err := d.node.SignInLink(t.Context(), d.link[strings.Index(d.link, "#")+1:], heed.Client{Address: "127.0.0.1"})
	if err != nil || in.Person != who.Person {
		t.Fatalf("the link: %+v, %v", in, err)
	}
	if back, _, err := d.node.Session(t.Context(), in.Token); err != nil || back.Person != who.Person {
		t.Errorf("the session: %v", err)
	}
	for deadline := time.Now().Add(time.Minute); lapsed(t, d.node, who) == before; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing fell due in a minute, which is sixty hours of the exercise")
		}
	}
	reached := d.node.Now()
	if said := d.stop(); strings.Contains(said, "ERROR") {
		t.Errorf("said: %s", said)
	}

	again := play(t, "--dir", dir, "--addr", "127.0.0.1:0")
	defer again.stop()
	if now := again.node.Now(); now.Before(reached.Add(-2*time.Hour)) || again.node.Speed != 0 {
		t.Errorf("it was %v, and is %v at speed %d", reached, now, again.node.Speed)
	}
	if again.link == d.link {
		t.Error("the link that was used is given again")
	}
	if _, err := again.node.AddSituation(t.Context(), who, heed.SituationInput{Name: "Played on", Country: "XAB", Populations: []string{"Players"}}); err != nil {
		t.Error(err)
	}
}

// lapsed counts the duties that have lapsed and are not answered.
func lapsed(t *testing.T, n *heed.Node, who heed.Who) (count int) {
	t.Helper()
	all, err := n.ListDuties(t.Context(), who, heed.DutyQuery{State: "lapsed", At: n.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestDemoLeavesNodesAlone: a folder that holds anything else is refused.
func TestDemoLeavesNodesAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "real")
	var out strings.Builder
	if code := cli.Run(t.Context(), []string{"init", "--dir", dir, "--agency", "Office", "--admin", "Ada Moru"}, io.Discard, &out, nil); code != 0 {
		t.Fatal(out.String())
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), []byte("Dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--dir " + dir:  "is no exercise",
		"--dir " + full: "is not empty",
		"--speed 0":     "must be 1 to 3600",
	} {
		out.Reset()
		args := append([]string{"demo", "--addr", "127.0.0.1:0"}, strings.Fields(args)...)
		if code := cli.Run(t.Context(), args, io.Discard, &out, nil); code == 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %d, %s", args, code, out.String())
		}
	}
}
