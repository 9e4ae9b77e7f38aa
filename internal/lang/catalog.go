package lang

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:embed catalog
var files embed.FS

// load reads catalog/<tag>/<part>.json into one map for each tag. Every key
// begins with the name of its file and a dot; of a file's name only what stands
// before a hyphen counts, so that web-evidence.json holds keys of the web.
func load(src fs.FS) (map[string]map[string]string, error) {
	found, err := fs.Glob(src, "catalog/*/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]string{}
	for _, name := range found {
		tag := path.Base(path.Dir(name))
		if all[tag] == nil {
			all[tag] = map[string]string{}
		}
		part, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), "-")
		err := read(src, name, func(key, text string) error {
			switch _, twice := all[tag][key]; {
			case twice:
				return fmt.Errorf("key %q occurs twice", key)
			case !strings.HasPrefix(key, part+"."):
				return fmt.Errorf("key %q must begin with %q, as its file does", key, part+".")
			case strings.TrimSpace(text) == "":
				return fmt.Errorf("key %q has no text", key)
			}
			all[tag][key] = text
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("lang: %s: %w", name, err)
		}
	}
	return all, nil
}

// read gives each key and text of a flat JSON object to put. It reads tokens,
// because decoding into a map would keep the last of two equal keys unseen.
func read(src fs.FS, name string, put func(key, text string) error) error {
	f, err := src.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("not an object of key and text"), err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		text, err := d.Token()
		if err != nil {
			return err
		}
		s, ok := text.(string)
		if !ok {
			return fmt.Errorf("key %q: the text is not a string", key)
		}
		if err := put(key.(string), s); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the object")
	}
	return nil
}
