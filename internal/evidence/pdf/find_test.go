package pdf

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func letters(text string) (out []letter) {
	for i, r := range []rune(text) {
		out = append(out, letter{r, i})
	}
	return out
}

// TestWords: a word is found whatever its case and accents, across lines, and divided.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		page, word string
		places     int
	}{
		{"Amina told AMINA's brother", "amina", 2},
		{"Amína K.", "amina k", 1},
		{"the ﬁle", "file", 1},
		{"Amina\r\nK. left", "Amina K.", 1},
		{"she saw Ami-\r\nna there", "amina", 1},
		{"she saw Ami\x02\r\nna there", "Amina", 1},
		{"al-Hasan", "al-Hasan", 1},
		{"al-\r\nHasan", "Al-Hasan", 1},
		{"al\x02\nHasan", "al-hasan", 1},
		{"al-Hasan", "alHasan", 0},
		{"a mina", "amina", 0},
		{"محمّد هنا", "محمد", 1},
		{"证人在村里", "村里", 1},
		{"ЖЕНА", "жена", 1},
		{"x", "", 0}, {"", "x", 0}, {"x-", "x-y", 0}, {"-", "--", 0}, {"x", " ", 0},
	} {
		if got := find(letters(c.page), c.word); len(got) != c.places {
			t.Errorf("%q in %q: %v", c.word, c.page, got)
		}
	}
	if got := joined([]letter{{0xd83d, 0}, {0xde00, 1}, {'a', 2}, {0xd83d, 3}}); len(got) != 3 || got[0] != (letter{0x1f600, 0}) || got[1].at != 2 {
		t.Errorf("%v", got)
	}
	for text, want := range map[string]bool{"": true, " \r\n": true, "word": false, "\ufffd\ufffdab": true, "\ue000\ue001\ue002": true} {
		if silent(letters(text)) != want {
			t.Errorf("%q: silent is %t", text, !want)
		}
	}
}

// TestBuild: what was compiled is named after the versions that are linked.
func TestBuild(t *testing.T) {
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(mod), "\n") {
		f := strings.Fields(line)
		if len(f) >= 2 && (f[0] == "github.com/klippa-app/go-pdfium" || f[0] == "github.com/tetratelabs/wazero") && !strings.Contains(versions+"-", f[1]+"-") {
			t.Errorf("%s is not named after %s", versions, line)
		}
	}
}

// FuzzFind: whatever the letters, places are of letters that are there, in order.
func FuzzFind(f *testing.F) {
	f.Add("she saw Ami-\r\nna there", "amina")
	f.Add("al\x02\nHasan", "al-hasan")
	f.Fuzz(func(t *testing.T, page, word string) {
		if len(page) > 4096 || len(word) > 100 {
			return
		}
		all := letters(page)
		for _, place := range find(joined(slices.Clone(all)), word) {
			if len(place) == 0 || !slices.IsSorted(place) || place[0] < 0 || place[len(place)-1] >= len(all) {
				t.Errorf("%q in %q: %v", word, page, place)
			}
		}
		if w := strings.ToLower(word); strings.TrimSpace(w) != "" && isPlain(w) && strings.Contains(page, w) && len(find(all, w)) == 0 {
			t.Errorf("%q is in %q and was not found", w, page)
		}
	})
}

func isPlain(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return (r < 'a' || r > 'z') && r != ' ' }) && strings.TrimSpace(w) == w
}
