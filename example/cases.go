package example

import (
	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// openCases opens two invented cases about the fictional region. In the first
// everything that can be answered is: a request is answered in part, because of
// one item nobody's permission is known, and a charge follows. In the second
// one is refused, because a death sentence is possible, and one is late.
func (b *build) openCases(taken []evidence.Taken) error {
	ford, err := b.openCase("The well at the ford", 0, taken[0].ID, taken[1].ID, taken[2].ID)
	if err != nil {
		return err
	}
	bridge, err := b.openCase("The bridge in the morning", 1, taken[1].ID)
	if err != nil {
		return err
	}
	ask := func(id, from, text string, death consent.Death, days int) (string, error) {
		in := heed.RequestInput{Received: b.at.Add(-day), Due: b.at.AddDate(0, 0, days)}
		in.From, in.Text, in.Death = from, text, death
		return b.h.ReceiveRequest(b.ctx, b.who("custodian"), id, in)
	}
	b.plan(b.at.Add(2*day), func() error {
		rq, err := ask(ford, "Prosecutor Ilse Marrow", "The notebook and all pictures of the ford and the bridge", consent.DeathExcluded, 14)
		if err != nil {
			return err
		}
		b.plan(b.at.Add(6*day), func() error {
			return b.answer(rq, heed.AnswerInput{Items: []string{taken[0].ID, taken[1].ID, taken[2].ID}, Withhold: true, How: "By hand, sealed"})
		})
		return nil
	})
	b.plan(b.at.Add(4*day), func() error {
		rq, err := ask(bridge, "Prosecutor Odo Lenz", "The picture of the bridge, for a capital case", consent.DeathPossible, 10)
		if err != nil {
			return err
		}
		b.plan(b.at.Add(3*day), func() error {
			return b.answer(rq, heed.AnswerInput{Items: []string{taken[1].ID}, Refuse: true, Text: "A death sentence is possible and no assurance was given."})
		})
		return nil
	})
	b.plan(b.at.Add(20*day), func() error {
		_, err := ask(bridge, "Prosecutor Odo Lenz", "The same picture, under an assurance that is announced", consent.DeathUnknown, 12)
		return err
	})
	b.plan(b.at.Add(25*day), func() error {
		_, err := b.h.ConcludeCase(b.ctx, b.who("custodian"), ford, cases.Outcome{What: cases.Charge, Of: "The owner of the trucks", Source: "Indictment 4 of the Regional Court (exercise)"})
		return err
	})
	return nil
}

func (b *build) openCase(name string, state int, items ...string) (string, error) {
	in := heed.CaseInput{In: b.world.States[state].Code, Situation: b.world.Situations[0].Name}
	in.Name, in.Authority, in.Classes = name, "Regional Court", []string{"court"}
	id, err := b.h.OpenCase(b.ctx, b.who("custodian"), in)
	if err != nil {
		return "", err
	}
	return id, b.h.LinkEvidence(b.ctx, b.who("custodian"), items, evidence.Link{Kind: "case", To: id})
}

func (b *build) answer(request string, in heed.AnswerInput) error {
	_, err := b.h.AnswerRequest(b.ctx, b.who("custodian"), request, in)
	return err
}
