package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

func opts(names ...string) (out []look.Option) {
	for i, n := range names {
		out = append(out, look.Option{Value: fmt.Sprint(i + 1), Text: n})
	}
	return out
}

const hash = "b5b1bd3a4a1f7c0f6a0de5a9b1c0a6f1a7c9b0f3f4a5d6e7f8091a2b3c4d5e6f"

func more(w *page.Words) map[string]shown {
	f := func(here, title, id, kicker, marking, path string) page.Frame {
		return frame(w, page.Frame{Title: title, ID: id, Kicker: kicker, Marking: marking, Here: here, Path: path})
	}
	out := map[string]shown{}
	lists(w, f, out)
	forms(w, f, out)
	works(w, f, out)
	persons(w, f, out)
	return out
}

type framer func(here, title, id, kicker, marking, path string) page.Frame

func lists(w *page.Words, f framer, out map[string]shown) {
	fr := f("situations", w.T("situations.title"), "", "", "", "/situations")
	rows := []page.SituationRow{
		{ID: "S-1", Name: upland.Name, Country: "XAD", Level: 4, Before: 3, Assessed: ago(3, 0), Populations: []string{"Wethri"}, Lead: elin, Late: 1, Open: 2, Reports30: 14},
		{ID: "S-2", Name: delta.Name, Country: "XAG", Level: 3, Assessed: ago(30, 0), Populations: []string{"Marenti", "Ferrymen"}, Lead: ada, Open: 1, Reports30: 6},
		{ID: "S-6", Name: "Pelloway border crossings", Country: "XAF", Lead: ada, Reports30: 1}}
	t := page.SituationTable(w, "situations", rows)
	t.CSV = "/situations.csv"
	out["/situations"] = shown{"situations", page.Situations{Frame: fr, Table: t, Filter: []page.Field{fr.Field("country").From(opts("Morvessa", "Zeventa")), fr.Field("state").From(opts("Open", "Closed"))}}}

	fr = f("warnings", w.T("warnings.title"), "", "", "", "/warnings")
	tabs := []page.Tab{{Text: w.T("tab.inforce"), Href: "/warnings", Count: 5, Here: true}, {Text: w.T("tab.mine"), Href: "/warnings?tab=mine", Count: 1}, {Text: w.T("tab.all"), Href: "/warnings?tab=all", Count: 12}}
	wt := page.WarningTable(w, "warnings", warnings())
	wt.CSV = "/warnings.csv"
	out["/warnings"] = shown{"warnings", page.Warnings{Frame: fr, Table: wt, Tabs: tabs}}
	fr = f("duties", w.T("duties.title"), "", "", "", "/duties")
	dt := page.DutyTable(w, "duties", duties(), now)
	dt.CSV, dt.More, dt.MoreText = "/duties.csv", "/duties?before=1", w.T("record.older")
	out["/duties"] = shown{"duties", page.Duties{Frame: fr, Table: dt, Tabs: tabs}}
	fr = f("decisions", w.T("decisions.title"), "", "", "", "/decisions")
	ct := page.DecisionTable(w, "decisions", decisions())
	ct.CSV = "/decisions.csv"
	out["/decisions"] = shown{"decisions", page.Decisions{Frame: fr, Table: ct}}
	fr = f("reports", w.T("reports.title"), "", "", "", "/reports")
	rt := page.ReportTable(w, "reports", reports())
	rt.CSV = "/reports.csv"
	out["/reports"] = shown{"reports", page.Reports{Frame: fr, Table: rt, Filter: []page.Field{fr.Field("source").From(opts("Embassy")), fr.Field("situation").From(opts(upland.Name)), fr.Field("q").MayBeEmpty()}}}
	fr = f("record", w.T("record.title"), "", "", "", "/record")
	et := page.EntryTable(w, "entries", []page.EntryRow{
		{Index: 48209, At: ago(0, 6), Kind: "duty.lapsed", Marking: "AMBER", Body: "open", Actor: page.Ref{}, Subjects: []string{"D-31", "W-12", "P-2"}},
		{Index: 48205, At: ago(1, 1), Kind: "report.submitted", Marking: "AMBER+STRICT", Body: "protected", Actor: cyra, Subjects: []string{"R-208"}},
		{Index: 30001, At: ago(200, 1), Kind: "party.person-added", Body: "erased", Actor: page.Ref{ID: "P-9"}, Subjects: []string{"P-9"}}})
	et.CSV = "/record.csv"
	out["/record"] = shown{"record", page.Record{Frame: fr, Table: et, Older: "/record?before=30001", Filter: []page.Field{fr.Field("kind").From(opts("warning.issued")), fr.Field("subject"), fr.Field("from").Of("date"), fr.Field("until").Of("date")}}}
	fr = f("", w.T("search.title"), "", "", "", "/search")
	fr.Form.Values = url.Values{"q": {"sarn"}}
	out["/search"] = shown{"search-page", page.Search{Frame: fr, Query: "sarn", Hits: []page.Hit{{Kind: "situation", ID: "S-1", Title: upland.Name, Level: 4, At: ago(410, 0)}, {Kind: "report", ID: "R-207", Title: "Hollin, east bank", At: ago(5, 1)}}}}
}

func forms(w *page.Words, f framer, out map[string]shown) {
	fr := f("situations", w.T("situation.new.title"), "", "", "", "/situations/new")
	out["/situations/new"] = shown{"situation-new", page.SituationForm{Frame: fr, Fields: []page.Field{fr.Field("name"), fr.Field("country").From(opts("Morvessa")), fr.Field("area").MayBeEmpty(), fr.Field("populations").Area(3), fr.Field("description").Area(6), fr.Field("lead").From(opts("Elin")), fr.Field("started").Of("date"), fr.Field("marking").From(opts("AMBER"))}}}

	fr = f("warnings", w.T("warning.new.title"), "", "", "", "/warnings/new")
	fr.Form = look.Form{Values: url.Values{"level": {"4"}, "finding": {"Raids every third day"}, "to": {"2"}}, Errors: []look.FieldError{{Field: "confidence", Text: w.T("error.choose.of", w.T("field.confidence"))}, {Field: "expires", Text: w.T("error.date.of", w.T("field.expires"))}}}
	levels := []look.Option{}
	for i := 1; i <= 5; i++ {
		levels = append(levels, look.Option{Value: fmt.Sprint(i), Text: w.Level(i)})
	}
	planned := []page.Planned{
		{Title: "Tell the Resident Coordinator", Role: "Duty officer", Owner: ada, Allowed: "12 h", Section: "§2.3", DueAt: now.Add(12 * time.Hour), Rungs: []page.PlannedRung{{N: 1, Role: "Director", Owner: bero, At: now.Add(18 * time.Hour)}}},
		{Title: "Brief the minister in person", Role: "Director, conflict prevention", Owner: bero, Allowed: "2 working days", Section: "§2.1", DueAt: now.Add(96 * time.Hour), Rungs: []page.PlannedRung{{N: 1, Role: "Secretary of state", At: now.Add(96 * time.Hour)}, {N: 2, Role: "Minister", At: now.Add(120 * time.Hour)}}}}
	out["/warnings/new"] = shown{"warning-new", page.IssueWarning{Frame: fr, Situation: fr.Field("situation").From(opts(upland.Name, delta.Name)), Level: fr.Field("level").Of("radio").From(levels), Populations: fr.Field("populations").Of("checkbox").From(opts("Wethri", "Wethri in the camps")),
		Finding: fr.Field("finding").Area(6), Confidence: fr.Field("confidence").Of("radio").From(opts(w.T("confidence.low"), w.T("confidence.moderate"), w.T("confidence.high"))), Sources: fr.Field("sources").Of("checkbox").From(opts("R-207 Hollin", "A-18")),
		To: fr.Field("to").Of("checkbox").From(opts(ada.Name, bero.Name, cyra.Name, doro.Name, elin.Name, "Fenna Ortu", "Gale Imrin")), Expires: fr.Field("expires").Of("date"), Protocol: fr.Field("protocol").From(opts("National response framework")), Marking: fr.Field("marking").From(opts("AMBER")),
		Preview: []page.LevelDuties{{Level: 3, Duties: planned[:1]}, {Level: 4, Duties: planned}}}}

	fr = f("reports", w.T("report.new.title"), "", "", "", "/reports/new")
	rf := page.ReportForm{Frame: fr, Source: fr.Field("source_type").Of("radio").From(opts(w.T("source.embassy"), w.T("source.un-field"), w.T("source.civil-society"), w.T("source.anonymous"))), Situation: fr.Field("situation").MayBeEmpty().From(opts(upland.Name)), Day: fr.Field("occurred").Of("date"), Country: fr.Field("country").From(opts("Morvessa")), Place: fr.Field("place"), Population: fr.Field("population").MayBeEmpty(),
		What: fr.Field("what").As("what_happened").Of("checkbox").From(opts(w.T("what.killing"), w.T("what.displacement"))).MayBeEmpty(), Killed: fr.Field("killed").Of("number").MayBeEmpty(), Account: fr.Field("text").Area(8), Known: fr.Field("known_by").From(opts(w.T("known.seen"), w.T("known.witness"))), OwnRef: fr.Field("ownref").MayBeEmpty(), SourceName: fr.Field("source_name").MayBeEmpty(), Contact: fr.Field("contact").MayBeEmpty(), Safety: fr.Field("safety").MayBeEmpty(), Marking: fr.Field("marking").From(opts("AMBER"))}
	out["/reports/new"] = shown{"report-new", rf}
	rf.Frame = f("", w.T("tell.title"), "", "", "", "/tell")
	rf.Known = rf.Known.Of("radio")
	out["/tell"] = shown{"tell", rf}
	out["/told"] = shown{"told", page.Receipt{Frame: f("", w.T("tell.sent"), "", "", "", "/tell"), Reference: "7K4M-92QX-1D8P"}}
	fr = f("reports", w.T("receipt.title"), "", "", "", "/reports/new")
	out["/reports/receipt"] = shown{"receipt", page.Receipt{Frame: fr, Report: "R-209", Reference: "7K4M-92QX-1D8P", Duplicate: "R-207", Entry: 48213}}

	fate := page.Fate{Frame: f("", w.T("fate.title"), "", "", "", "/fate"), Found: "7K4M-92QX-1D8P", Received: ago(5, 0), Steps: []page.FateStep{{At: ago(5, 0), Kind: "received"}, {At: ago(4, 0), Kind: "assessed"}, {At: ago(2, 3), Kind: "used", Ref: "W-12"}, {At: ago(1, 0), Kind: "led", Ref: "DEC-3"}}}
	out["/fate/found"] = shown{"fate", fate}
	fate.Found, fate.Reference = "", fate.Field("reference")
	out["/fate"] = shown{"fate", fate}

	fr = f("decisions", w.T("decision.new.title", "W-12"), "W-12", w.T("kicker.decision"), "AMBER", "/decisions/new")
	dn := page.Decide{Frame: fr, Warning: warnings()[0], Finding: page.Text{Body: "Raids on Wethri villages now follow one another within days."}, Duties: page.DutyTable(w, "duties", duties()[:3], now), Known: fr.Field("known").As("decision_known").Area(5), Choice: fr.Field("choice"), Reason: fr.Field("reason").As("decision_reason").Area(4), Community: fr.Field("community").Area(4).MayBeEmpty(), NoCommunity: fr.Field("nocommunity").Area(2).MayBeEmpty(), Marking: fr.Field("marking").From(opts("AMBER"))}
	for i := 1; i <= 3; i++ {
		n := fmt.Sprint(i)
		dn.Options = append(dn.Options, page.OptionFields{N: i, Name: fr.Field("option_" + n).As("option_name"), For: fr.Field("for_" + n).As("option_for"), Against: fr.Field("against_" + n).As("option_against")})
	}
	out["/decisions/new"] = shown{"decision-new", dn}

	fr = f("situations", w.T("assessment.new.title"), "S-1", w.T("kicker.assessment"), "AMBER", "/assessments/new")
	out["/assessments/new"] = shown{"assessment-new", page.AssessmentForm{Frame: fr, Situation: upland, Population: fr.Field("population").From(opts("Wethri")), Summary: fr.Field("summary").Area(5), Marking: fr.Field("marking").From(opts("AMBER")), Factors: factors(w)}}
}

func factors(w *page.Words) []page.FactorMarks {
	var out []page.FactorMarks
	for n := 1; n <= 14; n++ {
		fm := page.FactorMarks{N: n, Name: w.T(fmt.Sprint("factor.", n)), Seen: n % 4, Changed: n % 2, Open: n == 1}
		for i, text := range []string{"war (international or internal)", "humanitarian emergency", "irregular change of power", "severe economic crisis"} {
			fm.Indicators = append(fm.Indicators, page.IndicatorMark{ID: fmt.Sprintf("%d.%d", n, i+1), Text: text, Unsure: i == 2, State: page.MarkNames[(n+i)%4], Was: page.MarkNames[(n+2*i)%4], Sources: []string{"R-207"}, Source: "R-207"})
		}
		out = append(out, fm)
	}
	return out
}

func works(w *page.Words, f framer, out map[string]shown) {
	row := reports()[0]
	fr := f("reports", w.T("report.title", w.T("source.civil-society"), w.Country("XAD"), row.Place), row.ID, w.T("kicker.report"), "AMBER", "/reports/R-207")
	out["/reports/R-207"] = shown{"report", page.Report{Frame: fr, Row: row, Account: page.Text{Body: "Before dawn riders came from the east bank. They had a list and asked for Wethri households by name."}, Known: "witness", What: []string{"killing", "displacement"}, Population: "Wethri", Grade: "B2", Situations: []page.Ref{upland}, Reference: "HR/31/7", Fate: []page.FateStep{{At: ago(5, 0), Kind: "received"}, {At: ago(2, 3), Kind: "used", Ref: "W-12"}}, Submitter: cyra, HasContact: true, MayAssess: true, MayOpen: true, MayWithdraw: true,
		Purpose: fr.Field("purpose"), Situation: fr.Field("situation").From(opts(upland.Name)), Reliability: fr.Field("reliability").From(opts(w.T("reliability.A"), w.T("reliability.B"))), Credibility: fr.Field("credibility").From(opts(w.T("credibility.1"))), Why: fr.Field("why").Area(3), WithdrawWhy: fr.Field("reason").Area(2)}}

	d := decisions()[0]
	fr = f("decisions", w.T("decision.title", "W-12", d.Choice.Body), d.ID, w.T("kicker.decision"), "AMBER", "/decisions/DEC-3")
	dec := page.Decision{Frame: fr, Row: d, Known: page.Text{Body: "Eleven villages burnt since the harvest; lists of households in the riders’ hands."}, Reason: page.Text{Body: "Observers on the bridge keep the road to the camps open while New York is asked to act."}, Options: []page.Choice{{Name: "Special session and observers", For: "Visible, quick", Against: "Needs sixteen states", Chosen: true}, {Name: "Quiet approach only", For: "Keeps channels open", Against: "Tried twice without effect"}, {Name: "Do nothing", For: "No cost now", Against: "The finding says two weeks"}}, Community: page.Text{Body: "Wethri elders in Tarsk: “Keep the bridge open. Do not move us again.”"}, Dissent: []page.Dissent{{By: doro, Text: page.Text{Body: "Observers without escort will be turned back."}, At: ago(1, 4)}}, Signature: page.Signature{Kind: "passkey", Key: "Office key", Digest: hash, By: bero, At: ago(1, 0)}, MayDissent: true, DissentField: fr.Field("dissent").Area(3)}
	out["/decisions/DEC-3"] = shown{"decision", dec}
	draft := dec
	draft.Signature, draft.Row.State, draft.MaySign, draft.HasPasskey, draft.Community, draft.NoCommunity = page.Signature{}, "draft", true, true, page.Text{}, page.Text{Body: "No line to the camps since Sunday; the field liaison is on the way."}
	out["/decisions/DEC-4"] = shown{"decision", draft}

	pr := page.ProtocolRow{ID: "national", Name: "National response framework", Version: "3", For: "A focal point for the responsibility to protect in a capital", Active: true, Duties: 11, Entry: 12, Since: ago(400, 0)}
	fr = f("protocols", w.T("protocols.title"), "", "", "", "/protocols")
	out["/protocols"] = shown{"protocols", page.Protocols{Frame: fr, Rows: []page.ProtocolRow{pr, {ID: "rc", Name: "Standard procedure for a Resident Coordinator with the Joint Office", Version: "2", For: "A UN country team", Duties: 9, Problems: 1}}}}
	fr = f("protocols", pr.Name, "national", w.T("kicker.protocol"), "", "/protocols/national")
	pv := page.Protocol{Frame: fr, Row: pr, Text: "name: National response framework\nlevels:\n  4:\n    - duty: tell-rc\n      within: 12h\n", Level: 4, Start: now, Width: 360, CivilSociety: "Three organisations in good standing", Closing: "A post-action review", Calendars: []page.Calendar{{City: "New York", Zone: "America/New_York", Week: "Mon–Fri 09:00–18:00"}, {City: "Addis Ababa", Zone: "Africa/Addis_Ababa", Week: "Mon–Fri 08:30–17:30"}}, At: fr.Field("at").Of("datetime-local")}
	for i := 1; i <= 5; i++ {
		pv.Levels = append(pv.Levels, page.Tab{Text: w.Level(i), Href: fmt.Sprint("/protocols/national?level=", i), Count: -1, Here: i == 4})
	}
	pv.Clock, pv.Ticks = page.NewClock(w, out["/warnings/new"].page.(page.IssueWarning).Preview[1].Duties, now, 360)
	out["/protocols/national"] = shown{"protocol", pv}

	fr = f("warnings", w.T("knew.title", "W-12"), "W-12", "", "AMBER", "/knew/W-12")
	fr.CSV = "/knew/W-12.csv"
	out["/knew/W-12"] = shown{"knew", page.Knew{Frame: fr, Ref: "W-12", Level: 4, Situation: upland, Size: 48213, Root: hash, Cosigned: []string{"north-witness", "harbour-witness"}, Pack: "/knew/W-12.zip",
		People: []page.KnewPerson{{Person: bero, Role: "Director, conflict prevention", Outcome: "silent", Served: ago(2, 3), Lapsed: 1}, {Person: cyra, Role: "Field liaison", Outcome: "acted", Served: ago(2, 3), Acked: ago(2, 1), Acted: ago(1, 0)}, {Person: doro, Role: "Evidence custodian", Outcome: "acknowledged", Served: ago(2, 3), Acked: ago(1, 1)}},
		Rows: []page.KnewRow{
			{At: ago(5, 1), Actor: cyra, Role: "Field liaison", Kind: "report.submitted", Subject: "R-207", Did: "knew", Text: page.Text{State: "sealed"}, Entry: 48101},
			{At: ago(2, 3), Actor: ada, Role: "Duty officer", Kind: "warning.issued", Subject: "W-12", Did: "warned", Level: 4, Text: page.Text{Body: "Raids on Wethri villages now follow one another within days and along one road."}, Entry: 48190},
			{At: ago(2, 1), Actor: cyra, Role: "Field liaison", Kind: "warning.acknowledged", Subject: "W-12", Did: "knew", Entry: 48193},
			{At: ago(0, 6), Actor: bero, Role: "Director, conflict prevention", Kind: "duty.lapsed", Subject: "D-31", Did: "silent", Entry: 48209}}}}

	fr = f("record", w.T("entry.title", "48190", w.Kind("warning.issued")), "", w.T("kicker.entry"), "AMBER", "/record/48190")
	fr.Record.Entry = 48190
	out["/record/48190"] = shown{"entry-page", page.Entry{Frame: fr, Row: page.EntryRow{Index: 48190, At: ago(2, 3), Kind: "warning.issued", Marking: "AMBER", Body: "sealed", Actor: ada, Subjects: []string{"W-12", "S-1"}, Node: "heed.example/ilmarra"}, Header: `{"v":1,"kind":"warning.issued","time":"2031-03-12T06:30:00Z","actor":"P-1","body":"` + hash + `"}`, Open: `{"id":"W-12","level":4}`, Sealed: page.Text{State: "sealed"}, LeafHash: hash, Proof: strings.Split(strings.TrimSuffix(strings.Repeat(hash+" ", 5), " "), " "), TreeSize: 48213, Root: hash, Checkpoint: "heed.example/ilmarra\n48213\n7Qd1fMZc0aWvB2tY8RrK3mJpLhXnUeSgOiQyTlx0Kc=\n\n— heed.example/ilmarra Az3…", Cosigned: []string{"north-witness"}, Erased: -1, Index: "48190", Prev: "48189", Next: "48191"}}
	fr = f("record", w.T("verify.title"), "", "", "", "/verify")
	out["/verify"] = shown{"verify", page.Verify{Frame: fr}}

	a := assessments()[1]
	fr = f("situations", w.T("assessment.title", a.Population, a.Situation.Name), a.ID, w.T("kicker.assessment"), "AMBER", "/assessments/A-19")
	out["/assessments/A-19"] = shown{"assessment", page.Assessment{Frame: fr, Row: a, Factors: factors(w), Summary: page.Text{Body: "Lists and radio calls are new since January."}, Before: "A-11", MayReview: true, ReviewField: fr.Field("review").Area(3)}}
}

func persons(w *page.Words, f framer, out map[string]shown) {
	roles := []page.Role{{Name: "Duty officer", From: ago(90, 0), Deputy: elin}, {Name: "Analyst", Situation: "S-1", From: ago(400, 0), Until: ago(-30, 0)}}
	office := page.Ref{ID: "AG-1", Name: "Office of the Focal Point"}
	rows := []page.PersonRow{{ID: "P-1", Name: ada.Name, Agency: office, Roles: roles, Active: true, Passkeys: 2, LastSeen: ago(0, 1)}, {ID: "P-9", Agency: office}}
	fr := f("people", w.T("people.title"), "", "", "", "/people")
	t := page.PersonTable(w, "people", rows)
	t.CSV = "/people.csv"
	out["/people"] = shown{"people", page.People{Frame: fr, Table: t, MayAdd: true, Name: fr.Field("name"), Email: fr.Field("email").Of("email"), Agency: fr.Field("agency").From(opts(office.Name)), Role: fr.Field("role").From(opts("Duty officer")), Lang: fr.Field("lang").From(opts("English")), Link: "https://heed.example/sign-in/link?code=J4P7-KX2M-9QWD"}}
	fr = f("people", ada.Name, "P-1", w.T("kicker.person"), "", "/people/P-1")
	out["/people/P-1"] = shown{"person", page.Person{Frame: fr, Row: rows[0], Email: page.Text{Body: "ada@ilmarra.example"}, Roles: roles, Duties: page.DutyTable(w, "duties", duties()[4:5], now), Events: events()[3:5], MayManage: true, Role: fr.Field("role").From(opts("Duty officer")), Deputy: fr.Field("deputy").From(opts("None")), From: fr.Field("from").Of("date"), Until: fr.Field("until").Of("date").MayBeEmpty()}}
	fr = f("", w.T("settings.title"), "", "", "", "/settings")
	out["/settings"] = shown{"settings", page.Settings{Frame: fr, Lang: fr.Field("lang").From(opts("English", "Français", "العربية")), Passkeys: []page.Passkey{{ID: "1", Name: "Office laptop", Added: ago(90, 0), Used: ago(0, 1)}}, Tokens: []page.Token{{ID: "t1", Name: "Nightly import", Added: ago(20, 0), Used: ago(1, 0), Until: ago(-300, 0)}}, Feed: "/feed/9f2c…", Calendar: "/calendar/9f2c….ics", KeyName: fr.Field("keyname"), TokenName: fr.Field("tokenname"), Until: fr.Field("tokenuntil").Of("date"), WName: fr.Field("wname"), WKey: fr.Field("wkey"), WURL: fr.Field("wurl"), ShowNode: true, Secret: "heed_9f2cA71…",
		Witnesses: []page.Witness{{Name: "harbour-witness", Key: "harbour-witness+a1b2c3d4+AbC0dEf=", State: "ok", LastAt: ago(0, 1), LastSize: 48213}, {Name: "north-witness", Key: "north-witness+00ff00ff+AbC0dEf=", State: "refused", LastAt: ago(0, 2), LastSize: 48100, Detail: "conflict at 48100"}},
		Node:      page.Node{Agency: fr.Agency, Origin: "heed.example/ilmarra", Key: "heed.example/ilmarra+5c1f6b0e+AX1…", Version: "0.1.0", Database: "sqlite, encrypted", Blobs: "disk", Entries: 48213, Erased: 2, Started: ago(12, 0), Checkpoint: ago(0, 0)}}}
	fr = f("", w.T("signin.title"), "", "", "", "/sign-in")
	fr.User = page.Ref{}
	out["/sign-in"] = shown{"signin", page.SignIn{Frame: fr, Providers: []page.Ref{{ID: "gov", Name: "Government identity"}}, Back: "/"}}
	fr.Path = "/sign-in/link"
	out["/sign-in/link"] = shown{"signin", page.SignIn{Frame: fr, Link: "J4P7-KX2M-9QWD"}}
	for _, status := range []int{403, 404, 409, 500} {
		fr = f("", w.T(fmt.Sprint("failure.", status)), "", "", "", "/")
		out[fmt.Sprint("/failure/", status)] = shown{"failure", page.Failure{Frame: fr, Status: status, What: "W-99: no such warning", Hint: "References look like W-3", Trace: "9f2c-77"}}
	}
}
