package bundle

import (
	"bufio"
	"compress/gzip"
	"io"
	"io/fs"
)

// unzipping is a folder in which one file, compressed with gzip, is read as what
// it holds.
type unzipping struct {
	fs.FS
	name string
}

// expanded returns the folder in which a file can be read, compressed or not. What is
// checked is what it holds: gzip is no part of the proof.
func expanded(fsys fs.FS, name string) fs.FS {
	f, err := fsys.Open(name)
	if err != nil {
		return fsys
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return fsys
	}
	if _, err := gzip.NewReader(f); err != nil {
		return fsys
	}
	return unzipping{fsys, name}
}

// Open opens a file of the folder.
func (u unzipping) Open(name string) (fs.File, error) {
	f, err := u.FS.Open(name)
	if err != nil || name != u.name {
		return f, err
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		f.Close()
		return nil, err
	}
	return unzipped{f, z}, nil
}

// unzipped is a file that is read through gzip.
type unzipped struct {
	fs.File
	z io.Reader
}

// Read reads what the file holds.
func (u unzipped) Read(p []byte) (int, error) { return u.z.Read(p) }
