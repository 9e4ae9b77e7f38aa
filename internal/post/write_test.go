package post

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func feed() Feed {
	return Feed{ID: "tag:heed.example.org,2026:P-7", Title: "Warnings & duties <of> P-7", Author: "Ministry of Foreign Affairs", Tag: "en",
		Self: "https://heed.example.org/feed/P-7", Link: "https://heed.example.org/", Updated: when,
		Items: []Item{
			{ID: "tag:heed.example.org,2026:W-1", Title: "تحذير W-1", Link: "https://heed.example.org/warning/W-1", Published: when.Add(-time.Hour), Updated: when, Category: "warning", Summary: "a < b & \"c\"\x00\nnext"},
			{ID: "tag:heed.example.org,2026:D-1", Title: "Duty", Updated: when.In(time.FixedZone("x", 3600))},
		}}
}

func TestAtom(t *testing.T) {
	var b bytes.Buffer
	if err := WriteAtom(&b, feed()); err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.xml", b.Bytes())
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		testkit.Missing(t, "xmllint")
	}
	cmd := exec.Command(lint, "--noout", "--nonet", "-")
	cmd.Stdin = bytes.NewReader(b.Bytes())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	for _, f := range []Feed{{}, {ID: "x", Title: "x", Author: "x", Updated: when, Items: []Item{{}}}} {
		if err := WriteAtom(&b, f); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func FuzzAtom(f *testing.F) {
	f.Add("title", "summary ]]> \x00 \xff")
	f.Fuzz(func(t *testing.T, title, summary string) {
		if title == "" {
			return
		}
		fd := feed()
		fd.Title, fd.Items[0].Summary = title, summary
		var b bytes.Buffer
		if err := WriteAtom(&b, fd); err != nil {
			t.Fatal(err)
		}
		var back struct {
			Entries []struct{} `xml:"entry"`
		}
		if err := xml.Unmarshal(b.Bytes(), &back); err != nil || len(back.Entries) != 2 {
			t.Errorf("%v: %s", err, b.Bytes())
		}
	})
}

func TestCalendar(t *testing.T) {
	var b bytes.Buffer
	err := WriteCalendar(&b, Calendar{Name: "Duties; P-7", Events: []Event{
		{UID: "D-1@heed.example.org", Sequence: 2, Stamp: when, Start: when.Add(72 * time.Hour), Summary: "Answer W-1: decide, or explain\nnext; line \\ end",
			Text: strings.Repeat("الرد مطلوب ", 20), URL: "https://heed.example.org/duty/D-1", Category: "duty", Alarms: []time.Duration{24 * time.Hour, 90 * time.Minute, time.Second, -time.Minute}},
		{UID: "D-2@heed.example.org", Stamp: when, Start: when, End: when.Add(time.Hour), Summary: "Withdrawn", Cancelled: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "duties.ics", b.Bytes())
	for _, line := range strings.SplitAfter(b.String(), "\r\n") {
		if len(line) > widest+2 || !utf8.ValidString(line) || line != "" && !strings.HasSuffix(line, "\r\n") {
			t.Errorf("line %q", line)
		}
	}
	for _, e := range []Event{{}, {UID: "x", Summary: "x", Stamp: when, Start: when, End: when.Add(-1)}, {UID: "x", Summary: "x", Stamp: when, Start: when, URL: "https://x\r\nATTACH:y"}} {
		if err := WriteCalendar(&b, Calendar{Events: []Event{e}}); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

// parse reads a calendar as RFC 5545 tells a reader to.
func parse(t *testing.T, text string) (lines [][2]string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("no content line: %q", line)
		}
		value = strings.NewReplacer(`\\`, `\`, `\;`, `;`, `\,`, `,`, `\n`, "\n", `\N`, "\n").Replace(value)
		lines = append(lines, [2]string{name, value})
	}
	return lines
}

// FuzzCalendar writes texts into a calendar and reads them back: no text can
// add a line of its own, and all of it but control characters comes back.
func FuzzCalendar(f *testing.F) {
	for _, s := range []string{"plain", "a\\nb", "a\r\nBEGIN:VEVENT", "x;y,z\\", strings.Repeat("é", 100), "\xff\x00\x7f", "\uFFFD", "ends with \\", "a\r\xff\nb"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, summary, text string) {
		if summary == "" || text == "" {
			return
		}
		var b strings.Builder
		if err := WriteCalendar(&b, Calendar{Events: []Event{{UID: "u", Stamp: when, Start: when, Summary: summary, Text: text}}}); err != nil {
			t.Fatal(err)
		}
		lines := parse(t, b.String())
		if len(lines) != 18 {
			t.Fatalf("%d lines: %q", len(lines), b.String())
		}
		for _, l := range lines {
			if want := clean(summary); l[0] == "SUMMARY" && l[1] != want {
				t.Errorf("summary %q, want %q", l[1], want)
			}
			if want := clean(text); l[0] == "DESCRIPTION" && l[1] != want {
				t.Errorf("text %q, want %q", l[1], want)
			}
		}
	})
}

// clean is what a text can hold.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
