package office

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
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

// askTable makes the list of those to ask next, with the reasons.
func askTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "ask", Caption: w.T("coalition.ask"), Empty: w.T("coalition.ask.none"), Cols: w.Cols("seat", "group", "#chance", "#need", "#reach", "why")}
	for _, x := range c.Next {
		var why []string
		for _, r := range x.Reasons {
			why = append(why, reason(w, r.Code, r.State, r.Title, r.N))
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: x.State, ID: true, Sub: standing(w, x.Member, x.Size, x.Led)}, {Text: x.Group}, {Text: w.Dec(x.Chance), Raw: raw(x.Chance)},
			{Text: w.Dec(x.Need), Raw: raw(x.Need)}, {Text: w.Dec(x.Reach), Raw: raw(x.Reach)}, {Text: strings.Join(why, "; ")}}})
	}
	return t
}

func raw(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func reason(w *look.Words, code, state, title string, n int) string {
	about := map[string]any{"follows": state, "neighbour": state, "backed": title, "opposed": title, "led": n}[code]
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
	for _, x := range c.Pledged {
		mark := "open"
		if x.Stance == "yes" {
			mark = "done"
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: x.State, ID: true}, {Text: w.T("coalition.stance." + x.Stance), Mark: mark, Raw: x.Stance}, {At: x.HeardAt},
			{Text: x.HeardFrom}, {Text: w.Said(x.HeardBy)}, w.EntryCell(x.HeardEntry)}})
	}
	return t
}

// signTable makes the sheet: who signed when, and the entry that proves it.
func signTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "signed", Caption: w.T("coalition.sheet"), Empty: w.T("coalition.sheet.none"), Cols: w.Cols("seat", "group", "at", "by", "#entry")}
	for _, x := range c.Signed {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: x.State, ID: true, Sub: standing(w, x.Member, "", 0)}, {Text: x.Group}, {At: x.SignedAt}, {Text: w.Said(x.SignedBy)}, w.EntryCell(x.SignedEntry)}})
	}
	return t
}

// balanceTable makes the table of the groups that have signed.
func balanceTable(w *look.Words, c heed.Coalition) look.Table {
	t := look.Table{ID: "balance", Caption: w.T("coalition.balance"), Empty: w.T("coalition.sheet.none"), Cols: w.Cols("group", "#signed", "#of")}
	for _, b := range c.Balance {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: b.Group}, w.CountCell(int64(b.Signed)), w.CountCell(int64(b.Of))}})
	}
	return t
}
