package events_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/heed-project/heed/internal/events"
)

func reportsAll(t *testing.T, text string) ([]events.Report, events.Summary) {
	t.Helper()
	var all []events.Report
	s, err := events.ReadReports(strings.NewReader(text), func(r events.Report) error { all = append(all, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, s)
	return all, s
}

const repHead = "source_type,date,place,country,text,reference\n"

func utf16le(s string) string {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, append([]uint16{0xfeff}, utf16.Encode([]rune(s))...))
	return b.String()
}

func TestReportsInEveryDress(t *testing.T) {
	comma := "source_type,date,place,country,text\r\nNGO,2026-03-01,\"Old, Market\",Côte d'Ivoire,\"They said \"\"go\"\"\r\nand we went\"\r\nembassy,2 March 2026,Port,CIV,العربية\r\n"
	semicolon := "Type de source;Date;Lieu;Pays;Texte\nONG;01.03.2026;Old, Market;Cote d’Ivoire;\"They said \"\"go\"\"\nand we went\"\nAmbassade;2026/03/02;Port;Côte d'Ivoire;العربية\n"
	tab := "sep=\t\nsource_type\tdate\tplace\tcountry\ttext\ncivil society\t2026-03-01\tOld, Market\tCIV\t\"They said \"\"go\"\"\nand we went\"\nEMBASSY\t2026-03-02T10:00:00+02:00\tPort\tساحل العاج\tالعربية"
	for name, text := range map[string]string{"comma": comma, "mark": "\ufeff" + comma, "semicolon": semicolon, "tab": tab, "utf-16": utf16le(comma), "utf-16 tab": utf16le(tab)} {
		t.Run(name, func(t *testing.T) {
			all, s := reportsAll(t, text)
			if len(all) != 2 || len(s.Rejected) != 0 || len(s.Notes) != 0 {
				t.Fatalf("%d reports, summary %+v", len(all), s)
			}
			r := all[0]
			if r.SourceType != "civil-society" || r.Country != "CIV" || r.Place != "Old, Market" || r.Text != "They said \"go\"\nand we went" || r.Date.Format("2006-01-02") != "2026-03-01" {
				t.Errorf("first report %+v", r)
			}
			if r := all[1]; r.SourceType != "embassy" || r.Text != "العربية" || r.Date.Day() != 2 || r.Country != "CIV" {
				t.Errorf("second report %+v", r)
			}
		})
	}
}

func TestReportsWindows1252(t *testing.T) {
	all, s := reportsAll(t, "source_type;date;place;text\nmedia;2026-03-01;Orl\xe9ans;L\x92\xe9t\xe9\nmedia;2026-03-02;Lomé;déjà\n")
	if len(all) != 2 || all[0].Place != "Orléans" || all[0].Text != "L’été" || all[1].Place != "Lomé" {
		t.Errorf("reports %+v", all)
	}
	if len(s.Notes) != 1 || !strings.HasPrefix(s.Notes[0], "line 2: not in UTF-8, read as Windows-1252") {
		t.Errorf("notes %q", s.Notes)
	}
}

func TestReportsProblems(t *testing.T) {
	cases := []struct{ name, row, column, says string }{
		{"source type", "neighbour,2026-03-01,X,CIV,t,", "source_type", "embassy, un-field"},
		{"no source type", ",2026-03-01,X,CIV,t,", "source_type", "missing"},
		{"two ways", "media,03/04/2026,X,CIV,t,", "date", "two ways"},
		{"no date", "media,,X,CIV,t,", "date", "missing"},
		{"not a date", "media,45012,X,CIV,t,", "date", "write year-month-day"},
		{"no text", "media,2026-03-01,X,CIV,,", "text", "missing"},
		{"country", "media,2026-03-01,X,Atlantis,t,", "country", "three letters"},
		{"nowhere", "media,2026-03-01,,,t,", "place", "neither"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			all, s := reportsAll(t, repHead+"media,2026-03-01,\"X\nY\",CIV,first,\n"+c.row+"\nmedia,25/12/2026,X,CIV,last,\n")
			if len(all) != 2 || len(s.Rejected) != 1 {
				t.Fatalf("%d reports, summary %+v", len(all), s)
			}
			if p := s.Rejected[0]; p.Line != 4 || p.Column != c.column || !strings.Contains(p.Error, c.says) {
				t.Errorf("problem %+v, want line 4, column %q, %q", p, c.column, c.says)
			}
		})
	}
}

// TestUnclosedQuote checks that a broken row costs itself alone, wherever its
// quote would have closed.
func TestUnclosedQuote(t *testing.T) {
	good := func(n string) string { return "media,2026-03-01,X,CIV,\"good, " + n + "\",\n" }
	bad := "media,2026-03-01,X,CIV,\"never closed,\n"
	long := "media,2026-03-01,X,CIV," + strings.Repeat("x", 2<<20) + ",\n"
	var filler strings.Builder
	for range 60_000 {
		filler.WriteString("media,2026-03-01,X,CIV,plain enough,\n")
	}
	for name, c := range map[string]struct {
		text string
		want []int // lines rejected
		good int
	}{
		"at once":     {good("1") + bad + good("2") + good("3"), []int{3}, 3},
		"at the end":  {good("1") + good("2") + bad, []int{4}, 2},
		"far off":     {good("1") + bad + filler.String() + good("2"), []int{3}, 3},
		"twice":       {bad + bad + good("1"), []int{2, 3}, 1},
		"a huge row":  {good("1") + long + good("2"), []int{3}, 2},
		"huge, last":  {good("1") + strings.TrimSpace(long), []int{3}, 1},
		"bare quotes": {`media,2026-03-01,X,CIV,he said "go" twice,` + "\n" + good("1"), nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			all, s := reportsAll(t, repHead+c.text)
			if len(all) != c.good || len(s.Rejected) != len(c.want) {
				t.Fatalf("%d good, want %d; rejected %+v", len(all), c.good, s.Rejected)
			}
			for i, p := range s.Rejected {
				if p.Line != c.want[i] {
					t.Errorf("problem on line %d, want %d", p.Line, c.want[i])
				}
			}
		})
	}
}

func TestReportsDuplicates(t *testing.T) {
	row := func(text, ref string) string { return "media,2026-03-01,X,CIV," + text + "," + ref + "\n" }
	all, s := reportsAll(t, repHead+row("one", "")+row("ONE.", "")+row("one", "R1")+row("two", "R2")+row("two", "R2")+row("two", "R3")+
		row("two", "")+row("three", "R2")+strings.Replace(row("three", "R2"), "media", "embassy", 1))
	var got []string
	for _, r := range all {
		got = append(got, r.Text+r.Reference)
	}
	if strings.Join(got, " ") != "one twoR2 twoR3 threeR2" || s.Duplicates != 4 || len(s.Rejected) != 1 || s.Rejected[0].Column != "reference" || s.Rejected[0].Line != 9 {
		t.Errorf("kept %q, summary %+v", got, s)
	}
}

func TestReportsOptionalColumns(t *testing.T) {
	all, s := reportsAll(t, "source_type;date;place;text;lat;lon;lang;tlp;population;contact;colour\nUN;2026-03-01;X;t;7,5;-5;pt_br;tlp:amber + strict;Hill people;+225 1;red\n")
	if len(all) != 1 {
		t.Fatalf("summary %+v", s)
	}
	if r := all[0]; r.SourceType != "un-field" || !r.Located || r.Lat != 7.5 || r.Lon != -5 || r.Language != "pt-BR" || r.Marking != "AMBER+STRICT" || r.Population != "Hill people" || r.Contact != "+225 1" {
		t.Errorf("report %+v", r)
	}
	if len(s.Notes) != 1 || s.Notes[0] != "line 1: columns not used: colour" {
		t.Errorf("notes %q", s.Notes)
	}
	_, s = reportsAll(t, "source_type,date,place,text,lat,lang,tlp\nUN,2026-03-01,X,t,7,,\nUN,2026-03-01,X,t,,klingon!,\nUN,2026-03-01,X,t,,,PURPLE\n")
	if len(s.Rejected) != 3 || s.Rejected[0].Column != "longitude" || s.Rejected[1].Column != "lang" || s.Rejected[2].Column != "tlp" {
		t.Errorf("summary %+v", s)
	}
}
