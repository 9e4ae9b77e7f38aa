// Package copies looks into files and makes copies of them: what a file says and its
// text, a copy from which something is gone.
//
// All of it is done by a Box, in a child process with limits and without a network
// (internal/proof/box), because who made a file may wish harm.
//
//	b := copies.Box{Code: dir}
//	r, err := b.Read(ctx, "deed.pdf", data)
//	c, err := b.Redact(ctx, data, copies.Redaction{Words: []string{"Amina"}})
//
// It promises that a redacted copy is made anew out of what can be seen, so that nothing
// lies under what is black, and that what it cannot do safely it refuses, with what to do
// instead. It trusts the program's main to give Tasks to box.Main. It knows nothing of
// items: what becomes of a copy, internal/heed decides.
package copies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/box"
)

// A Box is where files are read, redacted and drawn: processes of their own, with
// limits and without a network. Code is the folder in which what they compile
// for themselves is kept; without one PDFs are read slowly.
type Box struct{ Code string }

// Tasks are what a child of Box can do: the program's main must give them to box.Main.
func Tasks() map[string]box.Task {
	return map[string]box.Task{RedactTask: RedactChild, ReadTask: ReadChild, ThumbTask: ThumbChild, compileTask: compileChild}
}

// The tasks.
const (
	ReadTask    = "read"
	RedactTask  = "redact"
	compileTask = "compile"
)

// compiled returns the folder of compiled code, which a child makes at the first PDF.
// Where that fails there is none, and PDFium runs word by word.
func (b Box) compiled(ctx context.Context) string {
	if b.Code != "" && pdf.Compiled(b.Code) == "" {
		if dir, err := filepath.Abs(b.Code); err == nil {
			_, _ = box.Run(ctx, box.Limits{Time: 5 * time.Minute, CPU: 3 * time.Minute, Writes: 256 << 20}, compileTask, []string{dir}, nil)
		}
	}
	return pdf.Compiled(b.Code)
}

// compileChild is what compiled has done: it looks at nothing but our own PDFium.
func compileChild(args []string, _ io.Reader, _ io.Writer) error { return pdf.Compile(firstOf(args)) }

func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// Redact is Redact in a process of its own: a file is drawn there, which
// somebody sent who may wish harm.
func (b Box) Redact(ctx context.Context, data []byte, r Redaction) (out Redacted, err error) {
	in, err := box.Asking(r, bytes.NewReader(data))
	if err != nil {
		return out, err
	}
	limits, args := box.Limits{Output: 4*mostPixels + 1<<20}, []string(nil)
	if pdf.Is(data) {
		limits.Time, limits.CPU = 10*time.Minute, 8*time.Minute
		args = []string{b.compiled(ctx)}
	}
	res, err := box.Run(ctx, limits, RedactTask, args, in)
	switch {
	case errors.Is(err, box.ErrLimit):
		return out, fault.Invalid("item", "it cannot be redacted: %w", err)
	case err != nil:
		return out, told(err)
	}
	line, rest, ok := bytes.Cut(res.Output, []byte{'\n'})
	if !ok {
		return out, errors.New("the child that redacts said nothing")
	}
	out.Data = rest
	return out, json.Unmarshal(line, &out)
}

// told is what a child said: an error, and the words that help on a line of their own.
func told(err error) error {
	text, hint, ok := strings.Cut(err.Error(), "\nhint: ")
	err = fault.Invalid("item", "%s", text)
	if ok {
		return fault.WithHint(err, hint)
	}
	return err
}

// helped puts the words that help where told finds them.
func helped(err error) error {
	if hint := fault.Hint(err); hint != "" {
		return fmt.Errorf("%w\nhint: %s", err, hint)
	}
	return err
}

// RedactChild is RedactTask as the child does it. A line about the copy comes back,
// and its bytes.
func RedactChild(args []string, in io.Reader, out io.Writer) error {
	var r Redaction
	b, err := box.Asked(in, &r)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(b, mostRedacted+1))
	if err != nil {
		return err
	}
	var copied Redacted
	if pdf.Is(data) {
		copied, err = redactPDF(data, r, firstOf(args))
	} else {
		copied, err = Redact(data, r)
	}
	if err != nil {
		return helped(err)
	}
	if err := json.NewEncoder(out).Encode(copied); err != nil {
		return err
	}
	_, err = out.Write(copied.Data)
	return err
}
