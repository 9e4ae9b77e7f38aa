package custody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// maxNote is the largest note that is read, in bytes.
const maxNote = 64 << 10

// SignNote writes a signed note (C2SP signed-note): the context, which is a
// line that names the kind of note, one line of JSON, an empty line, and one
// signature.
func SignNote(context string, v any, s note.Signer) ([]byte, error) {
	if s == nil {
		return nil, errors.New("there is no key to sign with")
	}
	b, err := Line(v)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: context + string(b)}, s)
}

// OpenNote reads what SignNote wrote, and refuses every other spelling. check
// looks at what was read into v and gives the key that must have signed it.
func OpenNote(signed []byte, context string, v any, check func() (note.Verifier, error)) error {
	if len(signed) > maxNote {
		return fmt.Errorf("it has %d bytes, at most %d are read", len(signed), maxNote)
	}
	text, ok := bytes.CutPrefix(signed, []byte(context))
	text, sig, two := bytes.Cut(text, []byte("\n"))
	if !ok || !two {
		return fmt.Errorf("it does not begin with %q and a line", context[:len(context)-1])
	}
	text = append(text[:len(text):len(text)], '\n')
	if err := decode(text, v); err != nil {
		return err
	}
	key, err := check()
	if err != nil {
		return err
	}
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return fmt.Errorf("it is not signed by %s alone", plain(key.Name()))
	}
	again, err := Line(v)
	if err != nil || !bytes.Equal(again, text) || string(sig) != fmt.Sprintf("\n— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64) {
		return errors.New("it is not in the one spelling that is allowed")
	}
	return nil
}

// Line writes a value as one line of JSON.
func Line(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(b, '\n'), err
}

// ReadLine reads one line into v, and refuses it unless write gives it again.
func ReadLine(text []byte, v any, write func() ([]byte, error)) error {
	if err := decode(text, v); err != nil {
		return err
	}
	again, err := write()
	if err != nil {
		return err
	}
	if !bytes.Equal(again, text) {
		return errors.New("it is not in the one spelling that is allowed")
	}
	return nil
}

// EachLine calls f for each line, with its newline.
func EachLine(b []byte, f func([]byte) error) error {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			return errors.New("the last line has no end")
		}
		if err := f(b[:end+1]); err != nil {
			return err
		}
		b = b[end+1:]
	}
	return nil
}
