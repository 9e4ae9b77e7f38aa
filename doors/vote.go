package doors

import "github.com/heed-project/heed/doors/facts"

// ballot is the positions of the members of a body.
type ballot struct {
	members          int // who may vote
	yes, no, abstain int
	veto             string // the permanent member that votes against, or "yes" for one that is not named
	final            bool   // the vote was taken
}

// open is how many have not declared a position.
func (b ballot) open() int {
	if b.final {
		return 0
	}
	return max(0, b.members-b.yes-b.no-b.abstain)
}

// poll counts the positions declared by members of a body. Who has no seat does
// not count.
func (c *count) poll(b *facts.Body, a *Answer) ballot {
	named := len(c.view.Members(b.Members))
	out := ballot{members: named, final: c.q.Final || c.q.Tally != nil}
	if c.day.book.facts.Terms(b.Members) { // seats that the facts do not name vote all the same
		out.members = max(named, b.Seats-c.view.Suspended(b.Members))
	}
	for _, s := range c.with {
		if !c.view.Member(b.Members, s) {
			a.Reasons = append(a.Reasons, c.of("uncounted", b.Code, s))
			continue
		}
		out.yes++
		a.Through = append(a.Through, s)
		a.Mark = a.Mark.Worse(c.view.Sure(b.Members, s))
	}
	for _, s := range c.q.Against {
		if !c.view.Member(b.Members, s) {
			continue
		}
		out.no++
		if b.Members == "UNSC" && c.view.Permanent(s) && out.veto == "" {
			out.veto = s
		}
	}
	for _, s := range c.q.Abstain {
		if c.view.Member(b.Members, s) {
			out.abstain++
		}
	}
	if t := c.q.Tally; t != nil {
		out.yes, out.no, out.abstain = t.Yes, t.No, t.Abstain
		if t.Vetoed {
			out.veto = "yes"
		}
	}
	return out
}

// votes counts to a fixed number of votes in favour.
func (c *count) votes(r *rule, b *facts.Body, a *Answer) {
	v := c.poll(b, a)
	a.Need, a.Have = r.YesMin, v.yes
	if r.Veto && v.veto != "" {
		c.stopped(a, "veto", b.Code, v.veto)
		return
	}
	if !v.final && v.yes+v.open() < a.Need {
		c.stopped(a, "blocked", b.Code, "")
		return
	}
	c.reach(a, a.Need-v.yes)
}

// silence answers where one member's objection is enough to stop it. An
// abstention is none.
func (c *count) silence(r *rule, b *facts.Body, a *Answer) {
	v := c.poll(b, a)
	a.Need, a.Have = max(0, v.members-v.abstain), v.yes
	if v.no > 0 {
		who := ""
		for _, s := range c.q.Against {
			if c.view.Member(b.Members, s) {
				who = s
				break
			}
		}
		c.stopped(a, "objection", b.Code, who)
		return
	}
	c.reach(a, a.Need-a.Have)
}

// majority counts by the way the rule names. A rule without a way is decided by
// more yes than no.
func (c *count) majority(r *rule, b *facts.Body, a *Answer) {
	v := c.poll(b, a)
	a.Have = v.yes
	all := v.members + c.view.Suspended(b.Members)
	switch way := r.Majority; {
	case way == "two_thirds_pv", r.MayBeTwoThirds && c.q.Important:
		c.present(b, a, v, 2)
	case way == "consensus_or_two_thirds", way == "two_thirds_for_suspension" && c.q.Important:
		c.absolute(b, a, v, (2*all+2)/3)
	case way == "two_thirds_for_suspension":
		c.absolute(b, a, v, all/2+1)
	default:
		c.present(b, a, v, 1)
	}
}

// present counts members present and voting: abstentions are no votes. It passes
// with more yes than no (weight 1), or at least twice as many (weight 2). Before
// the vote, enough is what nobody could outvote.
func (c *count) present(b *facts.Body, a *Answer, v ballot, weight int) {
	enough := func(no int) int { // yes votes that carry it against so many
		if weight == 2 {
			return max(1, 2*no)
		}
		return no + 1
	}
	voting := v.members - v.abstain
	if v.final {
		a.Need = enough(v.no)
		c.reach(a, a.Need-v.yes)
		return
	}
	if v.yes+v.open() < enough(v.no) {
		c.stopped(a, "blocked", b.Code, "")
		return
	}
	a.Need = voting/2 + 1
	if weight == 2 {
		a.Need = max(1, (2*voting+2)/3)
	}
	a.Least = max(0, enough(v.no)-v.yes)
	c.reach(a, a.Need-v.yes)
}

// absolute counts to a share of all members.
func (c *count) absolute(b *facts.Body, a *Answer, v ballot, need int) {
	a.Need = need
	if !v.final && v.yes+v.open() < need {
		c.stopped(a, "blocked", b.Code, "")
		return
	}
	c.reach(a, need-v.yes)
}

// stopped closes a door that votes have closed.
func (c *count) stopped(a *Answer, code, body, state string) {
	a.Outcome, a.Missing, a.Least = Closed, 0, 0
	a.Reasons = append(a.Reasons, c.of(code, body, state))
}
