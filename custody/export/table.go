package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/heed-project/heed/custody/bag"
)

// Cell makes text safe to stand in a table that a spreadsheet opens: what would be
// taken for a formula gets an apostrophe before it. It is put before text alone;
// who reads a table back takes away one apostrophe before a [Formula].
func Cell(s string) string {
	if s = clean(s); Formula(s) {
		return "'" + s
	}
	return s
}

// Formula tells whether a spreadsheet may take text for a formula: it begins with
// =, +, - or @, as they are or as wide as a Chinese letter, whatever room is
// before them; or with a tab or a line's end.
func Formula(s string) bool {
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		return true
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@＝＋－＠", first)
}

// WriteObjects writes a table of the objects.
func WriteObjects(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	rows := [][]string{{"id", "name", "path", "sha256", "bytes", "media", "created", "derived_from", "source", "marking", "conditions"}}
	for _, o := range d.Objects {
		created := ""
		if !o.Created.IsZero() {
			created = stamp(o.Created)
		}
		where := ""
		if o.Path != "" {
			where = "data/" + o.Path
		}
		rows = append(rows, []string{o.ID, o.Name, where, o.SHA256, strconv.FormatInt(o.Size, 10), o.Media, created, o.Derived, o.Source, o.Marking, o.Conditions})
	}
	return table(w, rows)
}

// WriteEvents writes a table of the events, with the agents' names.
func WriteEvents(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	names := map[string]string{}
	for _, a := range d.Agents {
		names[a.ID] = a.Name
	}
	rows := [][]string{{"id", "kind", "at", "detail", "outcome", "by", "objects", "results"}}
	for _, e := range d.Events {
		var by []string
		for _, a := range e.Agents {
			by = append(by, names[a])
		}
		rows = append(rows, []string{e.ID, e.Kind, stamp(e.At), e.Detail, e.Outcome, strings.Join(by, "; "), strings.Join(e.Objects, " "), strings.Join(e.Results, " ")})
	}
	return table(w, rows)
}

// WriteWithheld writes a table of what was asked for and does not go along.
func WriteWithheld(w io.Writer, d *Description) error {
	if err := d.Check(); err != nil {
		return err
	}
	rows := [][]string{{"id", "why"}}
	for _, x := range d.Withheld {
		rows = append(rows, []string{x.ID, x.Why})
	}
	return table(w, rows)
}

func table(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = Cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteBag writes a bag: the files of the objects that have a path, and below
// metadata/ the description in every form. Open gives an object's bytes; what it
// gives must be what the description says, or no bag is made.
func WriteBag(create func(name string) (io.WriteCloser, error), d *Description, open func(o *Object) (io.ReadCloser, error)) error {
	if err := d.Check(); err != nil {
		return err
	}
	w := bag.NewWriter(create)
	for i := range d.Objects {
		if o := &d.Objects[i]; o.Path != "" {
			if err := put(w, o, open); err != nil {
				return err
			}
		}
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer, *Description) error
	}{
		{"premis.xml", WritePREMIS}, {"case.jsonld", WriteCASE}, {"entities.ftm.json", WriteFtM}, {"objects.csv", WriteObjects}, {"events.csv", WriteEvents}, {"withheld.csv", WriteWithheld},
	} {
		var b bytes.Buffer
		if err := f.write(&b, d); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := w.AddTag(path.Join("metadata", f.name), &b); err != nil {
			return err
		}
	}
	for _, p := range d.Proofs {
		if err := w.AddTag(path.Join("metadata", p.Name), bytes.NewReader(p.Data)); err != nil {
			return err
		}
	}
	return w.Close([]bag.Field{
		{Label: "Source-Organization", Value: clean(d.Agency)}, {Label: "Bagging-Date", Value: d.Made.UTC().Format("2006-01-02")},
		{Label: "External-Identifier", Value: d.ID}, {Label: "External-Description", Value: clean(d.Title)}, {Label: "Bag-Software-Agent", Value: "Heed"},
	})
}

// put writes one object into the bag.
func put(w *bag.Writer, o *Object, open func(o *Object) (io.ReadCloser, error)) error {
	r, err := open(o)
	if err != nil {
		return fmt.Errorf("object %s: %w", o.ID, err)
	}
	digest, n, err := w.Add(o.Path, r)
	if err2 := r.Close(); err == nil {
		err = err2
	}
	switch {
	case err != nil:
		return fmt.Errorf("object %s: %w", o.ID, err)
	case digest != strings.ToLower(o.SHA256) || n != o.Size:
		return fmt.Errorf("object %s: its bytes are not those that are described: SHA-256 %s, %d bytes", o.ID, digest, n)
	}
	return nil
}
