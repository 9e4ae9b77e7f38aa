package consent_test

import (
	"fmt"
	"time"

	"github.com/heed-project/heed/consent"
)

// A survivor allows any court to use what she gave, nowhere where it could
// lead to a death sentence.
func Example() {
	p := consent.Permission{
		ID:    "CON-7",
		Given: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		For:   []consent.Purpose{consent.Keep, consent.Trial},
		To:    []string{"class:court"}, In: []string{consent.Any},
		NoDeath: true, Onward: consent.NotOnward,
	}
	use := consent.Use{For: consent.Trial, By: consent.Party{Name: "Regional Court", Classes: []string{"court"}}, In: "DEU",
		Death: consent.DeathExcluded, At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	fmt.Println(consent.Decide(p, use))
	use.In, use.Death, use.For = "XAA", consent.DeathPossible, consent.Publication
	fmt.Println(consent.Decide(p, use))
	// Output:
	// permitted
	// it is not permitted for publication; a death sentence is possible there
}
