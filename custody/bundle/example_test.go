package bundle_test

import (
	"fmt"
	"os"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
)

// A court has the bundle, and the key that the sender's office publishes.
func Example() {
	report, err := bundle.VerifyFile(os.DirFS("testdata"), "bundle.tar", bundle.Options{Options: custody.Options{
		LogKey: "b.example.org/log+f64cf3e8+AdVCB9oZSXfc9Grb/sK8LnW1LVqKQhhP7f3AACTw4+ja"}})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Printf("%d items, %d compared, by %v\n", len(report.Items), report.Compared, report.Custodians)
	// Output: 4 items, 3 compared, by [b.example.org/log a.example.org/log]
}
