package outlook

import (
	"strconv"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/web/look"
)

// percent writes a probability in whole percents, and never as none or all.
func percent(w *look.Words, p float64) string {
	switch {
	case p < 0.005:
		return w.T("forecast.under")
	case p > 0.995:
		return w.T("forecast.over")
	}
	return w.T("forecast.percent", int(p*100+0.5))
}

// tenths writes a probability under a tenth to a decimal, where whole percents
// would hide what moved it.
func tenths(w *look.Words, p float64) string {
	if p >= 0.1 {
		return percent(w, p)
	}
	return w.Catalog.Percent(p, 1)
}

// monthStart is a month of a forecast as a time.
func monthStart(m forecast.Month) time.Time { return events.Month(m).Start() }

func chance(w *look.Words, p float64) look.Cell {
	return look.Cell{Text: percent(w, p), Raw: strconv.FormatFloat(p, 'f', 3, 64)}
}

func figure(w *look.Words, f float64, digits int) look.Cell {
	return look.Cell{Text: w.Catalog.Dec(f, digits), Raw: strconv.FormatFloat(f, 'f', digits, 64), ID: true}
}

// month names a month in the reader's language.
func month(w *look.Words, m forecast.Month) string { return w.Catalog.Month(monthStart(m)) }

// months names a span of months.
func months(w *look.Words, first, last forecast.Month) string {
	if first == last {
		return month(w, first)
	}
	return month(w, first) + " – " + month(w, last)
}

func monthCell(w *look.Words, m forecast.Month) look.Cell {
	return look.Cell{Text: month(w, m), Raw: m.String()}
}

// moverTable makes the table of what changed between two forecasts.
func moverTable(w *look.Words, id string, rows []insight.Mover) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.movers"), Empty: w.T("forecast.none"), Cols: w.Cols("country", "#risk", "#before", "#change", "month", "#median", "#low", "#high")}
	for _, m := range rows {
		before, change := chance(w, m.Before), look.Cell{Text: "—"}
		if m.New {
			before = look.Cell{Text: "—"}
		} else {
			points := int((m.Deadly-m.Before)*100+100.5) - 100
			change = look.Cell{Text: w.N("forecast.points", int64(points)), Raw: strconv.FormatFloat(m.Deadly-m.Before, 'f', 3, 64)}
		}
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.Country(m.Country), Raw: m.Country}, chance(w, m.Deadly), before, change, monthCell(w, m.Month),
			figure(w, m.P50, 0), figure(w, m.P05, 0), figure(w, m.P95, 0)}})
	}
	return t
}

// cellTable makes the table of a forecast month by month.
func cellTable(w *look.Words, id string, rows []insight.Cell) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.bymonth"), Empty: w.T("forecast.none"),
		Cols: w.Cols("month", "#risk", "#median", "#p05", "#p25", "#p75", "#p95", "#many")}
	for _, c := range rows {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{monthCell(w, c.Month), chance(w, c.Deadly), figure(w, c.P50, 0), figure(w, c.P05, 0), figure(w, c.P25, 0),
			figure(w, c.P75, 0), figure(w, c.P95, 0), chance(w, c.Many)}})
	}
	return t
}

// skillTable makes the table of forecasts and their scores. Every score that was
// ever given stands in it.
func skillTable(w *look.Words, id string, rows []heed.ForecastRow) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.skill.table"), Empty: w.T("forecast.none"),
		Cols: w.Cols("#entry", "issued", "model", "kind", "months", "hash", "#scored", "#crps", "#rival", "#ign", "#rivalign", "#better")}
	for _, r := range rows {
		head := []look.Cell{w.EntryCell(r.Entry), {At: r.At, Sub: w.Name(r.ByName)}, {Text: r.Model, ID: true}, {Text: w.Word("outcome.", r.Outcome), Raw: r.Outcome},
			{Text: months(w, r.First, r.Last), Raw: r.First.String() + " – " + r.Last.String()}, {Text: r.Blob[:12] + "…", Raw: r.Blob, Href: "/forecasts/" + strconv.FormatInt(r.Entry, 10) + "/file", ID: true}}
		if len(r.Scores) == 0 {
			t.Rows = append(t.Rows, look.Row{Cells: append(head, look.Cell{Text: w.T("forecast.notyet")}, look.Cell{Text: "—"}, look.Cell{Text: "—"}, look.Cell{Text: "—"}, look.Cell{Text: "—"}, look.Cell{Text: "—"})})
		}
		for _, s := range r.Scores {
			own, rival := s.Marks[0], mark(s, string(forecast.Conflictology))
			better := 0
			for _, m := range s.Marks[1:] {
				if own.CRPS < m.CRPS && own.IGN < m.IGN {
					better++
				}
			}
			t.Rows = append(t.Rows, look.Row{Cells: append(head[:len(head):len(head)], look.Cell{Text: w.Catalog.Day(s.At), Raw: strconv.FormatInt(s.Entry, 10), Href: worthOf(r.Entry)}, figure(w, own.CRPS, 3), figure(w, rival.CRPS, 3), figure(w, own.IGN, 3), figure(w, rival.IGN, 3),
				look.Cell{Text: w.T("of", better, len(s.Marks)-1), Raw: strconv.Itoa(better)})})
		}
	}
	return t
}

func mark(s insight.Scored, model string) insight.Mark {
	for _, m := range s.Marks {
		if m.Model == model {
			return m
		}
	}
	return insight.Mark{}
}

// markTable makes the table of one score beside the baselines.
func markTable(w *look.Words, id string, s insight.Scored) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.beside"), Empty: w.T("forecast.none"), Cols: w.Cols("model", "#crps", "#ign", "#mis", "#log1p", "#cover")}
	for _, m := range s.Marks {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.Word("baseline.", m.Model), Raw: m.Model}, figure(w, m.CRPS, 3), figure(w, m.IGN, 3), figure(w, m.MIS, 1), figure(w, m.CRPSLog1p, 3), chance(w, m.Cover90)}})
	}
	return t
}

// reliableTable makes the table of what was said against what happened.
func reliableTable(w *look.Words, id string, rows []insight.Reliable) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.reliable"), Empty: w.T("forecast.none"), Cols: w.Cols("said", "#came", "#cells")}
	for _, r := range rows {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{chance(w, r.Said), {Text: percent(w, r.Happened), Raw: strconv.FormatFloat(r.Happened, 'f', 3, 64)}, w.CountCell(int64(r.N))}})
	}
	return t
}

// alarmTable makes the table of what thresholds would have cost.
func alarmTable(w *look.Words, id, caption string, rows []insight.Alarm) look.Table {
	t := look.Table{ID: id, Caption: caption, Empty: w.T("forecast.none"), Cols: w.Cols("threshold", "#alarms", "#missed", "#onsets")}
	for _, a := range rows {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.Catalog.Dec(a.Threshold*100, 1) + " %", Raw: strconv.FormatFloat(a.Threshold, 'f', 3, 64)}, figure(w, a.AYear, 1), w.CountCell(int64(a.Missed)), w.CountCell(int64(a.Onsets))}})
	}
	return t
}

// factorTable makes the table of what each factor adds to the log odds.
func factorTable(w *look.Words, id string, rows []insight.Moved, names map[int]string) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.factors"), Empty: w.T("forecast.none"), Cols: w.Cols("factor", "#moves")}
	for _, m := range rows {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.Factor(m.Factor, names[m.Factor]), Raw: strconv.Itoa(m.Factor)}, figure(w, m.Moves, 2)}})
	}
	return t
}
