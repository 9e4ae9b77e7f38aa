package testkit

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestPostgresIsFreshAndDurable(t *testing.T) {
	ctx := context.Background()
	for range 3 { // the second database knows nothing of the first
		conn, err := pgx.Connect(ctx, Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, `CREATE TABLE t (a BIGINT)`); err != nil {
			t.Fatal(err)
		}
		var fsync, collate string
		if err := conn.QueryRow(ctx, `SELECT current_setting('fsync'), datcollate FROM pg_database WHERE datname = current_database()`).Scan(&fsync, &collate); err != nil {
			t.Fatal(err)
		}
		runtime.GC() // the server is not garbage
		if fsync != "on" || collate != "C" {
			t.Errorf("fsync %s, collation %s", fsync, collate)
		}
	}
}

func TestStopLeavesNothing(t *testing.T) {
	dir, err := newServerDir("test", nil)
	if err != nil {
		t.Fatal(err)
	}
	// A shell that says who it is and then becomes the server.
	s, err := start(dir, nil, nil, "KILL", "sh", "-c", `echo $$ >"$0/pid.new"; mv "$0/pid.new" "$0/pid"; exec sleep 600`, dir)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := s.ready(func() error {
		b, err := os.ReadFile(filepath.Join(dir, "pid"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

func TestS3Answers(t *testing.T) {
	b := S3(t)
	res, err := http.Get(b.Endpoint + "/" + b.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden { // nobody reads without the key
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestChromiumRuns(t *testing.T) {
	out, err := exec.Command(Chromium(t), "--version").Output()
	if err != nil || !strings.Contains(string(out), "Chrom") {
		t.Errorf("%q: %v", out, err)
	}
}
