package example

import (
	"fmt"
	"strings"
	"time"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/heed"
)

// rolls are what the invented States did before: a vote, the sponsors of a text
// and those who asked for a session. Each letter is a State, in the order of
// their codes: y, n and a are yes, no and abstain, l and s who led and joined, x
// who signed, and a dot nothing.
var rolls = []struct {
	id, kind, title string
	months          int // before the present
	did             string
}{
	{"EX/1", "vote", "Situation of human rights in Dathren", 15, "ayynaaya" + "yyyyyyyyyyyyy" + "nnnanaananaya" + "ayayyaynyayay"},
	{"EX/2", "vote", "Situation of human rights in Morvessa", 9, "ayyn.aya" + "yyyyyyyyyayyy" + "nnnanaanaaaan" + "yyaayaynyaayy"},
	{"EX/3", "sponsors", "Situation of human rights in Morvessa", 9, "..s..l.." + "lss.sls..s.ss" + "............." + "s...l..s....s"},
	{"EX/4", "signers", "Special session on the hill villages of Dathren", 4, ".x..xx.." + "xxx.xx.x.x.xx" + "............." + "x..xx..x....x"},
}

var didWords = map[rune]string{'y': "yes", 'n': "no", 'a': "abstain", 'l': "lead", 's': "sponsor", 'x': "signed"}

// rollFile writes them as the file that an office would load.
func (b *build) rollFile(states []string) string {
	var out strings.Builder
	fmt.Fprintln(&out, "id,date,body,kind,title,iso3,position")
	for _, r := range rolls {
		for i, did := range r.did {
			if word := didWords[did]; word != "" && i < len(states) {
				fmt.Fprintf(&out, "%s,%s,Council of the exercise,%s,%s,%s,%s\n", r.id, b.now.AddDate(0, -r.months, 0).Format(time.DateOnly), r.kind, r.title, states[i], word)
			}
		}
	}
	return out.String()
}

// heard are what States were heard to say in the hours before the present.
// Those that have signed did so two hours later.
var heard = []struct {
	state, stance, from string
	before              float64
	signs, confided     bool
}{
	{"XBA", "yes", "Their permanent representative", 44, true, false},
	{"XBF", "yes", "Their desk in the capital", 42, true, false},
	{"XBB", "yes", "Their delegate", 40, true, false},
	{"XAE", "yes", "Their permanent representative", 22, true, false},
	{"XCA", "leaning", "Their delegate", 39, false, false},
	{"XBC", "yes", "Their delegate", 36, true, false},
	{"XBE", "yes", "Their permanent representative", 33, true, false},
	{"XAC", "leaning", "Their deputy", 30, false, false},
	{"XBN", "no", "Their delegate", 28, false, false},
	{"XCE", "yes", "Their permanent representative", 26, true, false},
	{"XAB", "silent", "", 25, false, false},
	{"XBL", "yes", "Their delegate", 20, true, false},
	{"XCB", "leaning", "Their desk in the capital", 18, false, false},
	{"XAH", "yes", "Somebody who must not be named", 12, false, true},
	{"XCH", "yes", "Their permanent representative", 9, true, false},
}

// planCoalition has the office gather States for a special session on the
// garrison towns, as the work of a step of a package. When those who play come
// in, nine have signed, one of them of the region, and seven are missing.
func (b *build) planCoalition() {
	b.plan(b.before(60), func() error {
		f, err := facts.Load(facts.Exercise()...)
		if err != nil {
			return err
		}
		states := f.On(facts.DateOf(b.at)).Members("UN")
		_, err = b.h.LoadVotes(b.ctx, b.who("focal"), "votes-of-the-exercise.csv", strings.NewReader(b.rollFile(states)))
		return err
	})
	b.plan(b.before(50), b.gather)
}

// gather opens the package and the coalition, and plans what comes of it.
func (b *build) gather() error {
	var warned string
	for _, a := range b.alerts {
		if a.Key == "vote4" {
			warned = a.id
		}
	}
	if warned == "" {
		return nil // the present is before the warning
	}
	pkg, err := b.h.OpenPackage(b.ctx, b.who("focal"), heed.PackageInput{Warning: warned, Objective: "warn-the-public", State: "XAF", Title: "Eyes on the garrison towns",
		Why: "Before the lists that are read out at the barracks are acted on."})
	if err != nil {
		return err
	}
	session, err := b.h.AddStep(b.ctx, b.who("focal"), pkg, heed.StepInput{Measure: "GE-SS", Title: "A special session on the garrison towns", Due: b.now.Add(3 * day)})
	if err != nil {
		return err
	}
	if _, err := b.h.AddStep(b.ctx, b.who("focal"), pkg, heed.StepInput{Measure: "GE-RES", Title: "A mission that looks at the lists", Due: b.now.Add(10 * day), After: []string{session}}); err != nil {
		return err
	}
	id, err := b.h.OpenCoalition(b.ctx, b.who("focal"), heed.CoalitionInput{Warning: warned, Kind: "session", Measure: "GE-SS", Region: true, Deadline: b.now.Add(2 * day), Step: session,
		Title: "Special session on the situation of human rights in Morvessa", Text: "We ask for a special session on the garrison towns of Morvessa, where lists of students are read out."})
	if err != nil {
		return err
	}
	b.plan(b.before(47), func() error {
		return b.h.ReleaseCoalition(b.ctx, b.who("director"), id, "Begin with those who asked for the last session.")
	})
	for _, x := range heard {
		b.plan(b.before(x.before+1), func() error { return b.h.AskState(b.ctx, b.who("focal"), id, x.state, "The mission in Geneva") })
		b.plan(b.before(x.before), func() error {
			_, err := b.h.AddPledge(b.ctx, b.who("focal"), id, heed.PledgeInput{State: x.state, Stance: x.stance, From: x.from, Confidential: x.confided})
			return err
		})
		if x.signs {
			b.plan(b.before(x.before-2), func() error {
				_, err := b.h.SignSheet(b.ctx, b.who("focal"), id, heed.SignatureInput{State: x.state, By: "Permanent representative", Means: "Note verbale (exercise)"})
				return err
			})
		}
	}
	return nil
}
