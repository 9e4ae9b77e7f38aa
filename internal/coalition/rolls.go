package coalition

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/votes"
)

// What a roll is.
const (
	Vote     = "vote"
	Sponsors = "sponsors" // who led or joined a text
	Signers  = "signers"  // who asked for a session or joined a statement
)

// A Roll is a list of what states did: a vote, the sponsors of a text, those
// who signed a request.
type Roll struct {
	ID, Body, Kind, Title string
	Day                   time.Time
	Positions             map[string]string // by state: yes, abstain, no, absent; sponsor, lead; signed
}

type loaded struct {
	Blob      string `json:"blob"`
	Rolls     int    `json:"rolls"`
	Positions int    `json:"positions"`
}

// Loaded says what became of a file of votes.
type Loaded struct {
	Rows     int    `json:"rows"`
	Rolls    int    `json:"rolls"`
	Rejected []Note `json:"rejected"`
	// Entry names the blob. Of a file that was loaded before it is that entry.
	Entry int64 `json:"entry"`
}

// A Note is a row that was left out.
type Note struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// Load takes in a file of votes as one entry that names a blob. The file is CSV
// with the columns id, date, body, kind, title, iso3, position, or the bulk
// file of the UN Digital Library. It may be compressed.
func Load(ctx context.Context, rec *record.Record, by record.By, store blob.Store, name string, r io.Reader) (Loaded, error) {
	rolls, out, err := ReadRolls(r)
	if err != nil {
		return out, fmt.Errorf("votes: %w", err)
	}
	if len(rolls) == 0 {
		return out, fault.Invalid("file", "there is not one position in it that can be read")
	}
	packed, positions, err := pack(rolls)
	if err != nil {
		return out, err
	}
	ref, err := store.Put(ctx, bytes.NewReader(packed))
	if err != nil {
		return out, fmt.Errorf("store the votes: %w", err)
	}
	err = rec.Do(ctx, by, func(tx *record.Tx) error {
		if out.Entry, err = loadedBefore(tx.Tx, ref.String()); err != nil || out.Entry > 0 {
			return err
		}
		e, err := tx.Append(record.Draft{Kind: "votes.loaded", Subjects: []string{"votes"}, Open: loaded{ref.String(), len(rolls), positions}, Sealed: note{name}})
		out.Entry = e.Index
		return err
	})
	return out, err
}

const form = "heed votes 1"

// pack writes rolls as gzip of a line that names the form and a line of JSON
// for each. The same rolls give the same bytes.
func pack(rolls []Roll) (out []byte, positions int, err error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, form)
	for _, r := range rolls {
		positions += len(r.Positions)
		line, err := json.Marshal(r)
		if err != nil {
			return nil, 0, err
		}
		z.Write(append(line, '\n'))
	}
	if err := z.Close(); err != nil {
		return nil, 0, err
	}
	return b.Bytes(), positions, nil
}

// unpack hands out the rolls of a blob.
func unpack(r io.Reader, f func(Roll) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("the votes cannot be unpacked: %w", err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 64<<10), 4<<20)
	if !lines.Scan() || lines.Text() != form {
		return errors.Join(fmt.Errorf("the votes are not %q", form), lines.Err())
	}
	for lines.Scan() {
		var r Roll
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return lines.Err()
}

// columns are the names under which a column is known.
var columns = map[string][]string{
	"id": {"id", "undl_id", "symbol", "session"}, "date": {"date"}, "body": {"body"}, "kind": {"kind"}, "title": {"title"},
	"iso3": {"iso3", "ms_code"}, "position": {"position", "ms_vote", "vote"},
}

// ReadRolls reads a file of votes. Rows that cannot be read are left out, with
// the reason; so are absences.
func ReadRolls(r io.Reader) ([]Roll, Loaded, error) {
	out := Loaded{Rejected: []Note{}}
	in, err := votes.Plain(r)
	if err != nil {
		return nil, out, err
	}
	sheet := csv.NewReader(in)
	sheet.FieldsPerRecord, sheet.ReuseRecord = -1, true
	head, err := sheet.Read()
	if err != nil {
		return nil, out, fault.Invalid("file", "no first row with the names of columns: %w", err)
	}
	at := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		at[name] = slices.IndexFunc(head, func(c string) bool {
			return slices.Contains(columns[name], strings.ToLower(strings.Trim(c, " \ufeff")))
		})
		if at[name] < 0 && name != "body" && name != "kind" {
			return nil, out, fault.Invalid("file", "there is no column %q; there are %s", name, strings.Join(head, ", "))
		}
	}
	by := map[string]*Roll{}
	for {
		row, err := sheet.Read()
		if err == io.EOF {
			break
		}
		line, broken := 0, (*csv.ParseError)(nil)
		switch {
		case err == nil:
			line, _ = sheet.FieldPos(0)
			err = addRow(by, at, row)
		case errors.As(err, &broken):
			line, err = broken.StartLine, broken.Err
		default:
			return nil, out, fault.Invalid("file", "the file breaks off after %d rows: %w", out.Rows, err)
		}
		out.Rows++
		if err != nil && len(out.Rejected) < 200 {
			out.Rejected = append(out.Rejected, Note{line, err.Error()})
		}
	}
	rolls := make([]Roll, 0, len(by))
	for _, r := range by {
		if len(r.Positions) > 0 {
			rolls = append(rolls, *r)
		}
	}
	slices.SortFunc(rolls, func(a, b Roll) int {
		return strings.Compare(a.Day.Format("20060102")+a.ID, b.Day.Format("20060102")+b.ID)
	})
	out.Rolls = len(rolls)
	return rolls, out, nil
}

func addRow(by map[string]*Roll, at map[string]int, row []string) error {
	get := func(name string) string {
		if i := at[name]; i >= 0 && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	id, state, kind := strings.Clone(get("id")), strings.ToUpper(get("iso3")), get("kind")
	if kind == "" {
		kind = Vote
	}
	switch {
	case id == "" || len(id) > 200:
		return errors.New("the row has no id")
	case !isState(state):
		return fmt.Errorf("%q is no state: write three letters, ISO 3166-1 alpha-3", state)
	case kind != Vote && kind != Sponsors && kind != Signers:
		return fmt.Errorf("the kind is %q, must be %s, %s or %s", kind, Vote, Sponsors, Signers)
	}
	day, err := time.Parse(time.DateOnly, get("date"))
	if err != nil {
		return fmt.Errorf("%q is no date; write 2026-03-01", get("date"))
	}
	position, err := did(kind, get("position"))
	if err != nil || position == "" {
		return err
	}
	r := by[id]
	if r == nil {
		r = &Roll{ID: id, Body: strings.Clone(get("body")), Kind: strings.Clone(kind), Title: strings.Clone(get("title")), Day: day, Positions: map[string]string{}}
		by[id] = r
	}
	r.Positions[state] = position
	return nil
}

// did reads what a state did; nothing for who was absent.
func did(kind, text string) (string, error) {
	switch kind {
	case Sponsors:
		if text != "lead" && text != "sponsor" {
			return "", fmt.Errorf("%q is neither lead nor sponsor", text)
		}
		return strings.Clone(text), nil
	case Signers:
		return "signed", nil
	}
	p, err := votes.ParsePosition(text)
	if err != nil || !p.Cast() {
		return "", err
	}
	return p.String(), nil
}
