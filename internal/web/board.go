package web

import (
	"github.com/heed-project/heed/internal/web/custody"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// board is the first page: where it is worst, what is owed, what changed.
func board(v *visit.Visit) error {
	b, err := v.H.Board(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("board.title"), Here: "board"})
	if err != nil {
		return err
	}
	p := page.Board{Frame: f, Map: page.NewMap(v.Words, b.Areas, f.Exercise), Ranked: b.Areas,
		Duties: page.DutyTable(v.Words, "duties", append(b.Late, b.Due...), f.Now), Waiting: page.WarningTable(v.Words, "waiting", b.AwaitingAck),
		Late: b.LateTotal, DueDay: b.DueDay, Unread: b.Unread, Situations: b.Situations, InForce: b.Warnings, Unassessed: b.Unassessed, Guide: b.Guide}
	p.Duties.Caption, p.Duties.CSV, p.Duties.More, p.Duties.MoreText = v.Words.T("board.duties"), "/duties.csv", "/duties", v.Words.T("board.duties.all")
	p.Waiting.Caption, p.Waiting.CSV = v.Words.T("board.waiting"), "/warnings.csv?tab=mine"
	if p.Requests, err = custody.LateRequests(v, f.Now); err != nil {
		return err
	}
	for _, a := range b.Areas {
		if a.Level >= 4 {
			p.Worst++
		}
	}
	for _, c := range b.Changes {
		if look.Href(c.Subject) == "" {
			c.Subject = ""
		}
		p.Changes = append(p.Changes, page.Event{At: c.At, Kind: c.Kind, ID: c.Subject, Title: c.Note, Level: c.Level, Entry: c.Entry, Actor: c.Actor, Situation: c.Situation})
	}
	return v.Show("board", p)
}

// guide puts the guide for the first visit away.
func guide(v *visit.Visit) error {
	if err := v.H.DismissGuide(v.R.Context(), v.Who); err != nil {
		return err
	}
	return v.Redirect("/")
}
