package testkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// errAbsent says that a program is not installed.
var errAbsent = errors.New("not installed")

// Postgres returns the URL of a fresh, empty database on a real PostgreSQL,
// with fsync on and the C collation. The database is dropped when the test
// ends, the server when the test process ends. $HEED_TEST_POSTGRES names a
// server to use instead of starting one.
func Postgres(t testing.TB) string {
	t.Helper()
	Slow(t)
	server, err := postgres()
	if errors.Is(err, errAbsent) {
		Missing(t, "PostgreSQL")
	}
	if err != nil {
		t.Fatal(err)
	}
	fresh, name := *server, "heed_"+rand.Text()
	fresh.Path = "/" + name
	admin := func(sql string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, server.String())
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, sql)
		return err
	}
	if err := admin(`CREATE DATABASE "` + name + `" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(`DROP DATABASE "` + name + `" WITH (FORCE)`); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return fresh.String()
}

// Databases runs a test on both databases, as the subtests "sqlite" (url is
// empty) and "postgres" (url names a fresh database).
func Databases(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, "") })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// postgres returns the address of this process's PostgreSQL, started at the
// first call.
var postgres = sync.OnceValues(func() (*url.URL, error) {
	if at := os.Getenv("HEED_TEST_POSTGRES"); at != "" {
		return url.Parse(at)
	}
	at, _, err := StartPostgres()
	if err != nil {
		return nil, err
	}
	return url.Parse(at)
})

// StartPostgres starts a PostgreSQL server that listens on a socket in a
// temporary folder only. It ends with stop, or with this process.
func StartPostgres() (at string, stop func() error, err error) {
	bin, err := postgresBin()
	if err != nil {
		return "", nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return "", nil, err
	}
	dir, err := newServerDir("postgres", account)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "heed", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir = "/"
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	if out, err := initdb.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	s, err := start(dir, account, nil, "QUIT", filepath.Join(bin, "postgres"), "-D", data, "-k", dir,
		"-c", "listen_addresses=", "-c", "max_connections=300")
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.User("heed"), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode()}
	err = s.ready(func() error {
		conn, err := pgx.Connect(context.Background(), u.String())
		if err != nil {
			return err
		}
		return conn.Close(context.Background())
	})
	if err != nil {
		return "", nil, errors.Join(err, s.stop())
	}
	return u.String(), s.stop, nil
}

// postgresBin returns the folder of the newest installed PostgreSQL server.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errAbsent
	}
	return filepath.Dir(slices.Max(found)), nil
}
