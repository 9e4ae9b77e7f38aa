// Package line is evidence on its way between two nodes over a line that may
// break: what arrives here, before a person decides about it, and what is sent
// from here, before it is answered.
//
// A bundle goes object by object. The sender announces its signed offer with the
// seal of the bundle; the receiver asks for the listing, and then for what that
// names and is missing, by content address. A part is added at its place alone;
// a whole object is hashed again. The sender keeps of an item that goes the new
// header alone and sends the rest from its store.
//
//	err := line.Announce(ctx, db, line.Arriving{…}, size, most)
//	object, err := desk.Add(ctx, db, offer, sum, offset, part)
//	files, err := desk.Folder(ctx, db, arriving, seal) // what package bundle judges
//
//	paper, spool, err := desk.Spool(ctx, write, offer, head)
//
// All of it is working state: nothing is evidence before a person has answered,
// and all of it goes after that, or when it has waited too long. The package
// trusts its caller to know who sends. The form of what goes over the line is
// in docs/spec/custody.md.
package line

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// The bounds of what comes on a line.
const (
	MostPart    = 4 << 20  // bytes of one part
	MostListing = 64 << 20 // bytes of a listing: some 500,000 files
	MostMeta    = 1 << 30  // bytes of all files that are no items, together
	MostOpen    = 4        // offers of one peer that wait at once
	MostAsked   = 1000     // objects that are named as missing in one answer
)

// Stays is how long an offer stays of which nothing more came and about which
// nobody decided.
const Stays = 60 * 24 * time.Hour

// A Desk keeps what comes and goes among the blobs.
type Desk struct {
	blobs blob.Store
	kept  *transfer.Desk
}

// New returns a desk over blobs.
func New(blobs blob.Store) *Desk { return &Desk{blobs, transfer.New(blobs)} }

// An Arriving is an offer that comes on a line.
type Arriving struct {
	Offer  string    `json:"offer"` // the digest of the signed offer
	Peer   string    `json:"peer"`
	Files  int       `json:"files"` // objects; 1 until the listing is here
	Left   int       `json:"left"`  // that are not here whole
	Bytes  int64     `json:"bytes"`
	Have   int64     `json:"have"`
	Listed bool      `json:"listed"`
	Begun  time.Time `json:"begun"`
	Seen   time.Time `json:"seen"` // when something came last
	Paper  []byte    `json:"-"`    // the offer and the seal, sealed by the caller
	List   string    `json:"-"`    // the SHA-256 of the listing
}

// An Object is what comes of one content address.
type Object struct {
	Sum   string `json:"sha256"`
	Bytes int64  `json:"bytes"`
	Have  int64  `json:"have"`
}

// Announce notes an offer that a peer makes, with its listing as the first
// object. most bounds the bytes of all offers that wait.
func Announce(ctx context.Context, d *db.DB, a Arriving, listing int64, most int64) error {
	if listing < 1 || listing > MostListing {
		return fault.Invalid("listing", "a listing has 1 to %d bytes, this is said to have %d: hand over fewer items at once", MostListing, listing)
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		all, err := readArriving(tx)
		if err != nil {
			return err
		}
		open := 0
		total := listing
		for _, x := range all {
			if x.Offer == a.Offer {
				return nil
			}
			if x.Peer == a.Peer {
				open++
			}
			total += x.Bytes
		}
		if open >= MostOpen {
			return fault.Denied("%d offers of yours wait here for an answer, which is the most: wait for one", open)
		}
		if total > most {
			return full(most)
		}
		a.Begun, a.Seen, a.Bytes = tx.Now, tx.Now, listing
		if err := putArriving(tx, a); err != nil {
			return err
		}
		return putObject(tx, a.Offer, 0, Object{Sum: a.List, Bytes: listing})
	})
}

func full(most int64) error {
	return fault.Denied("what waits here may have %d bytes together, and this would be more: wait until an offer is answered, or hand it over on a medium", most)
}

// Missing returns an offer with the next objects that are not here whole.
func Missing(tx *db.Tx, offer string) (a Arriving, some []Object, err error) {
	if a, err = oneArriving(tx, offer); err != nil {
		return a, nil, err
	}
	some, err = readMissing(tx, offer, MostAsked)
	return a, some, err
}

// AllArriving returns the offers that came on a line and wait.
func AllArriving(v *record.View) ([]Arriving, error) { return readArriving(v.Tx) }

// Arrives returns one of them.
func Arrives(v *record.View, offer string) (Arriving, error) { return oneArriving(v.Tx, offer) }

// Add adds a part to an object, at its place: one that is out of order is Stale.
// When it is the last, the whole object is hashed; one that is another than its
// name says is thrown away and comes anew. Until it is hashed it is noted as
// unsure, for [Desk.Settle].
func (d *Desk) Add(ctx context.Context, base *db.DB, offer, sum string, offset int64, part []byte) (o Object, err error) {
	ctx = context.WithoutCancel(ctx) // what is begun is ended: it is one part
	alone := blob.Alone()
	kept := sha256.Sum256(append([]byte(alone), part...))
	piece := aPart{offer: offer, object: sum, at: offset, size: int64(len(part)), sum: kept}
	got := handover.Sum(part)
	var lost []aPart
	err = base.Update(ctx, func(tx *db.Tx) error {
		if o, err = fits(tx, piece); err != nil {
			return err
		}
		if piece.size == o.Bytes && got != o.Sum {
			return another(got, o.Sum)
		}
		lost, err = reserve(tx, piece)
		return err
	})
	if err != nil {
		return o, err
	}
	if err := d.removeParts(ctx, lost); err != nil {
		return o, err
	}
	if _, err := d.blobs.Put(ctx, io.MultiReader(strings.NewReader(alone), bytes.NewReader(part))); err != nil {
		return o, err
	}
	unsure := false
	err = base.Update(ctx, func(tx *db.Tx) error {
		if o, err = fits(tx, piece); err != nil {
			return err
		}
		unsure = piece.at > 0 && piece.at+piece.size == o.Bytes
		mine, err := here(tx, piece, unsure)
		if err == nil && !mine {
			return fault.Stale("another request added to this object: ask how much is there")
		}
		o.Have += piece.size
		return err
	})
	if err != nil {
		return o, errors.Join(err, d.removeParts(ctx, []aPart{piece}))
	}
	if unsure {
		err = d.settle(ctx, base, piece)
	}
	return o, err
}

// fits asks whether a part belongs where it says. The offer stays until the
// transaction ends.
func fits(tx *db.Tx, p aPart) (o Object, err error) {
	if err := lockOffer(tx, p.offer); err != nil {
		return o, err
	}
	if o, err = oneObject(tx, p.offer, p.object); err != nil {
		return o, err
	}
	switch {
	case o.Have != p.at:
		return o, fault.Stale("the object has come to byte %d, not %d", o.Have, p.at)
	case p.size < 1 || p.size > MostPart || p.size > o.Bytes-o.Have:
		return o, fault.Invalid("part", "a part has 1 to %d bytes, and of this object %d are missing: this has %d", MostPart, o.Bytes-o.Have, p.size)
	}
	return o, nil
}

// Unroll reads the listing of an offer, once it is here, and expects what that
// names.
func (d *Desk) Unroll(ctx context.Context, base *db.DB, a Arriving, most int64) error {
	all, _, err := d.listing(ctx, base, a)
	if err != nil {
		return err
	}
	meta := int64(0)
	sizes := map[string]int64{}
	total := int64(0)
	for _, l := range all {
		if !l.IsItem() { // whatever else has its address
			if l.Bytes > MostMeta-meta {
				return fault.Invalid("listing", "the files beside the items have more than %d bytes together: hand over fewer items at once", MostMeta)
			}
			meta += l.Bytes
		}
		if was, twice := sizes[l.SHA256]; twice && was != l.Bytes {
			return fault.Invalid("listing", "the object %s has two sizes", l.SHA256)
		} else if twice {
			continue
		}
		sizes[l.SHA256] = l.Bytes
		if l.Bytes > most-total {
			return full(most)
		}
		total += l.Bytes
	}
	return base.Update(ctx, func(tx *db.Tx) error {
		if err := lockOffer(tx, a.Offer); err != nil {
			return err // it was given up meanwhile
		}
		others, err := readArriving(tx)
		if err != nil {
			return err
		}
		sum := total
		for _, x := range others {
			if x.Offer == a.Offer && x.Listed {
				return nil
			}
			if x.Offer != a.Offer {
				sum += x.Bytes
			}
		}
		if sum > most {
			return full(most)
		}
		for n, l := range all {
			if l.SHA256 == a.List {
				continue
			}
			if err := putObject(tx, a.Offer, n+1, Object{Sum: l.SHA256, Bytes: l.Bytes}); err != nil {
				return err
			}
		}
		return setListed(tx, a.Offer)
	})
}

// listing reads the listing of an offer, and how long it is.
func (d *Desk) listing(ctx context.Context, base *db.DB, a Arriving) ([]bundle.Listed, int64, error) {
	r, err := d.openObject(ctx, base, a.Offer, a.List)
	if err != nil {
		return nil, 0, err
	}
	b, err := io.ReadAll(io.LimitReader(r, MostListing))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, 0, err
	}
	all, err := bundle.ParseListing(b)
	if err != nil {
		return nil, 0, fault.Invalid("listing", "%w", err)
	}
	return all, int64(len(b)), nil
}

// Outstayed returns the offers that are answered, by whatever way, those that
// have waited too long, and those of a node that is no peer any more.
func Outstayed(v *record.View, now time.Time) (offers []string, err error) {
	all, err := readArriving(v.Tx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	peers, err := transfer.Peers(v)
	for _, a := range all {
		_, known := transfer.Get(v, a.Offer)
		ended := err == nil && !slices.ContainsFunc(peers, func(p transfer.Peer) bool { return p.Node == a.Peer })
		if known == nil || ended || now.Sub(a.Seen) > Stays {
			offers = append(offers, a.Offer)
		} else if fault.KindOf(known) != fault.KindNotFound {
			return nil, known
		}
	}
	return offers, err
}

// openObject reads an object that is here whole.
func (d *Desk) openObject(ctx context.Context, base *db.DB, offer, sum string) (io.ReadCloser, error) {
	var sums [][32]byte
	err := base.View(ctx, func(tx *db.Tx) error {
		o, err := oneObject(tx, offer, sum)
		if err != nil {
			return err
		}
		if o.Have != o.Bytes {
			return fault.NotFound("the object %s has come to byte %d of %d", sum, o.Have, o.Bytes)
		}
		parts, err := readParts(tx, offer, sum)
		for _, p := range parts {
			sums = append(sums, p.sum)
		}
		return err
	})
	return blob.Join(ctx, d.blobs, sums), err
}
