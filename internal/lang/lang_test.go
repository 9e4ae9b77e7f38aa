package lang

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		header, preferred string
		tag, asked        string
	}{
		{"", "", "en", "en"},
		{"fr-CA,fr;q=0.8,en;q=0.5", "", "fr", "fr"},
		{"ar-EG", "", "ar", "ar"},
		{"es-MX, fr;q=0.4", "", "es", "es"},
		{"zh-Hant-TW", "", "zh", "zh"},
		{"ru", "", "ru", "ru"},
		{"ru-KG,en;q=0.5", "", "ru", "ru"},
		{"sw, tlh", "", "en", "en"},
		{"en;q=0.1, ar", "fr", "fr", "fr"},
		{"fr", "xx", "fr", "fr"},
		{strings.Repeat("fr,", 10_000), "", "en", "en"},
		{"%%%;;;", "", "en", "en"},
	} {
		c := Match(tt.header, tt.preferred)
		text, asked := c.Notice()
		if c.Tag != tt.tag || asked != tt.asked {
			t.Errorf("%.40q, %q: %s for %s; want %s for %s", tt.header, tt.preferred, c.Tag, asked, tt.tag, tt.asked)
		}
		if (text != "") != (tt.tag != tt.asked) {
			t.Errorf("%.40q: notice %q", tt.header, text)
		}
		if f := For(tt.asked); f != c {
			t.Errorf("for %q: another catalogue", tt.asked)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"fr-CA,fr;q=0.8", "*", "x-y-z;q=9", "und-Latn", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if c := Match(header); !c.Complete || c.T("lang.date", 1, 2, 3) == "" {
			t.Errorf("%q: %+v", header, c.Language)
		}
	})
}

func TestFillIsOnePass(t *testing.T) {
	en := For("en")
	for _, tt := range []struct {
		text string
		args []any
		want string
	}{
		{"{0} of {1}", []any{"{1}", 12345}, "{1} of 12\u202f345"},
		{"{1}{0}{1}", []any{"a", "b"}, "bab"},
		{"{2} { {x} {0", []any{"a"}, "{2} { {x} {0"},
		{"{{0}}", []any{"a"}, "{a}"},
	} {
		if got := en.fill(tt.text, tt.args); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
	if got := For("ar").fill("<{0}>", []any{"W-1"}); got != "<\u2068W-1\u2069>" {
		t.Errorf("not isolated: %q", got)
	}
	if got := en.T("lang.never"); got != "⟦lang.never⟧" {
		t.Errorf("%q", got)
	}
}

func TestPlural(t *testing.T) {
	const duty = "zero:none|one:{0} duty|other:{0} duties"
	const wajib = "zero:لا واجبات|one:واجب واحد|two:واجبان|few:{0} واجبات|many:{0} واجباً|other:{0} واجب"
	const srok = "one:{0} срок|few:{0} срока|many:{0} сроков"
	iso := func(s string) string { return "\u2068" + s + "\u2069" }
	for _, tt := range []struct {
		tag, text string
		n         int64
		want      string
	}{
		{"en", duty, 0, "none"},
		{"en", duty, 1, "1 duty"},
		{"en", duty, 2, "2 duties"},
		{"en", duty, -1, "−1 duty"},
		{"en", "plain {0}", 3, "plain 3"},
		{"fr", "one:{0} jour|other:{0} jours", 0, "0 jour"},
		{"fr", "one:{0} jour|other:{0} jours", 1_000_000, "1\u202f000\u202f000 jours"},
		{"ru", srok, 0, "0 сроков"},
		{"ru", srok, 1, "1 срок"},
		{"ru", srok, 2, "2 срока"},
		{"ru", srok, 4, "4 срока"},
		{"ru", srok, 5, "5 сроков"},
		{"ru", srok, 11, "11 сроков"},
		{"ru", srok, 14, "14 сроков"},
		{"ru", srok, 20, "20 сроков"},
		{"ru", srok, 21, "21 срок"},
		{"ru", srok, 22, "22 срока"},
		{"ru", srok, 111, "111 сроков"},
		{"ru", srok, 112, "112 сроков"},
		{"ru", srok, 121, "121 срок"},
		{"ru", srok, -1, "−1 срок"},
		{"ru", srok, 1_000_000, "1\u202f000\u202f000 сроков"},
		{"ru", srok, 1_000_001, "1\u202f000\u202f001 срок"},
		{"ar", wajib, 0, "لا واجبات"},
		{"ar", wajib, 2, "واجبان"},
		{"ar", wajib, 3, iso("3") + " واجبات"},
		{"ar", wajib, 11, iso("11") + " واجباً"},
		{"ar", wajib, 100, iso("100") + " واجب"},
		{"ar", wajib, 1_000_000, iso("1\u202f000\u202f000") + " واجب"},
	} {
		c := For(tt.tag)
		if got := c.fill(choose(tt.text, c.Form(tt.n), tt.n), []any{tt.n}); got != tt.want {
			t.Errorf("%s %d: %q, want %q", tt.tag, tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		tag  string
		n    int64
		form string
	}{{"ar", 2, "two"}, {"ar", 103, "few"}, {"ar", 3_000_000, "other"}, {"en", 1_000_001, "other"}, {"ar", 5_000_002, "other"}} {
		if got := For(tt.tag).Form(tt.n); got != tt.form {
			t.Errorf("%s %d: %s, want %s", tt.tag, tt.n, got, tt.form)
		}
	}
}

func TestWriting(t *testing.T) {
	en, fr, ar := For("en"), For("fr"), For("ar")
	es, ru, zh := For("es"), For("ru"), For("zh")
	ny := time.FixedZone("EST", -5*3600)
	day := time.Date(2026, 11, 19, 14, 5, 0, 0, time.UTC)
	for got, want := range map[string]string{
		en.Num(-1234567):                 "−1\u202f234\u202f567",
		en.Num(999):                      "999",
		en.Num(-999):                     "−999",
		en.Num(math.MinInt64):            "−9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808",
		en.Dec(1234.5678, 2):             "1\u202f234.57",
		fr.Dec(-0.25, 2):                 "−0,25",
		fr.Dec(-0.001, 1):                "0,0",
		en.Dec(math.NaN(), 1):            "—",
		en.Percent(0.125, 1):             "12.5\u202f%",
		ar.Percent(0.5, 0):               "\u206850\u2069٪",
		en.When(day):                     "19 November 2026, 14:05 UTC",
		en.When(day.In(ny)):              "19 November 2026, 09:05 EST",
		fr.When(day):                     "19 novembre 2026 à 14:05 UTC",
		fr.Day(day.AddDate(0, 0, 12)):    "1er décembre 2026",
		fr.Month(day):                    "novembre 2026",
		es.Day(day):                      "19 de noviembre de 2026",
		es.Month(day):                    "noviembre de 2026",
		es.List([]string{"a", "b"}):      "a y b",
		es.Dec(1234.5678, 2):             "1\u202f234,57",
		zh.When(day):                     "2026年11月19日 14:05 UTC",
		zh.Month(day):                    "2026年11月",
		zh.List([]string{"a", "b", "c"}): "a、b和c",
		zh.Percent(0.125, 1):             "12.5%",
		ar.Day(day):                      "19 نوفمبر 2026",
		ar.When(day):                     "19 نوفمبر 2026، الساعة \u206814:05 UTC\u2069",
		ru.Day(day):                      "19 ноября 2026 года",
		ru.Month(day):                    "ноябрь 2026 года",
		ru.When(day):                     "19 ноября 2026 года, 14:05 UTC",
		ru.Dec(-0.25, 2):                 "−0,25",
		ru.Percent(0.125, 1):             "12,5\u202f%",
		ru.List([]string{"а", "б", "в"}): "а, б и в",
		en.Day(time.Time{}):              "—",
		en.List([]string{"a"}):           "a",
		en.List([]string{"a", "b"}):      "a and b",
		fr.List([]string{"a", "b", "c"}): "a, b et c",
		ar.List([]string{"A", "B"}):      "\u2068A\u2069 و\u2068B\u2069",
		en.List(nil):                     "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ file, says string }{
		"key twice":      {`{"a.x":"1","a.x":"2"}`, "twice"},
		"other part":     {`{"b.x":"1"}`, "must begin"},
		"empty":          {`{"a.x":" "}`, "no text"},
		"number":         {`{"a.x":1}`, "not a string"},
		"nested":         {`{"a.x":{"one":"1"}}`, "not a string"},
		"array":          {`["a.x"]`, "not an object"},
		"cut":            {`{"a.x":"1"`, "EOF"},
		"something more": {`{"a.x":"1"} {}`, "follows"},
	} {
		_, err := load(fstest.MapFS{"catalog/en/a.json": {Data: []byte(tt.file)}})
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "catalog/en/a.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
