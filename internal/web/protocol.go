package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// protocols is the list of response protocols.
func (v *visit) protocols() error {
	rows, err := v.h.Protocols(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("protocols.title"), Here: "protocols"})
	if err != nil {
		return err
	}
	return v.show("protocols", page.Protocols{Frame: f, Rows: rows})
}

const clockWidth = 360

// protocol is one protocol with its clock for a level and a moment, or its
// file.
func (v *visit) protocol() error {
	v.form.Values = v.r.URL.Query()
	id, file := strings.CutSuffix(v.r.PathValue("id"), ".yaml")
	level, _ := strconv.Atoi(v.text("level"))
	var at time.Time
	if s := v.text("at"); s != "" {
		var err error
		if at, err = time.Parse("2006-01-02T15:04", s); err != nil {
			v.blame("at", "error.moment.of")
		}
	}
	x, err := v.h.Protocol(v.r.Context(), v.who, id, level, at)
	if err != nil {
		return err
	}
	if file {
		v.attach(x.ID+".yaml", "application/yaml; charset=utf-8")
		_, err := v.w.Write([]byte(x.Text))
		return err
	}
	f, err := v.frame(look.Frame{Title: x.Name, ID: x.ID, Kicker: v.words.T("kicker.protocol"), Here: "protocols", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Protocol{Frame: f, Row: x.ProtocolRow, Text: x.Text, Level: x.Level, Start: x.Start, Width: clockWidth, Problems: x.Problems, Calendars: x.Calendars, At: f.Field("at").Of("datetime-local")}
	for _, l := range x.Levels {
		p.Levels = append(p.Levels, page.Tab{Text: v.words.Level(l), Href: "/protocols/" + x.ID + "?level=" + strconv.Itoa(l), Count: -1, Here: l == x.Level})
	}
	p.Clock, p.Ticks = page.NewClock(v.words, x.Clock, x.Start, clockWidth)
	for _, o := range x.Opening {
		p.Openers = append(p.Openers, page.OpenerLine{Title: o.Title, Outside: o.Outside, From: lowest(o.Levels)})
	}
	for _, c := range x.Closing.Conditions {
		p.Closing = append(p.Closing, v.words.T("closing."+c))
	}
	for _, s := range x.Closing.Statements {
		p.Closing = append(p.Closing, s.Name)
	}
	return v.show("protocol", p)
}

func lowest(levels []int) int {
	low := 0
	for _, l := range levels {
		if low == 0 || l < low {
			low = l
		}
	}
	return low
}
