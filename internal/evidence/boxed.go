package evidence

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/box"
)

// RedactTask is what a child is told to do.
const RedactTask = "redact"

// RedactInBox is Redact in a process of its own, with limits and without a
// network: a picture is decoded there, which somebody sent who may wish harm.
func RedactInBox(ctx context.Context, data []byte, r Redaction) (out []byte, extension string, err error) {
	if err := drawable(data); err != nil { // here, where the words that help are not lost
		return nil, "", err
	}
	what, err := json.Marshal(r)
	if err != nil {
		return nil, "", err
	}
	in := io.MultiReader(bytes.NewReader(append(what, '\n')), bytes.NewReader(data)) // not as a word of the command: others see those
	res, err := box.Run(ctx, box.Limits{Output: 4*mostPixels + 1<<20}, RedactTask, nil, in)
	switch {
	case errors.Is(err, box.ErrLimit):
		return nil, "", fault.Invalid("item", "it cannot be redacted: %w", err)
	case err != nil:
		return nil, "", fault.Invalid("item", "%w", err)
	}
	line, rest, ok := bytes.Cut(res.Output, []byte{'\n'})
	if !ok {
		return nil, "", errors.New("the child that redacts said nothing")
	}
	return rest, string(line), nil
}

// RedactChild is RedactTask as the child does it: a line that says what, and the
// bytes of the item; a line with the extension, and those of the copy.
func RedactChild(_ []string, in io.Reader, out io.Writer) error {
	b := bufio.NewReaderSize(in, 1<<16)
	line, err := b.ReadBytes('\n')
	if err != nil {
		return err
	}
	var r Redaction
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(b, mostRedacted+1))
	if err != nil {
		return err
	}
	copied, extension, err := Redact(data, r)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, extension); err != nil {
		return err
	}
	_, err = out.Write(copied)
	return err
}
