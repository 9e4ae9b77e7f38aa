package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// protocols is the list of response protocols.
func protocols(v *visit.Visit) error {
	rows, err := v.H.Protocols(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("protocols.title"), Here: "protocols"})
	if err != nil {
		return err
	}
	return v.Show("protocols", page.Protocols{Frame: f, Rows: rows})
}

const clockWidth = 360

// protocol is one protocol with its clock for a level and a moment, or its
// file.
func protocol(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	id, file := strings.CutSuffix(v.R.PathValue("id"), ".yaml")
	level, _ := strconv.Atoi(v.Text("level"))
	var at time.Time
	if s := v.Text("at"); s != "" {
		var err error
		if at, err = time.Parse("2006-01-02T15:04", s); err != nil {
			v.Blame("at", "error.moment.of")
		}
	}
	x, err := v.H.Protocol(v.R.Context(), v.Who, id, level, at)
	if err != nil {
		return err
	}
	if file {
		v.Attach(x.ID+".yaml", "application/yaml; charset=utf-8")
		_, err := v.W.Write([]byte(x.Text))
		return err
	}
	f, err := v.Frame(look.Frame{Title: x.Name, ID: x.ID, Kicker: v.Words.T("kicker.protocol"), Here: "protocols", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Protocol{Frame: f, Row: x.ProtocolRow, Text: x.Text, Level: x.Level, Start: x.Start, Width: clockWidth, Problems: x.Problems, Calendars: x.Calendars, At: f.Field("at").Of("datetime-local")}
	for _, l := range x.Levels {
		p.Levels = append(p.Levels, page.Tab{Text: v.Words.Level(l), Href: "/protocols/" + x.ID + "?level=" + strconv.Itoa(l), Count: -1, Here: l == x.Level})
	}
	p.Clock, p.Ticks = page.NewClock(v.Words, x.Clock, x.Start, clockWidth)
	for _, o := range x.Opening {
		p.Openers = append(p.Openers, page.OpenerLine{Title: o.Title, Outside: o.Outside, From: lowest(o.Levels)})
	}
	for _, c := range x.Closing.Conditions {
		p.Closing = append(p.Closing, v.Words.T("closing."+c))
	}
	for _, s := range x.Closing.Statements {
		p.Closing = append(p.Closing, s.Name)
	}
	return v.Show("protocol", p)
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
