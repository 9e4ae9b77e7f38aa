//go:build unix

package evidence

import (
	"io"
	"os"
	"syscall"
)

// readPath fills buf from a file, and returns how much of it there was. Package
// os prepares each file for waiting with six calls of the system, which for a
// small file takes as long as to read it.
func readPath(path string, buf []byte) (int, error) {
	fd, err := again(func() (int, error) { return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0) })
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer syscall.Close(fd)
	return readUpTo(descriptor{fd, path}, buf)
}

type descriptor struct {
	fd   int
	path string
}

func (d descriptor) Read(p []byte) (int, error) {
	n, err := again(func() (int, error) { return syscall.Read(d.fd, p) })
	switch {
	case err != nil:
		return 0, &os.PathError{Op: "read", Path: d.path, Err: err}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// again repeats a call that a signal broke off.
func again(f func() (int, error)) (n int, err error) {
	for {
		if n, err = f(); err != syscall.EINTR {
			return n, err
		}
	}
}
