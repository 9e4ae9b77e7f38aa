package heed

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
)

// checkHook refuses what cannot be the address of a webhook.
func checkHook(address string) (string, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" || len(address) > 500 {
		return "", fault.Invalid("url", "%.80q is not the address of a webhook: it begins with https:// and holds no password", address)
	}
	return address, nil
}

func newHookSecret() string { return rand.Text() + rand.Text() }

// Where a feed and a calendar are, for the face that serves them; the secret
// is added.
const (
	FeedPath     = "/feeds/"
	CalendarPath = "/calendars/"
)

const (
	mostItems = 100
	kept      = 30 * 24 * time.Hour // how long an answered duty stays in the calendar, as cancelled
)

// fed is a look with the eyes of the person to whom a feed's secret belongs.
func (h *Heed) fed(ctx context.Context, secret string, f func(*look, *lang.Catalog) error) error {
	who, err := h.ByFeed(ctx, secret)
	if err != nil {
		return err
	}
	return h.see(ctx, who, func(l *look) error {
		r := l.node()
		r.Type, r.ID, r.Owner = "feed", who.Person, who.Person
		if err := l.need(access.FeedRead, r); err != nil {
			return err
		}
		return f(l, lang.For(l.language()))
	})
}

// tagged makes an IRI that stays the same for ever, whatever the node's address.
func (h *Heed) tagged(id string) string {
	domain, rest, _ := strings.Cut(h.Origin(), "/")
	return "tag:" + domain + ",2026:" + rest + "/" + id
}

// titled marks a title of an exercise.
func (h *Heed) titled(c *lang.Catalog, title string) string {
	if h.Exercise() {
		return c.T("heed.exercise", title)
	}
	return title
}

// Feed is the Atom feed of the person to whom a secret belongs: the warnings
// that were served on them and the duties that they owe, with no word of what
// was found.
func (h *Heed) Feed(ctx context.Context, secret string, now time.Time) (b []byte, err error) {
	err = h.fed(ctx, secret, func(l *look, c *lang.Catalog) error {
		office, err := party.GetAgency(l.View, home)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		f := post.Feed{ID: h.tagged(l.principal.ID), Title: h.titled(c, c.T("heed.feed.title")), Author: office.Name, Self: h.link(FeedPath + secret), Link: h.link("/"), Tag: c.Tag}
		if f.Updated, err = feedSince(l.Tx, l.principal.ID); err != nil {
			return err
		}
		warnings, err := l.warningItems(c)
		if err != nil {
			return err
		}
		duties, err := l.dutyItems(c, now)
		if err != nil {
			return err
		}
		f.Items = append(warnings, duties...)
		slices.SortStableFunc(f.Items, func(a, b post.Item) int { return b.Updated.Compare(a.Updated) })
		f.Items = f.Items[:min(len(f.Items), mostItems)]
		if len(f.Items) > 0 && f.Items[0].Updated.After(f.Updated) {
			f.Updated = f.Items[0].Updated
		}
		var w bytes.Buffer
		err = post.WriteAtom(&w, f)
		b = w.Bytes()
		return err
	})
	return b, err
}

func (l *look) warningItems(c *lang.Catalog) (out []post.Item, err error) {
	all, err := warning.List(l.View, warning.Filter{On: l.principal.ID})
	if err != nil {
		return nil, err
	}
	for _, w := range all[:min(len(all), mostItems)] {
		r, err := l.warning(w)
		if err != nil {
			return nil, err
		}
		if !l.may(access.WarningRead, r) {
			continue
		}
		out = append(out, post.Item{ID: l.h.tagged(w.ID), Title: l.h.titled(c, c.T("heed.feed.warning", w.ID, w.Level)), Link: l.h.link("/warnings/" + w.ID),
			Published: w.Issued, Updated: w.Issued, Category: "warning", Summary: c.T("heed.mail.marking", "TLP:"+w.Marking)})
	}
	return out, nil
}

// dutyItems are the unanswered duties of which the person was told.
func (l *look) dutyItems(c *lang.Catalog, now time.Time) (out []post.Item, err error) {
	all, err := l.told(response.Filter{State: "unanswered"})
	for _, d := range all {
		updated, title := d.Opened, c.T("heed.feed.duty", d.ID, c.When(d.DueAt.In(l.h.parts.Location)))
		if d.Late(now) {
			updated, title = d.DueAt, c.T("heed.feed.late", d.ID, c.When(d.DueAt.In(l.h.parts.Location)))
		}
		out = append(out, post.Item{ID: l.h.tagged(d.ID), Title: l.h.titled(c, title), Link: l.h.link("/duties/" + d.ID),
			Published: d.Opened, Updated: updated, Category: "duty", Summary: c.T("heed.mail.marking", "TLP:"+d.Marking)})
	}
	return out, err
}

// told returns the duties that a filter selects, that have opened, and of which
// the person was told: as owner, as deputy, or on a rung.
func (l *look) told(f response.Filter) (out []response.Duty, err error) {
	all, err := response.List(l.View, f)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		r, err := l.duty(d)
		if err != nil {
			return nil, err
		}
		if !d.Opened.IsZero() && !d.DueAt.IsZero() && slices.Contains(r.Recipients, l.principal.ID) && l.may(access.DutyRead, r) {
			out = append(out, d)
		}
	}
	return out, nil
}

// Calendar is the calendar of the person to whom a secret belongs: when the
// duties that they owe fall due. One that was answered is cancelled in it.
func (h *Heed) Calendar(ctx context.Context, secret string) (b []byte, err error) {
	err = h.fed(ctx, secret, func(l *look, c *lang.Catalog) error {
		cal := post.Calendar{Name: h.titled(c, c.T("heed.calendar.title"))}
		all, err := l.told(response.Filter{})
		if err != nil {
			return err
		}
		for _, d := range all {
			if !d.Answered.IsZero() && d.Answered.Before(l.now.Add(-kept)) {
				continue
			}
			e, err := l.event(c, d)
			if err != nil {
				return err
			}
			cal.Events = append(cal.Events, e)
		}
		var w bytes.Buffer
		err = post.WriteCalendar(&w, cal)
		b = w.Bytes()
		return err
	})
	return b, err
}

func (l *look) event(c *lang.Catalog, d response.Duty) (post.Event, error) {
	history, err := l.HistoryIndexes(d.ID)
	if err != nil {
		return post.Event{}, err
	}
	last, err := l.Entry(history[len(history)-1])
	if err != nil {
		return post.Event{}, err
	}
	return post.Event{UID: d.ID + "." + notInID.ReplaceAllString(l.h.Origin(), "-") + "@heed", Sequence: len(history), Stamp: last.Time, Start: d.DueAt,
		Summary: l.h.titled(c, c.T("heed.calendar.due", d.ID)), Text: c.T("heed.mail.marking", "TLP:"+d.Marking), URL: l.h.link("/duties/" + d.ID),
		Category: "duty", Cancelled: !d.Answered.IsZero(), Alarms: []time.Duration{24 * time.Hour, time.Hour}}, nil
}
