package protocol

import (
	"embed"
	"strings"
)

//go:embed shipped/*.yaml
var shipped embed.FS

// Shipped returns the names of the protocols that come with Heed, in order.
// They are meant to be copied and edited by the office that adopts them.
func Shipped() []string {
	entries, _ := shipped.ReadDir("shipped") // embedded: it is there
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// ShippedFile returns the text of a shipped protocol, or false.
func ShippedFile(name string) ([]byte, bool) {
	data, err := shipped.ReadFile("shipped/" + name + ".yaml")
	return data, err == nil
}
