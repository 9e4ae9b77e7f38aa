package example

import (
	_ "embed"
	"encoding/json"
	"io"
	"slices"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
)

// archiveJSON is the card of an archive that nobody runs: its keys were thrown
// away when they were made.
//
//go:embed archive.json
var archiveJSON []byte

// mechanism is one of the exercise: invented, for the fictional region alone.
type mechanism struct {
	code, kind, name, act, vote, work, status string
	state                                     int // index of the place
	founded, ends                             float64
	is                                        string
	doubt                                     bool
}

var mechanisms = []mechanism{
	{"CPL", "CoI", "Commission on the Ford and the Lower Plain", "Assembly decision 14", "11-2-4", "facts; perpetrators where possible; report", "at work", 0, 700, 0, mandate.Running, true},
	{"MUR", "mechanism", "Mechanism for the Upper Road", "Assembly decision 19", "12-1-4", "collect, consolidate, preserve, analyse evidence; prepare files", "at work", 0, 400, 0, mandate.Running, false},
	{"FLM", "FFM", "Fact-Finding Mission to the Market Towns", "Assembly decision 9", "9-4-4", "facts and circumstances", "ended; nobody took its archive over", 1, 1200, -300, mandate.Ended, true},
	{"IMP", "humanitarian", "Institution for the Missing of the Plain", "Assembly decision 21", "14-0-3", "clarify fate and whereabouts; support families", "being set up", 0, 90, 0, mandate.Planned, false},
}

// planMandates enters mechanisms on the first day, with the one under which the
// office keeps evidence, and has some of that offered to an archive.
func (b *build) planMandates() {
	b.plan(b.before(58*24), func() error {
		for _, m := range mechanisms {
			in := mandate.Input{Code: m.code, Place: b.world.States[m.state].Code, State: m.is, Founded: b.now.AddDate(0, 0, -int(m.founded))}
			if m.ends != 0 {
				in.Ends = b.now.AddDate(0, 0, int(m.ends))
			}
			in.Facts = mandate.Facts{Name: m.name, Type: m.kind, Act: m.act, Vote: mandate.Fact{Text: m.vote, Doubt: m.doubt}, Work: mandate.Fact{Text: m.work},
				Status: mandate.Fact{Text: m.status, Doubt: m.doubt}, Source: "invented for the exercise"}
			if _, err := b.h.RegisterMandate(b.ctx, b.who("focal"), in); err != nil {
				return err
			}
		}
		return b.ownMandate()
	})
	b.plan(b.before(3*24), b.offerEvidence)
}

// ownMandate is the one that ends soon.
func (b *build) ownMandate() (err error) {
	card, err := b.archive()
	if err != nil {
		return err
	}
	plan := mandate.Plan{Decides: "The head of the office; failing that, the Assembly’s registrar.", Retention: "Thirty years with the regional archive, then review.",
		Keys: "To the archive and to the registrar, each with half of the passphrase.", Routes: []mandate.Route{
			{Name: "Court of the Region", Classes: []string{"court"}, Gets: "What belongs to an open case", Purpose: consent.Trial, State: b.world.States[1].Code, Death: consent.DeathExcluded,
				When: mandate.When{Links: []mandate.Link{{Kind: "case", To: "CASE-1"}}}},
			{Name: "Regional Archive", Classes: []string{"archive"}, Gets: "Everything else", Purpose: consent.Keep, State: b.world.States[0].Code,
				Peer: mandate.Peer{Node: card.Node, Key: card.Key, Recipient: card.Recipient}},
		}}
	b.ids["mandate"], err = b.h.RegisterMandate(b.ctx, b.who("focal"), mandate.Input{Code: "OPF", Place: b.world.States[0].Code, Own: true, Founded: b.now.AddDate(-2, 0, 0), Ends: b.now.AddDate(0, 0, 75), Plan: &plan,
		Facts: mandate.Facts{Name: "Office for the Preservation of the Ford", Type: "mechanism", Act: "Assembly decision 17", Vote: mandate.Fact{Text: "13-2-2"}, Work: mandate.Fact{Text: "collect and preserve evidence; share with courts"},
			Status: mandate.Fact{Text: "at work"}, Source: "invented for the exercise"}})
	return err
}

func (b *build) archive() (card heed.Card, err error) {
	return card, json.Unmarshal(archiveJSON, &card)
}

// permit puts the consent of those who gave material on some of it.
func (b *build) permit(items []string) error {
	return b.h.PermitEvidence(b.ctx, b.who("focal"), items, consent.Permission{ID: "CON-1", Given: b.at, For: []consent.Purpose{consent.Keep, consent.Analysis, consent.Trial},
		To: []string{consent.Any}, In: []string{consent.Any}, NoDeath: false, Onward: consent.OnwardListed})
}

// offerEvidence offers what is permitted to the archive, which has not answered
// yet.
func (b *build) offerEvidence() error {
	card, err := b.archive()
	if err != nil || len(b.permitted) == 0 {
		return err
	}
	who := b.who("focal")
	who.Purpose = "A first part, while the mandate lasts."
	_, err = b.h.OfferHandover(b.ctx, who, heed.HandoverInput{To: card, Party: consent.Party{Name: "Regional Archive", Classes: []string{"archive"}}, For: consent.Keep, In: b.world.States[0].Code,
		Items: slices.Clone(b.permitted), Mandate: b.ids["mandate"]}, io.Discard)
	return err
}
