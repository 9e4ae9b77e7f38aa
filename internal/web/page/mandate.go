package page

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/web/look"
)

// A CustodyList is a page that is one table: the register, the overlap map, the
// hand-overs, which have others below.
type CustodyList struct {
	Frame
	Tabs  []Tab
	Lede  string
	Table Table
	More  []Table
	Note  string
	Offer bool // whether a hand-over can be offered from here
}

// A MandateFact is one line about a mechanism, and whether it is verified.
type MandateFact struct {
	Label, Text string
	Doubt       bool
}

// A MandatePage is one mechanism.
type MandatePage struct {
	Frame
	Tabs       []Tab
	X          heed.MandateView
	Facts      []MandateFact
	Plan       Table
	Alarms     Table
	Rehearsals Table
	Tabled     Field
}

// A ReadinessPage says how ready the mandates are to end.
type ReadinessPage struct {
	Frame
	Tabs  []Tab
	Cards []ReadinessCard
	Aid   Table
}

// A ReadinessCard is one mandate that this node works under.
type ReadinessCard struct {
	X       heed.MandateView
	Days    string
	HasPlan bool
	Whys    []Counted
	Last    mandate.Rehearsal
	At      time.Time
	Alarm   string
}

// Counted is a reason and how many items it holds for.
type Counted struct {
	Text string
	N    int
}

// A HandoverPage is one hand-over.
type HandoverPage struct {
	Frame
	Tabs    []Tab
	X       heed.HandoverView
	Lines   Table
	Refused Table
	Receipt Field
	Sending *Cell // how far it is, where it goes online

	Withdraw *Field // why an offer is withdrawn; nil for those who may not
}

// CustodyTabs lead from one of these pages to the others.
func CustodyTabs(w *Words, here string) (out []Tab) {
	for _, t := range [][2]string{{"mandates", "/mandates"}, {"readiness", "/readiness"}, {"overlap", "/overlap"}, {"handovers", "/handovers"}} {
		out = append(out, Tab{Href: t[1], Text: w.T(t[0]), Here: t[0] == here, Count: -1})
	}
	return out
}

// MandateTable makes the table of the register.
func MandateTable(w *Words, id string, rows []mandate.Mandate) Table {
	t := Table{ID: id, Caption: w.T("mandates"), Empty: w.T("mandates.none"), Cols: w.Cols("mandate", "mechanism", "place", "state", "ends", "vote", "elements", "#entry")}
	for _, m := range rows {
		mark := map[string]string{mandate.Running: "open", mandate.Ended: "done", mandate.Planned: "open"}[m.State]
		ends := Cell{Text: w.T("mandate.open-ended")}
		if !m.Ends.IsZero() {
			ends = Cell{Text: w.Day(m.Ends), Raw: m.Ends.Format(time.DateOnly)}
		}
		vote := Cell{Text: m.Vote.Text}
		if m.Vote.Doubt {
			vote.Sub = w.T("mandate.doubt")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(m.ID), {Text: m.Code, Sub: m.Name}, {Text: placeName(w, m.Place), Raw: m.Place},
			{Text: w.T("mandate.state." + m.State), Mark: mark, Raw: m.State}, ends, vote, {Text: elementNames(w, m.Elements), Raw: strings.Join(m.Elements, " ")}, w.EntryCell(m.Entry)}})
	}
	return t
}

func placeName(w *Words, place string) string {
	if place == "" {
		return ""
	}
	return w.Country(place)
}

func elementNames(w *Words, codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = w.T("element." + c)
	}
	return strings.Join(out, w.T("list.comma"))
}

// OverlapTable makes the map of who does the same work where: a row for each
// part of the work in each place, those that nobody does set off.
func OverlapTable(w *Words, all []mandate.Overlap) Table {
	t := Table{ID: "overlap", Caption: w.T("overlap"), Empty: w.T("overlap.none"), Cols: w.Cols("place", "element", "who", "state")}
	for _, o := range all {
		for _, e := range mandate.Elements() {
			who := o.Does[e]
			row := Row{Cells: []Cell{{Text: placeName(w, o.Place), Raw: o.Place}, {Text: w.T("element." + e), Raw: e}, {Text: strings.Join(who, w.T("list.comma")), Raw: strings.Join(who, " ")}, {}}}
			switch len(who) {
			case 0:
				row.Cells[3], row.Mark = Cell{Text: w.T("overlap.nobody"), Mark: "late", Raw: "nobody"}, "late"
			case 1:
				row.Cells[3] = Cell{Text: w.T("overlap.one"), Mark: "done", Raw: "one"}
			default:
				row.Cells[3] = Cell{Text: w.T("overlap.several"), Mark: "open", Raw: "several"}
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// HandoverTable makes the table of hand-overs.
func HandoverTable(w *Words, id string, rows []transfer.Handover) Table {
	t := Table{ID: id, Caption: w.T("handovers"), Empty: w.T("handovers.none"), Cols: w.Cols("handover", "way", "peer", "state", "#items", "#bytes", "#refused", "at", "#entry")}
	for _, h := range rows {
		mark := "done"
		if h.State == transfer.Offered {
			mark = "open"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(h.ID), {Text: w.T("handover.way." + h.Way), Raw: h.Way}, {Text: h.Peer, ID: true}, {Text: w.T("handover.state." + h.State), Mark: mark, Raw: h.State},
			w.CountCell(int64(h.Items)), sizeCell(w, h.Bytes), w.CountCell(int64(h.Refused)), {At: h.At}, w.EntryCell(h.Entry)}})
	}
	return t
}

// mostLines is how many items of a hand-over a page shows.
const mostLines = 200

// LinesTable makes the table of the items of a hand-over.
func LinesTable(w *Words, x heed.HandoverView) Table {
	t := Table{ID: "lines", Caption: w.T("handover.lines"), Empty: w.T("handover.lines.none"), Cols: w.Cols("#n", "item", "sha256", "#bytes", "#events", "head")}
	for _, i := range x.Lines[:min(len(x.Lines), mostLines)] {
		last := i.Custody[len(i.Custody)-1]
		t.Rows = append(t.Rows, Row{Cells: []Cell{w.CountCell(int64(i.N)), {Text: i.ID, ID: true}, {Text: ends(i.SHA256), Raw: i.SHA256, ID: true}, sizeCell(w, i.Bytes), w.CountCell(int64(last.Events)), {Text: ends(last.Head), Raw: last.Head, ID: true}}})
	}
	return t
}

// RefusedTable makes the table of the items that were not taken, and why.
func RefusedTable(w *Words, x heed.HandoverView) Table {
	t := Table{ID: "refused", Caption: w.T("handover.refused"), Cols: w.Cols("#n", "sha256", "why")}
	for _, r := range x.Declined {
		t.Rows = append(t.Rows, Row{Cells: []Cell{w.CountCell(int64(r.N)), {Text: ends(r.SHA256), Raw: r.SHA256, ID: true}, {Text: r.Why}}})
	}
	return t
}

// ends are the beginning and the end of a hash, enough to compare by eye.
func ends(h string) string {
	if len(h) < 20 {
		return h
	}
	return h[:8] + "…" + h[len(h)-8:]
}

// MandateFacts are the lines of a mechanism that say something.
func MandateFacts(w *Words, m mandate.Mandate) (out []MandateFact) {
	for _, f := range []struct {
		key  string
		fact mandate.Fact
	}{{"act", mandate.Fact{Text: m.Act}}, {"vote", m.Vote}, {"work", m.Work}, {"renewals", m.Renewals}, {"status", m.Status}, {"archive", m.Archive}, {"money", m.Money},
		{"staff", m.Staff}, {"access", m.Access}, {"custodian", m.Custodian}, {"source", mandate.Fact{Text: m.Source}}, {"doubts", mandate.Fact{Text: m.Doubts}}} {
		if f.fact.Text == "all" && f.key == "doubts" {
			f.fact.Text = w.T("mandate.doubts.all")
		}
		if f.fact.Text != "" || f.fact.Doubt {
			out = append(out, MandateFact{w.T("mandate.fact." + f.key), f.fact.Text, f.fact.Doubt})
		}
	}
	return out
}

// PlanTable makes the table of the successors in an exit plan.
func PlanTable(w *Words, p *mandate.Plan) Table {
	t := Table{ID: "plan", Caption: w.T("mandate.plan"), Empty: w.T("mandate.plan.none"), Cols: w.Cols("successor", "gets", "condition", "purpose", "key")}
	if p == nil {
		return t
	}
	for _, r := range p.Routes {
		var when []string
		for _, l := range r.When.Links {
			when = append(when, l.Kind+" "+l.To)
		}
		when = append(when, r.When.Marking, r.When.Media)
		condition := strings.Join(strings.Fields(strings.Join(when, " ")), " ")
		if condition == "" {
			condition = w.T("mandate.plan.rest")
		}
		key := Cell{Text: w.T("mandate.plan.nokey"), Mark: "open"}
		if r.Peer.Key != "" {
			key = Cell{Text: w.T("mandate.plan.haskey"), Mark: "done"}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: r.Name}, {Text: r.Gets}, {Text: condition}, {Text: w.T("purpose." + string(r.Purpose)), Raw: string(r.Purpose), Sub: w.Country(r.State)}, key}})
	}
	return t
}

// AlarmTable makes the table of the alarms that were given.
func AlarmTable(w *Words, all []mandate.Alarm) Table {
	t := Table{ID: "alarms", Caption: w.T("mandate.alarms"), Empty: w.T("mandate.alarms.none"), Cols: w.Cols("at", "why", "ends", "#entry")}
	for _, a := range all {
		t.Rows = append(t.Rows, Row{Mark: "late", Cells: []Cell{{At: a.At}, {Text: alarmText(w, a), Mark: "late"}, {Text: w.Day(a.Ends), Raw: a.Ends.Format(time.DateOnly)}, w.EntryCell(a.Entry)}})
	}
	return t
}

func alarmText(w *Words, a mandate.Alarm) string {
	if a.NoText {
		return w.N("mandate.alarm.notext", int64(a.Days))
	}
	return w.N("mandate.alarm.days", int64(a.Days))
}

// RehearsalTable makes the table of the rehearsals of a close-out.
func RehearsalTable(w *Words, all []mandate.Rehearsal) Table {
	t := Table{ID: "rehearsals", Caption: w.T("mandate.rehearsals"), Empty: w.T("mandate.rehearsals.none"), Cols: w.Cols("at", "kind", "#items", "#unassigned", "#orphans", "#entry")}
	for _, r := range all {
		kind := w.T("mandate.rehearsal")
		if r.Run {
			kind = w.T("mandate.run")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{At: r.At}, {Text: kind}, w.CountCell(int64(r.Items)), w.CountCell(int64(r.Unassigned)), w.CountCell(int64(r.AtRisk)), w.EntryCell(r.Entry)}})
	}
	return t
}

// Readiness makes the card of a mandate that this node works under.
func Readiness(w *Words, x heed.MandateView) ReadinessCard {
	c := ReadinessCard{X: x, HasPlan: x.Plan > 0, Days: w.T("mandate.open-ended")}
	if !x.Ends.IsZero() {
		c.Days = w.N("mandate.days", int64(x.Left))
	}
	if len(x.Alarms) > 0 {
		c.Alarm = alarmText(w, x.Alarms[0])
	}
	if len(x.Rehearsals) > 0 {
		c.Last, c.At = x.Rehearsals[0], x.Rehearsals[0].At
		for _, why := range []string{heed.WhySuccessor, heed.WhyConsent, heed.WhyKey, heed.WhyFormat, heed.WhyStamp, heed.WhyDamaged, heed.WhyReturned, heed.WhyMandate} {
			if n := c.Last.Whys[why]; n > 0 {
				c.Whys = append(c.Whys, Counted{w.T("orphan." + why), n})
			}
		}
	}
	return c
}

// AidTable makes the finding aid: who holds what, without content.
func AidTable(w *Words, all []heed.Aid) Table {
	t := Table{ID: "aid", Caption: w.T("aid"), Empty: w.T("aid.none"), Cols: w.Cols("belongs", "#items", "#bytes", "taken", "held", "holder")}
	for _, a := range all {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: w.T("link."+a.Kind) + " " + a.To, Sub: a.Name, Raw: a.Kind + ":" + a.To}, w.CountCell(int64(a.Items)), sizeCell(w, a.Bytes), {Text: w.Days(a.From, a.Until)}, w.CountCell(int64(a.Held)),
			{Text: strings.Join(append([]string{a.Holder}, a.Also...), w.T("list.comma")), ID: true}}})
	}
	return t
}
