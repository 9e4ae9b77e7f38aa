package custody

import (
	"errors"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// onlineTables are the offers that wait, what is sent, and the peers.
func onlineTables(v *visit.Visit) ([]page.Table, error) {
	ctx, who := v.R.Context(), v.Who
	arrivals, err := v.H.Arrivals(ctx, who)
	sendings, err2 := v.H.Sendings(ctx, who)
	peers, err3 := v.H.Peers(ctx, who)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, p := range peers {
		names[p.Node] = p.Name
	}
	return []page.Table{page.ArrivalTable(v.Words, arrivals, names), page.SendingTable(v.Words, sendings, names), page.PeerTable(v.Words, peers)}, nil
}

// Arrival is an offer that came online and waits for an answer.
func Arrival(v *visit.Visit) error {
	x, err := v.H.Arrival(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	lines := page.ArrivalLines(v.Words, x)
	if done, err := v.Tables("/arrivals/"+x.Offer, &lines); done {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("arrival.title", x.PeerName, x.Offered.Items), ID: x.Offered.ID, Kicker: v.Words.T("kicker.arrival"), Here: "mandates"})
	if err != nil {
		return err
	}
	return v.Show("arrival", page.Arrival(f, x, lines, v.Choices("arrival.decision.", "take", "refuse")))
}

// AnswerArrival answers it: all of it, all but some items, or nothing.
func AnswerArrival(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.TakeInput{Authority: v.Text("authority")}
	switch v.Text("decision") {
	case "take":
		var err error
		lines := slices.DeleteFunc(strings.Split(v.Text("refuse"), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
		if in.Refuse, err = heed.ParseRefusals(lines); err != nil {
			return v.Again(err, Arrival)
		}
	case "refuse":
		if in.RefuseAll = v.Text("reason"); in.RefuseAll == "" {
			return v.Again(fault.Invalid("reason", "say why nothing of it is taken"), Arrival)
		}
	default:
		return v.Again(fault.Invalid("decision", "say whether it is taken over or refused"), Arrival)
	}
	out, err := v.H.AnswerArrival(v.R.Context(), v.Who, v.R.PathValue("id"), in)
	if err != nil {
		return v.Again(err, Arrival)
	}
	return v.Done("/handovers/"+out.ID, "answered", out.ID)
}
