package facts

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A file of facts: its columns, those that make the key of a row, and those
// that must not be empty.
type form struct {
	columns, key, must []string
}

func words(s string) []string { return strings.Fields(s) }

// forms are the files that can be read. The rows of members/*.csv all have the
// form "members".
func forms() map[string]form {
	return map[string]form{
		"members":        {words("body iso3 from to standing note source date mark"), words("body iso3 from standing"), words("body iso3 standing source")},
		"states.csv":     {words("iso3 name from to source date mark"), words("iso3 from"), words("iso3 name source")},
		"neighbours.csv": {words("iso3 near source date mark"), words("iso3"), words("iso3 source")},
		"bodies.csv":     {words("body name members seats outsiders scope source date mark"), words("body"), words("body name members seats source")},
		"measures.csv":   {words("id venue measure who_can_trigger threshold_text threshold_rule typical_time_to_act precedents evidence"), words("id"), words("id measure threshold_text threshold_rule evidence")},
		"doors.csv":      {words("measure requires window source date mark"), words("measure requires window"), words("measure source")},
		"calendars.csv":  {words("body name from to what source date mark"), words("body name from"), words("body name from to source")},
		"holidays.csv":   {words("place day name source date mark"), words("place day"), words("place day name source")},
		"vetoes.csv":     {words("day draft situations by debated note source date mark"), words("draft"), words("day draft by source")},
		"objectives.csv": {words("objective title wants source date mark"), words("objective"), words("objective title wants source")},
		"plays.csv":      {words("play objectives measure title gives needs days creative precedent source date mark"), words("play"), words("play measure title gives days source")},
		"situations.csv": {words("kind iso3 from to name note source date mark"), words("kind iso3 from name"), words("kind iso3 name source")},
	}
}

// A row is one line of a file, by column.
type row struct {
	file string
	line int
	cell map[string]string
}

// fail makes an error that says where.
func (r row) fail(column, format string, a ...any) error {
	return fmt.Errorf("%s, line %d, column %s: %s", r.file, r.line, column, fmt.Sprintf(format, a...))
}

// date reads a date; an empty cell is the bound given.
func (r row) date(column string, empty Date) (Date, error) {
	if r.cell[column] == "" {
		return empty, nil
	}
	d, err := ParseDate(r.cell[column])
	if err != nil {
		return 0, r.fail(column, "%v", err)
	}
	return d, nil
}

// span reads the columns from and to.
func (r row) span() (from, to Date, err error) {
	if from, err = r.date("from", Always); err != nil {
		return 0, 0, err
	}
	if to, err = r.date("to", Forever); err != nil {
		return 0, 0, err
	}
	if to < from {
		return 0, 0, r.fail("to", "ends on %s, before it begins on %s", to, from)
	}
	return from, to, nil
}

// origin reads source, date and mark.
func (r row) origin() (Origin, error) {
	stated, err := r.date("date", Always)
	if err != nil {
		return Origin{}, err
	}
	return Origin{Source: r.cell["source"], Date: stated, Mark: ParseMark(r.cell["mark"]), File: fmt.Sprintf("%s:%d", r.file, r.line)}, nil
}

// gather reads every file of every folder and lets later rows correct earlier
// ones. The result is keyed by the name of the form.
func gather(folders []fs.FS) (map[string][]row, error) {
	all := map[string][]row{}
	known := forms()
	for _, folder := range folders {
		found := 0
		err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".csv" {
				return err
			}
			kind := path.Base(name)
			if path.Base(path.Dir(name)) == "members" {
				kind = "members"
			}
			shape, ok := known[kind]
			if !ok {
				return nil // another file of the office's
			}
			found++
			rows, err := readFile(folder, name, shape)
			if err != nil {
				return err
			}
			all[kind], err = correct(all[kind], rows, shape.key)
			return err
		})
		if err != nil {
			return nil, err
		}
		if found == 0 {
			return nil, errors.New("the folder of facts holds no file that is known: write measures.csv, states.csv, neighbours.csv, bodies.csv, doors.csv, calendars.csv, holidays.csv, vetoes.csv, situations.csv, objectives.csv, plays.csv or members/*.csv")
		}
	}
	return all, nil
}

func readFile(folder fs.FS, name string, shape form) ([]row, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(f, name, shape)
}

// parse reads one file. Columns may stand in any order, and there may be more.
func parse(in io.Reader, name string, shape form) ([]row, error) {
	c := csv.NewReader(io.LimitReader(in, 16<<20))
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no line of column names: %w", name, err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	for _, want := range shape.columns {
		if !slices.Contains(head, want) {
			return nil, fmt.Errorf("%s: the column %q is missing: the columns are %s", name, want, strings.Join(shape.columns, ","))
		}
	}
	var rows []row
	seen := map[string]int{}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := c.FieldPos(0)
		r := row{file: name, line: line, cell: make(map[string]string, len(head))}
		for i, column := range head {
			r.cell[column] = strings.TrimSpace(cells[i])
		}
		for _, column := range shape.must {
			if r.cell[column] == "" {
				return nil, r.fail(column, "it is empty")
			}
		}
		if before, twice := seen[r.id(shape.key)]; twice {
			return nil, r.fail(shape.key[0], "the same %s as line %d: one of them has to go", strings.Join(shape.key, ", "), before)
		}
		seen[r.id(shape.key)] = line
		rows = append(rows, r)
	}
}

// correct puts later rows over earlier ones with the same key.
func correct(old, more []row, key []string) ([]row, error) {
	at := make(map[string]int, len(old))
	for i, r := range old {
		at[r.id(key)] = i
	}
	for _, r := range more {
		i, known := at[r.id(key)]
		switch {
		case known:
			old[i] = r
		case r.cell["mark"] == string(dropped):
			return nil, r.fail("mark", "nothing is there that X could strike out: the key is %s", strings.Join(key, ", "))
		default:
			at[r.id(key)] = len(old)
			old = append(old, r)
		}
	}
	return slices.DeleteFunc(old, func(r row) bool { return r.cell["mark"] == string(dropped) }), nil
}

// id joins the cells of the key.
func (r row) id(key []string) string {
	var b strings.Builder
	for _, k := range key {
		b.WriteString(r.cell[k] + "\x00")
	}
	return b.String()
}

// number reads a count of at least one.
func (r row) number(column string) (int, error) {
	n, err := strconv.Atoi(r.cell[column])
	if err != nil || n < 1 || n > 1000 {
		return 0, r.fail(column, "%q is no number from 1 to 1000", r.cell[column])
	}
	return n, nil
}
