package testkit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Bucket is a fresh bucket on a real S3 server.
type Bucket struct {
	Endpoint  string // http://127.0.0.1:port
	AccessKey string
	SecretKey string
	Name      string
	Dir       string // where the server keeps the objects as files
}

// S3 returns a fresh, empty bucket on versitygw, which is built from tools/s3
// at the first call. The server ends when the test process ends.
func S3(t testing.TB) Bucket {
	t.Helper()
	Slow(t)
	root := Root(t)
	b, err := s3(root)
	if errors.Is(err, errAbsent) {
		t.Log(err)
		Missing(t, "versitygw, the S3 server")
	}
	if err != nil {
		t.Fatal(err)
	}
	fresh := *b
	fresh.Name = "heed-" + strings.ToLower(rand.Text())
	fresh.Dir = filepath.Join(b.Dir, fresh.Name)
	if err := os.Mkdir(fresh.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(fresh.Dir) })
	return fresh
}

var s3Once struct {
	sync.Once
	bucket *Bucket
	err    error
}

// s3 returns this process's S3 server, started at the first call.
func s3(root string) (*Bucket, error) {
	s3Once.Do(func() { s3Once.bucket, s3Once.err = startS3(root) })
	return s3Once.bucket, s3Once.err
}

func startS3(root string) (*Bucket, error) {
	bin := filepath.Join(root, "bin", "versitygw")
	build := exec.Command("go", "build", "-C", filepath.Join(root, "tools", "s3"), "-o", bin, "github.com/versity/versitygw/cmd/versitygw")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build versitygw: %w: %w: %s", errAbsent, err, out)
	}
	dir, err := newServerDir("s3", nil)
	if err != nil {
		return nil, err
	}
	objects, meta, versions := filepath.Join(dir, "objects"), filepath.Join(dir, "meta"), filepath.Join(dir, "versions")
	if err := errors.Join(os.Mkdir(objects, 0o700), os.Mkdir(meta, 0o700), os.Mkdir(versions, 0o700)); err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	b := &Bucket{Endpoint: "http://" + addr, AccessKey: "heed", SecretKey: rand.Text(), Dir: objects}
	env := []string{"ROOT_ACCESS_KEY=" + b.AccessKey, "ROOT_SECRET_KEY=" + b.SecretKey}
	s, err := start(dir, nil, env, "KILL", bin, "--port", addr, "--quiet", "posix", "--sidecar", meta, "--versioning-dir", versions, objects)
	if err != nil {
		return nil, err
	}
	err = s.ready(func() error {
		res, err := http.Get(b.Endpoint)
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return b, nil
}

// freeAddr returns an address on this machine that nothing listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
