package heed_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/heed"
)

// BenchmarkSearch looks for words in the text of $HEED_BENCH_ITEMS items of 2 KB each, the
// first time and again, and for what is nearly the same as one. It tells seconds.
func BenchmarkSearch(b *testing.B) {
	items, _ := strconv.Atoi(os.Getenv("HEED_BENCH_ITEMS"))
	if items == 0 { // enough to see that it runs
		items = 300
	}
	w := newWorld(b, "")
	ctx := b.Context()
	r := rand.New(rand.NewPCG(1, 2))
	first := ""
	for done := 0; done < items; {
		var all []evidence.Source
		for range min(5000, items-done) {
			text := fmt.Sprint("item ", done+len(all))
			all = append(all, evidence.Source{Name: text, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
		}
		out, err := w.AddEvidence(ctx, w.as("custodian"), heed.EvidenceInput{Authority: "bench"}, all, nil)
		w.must(err)
		batch := map[string]reading.Reading{}
		for n, i := range out.Items {
			var text strings.Builder
			for text.Len() < 2048 {
				fmt.Fprintf(&text, "w%d ", int(20000*r.Float64()*r.Float64()))
			}
			if first == "" {
				first = i.ID
				text.WriteString("needle")
			}
			x := reading.Reading{Kind: "text", Text: text.String()}
			x.MarkWords()
			if batch[i.ID] = x; len(batch) == 500 || n == len(out.Items)-1 {
				w.must(w.PutReadings(ctx, w.as("custodian").At, batch))
				clear(batch)
			}
		}
		done += len(out.Items)
	}
	who := w.as("custodian")
	who.Purpose = "to measure"
	took := func(what string, f func() int) {
		at := time.Now()
		n := f()
		b.ReportMetric(time.Since(at).Seconds(), what+"-s")
		if n == 0 {
			b.Errorf("%s: nothing was done", what)
		}
	}
	search := func() int {
		out, err := w.SearchEvidence(ctx, who, "needle", 0)
		if err != nil || len(out.Found) != 1 || out.Looked < items {
			b.Fatalf("%+v, %v", out, err)
		}
		return out.Looked
	}
	took("first", search)
	took("again", search)
	like := func() int {
		out, err := w.Near(ctx, who, first)
		if err != nil || !out.Marked {
			b.Fatalf("%+v, %v", out, err)
		}
		return 1
	}
	took("near-first", like)
	took("near-again", like)
}
