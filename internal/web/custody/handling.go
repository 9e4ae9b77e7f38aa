package custody

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// permissionRows words what an item may be used for.
func permissionRows(w *look.Words, all []consent.Permission, now time.Time) (out []page.PermissionRow) {
	purposes := func(list []consent.Purpose) string {
		return anyOf(w, list, "anypurpose", func(x consent.Purpose) string { return w.Word("purpose.", string(x)) })
	}
	parties := func(list []string) string {
		return anyOf(w, list, "anyone", func(s string) string { return party(w, s) })
	}
	for _, p := range all {
		row := page.PermissionRow{ID: p.ID, Over: !p.Until.IsZero() && !p.Until.After(now)}
		add := func(key, text string) {
			if text != "" {
				row.Facts = append(row.Facts, page.Pair{Name: w.T("permit." + key), Text: text})
			}
		}
		add("for", purposes(p.For))
		add("to", parties(p.To))
		if len(p.NotTo) > 0 {
			add("notto", parties(p.NotTo))
		}
		add("in", anyOf(w, p.In, "anywhere", w.Country))
		if len(p.NotIn) > 0 {
			add("notin", anyOf(w, p.NotIn, "anywhere", w.Country))
		}
		if !p.Given.IsZero() {
			add("given", w.Day(p.Given))
		}
		if !p.Until.IsZero() {
			add("until", w.Day(p.Until))
		}
		if p.Onward != "" { // nobody knows any more what an erased original was under
			add("onward", w.T("permit.onward."+string(p.Onward)))
		}
		var more []string
		if p.NoDeath {
			more = append(more, w.T("permit.rule.nodeath"))
		}
		if p.Ask {
			more = append(more, w.T("permit.rule.ask"))
		}
		add("rules", strings.Join(more, "; "))
		for _, x := range p.Withdrawals {
			text, all := w.T("permit.withdrawn", w.Day(x.At)), len(x.For)+len(x.To) == 0
			if !all {
				text = w.T("permit.withdrawn.part", w.Day(x.At), purposes(orAny(x.For)), parties(orAny(x.To)))
			}
			row.Over = row.Over || all && !x.At.After(now)
			row.Withdrawn = append(row.Withdrawn, text)
		}
		out = append(out, row)
	}
	return out
}

// anyOf words a list of a permission: one that is empty permits nothing.
func anyOf[T ~string](w *look.Words, list []T, any string, word func(T) string) string {
	if len(list) == 0 {
		return w.T("permit.nothing")
	}
	words := make([]string, len(list))
	for n, x := range list {
		if words[n] = word(x); x == consent.Any {
			words[n] = w.T("permit." + any)
		}
	}
	return strings.Join(words, w.T("permit.sep"))
}

// orAny is a list of a withdrawal: one that is empty takes all back.
func orAny[T ~string](list []T) []T {
	if len(list) == 0 {
		return []T{consent.Any}
	}
	return list
}

// party words a party of a permission, or a class of them.
func party(w *look.Words, s string) string {
	if class, is := strings.CutPrefix(s, "class:"); is {
		return w.Word("use.class.", class)
	}
	return s
}

// handling are the forms by which an item is marked, linked, permitted and released.
func handling(v *visit.Visit, f look.Frame, x heed.ItemView) page.Handling {
	w := v.Words
	h := page.Handling{Permissions: permissionRows(w, x.Permissions, v.H.Now()), Held: x.Held, MayChange: x.MayChange && !x.Erased, MayMark: x.MayMark && !x.Erased, MayHold: x.MayHold && !x.Erased}
	if h.MayChange {
		purposes := []look.Option{{Value: consent.Any, Text: w.T("permit.anypurpose")}}
		for _, p := range consent.Purposes() {
			purposes = append(purposes, look.Option{Value: string(p), Text: w.T("purpose." + string(p))})
		}
		h.Permit = page.PermitForm{ID: f.Field("permit_id"), For: f.Field("permit_for").From(purposes).Of("checkbox"), To: f.Field("permit_to").Area(2), NotTo: f.Field("permit_not_to").Area(2).MayBeEmpty(),
			In: f.Field("permit_in"), NotIn: f.Field("permit_not_in").MayBeEmpty(), Until: f.Field("permit_until").Of("date").MayBeEmpty(),
			Onward: f.Field("permit_onward").From(v.Choices("permit.onward.", "no", "listed", "any")), Rules: f.Field("permit_rules").From(v.Choices("permit.rule.", "nodeath", "ask")).Of("checkbox").MayBeEmpty()}
		var own []look.Option
		for _, p := range x.Permissions {
			if p.ID != "erased" {
				own = append(own, look.Option{Value: p.ID, Text: p.ID})
			}
		}
		h.Withdraw = f.Field("withdraw_id").From(own)
		h.Scope = f.Field("withdraw_scope").From(v.Choices("withdraw.scope.", "one", "all"))
		h.LinkKind = f.Field("link_kind").From(v.Choices("facet.", evidence.LinkKinds()...))
		h.LinkTo = f.Field("link_to")
		var links []look.Option
		for _, l := range x.Links {
			links = append(links, look.Option{Value: l.Kind + ":" + l.To, Text: w.T("facet."+l.Kind) + " · " + l.To})
		}
		h.Unlink = f.Field("unlink").From(links)
	}
	markings := v.Markings()
	if at := slices.IndexFunc(markings, func(o look.Option) bool { return o.Value == x.Marking }); at > 0 { // the one that it has is first
		markings = slices.Insert(slices.Delete(slices.Clone(markings), at, at+1), 0, markings[at])
	}
	h.Marking, h.MarkWhy = f.Field("marking_new").From(markings), f.Field("marking_why")
	var holds []look.Option
	for _, name := range x.Releasable {
		holds = append(holds, look.Option{Value: name, Text: name})
	}
	h.Release, h.ReleaseUnder, h.ReleaseWhy = f.Field("release_hold").From(holds), f.Field("release_authority").As("evidence.authority").MayBeEmpty(), f.Field("release_why").As("reason")
	return h
}

// PermitItem puts a consent or a condition on an item.
func PermitItem(v *visit.Visit) error {
	return onItem(v, "item.permitted", func(id string) error {
		p := consent.Permission{ID: v.Must("permit_id"), To: v.Lines("permit_to"), NotTo: v.Lines("permit_not_to"), In: upper(v.Lines("permit_in")), NotIn: upper(v.Lines("permit_not_in")),
			Until: v.Day("permit_until"), Onward: consent.Onward(v.Text("permit_onward"))}
		for _, x := range v.Form.Values["permit_for"] {
			p.For = append(p.For, consent.Purpose(x))
		}
		p.NoDeath, p.Ask = v.Form.Has("permit_rules", "nodeath"), v.Form.Has("permit_rules", "ask")
		for _, x := range []struct {
			field string
			n     int
		}{{"permit_for", len(p.For)}, {"permit_to", len(p.To)}, {"permit_in", len(p.In)}} { // as they stand on the page
			if x.n == 0 {
				v.Blame(x.field, "error.required.of")
			}
		}
		if v.Bad() {
			return nil
		}
		p.Given = v.H.Now()
		if err := p.Check(); err != nil { // it begins with the member that is wrong
			member, _, _ := strings.Cut(err.Error(), ":")
			return fault.Invalid("permit_"+member, "%w", err)
		}
		return v.H.PermitEvidence(v.R.Context(), v.Who, []string{id}, p)
	}, "id", "permit_id")
}

func upper(all []string) []string {
	for n := range all {
		all[n] = strings.ToUpper(all[n])
	}
	return all
}

// WithdrawItem takes a consent back, on an item or on all that carry it.
func WithdrawItem(v *visit.Visit) error {
	return onItem(v, "item.withdrawn", func(id string) error {
		items := []string{id}
		if v.Text("withdraw_scope") == "all" {
			items = nil
		}
		_, err := v.H.WithdrawConsent(v.R.Context(), v.Who, v.Text("withdraw_id"), items)
		return blamed(err, "withdraw_id")
	})
}

// LinkItem says what an item belongs to.
func LinkItem(v *visit.Visit) error {
	return onItem(v, "item.linked", func(id string) error {
		l := evidence.Link{Kind: v.Text("link_kind"), To: v.Must("link_to")}
		if v.Bad() {
			return nil
		}
		err := blamed(v.H.LinkEvidence(v.R.Context(), v.Who, []string{id}, l), "link_to")
		if fault.Field(err) == l.Kind { // so a link that is no id is called
			err = fault.Invalid("link_to", "%s", fault.Said(err))
		}
		return err
	}, "kind", "link_kind")
}

// UnlinkItem says that an item does not belong to something after all.
func UnlinkItem(v *visit.Visit) error {
	return onItem(v, "item.unlinked", func(id string) error {
		kind, to, _ := strings.Cut(v.Text("unlink"), ":")
		return blamed(v.H.UnlinkEvidence(v.R.Context(), v.Who, id, evidence.Link{Kind: kind, To: to}), "unlink")
	})
}

// blamed makes of what was not found a fault of the field that named it.
func blamed(err error, field string) error {
	if fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	return fault.WithHint(fault.Invalid(field, "%s", fault.Said(err)), fault.Hint(err))
}

// MarkItem marks an item anew.
func MarkItem(v *visit.Visit) error {
	return onItem(v, "item.marked", func(id string) error {
		if v.Who.Purpose = v.Must("marking_why"); v.Bad() {
			return nil
		}
		return v.H.MarkEvidence(v.R.Context(), v.Who, id, v.Text("marking_new"))
	}, "marking", "marking_new", "reason", "marking_why")
}

// ReleaseItem ends a hold that somebody else put on.
func ReleaseItem(v *visit.Visit) error {
	return onItem(v, "item.released", func(id string) error {
		if v.Who.Purpose = v.Must("release_why"); v.Bad() {
			return nil
		}
		return blamed(v.H.ReleaseEvidence(v.R.Context(), v.Who, id, v.Text("release_hold"), v.Text("release_authority")), "release_hold")
	}, "hold", "release_hold", "authority", "release_authority", "reason", "release_why")
}
