package conf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/heed-project/heed/internal/fault"
)

// File is the name of the file of settings in a node's folder.
const File = "heed.yaml"

// A value is what was written for a setting, and where.
type value struct {
	items []string // one, or those of a list
	from  string
	base  string // the folder that relative paths start from
}

// gather returns what was written for each key, the strongest source winning.
func (c *Config) gather(flags map[string]string) (map[string]value, error) {
	known := map[string]*field{}
	for _, f := range c.fields() {
		known[f.key] = f
	}
	over := map[string]value{}
	if err := fromEnv(known, over); err != nil {
		return nil, err
	}
	for key, v := range flags {
		if known[key] == nil {
			return nil, fault.Invalid(key, "there is no setting %s", key)
		}
		if v != "" {
			over[key] = known[key].value(v, "--"+key)
		}
	}
	dir := known["dir"].def
	if v, ok := over["dir"]; ok {
		dir = v.items[0]
	}
	all, err := fromFile(dir, known)
	if err != nil {
		return nil, err
	}
	for key, v := range over {
		all[key] = v
	}
	return all, nil
}

// ofTests are beginnings of names that belong to the tests and scripts.
var ofTests = []string{"HEED_TEST_", "HEED_BENCH_", "HEED_SHOTS", "HEED_SHARED"}

// fromEnv reads the environment.
func fromEnv(known map[string]*field, all map[string]value) error {
	byName := map[string]*field{}
	for _, f := range known {
		byName[f.env()] = f
	}
	for _, pair := range os.Environ() {
		name, v, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "HEED_") || slices.ContainsFunc(ofTests, func(s string) bool { return strings.HasPrefix(name, s) }) {
			continue
		}
		f := byName[name]
		if f == nil {
			return unknown(name, "the environment", byName)
		}
		if v != "" {
			all[f.key] = f.value(v, name)
		}
	}
	return nil
}

// unknown refuses a name and hints at one that is near.
func unknown[T any](name, where string, names map[string]T) error {
	err := fault.Invalid(name, "%s: there is no setting %s", where, name)
	for _, other := range slices.Sorted(maps.Keys(names)) {
		if near(name, other) {
			return fault.WithHint(err, "did you mean "+other+"?")
		}
	}
	return fault.WithHint(err, "heed config lists the settings")
}

// near says whether two names differ by at most two edits.
func near(a, b string) bool {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)] <= 2
}

// fromFile reads heed.yaml, where there is one.
func fromFile(dir string, known map[string]*field) (map[string]value, error) {
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]value{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	return parse(text, path, dir, known)
}

// parse reads the text of a file of settings. Nested keys are joined by dots.
func parse(text []byte, path, dir string, known map[string]*field) (map[string]value, error) {
	all := map[string]value{}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err == io.EOF {
		return all, nil
	} else if err != nil {
		return nil, fault.Invalid(File, "%s is not YAML: %v", path, err)
	}
	if err := d.Decode(new(yaml.Node)); err != io.EOF {
		return nil, fault.Invalid(File, "%s holds a second document", path)
	}
	var walk func(prefix string, n *yaml.Node) error
	walk = func(prefix string, n *yaml.Node) error {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := prefix+n.Content[i].Value, n.Content[i+1]
			where := fmt.Sprintf("%s line %d", path, n.Content[i].Line)
			f := known[key]
			if f == nil && v.Kind == yaml.MappingNode {
				if err := walk(key+".", v); err != nil {
					return err
				}
				continue
			}
			if f == nil {
				return unknown(key, where, known)
			}
			if key == "dir" {
				return fault.Invalid(key, "%s: the folder cannot be set by a file in it", where)
			}
			if _, twice := all[key]; twice {
				return fault.Invalid(key, "%s: %s is set twice", where, key)
			}
			items, ok := itemsOf(v, f.list())
			if !ok {
				return fault.Invalid(key, "%s: %s must be %s", where, key, f.form())
			}
			all[key] = value{items, where, dir}
		}
		return nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, fault.Invalid(File, "%s: must hold lines of the form KEY: VALUE", path)
	}
	return all, walk("", doc.Content[0])
}

// itemsOf returns the text of a scalar, or of each scalar of a list.
func itemsOf(n *yaml.Node, list bool) ([]string, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, true
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}, true
	case n.Kind != yaml.SequenceNode || !list:
		return nil, false
	}
	var items []string
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			return nil, false
		}
		items = append(items, c.Value)
	}
	return items, true
}

// ReadSecret returns what a secret's file holds, without the newline at its
// end. A file that others than its owner can read is refused.
func ReadSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.WithHint(fault.Invalid("file", "%s can be read by others", path), "chmod 600 "+path)
	}
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	s := strings.TrimRight(string(b), "\r\n")
	if s == "" {
		return "", fault.Invalid("file", "%s is empty", path)
	}
	return s, nil
}
