package heed

import "strings"

// link is the address of a page of this node.
func (h *Heed) link(path string) string { return strings.TrimSuffix(h.parts.URL, "/") + path }

// A notice is something that one person is told by one channel, once.
type notice struct{ about, what, person, channel string }
