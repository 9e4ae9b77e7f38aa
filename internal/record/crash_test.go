package record_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// TestMain lets the test program be the process that is killed: with
// HEED_TEST_WRITER set it writes notes until it dies, and says which were
// acknowledged.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HEED_TEST_WRITER"); dir != "" {
		if err := writeUntilKilled(dir, os.Getenv("HEED_TEST_WRITER_DB"), os.Getenv("HEED_TEST_WRITER_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashNode opens the record in a folder, as the parent and the child both do.
func crashNode(ctx context.Context, dir, url string) (*db.DB, *record.Record, error) {
	k, err := keys.Unlock(dir, keys.File(filepath.Join(dir, "node.key")))
	if err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url})
	if err != nil {
		return nil, nil, err
	}
	r, err := record.Open(ctx, d, k, record.Options{}, notes())
	return d, r, err
}

func makeCrashNode(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file, err := keys.NewFile(filepath.Join(dir, "node.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Create(dir, "heed.example/crash", file); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeUntilKilled runs eight writers, some of whose commands fail, and prints
// the words of each note whose command was acknowledged.
func writeUntilKilled(dir, url, name string) error {
	_, r, err := crashNode(context.Background(), dir, url)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	var wg sync.WaitGroup
	var out sync.Mutex
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				text := fmt.Sprintf("%s-%d-%d", name, w, i)
				err := r.Do(context.Background(), record.By{Person: "P-1"}, func(tx *record.Tx) error {
					if _, err := makeNote(tx, 1, text); err != nil {
						return err
					}
					if i%7 == 3 {
						return fmt.Errorf("changed my mind")
					}
					return nil
				})
				if err == nil {
					out.Lock()
					os.Stdout.WriteString(text + "\n")
					out.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// writer is a child process under load.
type writer struct {
	cmd   *exec.Cmd
	acked chan []string
	count atomic.Int64 // of what it has acknowledged
}

func startWriter(t *testing.T, dir, url, name string) *writer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HEED_TEST_WRITER="+dir, "HEED_TEST_WRITER_DB="+url, "HEED_TEST_WRITER_NAME="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &writer{cmd: cmd, acked: make(chan []string, 1)}
	ready := make(chan bool, 1)
	go func() {
		var all []string
		s := bufio.NewReader(out)
		for {
			line, err := s.ReadString('\n')
			if err == io.EOF || err != nil {
				break // a line without its end was not acknowledged to anybody
			}
			if line = strings.TrimSpace(line); line == "ready" {
				ready <- true
			} else {
				all = append(all, line)
				w.count.Store(int64(len(all)))
			}
		}
		close(ready)
		w.acked <- all
	}()
	if !<-ready {
		cmd.Wait()
		t.Fatal("the writer did not start")
	}
	return w
}

// until waits until the process has acknowledged so many.
func (w *writer) until(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); w.count.Load() < int64(n); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d were acknowledged in a minute", w.count.Load(), n)
		}
	}
}

// kill ends the process with SIGKILL and returns what it acknowledged.
func (w *writer) kill(t *testing.T) []string {
	t.Helper()
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	acked := <-w.acked
	w.cmd.Wait()
	return acked
}

// allThere opens the record again and checks that it is sound and holds every
// acknowledged note.
func allThere(t *testing.T, dir, url string, acked []string) (size int64) {
	t.Helper()
	d, r, err := crashNode(t.Context(), dir, url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	defer r.Close()
	v, err := r.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Rebuild(t.Context(), nil)
	if err != nil || !b.Identical {
		t.Fatalf("rebuild: %+v, %v", b, err)
	}
	have := map[string]bool{}
	err = r.View(t.Context(), func(view *record.View) error {
		for i := int64(1); i < v.Size; i++ {
			var w words
			if err := view.Unseal(i, &w); err != nil {
				return err
			}
			have[w.Text] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range acked {
		if !have[a] {
			t.Fatalf("%s was acknowledged and is not there", a)
		}
	}
	if int64(len(have)) != v.Size-1 {
		t.Fatalf("%d entries hold %d different notes", v.Size-1, len(have))
	}
	return v.Size
}

// TestKill kills the process at random moments under load. After each restart
// no acknowledged entry is missing, the log verifies, and a rebuild reproduces
// every table. $HEED_TEST_KILLS is how often, on each database.
func TestKill(t *testing.T) {
	kills := 200
	if s := os.Getenv("HEED_TEST_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	} else if testing.Short() {
		kills = 4
	}
	testkit.Databases(t, func(t *testing.T, url string) {
		dir, total := "", 0
		var acked []string
		for i := range kills {
			if i%20 == 0 { // a fresh record, so that checking stays quick
				dir, acked = makeCrashNode(t), nil
				if url != "" {
					url = testkit.Postgres(t)
				}
			}
			w := startWriter(t, dir, url, fmt.Sprint("k", i))
			time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
			now := w.kill(t)
			total += len(now)
			acked = append(acked, now...)
			allThere(t, dir, url, acked)
		}
		if total == 0 {
			t.Fatal("no command was ever acknowledged: nothing was tested")
		}
		t.Logf("%d kills, %d acknowledged entries, none missing", kills, total)
	})
}

// TestThreeProcesses lets three processes append to one log on PostgreSQL, and
// kills one of them. The log has no fork and no gap.
func TestThreeProcesses(t *testing.T) {
	url := testkit.Postgres(t)
	dir := makeCrashNode(t)
	var ws []*writer
	for i := range 3 {
		ws = append(ws, startWriter(t, dir, url, fmt.Sprint("process", i)))
	}
	for i := range ws {
		ws[i].until(t, 10)
	}
	acked := ws[1].kill(t)
	for _, i := range []int{0, 2} { // they go on
		ws[i].until(t, int(ws[i].count.Load())+10)
	}
	for _, i := range []int{0, 2} {
		acked = append(acked, ws[i].kill(t)...)
	}
	t.Logf("three processes: %d acknowledged entries, log of size %d", len(acked), allThere(t, dir, url, acked))
}
