package heed

import "strings"

// link is the address of a page of this node.
func (h *Heed) link(path string) string { return strings.TrimSuffix(h.parts.URL, "/") + path }
