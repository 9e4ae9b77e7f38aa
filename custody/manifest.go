package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The names of the files in a pack, in their order. The files of entries
// follow, see entryName.
const (
	manifestName   = "manifest.json"
	signatureName  = "manifest.sig"
	keyName        = "key"
	checkpointName = "checkpoint"
	pageName       = "page.html"
)

// The names of an entry's files, in their order. Leaf and proof are always
// there, a body and its salt are there together or not at all.
const (
	leafName       = "leaf"
	proofName      = "proof.tlog-proof"
	openName       = "open.json"
	openSaltName   = "open.salt"
	sealedName     = "sealed.json"
	sealedSaltName = "sealed.salt"
)

// manifest lists what is in a pack. The entry key signs it.
type manifest struct {
	V         int      `json:"v"`
	Subject   string   `json:"subject"`
	Made      string   `json:"made"`
	By        string   `json:"by"`
	Node      string   `json:"node"`
	Size      int64    `json:"size"`
	Witnesses []string `json:"witnesses"`
	Entries   []int64  `json:"entries"`
	Files     []listed `json:"files"`
}

// listed is a file in the manifest. All but the manifest and its signature
// are listed, in the order of the zip.
type listed struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func list(f file) listed {
	sum := sha256.Sum256(f.data)
	return listed{f.name, len(f.data), hex.EncodeToString(sum[:])}
}

func (m manifest) format() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "\t")
	return append(b, '\n'), err
}

// parseManifest reads a manifest, in its one spelling.
func parseManifest(b []byte) (manifest, error) {
	var m manifest
	if err := decode(b, &m); err != nil {
		return manifest{}, err
	}
	if m.V != 1 {
		return manifest{}, fmt.Errorf("version %d is not known here", m.V)
	}
	if again, err := m.format(); err != nil || !bytes.Equal(again, b) {
		return manifest{}, errors.New("it is not in the one spelling that is allowed")
	}
	if len(m.Entries) == 0 || m.Entries[0] != 0 {
		return manifest{}, errors.New("it does not begin with entry 0, which binds the entry key")
	}
	for i := range m.Entries[1:] {
		if m.Entries[i] >= m.Entries[i+1] {
			return manifest{}, fmt.Errorf("entry %d stands before entry %d", m.Entries[i], m.Entries[i+1])
		}
	}
	return m, nil
}

// check compares the files of a pack with what the manifest lists.
func (m manifest) check(files []file) error {
	for i, f := range files {
		if i >= len(m.Files) {
			return fmt.Errorf("%q is in the pack and not in the manifest", f.name)
		}
		switch want, got := m.Files[i], list(f); {
		case want.Name != got.Name:
			return fmt.Errorf("%q stands where the manifest lists %q", f.name, want.Name)
		case want != got:
			return fmt.Errorf("%q is not the file that the manifest lists", f.name)
		}
	}
	if len(m.Files) > len(files) {
		return fmt.Errorf("%q is in the manifest and not in the pack", m.Files[len(files)].Name)
	}
	return nil
}

func entryName(index int64, name string) string {
	return fmt.Sprintf("entries/%012d/%s", index, name)
}

// entryFiles takes the files of one entry from the front of those left.
func entryFiles(index int64, files []file) (got map[string][]byte, rest []file, err error) {
	got = map[string][]byte{}
	for _, name := range []string{leafName, proofName, openName, openSaltName, sealedName, sealedSaltName} {
		if len(files) > 0 && files[0].name == entryName(index, name) {
			got[name], files = files[0].data, files[1:]
		}
	}
	for _, name := range []string{leafName, proofName} {
		if _, ok := got[name]; !ok {
			return nil, nil, fmt.Errorf("entry %d: its %s is not in the pack, or not in its place", index, name)
		}
	}
	for _, pair := range [][2]string{{openName, openSaltName}, {sealedName, sealedSaltName}} {
		_, body := got[pair[0]]
		if _, salt := got[pair[1]]; body != salt {
			return nil, nil, fmt.Errorf("entry %d: of %s and %s only one is in the pack", index, pair[0], pair[1])
		}
	}
	return got, files, nil
}

// pick takes a file of the given name from the front of those left.
func pick(files []file, name string) ([]byte, []file, error) {
	if len(files) == 0 || files[0].name != name {
		i := slices.IndexFunc(files, func(f file) bool { return f.name == name })
		if i < 0 {
			return nil, nil, fmt.Errorf("%s is not in the pack", name)
		}
		return nil, nil, fmt.Errorf("%s is not in its place in the pack", name)
	}
	return files[0].data, files[1:], nil
}
