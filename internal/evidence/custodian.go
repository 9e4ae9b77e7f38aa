package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Custodian is somebody who can open what is taken in, beside the node.
type Custodian struct {
	Recipient string `json:"recipient"`
	Holder    string `json:"holder"` // a person
	Entry     int64  `json:"entry"`  // with which the key came into force
}

// Key is a short name of a custody key: the first 16 digits of its SHA-256.
func (c Custodian) Key() string {
	sum := sha256.Sum256([]byte(c.Recipient))
	return hex.EncodeToString(sum[:8])
}

// Custodians returns those whose keys are in force, the oldest first.
func Custodians(v *record.View) ([]Custodian, error) { return readCustodians(v.Tx) }

// SetCustodian says that what is taken in from now on is encrypted to one more
// key, and who holds it. Of a key that is in force it changes the holder.
func SetCustodian(tx *record.Tx, recipient, holder string) (Custodian, error) {
	c := Custodian{Holder: holder}
	if holder == "" {
		return c, fault.Invalid("holder", "say who holds the key")
	}
	r, err := vault.ParseRecipient(recipient)
	if err != nil {
		return c, err
	}
	c.Recipient = r.String()
	e, err := tx.Append(record.Draft{Kind: "evidence.custody-key", Subjects: []string{"custody", holder}, Open: custodianOpen{Recipient: c.Recipient, Holder: holder}})
	c.Entry = e.Index
	return c, err
}

// EndCustodian says that what is taken in from now on is not encrypted to a key
// any more, and why. The key is named by itself or by its short name. What was
// taken in before stays as it is: the key opens it.
func EndCustodian(tx *record.Tx, key, reason string) (Custodian, error) {
	reason, err := said("reason", reason, "why the key is not used any more")
	if err != nil {
		return Custodian{}, err
	}
	all, err := readCustodians(tx.Tx)
	if err != nil {
		return Custodian{}, err
	}
	key = strings.TrimSpace(key)
	for _, c := range all {
		if key != c.Recipient && key != c.Key() {
			continue
		}
		e, err := tx.Append(record.Draft{Kind: "evidence.custody-key", Subjects: []string{"custody", c.Holder}, Open: custodianOpen{c.Recipient, c.Holder, true}, Sealed: Reason{Reason: reason}})
		c.Entry = e.Index
		return c, err
	}
	return Custodian{}, fault.WithHint(fault.NotFound("no custody key %.24q is in force", key), "heed evidence custodians lists them")
}
