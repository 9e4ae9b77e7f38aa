package events_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

func open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// balanced checks what every summary promises.
func balanced(t testing.TB, s events.Summary) {
	t.Helper()
	if s.Rows != s.Accepted+s.Duplicates+s.RejectedRows {
		t.Errorf("%d rows are not %d accepted + %d duplicates + %d rejected", s.Rows, s.Accepted, s.Duplicates, s.RejectedRows)
	}
	if len(s.Rejected) > s.RejectedRows {
		t.Errorf("%d problems listed for %d rejected rows", len(s.Rejected), s.RejectedRows)
	}
}

func gedAll(t testing.TB, r io.Reader) ([]events.Event, events.Summary) {
	t.Helper()
	var all []events.Event
	s, err := events.ReadGED(r, func(e events.Event) error { all = append(all, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, s)
	return all, s
}

func TestGEDSample(t *testing.T) {
	all, s := gedAll(t, open(t, "warning/ged/ucdpged_sample_1000_v23_1.csv.gz"))
	if s.Rows != 1000 || s.Accepted != 1000 {
		t.Fatalf("summary %+v", s)
	}
	e := all[0]
	want := events.Event{Line: 2, Source: "ged", SourceID: "300380", Type: events.StateBased,
		Dyad: "Government of Syria - Syrian insurgents", Country: "Syria", ISO3: "SYR", GW: 652, Region: "Middle East",
		Admin1: "Idlib governorate", Admin2: "Ariha district", Place: "Rami village", Lat: 35.763369, Lon: 36.558974,
		Precision: 1, DatePrecision: 1, Clarity: 1,
		Start: time.Date(2013, 1, 3, 0, 0, 0, 0, time.UTC), End: time.Date(2013, 1, 3, 0, 0, 0, 0, time.UTC),
		Best: 2, Low: 2, High: 2, SideA: "Government of Syria", SideB: "Syrian insurgents",
		Headline: "Thursday 3 January 2013;Abdul Satar Mustafa Hankosh", Sources: `"Support Kurds in Syria,2013-01-03, Thursday 3 January 2013";"VDC,2013-01-03,Abdul Satar Mustafa Hankosh"`}
	if e != want {
		t.Errorf("first event\n got %+v\nwant %+v", e, want)
	}
	for _, e := range all {
		if e.ISO3 == "" {
			t.Errorf("line %d: no ISO code for %q (GW %d)", e.Line, e.Country, e.GW)
		}
	}
	if e.Key() != "ged:300380" {
		t.Errorf("key %q", e.Key())
	}
}

// TestGEDAgainstEncodingCSV compares the reader with the standard library's.
func TestGEDAgainstEncodingCSV(t *testing.T) {
	zr, err := gzip.NewReader(open(t, "warning/ged/ucdpged_sample_1000_v23_1.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	place := slices.Index(rows[0], "where_coordinates")
	headline := slices.Index(rows[0], "source_headline")
	all, _ := gedAll(t, iotest.HalfReader(bytes.NewReader(text)))
	for i, e := range all {
		if r := rows[i+1]; e.SourceID != r[0] || e.Place != strings.TrimSpace(r[place]) || e.Headline != strings.TrimSpace(r[headline]) {
			t.Fatalf("row %d: %q %q %q, want %q %q %q", i, e.SourceID, e.Place, e.Headline, r[0], r[place], r[headline])
		}
	}
}

const gedHead = "ID,type_of_violence,side_a,side_b,Latitude,longitude,country,country_id,date_start,date_end,best,high,low\n"

func gedRow(id int) string {
	return fmt.Sprintf("%d,3,A,Civilians,1.5,30.25,DR Congo (Zaire),490,2021-03-04 00:00:00.000,2021-03-05,7,9,5\n", id)
}

func TestGEDProblems(t *testing.T) {
	bad := func(from, to string) string { return strings.Replace(gedRow(99), from, to, 1) }
	cases := []struct{ name, row, column, says string }{
		{"text for a count", bad(",7,9", ",many,9"), "best", `"many" is not a whole number`},
		{"a negative count", bad(",7,9,5", ",7,9,-5"), "low", "not between"},
		{"a fraction", bad(",7,9", ",7.5,9"), "best", "not a whole number"},
		{"no count", bad(",7,9", ",,9"), "best", "missing"},
		{"latitude", bad("1.5", "91"), "Latitude", "not between -90 and 90"},
		{"not a number", bad("1.5", "NaN"), "Latitude", "missing"},
		{"infinity", bad("1.5", "Inf"), "Latitude", "not between"},
		{"date", bad("2021-03-04 00:00:00.000", "2021-02-30"), "date_start", "not a date"},
		{"ends before it starts", bad("2021-03-05", "2021-03-01"), "date_end", "before it starts"},
		{"type", bad(",3,A", ",4,A"), "type_of_violence", "not between 1 and 3"},
		{"id", bad("99,", "x99,"), "ID", "not a GED event id"},
		{"no id", bad("99,", ","), "ID", "missing"},
		{"short", "99,3,A\n", "side_b", "3 values"},
		{"long", bad("\n", ",1,2\n"), "", "15 values"},
		{"quote", bad("A,", `"A"x,`), "", "does not close"},
		{"several", bad("1.5,30.25", "x,y"), "Latitude", "also wrong: longitude"},
		{"NUL", bad("Civilians", "Civ\x00ilians"), "side_b", "NUL"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			all, s := gedAll(t, strings.NewReader(gedHead+gedRow(1)+c.row+gedRow(2)))
			if len(all) != 2 || s.Rows != 3 || len(s.Rejected) != 1 {
				t.Fatalf("%d events, summary %+v", len(all), s)
			}
			p := s.Rejected[0]
			if p.Line != 3 || p.Column != c.column || !strings.Contains(p.Error, c.says) {
				t.Errorf("problem %+v, want line 3, column %q, %q", p, c.column, c.says)
			}
		})
	}
}

func TestGEDTolerance(t *testing.T) {
	all, s := gedAll(t, strings.NewReader(gedHead+gedRow(1)))
	if e := all[0]; e.ISO3 != "COD" || e.Type != events.OneSided || !e.Start.Equal(time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("event %+v, summary %+v", e, s)
	}
	all, s = gedAll(t, strings.NewReader(gedHead+gedRow(1)+gedRow(1)+strings.Replace(gedRow(1), ",7,", ",8,", 1)+"\n\n"+strings.ReplaceAll(gedRow(4), ",9,5", ",6.0,5")))
	if len(all) != 2 || s.Rows != 4 || s.Duplicates != 2 {
		t.Errorf("%d events, summary %+v", len(all), s)
	}
	notes := strings.Join(s.Notes, "\n")
	if !strings.Contains(notes, "line 4: repeats the id") || !strings.Contains(notes, "line 7: the best estimate lies outside") {
		t.Errorf("notes %q", notes)
	}
}

func TestWrongFile(t *testing.T) {
	read := map[string]func(io.Reader) error{
		"ged": func(r io.Reader) error {
			_, err := events.ReadGED(r, func(events.Event) error { return nil })
			return err
		},
		"acled": func(r io.Reader) error {
			_, err := events.ReadACLED(r, func(events.Event) error { return nil })
			return err
		},
		"panel": func(r io.Reader) error {
			_, err := events.ReadPanel(r, func(events.Cell) error { return nil })
			return err
		},
		"reports": func(r io.Reader) error {
			_, err := events.ReadReports(r, func(events.Report) error { return nil })
			return err
		},
	}
	cases := []struct{ command, text, says, hint string }{
		{"ged", "month_id,country_id,ged_sb\n121,1,0\n", "missing columns: id, type_of_violence", "import panel"},
		{"panel", gedHead + gedRow(1), "missing columns: month_id, ged_sb or ged_ns or ged_os", "import ged"},
		{"reports", acledHead, "missing columns: text", "import acled"},
		{"acled", "source_type;date;text;place\n", "missing columns: event_id_cnty", "import reports"},
		{"reports", "source_type,date,text\n", "missing columns: place or country", ""},
		{"ged", "", "the file is empty", ""},
		{"ged", "PK\x03\x04rest", "spreadsheet", ""},
		{"panel", "PAR1....", "Parquet", ""},
		{"ged", "\x1f\x8bnot gzip", "cannot be unpacked", ""},
		{"ged", `id,"type`, "header", ""},
	}
	for _, c := range cases {
		err := read[c.command](strings.NewReader(c.text))
		if fault.KindOf(err) != fault.KindInvalid || !strings.Contains(err.Error(), c.says) || !strings.Contains(fault.Hint(err), c.hint) {
			t.Errorf("%s of %q: %v (hint %q), want %q (hint %q)", c.command, c.text, err, fault.Hint(err), c.says, c.hint)
		}
	}
}

func TestReceiver(t *testing.T) {
	text := gedHead + gedRow(1) + gedRow(2) + gedRow(3)
	s, err := events.ReadGED(strings.NewReader(text), func(e events.Event) error {
		if e.SourceID == "2" {
			return fault.Invalid("country", "no such situation")
		}
		return nil
	})
	if err != nil || s.Accepted != 2 || len(s.Rejected) != 1 || s.Rejected[0] != (events.Problem{Line: 3, Column: "country", Error: "no such situation"}) {
		t.Errorf("summary %+v, error %v", s, err)
	}
	full := errors.New("disk is full")
	s, err = events.ReadGED(strings.NewReader(text), func(e events.Event) error { return full })
	if !errors.Is(err, full) || s.Accepted != 0 {
		t.Errorf("summary %+v, error %v", s, err)
	}
}

func TestBrokenStream(t *testing.T) {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	io.WriteString(zw, gedHead)
	for i := range 2000 {
		io.WriteString(zw, gedRow(i))
	}
	zw.Close()
	n := 0
	s, err := events.ReadGED(bytes.NewReader(b.Bytes()[:b.Len()-20]), func(events.Event) error { n++; return nil })
	if !errors.Is(err, io.ErrUnexpectedEOF) || n == 0 || s.Accepted != n {
		t.Errorf("%d events, summary %+v, error %v", n, s, err)
	}
}

func TestProblemsAreCounted(t *testing.T) {
	text := gedHead + strings.Repeat("x\n", 10_050)
	_, s := gedAll(t, strings.NewReader(text))
	if s.RejectedRows != 10_050 || len(s.Rejected) != 10_000 {
		t.Errorf("%d rejected, %d listed", s.RejectedRows, len(s.Rejected))
	}
	_, s = gedAll(t, strings.NewReader(gedHead))
	if j, err := json.Marshal(s); err != nil || !strings.Contains(string(j), `"rejected":[]`) {
		t.Errorf("%s %v", j, err)
	}
}

const acledHead = "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1," +
	"actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location," +
	"latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp\n"

func acledAll(t *testing.T, text string) ([]events.Event, events.Summary) {
	t.Helper()
	var all []events.Event
	s, err := events.ReadACLED(strings.NewReader(text), func(e events.Event) error { all = append(all, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, s)
	return all, s
}

// The rows below are invented; only their form is ACLED's.
func TestACLED(t *testing.T) {
	all, s := acledAll(t, acledHead+
		`SUD1,2023-05-12,2023,1,Political violence,Violence against civilians,Attack,Group A,,Political militia,Civilians (Sudan),,Civilians,Political militia-Civilians,Civilian targeting,729,Northern Africa,Sudan,West,District,,Town,13.45,22.45,1,Invented Source,Local,"A group, said to be A, attacked.",12,crowd size=no report,1700000000`+"\n"+
		`SUD2,13 May 2023,2023,1,Political violence,Battles,Armed clash,Military Forces,,State forces,Group A,,Rebel group,x,,729,Northern Africa,Sudan,West,,,Town,13.45,22.45,1,S,Local,n,3,,1700000000`+"\n"+
		`SUD3,2023-05-14,2023,1,Demonstrations,Protests,Peaceful protest,Protesters,,Protesters,,,,x,,729,Northern Africa,Sudan,West,,,Town,13.45,22.45,1,S,Local,n,0,,1700000000`+"\n"+
		`SUD2,2023-05-13,2023,1,Political violence,Battles,Armed clash,Military Forces,,State forces,Group A,,Rebel group,x,,729,Northern Africa,Sudan,West,,,Town,13.45,22.45,1,S,Local,n,4,,1700000001`+"\n"+
		`SUD4,2023-13-14,2023,1,Political violence,Battles,Armed clash,X,,Rebel group,Y,,Rebel group,x,,729,Northern Africa,Sudan,West,,,Town,13.45,22.45,1,S,Local,n,0,,1`+"\n")
	if s.Accepted != 3 || s.Duplicates != 1 || len(s.Rejected) != 1 || s.Rejected[0].Column != "event_date" || s.Rejected[0].Line != 6 {
		t.Fatalf("summary %+v", s)
	}
	want := events.Event{Line: 2, Source: "acled", SourceID: "SUD1", Type: events.OneSided,
		Kind: "Violence against civilians", SubKind: "Attack", Country: "Sudan", ISO3: "SDN", GW: 625, Region: "Northern Africa",
		Admin1: "West", Admin2: "District", Place: "Town", Lat: 13.45, Lon: 22.45, Precision: 1, DatePrecision: 1,
		Start: time.Date(2023, 5, 12, 0, 0, 0, 0, time.UTC), End: time.Date(2023, 5, 12, 0, 0, 0, 0, time.UTC),
		Best: 12, Low: 12, High: 12, Civilians: 12, SideA: "Group A", SideB: "Civilians (Sudan)",
		Sources: "Invented Source", Notes: "A group, said to be A, attacked."}
	if all[0] != want {
		t.Errorf("first event\n got %+v\nwant %+v", all[0], want)
	}
	if all[1].Type != events.StateBased || all[1].Civilians != 0 || all[2].Type != events.Unclassified {
		t.Errorf("types %v and %v", all[1].Type, all[2].Type)
	}
}

func TestACLEDOlderExport(t *testing.T) {
	all, s := acledAll(t, "data_id;ISO;EVENT_ID_NO_CNTY;EVENT_DATE;YEAR;TIME_PRECISION;EVENT_TYPE;ACTOR1;INTER1;ACTOR2;INTER2;COUNTRY;LOCATION;LATITUDE;LONGITUDE;GEO_PRECIS;FATALITIES\r\n"+
		"77;;5;03/12/2015;2015;1;Battle-No change of territory;Rebels;2;Militia;3;Cote d'Ivoire;Town;7,54;-5,55;1;2\r\n"+
		"78;;6;04-December-2015;2015;1;Remote violence;Army;1;;0;Ivory Coast;Town;7,54;-5,55;1;0\r\n")
	if s.Accepted != 2 {
		t.Fatalf("summary %+v", s)
	}
	if e := all[0]; e.SourceID != "77" || e.ISO3 != "CIV" || e.Lat != 7.54 || e.Lon != -5.55 || e.Type != events.NonState || e.Start.Month() != time.December {
		t.Errorf("event %+v", e)
	}
	if e := all[1]; e.Type != events.StateBased || e.Start.Day() != 4 || e.ISO3 != "CIV" {
		t.Errorf("event %+v", e)
	}
}

func TestPanel(t *testing.T) {
	months, countries, total := map[events.Month]bool{}, map[int]bool{}, 0.0
	s, err := events.ReadPanel(open(t, "warning/views_cm/cm_ged_sb_panel_1990_2021.csv.gz"), func(c events.Cell) error {
		if c.ISO3 == "" {
			t.Errorf("line %d: no ISO code for country %d", c.Line, c.Country)
		}
		months[c.Month], countries[c.Country], total = true, true, total+c.Values["ged_sb"]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, s)
	if s.Rows != 70939 || s.Accepted != 70939 || len(months) != 384 || len(countries) != 191 || total < 1e6 {
		t.Errorf("%d months, %d countries, %g deaths, summary %+v", len(months), len(countries), total, s)
	}
	for path, rows := range map[string]int{"warning/ged/africa_cm_ged_sb_ns_os_1990_2020.csv.gz": 19943, "warning/views_cm/cm_actuals_2018_2021.csv.gz": 9168} {
		s, err := events.ReadPanel(open(t, path), func(events.Cell) error { return nil })
		if err != nil || s.Accepted != rows {
			t.Errorf("%s: %+v, %v", path, s, err)
		}
	}
}

func TestPanelProblems(t *testing.T) {
	var all []events.Cell
	s, err := events.ReadPanel(strings.NewReader("month_id,country_id,ged_sb,ged_os\n495,245,3,\n2021-03,245,3,\n495,245,4,1\n496,245,NA,\n497,245,-1,2\n498,245.0,1e2,2\n,245,1,1\n499,x,1,1\n0,245,1,1\n"), func(c events.Cell) error {
		all = append(all, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, s)
	if len(all) != 2 || s.Duplicates != 0 || s.RejectedRows != 7 {
		t.Fatalf("cells %+v, summary %+v", all, s)
	}
	if c := all[0]; c.Month.String() != "2021-03" || c.ISO3 != "SDN" || len(c.Values) != 1 || c.Values["ged_sb"] != 3 {
		t.Errorf("cell %+v", c)
	}
	want := []events.Problem{{3, "month_id", "line 2"}, {4, "month_id", "line 2"}, {5, "ged_sb", "missing"}, {6, "ged_sb", "0 or more"},
		{8, "month_id", "missing"}, {9, "country_id", "whole number"}, {10, "month_id", "between"}}
	for i, p := range s.Rejected {
		if p.Line != want[i].Line || p.Column != want[i].Column || !strings.Contains(p.Error, want[i].Error) {
			t.Errorf("problem %+v, want %+v", p, want[i])
		}
	}
}

func TestPanelYearAndMonth(t *testing.T) {
	s, err := events.ReadPanel(strings.NewReader("year,month,country_id,ged_os\n2021,3,245,1\n2021,13,245,1\n"), func(c events.Cell) error {
		if c.Month.String() != "2021-03" {
			t.Errorf("cell %+v", c)
		}
		return nil
	})
	if err != nil || s.Accepted != 1 || len(s.Rejected) != 1 || s.Rejected[0].Column != "month" {
		t.Errorf("summary %+v, %v", s, err)
	}
}

func TestMonth(t *testing.T) {
	for m, want := range map[events.Month]string{1: "1980-01", 12: "1980-12", 121: "1990-01", 528: "2023-12", 532: "2024-04"} {
		if m.String() != want || events.MonthOf(m.Start()) != m {
			t.Errorf("month %d is %s, want %s", m, m, want)
		}
	}
}
