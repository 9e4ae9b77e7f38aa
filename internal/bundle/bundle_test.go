package bundle_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/bundle"
)

func read(t *testing.T, name, text, kind string) *bundle.Bundle {
	t.Helper()
	if got := bundle.Kind(name, []byte(text)); got != kind {
		t.Fatalf("%s is told as %q, want %q", name, got, kind)
	}
	b, err := bundle.Read(kind, strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func day(s string) time.Time { t, _ := time.Parse("2006-01-02", s); return t }

// TestBayanat: JSON whose groups have no comma between them, and the CSV.
func TestBayanat(t *testing.T) {
	const js = "{ \n\"bulletins\": [ \n" + `{"id":1,"title":"A","description":"{x}","medias":[{"filename":"a.mp4","etag":"x"},{"filename":"../../etc/passwd"}],"publish_date":"2026-05-01T10:00"},{"id":2,"title_ar":"ب"}` + "\n" +
		`{"id":3,"title":"C","sources":[{"title":"s1"},{"title":"s2"}]}` + "\n] \n }"
	b := read(t, "export.json", js, bundle.BayanatJSON)
	if len(b.Items) != 3 || b.Items[1].Title != "ب" || !reflect.DeepEqual(b.Items[0].Files, []string{"a.mp4"}) || len(b.Problems) != 1 ||
		!reflect.DeepEqual(b.Items[2].Fields["sources.title"], []string{"s1", "s2"}) || b.Items[2].Line != 4 {
		t.Errorf("%+v", b)
	}
	for _, cut := range []string{js[:len(js)-8], js[:60], js + "x", strings.Replace(js, `"id":3`, `"id":3,`+strings.Repeat(`"a":{`, 500), 1)} {
		if _, err := bundle.Read(bundle.BayanatJSON, strings.NewReader(cut)); err == nil {
			t.Errorf("%.80q was read", cut)
		}
	}
	c := read(t, "export.csv", ",id,originid,title,medias.1.filename,medias.2.filename,publish_date\n0,7,o,\"A, b\",a.jpg,b.jpg,2026-05-01\n1,8,,C,,,\n", bundle.BayanatCSV)
	if len(c.Items) != 2 || c.Items[0].ID != "7" || len(c.Items[0].Files) != 2 || c.Items[0].Dates[0].From != day("2026-05-01") {
		t.Errorf("%+v", c)
	}
}

// TestUwazi: lists, ranges with either end open, files.
func TestUwazi(t *testing.T) {
	b := read(t, "uwazi.csv", "Title *,Date added *,Template *,Period,Places,Documents\nCase 1,2026-01-02,Case,2020-01-01~2020-12-31|~2021/03/01|2022-01-01~,A|B,a.pdf|b.pdf\nCase 2,,,2020,,\n", bundle.UwaziCSV)
	i := b.Items[0]
	want := []bundle.Range{{"date added", day("2026-01-02"), day("2026-01-02")}, {"period", day("2020-01-01"), day("2020-12-31")}, {"period", time.Time{}, day("2021-03-01")}, {"period", day("2022-01-01"), time.Time{}}}
	if i.Title != "Case 1" || !reflect.DeepEqual(i.Dates, want) || len(i.Files) != 2 || len(i.Fields["places"]) != 2 || len(b.Items[1].Dates) != 0 {
		t.Errorf("%+v", b)
	}
}

// TestLoadFiles: DAT in three encodings, with new lines in fields, and OPT.
func TestLoadFiles(t *testing.T) {
	const dat = "þDOCIDþ\x14þSUBJECTþ\x14þNATIVE_PATHþ\x14þDATE_SENTþ\r\nþA-1þ\x14þtwo®linesþ\x14þ\\NATIVES\\a.docþ\x14þ2026-05-01þ\r\nþA-2þ\x14þþ\x14þ..\\..\\xþ\x14þþ\r\n"
	latin := strings.NewReplacer("þ", "\xfe", "®", "\xae").Replace(dat)
	wide := "\xff\xfe"
	for _, r := range dat {
		wide += string([]byte{byte(r), byte(r >> 8)})
	}
	for name, text := range map[string]string{"utf8": "\xef\xbb\xbf" + dat, "latin": latin, "utf16": wide} {
		b := read(t, "load.dat", text, bundle.LoadDAT)
		if len(b.Items) != 2 || b.Items[0].ID != "A-1" || b.Items[0].Title != "two\nlines" || !reflect.DeepEqual(b.Items[0].Files, []string{"NATIVES/a.doc"}) || len(b.Problems) != 1 || b.Items[0].Dates[0].From != day("2026-05-01") {
			t.Errorf("%s: %+v", name, b)
		}
	}
	if _, err := bundle.Read(bundle.LoadDAT, strings.NewReader(dat[:len(dat)-4])); err == nil {
		t.Error("a cut load file was read")
	}
	o := read(t, "load.opt", "A-1,VOL1,\\IMAGES\\1.tif,Y,,,2\r\nA-1b,VOL1,IMAGES\\2.tif,,,,\r\nA-2,VOL1,IMAGES\\3.tif,Y,,,1\r\n", bundle.LoadOPT)
	if len(o.Items) != 2 || !reflect.DeepEqual(o.Items[0].Files, []string{"IMAGES/1.tif", "IMAGES/2.tif"}) {
		t.Errorf("%+v", o)
	}
}

const letter = "From: =?utf-8?q?Am=C3=A9lie?= <a@example.org>\r\nTo: b@example.org\r\nMessage-ID: <1@x>\r\nDate: Fri, 01 May 2026 10:00:00 +0000\r\nSubject: =?iso-8859-1?q?caf=E9?=\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\nContent-Type: multipart/alternative; boundary=Y\r\n\r\n--Y\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n--Y\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--Y--\r\n" +
	"--X\r\nContent-Type: image/jpeg; name=\"p.jpg\"\r\nContent-Disposition: attachment; filename*=utf-8''..%2F..%2Fph%C3%B6to.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--X--\r\n"

// TestMail: headers, text and attachments, alone and in a mailbox.
func TestMail(t *testing.T) {
	m, err := bundle.ParseMail([]byte(letter))
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "café" || !strings.HasPrefix(m.From, "Amélie") || m.Text != "café" || len(m.Attachments) != 1 || m.Attachments[0].Name != "phöto.jpg" || string(m.Attachments[0].Bytes) != "abc" ||
		m.Attachments[0].SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" || m.Date.Hour() != 10 {
		t.Errorf("%+v", m)
	}
	box := "From a Fri May  1 10:00:00 2026\n" + strings.ReplaceAll(letter, "\r\n", "\n") + "\nFrom b Fri May  1 10:00:00 2026\nFrom: c\nDate: Fri, 01 May 2026 10:00:00 +0000\n\n>From here\nFrom there\n\nFrom d\nnothing\n"
	b := read(t, "all.mbox", box, bundle.Mbox)
	if len(b.Items) != 2 || b.Items[0].ID != "1@x" || b.Items[1].Text != "From here\nFrom there\n\n" || len(b.Problems) != 1 {
		t.Errorf("%+v", b)
	}
	deep := letter
	for i := range 30 {
		deep = fmt.Sprintf("From: a\nContent-Type: multipart/mixed; boundary=B%d\n\n--B%d\n%s\n--B%d--\n", i, i, strings.Replace(deep, "From: a\n", "", 1), i)
	}
	if _, err := bundle.ParseMail([]byte(deep)); err == nil {
		t.Error("a message in 30 levels was read")
	}
	if _, err := bundle.ParseMail([]byte("x: y\n\nhello")); err == nil {
		t.Error("something that is no message was read")
	}
}

// TestEntities: FollowTheMoney as items.
func TestEntities(t *testing.T) {
	b := read(t, "x.json", `{"id":"d","schema":"Document","properties":{"fileName":["a/b.pdf"],"title":["T"],"date":["2026"]}}`+"\n", bundle.FtM)
	if b.Items[0].Title != "T" || b.Items[0].Files[0] != "a/b.pdf" || b.Items[0].Fields["schema"][0] != "Document" {
		t.Errorf("%+v", b)
	}
}

// FuzzRead: no bundle does harm, and no file leads out of one.
func FuzzRead(f *testing.F) {
	f.Add("x.eml", letter)
	f.Add("x.mbox", "From a\nFrom: b\n\nx\n")
	f.Add("x.dat", "þaþ\x14þbþ\nþ1þ\x14þ2þ\n")
	f.Add("x.opt", "a,b,c,Y,,,1\n")
	f.Add("x.csv", ",id,title\n0,1,x\n")
	f.Add("x.json", `{"bulletins": [{"id":1} {"id":2}]}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		for _, kind := range []string{bundle.Kind(name, []byte(text)), bundle.UwaziCSV, bundle.BayanatJSON, bundle.LoadDAT, bundle.Message} {
			b, err := bundle.Read(kind, strings.NewReader(text))
			if err != nil {
				continue
			}
			for _, i := range b.Items {
				for _, file := range i.Files {
					if strings.HasPrefix(file, "/") || strings.Contains("/"+file+"/", "/../") {
						t.Fatalf("%q leads out", file)
					}
				}
			}
		}
		bundle.ParseMail([]byte(text))
	})
}
