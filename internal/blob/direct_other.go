//go:build !linux

package blob

import "os"

// openDirect returns nil: writes go through the page cache.
func openDirect(string) *os.File { return nil }

// reserve does nothing: a full disk shows when it is written to.
func reserve(*os.File, int64) error { return nil }
