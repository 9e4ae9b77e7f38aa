package page

import (
	"strconv"
	"time"

	"github.com/heed-project/heed/internal/web/look"
)

// dutyMark says how a duty stands: late, open or done.
func dutyMark(d DutyRow) string {
	switch {
	case d.State == "done" || d.State == "explained":
		return "done"
	case d.Late || d.State == "lapsed":
		return "late"
	}
	return "open"
}

// DutyTable makes the table of duties, told at a time.
func DutyTable(w *Words, id string, rows []DutyRow, now time.Time) Table {
	t := Table{ID: id, Caption: w.T("duties"), Empty: w.T("duties.none"),
		Cols: w.Cols("duty", "situation", "owner", "due", "#left", "state", "#entry")}
	for _, d := range rows {
		m := dutyMark(d)
		state := Cell{Text: w.T("duty.state." + d.State), Mark: m, Raw: d.State}
		if d.Rung > 0 && m == "late" {
			state.Sub = w.T("duty.rung", d.Rung, w.Role(d.RungName))
		}
		left := Cell{Text: "—"}
		if m != "done" {
			left = Cell{Text: w.Left(now, d.DueAt)}
		}
		t.Rows = append(t.Rows, Row{Mark: m, Cells: []Cell{
			{Text: d.Title, Href: look.Href(d.ID), Sub: d.ID + " · " + d.Warning, Raw: d.ID},
			w.RefCell(d.Situation), {Text: w.Name(d.Owner), Href: look.Href(d.Owner.ID), Sub: w.Role(d.Role), Raw: d.Owner.ID},
			{At: d.DueAt}, left, state, w.EntryCell(d.Entry)}})
	}
	return t
}

// WarningTable makes the table of warnings.
func WarningTable(w *Words, id string, rows []WarningRow) Table {
	t := Table{ID: id, Caption: w.T("warnings"), Empty: w.T("warnings.none"),
		Cols: w.Cols("warning", "level", "situation", "country", "issued", "state", "#acked", "#duties.late", "#entry")}
	for _, x := range rows {
		late := w.CountCell(x.Late)
		if x.Late > 0 {
			late.Mark = "late"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(x.ID), {Level: x.Level, Text: w.Level(x.Level)}, w.RefCell(x.Situation),
			{Text: w.Country(x.Country), Raw: x.Country}, {At: x.Issued, Sub: w.Name(x.By)}, {Text: w.T("warning.state." + x.State), Raw: x.State},
			{Text: w.T("of", x.Acked, x.Served), Raw: strconv.FormatInt(x.Acked, 10) + "/" + strconv.FormatInt(x.Served, 10)}, late, w.EntryCell(x.Entry)}})
	}
	return t
}

// SituationTable makes the table of situations.
func SituationTable(w *Words, id string, rows []SituationRow) Table {
	t := Table{ID: id, Caption: w.T("situations"), Empty: w.T("situations.none"),
		Cols: w.Cols("situation", "country", "level", "populations", "lead", "assessed", "#reports30", "#duties.open", "#duties.late")}
	for _, s := range rows {
		level := Cell{Level: s.Level, Text: w.Level(s.Level), Sub: w.Change(s.Level, s.Before)}
		if s.Level == 0 {
			level.Raw = "0"
		}
		late := w.CountCell(s.Late)
		if s.Late > 0 {
			late.Mark = "late"
		}
		assessed := Cell{At: s.Assessed}
		if s.Assessed.IsZero() {
			assessed = Cell{Text: w.T("never")}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: s.Name, Href: look.Href(s.ID), Sub: s.ID, Raw: s.ID},
			{Text: w.Country(s.Country), Raw: s.Country}, level, {Text: w.List(s.Populations)}, w.RefCell(s.Lead),
			assessed, w.CountCell(s.Reports30), w.CountCell(s.Open), late}})
	}
	return t
}
