package signin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Scopes are what a token may be for. "write" is of no use without "read".
var Scopes = []string{"read", "write"}

// A Token lets a program act as a person, as far as its scopes go.
type Token struct {
	ID     string    `json:"id"` // "TK-1"
	Person string    `json:"person"`
	Label  string    `json:"label"`
	Scopes []string  `json:"scopes"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Seen   time.Time `json:"seen,omitzero"` // when last used
	Ended  time.Time `json:"ended,omitzero"`

	hash []byte
	said int64
}

// TokenInput is what a token is made with. Until zero is 90 days from now.
type TokenInput struct {
	Person, Label string
	Scopes        []string
	Until         time.Time
}

// tokenOpen and labelSealed are the parts of party.token-made.
type tokenOpen struct {
	ID     string    `json:"id"`
	Person string    `json:"person"`
	Scopes []string  `json:"scopes"`
	Hash   []byte    `json:"hash"`
	Until  time.Time `json:"until"`
}

type labelSealed struct {
	Label string `json:"label"`
}

const (
	tokenPrefix = "heed_" // lets a token be known for one, in a log or a leaked file

	usualToken = 90 * 24 * time.Hour
	maxToken   = 366 * 24 * time.Hour
)

// NewToken makes a token. The secret is shown once.
func NewToken(tx *record.Tx, in TokenInput) (secret string, t Token, err error) {
	if in.Until.IsZero() {
		in.Until = tx.Now.Add(usualToken)
	}
	in.Until = in.Until.UTC().Truncate(time.Microsecond)
	switch in.Label = strings.Join(strings.Fields(in.Label), " "); {
	case in.Label == "" || len(in.Label) > 100:
		return "", t, fault.Invalid("label", "say what the token is for, in up to 100 letters")
	case len(in.Scopes) == 0 || slices.ContainsFunc(in.Scopes, func(s string) bool { return !slices.Contains(Scopes, s) }):
		return "", t, fault.Invalid("scopes", "scopes are %s, not %q", strings.Join(Scopes, " and "), in.Scopes)
	case !in.Until.After(tx.Now) || in.Until.Sub(tx.Now) > maxToken:
		return "", t, fault.Invalid("until", "a token lasts up to a year from now")
	}
	if err := active(tx.View, in.Person); err != nil {
		return "", t, err
	}
	text, _ := newSecret()
	secret = tokenPrefix + text
	t = Token{Person: in.Person, Label: in.Label, Scopes: slices.Compact(slices.Sorted(slices.Values(in.Scopes))), From: tx.Now, Until: in.Until, hash: digest(secret)}
	if t.ID, err = tx.NextID("TK"); err != nil {
		return "", t, err
	}
	e, err := tx.Append(record.Draft{Kind: "party.token-made", Subjects: []string{t.ID, t.Person}, Key: t.Person,
		Open: tokenOpen{t.ID, t.Person, t.Scopes, t.hash, t.Until}, Sealed: labelSealed{t.Label}})
	t.said = e.Index
	return secret, t, err
}

// revokedOpen is the open part of party.token-revoked.
type revokedOpen struct {
	ID string `json:"id"`
}

// RevokeToken ends a token at once.
func RevokeToken(tx *record.Tx, id string) error {
	t, err := GetToken(tx.View, id)
	if err != nil {
		return err
	}
	if !t.Ended.IsZero() {
		return fault.Exists("%s is revoked already", id)
	}
	_, err = tx.Append(record.Draft{Kind: "party.token-revoked", Subjects: []string{id, t.Person}, Open: revokedOpen{id}})
	return err
}

// GetToken returns a token by its id, revoked or not.
func GetToken(v *record.View, id string) (Token, error) {
	t, err := tokenRow(v, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return t, fault.NotFound("there is no token %q", id)
	}
	if err != nil {
		return t, err
	}
	return t, t.unseal(v)
}

func (t *Token) unseal(v *record.View) (err error) {
	t.Label, err = label(v, t.said)
	return err
}

// label reads the label in an entry; one that was erased is "".
func label(v *record.View, said int64) (string, error) {
	var s labelSealed
	err := maybe(v.Unseal(said, &s))
	return s.Label, err
}

// Tokens returns all tokens ever made for a person, the latest first.
func Tokens(v *record.View, person string) ([]Token, error) {
	all, err := tokenRows(v, person)
	for i := range all {
		if err == nil {
			err = all[i].unseal(v)
		}
	}
	return all, err
}

// Token returns the token that a secret is, or a fault of kind Denied. It notes
// that the token is in use.
func (d *Door) Token(ctx context.Context, secret string, c Client) (t Token, err error) {
	var now time.Time
	var over error // a token of ours that has ended: no guess, so not counted
	err = d.attempt(ctx, "token", c, func() error {
		return d.rec.View(ctx, func(v *record.View) error {
			now, over = v.Now, nil
			t, err = tokenByHandle(v, handle(digest(secret)))
			switch {
			case fault.KindOf(err) == fault.KindNotFound || err == nil && (!fits(t.hash, secret) || !strings.HasPrefix(secret, tokenPrefix)):
				return fault.Denied("this is no token of ours")
			case err != nil:
				return err
			case !t.Ended.IsZero() || !since(v, t.Person, t.From):
				over = fault.Denied("the token %s is revoked", t.ID)
			case !now.Before(t.Until):
				over = fault.Denied("the token %s has expired", t.ID)
			}
			return nil
		})
	})
	if err = cmp.Or(err, over); err != nil {
		return Token{}, err
	}
	return t, d.seen(ctx, t.ID, t.Seen, now)
}
