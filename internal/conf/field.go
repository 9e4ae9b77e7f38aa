package conf

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// A Setting is one line of `heed config`.
type Setting struct {
	Key     string `json:"key"`
	Env     string `json:"env"`
	Meaning string `json:"meaning"`
	Default string `json:"default"`
	Value   string `json:"value"`
	From    string `json:"from"` // "--addr", "HEED_ADDR", "…/heed.yaml line 3", "default"
}

// Settings returns every setting in the order of the struct. None holds a
// secret.
func (c *Config) Settings() []Setting { return c.settings }

// Explain writes every setting with its meaning, its default, its value and
// where that came from.
func (c *Config) Explain(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range c.settings {
		fmt.Fprintf(t, "%s\t%s\t(%s)\n", s.Key, or(s.Value, "–"), s.From)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, s := range c.settings {
		if _, err := fmt.Fprintf(w, "\n%s, %s\n    %s\n    default: %s\n", s.Key, s.Env, s.Meaning, or(s.Default, "–")); err != nil {
			return err
		}
	}
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// field is one field of Config, found by reflection.
type field struct {
	key, def, help string
	v              reflect.Value
}

// fields returns the settings in the order of the struct.
func (c *Config) fields() []*field { return walk(reflect.ValueOf(c).Elem()) }

func walk(v reflect.Value) (out []*field) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch key := f.Tag.Get("conf"); {
		case key != "":
			out = append(out, &field{key, f.Tag.Get("default"), f.Tag.Get("help"), v.Field(i)})
		case f.IsExported():
			out = append(out, walk(v.Field(i))...)
		}
	}
	return out
}

func (f *field) env() string {
	return "HEED_" + strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))
}

// list says whether the setting is a list.
func (f *field) list() bool { return f.v.Kind() == reflect.Slice }

// isPath says whether the setting names a file or folder.
func (f *field) isPath() bool { return strings.HasSuffix(f.key, "file") || f.key == "blobs" }

// value is what a flag or a variable says: a list is written with commas.
func (f *field) value(s, from string) value {
	v := value{items: []string{s}, from: from}
	if f.list() {
		v.items = v.items[:0]
		for item := range strings.SplitSeq(s, ",") {
			if item = strings.TrimSpace(item); item != "" {
				v.items = append(v.items, item)
			}
		}
	}
	return v
}

// form says in words what a value looks like.
func (f *field) form() string {
	switch f.v.Interface().(type) {
	case int:
		return "a whole number"
	case bool:
		return "true or false"
	case time.Duration:
		return "a length of time, as in 90m or 12h"
	case *time.Location:
		return "a time zone, as in Europe/Paris"
	case []netip.Prefix:
		return "a list of networks, as in 10.0.0.0/8"
	case []Witness:
		return "a list of witnesses, each written URL VKEY"
	case []string:
		return "a list"
	}
	return "a text"
}

// set parses what was written for the setting.
func (f *field) set(all map[string]value) error {
	v, written := all[f.key]
	if !written || len(v.items) == 0 {
		v = value{from: "default"}
		if f.def != "" {
			v = f.value(f.def, "default")
		}
	}
	if f.list() {
		for _, item := range v.items {
			if err := f.add(item); err != nil {
				return f.refuse(v.from, item)
			}
		}
		return nil
	}
	if len(v.items) == 0 {
		return nil
	}
	s := strings.TrimSpace(v.items[0])
	if f.isPath() && v.base != "" && s != "" && !filepath.IsAbs(s) && !strings.Contains(s, "://") {
		s = filepath.Join(v.base, s)
	}
	if err := f.one(s); err != nil {
		return f.refuse(v.from, s)
	}
	return nil
}

func (f *field) refuse(from, s string) error {
	return fault.Invalid(f.key, "%s: %s is %q, must be %s", from, f.key, s, f.form())
}

func (f *field) one(s string) (err error) {
	switch p := f.v.Addr().Interface().(type) {
	case *string:
		*p = s
	case *int:
		*p, err = strconv.Atoi(s)
	case *bool:
		*p, err = strconv.ParseBool(s)
	case *time.Duration:
		*p, err = time.ParseDuration(s)
	case **time.Location:
		if s == "Local" { // that of the machine, which says nothing of the office
			return fmt.Errorf("no zone %q", s)
		}
		*p, err = time.LoadLocation(s)
	default:
		err = fmt.Errorf("a setting has the type %T", p)
	}
	return err
}

func (f *field) add(s string) error {
	switch p := f.v.Addr().Interface().(type) {
	case *[]string:
		*p = append(*p, s)
	case *[]netip.Prefix:
		n, err := netip.ParsePrefix(s)
		if a, aerr := netip.ParseAddr(s); aerr == nil {
			n, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return err
		}
		*p = append(*p, n.Masked())
	case *[]Witness:
		words := strings.Fields(s)
		if len(words) != 2 {
			return fmt.Errorf("not URL VKEY")
		}
		*p = append(*p, Witness{words[0], words[1]})
	}
	return nil
}

// setting is the field as it is shown.
func (f *field) setting(all map[string]value) Setting {
	s := Setting{Key: f.key, Env: f.env(), Meaning: f.help, Default: f.def, From: "default"}
	if v, ok := all[f.key]; ok && len(v.items) > 0 {
		s.From = v.from
	}
	switch v := f.v.Interface().(type) {
	case []Witness:
		var items []string
		for _, w := range v {
			items = append(items, w.URL+" "+w.VKey)
		}
		s.Value = strings.Join(items, ", ")
	case []netip.Prefix, []string:
		s.Value = strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ", ")
	case string:
		s.Value = shown(v)
	default:
		s.Value = fmt.Sprint(v)
	}
	return s
}

// shown hides the password of an address, and its parameters, which may hold
// one too.
func shown(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "[redacted]"
	}
	if q := u.Query(); q.Has("password") || q.Has("sslpassword") {
		u.RawQuery = "[redacted]"
	}
	return u.Redacted()
}
