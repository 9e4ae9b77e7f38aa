package custody_test

import (
	"bytes"
	"fmt"
	"os"

	"github.com/heed-project/heed/custody"
)

// A court has a pack, and the log's key from the ministry's own page.
func ExampleVerifyPack() {
	pack, err := os.ReadFile("testdata/pack.zip")
	if err != nil {
		fmt.Println(err)
		return
	}
	key := "example.org/log+8f13f9e4+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
	report, err := custody.VerifyPack(bytes.NewReader(pack), int64(len(pack)), custody.Options{LogKey: key})
	fmt.Println(err, len(report.Entries), "of", report.Size, "entries")
	fmt.Print(report.List())

	// Somebody changes one figure in the decision.
	pack = bytes.Replace(pack, []byte(`"choice":2`), []byte(`"choice":1`), 1)
	_, err = custody.VerifyPack(bytes.NewReader(pack), int64(len(pack)), custody.Options{LogKey: key})
	fmt.Println(err)
	// Output:
	// <nil> 4 of 6 entries
	// 0 2026-03-01T12:00:00.000000Z node.founded by P-1 about node
	// 1 2026-03-01T12:01:00.000000Z warning.issued by P-1 about W-1 S-1, sealed
	// 3 2026-03-01T13:00:00.000000Z duty.lapsed by P-1 about D-1 W-1
	// 4 2026-03-01T13:30:00.000000Z decision.made by P-1 about DEC-1 W-1
	// "entries/000000000004/open.json" is not the file that the manifest lists
}
