package office

import (
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/votes/position"
)

// coalitionTable makes the table of coalitions.
func coalitionTable(w *look.Words, id string, rows []heed.CoalitionRow) look.Table {
	t := look.Table{ID: id, Caption: w.T("coalitions"), Empty: w.T("coalitions.none"),
		Cols: w.Cols("coalition", "title", "situation", "warning", "state", "#signed", "#needed", "deadline", "#entry")}
	for _, c := range rows {
		mark := "open"
		if c.State == "closed" {
			mark = "done"
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{look.LinkCell(c.ID), {Text: w.Said(c.Title)}, w.RefCell(c.Situation), look.LinkCell(c.Warning),
			{Text: w.T("coalition.state." + c.State), Mark: mark, Raw: c.State}, w.CountCell(int64(c.Members)), w.CountCell(int64(c.Threshold)), {At: c.Deadline}, w.EntryCell(c.Entry)}})
	}
	return t
}

// seatName names a State in the language, in English with its code where the
// language has no name for it, by its code where nobody has.
func seatName(w *look.Words, c heed.Coalition, code string) string {
	if name := w.Country(code); name != code {
		return name
	}
	if name := c.Names[code]; name != "" {
		return name + " (" + code + ")"
	}
	return code
}

// seatCell is the cell of a State: its name, its code and what more there is to
// say; in CSV its code.
func seatCell(w *look.Words, c heed.Coalition, code, more string) look.Cell {
	x := look.Cell{Text: seatName(w, c, code), Raw: code, Sub: code}
	switch {
	case x.Text == code:
		x.Sub, x.ID = more, true
	case strings.HasSuffix(x.Text, "("+code+")"):
		x.Sub = more
	case more != "":
		x.Sub += " · " + more
	}
	return x
}

// groupName names a regional group.
func groupName(w *look.Words, group string) string { return w.Word("group.", group) }

// askTable makes the list of those to ask next, with the reasons.
func askTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "ask", Caption: w.T("coalition.ask"), Empty: w.T("coalition.ask.none"), Cols: w.Cols("seat", "group", "#chance", "#need", "#reach", "why")}
	for _, x := range c.Next {
		var why []string
		for _, r := range x.Reasons {
			why = append(why, reason(w, r.Code, seatName(w, c, r.State), r.Title, r.N))
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{seatCell(w, c, x.State, standing(w, x.Member, x.Size, x.Led)), {Text: groupName(w, x.Group), Raw: x.Group}, {Text: w.Catalog.Dec(x.Chance, 2), Raw: raw(x.Chance)},
			{Text: w.Catalog.Dec(x.Need, 2), Raw: raw(x.Need)}, {Text: w.Catalog.Dec(x.Reach, 2), Raw: raw(x.Reach)}, {Text: strings.Join(why, "; ")}}})
	}
	return t
}

func raw(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func reason(w *look.Words, code, state, title string, n int) string {
	if code == "led" {
		return w.N("coalition.why.led", int64(n))
	}
	about := map[string]any{"follows": state, "neighbour": state, "backed": title, "opposed": title}[code]
	return w.T("coalition.why."+code, about)
}

// standing says whether a state counts, and whether it is one of the smaller
// ones that have led before.
func standing(w *look.Words, member bool, size string, led int) string {
	what := w.T("coalition.observer")
	if member {
		what = w.T("coalition.member")
	}
	if led > 0 && (size == "small" || size == "middle") {
		what += " · " + w.T("coalition.led."+size)
	}
	return what
}

// pledgeTable makes the table of what was heard.
func pledgeTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "pledges", Caption: w.T("coalition.pledges"), Empty: w.T("coalition.pledges.none"), Cols: w.Cols("seat", "stance", "heard", "from", "by", "#entry")}
	slices.SortStableFunc(c.Pledged, func(a, b heed.CoalitionState) int { return w.Compare(seatName(w, c, a.State), seatName(w, c, b.State)) })
	for _, x := range c.Pledged {
		mark := "open"
		if x.Stance == "yes" {
			mark = "done"
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{seatCell(w, c, x.State, ""), {Text: w.T("coalition.stance." + x.Stance), Mark: mark, Raw: x.Stance}, {At: x.HeardAt},
			{Text: x.HeardFrom}, {Text: w.Said(x.HeardBy)}, w.EntryCell(x.HeardEntry)}})
	}
	return t
}

// askedTable makes the table of those who were asked, and what came of it.
func askedTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "asked", Caption: w.T("coalition.asked"), Empty: w.T("coalition.asked.none"), Cols: w.Cols("seat", "at", "how", "answer", "#entry")}
	slices.SortStableFunc(c.Asked, func(a, b heed.CoalitionAsk) int { return w.Compare(seatName(w, c, a.State), seatName(w, c, b.State)) })
	for _, x := range c.Asked {
		said := look.Cell{Text: w.T("coalition.asked.wait"), Mark: "open", Raw: "none"}
		switch {
		case x.Signed:
			said = look.Cell{Text: w.T("coalition.asked.signed"), Mark: "done", Raw: "signed"}
		case x.Stance != "":
			said = look.Cell{Text: w.T("coalition.stance." + x.Stance), Mark: "open", Raw: x.Stance}
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{seatCell(w, c, x.State, ""), {At: x.At}, {Text: w.Said(x.How)}, said, w.EntryCell(x.Entry)}})
	}
	return t
}

// confidedTable makes the table of what was said in confidence.
func confidedTable(w *look.Words, c heed.Coalition, all []heed.Confided) look.Table {
	t := look.Table{ID: "confided", Caption: w.T("coalition.confidences"), Cols: w.Cols("seat", "stance", "heard", "from", "by", "note", "#opened")}
	for _, x := range all {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{seatCell(w, c, x.State, ""), {Text: w.T("coalition.stance." + x.Stance), Raw: x.Stance}, {At: x.Day}, {Text: x.From}, {Text: x.By},
			{Text: x.Note}, w.EntryCell(x.Opened)}})
	}
	return t
}

// signTable makes the sheet: who signed when, and the entry that proves it.
func signTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "signed", Caption: w.T("coalition.sheet"), Empty: w.T("coalition.sheet.none"), Cols: w.Cols("seat", "group", "at", "by", "#entry")}
	for _, x := range c.Signed {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{seatCell(w, c, x.State, standing(w, x.Member, "", 0)), {Text: groupName(w, x.Group), Raw: x.Group}, {At: x.SignedAt}, {Text: w.Said(x.SignedBy)}, w.EntryCell(x.SignedEntry)}})
	}
	return t
}

// tallyTable makes the table of how many votes there will be, nine times of ten.
func tallyTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "tally", Caption: w.T("coalition.tally"), Cols: w.Cols("stance", "#expected", "#low", "#high")}
	if c.Foretold.Entry == 0 {
		return t
	}
	number := func(v float64) look.Cell { return look.Cell{Text: w.Dec(v), Raw: raw(v), ID: true} }
	for i, n := range []position.Count{c.Tally.Yes, c.Tally.Abstain, c.Tally.No, c.Tally.Absent} {
		what := []string{"yes", "abstain", "no", "absent"}[i]
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.T("coalition.vote." + what), Raw: what}, number(n.Mean), number(n.Low), number(n.High)}})
	}
	return t
}

// balanceTable makes the table of the groups that have signed.
func balanceTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "balance", Caption: w.T("coalition.balance"), Empty: w.T("coalition.sheet.none"), Cols: w.Cols("group", "#signed", "#of")}
	for _, b := range c.Balance {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: groupName(w, b.Group), Raw: b.Group}, w.CountCell(int64(b.Signed)), w.CountCell(int64(b.Of))}})
	}
	return t
}
