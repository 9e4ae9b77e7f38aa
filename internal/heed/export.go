package heed

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/export"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
)

// ExportInput is what is exported.
type ExportInput struct {
	Items  []string // at most MostExported
	Title  string
	Agency string    // who hands it on, as the bag names them; "" is this office
	Made   time.Time // the zero time is now
	// Withhold leaves out what who asks may not see or may not use so, and lists
	// it; without it, one such item is in the way of the whole.
	Withhold bool
}

// MostExported is how many items one export names.
const MostExported = 1000

// Exported says what an export was.
type Exported struct {
	ID       string            `json:"id"`
	Items    []string          `json:"items"`
	Withheld []export.Withheld `json:"withheld"`
	Opened   []int64           `json:"opened_entries"` // in the order of the items
}

// notHere is all that is said of an item which who asks may not see: as much as
// of one that does not exist.
const notHere = "it is not here, or not for whoever exported this"

var itemForm = regexp.MustCompile(`^E-[1-9][0-9]{0,17}\.[1-9][0-9]{0,17}$`)

// ExportEvidence writes items and their custody as a bag (see [export.WriteBag]),
// for the purpose and the use that who states. That each was opened is durable
// before the first file is created. An error after that says that the bag is not
// whole.
func (h *Heed) ExportEvidence(ctx context.Context, who Who, in ExportInput, create func(name string) (io.WriteCloser, error)) (out Exported, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	if who.Use.For == "" {
		who.Use.For = consent.Analysis // what leaves the store is not only kept
	}
	items := map[string]evidence.Item{}
	if err := h.do(ctx, who, func(a *act) error { return a.exporting(in, &out, items) }); err != nil {
		return Exported{}, err
	}
	desc, err := h.exportedAs(ctx, who, in, out)
	if err != nil {
		return out, err
	}
	out.ID = desc.ID
	return out, export.WriteBag(create, desc, func(o *export.Object) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			err := d.Copy(ctx, w, items[o.ID])
			if errors.Is(err, vault.ErrDamaged) {
				err = errors.Join(err, d.Isolate(context.WithoutCancel(ctx), who.by(), o.ID))
			}
			w.CloseWithError(err)
		}()
		return r, nil
	})
}

func exportID(made time.Time) string { return "export-" + made.UTC().Format("20060102T150405Z") }

// ExportZip is ExportEvidence into an archive, in which the bag is one folder.
// Nothing is written to w before all openings are on record.
func (h *Heed) ExportZip(ctx context.Context, who Who, in ExportInput, w io.Writer) (Exported, error) {
	if in.Made.IsZero() {
		in.Made = h.Now()
	}
	z := zip.NewWriter(w)
	out, err := h.ExportEvidence(ctx, who, in, func(name string) (io.WriteCloser, error) {
		method := zip.Store // what was taken in is packed already, as a rule
		if !strings.HasPrefix(name, "data/") {
			method = zip.Deflate
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: exportID(in.Made) + "/" + name, Method: method, Modified: in.Made.UTC()})
		return zipped{f}, err
	})
	if err == nil {
		err = z.Close()
	}
	return out, err
}

// zipped is a file of an archive, which ends where the next begins.
type zipped struct{ io.Writer }

func (zipped) Close() error { return nil }

// exporting decides on each item and puts on record that it was opened.
func (a *act) exporting(in ExportInput, out *Exported, items map[string]evidence.Item) error {
	*out = Exported{Items: []string{}, Withheld: []export.Withheld{}, Opened: []int64{}}
	if strings.TrimSpace(a.who.Purpose) == "" {
		return fault.Invalid("purpose", "say for what purpose the items are handed on")
	}
	if len(in.Items) == 0 || len(in.Items) > MostExported {
		return fault.Invalid("items", "name 1 to %d items", MostExported)
	}
	for n, id := range in.Items {
		switch {
		case !itemForm.MatchString(id):
			return fault.Invalid("items", "%.40q is not the number of an item, such as E-7.3", id)
		case slices.Contains(in.Items[:n], id):
			return fault.Invalid("items", "%s is named twice", id)
		}
	}
	for _, id := range in.Items {
		i, why, err := a.forExport(id)
		switch {
		case err != nil:
			return err
		case why != "" && !in.Withhold && why == notHere:
			return fault.NotFound("there is no item %s", id)
		case why != "" && !in.Withhold:
			return fault.WithHint(fault.Denied("%s: %s", id, why), "leave it out, or have it listed as withheld")
		case why != "":
			out.Withheld = append(out.Withheld, export.Withheld{ID: id, Why: why})
			continue
		}
		e, err := evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: a.who.Purpose, For: used(a.who.Use)})
		if err != nil {
			return err
		}
		items[id], out.Items, out.Opened = i, append(out.Items, id), append(out.Opened, e.Index)
	}
	switch told := slices.IndexFunc(out.Withheld, func(w export.Withheld) bool { return w.Why != notHere }); {
	case len(out.Items) > 0:
		return nil
	case told < 0:
		return fault.NotFound("there is no item %s", in.Items[0])
	default:
		return fault.Denied("nothing goes along: %s: %s", out.Withheld[told].ID, out.Withheld[told].Why)
	}
}

// forExport finds an item and says why it does not go along. Why it may not be
// used so is told to those who may read what it is.
func (a *act) forExport(id string) (i evidence.Item, why string, err error) {
	plain := *a.look
	plain.who.Use = consent.Use{}
	head, err := evidence.Head(a.View, id)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return i, "", err
	}
	if err != nil {
		head = evidence.Item{ID: id, Marking: "RED"}
	}
	if may := plain.may(access.EvidenceRead, plain.item(head)); !may || err != nil {
		return i, notHere, nil
	}
	r, why := a.itemUsed(head)
	switch err := a.need(access.EvidenceOpen, r); {
	case why != "":
		return i, why, nil
	case fault.KindOf(err) == fault.KindDenied:
		return i, "whoever exported this may read what it is, and may not open it", nil
	case err != nil:
		return i, "", err
	}
	if i, err = evidence.Get(a.View, id); err != nil {
		return i, "", err
	}
	switch {
	case i.Erased:
		return i, "it was erased", nil
	case i.MayGive() != nil:
		return i, "it was found damaged and is kept apart", nil
	}
	return i, "", nil
}

// exportedAs describes what goes along, as it stands after it was opened.
func (h *Heed) exportedAs(ctx context.Context, who Who, in ExportInput, out Exported) (d *export.Description, err error) {
	var views []ItemView
	var stamps map[string]stamp.Proofs
	err = h.see(ctx, who, func(l *look) error {
		if in.Made.IsZero() {
			in.Made = l.now
		}
		if in.Agency == "" {
			if _, err := l.use(); err != nil {
				return err
			}
			in.Agency = l.house.Name
		}
		var items []evidence.Item
		for _, id := range out.Items {
			i, err := evidence.Head(l.View, id)
			if err != nil {
				return err
			}
			if err := l.needItem(access.EvidenceRead, i); err != nil {
				return err
			}
			v, err := l.itemView(id)
			if err != nil {
				return err
			}
			views, items = append(views, v), append(items, i)
		}
		stamps, err = l.stampsFor(ctx, items)
		return err
	})
	if err != nil {
		return nil, err
	}
	id := exportID(in.Made)
	d = DescribeEvidence(views, id, cmp.Or(in.Title, id), in.Agency, in.Made)
	d.Withheld = out.Withheld
	d.Proofs, err = proofsIn(d, stamps)
	return d, err
}

// proofsIn is what goes into a bag of the time stamps of its items.
func proofsIn(d *export.Description, stamps map[string]stamp.Proofs) (out []export.Proof, err error) {
	const up = "../../../" // of metadata/time/IN-7
	paths := map[string]string{}
	for _, o := range d.Objects {
		if o.Path != "" {
			paths[o.ID] = up + "data/" + o.Path
		}
	}
	for _, intake := range slices.Sorted(maps.Keys(stamps)) {
		files, err := stamps[intake].Files(func(id string) string { return paths[id] })
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			out = append(out, export.Proof{Name: "time/" + intake + "/" + f.Name, Data: f.Data})
		}
	}
	return out, nil
}
