package blob

import (
	"errors"
	"os"
	"syscall"
)

// openDirect opens a file for writing past the page cache, or returns nil
// where the file system has no such way.
func openDirect(path string) *os.File {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_DIRECT, 0)
	if err != nil {
		return nil
	}
	return f
}

// reserve makes room on the disk. A file system that cannot is no error; a
// full one is.
func reserve(f *os.File, size int64) error {
	err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return err
	}
	return nil
}
