package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// stale is the age at which a temporary file is taken to be left over from a
// process that was killed.
const stale = 24 * time.Hour

// disk keeps each file at ab/abcdef…, its name's first two digits being its
// folder, and gathers new ones in tmp. The folders are all made, and synced,
// before the first file, so that no put depends on a folder that a crash could
// take away. Files are readable by the owner alone.
type disk struct{ dir string }

func openDisk(dir string) (*disk, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	d := &disk{dir}
	for i := range 257 {
		name := "tmp"
		if i < 256 {
			name = fmt.Sprintf("%02x", i)
		}
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("open blob folder: %w", err)
		}
	}
	if err := errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)), d.sweep()); err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	return d, nil
}

// sweep removes temporary files that a killed process left. The clock is the
// file system's: a fresh file says what time it is there.
func (d *disk) sweep() error {
	probe, err := d.spool()
	if err != nil {
		return err
	}
	defer d.discard(probe)
	now, err := probe.Stat()
	if err != nil {
		return err
	}
	left, err := os.ReadDir(filepath.Join(d.dir, "tmp"))
	if err != nil {
		return err
	}
	for _, e := range left {
		info, err := e.Info()
		if err == nil && now.ModTime().Sub(info.ModTime()) > stale {
			err = os.Remove(filepath.Join(d.dir, "tmp", e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may sweep too
			return err
		}
	}
	return nil
}

func (d *disk) path(name string) string { return filepath.Join(d.dir, name[:2], name) }

func (d *disk) close() error { return nil }

func (d *disk) spool() (*os.File, error) {
	return os.CreateTemp(filepath.Join(d.dir, "tmp"), "put-*") // mode 0600
}

func (d *disk) discard(f *os.File) {
	f.Close()
	os.Remove(f.Name()) // fails, as it should, where keep has moved the file
}

// keep syncs the bytes, then moves them, then syncs the folder's new entry. A
// file that was there is replaced: the bytes are the same, unless it had
// rotted, and then this mends it.
func (d *disk) keep(_ context.Context, f *os.File, name string) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), d.path(name)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(d.path(name)))
}

func (d *disk) open(_ context.Context, name string) (Blob, error) {
	f, err := os.Open(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return diskBlob{f, info.Size()}, nil
}

type diskBlob struct {
	*os.File
	size int64
}

func (b diskBlob) Size() int64 { return b.size }

func (d *disk) stat(_ context.Context, name string) (int64, error) {
	info, err := os.Stat(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, notFound(name)
	}
	if err != nil {
		return 0, fmt.Errorf("stat blob: %w", err)
	}
	return info.Size(), nil
}

func (d *disk) settle(_ context.Context, name string) error {
	return syncDir(filepath.Dir(d.path(name)))
}

func (d *disk) patch(_ context.Context, name string, at int64, data []byte) error {
	f, err := os.OpenFile(d.path(name), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(name)
	}
	if err != nil {
		return fmt.Errorf("patch blob: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = within(at, len(data), info.Size())
	}
	if err == nil {
		_, err = f.WriteAt(data, at)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("patch blob: %w", err)
	}
	return nil
}

func (d *disk) remove(_ context.Context, name string) error {
	err := os.Remove(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(d.path(name)))
	}
	if err != nil {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil
}

func (d *disk) list(ctx context.Context, fn func(string, int64) error) error {
	return filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted meanwhile
			return nil
		case err != nil:
			return fmt.Errorf("list blobs: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		case e.IsDir() || !isName(e.Name()):
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list blobs: %w", err)
		}
		return fn(e.Name(), info.Size())
	})
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
