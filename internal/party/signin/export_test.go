package signin

import "github.com/heed-project/heed/internal/party"

// Answered checks an answer against one passkey, without a record.
func Answered(o Options, k Passkey, digest, answer []byte) error {
	w, err := relyingParty("heed.example", o)
	if err != nil {
		return err
	}
	_, err = (&Door{keys: w}).signature(user{p: party.Person{ID: k.Person}, keys: []Passkey{k}}, digest, answer)
	return err
}
