package heed

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/situation"
)

// outward is the record's share of what speaks to the world outside: accounts
// of field clients, webhooks, notices.
func outward() record.Module {
	return record.Module{Name: "outward", Schema: outwardSchema, Tables: []string{"field_account"}, State: outwardState, Kinds: []record.Kind{
		{Name: "field.account-made", Apply: applyAccountMade},
		{Name: "field.account-ended", Apply: applyAccountEnded},
		{Name: "webhook.set", Apply: record.None},
		{Name: "webhook.removed", Apply: record.None},
	}}
}

// A FieldAccount lets a field client, as ODK Collect is one, send reports in a
// person's name. It opens nothing else.
type FieldAccount struct {
	User   string    `json:"user"`
	Person string    `json:"person"`
	Since  time.Time `json:"since"`
	Ended  time.Time `json:"ended,omitzero"`
}

// accountSaid is the open part of the entries about a field account.
type accountSaid struct {
	ID     string `json:"id"`
	Person string `json:"person"`
}

// accountKeys is what the node keeps of a password: HTTP digest needs it in
// this form. It is sealed, and whoever has it can use the account.
type accountKeys struct {
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
}

// NewFieldAccount makes an account for a field client of a person's, and
// returns its password, which is shown once and kept nowhere.
func (h *Heed) NewFieldAccount(ctx context.Context, who Who, person string) (account FieldAccount, password string, err error) {
	err = h.onPerson(ctx, who, person, access.SignInManage, func(a *act, p party.Person) error {
		id, err := a.tx.NextID("FA")
		if err != nil {
			return err
		}
		e, err := a.tx.Append(record.Draft{Kind: "field.account-made", Subjects: []string{id, p.ID}, Open: accountSaid{id, p.ID}})
		if err != nil {
			return err
		}
		account = FieldAccount{User: id, Person: p.ID, Since: e.Time}
		password = strings.ToLower(rand.Text()[:20]) // 100 bits, typed on a phone
		keys, err := json.Marshal(accountKeys{openrosa.HA1(openrosa.MD5, id, h.Origin(), password), openrosa.HA1(openrosa.SHA256, id, h.Origin(), password)})
		if err != nil {
			return err
		}
		return putAccountSecret(a.Tx, id, h.rec.Keys().Seal("field account "+id, keys))
	})
	return account, password, err
}

// EndFieldAccount ends an account at once.
func (h *Heed) EndFieldAccount(ctx context.Context, who Who, user string) error {
	return h.do(ctx, who, func(a *act) error {
		x, err := accountOf(a.Tx, user)
		if err != nil {
			return a.unknown(err)
		}
		p, err := party.GetPerson(a.View, x.Person)
		if err != nil {
			return err
		}
		if err := a.need(access.SignInManage, a.person(p)); err != nil {
			return err
		}
		if !x.Ended.IsZero() {
			return fault.Stale("the account %s has ended already", user)
		}
		if _, err := a.tx.Append(record.Draft{Kind: "field.account-ended", Subjects: []string{user, x.Person}, Open: accountSaid{user, x.Person}}); err != nil {
			return err
		}
		return dropAccountSecret(a.Tx, user)
	})
}

// FieldAccounts returns the accounts of a person, ended ones too.
func (h *Heed) FieldAccounts(ctx context.Context, who Who, person string) (out []FieldAccount, err error) {
	err = h.see(ctx, who, func(l *look) error {
		p, err := h.desk.Find(l.View, person)
		if err != nil {
			return l.unknown(err)
		}
		if err := l.need(access.SignInManage, l.person(p)); err != nil {
			return err
		}
		out, err = accountsOf(l.Tx, p.ID)
		return err
	})
	return out, err
}

// nonceLife is how long a field client may go on with one challenge.
const nonceLife = 30 * time.Minute

// digest makes and checks HTTP digest challenges, the same in every process.
func (h *Heed) digest() openrosa.Digest {
	return openrosa.Digest{Realm: h.Origin(), Key: []byte(h.rec.Keys().Blind("field", "nonce key")), Life: nonceLife}
}

// FieldChallenges are the WWW-Authenticate headers with which a field client
// is asked who it is. Stale says that its password was not the trouble.
func (h *Heed) FieldChallenges(stale bool) []string { return h.digest().Challenges(db.Now(), stale) }

// FieldSignIn returns the person whose field account the Authorization header
// of a request proves. A fault of kind Stale means that the client is to ask
// again with a new challenge; a request that is sent a second time, by whoever
// heard it, gets that too.
func (h *Heed) FieldSignIn(ctx context.Context, header, method, target string) (who Who, err error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Nobody, err
	}
	c, err := openrosa.ParseAuthorization(header)
	if err != nil {
		return Nobody, err
	}
	account, keys, err := h.fieldKeys(ctx, c.User)
	if err != nil {
		return Nobody, err
	}
	ha1 := keys.MD5
	if c.Algorithm == openrosa.SHA256 {
		ha1 = keys.SHA256
	}
	now := db.Now()
	if err := h.digest().Verify(c, method, target, ha1, now); err != nil {
		return Nobody, err
	}
	first := false
	err = h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		first, err = useNonce(tx, c.Nonce, int64(c.Count), now, now.Add(nonceLife+time.Minute))
		return err
	})
	if err != nil {
		return Nobody, err
	}
	if !first {
		return Nobody, fault.Stale("this request was made before")
	}
	return Who{Person: account.Person, Via: "field"}, nil
}

// fieldKeys returns an account with what proves its password; of one that does
// not exist or has ended, with what no password proves, so that both take as
// long.
func (h *Heed) fieldKeys(ctx context.Context, user string) (a FieldAccount, keys accountKeys, err error) {
	unknown := h.rec.Keys().Blind("field", "no account "+user)
	keys = accountKeys{unknown, unknown}
	err = h.rec.View(ctx, func(v *record.View) error {
		var err error
		a, err = accountOf(v.Tx, user)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && !a.Ended.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		sealed, err := accountSecret(v.Tx, user)
		if err != nil {
			return err
		}
		plain, err := h.rec.Keys().Unseal("field account "+user, sealed)
		if err != nil {
			return err
		}
		return json.Unmarshal(plain, &keys)
	})
	return a, keys, err
}

// ReportForm is the form for field clients. In an exercise it offers the
// countries of the exercise first.
func (h *Heed) ReportForm(ctx context.Context, who Who) (f openrosa.Form, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ReportSubmit, l.node()); err != nil {
			return err
		}
		choices, err := l.ownCountries()
		f = report.Form(choices...)
		return err
	})
	return f, err
}

// ownCountries are the countries of situations that are on no map of the
// world, as those of an exercise.
func (l *look) ownCountries() (out []openrosa.Choice, err error) {
	all, err := situation.List(l.View, situation.Filter{})
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, c := range events.Countries() {
		have[c.ISO3] = true
	}
	for _, s := range all {
		c, ok := events.CountryByISO3(s.Country)
		if s.Country == "" || have[s.Country] || !ok {
			continue
		}
		have[s.Country] = true
		out = append(out, openrosa.Choice{Value: c.ISO3, Label: c.Names()})
	}
	return out, nil
}

// KeepFile stores a file that comes with a report of who's.
func (h *Heed) KeepFile(ctx context.Context, who Who, name, kind string, body io.Reader) (report.Attachment, error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.ReportSubmit, l.node()) }); err != nil {
		return report.Attachment{}, err
	}
	ref, err := h.parts.Blobs.Put(ctx, body)
	if err != nil {
		return report.Attachment{}, fmt.Errorf("keep the file %q: %w", name, err)
	}
	return report.Attachment{Name: name, SHA256: hex.EncodeToString(ref.SHA256[:]), Size: ref.Size, Type: kind}, nil
}

// FieldReceipt answers a submission.
type FieldReceipt struct {
	ReportReceipt
	Message string // for the person who sent it, in their language
}

// SubmitField takes in the answers of a field client. What it sends again is
// the same report; files that come later are added to it.
func (h *Heed) SubmitField(ctx context.Context, who Who, answers openrosa.Answers, files []report.Attachment) (out FieldReceipt, err error) {
	in := report.FromSubmission(answers)
	in.Attachments = files
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.ReportSubmit, a.node()); err != nil {
			return err
		}
		desk := report.New(h.rec)
		c := lang.For(a.language())
		id, err := desk.ByInstance(a.View, in.Instance)
		switch {
		case err == nil:
			if err := a.again(id, files); err != nil {
				return err
			}
			out = FieldReceipt{ReportReceipt{Report: id, Repeated: true}, c.T("heed.field.again", id)}
			return nil
		case fault.KindOf(err) != fault.KindNotFound:
			return err
		}
		r, err := desk.Submit(a.tx, in)
		switch {
		case fault.KindOf(err) == fault.KindExists:
			out = FieldReceipt{r, c.T("heed.field.again", r.Report)}
			return nil
		case err != nil:
			return err
		}
		out = FieldReceipt{r, c.T("heed.field.received", r.Report, r.Code, h.link("/fate"))}
		if h.Exercise() {
			out.Message = c.T("heed.exercise", out.Message)
		}
		return nil
	})
	return out, err
}

// again adds files to a report that its sender sends once more.
func (a *act) again(id string, files []report.Attachment) error {
	r, err := report.Get(a.View, id)
	if err != nil {
		return err
	}
	if r.Actor != a.principal.ID {
		return fault.Exists("a report was sent under this number by somebody else")
	}
	if len(files) == 0 {
		return nil
	}
	_, err = report.Attach(a.tx, id, files...)
	return err
}

// files returns the files of a report that the reader may read.
func (l *look) files(id string) ([]report.Attachment, error) {
	r, err := report.Get(l.View, id)
	if err != nil {
		return nil, l.unknown(err)
	}
	res, err := l.report(r)
	if err != nil {
		return nil, err
	}
	return r.Attachments, l.need(access.ReportRead, res)
}

// ReportFiles returns the files that came with a report.
func (h *Heed) ReportFiles(ctx context.Context, who Who, id string) (out []report.Attachment, err error) {
	err = h.see(ctx, who, func(l *look) error { out, err = l.files(id); return err })
	return out, err
}

// OpenReportFile opens a file that came with a report, by its SHA-256. The file
// is what somebody sent: it is for saving, not for showing as it is.
func (h *Heed) OpenReportFile(ctx context.Context, who Who, id, sum string) (file report.Attachment, b blob.Blob, err error) {
	all, err := h.ReportFiles(ctx, who, id)
	if err != nil {
		return file, nil, err
	}
	i := slices.IndexFunc(all, func(a report.Attachment) bool { return a.SHA256 == sum })
	if i < 0 {
		return file, nil, fault.NotFound("%s has no such file", id)
	}
	key, err := blob.ParseSum(sum)
	if err != nil {
		return file, nil, err
	}
	b, err = h.parts.Blobs.Open(ctx, key)
	return all[i], b, err
}
