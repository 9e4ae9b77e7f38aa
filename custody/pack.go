package custody

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/heed-project/heed/ledger"
)

// WritePack writes a pack. It verifies what it has made before it writes the
// first byte: a pack that would be refused is an error here.
func WritePack(w io.Writer, p Pack) error {
	files, err := p.files()
	if err != nil {
		return fmt.Errorf("make the pack: %w", err)
	}
	b, err := formatZip(files)
	if err != nil {
		return fmt.Errorf("make the pack: %w", err)
	}
	if _, err := VerifyPack(bytes.NewReader(b), int64(len(b)), Options{LogKey: p.LogKey, Witnesses: p.Witnesses}); err != nil {
		return fmt.Errorf("make the pack: it would be refused: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	return nil
}

// files returns the files of the pack, the manifest and its signature first.
func (p Pack) files() ([]file, error) {
	if p.Signer == nil {
		return nil, errors.New("there is no key to sign the manifest with")
	}
	c, err := ledger.ReadCheckpoint(p.Checkpoint)
	if err != nil {
		return nil, err
	}
	m := manifest{V: 1, Subject: p.Subject, Made: formatTime(p.Made), By: p.By, Node: c.Origin, Size: c.Size, Witnesses: append([]string{}, p.Witnesses...), Entries: []int64{}}
	files := []file{{keyName, []byte(p.LogKey + "\n")}, {checkpointName, p.Checkpoint}, {pageName, p.Page}}
	for _, e := range p.Entries {
		m.Entries = append(m.Entries, e.Index)
		proof := ledger.Proof{Index: e.Index, Hashes: e.Proof, Checkpoint: p.Checkpoint}
		files = append(files, file{entryName(e.Index, leafName), e.Leaf}, file{entryName(e.Index, proofName), proof.Format()})
		if e.Open != nil {
			files = append(files, file{entryName(e.Index, openName), e.Open.Bytes}, file{entryName(e.Index, openSaltName), e.Open.Salt})
		}
		if e.Sealed != nil {
			files = append(files, file{entryName(e.Index, sealedName), e.Sealed.Bytes}, file{entryName(e.Index, sealedSaltName), e.Sealed.Salt})
		}
	}
	for _, f := range files {
		m.Files = append(m.Files, list(f))
	}
	b, err := m.format()
	if err != nil {
		return nil, err
	}
	sig, err := sign(p.Signer, packContext, b)
	if err != nil {
		return nil, fmt.Errorf("sign the manifest: %w", err)
	}
	return append([]file{{manifestName, b}, {signatureName, sig}}, files...), nil
}

func formatTime(t time.Time) string { return t.UTC().Truncate(time.Microsecond).Format(timeForm) }
