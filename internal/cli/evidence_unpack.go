package cli

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof/judge"
)

type evidenceUnpackCmd struct {
	ID      string `arg:"" help:"The export, message or mailbox." placeholder:"ID"`
	Purpose string `help:"For what it is opened." placeholder:"TEXT"`
	Files   string `help:"The folder from which the export names its files, for those that are no items yet." placeholder:"DIR"`
	NoJudge bool   `help:"Do not judge the proofs that the files bring; heed evidence judge does it later."`
	NoRead  bool   `help:"Do not read the fields and the text of the files; heed evidence read does it later."`
	useFlags
}

// Run takes the records of an export in. That it was opened is on record first.
func (c *evidenceUnpackCmd) Run(r *run) error {
	if c.Purpose == "" {
		return usage("say for what --purpose the export is opened and its records taken in")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	var in heed.UnpackInput
	if c.Files != "" {
		root, err := os.OpenRoot(c.Files)
		if err != nil {
			return fault.WithHint(err, "name the folder from which the export names its files")
		}
		defer root.Close()
		in.Files = root.FS()
	}
	out, err := n.UnpackEvidence(r.ctx, who, c.ID, in)
	if err != nil {
		return err
	}
	err = r.print(out, func(w io.Writer) { tellUnpacked(w, c.ID, out) })
	if len(out.Items) > 0 && !c.NoJudge {
		r.judgeTaken(n, who, out.EvidenceTaken)
	}
	if len(out.Items) > 0 && !c.NoRead {
		r.readTaken(n, who, out.EvidenceTaken)
	}
	return err
}

// tellUnpacked words what was taken out of an export.
func tellUnpacked(w io.Writer, id string, x heed.Unpacked) {
	for _, i := range x.Items {
		fmt.Fprintf(w, "%-12s %s %12d  entry %d  %s\n", i.ID, i.SHA256, i.Bytes, i.Entry, i.Name)
	}
	fmt.Fprintf(w, "%s (%s) was opened with entry %d: %d records, %d put on items, %d there already, %d that name no file.\n", id, x.Kind, x.Opened, x.Records, x.Described, x.Before, x.NoFile)
	if x.Broken != "" {
		fmt.Fprintf(w, "It cannot be read to its end: %s\n", x.Broken)
	}
	for _, list := range []struct {
		what  string
		names []string
	}{{"is no item and was not at hand", x.Missing}, {"has another digest than is stated, and was left alone", x.Different}} {
		for _, name := range list.names {
			fmt.Fprintf(w, "  %s %s\n", name, list.what)
		}
	}
	for _, f := range x.Refused {
		fmt.Fprintf(w, "  %s was not taken in: %s\n", f.Path, f.Error)
	}
	if x.Withheld > 0 {
		fmt.Fprintf(w, "  of %d items nothing was said, because you may not change them\n", x.Withheld)
	}
	for _, p := range x.Wrong {
		fmt.Fprintf(w, "  %s\n", p)
	}
}

// tellDescribed words what exports say of an item, and what can be taken out of it.
func tellDescribed(w io.Writer, i heed.ItemView) {
	for _, d := range i.Described {
		fmt.Fprintf(w, "said of it in %s, line %d (%s):\n", d.By, d.Line, d.Kind)
		for _, f := range d.Facts {
			fmt.Fprintf(w, "  %s: %s\n", f.Name, f.Value)
		}
	}
	if len(i.Names) > 0 {
		fmt.Fprintf(w, "it says something of %d items\n", len(i.Names))
	}
	if i.MayUnpack {
		fmt.Fprintf(w, "its records can be taken in: heed evidence unpack %s --purpose …\n", i.ID)
	}
}

// exported adds to a finding what is to be said of a file that another program
// exported: what it names is looked for beside it.
func exported(ctx context.Context, file string, f *judge.Finding) error {
	if at, err := os.Stat(file); err != nil || !at.Mode().IsRegular() || at.Size() > bundle.MaxBytes || !bundle.MayBe(file, nil) {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	b, err := bundle.Boxed(ctx, filepath.Base(file), in, false)
	if err != nil {
		f.Worsen(&f.Integrity, judge.Unknown, "it could not be read as an export: %v", err)
		return nil
	}
	if b.Kind == "" {
		return nil
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer root.Close()
	return b.Onto(f, func(name string, by crypto.Hash) ([]byte, bool, error) {
		info, err := root.Stat(filepath.FromSlash(name))
		if err != nil || !info.Mode().IsRegular() || by == 0 {
			return nil, err == nil && info.Mode().IsRegular(), nil
		}
		sum := by.New()
		x, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return nil, false, err
		}
		defer x.Close()
		_, err = io.Copy(sum, x)
		return sum.Sum(nil), true, err
	})
}
