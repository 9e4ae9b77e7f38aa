package vault

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
)

// A Manifest says what a part of an intake took in. It is kept beside the
// bytes before anything is acknowledged.
type Manifest struct {
	Version   int       `json:"v"`
	Node      string    `json:"node"`
	Intake    string    `json:"intake"`
	Part      int       `json:"part"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`             // the person's id
	ByName    string    `json:"name,omitempty"` // and name
	Authority string    `json:"authority"`
	Marking   string    `json:"marking"`
	Via       string    `json:"via,omitempty"`
	Items     []Listed  `json:"items"`
}

// Listed is one item of a manifest.
type Listed struct {
	ID       string    `json:"id"`
	Seq      int       `json:"seq"` // its place in the intake
	Name     string    `json:"name"`
	Path     string    `json:"path,omitempty"` // where it was, as the taker named it
	Modified time.Time `json:"modified,omitzero"`
	Type     string    `json:"type,omitempty"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"bytes"`
	From     string    `json:"derived_from,omitempty"`
	Tool     string    `json:"tool,omitempty"`
	Place    Place     `json:"place"`
}

// manifestMagic begins a manifest: an age file follows.
const manifestMagic = "heed-manifest/1\n"

// maxManifest bounds what is read of one.
const maxManifest = 64 << 20

// KeepManifest makes a manifest durable.
func (v *Vault) KeepManifest(ctx context.Context, m Manifest) error {
	return v.keepManifest(ctx, m, func(dst []byte) ([]byte, *writer, error) { return begin(dst, wrapTo(v.recipients())) })
}

func (v *Vault) keepManifest(ctx context.Context, m Manifest, begun func(dst []byte) ([]byte, *writer, error)) error {
	m.Version = 1
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	out, w, err := begun([]byte(manifestMagic))
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return v.put(ctx, v.name("manifest", sha256.Sum256(text)), w.sealAll(out, text))
}

// Found is what a store holds, read from the store alone.
type Found struct {
	Manifests []Manifest `json:"manifests"` // in the order in which they were made
	// Unnamed are objects that no manifest names: an intake was cut short
	// before it acknowledged anything of them.
	Unnamed []string `json:"unnamed,omitempty"`
	// Damaged are manifests that cannot be read, and why.
	Damaged []string `json:"damaged,omitempty"`
}

// Recover reads every manifest of the store. It needs the custody key and
// nothing else: no record, no database.
func (v *Vault) Recover(ctx context.Context) (Found, error) {
	var f Found
	var objects []string
	err := v.Manifests(ctx, func(name string, m *Manifest, err error) error {
		switch {
		case err != nil:
			f.Damaged = append(f.Damaged, err.Error())
		case m != nil:
			f.Manifests = append(f.Manifests, *m)
		default:
			objects = append(objects, name)
		}
		return nil
	})
	slices.SortFunc(f.Manifests, before)
	named := map[string]bool{}
	for _, m := range f.Manifests {
		for _, i := range m.Items {
			named[i.Place.Object] = true
		}
	}
	for _, o := range objects {
		if !named[o] {
			f.Unnamed = append(f.Unnamed, o)
		}
	}
	slices.Sort(f.Unnamed)
	slices.Sort(f.Damaged)
	return f, err
}

// Manifests calls f with every object of the store: with the manifest that it is,
// with nil where it is none, or with why it cannot be read.
func (v *Vault) Manifests(ctx context.Context, f func(name string, m *Manifest, err error) error) error {
	return v.shelf.List(ctx, func(name string, _ int64) error {
		m, is, err := v.manifest(ctx, name)
		switch {
		case err != nil && !errors.Is(err, ErrDamaged) && fault.KindOf(err) != fault.KindNotFound:
			return err
		case err != nil:
			return f(name, nil, err)
		case is:
			return f(name, &m, nil)
		default:
			return f(name, nil, nil)
		}
	})
}

// before orders manifests by the number of their intake, which the record gave
// in its order, and within it by part.
func before(a, b Manifest) int {
	if a.Intake != b.Intake {
		if n := number(a.Intake) - number(b.Intake); n != 0 {
			return n
		}
		return strings.Compare(a.Intake, b.Intake)
	}
	return a.Part - b.Part
}

func number(intake string) int {
	_, digits, _ := strings.Cut(intake, "-")
	n, _ := strconv.Atoi(digits)
	return n
}

// manifest reads an object if it is a manifest, and says whether it is.
func (v *Vault) manifest(ctx context.Context, name string) (m Manifest, is bool, err error) {
	raw, err := v.shelf.Open(ctx, name)
	if err != nil {
		return m, false, err
	}
	defer raw.Close()
	r := bufio.NewReaderSize(onlyReader{raw}, 1<<16)
	first, err := r.Peek(len(manifestMagic))
	if err != nil && err != io.EOF {
		return m, false, err
	}
	if string(first) != manifestMagic {
		if !bytes.HasPrefix(first, []byte("age-encryption")) && !bytes.HasPrefix(first, []byte(segmentMagic)) {
			return m, false, damaged(name, errors.New("it begins as nothing that is kept here"))
		}
		return m, false, nil
	}
	r.Discard(len(manifestMagic))
	m, err = v.readManifest(r, name)
	return m, true, err
}

// readManifest reads what follows the magic. An object that is not named by
// its content was written by somebody who has not the node's keys.
func (v *Vault) readManifest(r io.Reader, name string) (m Manifest, err error) {
	plain, err := age.Decrypt(r, v.o.Identity)
	if err != nil {
		return m, damaged(name, err)
	}
	text, err := io.ReadAll(io.LimitReader(plain, maxManifest))
	if err != nil {
		return m, damaged(name, err)
	}
	if v.o.Name != nil && v.name("manifest", sha256.Sum256(text)) != name {
		return m, damaged(name, errors.New("the manifest is not the one of its name"))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, damaged(name, err)
	}
	if m.Version != 1 {
		return m, damaged(name, fmt.Errorf("version %d is one of a newer program", m.Version))
	}
	return m, nil
}

// Kept is where an item of a manifest is, and what it must be.
func (l Listed) Kept() (Kept, error) {
	k := Kept{Place: l.Place, Size: l.Size}
	sum, err := blob.ParseSum(l.SHA256)
	k.SHA256 = sum
	return k, err
}
