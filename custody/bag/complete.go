package bag

import (
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fetched holds one line of fetch.txt against the bag.
func (c *checker) fetched(file string, n int, name, length string) {
	c.fetch[name] = true
	size, here := c.sizes[name]
	if want, err := strconv.ParseInt(length, 10, 64); here && err == nil && want != size {
		c.doubt(file, n, "%s has %d bytes, the list says %d", name, size, want)
	}
	in := 0
	for _, m := range c.payload {
		if _, ok := m.digests[name]; ok {
			in++
		}
	}
	if in == 0 || c.v1() && in < len(c.payload) {
		c.wrong(file, n, "%s is to be fetched and is not in the manifest", name)
	}
}

// complete checks that what is listed is there, and that what is there is
// listed.
func (c *checker) complete() {
	for _, m := range slices.Concat(c.payload, c.tags) {
		for _, name := range slices.Sorted(maps.Keys(m.digests)) {
			if _, ok := c.sizes[name]; ok {
				continue
			}
			if at := m.digests[name]; c.fetch[name] {
				c.wrong(m.name, at.line, "%s is still to be fetched: the bag is not complete", at.path)
			} else {
				c.wrong(m.name, at.line, "%s is missing", at.path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.sizes)) {
		if strings.HasPrefix(name, "data/") {
			c.inManifests(name)
		}
	}
	for _, t := range c.tags {
		for _, m := range c.payload {
			if _, ok := t.digests[m.name]; !ok {
				if c.v1() {
					c.wrong(t.name, 0, "does not list %s", m.name)
				} else {
					c.note(t.name, 0, "does not list %s", m.name)
				}
			}
		}
	}
}

// inManifests checks that a file of the payload is listed: in every manifest
// in 1.0, in one of them before.
func (c *checker) inManifests(name string) {
	var missing []string
	for _, m := range c.payload {
		if _, ok := m.digests[name]; !ok {
			missing = append(missing, m.name)
		}
	}
	switch {
	case len(missing) == 0:
	case len(missing) == len(c.payload):
		c.wrong(name, 0, "is in the payload and in no manifest")
	default:
		c.strict(name, 0, "is not listed in %s", strings.Join(missing, ", "))
	}
}

// fixity reads every listed file once and compares its digests.
func (c *checker) fixity() {
	all := slices.Concat(c.payload, c.tags)
	want := map[string][]*manifest{}
	for _, m := range all {
		for name := range m.digests {
			if _, ok := c.sizes[name]; ok {
				want[name] = append(want[name], m)
			}
		}
	}
	buf := make([]byte, 1<<18)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		got, err := c.digest(name, want[name], buf)
		if err != nil {
			c.wrong(name, 0, "cannot be read: %v", err)
			continue
		}
		for _, m := range want[name] {
			if at := m.digests[name]; got[m.alg] != at.digest {
				c.wrong(m.name, at.line, "%s was changed: its %s is %s, the list says %s", at.path, m.alg, short(got[m.alg]), short(at.digest))
			}
		}
	}
}

func short(digest string) string { return digest[:min(16, len(digest))] + "…" }

// digest reads a file through the digests of the manifests that list it.
func (c *checker) digest(name string, in []*manifest, buf []byte) (map[string]string, error) {
	sums := map[string]hash.Hash{}
	var to []io.Writer
	for _, m := range in {
		if sums[m.alg] == nil {
			sums[m.alg] = algorithms[m.alg]()
			to = append(to, sums[m.alg])
		}
	}
	f, err := c.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(to...)}, struct{ io.Reader }{f}, buf); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for alg, sum := range sums {
		out[alg] = hex.EncodeToString(sum.Sum(nil))
	}
	return out, nil
}
