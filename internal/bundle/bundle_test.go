package bundle_test

import (
	"crypto"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/proof/judge"
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

// TestWhere: what is wrong is said with its line and its column, and the rows after it
// are read.
func TestWhere(t *testing.T) {
	for _, c := range []struct{ name, text, kind, want string }{
		{"x.csv", ",id,title\n0,1\n1,2,\"b\"c\n2,3,d,e\n3,4,f\n", bundle.BayanatCSV, "line 2, column 3;line 3, column 7;line 4, column 7"},
		{"x.dat", "þAþ\x14þNATIVEþ\nþ1þ\nþ2þ\x14þ../xþ\nþ3þ\x14þaþ\n", bundle.LoadDAT, "line 2, column 1;line 3, column 5"},
		{"x.opt", "a,v,../1.tif,Y,,,1\nb\nc,v,3.tif,Y,,,1\n", bundle.LoadOPT, "line 1, column 5;line 2, column 1"},
		{"x.ftm", "{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{}}\n\n{\"id\" 1}\n{\"id\":\"b\",\"schema\":\"Person\",\"properties\":{}}\n", bundle.FtM, "line 3, column 7"},
	} {
		b := read(t, c.name, c.text, c.kind)
		var got []string
		for _, p := range b.Problems {
			where, _, _ := strings.Cut(p.String(), ":")
			got = append(got, where)
		}
		if strings.Join(got, ";") != c.want || len(b.Items) == 0 {
			t.Errorf("%s: %v, %d items", c.name, b.Problems, len(b.Items))
		}
	}
	_, err := bundle.Read(bundle.BayanatJSON, strings.NewReader("{\"bulletins\": [\n{\"id\":1},\n {\"id\"; 2}]}"))
	if err == nil || !strings.HasPrefix(err.Error(), "line 3, column 7") {
		t.Error(err)
	}
}

// TestOnto: what stands beside a bundle is compared with the digests that it states.
func TestOnto(t *testing.T) {
	text := "þDOCIDþ\x14þNATIVEþ\x14þTEXTPATHþ\x14þMD5HASHþ\nþ1þ\x14þa.docþ\x14þa.txtþ\x14þ900150983CD24FB0D6963F7D28E17F72þ\nþ2þ\x14þb.docþ\x14þþ\x14þ900150983cd24fb0d6963f7d28e17f72þ\nþ3þ\x14þgone.docþ\x14þþ\x14þþ\n"
	b := read(t, "x.dat", text, bundle.LoadDAT)
	files := map[string]string{"a.doc": "abc", "a.txt": "any", "b.doc": "other"}
	near := func(name string, by crypto.Hash) ([]byte, bool, error) {
		text, there := files[name]
		if !there || by == 0 {
			return nil, there, nil
		}
		h := by.New()
		h.Write([]byte(text))
		return h.Sum(nil), true, nil
	}
	f := judge.New("text/plain")
	if err := b.Onto(f, near); err != nil || f.Kind != bundle.LoadDAT || f.Integrity != judge.Bad || !strings.Contains(strings.Join(f.Notes, "\n"), "1 stand beside it with the digest that is stated, 1 without one that is stated, 1 with another, and 1 do not") {
		t.Errorf("%+v, %v", f, err)
	}
	delete(files, "b.doc")
	if f = judge.New("text/plain"); b.Onto(f, near) != nil || f.Integrity != judge.Unknown {
		t.Errorf("%+v", f)
	}
	b.Items = b.Items[:1]
	if f = judge.New("text/plain"); b.Onto(f, near) != nil || f.Integrity != judge.Good {
		t.Errorf("%+v", f)
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
	f.Add("x.ftm", `{"id":"a","schema":"Person","properties":{"fileName":["../a"]}}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		if len(text) > 1<<16 || len(name) > 1000 {
			return
		}
		for _, kind := range []string{bundle.Kind(name, []byte(text)), bundle.UwaziCSV, bundle.BayanatJSON, bundle.LoadDAT, bundle.Message, bundle.FtM, bundle.LoadOPT} {
			b, err := bundle.Read(kind, strings.NewReader(text))
			if err != nil {
				continue
			}
			if err := b.Onto(judge.New(""), func(string, crypto.Hash) ([]byte, bool, error) { return nil, true, nil }); err != nil {
				t.Fatal(err)
			}
			for _, i := range b.Items {
				if len(i.Facts()) > 200 {
					t.Fatal("more facts than are kept")
				}
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

// TestTheSameFieldsAreKept of an entity that has more than are kept.
func TestTheSameFieldsAreKept(t *testing.T) {
	var line strings.Builder
	for n := range 2100 {
		fmt.Fprintf(&line, `,"p%04d":["x"]`, n)
	}
	text := `{"id":"a","schema":"Person","properties":{` + line.String()[1:] + "}}\n"
	for range 3 {
		b := read(t, "entities.ftm.json", text, bundle.Kind("entities.ftm.json", []byte(text)))
		if f := b.Items[0].Fields; len(f) != 2000 || f["p0000"] == nil || f["p1998"] == nil || f["p1999"] != nil {
			t.Fatalf("%d fields", len(f))
		}
	}
}
