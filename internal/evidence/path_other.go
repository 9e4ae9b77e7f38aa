//go:build !unix

package evidence

import "os"

// readPath fills buf from a file, and returns how much of it there was.
func readPath(path string, buf []byte) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return readUpTo(f, buf)
}
