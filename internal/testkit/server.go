package testkit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// guard is a shell script that runs a server until its standard input ends,
// which the kernel makes happen when the test process ends, however it ends.
// Then it stops the server and removes its folder. The server is ended by its
// process id alone.
const guard = `
dir=$1 sig=$2; shift 2
cd /
"$@" </dev/null >"$dir/server.log" 2>&1 &
pid=$!
cat >/dev/null
kill -s "$sig" "$pid" 2>/dev/null
wait "$pid"
rm -rf "$dir"
`

// A server is one real server under a guard, with a folder of its own.
type server struct {
	dir   string
	guard *exec.Cmd
	lease io.Closer // closing it ends the server
}

// newServerDir makes a folder for a server that runs as the account u, or as
// this account where u is nil.
func newServerDir(name string, u *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", "heed-"+name+"-")
	if err != nil {
		return "", err
	}
	if u != nil {
		if err := os.Chown(dir, int(u.Uid), int(u.Gid)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// start runs argv as the account u under a guard; sig is the name of the
// signal that stops it at once ("QUIT", "KILL").
func start(dir string, u *syscall.Credential, env []string, sig string, argv ...string) (*server, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, "guard", dir, sig}, argv...)...)
	cmd.Env = append(os.Environ(), env...)
	// A group of its own, so that ^C reaches the test and not the guard.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: u}
	lease, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{dir: dir, guard: cmd, lease: lease}
	running.Lock()
	defer running.Unlock()
	running.servers = append(running.servers, s)
	return s, nil
}

// running holds on to every server: a lease that is garbage is closed.
var running struct {
	sync.Mutex
	servers []*server
}

// stop ends the server and waits until it and its folder are gone.
func (s *server) stop() error {
	return errors.Join(s.lease.Close(), s.guard.Wait())
}

// ready asks again and again until probe succeeds, for at most a minute.
func (s *server) ready(probe func() error) error {
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = probe(); err == nil {
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "server.log"))
	return fmt.Errorf("server is not ready: %w; its log says: %s", err, log)
}

// unprivileged returns an account for servers that refuse to run as root, or
// nil where the tests do not run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("no account to run a server as: neither postgres nor nobody")
}
