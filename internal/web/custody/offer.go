package custody

import (
	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// OfferForm asks what is offered online, to whom, and for which use.
func OfferForm(v *visit.Visit) error { return offerForm(v, nil) }

func offerForm(v *visit.Visit, preview *heed.HandoverPreview) error {
	w := v.Words
	peers, err := v.H.Peers(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: w.T("offer.title"), Kicker: w.T("kicker.handover"), Here: "mandates"})
	if err != nil {
		return err
	}
	if !f.Can("handover.offer") {
		return fault.Denied("you may not offer evidence to another custodian")
	}
	var to []look.Option
	for _, p := range peers {
		if p.URL != "" {
			to = append(to, look.Option{Value: p.Node, Text: p.Name + " · " + p.Node})
		}
	}
	p := page.OfferPage{Frame: f, Tabs: page.CustodyTabs(w, ""), Peers: len(to) > 0, To: f.Field("peer").From(v.OrNone("option.none", to)), Use: uses(v, f),
		Items: f.Field("items").As("offer.items").Area(5).MayBeEmpty(), Kind: f.Field("kind").As("offer.kind").From(v.OrNone("option.none", v.Choices("facet.", "case", "collection", "mandate", "situation", "source"))).MayBeEmpty(),
		Belongs: f.Field("belongs").MayBeEmpty(), Purpose: f.Field("purpose").As("offer.purpose")}
	p.Use.For = f.Field("use").From(v.OrNone("option.none", purposes(v, consent.Keep)))
	p.Use.Party = f.Field("party").As("export.party")
	p.Use.In = f.Field("country").As("use.country").From(v.OrNone("option.none", v.Countries()))
	p.Previewed(preview)
	return v.Show("offer", p)
}

// Offer shows what would go, or signs the offer and has it sent. What may not go
// refuses the whole, as it does on the command line.
func Offer(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	to, in := v.Pick("peer"), heed.HandoverInput{For: consent.Purpose(v.Pick("use")), Party: consent.Party{Name: v.Must("party")}, In: v.Pick("country"), Death: consent.Death(v.Text("death")), Items: v.Lines("items")}
	if class := v.Text("class"); class != "" {
		in.Party.Classes = []string{class}
	}
	if kind, id := v.Text("kind"), v.Text("belongs"); kind != "" || id != "" {
		in.Link = evidence.Link{Kind: kind, To: id}
		v.Must("belongs")
		v.Pick("kind")
	}
	if in.Link.Kind == "mandate" {
		in.Mandate = in.Link.To
	}
	v.Who.Purpose = v.Must("purpose")
	if v.Bad() {
		return v.Wrong(OfferForm)
	}
	if v.Text("step") != "send" {
		x, err := v.H.PreviewHandover(v.R.Context(), v.Who, to, in)
		if err != nil {
			return v.AgainAs(besideItems(err), OfferForm, "to", "peer")
		}
		return offerForm(v, &x)
	}
	made, err := v.H.SendHandover(v.R.Context(), v.Who, to, in)
	if err != nil {
		return v.AgainAs(besideItems(err), OfferForm, "to", "peer")
	}
	return v.Done("/handovers/"+made.ID, "offered", made.ID)
}

// besideItems says what may not go beside the items: whoever has the form may
// offer, and is told what is in the way.
func besideItems(err error) error {
	if kind := fault.KindOf(err); kind == fault.KindDenied || kind == fault.KindNotFound {
		return fault.WithHint(fault.Invalid("items", "%w", err), fault.Hint(err))
	}
	return err
}
