package copies

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/evidence/frames"
	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/box"
)

// MostRead is how large a file may be of which fields and text are read.
const MostRead = 128 << 20

// Read reads the fields and the text of a file in a process of its own, with
// limits and without a network: whoever made the file may wish harm. A PDF may take
// longer, and is told from its first bytes.
func (b Box) Read(ctx context.Context, name string, data io.Reader) (*reading.Reading, error) {
	body := bufio.NewReaderSize(data, 4096)
	limits, args := box.Limits{Time: 30 * time.Second, CPU: 20 * time.Second, Memory: 1 << 30, Output: 16 << 20}, []string(nil)
	if head, _ := body.Peek(1024); pdf.Is(head) {
		limits.Time, limits.CPU, limits.Memory = 4*time.Minute, 2*pagesTime, 2<<30
		args = []string{b.compiled(ctx)}
	}
	in, err := box.Asking(name, body)
	if err != nil {
		return nil, err
	}
	res, err := box.Run(ctx, limits, ReadTask, args, in)
	if err != nil {
		return nil, fault.Invalid("item", "it cannot be read: %w", err)
	}
	var r reading.Reading
	return &r, json.Unmarshal(res.Output, &r)
}

// ReadChild is ReadTask as the child does it. What was read comes back as JSON.
func ReadChild(args []string, in io.Reader, out io.Writer) error {
	name, data, err := given(in)
	if err != nil {
		return err
	}
	r := reading.ReadWith(name, data, func(data []byte) reading.Paged { return readPages(data, firstOf(args), pagesTime) })
	r.Mark(data, frames.Installed())
	return json.NewEncoder(out).Encode(r)
}

// given takes in the child what Read and Thumb give it: the name and the bytes of an item.
func given(in io.Reader) (name string, data []byte, err error) {
	b, err := box.Asked(in, &name)
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(io.LimitReader(b, MostRead+1))
	if err == nil && len(data) > MostRead {
		err = fmt.Errorf("it is larger than %d MB", MostRead>>20)
	}
	return name, data, err
}

// pagesTime is how long the pages of one PDF are read.
const pagesTime = 40 * time.Second

// readPages reads the pages of a PDF until they are read or the time is over: what was
// read until then is kept.
func readPages(data []byte, code string, most time.Duration) reading.Paged {
	var mu sync.Mutex
	var p reading.Paged
	done := make(chan struct{})
	// PDFium cannot be interrupted, and what it computes stops for no other hand: it
	// gets its own, and is left behind when the time is over. The process ends soon.
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	go func() {
		defer close(done)
		f, err := pdf.Open(data, code)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			p.Why = err.Error()
			return
		}
		p.Said, p.All = f.Said(), f.Pages()
		for n := 1; n <= p.All && p.Cut == ""; n++ {
			mu.Unlock()
			text, err := f.Text(n)
			hidden := f.Hidden(n)
			mu.Lock()
			if err != nil {
				p.Cut = fmt.Sprintf("%v; what comes before it was read", err)
				return
			}
			p.Pages, p.Hidden = append(p.Pages, text), p.Hidden+hidden
		}
	}()
	select {
	case <-done:
	case <-time.After(most):
		debug.SetGCPercent(-1)
		mu.Lock()
		defer mu.Unlock()
		if p.All == 0 {
			p.Why = "its pages could not be read within the time for it"
		} else {
			p.Cut = fmt.Sprintf("only %d of %d pages were read within the time for it", len(p.Pages), p.All)
		}
	}
	p.Pages = slices.Clone(p.Pages)
	return p
}
