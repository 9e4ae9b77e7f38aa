package bundle

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
)

// Write writes a bundle. It verifies all but the items' bytes before it writes
// the first byte, and the bytes of items that lie open while it writes them.
func Write(w io.Writer, b Bundle) error {
	if err := b.write(w); err != nil {
		return fmt.Errorf("make the bundle: %w", err)
	}
	return nil
}

func (b Bundle) write(w io.Writer) error {
	if b.Signer == nil {
		return errors.New("there is no key to seal it with")
	}
	if len(b.Logs) == 0 || len(b.Logs) > maxParts || len(b.Handovers) > maxParts {
		return fmt.Errorf("it holds %d logs and %d hand-overs, must have 1 to %d", len(b.Logs), len(b.Handovers), maxParts)
	}
	if len(b.Times) > maxTimes {
		return fmt.Errorf("it holds %d time proofs, at most %d", len(b.Times), maxTimes)
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	v := &verifier{report: Report{Contents: b.Contents}, taken: map[[2]string][]byte{}}
	if b.Page != nil && len(b.Page) == 0 || b.Sealed != nil && len(b.Sealed) == 0 {
		return errors.New("a page or a sealed file with nothing in it")
	}
	if err := v.meta(); err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	out := &writer{tar: tar.NewWriter(w), v: v}
	for _, f := range files {
		if err := out.file(f.name, f.data, true); err != nil {
			return err
		}
	}
	for _, item := range b.Items {
		if err := out.payload(item, b.Payload); err != nil {
			return fmt.Errorf("item %d: %w", item.N, err)
		}
	}
	sealed, err := custody.SignNote(sealContext, seal{v.logs[0].name, handover.Micro(b.Made), b.By, v.files, handover.Sum(v.list)}, b.Signer)
	if err != nil {
		return err
	}
	if err := v.seal(sealed, v.list); err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	if err := out.file(listingName, v.list, false); err != nil {
		return err
	}
	if err := out.file(sealName, sealed, false); err != nil {
		return err
	}
	return out.tar.Close()
}

// writer writes the files of a bundle, and notes them for the listing.
type writer struct {
	tar *tar.Writer
	v   *verifier
}

func (w *writer) file(name string, data []byte, list bool) error {
	if err := w.tar.WriteHeader(header(name, int64(len(data)))); err != nil {
		return err
	}
	if _, err := w.tar.Write(data); err != nil || !list {
		return err
	}
	sum := sha256.Sum256(data)
	return w.v.listFile(name, int64(len(data)), sum[:])
}

func (w *writer) payload(item handover.Item, open func(handover.Item) (io.ReadCloser, int64, error)) error {
	if item.Payload == handover.Without {
		return nil
	}
	r, size, err := open(item)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := w.tar.WriteHeader(header(payloadName(item), size)); err != nil {
		return err
	}
	whole := &counter{sum: sha256.New()}
	src := io.TeeReader(r, io.MultiWriter(w.tar, whole))
	if err := w.v.item(item, src); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	if whole.n != size {
		return fmt.Errorf("%d bytes came, %d were said", whole.n, size)
	}
	return w.v.listFile(payloadName(item), size, whole.sum.Sum(nil))
}

// sumOf reads the SHA-256 of an item in the open part of the entry by which it
// came in: its member sha256, or that of the object in items whose id it is.
func sumOf(open []byte, id string) (sum string, ok bool) {
	var in struct {
		SHA256 string `json:"sha256"`
		Items  []struct {
			ID     string `json:"id"`
			SHA256 string `json:"sha256"`
		} `json:"items"`
	}
	if json.Unmarshal(open, &in) != nil {
		return "", false
	}
	for _, i := range in.Items {
		if i.ID == id {
			return i.SHA256, true
		}
	}
	return in.SHA256, in.SHA256 != ""
}

// Pack writes contents, as they are kept by a custodian: the files without the
// items' bytes, and no seal. It is nothing to give out: sealed parts of
// entries lie open in it.
func Pack(w io.Writer, c Contents) error {
	files, err := c.files()
	if err != nil {
		return fmt.Errorf("pack the contents of a bundle: %w", err)
	}
	out := tar.NewWriter(w)
	for _, f := range files {
		if err := out.WriteHeader(header(f.name, int64(len(f.data)))); err != nil {
			return err
		}
		if _, err := out.Write(f.data); err != nil {
			return err
		}
	}
	return out.Close()
}

// Unpack reads what Pack wrote. It checks the form alone.
func Unpack(r io.Reader) (Contents, error) {
	m := &reader{v: &verifier{}, files: readTar(r)}
	if err := m.advance(); err != nil {
		return Contents{}, err
	}
	return m.contents()
}

// A Span is where the bytes of a file lie in a tar.
type Span struct{ Offset, Size int64 }

// Locate finds the bytes of the items in a bundle that is one file and was
// verified, by their places.
func Locate(f io.ReadSeeker, items []handover.Item) (map[int]Span, error) {
	names := map[string]int{}
	for _, i := range items {
		names[payloadName(i)] = i.N
	}
	out := map[int]Span{}
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if n, ok := names[h.Name]; ok {
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			out[n] = Span{at, h.Size}
		}
	}
}

// PayloadName is the name of the file that holds an item's bytes.
func PayloadName(i handover.Item) string { return payloadName(i) }
