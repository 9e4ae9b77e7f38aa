package bag_test

import (
	"fmt"
	"testing/fstest"

	"github.com/heed-project/heed/custody/bag"
)

func ExampleCheck() {
	report, err := bag.Check(fstest.MapFS{
		"bagit.txt":           {Data: []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")},
		"manifest-sha256.txt": {Data: []byte("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae  data/report.txt\n")},
		"data/report.txt":     {Data: []byte("fool")},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Verdict)
	fmt.Println(report.Problems[0])
	// Output:
	// invalid
	// manifest-sha256.txt:1: data/report.txt was changed: its sha256 is 18679f10e5067880…, the list says 2c26b46b68ffc68f…
}
