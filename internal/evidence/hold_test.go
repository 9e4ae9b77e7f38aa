package evidence

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReadHeld reads what another office says of a hold: what is taken can be put
// on record here as an explanation.
func FuzzReadHeld(f *testing.F) {
	f.Add([]byte(`{"item":"E-1.1","id":"HOLD-1"}`), []byte(`{"reason":"the trial","authority":"letter 12"}`))
	f.Add([]byte(`{"item":"E-1.1","id":""}`), []byte(`{"reason":" \u0000 "}`))
	f.Fuzz(func(t *testing.T, open, sealed []byte) {
		if len(open)+len(sealed) > 1<<16 {
			return
		}
		h, err := ReadHeld(open, sealed)
		if err != nil {
			return
		}
		for _, after := range []string{"", " (put on at a by its entry 7, handed over with the item)"} {
			text := fitting(h.Reason.Reason, after, "no reason was given")
			if got, err := said("reason", text, "why"); err != nil || got == "" || !strings.HasSuffix(text, after) || !utf8.ValidString(text) {
				t.Errorf("%q became %q: %v", h.Reason.Reason, text, err)
			}
		}
	})
}

// TestFitting shortens what is too long, and keeps what comes after it.
func TestFitting(t *testing.T) {
	long := strings.Repeat("é", longest+5)
	if got := fitting(long, " (there)", "none"); utf8.RuneCountInString(got) != longest || !strings.HasSuffix(got, "é (there)") {
		t.Errorf("%d letters", utf8.RuneCountInString(got))
	}
	if got := fitting(" \x00 ", " (there)", "none"); got != "none (there)" {
		t.Errorf("%q", got)
	}
}
