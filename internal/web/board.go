package web

import (
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// board is the first page: where it is worst, what is owed, what changed.
func (v *visit) board() error {
	b, err := v.h.Board(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("board.title"), Here: "board"})
	if err != nil {
		return err
	}
	p := page.Board{Frame: f, Map: page.NewMap(v.words, b.Areas, f.Exercise), Ranked: b.Areas,
		Duties: page.DutyTable(v.words, "duties", append(b.Late, b.Due...), f.Now), Waiting: page.WarningTable(v.words, "waiting", b.AwaitingAck),
		Late: b.LateTotal, DueDay: b.DueDay, Unread: b.Unread, Situations: b.Situations, InForce: b.Warnings, Unassessed: b.Unassessed, Guide: b.Guide}
	p.Duties.Caption, p.Duties.CSV, p.Duties.More, p.Duties.MoreText = v.words.T("board.duties"), "/duties.csv", "/duties", v.words.T("board.duties.all")
	p.Waiting.Caption, p.Waiting.CSV = v.words.T("board.waiting"), "/warnings.csv?tab=mine"
	for _, a := range b.Areas {
		if a.Level >= 4 {
			p.Worst++
		}
	}
	for _, c := range b.Changes {
		p.Changes = append(p.Changes, page.Event{At: c.At, Kind: c.Kind, ID: c.Subject, Title: c.Note, Level: c.Level, Entry: c.Entry, Actor: c.Actor, Situation: c.Situation})
	}
	return v.show("board", p)
}

// guide puts the guide for the first visit away.
func (v *visit) guide() error {
	if err := v.h.DismissGuide(v.r.Context(), v.who); err != nil {
		return err
	}
	return v.redirect("/")
}
