package custody

import (
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// custodyList shows a page that is one table.
func custodyList(v *visit.Visit, here, title, lede, note string, t page.Table, more ...page.Table) error {
	if v.WantsCSV() {
		return v.CSV(here, t)
	}
	f, err := v.Frame(look.Frame{Title: title, Here: "mandates"})
	if err != nil {
		return err
	}
	t.CSV = "/" + here + ".csv"
	return v.Show("custody-list", page.CustodyList{Frame: f, Tabs: page.CustodyTabs(v.Words, here), Lede: lede, Table: t, More: more, Note: note, Offer: here == "handovers" && f.Can("handover.offer")})
}

// Mandates is the register of mechanisms.
func Mandates(v *visit.Visit) error {
	all, err := v.H.Mandates(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	return custodyList(v, "mandates", w.T("mandates.title"), w.T("mandates.lede"), w.T("mandates.note"), page.MandateTable(w, "mandates", all))
}

// Overlap is the map of who does the same work where.
func Overlap(v *visit.Visit) error {
	all, err := v.H.Overlaps(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	return custodyList(v, "overlap", w.T("overlap.title"), w.T("overlap.lede"), w.T("overlap.note"), page.OverlapTable(w, all))
}

// Handovers is the list of hand-overs.
func Handovers(v *visit.Visit) error {
	all, err := v.H.Handovers(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	more, err := onlineTables(v)
	if err != nil {
		return err
	}
	if done, err := v.Tables("/handovers/online", &more[0], &more[1], &more[2]); done {
		return err
	}
	return custodyList(v, "handovers", w.T("handovers.title"), w.T("handovers.lede"), w.T("handovers.note"), page.HandoverTable(w, "handovers", all), more...)
}

// Mandate is one mechanism.
func Mandate(v *visit.Visit) error {
	x, err := v.H.Mandate(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	plan, alarms, rehearsals := page.PlanTable(v.Words, x.Exit), page.AlarmTable(v.Words, x.Alarms), page.RehearsalTable(v.Words, x.Rehearsals)
	if done, err := v.Tables("/mandates/"+x.ID, &plan, &alarms, &rehearsals); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: x.Code + ": " + x.Name, ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.mandate"), Here: "mandates", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	return v.Show("mandate", page.MandatePage{Frame: f, Tabs: page.CustodyTabs(v.Words, ""), X: x, Facts: page.MandateFacts(v.Words, x.Mandate), Plan: plan,
		Alarms: alarms, Rehearsals: rehearsals, Tabled: f.Field("text").As("tabled")})
}

// TableRenewal records that a text to renew a mandate was tabled.
func TableRenewal(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if err := v.H.TableRenewal(v.R.Context(), v.Who, id, v.Text("text")); err != nil {
		return v.Again(err, Mandate)
	}
	return v.Done("/mandates/"+id, "saved", "")
}

// Rehearse rehearses the close-out of a mandate.
func Rehearse(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if _, err := v.H.RehearseCloseout(v.R.Context(), v.Who, id); err != nil {
		return v.Again(err, Mandate)
	}
	return v.Done("/readiness", "rehearsed", id)
}

// Readiness says how ready the mandates are to end, and who holds what.
func Readiness(v *visit.Visit) error {
	all, err := v.H.Readiness(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	aid := []heed.Aid{}
	if f, err := v.H.FindingAid(v.R.Context(), v.Who, ""); err == nil { // for those who answer for it
		aid = f
	}
	t := page.AidTable(v.Words, aid)
	if v.WantsCSV() {
		return v.CSV("finding-aid", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("readiness.title"), Here: "mandates"})
	if err != nil {
		return err
	}
	t.CSV = "/readiness.csv"
	p := page.ReadinessPage{Frame: f, Tabs: page.CustodyTabs(v.Words, "readiness"), Aid: t}
	for _, x := range all {
		p.Cards = append(p.Cards, page.Readiness(v.Words, x))
	}
	return v.Show("readiness", p)
}

// Handover is one hand-over.
func Handover(v *visit.Visit) error {
	x, err := v.H.Handover(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	lines, refused := page.LinesTable(v.Words, x), page.RefusedTable(v.Words, x)
	if done, err := v.Tables("/handovers/"+x.ID, &lines, &refused); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("handover.title."+x.Way, x.ID, x.Items), ID: x.ID, Kicker: v.Words.T("kicker.handover"), Here: "mandates", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.HandoverPage{Frame: f, Tabs: page.CustodyTabs(v.Words, ""), X: x, Lines: lines, Refused: refused,
		Receipt: f.Field("receipt").Area(6), Sending: page.SendingCell(v.Words, x.Sending)}
	if f.Can("handover.offer") {
		reason := f.Field("purpose").As("handover.withdraw")
		p.Withdraw = &reason
	}
	return v.Show("handover", p)
}

// WithdrawOffer closes an offer that nobody is to answer any more.
func WithdrawOffer(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	v.Who.Purpose = v.Must("purpose")
	if v.Bad() {
		return v.Wrong(Handover)
	}
	h, err := v.H.WithdrawHandover(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return v.Again(err, Handover)
	}
	return v.Done("/handovers/"+h.ID, "offer.withdrawn", h.ID)
}

// AcceptReceipt takes down the receipt that came back, pasted as text.
func AcceptReceipt(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	text := strings.ReplaceAll(v.R.PostForm.Get("receipt"), "\r\n", "\n")
	h, err := v.H.AcceptReceipt(v.R.Context(), v.Who, []byte(text))
	if err != nil {
		return v.Again(err, Handover)
	}
	return v.Done("/handovers/"+h.ID, "accepted", id)
}
