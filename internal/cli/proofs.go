package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/internal/fault"
)

type bagCmd struct {
	Check bagCheckCmd `cmd:"" help:"Judge a bag (BagIt 0.93 to 1.0): valid, warning or invalid, with the reasons."`
}

type bagCheckCmd struct {
	Folder string `arg:"" name:"dir" help:"The folder of the bag."`
}

// Run judges a bag. It needs no node.
func (c *bagCheckCmd) Run(r *run) error {
	root, err := os.OpenRoot(c.Folder)
	if err != nil {
		return fault.WithHint(err, "name the folder that holds bagit.txt")
	}
	defer root.Close()
	report, err := bag.Check(root.FS())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Folder, err)
	}
	err = r.print(report, func(w io.Writer) {
		fmt.Fprintf(w, "%s: BagIt %s, %d files, %d bytes\n", report.Verdict, report.Version, report.Files, report.Bytes)
		for _, p := range report.Problems {
			fmt.Fprintf(w, "  %-7s  %s\n", p.Severity, p)
		}
		if report.Unsaid > 0 {
			fmt.Fprintf(w, "  and %d more\n", report.Unsaid)
		}
	})
	if err == nil && report.Verdict == bag.Invalid {
		return fmt.Errorf("%s is no valid bag: %s", c.Folder, report.Problems[0])
	}
	return err
}
