package events_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/events"
)

// fuzz checks on any input: no panic, a balanced summary, and the same result
// whatever the size of the reads.
func fuzz[T any](f *testing.F, read func(io.Reader, func(T) error) (events.Summary, error), seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		count := func(T) error { n++; return nil }
		whole, err := read(bytes.NewReader(b), count)
		balanced(t, whole)
		if n != whole.Accepted {
			t.Errorf("%d rows delivered, %d accepted", n, whole.Accepted)
		}
		parts, err2 := read(&dribble{b: b}, count)
		if (err == nil) != (err2 == nil) || whole.Rows != parts.Rows || whole.Accepted != parts.Accepted || whole.Duplicates != parts.Duplicates {
			t.Errorf("read whole: %+v, %v; in parts: %+v, %v", whole, err, parts, err2)
		}
	})
}

// dribble gives a few bytes at a time.
type dribble struct {
	b []byte
	n int
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	d.n++
	n := copy(p[:min(len(p), d.n%7)], d.b)
	d.b = d.b[n:]
	return n, nil
}

func FuzzGED(f *testing.F) {
	fuzz(f, events.ReadGED, gedHead+gedRow(1)+gedRow(1)+gedRow(2), gedHead+"1,\"\n", "\x1f\x8b")
}

func FuzzACLED(f *testing.F) {
	fuzz(f, events.ReadACLED, acledHead+"SUD1,2023-05-12,2023,1,,Battles,,A,,1,B,,2,12,,729,,Sudan,,,,,1,2,1,,,,0,,1\n")
}

func FuzzPanel(f *testing.F) {
	fuzz(f, events.ReadPanel, "month_id,country_id,ged_sb\n121,1,0\n2021-03,1,2\n", "month;country_id;outcome\n121;1;x\n")
}

func FuzzReports(f *testing.F) {
	fuzz(f, events.ReadReports, repHead+"media,2026-03-01,X,CIV,\"a\r\n\"\"b\"\"\",R1\n", utf16le(repHead+"NGO,1 May 2026,X,CIV,t,\n"),
		"sep=;\nsource_type;date;text;place\nanon;13/5/2026;caf\xe9;X\n")
}

// BenchmarkGED reads a synthetic file of a million short rows.
func BenchmarkGED(b *testing.B) {
	var text strings.Builder
	text.WriteString(gedHead)
	for i := range 1_000_000 {
		text.WriteString(gedRow(i))
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		s, err := events.ReadGED(strings.NewReader(text.String()), func(events.Event) error { return nil })
		if err != nil || s.Accepted != 1_000_000 {
			b.Fatal(s, err)
		}
	}
}
