package report_test

import (
	"testing"
	"time"

	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/internal/report"
)

// node is a record with this module, sound at the end of each test.
type node struct{ *recordtest.Node }

func each(t *testing.T, f func(*testing.T, *node)) {
	t.Helper()
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		n.At = time.Time{} // these commands are given now
		f(t, &node{n})
	}, report.Module())
}
