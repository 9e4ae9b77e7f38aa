package custody

import (
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/web/look"
)

// TestPermissionRows words what is permitted, in every language: also what an original was
// under that is erased, and what was taken back in part, where an empty list means all.
func TestPermissionRows(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	all := []consent.Permission{
		{ID: "erased"},
		{ID: "CON-1", For: []consent.Purpose{consent.Trial}, To: []string{"class:court"}, In: []string{consent.Any}, Onward: consent.NotOnward, Until: now.AddDate(0, 0, -1)},
		{ID: "CON-2", For: []consent.Purpose{consent.Any}, Onward: consent.OnwardAny, Withdrawals: []consent.Withdrawal{{At: now, For: []consent.Purpose{consent.Publication}}}},
		{ID: "CON-3", Onward: consent.OnwardListed, Withdrawals: []consent.Withdrawal{{At: now}}},
	}
	for _, tag := range []string{"en", "fr", "ar", "es", "ru", "zh"} {
		w := look.NewWords(tag)
		var said strings.Builder
		for n, r := range permissionRows(w, all, now) {
			if r.Over != (n == 1 || n == 3) {
				t.Errorf("%s: %s is over: %v", tag, r.ID, r.Over)
			}
			for _, f := range r.Facts {
				said.WriteString(f.Name + ": " + f.Text + "\n")
			}
			said.WriteString(strings.Join(r.Withdrawn, "\n") + "\n")
		}
		if text := said.String(); strings.Contains(text, "⟦") || strings.Contains(text, "{") {
			t.Errorf("%s: %s", tag, text)
		} else if tag == "en" && (!strings.Contains(text, "Taken back on 1 May 2026: publication; anyone.") || !strings.Contains(text, "Who may use it: A court")) {
			t.Error(text)
		}
	}
}
