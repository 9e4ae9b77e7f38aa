package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/heed-project/heed/internal/proof/box"
)

// TaskName is the name under which Task is given to box.Main.
const TaskName = "bundle"

// mostOut is how much a child may say of one bundle.
const mostOut = 256 << 20

// request is what a child is told, in one line before the bytes.
type request struct {
	Name  string `json:"name"`
	Whole bool   `json:"whole"`
}

// Boxed reads a bundle in a process of its own, with limits and without a network.
// Of what is no bundle, Kind is empty. Unless it is asked for the whole, only what is
// needed to judge it comes back: how many items, their lines, their files.
func Boxed(ctx context.Context, name string, data io.Reader, whole bool) (*Bundle, error) {
	in, err := box.Asking(request{name, whole}, data)
	if err != nil {
		return nil, err
	}
	res, err := box.Run(ctx, box.Limits{Time: 2 * time.Minute, CPU: 2 * time.Minute, Memory: 4 << 30, Output: mostOut}, TaskName, nil, in)
	if err != nil {
		return nil, err
	}
	out := &Bundle{}
	return out, json.Unmarshal(res.Output, out)
}

// Task is TaskName as the child does it. What was read comes back as JSON.
func Task(_ []string, in io.Reader, out io.Writer) error {
	var r request
	b, err := box.Asked(in, &r)
	if err != nil {
		return err
	}
	head, _ := b.Peek(8192) // a short file is no error
	kind := Kind(r.Name, head)
	if kind == "" {
		return json.NewEncoder(out).Encode(Bundle{})
	}
	got, err := readWith(kind, b, r.Whole)
	if got == nil {
		got = &Bundle{Kind: kind}
	}
	if err != nil {
		got.Broken = err.Error()
	}
	if !r.Whole {
		for n, i := range got.Items {
			got.Items[n] = Item{Line: i.Line, Files: i.Files, Sums: i.Sums}
		}
	}
	return json.NewEncoder(out).Encode(got)
}

// readWith is Read, and with the parts of mail where they are asked for.
func readWith(kind string, r io.Reader, parts bool) (*Bundle, error) {
	out := &Bundle{Kind: kind}
	switch {
	case parts && kind == Mbox:
		return out, ReadMbox(r, func(line int, raw []byte) error {
			m, err := ParseMail(raw)
			if err != nil {
				out.problem(line, 0, "%v", err)
				return nil
			}
			out.Parts = append(out.Parts, Part{Name: fmt.Sprintf("message at line %d.eml", line), Type: "message/rfc822", Line: line, Data: append([]byte(nil), raw...)})
			return out.add(m.item(line))
		})
	case parts && kind == Message:
		b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
		if err != nil {
			return nil, err
		}
		m, err := ParseMail(b)
		if err != nil {
			return out, err
		}
		for n, a := range m.Attachments {
			if a.Name == "" {
				a.Name = fmt.Sprintf("attachment %d", n+1)
			}
			out.Parts = append(out.Parts, Part{Name: a.Name, Type: a.Type, Data: a.Bytes})
		}
		return out, out.add(m.item(0))
	}
	return Read(kind, r)
}
