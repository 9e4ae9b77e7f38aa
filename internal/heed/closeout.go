package heed

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/mandate"
)

// Why an item would be orphaned tonight.
const (
	WhySuccessor = "successor" // no successor of the plan takes it
	WhyConsent   = "consent"   // nobody permitted that any of them gets it
	WhyKey       = "key"       // one person alone can open it
	WhyFormat    = "format"    // nobody may be able to read it
	WhyStamp     = "stamp"     // its last proof of time ends, and nothing renews it
	WhyDamaged   = "damaged"   // its bytes are not those that were taken in
	WhyMandate   = "mandate"   // it belongs to no mandate: no plan is for it
	WhyReturned  = "returned"  // it was in this node's custody before, and came back
)

// An Orphan is an item that would be orphaned tonight, and why.
type Orphan struct {
	ID  string `json:"id"`
	Why string `json:"why"`
	// Kinds are the reasons by their names; Successor is who would get it all
	// the same, where it is only at risk.
	Kinds     []string `json:"kinds"`
	Successor string   `json:"successor,omitempty"`
}

// A Closeout is what becomes of everything under a mandate if it ends tonight.
// Items is the sum of what each successor gets and of what is unassigned.
type Closeout struct {
	Mandate     string         `json:"mandate"`
	Code        string         `json:"code"`
	Items       int            `json:"items"`
	BySuccessor map[string]int `json:"by_successor"`
	Unassigned  int            `json:"unassigned"`
	Orphans     []Orphan       `json:"orphans"`
	Bytes       int64          `json:"bytes"`
	// Unreceipted are those that a successor would get and has not taken over;
	// Left those that nobody would get and nobody has taken over.
	Unreceipted int `json:"unreceipted"`
	Left        int `json:"left"`
	// NoMandate counts the node's items that belong to no mandate and that
	// nobody took over: no plan is for them.
	NoMandate int      `json:"no_mandate"`
	Outside   []Orphan `json:"no_mandate_items"`
	Entry     int64    `json:"entry,omitempty"` // of the rehearsal

	assigned map[int][]string // by the place of a route in the plan: items
	plan     mandate.Plan
}

// CloseoutPlan works out what becomes of everything under a mandate if it ends
// tonight. Nothing is changed by it.
func (h *Heed) CloseoutPlan(ctx context.Context, who Who, ref string) (out Closeout, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.CloseoutPlan, l.node()); err != nil {
			return err
		}
		out, err = l.closeout(ref)
		return err
	})
	return out, err
}

// closeout partitions the items of a mandate by successor and condition.
func (l *look) closeout(ref string) (out Closeout, err error) {
	m, err := mandate.Get(l.View, ref)
	if err != nil {
		return out, err
	}
	out = Closeout{Mandate: m.ID, Code: m.Code, BySuccessor: map[string]int{}, Orphans: []Orphan{}, assigned: map[int][]string{}}
	if out.plan, err = mandate.PlanOf(l.View, m.ID); err != nil && fault.KindOf(err) != fault.KindNotFound { // none, or its words were erased
		return out, err
	}
	for _, r := range out.plan.Routes {
		out.BySuccessor[r.Name] = 0
	}
	keys, err := evidence.Custodians(l.View)
	if err != nil {
		return out, err
	}
	ending, err := stamp.Ending(l.View, l.now) // of intakes here, and of those of custodians before
	if err != nil {
		return out, err
	}
	back, err := l.returned()
	if err != nil {
		return out, err
	}
	if out.Outside, err = l.outside(); err != nil {
		return out, err
	}
	out.NoMandate = len(out.Outside)
	err = l.eachItem(m.ID, func(i held) error {
		out.Items++
		out.Bytes += i.Size
		o := Orphan{ID: i.ID, Kinds: []string{}}
		var whys []string
		say := func(kind, why string) { o.Kinds, whys = append(o.Kinds, kind), append(whys, why) }
		n, err := l.successor(out.plan, i, say)
		if err != nil {
			return err
		}
		took := n >= 0 && slices.Contains(i.also, out.plan.Routes[n].Peer.Node)
		if !took && l.stuck(i, back, say) {
			n = -1
		}
		out.place(n, took, i, &o)
		l.risks(i, keys, say)
		if at, is, err := l.ends(i.Item, ending); err != nil {
			return err
		} else if is {
			say(WhyStamp, "its last time stamp ends on "+at.Format("2 January 2006")+", and nothing renews it")
		}
		if len(whys) > 0 {
			o.Why = strings.Join(whys, "; ")
			out.Orphans = append(out.Orphans, o)
		}
		return nil
	})
	return out, err
}

// place puts an item in the partition: by its route, or by -1 with nobody.
func (c *Closeout) place(n int, took bool, i held, o *Orphan) {
	if n < 0 {
		c.Unassigned++
		if len(i.also) == 0 {
			c.Left++
		}
		return
	}
	if !took {
		c.Unreceipted++
	}
	o.Successor = c.plan.Routes[n].Name
	c.BySuccessor[o.Successor]++
	c.assigned[n] = append(c.assigned[n], i.ID)
}

// successor finds the first successor whose condition an item fits and to whom
// it may go, and returns its place in the plan, -1 where there is none.
func (l *look) successor(p mandate.Plan, i held, say func(kind, why string)) (int, error) {
	if len(p.Routes) == 0 {
		say(WhySuccessor, "the mandate has no exit plan")
		return -1, nil
	}
	permitted, err := evidence.Permissions(l.View, i.ID)
	if err != nil {
		return -1, err
	}
	thing := mandate.Thing{Marking: i.Marking, Media: i.Type}
	for _, link := range i.Links {
		thing.Links = append(thing.Links, mandate.Link{Kind: link.Kind, To: link.To})
	}
	var refused []string
	for n, r := range p.Routes {
		if !r.Fits(thing) {
			continue
		}
		use, err := l.onward(i.Item, l.useBy(r))
		if err != nil {
			return -1, err
		}
		d := consent.DecideAll(permitted, use)
		if d.Permitted {
			return n, nil
		}
		refused = append(refused, r.Name+": "+d.String())
	}
	if len(refused) == 0 {
		say(WhySuccessor, "no successor of the plan takes it: its condition fits none of them")
	} else {
		say(WhyConsent, "consent does not permit it: "+strings.Join(refused, "; "))
	}
	return -1, nil
}

// stuck says why an item cannot leave, whoever would get it.
func (l *look) stuck(i held, back map[string]bool, say func(kind, why string)) bool {
	if i.Damaged {
		say(WhyDamaged, "it was found damaged and not restored: it cannot be handed over")
	}
	if back[i.ID] {
		say(WhyReturned, "it was in this node's custody before and came back: it cannot be handed on under one chain")
	}
	return i.Damaged || back[i.ID]
}

// returned are the items that came back to this node: the chain of custody by
// which they came has it already. Only what came after the node first offered
// something can be such.
func (l *look) returned() (map[string]bool, error) {
	all, err := transfer.List(l.View)
	if err != nil {
		return nil, err
	}
	first := int64(-1)
	for _, h := range all {
		if h.Way == transfer.Out && (first < 0 || h.Entry < first) {
			first = h.Entry
		}
	}
	all = slices.DeleteFunc(all, func(h transfer.Handover) bool {
		return h.Way != transfer.In || h.Contents == "" || first < 0 || h.Entry < first
	})
	out := map[string]bool{}
	if len(all) == 0 {
		return out, nil
	}
	at, err := transfer.ItemsOf(l.View)
	if err != nil {
		return nil, err
	}
	for _, h := range all {
		c, err := transfer.New(l.h.parts.Blobs).Contents(l.View.Context(), h)
		if err != nil {
			continue // the package that needs it will say so
		}
		for n, line := range c.Items {
			id, here := at[transfer.Came{Handover: h.ID, N: n + 1}]
			if here && slices.ContainsFunc(line.Custody, func(s handover.Segment) bool { return s.Node == l.h.Origin() }) {
				out[id] = true
			}
		}
	}
	return out, nil
}

// useBy is the use for which an item would go to a successor.
func (l *look) useBy(r mandate.Route) consent.Use {
	return consent.Use{For: r.Purpose, By: r.Party(), In: r.State, Death: r.Death, At: l.now}
}

// risks are what puts an item in danger even where somebody would get it.
func (l *look) risks(i held, keys []evidence.Custodian, say func(kind, why string)) {
	holders := map[string]bool{}
	for _, k := range keys {
		if k.Entry < i.Entry {
			holders[k.Holder] = true
		}
	}
	if len(holders) == 0 {
		say(WhyKey, "the node's key alone opens it: nobody else holds a custody key")
	}
	if !readable(i.Type, i.Name) {
		say(WhyFormat, fmt.Sprintf("its format %s is not one that can be read in ten years without its maker", format(i.Type, i.Name)))
	}
}

// lasting are the formats that are published and read by many programs.
var lasting = []string{
	"text/", "image/jpeg", "image/png", "image/gif", "image/tiff", "image/webp", "image/svg+xml", "image/jp2", "application/pdf", "application/json", "application/xml",
	"application/zip", "application/gzip", "application/x-tar", "application/warc", "application/x-ndjson", "application/wacz", "application/mbox", "message/rfc822",
	"audio/mpeg", "audio/wav", "audio/flac", "audio/ogg", "audio/mp4", "audio/aac", "video/mp4", "video/webm", "video/mpeg", "video/x-matroska", "video/quicktime",
	"application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument", "application/rtf", "application/epub+zip",
}

// extensions are those of the same formats, where no type was told.
var extensions = strings.Fields(`.txt .md .csv .tsv .html .htm .xml .json .jsonl .jpg .jpeg .png .gif .tif .tiff .webp .svg .jp2 .pdf .zip .gz .tar .warc .wacz
	.mbox .eml .mp3 .wav .flac .ogg .m4a .aac .mp4 .m4v .webm .mpg .mpeg .mkv .mov .docx .xlsx .pptx .odt .ods .odp .rtf .epub .log`)

// readable tells whether a format is one that lasts.
func readable(media, name string) bool {
	if media == "" || media == "application/octet-stream" {
		return slices.Contains(extensions, strings.ToLower(path.Ext(name)))
	}
	return slices.ContainsFunc(lasting, func(p string) bool { return strings.HasPrefix(media, p) })
}

// format names a format without saying what the file is called.
func format(media, name string) string {
	if media != "" {
		return media
	}
	if ext := path.Ext(name); ext != "" && len(ext) < 12 {
		return "(" + ext + ")"
	}
	return "(not known)"
}

// RehearseCloseout works the plan out and records the result, in numbers.
func (h *Heed) RehearseCloseout(ctx context.Context, who Who, ref string) (Closeout, error) {
	return h.rehearse(ctx, who, ref, false)
}

// rehearse is done by people, and every month by the node, if it was not yet.
func (h *Heed) rehearse(ctx context.Context, who Who, ref string, monthly bool) (Closeout, error) {
	out, err := h.CloseoutPlan(ctx, who, ref) // apart, so that nobody waits for it
	if err != nil {
		return out, err
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.CloseoutPlan, a.node()); err != nil {
			return err
		}
		if monthly {
			stale, err := mandate.Unrehearsed(a.View, a.now)
			if err != nil || !slices.Contains(stale, ref) {
				return err
			}
		}
		e, err := mandate.Rehearsed(a.tx, out.numbers(false))
		out.Entry = e.Index
		return err
	})
	return out, err
}

// numbers is a close-out as its entry has it.
func (c Closeout) numbers(run bool) mandate.Rehearsal {
	r := mandate.Rehearsal{Mandate: c.Mandate, Items: c.Items, Unassigned: c.Unassigned, AtRisk: len(c.Orphans), Whys: map[string]int{}, Run: run}
	for _, o := range append(slices.Clone(c.Orphans), c.Outside...) {
		for _, k := range o.Kinds {
			r.Whys[k]++
		}
	}
	return r
}
