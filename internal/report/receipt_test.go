package report

import (
	"strings"
	"testing"
)

func TestACodeMiscopiedIsRefused(t *testing.T) {
	for range 50 {
		code := newCode()
		plain, err := parseCode(code)
		if err != nil || group(plain) != code {
			t.Fatalf("%s reads as %s, %v", code, plain, err)
		}
		for i := range plain {
			for _, r := range letters {
				wrong := plain[:i] + string(r) + plain[i+1:]
				if _, err := parseCode(wrong); (err == nil) != (wrong == plain) {
					t.Fatalf("%s for %s: %v", wrong, plain, err)
				}
			}
			for j := range i {
				swapped := []byte(plain)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				if _, err := parseCode(string(swapped)); (err == nil) != (string(swapped) == plain) {
					t.Fatalf("%s for %s: %v", swapped, plain, err)
				}
			}
		}
	}
}

func TestCodesDoNotRepeatAndUseEveryLetter(t *testing.T) {
	seen, used := map[string]bool{}, map[rune]bool{}
	for range 2000 {
		code := newCode()
		if seen[code] {
			t.Fatalf("%s came twice", code)
		}
		seen[code] = true
		for _, r := range strings.ReplaceAll(code, "-", "") {
			used[r] = true
		}
	}
	if len(used) != len(letters) {
		t.Errorf("%d letters are used, there are %d", len(used), len(letters))
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("0000-0000-0000-0000-0000")
	f.Add("oooo IIII llll 0000 0000")
	f.Add("é")
	f.Fuzz(func(t *testing.T, s string) {
		plain, err := parseCode(s)
		if err != nil {
			return
		}
		if len(plain) != codeLetters || strings.Trim(plain, letters) != "" {
			t.Errorf("%q reads as %q", s, plain)
		}
		if again, err := parseCode(group(plain)); again != plain || err != nil {
			t.Errorf("%q reads as %q and then as %q, %v", s, plain, again, err)
		}
	})
}
