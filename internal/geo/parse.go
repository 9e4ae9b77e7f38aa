package geo

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads the compact form that [Atlas.Text] writes.
func Parse(text string) (*Atlas, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	head := strings.Split(lines[0], "\t")
	if len(head) != 3 {
		return nil, fmt.Errorf("geo: line 1: want width, height and outline, got %d fields", len(head))
	}
	var a Atlas
	if err := numbers(1, head[:2], &a.Width, &a.Height); err != nil {
		return nil, err
	}
	if err := checkPath(1, head[2]); err != nil {
		return nil, err
	}
	a.Outline = head[2]
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("geo: line %d: want code, x, y, span and path, got %d fields", i+2, len(f))
		}
		x := Area{Code: f[0], Path: f[4]}
		if err := numbers(i+2, f[1:4], &x.X, &x.Y, &x.Span); err != nil {
			return nil, err
		}
		if err := checkPath(i+2, x.Path); err != nil {
			return nil, err
		}
		a.Areas = append(a.Areas, x)
	}
	return &a, nil
}

func numbers(line int, fields []string, dst ...*float64) error {
	for i, d := range dst {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return fmt.Errorf("geo: line %d: %q is not a number", line, fields[i])
		}
		*d = v
	}
	return nil
}

// checkPath lets through only what a path may hold, so that an outline can be
// written into a page as it is.
func checkPath(line int, path string) error {
	if path == "" || path[0] != 'M' || path[len(path)-1] != 'Z' {
		return fmt.Errorf("geo: line %d: a path starts with M and ends with Z", line)
	}
	if i := strings.IndexFunc(path, func(r rune) bool { return !strings.ContainsRune("MlZ .-0123456789", r) }); i >= 0 {
		return fmt.Errorf("geo: line %d: a path holds no %q", line, path[i])
	}
	return nil
}
