//go:build linux

package box

import (
	"fmt"
	"os"
	"syscall"
)

// wall is one way to start a child.
type wall struct {
	attr *syscall.SysProcAttr
	open bool
}

// walls are the ways to start a child, the safest first. Root needs no user
// namespace, and in one would lose its right to read other people's files.
func walls() []wall {
	closed := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		closed.Cloneflags |= syscall.CLONE_NEWUSER
		closed.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		closed.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	}
	return []wall{{closed, false}, {&syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}, true}}
}

// confine sets the limits that the kernel holds this process to.
func confine(cpu, memory, files, writes uint64) error {
	for _, l := range []struct {
		what  int
		limit uint64
	}{
		{syscall.RLIMIT_CPU, cpu}, {syscall.RLIMIT_NOFILE, files}, {syscall.RLIMIT_FSIZE, writes}, {syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_DATA, memory},
	} {
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: l.limit, Max: l.limit}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	return nil
}
