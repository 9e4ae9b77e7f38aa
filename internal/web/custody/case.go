package custody

import (
	"slices"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Cases is the list of cases, with the requests that wait.
func Cases(v *visit.Visit) error {
	q := v.R.URL.Query()
	all, err := v.H.Cases(v.R.Context(), v.Who, heed.CaseFilter{State: q.Get("case_state"), In: q.Get("jurisdiction"), Late: q.Get("late") != ""})
	if err != nil {
		return err
	}
	w, t := v.Words, caseTable(v.Words, all.Cases)
	if v.WantsCSV() {
		return v.CSV("cases", t)
	}
	f, err := v.Frame(look.Frame{Title: w.T("cases"), Here: "evidence"})
	if err != nil {
		return err
	}
	t.CSV = "/cases.csv?" + q.Encode()
	p := page.Cases{Frame: f, Table: t, Waiting: waitingTable(w, f.Now, all.Waiting), Answers: len(all.Took)}
	for _, r := range all.Waiting {
		if r.Overdue {
			p.Late++
		}
	}
	if hours, ok := all.Median(); ok {
		p.Took = w.Span(time.Duration(hours) * time.Hour)
	}
	late := map[string]int{}
	for _, c := range all.Cases {
		if c.Late > 0 {
			late["yes"]++
		}
	}
	states := facet("case_state", "/cases?", q, all.Facets["state"], func(s string) string { return w.T("case.state." + s) })
	p.Facets = []page.Facet{states, facet("jurisdiction", "/cases?", q, all.Facets["jurisdiction"], w.Country)}
	if len(late) > 0 {
		p.Facets = append(p.Facets, facet("late", "/cases?", q, late, func(string) string { return w.T("cases.late") }))
	}
	return v.Show("cases", p)
}

// LateRequests are the requests of prosecutors that wait past their date.
func LateRequests(v *visit.Visit, now time.Time) (look.Table, error) {
	all, err := v.H.Cases(v.R.Context(), v.Who, heed.CaseFilter{Late: true})
	if err != nil {
		return look.Table{}, err
	}
	t := v.Words.First(waitingTable(v.Words, now, all.Waiting), 5, "/cases?late=yes")
	t.ID, t.Caption, t.More, t.MoreText = "requests", v.Words.T("cases.late"), "/cases?late=yes", v.Words.T("list.all", len(all.Waiting))
	return t, nil
}

func caseTable(w *look.Words, rows []heed.CaseRow) look.Table {
	t := look.Table{ID: "cases", Caption: w.T("cases"), Empty: w.T("cases.none"), Cols: w.Cols("case", "authority", "state", "#items", "#asked", "#late", "#entry")}
	for _, c := range rows {
		row := look.Row{}
		if c.Late > 0 {
			row.Mark = "late"
		}
		row.Cells = []look.Cell{{Text: w.Said(c.Name), Href: look.Href(c.ID), Sub: c.ID, Raw: c.ID}, {Text: w.Said(c.Authority), Sub: w.Country(c.In)}, {Text: w.T("case.state." + c.State), Raw: c.State},
			w.CountCell(int64(c.Items)), w.CountCell(int64(c.Waiting + c.Answered)), w.CountCell(int64(c.Late)), w.EntryCell(c.Entry)}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func waitingTable(w *look.Words, now time.Time, rows []heed.RequestView) look.Table {
	t := look.Table{ID: "waiting", Caption: w.T("cases.waiting"), Empty: w.T("cases.waiting.none"), Cols: w.Cols("request", "case", "from", "asks", "due")}
	for _, r := range rows {
		row, due := look.Row{}, dayCell(w, r.Due)
		due.Sub, due.Mark = w.Left(now, r.Due), "open"
		if r.Overdue {
			row.Mark, due.Mark = "late", "late"
		}
		row.Cells = []look.Cell{{Text: r.ID, Href: look.Href(r.Case), ID: true}, {Text: w.Said(r.CaseName), Href: look.Href(r.Case), Sub: r.Case}, {Text: w.Said(r.From), Sub: w.Said(r.Office)}, {Text: w.Said(r.Asks)}, due}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// NewCase is the form with which a case is opened.
func NewCase(v *visit.Visit) error {
	f, situations, err := opening(v, "case.new")
	if err != nil {
		return err
	}
	return v.Show("case-new", page.CaseForm{Frame: f, Name: f.Field("name").As("case.name"), Authority: f.Field("authority").As("case.authority"), Classes: f.Field("classes").As("case.classes").MayBeEmpty(),
		In: f.Field("jurisdiction").As("case.jurisdiction").From(v.Countries()), Marking: f.Field("marking").From(v.Markings()),
		Situation: f.Field("situation").From(v.OrNone("option.none", situations)).MayBeEmpty(), Note: f.Field("note").As("evidence.note").Area(2).MayBeEmpty()})
}

// OpenCase opens a case.
func OpenCase(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.CaseInput{In: v.Text("jurisdiction"), Situation: v.Text("situation"), Marking: v.Text("marking")}
	in.Name, in.Authority, in.Classes, in.Note = v.Text("name"), v.Text("authority"), v.Lines("classes"), v.Text("note")
	id, err := v.H.OpenCase(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, NewCase)
	}
	return v.Done("/cases/"+id, "saved", id)
}

// Case is one case, or one of its tables.
func Case(v *visit.Visit) error {
	x, err := v.H.Case(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.Words
	p := page.Case{Row: x, Requests: requestTable(w, x.Requests), Weighed: weighedTable(w, x.Requests), Outcomes: outcomeTable(w, x.Outcomes), Items: page.ItemTable(w, "items", x.Material)}
	if done, err := v.Tables("/cases/"+x.ID, &p.Requests, &p.Weighed, &p.Outcomes, &p.Items); done {
		return err
	}
	if x.Items > len(x.Material) {
		p.Items.More, p.Items.MoreText = "/evidence?case="+x.ID, w.T("list.all", x.Items)
	}
	f, err := v.Frame(look.Frame{Title: w.Said(x.Name), ID: x.ID, Marking: x.Marking, Kicker: w.T("kicker.case"), Here: "evidence", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p.Frame = f
	caseFields(v, &p)
	return v.Show("case-file", p)
}

// caseFields are the fields of the forms on a case's page.
func caseFields(v *visit.Visit, p *page.Case) {
	f, w := p.Frame, v.Words
	death := v.OrNone("case.death.unknown", v.Choices("case.death.", string(consent.DeathPossible), string(consent.DeathExcluded)))
	var waits, items []look.Option
	for _, r := range p.Row.Requests {
		if r.Hours == nil {
			waits = append(waits, look.Option{Value: r.ID, Text: r.ID + " · " + w.Said(r.From)})
		}
	}
	for _, i := range p.Row.Material {
		name := i.Name
		if i.Withheld != "" || i.Erased {
			name = w.T("text.withheld")
		}
		items = append(items, look.Option{Value: i.ID, Text: name, Hint: i.ID})
	}
	p.Waits = len(waits) > 0
	p.Add = f.Field("add").As("case.add").Area(2)
	p.From, p.Office, p.Asks = f.Field("from").As("case.from"), f.Field("office").As("case.office").MayBeEmpty(), f.Field("asks").As("case.asks").Area(3)
	p.Place, p.Death = f.Field("in").As("case.in").From(v.OrNone("case.same", v.Countries())).MayBeEmpty(), f.Field("death").As("case.death").From(death).MayBeEmpty()
	p.For = f.Field("for").As("case.for").From(purposes(v, consent.Trial))
	p.Received, p.Due = f.Field("received").As("case.received").Of("date"), f.Field("due").As("case.due").Of("date")
	p.Request = f.Field("request").As("case.request").From(waits)
	p.Give = f.Field("items").As("case.give").Of("checkbox").From(items).MayBeEmpty()
	p.Answer = f.Field("answer").As("case.answer").From(v.Choices("case.answer.", "withhold", "give", "refuse"))
	p.Text, p.How = f.Field("text").As("case.text").Area(3).MayBeEmpty(), f.Field("how").As("case.how").MayBeEmpty()
	p.DeathNow = f.Field("death_now").As("case.death_now").From(death).MayBeEmpty()
	p.What = f.Field("outcome").As("case.outcome").From(v.Choices("case.state.", cases.Outcomes()...))
	p.Date, p.Of, p.Source = f.Field("date").As("case.date").Of("date"), f.Field("of").As("case.of").MayBeEmpty(), f.Field("source").As("case.source")
}

// purposes are those that consent knows, with the usual one first.
func purposes(v *visit.Visit, usual consent.Purpose) []look.Option {
	words := []string{string(usual)}
	for _, p := range consent.Purposes() {
		if p != usual {
			words = append(words, string(p))
		}
	}
	return v.Choices("purpose.", words...)
}

func requestTable(w *look.Words, rows []heed.RequestView) look.Table {
	t := look.Table{ID: "requests", Caption: w.T("case.requests"), Empty: w.T("case.requests.none"), Cols: w.Cols("request", "from", "asks", "received", "due", "answer", "took", "#entry")}
	for _, r := range rows {
		row, state, took := look.Row{}, look.Cell{Text: w.T("case.waits"), Mark: "open", Raw: "waits"}, look.Cell{Text: "—", Raw: ""}
		if r.Overdue {
			row.Mark, state = "late", look.Cell{Text: w.T("case.overdue"), Mark: "late", Raw: "late"}
		}
		entry := r.Entry
		if r.Hours != nil {
			d, _ := r.Took()
			state, took, entry = look.Cell{Text: w.T("case.outcome." + r.Outcome), Mark: "done", Raw: r.Outcome, Sub: w.Said(r.Text)}, look.Cell{Text: w.Span(d), Raw: d.String()}, r.Answer
		}
		row.Cells = []look.Cell{{Text: r.ID, ID: true}, {Text: w.Said(r.From), Sub: w.Said(r.Office)}, {Text: w.Said(r.Asks), Sub: where(w, r)}, dayCell(w, r.Received), dayCell(w, r.Due), state, took, w.EntryCell(entry)}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// dayCell is a day without its time, which adds nothing here.
func dayCell(w *look.Words, at time.Time) look.Cell {
	return look.Cell{Text: w.Day(at), Raw: at.Format(time.DateOnly)}
}

// where says where it would be used and for what, and whether that may end in a
// death sentence.
func where(w *look.Words, r heed.RequestView) string {
	if r.In == "" {
		return ""
	}
	death := "unknown"
	if r.Death != "" {
		death = r.Death
	}
	return w.Country(r.In) + " · " + w.T("purpose."+r.For) + " · " + w.T("case.death."+death)
}

// weighedTable is what became of each item that an answer names.
func weighedTable(w *look.Words, rows []heed.RequestView) look.Table {
	t := look.Table{ID: "given", Caption: w.T("case.given"), Empty: w.T("evidence.none"), Cols: w.Cols("request", "item", "answer", "why")}
	for _, r := range rows {
		for _, id := range r.Items {
			t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: r.ID, ID: true}, look.LinkCell(id), {Text: w.T("case.outcome.given"), Mark: "done", Raw: "given"}, {Text: r.How}}})
		}
		for _, x := range r.Withheld {
			t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: r.ID, ID: true}, look.LinkCell(x.Item), {Text: w.T("case.withheld"), Mark: "open", Raw: "withheld"}, {Text: x.Why}}})
		}
	}
	return t
}

func outcomeTable(w *look.Words, rows []heed.CaseOutcome) look.Table {
	t := look.Table{ID: "outcomes", Caption: w.T("case.outcomes"), Empty: w.T("case.outcomes.none"), Cols: w.Cols("date", "outcome", "concerns", "source", "#entry")}
	for _, o := range rows {
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{dayCell(w, o.Date), {Text: w.T("case.state." + o.What), Raw: o.What}, {Text: o.Of}, {Text: o.Source, Sub: o.Text}, w.EntryCell(o.Entry)}})
	}
	return t
}

// onCase reads a form about a case and acts on it.
func onCase(v *visit.Visit, act func(id string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	err := act(id)
	if v.Bad() {
		return v.Wrong(Case)
	}
	if err != nil {
		return v.Again(err, Case)
	}
	return v.Done("/cases/"+id, "saved", id)
}

// LinkToCase says which items belong to a case.
func LinkToCase(v *visit.Visit) error {
	return onCase(v, func(id string) error {
		err := v.H.LinkEvidence(v.R.Context(), v.Who, v.Lines("add"), evidence.Link{Kind: "case", To: id})
		if kind := fault.KindOf(err); kind == fault.KindNotFound || kind == fault.KindInvalid {
			return fault.Invalid("add", "%w", err)
		}
		return err
	})
}

// AddRequest enters a prosecutor's request as it came.
func AddRequest(v *visit.Visit) error {
	return onCase(v, func(id string) error {
		in := heed.RequestInput{Received: v.Day("received"), Due: v.Day("due"), Asked: cases.Asked{From: v.Text("from"), Office: v.Text("office"), In: v.Text("in"), For: consent.Purpose(v.Text("for")), Death: consent.Death(v.Text("death")), Text: v.Text("asks")}}
		if v.Bad() {
			return nil
		}
		_, err := v.H.ReceiveRequest(v.R.Context(), v.Who, id, in)
		return err
	})
}

// AnswerRequest answers one. What consent does not permit is said beside the
// items.
func AnswerRequest(v *visit.Visit) error {
	return onCase(v, func(id string) error {
		items, request := v.Form.Values["items"], v.Text("request")
		x, err := v.H.Case(v.R.Context(), v.Who, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(x.Requests, func(r heed.RequestView) bool { return r.ID == request }) {
			return fault.Invalid("request", "there is no request %.40s in %s", request, id)
		}
		_, err = v.H.AnswerRequest(v.R.Context(), v.Who, request, heed.AnswerInput{Items: items, Withhold: v.Text("answer") == "withhold", Refuse: v.Text("answer") == "refuse",
			Text: v.Text("text"), How: v.Text("how"), Death: consent.Death(v.Text("death_now"))})
		if hint := fault.Hint(err); fault.KindOf(err) == fault.KindDenied && hint != "" {
			return fault.WithHint(fault.Invalid("items", "%w", err), hint)
		}
		return err
	})
}

// AddOutcome enters something that came of a case.
func AddOutcome(v *visit.Visit) error {
	return onCase(v, func(id string) error {
		o := cases.Outcome{What: v.Text("outcome"), Date: v.Day("date"), Of: v.Text("of"), Source: v.Text("source")}
		if v.Bad() {
			return nil
		}
		_, err := v.H.ConcludeCase(v.R.Context(), v.Who, id, o)
		return err
	})
}
