package transfer

import (
	"net/url"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/ledger"
)

// A Peer is another node with which evidence is handed over on a line. What it
// is known by was compared by a person: from then on its key is its word.
type Peer struct {
	Node      string    `json:"node"`      // the name of its log
	Key       string    `json:"key"`       // signs its offers, its requests and its receipts
	Recipient string    `json:"recipient"` // to which keys are wrapped
	URL       string    `json:"url"`       // where it is reached; "" of one that only sends here
	Name      string    `json:"name"`      // whose node it is
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	Entry     int64     `json:"entry"`
}

// peerOpen is the entry of a peer that comes to be known, or is no more.
type peerOpen struct {
	Node      string `json:"node"`
	Key       string `json:"key"`
	Recipient string `json:"recipient"`
	URL       string `json:"url,omitempty"`
	Name      string `json:"name"`
	Ended     bool   `json:"ended,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// AddPeer puts on record that a node is a peer. One that is known may move to
// another address and get another name; to have another key, it is ended first.
func AddPeer(tx *record.Tx, p Peer) (record.Entry, error) {
	p.Name, p.URL = strings.TrimSpace(p.Name), strings.TrimRight(strings.TrimSpace(p.URL), "/")
	v, err := ledger.NewVerifier(p.Key)
	switch {
	case err != nil:
		return record.Entry{}, fault.Invalid("key", "it is no verifier key: %w", err)
	case v.Name() != p.Node+"/entries":
		return record.Entry{}, fault.Invalid("key", "%.100q is not the entry key of %.100q: take the card as the other node wrote it", v.Name(), p.Node)
	case p.Name == "" || len(p.Name) > 200:
		return record.Entry{}, fault.Invalid("name", "say whose node it is, in at most 200 letters")
	}
	if _, err := vault.ParseRecipient(p.Recipient); err != nil {
		return record.Entry{}, err
	}
	if u, err := url.Parse(p.URL); p.URL != "" && (err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" || len(p.URL) > 500) {
		return record.Entry{}, fault.Invalid("url", "%.100q is not the address of a node: write https://HOST, without a password or a query", p.URL)
	}
	all, err := Peers(tx.View)
	if err != nil {
		return record.Entry{}, err
	}
	for _, known := range all {
		switch {
		case known.Node == p.Node && known.Key != p.Key:
			return record.Entry{}, fault.WithHint(fault.Exists("%s is a peer already, under another key", p.Node), "to have another key, end it first: that is put on record")
		case known.Node != p.Node && (strings.EqualFold(known.Name, p.Name) || p.Name == known.Node || known.Name == p.Node):
			return record.Entry{}, fault.Exists("another peer is called so: %s is %s", known.Name, known.Node)
		}
	}
	return tx.Append(record.Draft{Kind: "handover.peer", Subjects: []string{"node"}, Open: peerOpen{Node: p.Node, Key: p.Key, Recipient: p.Recipient, URL: p.URL, Name: p.Name}})
}

// EndPeer puts on record that a node is no peer any more.
func EndPeer(tx *record.Tx, p Peer, reason string) (record.Entry, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return record.Entry{}, fault.Invalid("reason", "say why it is no peer any more")
	}
	return tx.Append(record.Draft{Kind: "handover.peer", Subjects: []string{"node"}, Open: peerOpen{Node: p.Node, Key: p.Key, Recipient: p.Recipient, Name: p.Name, Ended: true, Reason: reason}})
}

// Peers returns the peers, in the order in which they came to be known.
func Peers(v *record.View) ([]Peer, error) { return readPeers(v.Tx) }

// FindPeer returns the peer that a text names: its node or its name.
func FindPeer(v *record.View, ref string) (Peer, error) {
	all, err := Peers(v)
	if err != nil {
		return Peer{}, err
	}
	for _, p := range all {
		if p.Node == ref || strings.EqualFold(p.Name, ref) {
			return p, nil
		}
	}
	return Peer{}, fault.WithHint(fault.NotFound("there is no peer %.100q", ref), "heed handover peer list names them; heed handover peer add takes the card of one")
}
