package page

import (
	"strings"

	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// An ArrivalPage is an offer that came online and waits for an answer.
type ArrivalPage struct {
	Frame
	Tabs      []Tab
	X         heed.Arrival
	Here      string // how much of it is here
	Size      string
	Waits     string // what is not here, in a sentence; "" where all is
	Lines     Table
	Decision  Field
	Authority Field
	Refuse    Field
	Reason    Field
}

// Arrival completes the page of an offer that came online.
func Arrival(f Frame, x heed.Arrival, lines Table, choices []look.Option) ArrivalPage {
	p := ArrivalPage{Frame: f, Tabs: CustodyTabs(f.Words, ""), X: x, Here: f.T("arrival.of", x.Files-x.Left, x.Files), Size: sizeCell(f.Words, x.Offered.Bytes).Text, Lines: lines,
		Decision: f.Field("decision").As("arrival.decision").Of("radio").From(choices), Authority: f.Field("authority").As("evidence.authority"),
		Refuse: f.Field("refuse").As("arrival.refuse").Area(4).MayBeEmpty(), Reason: f.Field("reason").As("arrival.reason").MayBeEmpty()}
	switch {
	case !x.Readable:
		p.Waits = f.T("arrival.waits.lists")
	case x.Left > 0:
		p.Waits = f.N("arrival.waits.items", int64(len(x.Absent)))
	}
	return p
}

// ArrivalTable makes the table of the offers that came online and wait.
func ArrivalTable(w *Words, all []line.Arriving, names map[string]string) Table {
	t := Table{ID: "arrivals", Caption: w.T("arrivals"), Empty: w.T("arrivals.none"), Cols: w.Cols("offer", "peer", "state", "#bytes", "since")}
	for _, a := range all {
		state := Cell{Text: w.T("arrival.of", a.Files-a.Left, a.Files), Mark: "open", Raw: "coming"}
		if a.Listed && a.Left == 0 {
			state = Cell{Text: w.T("arrival.here"), Mark: "open", Raw: "here"}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: ends(a.Offer), Raw: a.Offer, Href: "/arrivals/" + a.Offer, ID: true}, peerCell(a.Peer, names), state, sizeCell(w, a.Bytes), {At: a.Begun}}})
	}
	return t
}

func peerCell(node string, names map[string]string) Cell {
	if name := names[node]; name != "" {
		return Cell{Text: name, Sub: node, Raw: node}
	}
	return Cell{Text: node, ID: true}
}

// SendingTable makes the table of what is being sent online.
func SendingTable(w *Words, all []line.Sending, names map[string]string) Table {
	t := Table{ID: "sendings", Caption: w.T("sendings"), Empty: w.T("sendings.none"), Cols: w.Cols("handover", "peer", "state", "since")}
	for _, s := range all {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: s.ID, Href: "/handovers/" + s.ID, ID: true}, peerCell(s.Peer, names), *SendingCell(w, &s), {At: s.Begun}}})
	}
	return t
}

// SendingCell says how far an offer is that goes online, nil of none.
func SendingCell(w *Words, s *line.Sending) *Cell {
	switch {
	case s == nil:
		return nil
	case s.Wrong != "":
		return &Cell{Text: w.T("sending.wrong"), Sub: s.Wrong, Mark: "late", Raw: s.Wrong}
	case s.Here:
		return &Cell{Text: w.T("sending.here"), Mark: "open", Raw: "here"}
	case s.Tried.IsZero():
		return &Cell{Text: w.T("sending.waits"), Mark: "open", Raw: "waits"}
	}
	return &Cell{Text: w.N("sending.left", int64(s.Left)), Mark: "open", Raw: "sending"}
}

// PeerTable makes the table of the peers.
func PeerTable(w *Words, all []transfer.Peer) Table {
	t := Table{ID: "peers", Caption: w.T("peers"), Empty: w.T("peers.none"), Cols: w.Cols("peer", "address", "key", "since", "#entry")}
	for _, p := range all {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: p.Name, Sub: p.Node, Raw: p.Node}, {Text: strings.TrimPrefix(p.URL, "https://"), Raw: p.URL, ID: true}, {Text: ends(bareKey(p.Key)), Raw: p.Key, ID: true}, {At: p.At}, w.EntryCell(p.Entry)}})
	}
	return t
}

// bareKey is a verifier key without the name and the hash that stand before it.
func bareKey(vkey string) string {
	_, rest, _ := strings.Cut(vkey, "+")
	_, key, _ := strings.Cut(rest, "+")
	return key
}

// ArrivalLines makes the table of the items of an offer that came online.
func ArrivalLines(w *Words, x heed.Arrival) Table {
	t := Table{ID: "lines", Caption: w.T("arrival.lines"), Empty: w.T("arrival.lines.none"), Cols: w.Cols("#n", "item", "sha256", "#bytes", "marking", "state")}
	for _, i := range x.Lines[:min(len(x.Lines), mostLines)] {
		state := Cell{Text: w.T("arrival.whole"), Mark: "done", Raw: "here"}
		if x.Absent[i.N] {
			state = Cell{Text: w.T("arrival.absent"), Mark: "late", Raw: "absent"}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{w.CountCell(int64(i.N)), {Text: i.ID, ID: true}, {Text: ends(i.SHA256), Raw: i.SHA256, ID: true}, sizeCell(w, i.Bytes), {Text: i.Marking, Raw: i.Marking}, state}})
	}
	return t
}
