package example

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/protocol"
)

// planHouse has the office keep its house: absences, a protocol revised, a
// source's identity opened for a purpose, another destroyed.
func (b *build) planHouse() {
	b.plan(b.before(420*24), func() error {
		return b.h.SetDeputy(b.ctx, b.who("focal"), b.ids["geneva"], b.ids["geneva2"], b.at.Add(time.Hour), b.at.Add(15*day))
	})
	b.plan(b.before(49), func() error {
		return b.h.SetDeputy(b.ctx, b.who("focal"), b.ids["geneva"], b.ids["geneva2"], b.at.Add(time.Hour), b.now.Add(12*day))
	})
	b.plan(b.before(350*24), b.adoptAnew)
	b.plan(b.before(133*24), func() error {
		who := b.who("custodian")
		who.Purpose = "The source asked through a friend whether it is safe to travel; to answer."
		_, _, err := b.h.OpenReport(b.ctx, who, b.sealed[len(b.sealed)-2])
		return err
	})
	b.plan(b.before(97*24), func() error {
		_, identity := report.Keys(b.sealed[0])
		return b.h.Erase(b.ctx, b.who("custodian"), identity, "Request of the source, decision 4 of the custodian (exercise)")
	})
}

// adoptAnew puts the national protocol into force again, as a second version
// that names the decision it rests on.
func (b *build) adoptAnew() error {
	text, ok := protocol.ShippedFile(national)
	if !ok {
		return fault.NotFound("no protocol %q comes with Heed", national)
	}
	anew := strings.NewReplacer(`version: "1"`, `version: "2"`,
		"Decision of the minister. Put its number and date here: a duty binds\n  because somebody who could say so has said so.",
		"Decision 12 of the minister of Pelloway, made for the exercise.").Replace(string(text))
	_, err := b.h.AdoptProtocol(b.ctx, b.who("focal"), []byte(anew))
	return err
}
