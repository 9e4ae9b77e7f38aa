package stamp

import (
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/heed-project/heed/internal/fault"
)

// An evidence record as RFC 4998 writes it.
type (
	evidenceRecord struct {
		Version  int
		Digests  []pkix.AlgorithmIdentifier
		Sequence []chain
	}
	chain            []archiveTimeStamp
	archiveTimeStamp struct {
		TimeStamp asn1.RawValue // a ContentInfo: an RFC 3161 token
	}
)

// sha256OID names SHA-256 (RFC 5754).
func sha256OID() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1} }

// Chain writes a stamp and those that renew it, one after the other, as an
// evidence record in DER (RFC 4998, 3 and 5.2). What it proves is the list that
// the first of them is about; there is no hash tree, because the list is one. It ends
// before a stamp that came too late: each must have been valid when the next was made
// (RFC 4998, 5.3), or the whole record proves nothing.
func Chain(all []Stamp, first int64) ([]byte, error) {
	var c chain
	for next := first; next >= 0; {
		at := next
		next = -1
		for _, s := range all {
			if s.Entry == at {
				if s.Kind != RFC3161 || len(s.Token) == 0 {
					return nil, fault.Invalid("stamp", "entry %d is no token of an RFC 3161 authority", at)
				}
				c = append(c, archiveTimeStamp{asn1.RawValue{FullBytes: s.Token}})
			}
			if s.Renews == at && at > 0 && !s.Late {
				next = s.Entry
			}
		}
	}
	if len(c) == 0 {
		return nil, fault.NotFound("no stamp is entry %d", first)
	}
	return asn1.Marshal(evidenceRecord{1, []pkix.AlgorithmIdentifier{{Algorithm: sha256OID()}}, []chain{c}})
}
