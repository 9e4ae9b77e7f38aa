package bundle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// A bundle is a tar file of one form: plain files with mode 0644, owner 0, no
// names of owners, time 0; two blocks of zeros at the end and nothing after.
// The reader writes the tar again while it reads and compares every byte.

// next gives the next file of a bundle, and io.EOF after the last. The file is
// read before the next is asked for.
type next func() (name string, size int64, r io.Reader, err error)

func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}
}

// mirror holds what was read from a tar and not yet written again.
type mirror struct {
	seen bytes.Buffer
	at   int64
}

// Write compares what is written again with what was read.
func (m *mirror) Write(b []byte) (int, error) {
	want := m.seen.Next(len(b))
	for i := range b {
		if i >= len(want) || want[i] != b[i] {
			return i, fmt.Errorf("the file is not in the one form allowed: byte %d of it is not as its files require", m.at+int64(i))
		}
	}
	m.at += int64(len(b))
	return len(b), nil
}

// readTar reads the files of a tar in its one form.
func readTar(r io.Reader) next {
	m := &mirror{}
	src := bufio.NewReaderSize(r, 1<<16)
	in, out := tar.NewReader(io.TeeReader(src, &m.seen)), tar.NewWriter(m)
	return func() (string, int64, io.Reader, error) {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return "", 0, nil, endTar(src, m, out)
		}
		if err != nil {
			return "", 0, nil, errors.New("the file is no tar file, or is cut short")
		}
		if h.Size < 0 {
			return "", 0, nil, errors.New("the file is no tar file of the form that a bundle has")
		}
		if err := out.WriteHeader(header(h.Name, h.Size)); err != nil {
			return "", 0, nil, err
		}
		return h.Name, h.Size, &again{in, out}, nil
	}
}

// endTar compares the end of the tar, and holds that nothing follows.
func endTar(src *bufio.Reader, m *mirror, out *tar.Writer) error {
	if err := out.Close(); err != nil {
		return err
	}
	_, err := src.ReadByte()
	switch {
	case err == nil || m.seen.Len() > 0:
		return errors.New("something follows the end of the bundle")
	case !errors.Is(err, io.EOF): // of gzip: its last bytes prove that it is whole
		return fmt.Errorf("the file is cut short, or damaged after the end of the bundle: %w", err)
	}
	return io.EOF
}

// again reads a file of a tar and writes it again.
type again struct {
	in  io.Reader
	out io.Writer
}

func (a *again) Read(b []byte) (int, error) {
	n, err := a.in.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, errors.New("the file is cut short")
	}
	if n > 0 {
		if _, wrong := a.out.Write(b[:n]); wrong != nil {
			return n, wrong
		}
	}
	return n, err
}

// readFolder reads the files of a folder in the order of its listing, and
// holds that there are no others. A file that is missing is given without a
// reader, so that a receiver can go on.
func readFolder(fsys fs.FS) (next, error) {
	b, err := fs.ReadFile(fsys, listingName)
	if err != nil {
		return nil, fmt.Errorf("%s is not in the folder", listingName)
	}
	all, err := parseListing(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", listingName, err)
	}
	known := map[string]bool{listingName: true, sealName: true}
	names := make([]string, 0, len(all)+2)
	for _, l := range all {
		known[l.Name] = true
		names = append(names, l.Name)
	}
	if err := onlyKnown(fsys, known); err != nil {
		return nil, err
	}
	names = append(names, listingName, sealName)
	var open fs.File
	return func() (string, int64, io.Reader, error) {
		if open != nil {
			open.Close()
			open = nil
		}
		if len(names) == 0 {
			return "", 0, nil, io.EOF
		}
		name := names[0]
		names = names[1:]
		if !fs.ValidPath(name) {
			return "", 0, nil, fmt.Errorf("%.100q is no name of a file", name)
		}
		f, err := fsys.Open(name)
		if err != nil {
			return name, 0, nil, nil
		}
		open = f
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return "", 0, nil, fmt.Errorf("%.100q is not a plain file", name)
		}
		return name, info.Size(), f, nil
	}, nil
}

func onlyKnown(fsys fs.FS, known map[string]bool) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the folder: %w", err)
		}
		if !d.IsDir() && !known[name] {
			return fmt.Errorf("%.100q is in the folder and not in its listing", name)
		}
		return nil
	})
}

// readMeta reads a file that is no item.
func readMeta(name string, size int64, r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, fmt.Errorf("%s is not in the bundle", name)
	}
	if size > maxMeta {
		return nil, fmt.Errorf("%.100q has %d bytes, at most %d are read", name, size, maxMeta)
	}
	var b bytes.Buffer // grows with what is there, not with what is said
	n, err := io.Copy(&b, io.LimitReader(r, size))
	if err == nil && n != size {
		err = fmt.Errorf("%.100q is cut short", name)
	}
	return b.Bytes(), err
}
