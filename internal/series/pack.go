package series

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// The rows of an import are kept as gzip of text: a first line that names the
// form and the kind, then a line for each row, its line in the file that came
// and the row as JSON.
//
//	heed series 1 ged
//	2 {"line":0,"source":"ged","source_id":"300380",…}

const form = "heed series 1 "

// longestRow bounds a line of the form: events holds no row above 1 MiB, and
// JSON writes a byte as at most six.
const longestRow = 8 << 20

// packer writes the rows of an import into a blob as they come. The blob is
// begun with the first row.
type packer struct {
	ctx   context.Context
	store blob.Store
	kind  string

	pipe *io.PipeWriter
	zip  *gzip.Writer
	done chan struct{}
	ref  blob.Ref
	err  error
}

func (p *packer) begin() error {
	r, w := io.Pipe()
	p.pipe, p.zip, p.done = w, gzip.NewWriter(w), make(chan struct{})
	go func() {
		defer close(p.done)
		p.ref, p.err = p.store.Put(p.ctx, r)
		r.CloseWithError(errors.Join(p.err, io.ErrClosedPipe))
	}()
	_, err := io.WriteString(p.zip, form+p.kind+"\n")
	return err
}

func (p *packer) add(line int, row any) error {
	if p.zip == nil {
		if err := p.begin(); err != nil {
			return err
		}
	}
	switch r := row.(type) { // the line stands before the row
	case events.Event:
		r.Line = 0
		row = r
	case events.Cell:
		r.Line = 0
		row = r
	}
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	b = append(strconv.AppendInt(nil, int64(line), 10), append([]byte{' '}, append(b, '\n')...)...)
	_, err = p.zip.Write(b)
	return err
}

// end closes the blob and returns its name. If the reading failed, nothing is
// stored.
func (p *packer) end(failed error) (blob.Ref, error) {
	if p.zip == nil {
		return blob.Ref{}, failed
	}
	if failed == nil {
		failed = p.zip.Close()
	}
	p.pipe.CloseWithError(failed) // nil is the end of the blob
	<-p.done
	if failed != nil {
		return blob.Ref{}, failed
	}
	if p.err != nil {
		return blob.Ref{}, fmt.Errorf("store the rows: %w", p.err)
	}
	return p.ref, nil
}

// unpack hands every row of a packed import to f, with its line in the file
// that came.
func unpack(r io.Reader, kind string, f func(line int, row []byte) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("the rows cannot be unpacked: %w", err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 64<<10), longestRow)
	if !lines.Scan() || lines.Text() != form+kind {
		return errors.Join(fmt.Errorf("the rows are not %q", form+kind), lines.Err())
	}
	for lines.Scan() {
		number, row, ok := bytes.Cut(lines.Bytes(), []byte{' '})
		line, err := strconv.Atoi(string(number))
		if !ok || err != nil {
			return errors.New("a row has no line number")
		}
		if err := f(line, row); err != nil {
			return err
		}
	}
	return lines.Err()
}

// open opens the rows of an import.
func open(ctx context.Context, store blob.Store, name string) (io.ReadCloser, error) {
	sum, err := blob.ParseSum(name)
	if err != nil {
		return nil, err
	}
	b, err := store.Open(ctx, sum)
	if err != nil {
		return nil, fmt.Errorf("the rows of an import, blob %s: %w", name, err)
	}
	return b, nil
}

// Rows hands every event that an import brought to f, with all its words:
// places, actors, headlines, notes.
func Rows(ctx context.Context, v *record.View, store blob.Store, entry int64, f func(events.Event) error) error {
	all, err := readImports(v.Tx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Entry != entry || i.Kind == Panel {
			continue
		}
		b, err := open(ctx, store, i.Blob)
		if err != nil {
			return err
		}
		defer b.Close()
		return unpack(b, i.Kind, func(line int, row []byte) error {
			var e events.Event
			if err := json.Unmarshal(row, &e); err != nil {
				return err
			}
			e.Line = line
			return f(e)
		})
	}
	return fault.NotFound("E-%d is not an import of events", entry)
}
