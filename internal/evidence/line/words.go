package line

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
)

// RequestHeader carries the signed request, in base64.
const RequestHeader = "Heed-Handover"

// MostWords is the most bytes of an announcement; MostStatus of a status, which
// may bring the refusals of a million items.
const MostWords, MostStatus = 256 << 10, 256 << 20

// An Announcement is what a sender posts, as often as it likes: what it offers.
type Announcement struct {
	Offer   string `json:"offer"`   // the signed offer
	Seal    string `json:"seal"`    // of the bundle, which names the listing
	Listing int64  `json:"listing"` // bytes of the listing
}

// States of an offer at the receiver.
const (
	Coming   = "coming"
	Here     = "here" // all of it; a person decides
	Answered = "answered"
)

// A Status is what a receiver answers to an announcement.
type Status struct {
	State   string   `json:"state"`
	Left    int      `json:"left"` // objects that are not there whole
	Missing []Object `json:"missing,omitempty"`
	Receipt string   `json:"receipt,omitempty"` // as transfer.Receipt writes it
}

// read reads one value of JSON without members that are not known.
func read(b []byte, most int, v any) error {
	if len(b) > most {
		return fault.Invalid("body", "it has %d bytes, at most %d are read", len(b), most)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fault.Invalid("body", "it is not JSON of the form that docs/spec/custody.md has: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fault.Invalid("body", "something follows the JSON")
	}
	return nil
}

// ParseAnnouncement reads an announcement; what is signed in it the caller
// judges.
func ParseAnnouncement(b []byte) (a Announcement, err error) {
	if err := read(b, MostWords, &a); err != nil {
		return Announcement{}, err
	}
	if a.Offer == "" || a.Seal == "" || a.Listing < 1 || a.Listing > MostListing {
		return Announcement{}, fault.Invalid("body", "an announcement has an offer, a seal and the size of a listing of 1 to %d bytes", MostListing)
	}
	return a, nil
}

// ParseStatus reads a status.
func ParseStatus(b []byte) (s Status, err error) {
	if err := read(b, MostStatus, &s); err != nil {
		return Status{}, err
	}
	if s.State != Coming && s.State != Here && s.State != Answered || s.Left < 0 || len(s.Missing) > MostAsked {
		return Status{}, fault.Invalid("body", "the state %.40q or a number in it cannot be", s.State)
	}
	for _, o := range s.Missing {
		if _, err := blob.ParseSum(o.Sum); err != nil || o.Have < 0 || o.Have >= o.Bytes {
			return Status{}, fault.Invalid("body", "what is missing of %.64q cannot be", o.Sum)
		}
	}
	return s, nil
}
