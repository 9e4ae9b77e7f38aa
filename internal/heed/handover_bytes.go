package heed

import (
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence"
)

// spans finds the items' bytes in a bundle that is one file; of a folder there
// are none.
func (t *takeover) spans() (map[int]bundle.Span, error) {
	info, err := fs.Stat(t.in.Files, t.in.Name)
	if err != nil || info.IsDir() {
		return nil, err
	}
	f, err := t.in.Files.Open(t.in.Name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seeker, ok := f.(io.ReadSeeker)
	if !ok {
		return nil, errors.New("the bundle lies where it can be read from front to back alone: copy it to a disk first")
	}
	return bundle.Locate(seeker, t.report.Items)
}

// source is an item as it is taken in.
func (t *takeover) source(i handover.Item, spans map[int]bundle.Span, w evidence.Words) evidence.Source {
	s := evidence.Source{Name: w.Name, Path: w.Path, Modified: w.Modified, Type: w.Type, Size: i.Bytes, Tool: w.Tool, Note: w.Note}
	if s.Name == "" {
		s.Name = i.SHA256
	}
	s.Open = func() (io.ReadCloser, error) {
		name := t.in.Name
		if spans == nil {
			name = path.Join(name, bundle.PayloadName(i))
		}
		f, err := t.in.Files.Open(name)
		if err != nil {
			return nil, err
		}
		var r io.Reader = f
		if spans != nil {
			at, ok := f.(io.ReaderAt)
			if !ok {
				f.Close()
				return nil, errors.New("the bundle cannot be read at a place")
			}
			r = io.NewSectionReader(at, spans[i.N].Offset, spans[i.N].Size)
		}
		if i.Payload == handover.Sealed {
			if r, err = t.open(r); err != nil {
				f.Close()
				return nil, err
			}
		}
		return reading{r, f}, nil
	}
	return s
}

// reading is an item's bytes and the file that they come from.
type reading struct {
	io.Reader
	io.Closer
}
