package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
)

// TestThreeServers runs three heed serve over one PostgreSQL, tells all of them
// things at once, kills one, and looks for a fork, a gap or a loss.
func TestThreeServers(t *testing.T) {
	testkit.Slow(t)
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./cmd/heed")
	build.Dir = testkit.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	env := append(os.Environ(), "HEED_DIR="+filepath.Join(t.TempDir(), "node"), "HEED_DB="+testkit.Postgres(t))
	heed := func(into any, args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, "heed"), append(args, "--json")...)
		cmd.Env = env
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("heed %v: %v\n%s", args, err, out)
		}
		if into != nil {
			if err := json.Unmarshal(out, into); err != nil {
				t.Fatalf("heed %v: %v\n%s", args, err, out)
			}
		}
	}
	heed(nil, "init", "--agency", "Ministry", "--admin", "Ana Lima")
	var token struct{ Token string }
	heed(&token, "person", "token", "load", "--scope", "read,write")

	var servers []*exec.Cmd
	var told []string
	var failed []error
	var lock sync.Mutex
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		cmd, url := serve(t, filepath.Join(bin, "heed"), env)
		servers = append(servers, cmd)
		for w := range 3 {
			wg.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					id, err := tell(url, token.Token, fmt.Sprintf("server %d, writer %d, report %d", i, w, n))
					if err != nil {
						lock.Lock()
						failed = append(failed, err) // of the server that is killed, each writer's last
						lock.Unlock()
						return
					}
					lock.Lock()
					told = append(told, id)
					lock.Unlock()
				}
			})
		}
	}
	until := func(n int) {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			lock.Lock()
			enough := len(told) >= n
			lock.Unlock()
			if enough {
				return
			}
		}
		t.Errorf("fewer than %d reports in a minute", n)
	}
	until(60)
	servers[1].Process.Kill()
	until(150)
	close(stop)
	wg.Wait()
	for _, s := range servers {
		s.Process.Kill()
		s.Wait()
	}
	seen := map[string]bool{}
	for _, id := range told {
		if seen[id] {
			t.Errorf("%s was given to two reports", id)
		}
		seen[id] = true
	}
	var verified struct{ Size int64 }
	heed(&verified, "record", "verify")
	var rebuilt struct{ Identical bool }
	heed(&rebuilt, "rebuild", "--check")
	var entries []struct{ Subjects []string }
	heed(&entries, "record", "list", "--limit", "500")
	if len(told) < 10 || !rebuilt.Identical || verified.Size < int64(len(told)) {
		t.Errorf("%d told, %d entries, identical %v", len(told), verified.Size, rebuilt.Identical)
	}
	if len(failed) != 3 {
		t.Fatalf("%d writers failed, want the three of the server that was killed: %v", len(failed), failed)
	}
	last := told[len(told)-1]
	var history []struct{ Subjects []string }
	heed(&history, "record", "list", "--subject", last)
	if len(history) == 0 {
		t.Errorf("%s was acknowledged and is not there", last)
	}
	t.Logf("%d reports through three servers, log of size %d", len(told), verified.Size)
}

// serve starts a server on a free port and returns its address.
func serve(t *testing.T, bin string, env []string) (*exec.Cmd, string) {
	t.Helper()
	port := testkit.Port(t)
	addr := fmt.Sprint("127.0.0.1:", port)
	cmd := exec.Command(bin, "serve", "--addr", addr)
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "is served at") {
		t.Fatalf("serve said %q, %v", line, err)
	}
	return cmd, "http://" + addr
}

// tell submits a report and returns its id.
func tell(url, token, text string) (string, error) {
	body, _ := json.Marshal(map[string]string{"source_type": "embassy", "occurred": "2026-03-01", "place": "Town", "text": text})
	r, err := http.NewRequest(http.MethodPost, url+"/api/v1/reports", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var out struct {
		Report string `json:"report"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusCreated || out.Report == "" {
		return "", fmt.Errorf("status %d", res.StatusCode)
	}
	return out.Report, nil
}
