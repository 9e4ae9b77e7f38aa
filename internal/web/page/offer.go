package page

import (
	"github.com/heed-project/heed/internal/heed"
)

// An OfferPage asks what is offered to which peer for which use, and shows what
// would go before it is signed.
type OfferPage struct {
	Frame
	Tabs                              []Tab
	Peers                             bool // whether there is anybody to whom it can be sent
	To, Items, Kind, Belongs, Purpose Field
	Use                               UseForm
	Preview                           *heed.HandoverPreview
	Size                              string // of all that would go
	Goes, Withheld                    Table
	MoreGoes, MoreWithheld            int64
}

// Previewed makes the tables of what would go, and of what would not.
func (p *OfferPage) Previewed(x *heed.HandoverPreview) {
	if x == nil {
		return
	}
	w := p.Words
	p.Preview, p.Size = x, sizeCell(w, x.Bytes).Text
	p.Goes = Table{ID: "goes", Caption: w.T("offer.goes"), Empty: w.T("offer.goes.none"), Cols: w.Cols("item", "name", "#bytes", "marking")}
	for _, i := range x.Items[:min(len(x.Items), listed)] {
		p.Goes.Rows = append(p.Goes.Rows, Row{Cells: []Cell{{Text: i.ID, Href: "/evidence/" + i.ID, ID: true}, {Text: i.Name}, sizeCell(w, i.Size), {Text: i.Marking, ID: true}}})
	}
	p.Withheld = Table{ID: "withheld", Caption: w.T("offer.withheld"), Cols: w.Cols("item", "why")}
	for _, i := range x.Withheld[:min(len(x.Withheld), listed)] {
		p.Withheld.Rows = append(p.Withheld.Rows, Row{Mark: "late", Cells: []Cell{{Text: i.ID, ID: true}, {Text: i.Why, Lang: "en"}}})
	}
	p.MoreGoes, p.MoreWithheld = int64(len(x.Items)-len(p.Goes.Rows)), int64(len(x.Withheld)-len(p.Withheld.Rows))
}
