package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/ideal"
)

type votesCosignersCmd struct {
	Signatures string `required:"" help:"Who signed what: session, iso3, role (member or observer)." placeholder:"FILE"`
	State      string `required:"" help:"The state whose companions are looked for." placeholder:"ISO3"`
}

// cosigner is a state that signs what another signs.
type cosigner struct {
	ISO3    string  `json:"iso3"`
	Both    int     `json:"signed_both"`
	Either  int     `json:"signed_either"`
	Overlap float64 `json:"overlap"`
}

// Run says who signs with a state.
func (c *votesCosignersCmd) Run(r *run) error {
	f, err := openInput(c.Signatures)
	if err != nil {
		return err
	}
	defer f.Close()
	list, notes, err := votes.ReadSignatures(f)
	if err != nil {
		return err
	}
	for _, n := range notes.First {
		fmt.Fprintf(r.err, "left out: %s\n", n)
	}
	out := []cosigner{}
	for _, x := range ideal.Companions(list, c.State) {
		out = append(out, cosigner{x.ISO3, x.Both, x.Either, x.Overlap})
	}
	if len(out) == 0 {
		return errUsage{errors.New("nobody signed with " + c.State + ": is it the code of a state that signed?")}
	}
	return r.print(out, func(w io.Writer) {
		for _, x := range out {
			fmt.Fprintf(w, "%s  %.2f  %d of %d lists\n", x.ISO3, x.Overlap, x.Both, x.Either)
		}
	})
}
