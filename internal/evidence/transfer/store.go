package transfer

import (
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE handover (id TEXT PRIMARY KEY, way TEXT NOT NULL, peer TEXT NOT NULL, state TEXT NOT NULL, mandate TEXT NOT NULL, items BIGINT NOT NULL, bytes BIGINT NOT NULL,
	refused BIGINT NOT NULL, offer TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, answered BIGINT NOT NULL, entry BIGINT NOT NULL, answer BIGINT NOT NULL, contents TEXT NOT NULL);
CREATE UNIQUE INDEX handover_offer ON handover (offer);
CREATE TABLE handover_item (handover TEXT NOT NULL, n BIGINT NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (handover, n));
CREATE INDEX handover_item_item ON handover_item (item);
`

const peerSchema = `
CREATE TABLE handover_peer (node TEXT PRIMARY KEY, key TEXT NOT NULL, recipient TEXT NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL, entry BIGINT NOT NULL);
`

// state is which offers are being answered, by whom: it is no history.
const state = `
CREATE TABLE IF NOT EXISTS handover_claim (offer TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL);
`

// Module is what the record needs to know of hand-overs. The lists of items are
// read from the blobs that entries name.
func Module(blobs blob.Store) record.Module {
	d := New(blobs)
	return record.Module{Name: "handover", Schema: schema + peerSchema, State: state, Tables: []string{"handover", "handover_item", "handover_peer"}, Kinds: []record.Kind{
		{Name: "handover.offered", Apply: d.applyOffered},
		{Name: "handover.answered", Apply: applyAnswered},
		{Name: "handover.withdrawn", Apply: applyWithdrawn},
		{Name: "handover.taken", Apply: d.applyTaken},
		{Name: "handover.stripped", Apply: applyStripped},
		{Name: "handover.peer", Apply: applyPeer},
	}}
}

type (
	offeredOpen struct {
		ID       string `json:"id"`
		To       string `json:"to"`
		Mandate  string `json:"mandate,omitempty"`
		Items    int    `json:"items"`
		Bytes    int64  `json:"bytes"`
		Offer    string `json:"offer"`
		Contents string `json:"contents"`
		List     string `json:"list"`
	}
	answeredOpen struct {
		ID      string   `json:"id"`
		Outcome string   `json:"outcome"`
		Refused int      `json:"refused"`
		Places  [][2]int `json:"places"` // of the items refused, first and last
	}
	strippedOpen struct {
		ID       string `json:"id"`
		Contents string `json:"contents"` // from now on
		Was      string `json:"was"`
	}
	withdrawnOpen struct {
		ID string `json:"id"`
	}
	takenOpen struct {
		ID       string `json:"id"`
		From     string `json:"from"`
		Items    int    `json:"items"`
		Bytes    int64  `json:"bytes"`
		Offer    string `json:"offer"`
		Outcome  string `json:"outcome"`
		Refused  int    `json:"refused"`
		Contents string `json:"contents,omitempty"`
		List     string `json:"list,omitempty"`
	}
)

const insertHandover = `INSERT INTO handover (id, way, peer, state, mandate, items, bytes, refused, offer, at, actor, answered, entry, answer, contents)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`

const insertItem = `INSERT INTO handover_item (handover, n, item, state) VALUES (?, ?, ?, ?)`

func (d *Desk) applyOffered(tx *db.Tx, e record.Entry) error {
	var x offeredOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(insertHandover, x.ID, Out, x.To, Offered, x.Mandate, x.Items, x.Bytes, 0, x.Offer, e.Time.UnixMicro(), e.Actor, 0, e.Index, x.Contents); err != nil {
		return err
	}
	return d.list(tx.Context(), x.List, func(m Moved) error {
		_, err := tx.Exec(insertItem, x.ID, m.N, m.Item, Offered)
		return err
	})
}

func applyAnswered(tx *db.Tx, e record.Entry) error {
	var x answeredOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE handover SET state = ?, refused = ?, answered = ?, answer = ? WHERE id = ?`, x.Outcome, x.Refused, e.Time.UnixMicro(), e.Index, x.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE handover_item SET state = 'taken' WHERE handover = ?`, x.ID); err != nil {
		return err
	}
	for _, p := range x.Places {
		if _, err := tx.Exec(`UPDATE handover_item SET state = 'refused' WHERE handover = ? AND n >= ? AND n <= ?`, x.ID, p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

func applyWithdrawn(tx *db.Tx, e record.Entry) error {
	var x withdrawnOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE handover SET state = ? WHERE id = ?`, Withdrawn, x.ID)
	return err
}

func (d *Desk) applyTaken(tx *db.Tx, e record.Entry) error {
	var x takenOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	at := e.Time.UnixMicro()
	if _, err := tx.Exec(insertHandover, x.ID, In, x.From, x.Outcome, "", x.Items, x.Bytes, x.Refused, x.Offer, at, e.Actor, at, e.Index, x.Contents); err != nil || x.List == "" {
		return err
	}
	return d.list(tx.Context(), x.List, func(m Moved) error {
		_, err := tx.Exec(insertItem, x.ID, m.N, m.Item, "came")
		return err
	})
}

func applyStripped(tx *db.Tx, e record.Entry) error {
	var x strippedOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE handover SET contents = ? WHERE id = ?`, x.Contents, x.ID)
	return err
}

const selectHandover = `SELECT id, way, peer, state, mandate, items, bytes, refused, offer, at, actor, answered, entry, answer, contents FROM handover `

func scanHandover(s db.Scanner) (h Handover, err error) {
	var at, answered int64
	err = s.Scan(&h.ID, &h.Way, &h.Peer, &h.State, &h.Mandate, &h.Items, &h.Bytes, &h.Refused, &h.Offer, &at, &h.By, &answered, &h.Entry, &h.Answer, &h.Contents)
	h.At = time.UnixMicro(at).UTC()
	if answered > 0 {
		h.Answered = time.UnixMicro(answered).UTC()
	}
	return h, err
}

func readHandover(tx *db.Tx, ref string) (Handover, error) {
	return db.One(tx, scanHandover, selectHandover+`WHERE id = ? OR offer = ?`, ref, ref)
}

func readHandovers(tx *db.Tx) ([]Handover, error) {
	return db.All(tx, scanHandover, selectHandover+`ORDER BY entry DESC`)
}

func readOf(tx *db.Tx, item string) ([]Handover, error) {
	return db.All(tx, scanHandover, selectHandover+`WHERE id IN (SELECT handover FROM handover_item WHERE item = ?) ORDER BY entry`, item)
}

// readPlace returns an item's place in a hand-over, and what became of it.
func readPlace(tx *db.Tx, id, item string) (n int, state string, err error) {
	n, err = db.One(tx, func(s db.Scanner) (n int, err error) { err = s.Scan(&n, &state); return n, err },
		`SELECT n, state FROM handover_item WHERE handover = ? AND item = ?`, id, item)
	return n, state, err
}

func readOrigin(tx *db.Tx, item string) (id string, n int, err error) {
	c, err := db.One(tx, func(s db.Scanner) (c Came, err error) { err = s.Scan(&c.Handover, &c.N); return c, err },
		`SELECT handover, n FROM handover_item WHERE item = ? AND state = 'came'`, item)
	return c.Handover, c.N, err
}

// readMoved returns the items of a hand-over, as they are called here.
func readMoved(tx *db.Tx, id string) ([]Moved, error) {
	return db.All(tx, func(s db.Scanner) (m Moved, err error) {
		err = s.Scan(&m.N, &m.Item)
		return m, err
	}, `SELECT n, item FROM handover_item WHERE handover = ? ORDER BY n`, id)
}

func readOrigins(tx *db.Tx) (map[string]Came, error) {
	out := map[string]Came{}
	err := db.Each(tx, func(s db.Scanner) error {
		var item string
		var c Came
		err := s.Scan(&item, &c.Handover, &c.N)
		out[item] = c
		return err
	}, `SELECT item, handover, n FROM handover_item WHERE state = 'came'`)
	return out, err
}

func readTaken(tx *db.Tx) (map[string][]string, error) {
	out := map[string][]string{}
	err := db.Each(tx, func(s db.Scanner) error {
		var item, peer string
		err := s.Scan(&item, &peer)
		out[item] = append(out[item], peer)
		return err
	}, `SELECT i.item, h.peer FROM handover_item i JOIN handover h ON h.id = i.handover WHERE i.state = 'taken' ORDER BY h.entry`)
	return out, err
}

// putClaim gives an offer to a holder until a time, unless another holds it.
func putClaim(tx *db.Tx, offer, holder string, now, until time.Time) (bool, error) {
	n, err := tx.Exec(`INSERT INTO handover_claim AS c (offer, holder, until) VALUES (?, ?, ?)
		ON CONFLICT (offer) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE c.holder = excluded.holder OR c.until <= ?`,
		offer, holder, until.UnixMicro(), now.UnixMicro())
	return n == 1, err
}

func dropClaim(tx *db.Tx, offer, holder string) error {
	_, err := tx.Exec(`DELETE FROM handover_claim WHERE offer = ? AND holder = ?`, offer, holder)
	return err
}

func applyPeer(tx *db.Tx, e record.Entry) error {
	var x peerOpen
	if err := e.Decode(&x); err != nil {
		return err
	}
	if x.Ended {
		_, err := tx.Exec(`DELETE FROM handover_peer WHERE node = ?`, x.Node)
		return err
	}
	_, err := tx.Exec(`INSERT INTO handover_peer (node, key, recipient, url, name, actor, at, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (node) DO UPDATE SET key = excluded.key, recipient = excluded.recipient, url = excluded.url, name = excluded.name, actor = excluded.actor, at = excluded.at, entry = excluded.entry`,
		x.Node, x.Key, x.Recipient, x.URL, x.Name, e.Actor, e.Time.UnixMicro(), e.Index)
	return err
}

func readPeers(tx *db.Tx) ([]Peer, error) {
	return db.All(tx, func(s db.Scanner) (p Peer, err error) {
		var at int64
		err = s.Scan(&p.Node, &p.Key, &p.Recipient, &p.URL, &p.Name, &p.By, &at, &p.Entry)
		p.At = time.UnixMicro(at).UTC()
		return p, err
	}, `SELECT node, key, recipient, url, name, actor, at, entry FROM handover_peer ORDER BY entry`)
}
