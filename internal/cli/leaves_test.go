package cli

import (
	"strings"

	"github.com/alecthomas/kong"
)

// Leaves returns every command as it is typed, without what is given to it.
func Leaves() (out []string, err error) {
	parser, err := kong.New(&grammar{}, kong.Name("heed"))
	if err != nil {
		return nil, err
	}
	for _, n := range parser.Model.Leaves(true) {
		words := []string{n.Name}
		for p := n.Parent; p != nil && p.Type == kong.CommandNode; p = p.Parent {
			words = append([]string{p.Name}, words...)
		}
		out = append(out, strings.Join(words, " "))
	}
	return out, nil
}
