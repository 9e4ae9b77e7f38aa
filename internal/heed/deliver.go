package heed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
)

// The channels that reach people outside the web.
const (
	byMail    = "mail"
	byWebhook = "webhook"
)

// What a notice is about.
const (
	saysWarning   = "warning"   // a warning was served and waits to be acknowledged
	saysOpened    = "opened"    // a duty is owed
	saysLapsed    = "lapsed"    // its deadline has passed
	saysEscalated = "escalated" // it has come up to the next rung
)

const (
	mostTries   = 5
	firstWait   = time.Minute // until the second try; each wait is four times the one before
	sendTimeout = 30 * time.Second
	mostDown    = 3 // mails that fail at the server before the others wait for the next time
)

// A notice is something that one person is told by one channel, once.
type notice struct{ about, what, person, channel string }

// An outgoing notice has what its text says. That is no word of what was found:
// mail is read by others, and a telephone shows it to a whole room.
type outgoing struct {
	notice
	says    string
	page    string // where it is to be read and answered
	count   int64  // of duties that opened together
	level   int
	marking string
	due     time.Time // zero where nothing is due
	at      time.Time // of what it tells
	to      recipient
}

// recipient is how a person is reached.
type recipient struct {
	party.Person
	hook post.Hook
}

// link is the address of a page of this node.
func (h *Heed) link(path string) string { return strings.TrimSuffix(h.parts.URL, "/") + path }

// Deliver tells people what waits for them: warnings in force that they have
// not acknowledged, and duties that opened, lapsed or came up to them. Mail or
// hooks may be nil, then that channel rests. It returns how many notices went
// out.
//
// What is owed follows from the tables alone; what was sent is kept beside
// them. A process that dies between the two sends again, under the same id; it
// forgets nothing. A notice is tried five times within one and a half hours;
// while the mail server takes no mail at all, no try is counted.
func (h *Heed) Deliver(ctx context.Context, mail post.Mailer, hooks *post.Webhooks) (sent int, err error) {
	due, err := h.outgoing(ctx, mail != nil, hooks != nil)
	if err != nil {
		return 0, err
	}
	var problem error
	failed := 0 // mails in a row that the server did not even look at
	for _, n := range due {
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		if n.channel == byMail && failed >= mostDown {
			continue
		}
		before, ok, err := h.claim(ctx, n.notice)
		if err != nil {
			return sent, err
		}
		if !ok {
			continue
		}
		failure := h.send(ctx, n, mail, hooks)
		switch {
		case ctx.Err() != nil: // it went out, or not: it is sent again
			return sent, errors.Join(ctx.Err(), h.keepSent(context.WithoutCancel(ctx), before))
		case n.channel == byMail && down(failure):
			failed++
			before.at = h.Now()
			if err := h.keepSent(ctx, before); err != nil {
				return sent, err
			}
			problem = failure
			continue
		case failure == nil:
			sent++
		}
		if n.channel == byMail {
			failed = 0
		}
		if err := h.sentTo(ctx, n, before, failure); err != nil {
			return sent, err
		}
	}
	if problem != nil {
		return sent, fmt.Errorf("the mail server takes no mail, so mails wait: %w", problem)
	}
	return sent, nil
}

// down tells whether a mail failed before its server looked at it: the server
// is away, or refuses this node. That says nothing about the mail.
func down(failure error) bool {
	if failure == nil || fault.KindOf(failure) == fault.KindInvalid {
		return slices.Contains([]string{"from", "smtp.tls"}, fault.Field(failure)) // a wrong setting is no fault of the mail
	}
	var reply *textproto.Error
	return !errors.As(failure, &reply) || slices.Contains(refusals, reply.Code)
}

// refusals are the replies with which a server refuses a client and not a mail
// (RFC 5321, RFC 4954).
var refusals = []int{421, 432, 454, 530, 534, 535, 538}

// outgoing returns what is to be told, and forgets notices about what has been
// answered.
func (h *Heed) outgoing(ctx context.Context, mail, hooks bool) (out []outgoing, err error) {
	live := map[string]bool{}
	err = h.see(ctx, system, func(l *look) error {
		if err := l.need(access.SystemTick, l.node()); err != nil {
			return err
		}
		out = nil
		people := map[string]*recipient{}
		for _, c := range []struct {
			name string
			on   bool
		}{{byMail, mail}, {byWebhook, hooks}} {
			if !c.on {
				continue
			}
			found, err := l.unserved(c.name)
			if err != nil {
				return err
			}
			owed, err := l.untold(c.name, live)
			if err != nil {
				return err
			}
			for _, n := range append(found, owed...) {
				ok, err := l.reach(&n, people)
				if err != nil {
					return err
				}
				if ok {
					out = append(out, n)
				}
			}
		}
		inForce, err := warning.List(l.View, warning.Filter{State: warning.InForce})
		for _, w := range inForce {
			live[w.ID] = true
		}
		return err
	})
	if err != nil || !mail && !hooks {
		return nil, err
	}
	return out, h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		all, err := allSent(tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if live[s.about] {
				continue
			}
			if err := dropSent(tx, s.about); err != nil {
				return err
			}
		}
		return nil
	})
}

// unserved returns the recipients of warnings whom a channel has not reached.
func (l *look) unserved(channel string) (out []outgoing, err error) {
	pairs, err := warning.Undelivered(l.View, channel)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		w, err := warning.Get(l.View, p[0])
		if err != nil {
			return nil, err
		}
		n := outgoing{notice: notice{w.ID, saysWarning, p[1], channel}, says: saysWarning, page: "/warnings/" + w.ID, level: w.Level, marking: w.Marking, at: w.Issued}
		mine, err := response.List(l.View, response.Filter{Warning: w.ID, Owner: p[1], State: "unanswered"})
		if err != nil {
			return nil, err
		}
		for _, d := range mine {
			if !d.DueAt.IsZero() && (n.due.IsZero() || d.DueAt.Before(n.due)) {
				n.due = d.DueAt
			}
		}
		out = append(out, n)
	}
	return out, nil
}

// untold returns what is to be told about unanswered duties: to the owner and
// the deputy that they opened and lapsed, and to each rung that it was reached.
// Duties of one person that opened together are one notice. Live gets the
// duties and their warnings.
func (l *look) untold(channel string, live map[string]bool) (out []outgoing, err error) {
	all, err := response.List(l.View, response.Filter{State: "unanswered"})
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Opened.IsZero() {
			continue
		}
		live[d.ID], live[d.Warning] = true, true
		n := outgoing{page: "/duties/" + d.ID, count: 1, level: d.Level, marking: d.Marking, due: d.DueAt}
		tell := func(about, what, says, person string, at time.Time) {
			n.notice, n.says, n.at = notice{about, what, person, channel}, says, at
			if person != "" {
				out = together(out, n)
			}
		}
		for _, p := range slices.Compact([]string{d.Owner, d.Deputy}) {
			tell(d.Warning, fmt.Sprint(saysOpened, d.Opened.UnixMicro()), saysOpened, p, d.Opened)
			if !d.LapsedAt.IsZero() {
				tell(d.ID, saysLapsed, saysLapsed, p, d.LapsedAt)
			}
		}
		for _, g := range d.Rungs {
			if g.Number <= d.Rung {
				tell(d.ID, fmt.Sprint(saysEscalated, g.Number), saysEscalated, g.Person, g.At)
			}
		}
	}
	return out, nil
}

// together adds a notice to a list, or counts it in where there is the same
// one already.
func together(out []outgoing, n outgoing) []outgoing {
	i := slices.IndexFunc(out, func(o outgoing) bool { return o.notice == n.notice })
	if i < 0 {
		return append(out, n)
	}
	o := &out[i]
	o.count++
	o.page = "/duties"
	if o.due.IsZero() || !n.due.IsZero() && n.due.Before(o.due) {
		o.due = n.due
	}
	return out
}

// reach finds out how a person is reached by a notice's channel, if at all.
func (l *look) reach(n *outgoing, known map[string]*recipient) (bool, error) {
	r := known[n.person]
	if r == nil {
		p, err := party.GetPerson(l.View, n.person)
		if err != nil {
			return false, err
		}
		r = &recipient{Person: p}
		if r.hook, err = l.h.hookOf(l.Tx, p.ID); err != nil {
			return false, err
		}
		known[n.person] = r
	}
	n.to = *r
	if !r.Active {
		return false, nil
	}
	if n.channel == byMail {
		return r.Email != "", nil
	}
	return r.hook.URL != "", nil
}

// claim makes a notice this process's to try, and returns how it stood. It is
// not to be tried if it is done, if it was tried often enough, or if it is too
// early to try again.
func (h *Heed) claim(ctx context.Context, n notice) (before sent, ok bool, err error) {
	now := h.Now()
	err = h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		s, err := lockSent(tx, n)
		if fault.KindOf(err) == fault.KindNotFound {
			s, err = sent{notice: n}, nil
		}
		if err != nil {
			return err
		}
		before = s
		wait := firstWait << (2 * max(s.tries-1, 0))
		ok = !s.done && s.tries < mostTries && !now.Before(s.at.Add(wait))
		if !ok {
			return nil
		}
		s.tries, s.at = s.tries+1, now
		return putSent(tx, s)
	})
	return before, ok, err
}

func (h *Heed) keepSent(ctx context.Context, s sent) error {
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error { return putSent(tx, s) })
}

// sentTo notes what came of a try. What came of serving a warning is an entry.
func (h *Heed) sentTo(ctx context.Context, n outgoing, before sent, failure error) error {
	if n.what == saysWarning {
		err := h.do(ctx, system, func(a *act) error {
			if err := a.need(access.SystemTick, a.node()); err != nil {
				return err
			}
			return warning.Delivered(a.tx, n.about, n.person, n.channel, failure)
		})
		if err != nil {
			return err
		}
	}
	if failure != nil && !post.Permanent(failure) {
		return nil // it was claimed; the next try comes when its time has come
	}
	before.tries, before.at, before.done = before.tries+1, h.Now(), true
	return h.keepSent(ctx, before)
}

// send sends one notice.
func (h *Heed) send(ctx context.Context, n outgoing, mail post.Mailer, hooks *post.Webhooks) error {
	ctx, stop := context.WithTimeout(ctx, sendTimeout)
	defer stop()
	if n.channel == byMail {
		return mail.Send(ctx, h.mail(n))
	}
	body, err := json.Marshal(h.webhook(n))
	if err != nil {
		return err
	}
	return hooks.Send(ctx, n.to.hook, h.noticeID(n.notice), body)
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// noticeID names a notice the same each time, and differently from every other
// node that writes from the same address.
func (h *Heed) noticeID(n notice) string {
	node := h.Origin()[strings.LastIndexByte(h.Origin(), '/')+1:]
	id := strings.Join([]string{n.about, n.what, n.person, notInID.ReplaceAllString(node, "-")}, ".")
	return strings.Trim(id[:min(len(id), 100)], ".")
}

// mail is a notice as a mail, in the person's language and time.
func (h *Heed) mail(n outgoing) post.Mail {
	tag := "en"
	if len(n.to.Languages) > 0 {
		tag = n.to.Languages[0]
	}
	c := lang.For(tag)
	subject := c.T("heed.mail."+n.says, n.about, n.level)
	if n.says == saysOpened {
		subject = c.N("heed.mail.opened", n.count, n.about)
	}
	lines := []string{subject + ".", h.link(n.page), "", c.T("heed.mail.marking", "TLP:"+n.marking)}
	if !n.due.IsZero() {
		zone, err := time.LoadLocation(n.to.TimeZone)
		if err != nil {
			zone = h.parts.Location
		}
		lines = append(lines, c.T("heed.mail.due", c.When(n.due.In(zone))))
	}
	lines = append(lines, "", c.T("heed.mail.closing"))
	if h.Exercise() {
		subject = c.T("heed.exercise", subject)
		lines = append([]string{c.T("heed.mail.exercise"), ""}, lines...)
	}
	return post.Mail{To: n.to.Email, Subject: subject, Text: strings.Join(lines, "\n") + "\n", ID: h.noticeID(n.notice), Tag: c.Tag, Date: n.at}
}

// webhookSaid is the body of a webhook.
type webhookSaid struct {
	Kind     string    `json:"kind"` // warning, opened, lapsed, escalated
	ID       string    `json:"id"`   // of the warning or the duty
	Person   string    `json:"person"`
	Count    int64     `json:"count,omitempty"` // of duties that opened
	Level    int       `json:"level"`
	Marking  string    `json:"marking"`
	Due      time.Time `json:"due,omitzero"`
	At       time.Time `json:"at"`
	Link     string    `json:"link"`
	Exercise bool      `json:"exercise"`
}

func (h *Heed) webhook(n outgoing) webhookSaid {
	return webhookSaid{n.says, n.about, n.person, n.count, n.level, n.marking, n.due, n.at, h.link(n.page), h.Exercise()}
}

// hookSealed is what is kept of a person's webhook.
type hookSealed struct {
	URL    string `json:"url"`
	Secret string `json:"secret,omitempty"`
}

// SetWebhook says where a person's programs are told what waits for them, and
// returns the secret under which that is signed; it is shown once. An empty
// address ends it.
func (h *Heed) SetWebhook(ctx context.Context, who Who, person, address string) (secret string, err error) {
	if address, err = checkHook(address); err != nil {
		return "", err
	}
	err = h.onPerson(ctx, who, person, access.SignInManage, func(a *act, p party.Person) error {
		if address == "" {
			if _, err := a.tx.Append(record.Draft{Kind: "webhook.removed", Subjects: []string{p.ID}}); err != nil {
				return err
			}
			return dropWebhook(a.Tx, p.ID)
		}
		secret = newHookSecret()
		if _, err := a.tx.Append(record.Draft{Kind: "webhook.set", Subjects: []string{p.ID}, Sealed: hookSealed{URL: address}}); err != nil {
			return err
		}
		b, err := json.Marshal(hookSealed{address, secret})
		if err != nil {
			return err
		}
		return putWebhook(a.Tx, p.ID, h.rec.Keys().Seal("webhook "+p.ID, b))
	})
	return secret, err
}

// hookOf returns a person's webhook; one without address is none.
func (h *Heed) hookOf(tx *db.Tx, person string) (post.Hook, error) {
	sealed, err := webhookOf(tx, person)
	if fault.KindOf(err) == fault.KindNotFound {
		return post.Hook{}, nil
	}
	if err != nil {
		return post.Hook{}, err
	}
	plain, err := h.rec.Keys().Unseal("webhook "+person, sealed)
	if err != nil {
		return post.Hook{}, err
	}
	var s hookSealed
	err = json.Unmarshal(plain, &s)
	return post.Hook{URL: s.URL, Secret: []byte(s.Secret)}, err
}
