package judge

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Limits on what is read of a bundle.
const (
	MaxEntries = 200000    // files in a bundle
	MaxMeta    = 32 << 20  // bytes of a file of metadata that is read whole
	MaxRatio   = 200       // how much a zip may grow on the whole
	MaxSmall   = 64 << 20  // a zip below this size may grow as it likes
	MaxBytes   = 512 << 30 // bytes that are read through a digest
)

// Read reads a small file of a bundle whole.
func Read(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%s: more than %d bytes", name, most)
	}
	return b, nil
}

// Sum reads a file of a bundle through a digest and returns its length.
func Sum(fsys fs.FS, name string, h hash.Hash) (int64, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := io.Copy(h, io.LimitReader(f, MaxBytes))
	if err != nil {
		return n, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// Names lists the files below a folder of a bundle, in order.
func Names(fsys fs.FS, dir string) (names []string, err error) {
	err = fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case len(names) > MaxEntries:
			return fmt.Errorf("more than %d files", MaxEntries)
		case d.Type().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// OpenZip opens a zip file that is not trusted: no name twice, none that leads
// out of it, not too many, and not growing without bound.
func OpenZip(r io.ReaderAt, size int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("zip: %w", err)
	}
	if len(z.File) > MaxEntries {
		return nil, fmt.Errorf("zip: %d files, at most %d", len(z.File), MaxEntries)
	}
	seen, sum := map[string]bool{}, uint64(0)
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, "/")
		if !fs.ValidPath(name) || strings.Contains(name, `\`) {
			return nil, fmt.Errorf("zip: the name %q leads out of the bundle", f.Name)
		}
		if seen[name] {
			return nil, fmt.Errorf("zip: %q is in it twice", f.Name)
		}
		seen[name] = true
		sum += f.UncompressedSize64
		if err := twoHeaders(r, f); err != nil {
			return nil, fmt.Errorf("zip: %s: %w", f.Name, err)
		}
	}
	if sum > MaxSmall && sum/MaxRatio > uint64(size) {
		return nil, fmt.Errorf("zip: would grow from %d to %d bytes", size, sum)
	}
	return z, nil
}

// twoHeaders compares what a zip says of a file in front of it with what it
// says in its directory: programs differ in which they believe.
func twoHeaders(r io.ReaderAt, f *zip.File) error {
	at, err := f.DataOffset()
	if err != nil {
		return err
	}
	from := max(0, at-30-int64(len(f.Name))-65535)
	b := make([]byte, at-from)
	if _, err := r.ReadAt(b, from); err != nil {
		return err
	}
	for extra := 0; ; extra++ { // what is between the name and the bytes
		i := len(b) - extra - len(f.Name) - 30
		if i < 0 {
			return errors.New("the header in front of it is not the one in the directory")
		}
		h := b[i:]
		if string(h[:4]) != "PK\x03\x04" || int(le16(h[26:])) != len(f.Name) || int(le16(h[28:])) != extra {
			continue
		}
		streamed := le16(h[6:])&8 != 0
		same := string(h[30:30+len(f.Name)]) == f.Name && le16(h[8:]) == f.Method
		if !streamed && le32(h[18:]) != 1<<32-1 {
			same = same && le32(h[14:]) == f.CRC32 && uint64(le32(h[18:])) == f.CompressedSize64 && uint64(le32(h[22:])) == f.UncompressedSize64
		}
		if same {
			return nil
		}
	}
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// Damaged returns the first file of a zip whose checksum is wrong, read whole.
func Damaged(z *zip.Reader) error {
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		_, err = io.Copy(io.Discard, io.LimitReader(r, MaxBytes))
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// Top returns the one folder that holds everything, or ".".
func Top(names []string) string {
	top := ""
	for i, n := range names {
		first, _, deep := strings.Cut(n, "/")
		if !deep || i > 0 && first != top {
			return "."
		}
		top = first
	}
	if top == "" {
		return "."
	}
	return top
}

// Beside lists the files of a bundle in the folder of the one named.
func Beside(fsys fs.FS, name string) []string {
	list, err := fs.ReadDir(fsys, path.Dir(name))
	if err != nil {
		return nil
	}
	var out []string
	for _, d := range list {
		if d.Type().IsRegular() {
			out = append(out, path.Join(path.Dir(name), d.Name()))
		}
	}
	slices.Sort(out)
	return out
}

// Shallow refuses JSON in more than so many levels before it is read: a reader
// that goes down with it could be led as deep as the file is long.
func Shallow(b []byte, levels int) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > levels {
				return fmt.Errorf("JSON in more than %d levels", levels)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
