package web

import (
	"maps"
	"math"
	"time"

	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// The pages below show the fictional region of the exercise. Every place,
// people, person and event in them is invented.

var now = time.Date(2031, time.March, 14, 9, 30, 0, 0, time.UTC)

func ago(d, h int) time.Time {
	return now.Add(-time.Duration(d)*24*time.Hour - time.Duration(h)*time.Hour)
}

var (
	ada    = page.Ref{ID: "P-1", Name: "Ada Lindqvar"}
	bero   = page.Ref{ID: "P-2", Name: "Bero Tansill"}
	cyra   = page.Ref{ID: "P-3", Name: "Cyra Vonnet"}
	doro   = page.Ref{ID: "P-4", Name: "Doro Hasprin"}
	elin   = page.Ref{ID: "P-5", Name: "Elin Marrow-Tse"}
	upland = page.Ref{ID: "S-1", Name: "Upper Sarn valley: raids on Wethri villages"}
	delta  = page.Ref{ID: "S-2", Name: "Lower Oss delta: forced moves of the Marenti"}
	ridge  = page.Ref{ID: "S-3", Name: "Ridge towns: call for registers of Sefuri households"}
)

func frame(w *page.Words, f page.Frame) page.Frame {
	f.Words, f.User, f.Agency, f.Exercise, f.Now, f.Speed = w, ada, "Office of the Focal Point, Republic of Ilmarra", true, now, 600
	f.May = map[string]bool{"warning.issue": true, "situation.add": true, "report.add": true, "assessment.add": true, "people.manage": true, "settings.node": true}
	entry := int64(-1)
	if f.Record.Entry != 0 {
		entry = f.Record.Entry
	}
	f.Record = look.Place{Origin: "heed.example/ilmarra", Root: "7Qd1fMZc0aWvB2tY8RrK3mJpLhXnUeSgOiQyTlx0Kc=", Size: 48213, At: ago(0, 1), Witnesses: 2, Entry: entry}
	return f
}

func duties() []page.DutyRow {
	return []page.DutyRow{
		{ID: "D-31", Title: "Brief the minister in person", Section: "§2.1", Warning: "W-12", Level: 4, Situation: upland, Owner: bero, Role: "Director, conflict prevention", Opened: ago(2, 3), DueAt: ago(0, 6), State: "lapsed", Late: true, Rung: 1, RungName: "Secretary of state", Entry: 48209},
		{ID: "D-32", Title: "Ask the affected communities what they want done", Section: "§2.4", Warning: "W-12", Level: 4, Situation: upland, Owner: cyra, Role: "Field liaison", Opened: ago(2, 3), DueAt: now.Add(5 * time.Hour), State: "acknowledged", Entry: 48210},
		{ID: "D-33", Title: "Preserve open-source evidence", Section: "§2.2", Warning: "W-12", Level: 4, Situation: upland, Owner: doro, Role: "Evidence custodian", Opened: ago(2, 3), DueAt: now.Add(18 * time.Hour), State: "open", Entry: 48211},
		{ID: "D-34", Title: "Consult the regional partners in Addis Ababa", Section: "§2.5", Warning: "W-11", Level: 3, Situation: delta, Owner: elin, Role: "Partner desk", Opened: ago(4, 0), DueAt: now.Add(52 * time.Hour), State: "open", Entry: 48120},
		{ID: "D-29", Title: "Tell the Resident Coordinator", Section: "§2.3", Warning: "W-12", Level: 4, Situation: upland, Owner: ada, Role: "Duty officer", Opened: ago(2, 3), DueAt: ago(1, 0), State: "done", Answered: ago(1, 20), Entry: 48197},
		{ID: "D-28", Title: "Suspend the export licence", Section: "§3.1", Warning: "W-12", Level: 4, Situation: upland, Owner: bero, Role: "Director, conflict prevention", Opened: ago(2, 3), DueAt: ago(1, 0), State: "explained", Answered: ago(1, 2), Entry: 48196},
	}
}

func areas() []page.Area {
	return []page.Area{
		{Country: "XAD", Level: 4, Before: 3, Since: ago(2, 3), Situation: upland, Warning: "W-12", Late: 1, Open: 2, Populations: []string{"Wethri"}},
		{Country: "XAG", Level: 3, Before: 2, Since: ago(4, 0), Situation: delta, Warning: "W-11", Open: 1, Populations: []string{"Marenti"}},
		{Country: "XAE", Level: 2, Since: ago(40, 0), Situation: ridge, Warning: "W-9", Populations: []string{"Sefuri"}},
		{Country: "XAH", Level: 1, Before: 2, Since: ago(90, 0), Situation: page.Ref{ID: "S-4", Name: "Carrun coast: harbour unrest"}, Warning: "W-5"},
		{Country: "XAC", Level: 5, Before: 4, Since: ago(1, 2), Situation: page.Ref{ID: "S-5", Name: "Dathren islands: siege of Port Ellam"}, Warning: "W-13", Open: 4},
	}
}

func warnings() []page.WarningRow {
	return []page.WarningRow{
		{ID: "W-12", Level: 4, Situation: upland, Country: "XAD", State: "in-force", Issued: ago(2, 3), Expires: ago(-28, 0), By: ada, Served: 4, Acked: 2, Late: 1, Open: 2, Marking: "AMBER", Entry: 48190},
		{ID: "W-11", Level: 3, Situation: delta, Country: "XAG", State: "in-force", Issued: ago(4, 0), Expires: ago(-26, 0), By: ada, Served: 3, Acked: 3, Open: 1, Marking: "AMBER", Entry: 48110},
		{ID: "W-9", Level: 3, Situation: upland, Country: "XAD", State: "superseded", Issued: ago(61, 0), Expires: ago(31, 0), By: elin, Served: 3, Acked: 3, Marking: "GREEN", Entry: 41007},
	}
}

func events() []page.Event {
	return []page.Event{
		{At: ago(0, 6), Kind: "duty.lapsed", ID: "D-31", Title: "Brief the minister in person", Entry: 48209, Actor: bero, Situation: upland},
		{At: ago(0, 5), Kind: "duty.escalated", ID: "D-31", Title: "Secretary of state", Entry: 48212, Situation: upland},
		{At: ago(1, 2), Kind: "duty.explained", ID: "D-28", Entry: 48196, Actor: bero, Situation: upland},
		{At: ago(1, 20), Kind: "duty.done", ID: "D-29", Entry: 48197, Actor: ada, Situation: upland},
		{At: ago(2, 3), Kind: "warning.issued", ID: "W-12", Level: 4, Entry: 48190, Actor: ada, Situation: upland},
		{At: ago(3, 7), Kind: "assessment.reviewed", ID: "A-18", Entry: 48150, Actor: elin, Situation: upland},
		{At: ago(5, 1), Kind: "report.submitted", ID: "R-207", Entry: 48101, Actor: cyra, Situation: upland},
		{At: ago(61, 0), Kind: "warning.issued", ID: "W-9", Level: 3, Entry: 41007, Actor: elin, Situation: upland},
		{At: ago(300, 0), Kind: "warning.issued", ID: "W-4", Level: 2, Entry: 20110, Actor: elin, Situation: upland},
		{At: ago(410, 0), Kind: "situation.added", ID: "S-1", Entry: 11200, Actor: elin, Situation: upland},
	}
}

func board(w *page.Words) page.Board {
	a := areas()
	a[0], a[1], a[2], a[3], a[4] = a[4], a[0], a[1], a[2], a[3]
	b := page.Board{Frame: frame(w, page.Frame{Title: w.T("board.title"), Here: "board", Path: "/"}), Map: page.NewMap(w, a, true), Ranked: a,
		Duties: page.DutyTable(w, "duties", duties()[:4], now), Waiting: page.WarningTable(w, "waiting", warnings()[:1]), Changes: events()[:6],
		Late: 1, DueDay: 2, Unread: 1, Situations: 5, InForce: 5, Unassessed: 3, Worst: 2, Guide: true}
	b.Duties.CSV, b.Waiting.CSV = "/duties.csv", "/warnings.csv?mine=1"
	b.Duties.Caption, b.Waiting.Caption = w.T("board.duties"), w.T("board.waiting")
	b.Alarms = []look.Alarm{{Kind: "witness.refused", Name: "north-witness", At: ago(0, 2), Size: 48100}}
	return b
}

func matrix() page.Matrix {
	names := []string{"Situations of armed conflict or other instability", "Record of serious violations of rights and law", "Weakness of state structures", "Motives or incentives", "Capacity to commit atrocity crimes", "Absence of mitigating factors", "Enabling circumstances or preparatory action", "Triggering factors", "Intergroup tensions or patterns of discrimination", "Signs of an intent to destroy a protected group", "Signs of a widespread or systematic attack", "Signs of a plan or policy to attack", "Serious threats to those protected by humanitarian law", "Serious threats to humanitarian or peacekeeping operations"}
	m := page.Matrix{At: ago(3, 7), Before: ago(62, 0), ID: "A-18", BeforeID: "A-11", Populations: []string{"Wethri", "Wethri in the camps", "Road workers"}}
	for i, n := range names {
		r := page.MatrixRow{Factor: i + 1, Name: n}
		for p := range 3 {
			mk := chart.Marks{Absent: 4 - p%3, Present: (i*p + i) % 5, Worsening: (i + p) % 3, Unknown: p * 2}
			if i == 9 && p == 2 {
				mk = chart.Marks{Unknown: 8}
			}
			was := chart.Marks{Absent: 6, Present: mk.Present + mk.Worsening - i%3 + p}
			r.Cells = append(r.Cells, chart.NewCell(mk, &was))
		}
		m.Factors = append(m.Factors, r)
	}
	return m.Tally()
}

func series(w *page.Words) page.Series {
	s := page.Series{ID: "sb-1", Name: "Civilians killed in raids", Unit: "Civilian fatalities", Source: "Invented event data, issue 2031-02", Issued: ago(20, 0), Entry: 47880, Trigger: 50, Note: "Simulated"}
	for i := range 26 {
		n := math.Round(3 + 2.2*float64(i) + 9*math.Sin(float64(i)))
		n = max(0, n)
		s.Points = append(s.Points, chart.Observation{Month: time.Date(2029, time.January+time.Month(i), 1, 0, 0, 0, 0, time.UTC), Count: n, Low: math.Floor(n * .7), High: math.Ceil(n * 1.6)})
	}
	return page.Draw(w, s)
}

func situation(w *page.Words) page.Situation {
	row := page.SituationRow{ID: "S-1", Name: upland.Name, Country: "XAD", State: "active", Level: 4, Before: 3, Since: ago(2, 3), Assessed: ago(3, 7), Populations: []string{"Wethri"}, Lead: elin, Late: 1, Open: 2, Reports30: 14, Marking: "AMBER"}
	s := page.Situation{Frame: frame(w, page.Frame{Title: row.Name, ID: row.ID, Marking: "AMBER", Kicker: w.T("kicker.situation"), Here: "situations", Path: "/situations/S-1", Record: look.Place{Entry: 11200}}),
		Row: row, Started: ago(410, 0), Area: "Upper Sarn valley, Hollin and Tarsk districts", Description: page.Text{Body: "Since the harvest armed riders have burnt eleven Wethri villages in the upper valley.\n\nThe road to the camps is cut at Tarsk bridge."},
		Members: []page.Ref{ada, cyra}, Populations: []page.Population{{Name: "Wethri", Size: page.Range{Low: 41000, High: 55000}, Source: "District census, invented", At: ago(800, 0)}, {Name: "Road workers", Size: page.Range{Low: -1, High: -1}, Note: "Seasonal"}},
		Line: page.NewLine(events(), ago(410, 0), now), Events: events(), Matrix: matrix(), Series: []page.Series{series(w)},
		Warnings: page.WarningTable(w, "warnings", warnings()), Duties: page.DutyTable(w, "duties", duties(), now), Reports: page.ReportTable(w, "reports", reports()),
		Decisions: page.DecisionTable(w, "decisions", decisions()), Assessments: page.AssessmentTable(w, "assessments", assessments()),
		Sources: []page.Tally{{Kind: "civil-society", Count: 7}, {Kind: "un-field", Count: 4}, {Kind: "embassy", Count: 2}, {Kind: "anonymous", Count: 1}}, MayWarn: true, MayAssess: true, MayReport: true}
	s.Warnings, s.Duties, s.Reports, s.Decisions = s.Warnings.Without("situation", "country"), s.Duties.Without("situation"), s.Reports.Without("situation"), s.Decisions.Without("situation")
	for _, t := range []*page.Table{&s.Warnings, &s.Duties, &s.Reports, &s.Decisions, &s.Assessments} {
		t.CSV = "/" + t.ID + ".csv?situation=S-1"
	}
	return s
}

func reports() []page.ReportRow {
	return []page.ReportRow{
		{ID: "R-207", Source: "civil-society", Country: "XAD", Place: "Hollin, east bank", State: "used", Received: ago(5, 1), From: ago(6, 0), To: ago(6, 0), Situation: upland, Marking: "AMBER", Killed: page.Range{Low: 8, High: 20}, Entry: 48101},
		{ID: "R-208", Source: "anonymous", Country: "XAD", Place: "Tarsk bridge", State: "received", Received: ago(1, 1), From: ago(2, 0), To: ago(1, 0), Marking: "AMBER+STRICT", Killed: page.Range{Low: -1, High: -1}, Entry: 48205},
	}
}

func decisions() []page.DecisionRow {
	return []page.DecisionRow{{ID: "DEC-3", Warning: "W-12", State: "signed", Level: 4, Situation: upland, By: bero, At: ago(1, 0), Choice: page.Text{Body: "Call for a special session and send observers to Tarsk bridge"}, Entry: 48201}}
}

func assessments() []page.AssessmentRow {
	return []page.AssessmentRow{
		{ID: "A-18", Population: "Wethri", State: "reviewed", Situation: upland, By: ada, Reviewer: elin, At: ago(3, 7), Entry: 48140, Present: 41, Worsening: 12, Unknown: 30},
		{ID: "A-19", Population: "Road workers", State: "submitted", Situation: upland, By: cyra, At: ago(0, 9), Entry: 48207, Present: 9, Worsening: 1, Unknown: 88},
	}
}

func warning(w *page.Words) page.Warning {
	row := warnings()[0]
	v := page.Warning{Frame: frame(w, page.Frame{Title: w.T("warning.title", w.Level(4), upland.Name), ID: row.ID, Marking: row.Marking, Kicker: w.T("kicker.warning"), Here: "warnings", Path: "/warnings/W-12", Record: look.Place{Entry: row.Entry}, Notice: w.T("done.issued", row.ID)}),
		Row: row, Populations: []string{"Wethri", "Wethri in the camps"}, Confidence: "moderate",
		Finding: page.Text{Body: "Raids on Wethri villages now follow one another within days and along one road. Riders carry lists. Local radio calls the Wethri “grass to be burnt”.\n\nWe judge it likely that the camps at Tarsk are attacked within two weeks."},
		Sources: []page.Source{{Kind: "report", ID: "R-207", At: ago(5, 1), Note: page.Text{Body: "Three independent witnesses"}}, {Kind: "assessment", ID: "A-18", At: ago(3, 7)}, {Kind: "series", At: ago(20, 0), Note: page.Text{Body: "Civilian fatalities, issue 2031-02"}}},
		Recipients: []page.Recipient{
			{Person: bero, Role: "Director, conflict prevention", Channel: "mail", Served: ago(2, 3), Due: ago(1, 3), Late: true},
			{Person: cyra, Role: "Field liaison", Channel: "web", Served: ago(2, 3), Due: ago(1, 3), Acked: ago(2, 1), Note: page.Text{Body: "On my way to Tarsk."}},
			{Person: doro, Role: "Evidence custodian", Channel: "webhook", Served: ago(2, 3), Due: now.Add(3 * time.Hour)},
			{Person: page.Ref{ID: "P-9"}, Role: "Former liaison", Channel: "mail", Served: ago(2, 3), Due: ago(1, 3), Acked: ago(2, 2), Note: page.Text{State: "erased"}}},
		Duties: page.DutyTable(w, "duties", duties()[:3], now).Without("situation"), Decisions: page.DecisionTable(w, "decisions", decisions()).Without("situation", "warning", "level"), Protocol: page.Ref{ID: "national", Name: "National response framework"}, Supersedes: "W-9", MayAck: true, MayDecide: true, MayClose: true}
	return v
}

func duty(w *page.Words) page.Duty {
	row := duties()[0]
	d := page.NewDuty(frame(w, page.Frame{Title: row.Title, ID: row.ID, Marking: "AMBER", Kicker: w.T("kicker.duty"), Here: "duties", Path: "/duties/D-31", Record: look.Place{Entry: row.Entry}}), row)
	d.What, d.Protocol, d.Deputy = "Tell the minister what is known, what the options are and what must be signed. A note that was sent and not discussed does not count.", page.Ref{ID: "national", Name: "National response framework"}, elin
	d.Gate, d.GateState = "The affected communities were asked, or the reason why not is recorded", "open"
	d.Ladder = []page.Rung{{N: 0, Role: "Director, conflict prevention", Owner: bero, At: ago(2, 3), State: "served"}, {N: 1, Role: "Secretary of state", Owner: doro, At: ago(0, 6), State: "now"}, {N: 2, Role: "Minister", At: now.Add(18 * time.Hour), State: "ahead"}}
	d.Events, d.MayAnswer, d.MayFollow = events()[:2], true, true
	d.Row.State = "open"
	d.FollowUps = page.DutyTable(w, "follow", nil, now)
	d.FollowUps.Caption = w.T("duty.followups")
	d.Ack, d.Do, d.Explain = d.Field("note").MayBeEmpty(), d.Field("what").Area(4), d.Field("reason").Area(4)
	d.FollowTitle, d.FollowOwner, d.FollowDue = d.Field("title"), d.Field("owner").From([]look.Option{{Value: "P-1", Text: ada.Name}}), d.Field("due").Of("date")
	return d
}

// pages returns every page in one language, by address.
func pages(w *page.Words) map[string]shown {
	out := map[string]shown{
		"/":               {"board", board(w)},
		"/situations/S-1": {"situation", situation(w)},
		"/warnings/W-12":  {"warning", warning(w)},
		"/duties/D-31":    {"duty", duty(w)},
	}
	maps.Copy(out, more(w))
	return out
}

type shown struct {
	name string
	page any
}
