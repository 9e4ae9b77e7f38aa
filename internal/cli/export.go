package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/heed-project/heed/custody/export"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceExportCmd struct {
	ID       []string `arg:"" help:"The items." placeholder:"ID"`
	Purpose  string   `help:"For what they are opened and handed on." placeholder:"TEXT"`
	Out      string   `help:"The folder that becomes the bag. It must not exist." placeholder:"DIR"`
	Title    string   `help:"What the bag is." placeholder:"TEXT"`
	Agency   string   `help:"Who hands it on, as the bag names them." placeholder:"NAME"`
	Withhold bool     `help:"Leave out what may not go along, and list it with the reasons."`
	useFlags
}

// Run writes items as a bag with their custody in every form. Each is opened
// through the door that everybody takes, which goes on record first.
func (c *evidenceExportCmd) Run(r *run) error {
	if c.Purpose == "" || c.Out == "" || c.Agency == "" {
		return usage("say for what --purpose the items are handed on, by which --agency, and the --out folder")
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return fmt.Errorf("%s is there already: a bag is written into a folder of its own", c.Out)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(c.Out)), ".heed-bag-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	out, err := n.ExportEvidence(r.ctx, who, heed.ExportInput{Items: c.ID, Title: c.Title, Agency: c.Agency, Made: r.now(), Withhold: c.Withhold}, creator(tmp))
	if err == nil {
		err = os.Rename(tmp, c.Out)
	}
	if err != nil {
		return err
	}
	return r.print(struct {
		Bag      string            `json:"bag"`
		ID       string            `json:"id"`
		Items    int               `json:"items"`
		Withheld []export.Withheld `json:"withheld"`
	}{c.Out, out.ID, len(out.Items), out.Withheld}, func(w io.Writer) {
		fmt.Fprintf(w, "%d items are in the bag %s, with their custody as PREMIS, CASE, FollowTheMoney and tables in metadata/.\nCheck it with heed bag check, or with sha512sum -c manifest-sha512.txt in the folder.\n", len(out.Items), c.Out)
		for _, x := range out.Withheld {
			fmt.Fprintf(w, "  %s withheld: %s\n", x.ID, x.Why)
		}
	})
}

// creator makes files of a bag below a folder, each once.
func creator(dir string) func(name string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		return synced{f}, nil
	}
}

// synced is a file that is durable when it is closed.
type synced struct{ *os.File }

func (s synced) Close() error { return errors.Join(s.File.Sync(), s.File.Close()) }
