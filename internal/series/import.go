package series

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A File is a data set as it comes.
type File struct {
	Kind    string // one of Kinds
	Name    string // what the file is called, to be found again; may be ""
	Body    io.Reader
	Marking string // of the file's name and the problems; "" is AMBER
}

// A Result says what became of every row of a file:
// Rows = Accepted + Duplicates + RejectedRows.
type Result struct {
	Rows         int              `json:"rows"`
	Accepted     int              `json:"accepted"`
	Revised      int              `json:"revised"` // of those accepted: new versions of what was loaded
	Duplicates   int              `json:"duplicates"`
	RejectedRows int              `json:"rejected_rows"`
	Rejected     []events.Problem `json:"rejected"`
	Notes        []string         `json:"notes,omitempty"`
	// Entry is the import. When nothing was accepted none is appended: then it
	// is the one that brought this very file, or 0.
	Entry int64 `json:"entry"`
}

// keptProblems is how many problems an entry keeps.
const keptProblems = 200

// Import reads a file, leaves out what is loaded already, and loads the rest
// under one entry. It fails with a fault of kind Stale if another import of
// the kind came in between; to run it again is safe.
func Import(ctx context.Context, rec *record.Record, by record.By, store blob.Store, f File) (Result, error) {
	res, err := importFile(ctx, rec, by, store, f)
	if err != nil {
		return res, fmt.Errorf("import %s: %w", f.Kind, err)
	}
	return res, nil
}

func importFile(ctx context.Context, rec *record.Record, by record.By, store blob.Store, f File) (Result, error) {
	k := known{kind: f.Kind}
	if err := rec.View(ctx, func(v *record.View) error { return k.load(v) }); err != nil {
		return Result{}, err
	}
	sum := sha256.New()
	body := io.TeeReader(f.Body, sum)
	out := &packer{ctx: ctx, store: store, kind: f.Kind}
	res, err := k.read(body, out)
	if err == nil {
		_, err = io.Copy(io.Discard, body) // what a reader leaves behind belongs to the file
	}
	ref, err := out.end(err)
	if err != nil {
		return res, err
	}
	in := imported{Kind: f.Kind, File: hex.EncodeToString(sum.Sum(nil)), Rows: res.Rows, Accepted: res.Accepted, Revised: res.Revised,
		Duplicates: res.Duplicates, Rejected: res.RejectedRows, First: k.first, Last: k.last}
	if res.Accepted == 0 {
		err = rec.View(ctx, func(v *record.View) (err error) { res.Entry, err = entryOfFile(v.Tx, in.File); return err })
		return res, err
	}
	in.Blob = ref.String()
	remark := Remark{Name: f.Name, Notes: res.Notes, Problems: res.Rejected[:min(len(res.Rejected), keptProblems)]}
	err = rec.Do(ctx, by, func(tx *record.Tx) error {
		last, err := lastImport(tx.Tx, f.Kind)
		if err != nil {
			return err
		}
		if last != k.seen {
			return fault.WithHint(fault.Stale("another import came in between"), "import the file again; what is loaded is not counted twice")
		}
		e, err := tx.Append(record.Draft{Kind: "series.imported", Subjects: []string{"series/" + f.Kind}, Marking: f.Marking, Open: in, Sealed: remark})
		res.Entry = e.Index
		return err
	})
	return res, err
}

// known is what is loaded of a kind, and what a file adds to it.
type known struct {
	kind        string
	seen        int64               // the latest import of the kind
	events      map[string]int64    // fingerprint of the newest version, by source id
	cells       map[cellKey]float64 // newest value
	first, last events.Month        // months of what is added
	again       int                 // rows that are loaded already
	revised     int
}

type cellKey struct {
	views, month int
	outcome      string
}

func (k *known) load(v *record.View) (err error) {
	if k.seen, err = lastImport(v.Tx, k.kind); err != nil {
		return err
	}
	switch k.kind {
	case GED, ACLED:
		k.events, err = readFingerprints(v.Tx, k.kind)
	case Panel:
		k.cells, err = readValues(v.Tx)
	default:
		err = fault.Invalid("kind", "%q is not a kind of data set: one of %s", k.kind, strings.Join(Kinds(), ", "))
	}
	return err
}

// read hands every new row of a file to out.
func (k *known) read(r io.Reader, out *packer) (Result, error) {
	var sum events.Summary
	var err error
	switch k.kind {
	case GED:
		sum, err = events.ReadGED(r, func(e events.Event) error { return k.event(e, out) })
	case ACLED:
		sum, err = events.ReadACLED(r, func(e events.Event) error { return k.event(e, out) })
	case Panel:
		sum, err = events.ReadPanel(r, func(c events.Cell) error { return k.cell(c, out) })
	}
	return Result{Rows: sum.Rows, Accepted: sum.Accepted - k.again, Revised: k.revised, Duplicates: sum.Duplicates + k.again,
		RejectedRows: sum.RejectedRows, Rejected: append([]events.Problem{}, sum.Rejected...), Notes: sum.Notes}, err
}

func (k *known) event(e events.Event, out *packer) error {
	mark := fingerprint(e)
	was, there := k.events[e.SourceID]
	switch {
	case there && was == mark:
		k.again++
		return nil
	case there:
		k.revised++
	}
	k.covers(events.MonthOf(e.Start))
	return out.add(e.Line, e)
}

// cell keeps only the values of a cell that are new.
func (k *known) cell(c events.Cell, out *packer) error {
	fresh, there := map[string]float64{}, false
	for outcome, value := range c.Values {
		was, ok := k.cells[cellKey{c.Country, int(c.Month), outcome}]
		there = there || ok
		if !ok || was != value {
			fresh[outcome] = value
		}
	}
	switch {
	case len(fresh) == 0:
		k.again++
		return nil
	case there:
		k.revised++
	}
	k.covers(c.Month)
	c.Values = fresh
	return out.add(c.Line, c)
}

func (k *known) covers(m events.Month) {
	if k.first == 0 || m < k.first {
		k.first = m
	}
	k.last = max(k.last, m)
}

// fingerprint tells versions of an event apart. Which line of which file it
// stood on is no part of it.
func fingerprint(e events.Event) int64 {
	num := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	h := sha256.Sum256([]byte(strings.Join([]string{e.Source, e.SourceID, e.Type.String(), e.Kind, e.SubKind, e.Dyad,
		e.Country, e.ISO3, strconv.Itoa(e.GW), e.Region, e.Admin1, e.Admin2, e.Place, num(e.Lat), num(e.Lon),
		strconv.Itoa(e.Precision), strconv.Itoa(e.DatePrecision), strconv.Itoa(e.Clarity),
		e.Start.Format(time.DateOnly), e.End.Format(time.DateOnly),
		strconv.Itoa(e.Best), strconv.Itoa(e.Low), strconv.Itoa(e.High), strconv.Itoa(e.Civilians),
		e.SideA, e.SideB, e.Headline, e.Sources, e.Notes}, "\x00")))
	return int64(binary.BigEndian.Uint64(h[:8]))
}

// Withdraw takes an import back, for a reason: a file that was false or should
// not be here. Its rows leave the tables, and versions before them show again.
// A row that a later file only repeated goes too: import that file again. The
// blob stays, because the record must be able to be read anew.
func Withdraw(tx *record.Tx, entry int64, why string) error {
	why = strings.TrimSpace(why)
	if why == "" {
		return fault.Invalid("reason", "say why import E-%d is withdrawn", entry)
	}
	all, err := readImports(tx.Tx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Entry != entry {
			continue
		}
		if i.Withdrawn != 0 {
			return fault.Exists("import E-%d was withdrawn already, by E-%d", entry, i.Withdrawn)
		}
		_, err := tx.Append(record.Draft{Kind: "series.withdrawn", Subjects: []string{"series/" + i.Kind}, Open: withdrawn{Import: entry, Kind: i.Kind}, Sealed: reason{why}})
		return err
	}
	return fault.NotFound("E-%d is not an import", entry)
}

type reason struct {
	Reason string `json:"reason"`
}
