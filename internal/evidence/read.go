package evidence

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence/frames"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/box"
	"github.com/heed-project/heed/internal/record"
)

// ReadTask is what a child is told to do.
const ReadTask = "read"

// MostRead is how large a file may be of which fields and text are read.
const MostRead = 128 << 20

// ReadInBox reads the fields and the text of a file in a process of its own,
// with limits and without a network: whoever made the file may wish harm.
func ReadInBox(ctx context.Context, name string, data io.Reader) (*reading.Reading, error) {
	line, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	in := io.MultiReader(strings.NewReader(string(line)+"\n"), data)
	res, err := box.Run(ctx, box.Limits{Time: 30 * time.Second, CPU: 20 * time.Second, Memory: 1 << 30, Output: 8 << 20}, ReadTask, nil, in)
	if err != nil {
		return nil, fault.Invalid("item", "it cannot be read: %w", err)
	}
	var r reading.Reading
	return &r, json.Unmarshal(res.Output, &r)
}

// ReadChild is ReadTask as the child does it: a line with the name, and the
// bytes of the item; what was read, as JSON.
func ReadChild(_ []string, in io.Reader, out io.Writer) error {
	b := bufio.NewReaderSize(in, 1<<16)
	line, err := b.ReadBytes('\n')
	if err != nil {
		return err
	}
	var name string
	if err := json.Unmarshal(line, &name); err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(b, MostRead+1))
	if err != nil {
		return err
	}
	if len(data) > MostRead {
		return errors.New("it is too large")
	}
	r := reading.Read(name, data)
	r.Mark(data, frames.Installed())
	return json.NewEncoder(out).Encode(r)
}

// A Read is what an item says about itself, and when that was read.
type Read struct {
	reading.Reading
	Entry int64 `json:"entry"`
}

// PutReading records what an item says about itself. All of it is sealed under
// the item's own key: it is destroyed with it.
func PutReading(tx *record.Tx, id string, r reading.Reading) (record.Entry, error) {
	return on(tx, id, record.Draft{Kind: "evidence.read", Open: aboutItem{id}, Sealed: r})
}

// ReadingOf returns what was read of an item last, or nil where it was never
// read or is erased. Whoever is shown it must be one who may open the item.
func ReadingOf(v *record.View, id string) (*Read, error) {
	n, err := readingOf(v.Tx, id)
	if err != nil || n == 0 {
		return nil, err
	}
	r := Read{Entry: n}
	err = v.Unseal(n, &r.Reading)
	if fault.KindOf(err) == fault.KindNotFound { // erased
		return nil, nil
	}
	return &r, err
}

// Readings calls f with the item and the reading of each that was read after an entry, in
// order, and returns the last entry. Those that were erased meanwhile are left out.
// Whoever is shown anything of one must be one who may open the item.
func Readings(v *record.View, after int64, f func(item string, r reading.Reading)) (int64, error) {
	for {
		page, err := readingsAfter(v.Tx, after)
		if err != nil {
			return after, err
		}
		for _, x := range page {
			after = x.entry
			var r reading.Reading
			err := v.Unseal(x.entry, &r)
			if fault.KindOf(err) == fault.KindNotFound {
				continue
			}
			if err != nil {
				return after, err
			}
			f(x.item, r)
		}
		if len(page) < readingsAtOnce {
			return after, nil
		}
	}
}
