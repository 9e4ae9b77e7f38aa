package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
)

var day = time.Date(2026, 5, 3, 15, 4, 5, 0, time.FixedZone("", 3*3600))

// told is a report with every part.
func told() report.SubmitInput {
	killed := 3
	return report.SubmitInput{SourceType: "civil-society", Occurred: day, Country: "xaa", Situations: []string{"S-2", "S-1", "S-2"},
		Words: report.Words{Title: "Canary title", Text: " Canary men came\r\nat night. ", Place: "Canary  town", Population: "Canary people", What: []string{"killing"},
			Killed: &killed, KnownBy: "witness", Reference: "Canary-17", Language: "fr", Position: &report.Position{Lat: 12.34567, Lon: 7.65432}},
		Identity: &report.Identity{Name: "Canary Name", Contact: "canary@example.org", FollowUp: true}, Marking: "AMBER+STRICT"}
}

// short is a report of little.
func short(text string) report.SubmitInput {
	return report.SubmitInput{SourceType: "media", Occurred: day, Country: "XAB", Words: report.Words{Text: text}}
}

func (n *node) submit(in report.SubmitInput) (r report.Receipt) {
	n.T.Helper()
	n.Must("P-1", func(tx *record.Tx) (err error) { r, err = report.New(n.Record).Submit(tx, in); return err })
	return r
}

func (n *node) get(id string) (r report.Report) {
	n.T.Helper()
	n.Look(func(v *record.View) (err error) { r, err = report.Get(v, id); return err })
	return r
}

func TestAReportIsWhatWasTold(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		receipt := n.submit(told())
		if receipt.Report != "R-1" || receipt.Repeated || len(receipt.Code) != 24 {
			t.Errorf("receipt %+v", receipt)
		}
		r := n.get("R-1")
		if r.Text != "Canary men came\nat night." || r.Place != "Canary town" || r.Population != "Canary people" || *r.Killed != 3 || r.Position.Lat != 12.34567 ||
			r.Occurred != time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC) || r.Country != "XAA" || r.State != report.Received || r.Actor != "P-1" || r.Channel != "desk" ||
			r.Marking != "AMBER+STRICT" || !slices.Equal(r.Situations, []string{"S-1", "S-2"}) || r.Received.IsZero() || r.Identity == 0 || r.Entry != receipt.Entry {
			t.Errorf("%+v", r)
		}
		photo := report.Attachment{Name: "Canary.jpg", SHA256: strings.Repeat("ab", 32), Size: 10, Type: "image/jpeg"}
		n.Must("P-1", func(tx *record.Tx) error {
			for range 2 {
				if r, err := report.Attach(tx, "R-1", photo); err != nil || !slices.Equal(r.Attachments, []report.Attachment{photo}) || r.Text == "" || r.Entry != receipt.Entry {
					t.Errorf("attached %+v, %v", r, err)
				}
			}
			return nil
		})
		n.Look(func(v *record.View) error {
			h, err := v.History("S-1")
			if err != nil || len(h) != 1 || h[0].Kind != "report.submitted" {
				t.Errorf("the situation's history %v, %v", h, err)
			}
			h, err = v.History("R-1")
			if err != nil || len(h) != 3 || h[2].Kind != "report.attached" {
				t.Errorf("the report's history %v, %v", h, err)
			}
			for _, e := range h {
				if open := string(e.Open); strings.Contains(strings.ToLower(open), "canary") || strings.Contains(open, "12.345") || strings.Contains(open, receipt.Code) {
					t.Errorf("an open part says %s", open)
				}
			}
			return nil
		})
		n.Silent("Canary", "canary", "12.345", receipt.Code, strings.ReplaceAll(receipt.Code, "-", ""))
	})
}

func TestTheFateIsReadWithTheReceipt(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		receipt := n.submit(told())
		n.submit(short("another"))
		n.Must("P-1", func(tx *record.Tx) error {
			if _, err := report.MarkUsed(tx, "R-1", "W-3"); err != nil {
				return err
			}
			if r, err := report.Assess(tx, "R-1", "b", 2, "Canary: fits what the post saw"); err != nil || r.State != report.Used || r.Reliability != "B" || r.Credibility != 2 {
				t.Errorf("assessed %+v, %v", r, err)
			}
			for range 2 { // twice is as once
				if _, err := report.MarkUsed(tx, "R-1", "W-3"); err != nil {
					return err
				}
				if r, err := report.MarkLed(tx, "R-1", "DEC-2"); err != nil || r.State != report.Led {
					t.Errorf("led %+v, %v", r, err)
				}
			}
			r, err := report.Assess(tx, "R-2", "F", 6, "")
			if err != nil || r.State != report.Assessed {
				t.Errorf("assessed %+v, %v", r, err)
			}
			return nil
		})
		n.Look(func(v *record.View) error {
			desk := report.New(n.Record)
			for _, code := range []string{receipt.Code, strings.ToLower(receipt.Code), strings.ReplaceAll(receipt.Code, "-", " ") + "\n"} {
				f, err := desk.Fate(v, code)
				var steps []string
				for _, s := range f.Steps {
					steps = append(steps, strings.TrimSpace(s.State+" "+s.In))
					if s.At.IsZero() {
						t.Errorf("step without a time %+v", s)
					}
				}
				if want := []string{"received", "used W-3", "assessed", "led DEC-2"}; err != nil || f.Report != "R-1" || f.State != report.Led || !slices.Equal(steps, want) {
					t.Errorf("fate %+v, %v", f, err)
				}
			}
			// one letter changed, and a well-formed code of nobody
			wrong := []byte(receipt.Code)
			if wrong[0] = '0'; receipt.Code[0] == '0' {
				wrong[0] = '1'
			}
			if _, err := desk.Fate(v, string(wrong)); fault.Field(err) != "receipt" || fault.Hint(err) == "" {
				t.Errorf("a miscopied code: %v", err)
			}
			if _, err := desk.Fate(v, "0000-0000-0000-0000-0000"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("nobody's code: %v", err)
			}
			r := n.get("R-1")
			if why, err := report.NoteOf(v, r.Assessment); why != "Canary: fits what the post saw" || err != nil {
				t.Errorf("note %q, %v", why, err)
			}
			if !slices.Equal(r.Warnings, []string{"W-3"}) || !slices.Equal(r.Decisions, []string{"DEC-2"}) {
				t.Errorf("%+v", r)
			}
			return nil
		})
		n.Silent("Canary")
	})
}

func TestWhatComesTwiceIsKnown(t *testing.T) {
	again := func(change func(*report.SubmitInput)) report.SubmitInput {
		in := told()
		in.Instance = "uuid:1"
		change(&in)
		return in
	}
	cases := map[string]struct {
		in    report.SubmitInput
		kind  fault.Kind
		field string
	}{
		"the very same":                     {again(func(*report.SubmitInput) {}), fault.KindExists, ""},
		"spaced and written differently":    {again(func(in *report.SubmitInput) { in.Text, in.Reference, in.Instance = "canary MEN came, at night", "", "" }), fault.KindExists, ""},
		"same words of another day":         {again(func(in *report.SubmitInput) { in.Occurred, in.Reference, in.Instance = day.AddDate(0, 0, 1), "", "" }), fault.KindOther, ""},
		"same words of another place":       {again(func(in *report.SubmitInput) { in.Place, in.Reference, in.Instance = "elsewhere", "", "" }), fault.KindOther, ""},
		"same words of another kind":        {again(func(in *report.SubmitInput) { in.SourceType, in.Instance = "embassy", "" }), fault.KindOther, ""},
		"its reference for other words":     {again(func(in *report.SubmitInput) { in.Text, in.Instance = "x", "" }), fault.KindInvalid, "reference"},
		"another's reference, the same":     {again(func(in *report.SubmitInput) { in.Text, in.Instance, in.Origin = "x", "", "AG-2" }), fault.KindOther, ""},
		"an anonymous reference":            {again(func(in *report.SubmitInput) { in.Text, in.Instance, in.SourceType = "x", "", "anonymous" }), fault.KindOther, ""},
		"its instance for other words":      {again(func(in *report.SubmitInput) { in.Text, in.Reference = "x", "" }), fault.KindInvalid, "instance"},
		"same instance, with a reference":   {again(func(in *report.SubmitInput) { in.Reference = "" }), fault.KindExists, ""},
		"same reference, another instance":  {again(func(in *report.SubmitInput) { in.Instance = "uuid:2" }), fault.KindExists, ""},
		"other words, reference, and words": {again(func(in *report.SubmitInput) { in.Text, in.Reference, in.Instance = "x", "y", "z" }), fault.KindOther, ""},
	}
	each(t, func(t *testing.T, n *node) {
		first := told()
		first.Instance = "uuid:1"
		n.submit(first)
		for name, c := range cases {
			var got report.Receipt
			var err error
			n.Try("P-1", func(tx *record.Tx) error {
				got, err = report.New(n.Record).Submit(tx, c.in)
				return fault.Denied("each case begins anew")
			})
			if fault.KindOf(err) != c.kind || fault.Field(err) != c.field || (c.kind == fault.KindOther) != (err == nil) {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
			if c.kind == fault.KindExists && (got.Report != "R-1" || got.Code != "" || !got.Repeated) {
				t.Errorf("%s: repeated %+v", name, got)
			}
		}
		n.Look(func(v *record.View) error {
			if id, err := report.New(n.Record).ByInstance(v, "uuid:1"); id != "R-1" || err != nil {
				t.Errorf("by instance %q, %v", id, err)
			}
			if _, err := report.New(n.Record).ByInstance(v, "uuid:9"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("by no instance: %v", err)
			}
			return nil
		})
	})
}

// TestWhoIsNotSignedInLearnsNothing: a repetition looks like any report.
func TestWhoIsNotSignedInLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		send := func(in report.SubmitInput) (r report.Receipt) {
			if err := n.Do(t.Context(), record.By{}, func(tx *record.Tx) (err error) { r, err = report.New(n.Record).Submit(tx, in); return err }); err != nil {
				t.Fatal(err)
			}
			return r
		}
		in := short("Canary said quietly")
		in.SourceType, in.Instance = "anonymous", "uuid:7"
		a := send(in)
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.MarkUsed(tx, "R-1", "W-3"); return err })
		in.Identity = &report.Identity{Contact: "canary again"}
		b := send(in)
		if a.Report != "R-1" || b.Report != "R-2" || a.Code == b.Code || b.Code == "" || a.Repeated || b.Repeated {
			t.Errorf("%+v, then %+v", a, b)
		}
		other := in
		other.Text = "something else under the same instance"
		if c := send(other); c.Report != "R-3" || c.Repeated {
			t.Errorf("other words %+v", c)
		}
		n.Look(func(v *record.View) error {
			if f, err := report.New(n.Record).Fate(v, b.Code); f.Report != "R-2" || f.State != report.Received || len(f.Steps) != 1 || err != nil {
				t.Errorf("fate %+v, %v", f, err)
			}
			x, err := v.Entry(a.Entry)
			if err != nil {
				return err
			}
			y, err := v.Entry(b.Entry)
			if err != nil {
				return err
			}
			if x.Kind != y.Kind || x.Marking != y.Marking || x.HasSealed() != y.HasSealed() || len(x.Subjects) != len(y.Subjects) {
				t.Errorf("the log, which is public, tells %+v from %+v", x.Header, y.Header)
			}
			all, err := report.List(v, report.Filter{})
			if err != nil || len(all) != 2 {
				t.Errorf("listed %+v, %v", all, err)
			}
			again, err := report.List(v, report.Filter{Repeating: "R-1"})
			if err != nil || len(again) != 1 || again[0].ID != "R-2" || again[0].Identity == 0 {
				t.Errorf("repeating %+v, %v", again, err)
			}
			return nil
		})
		if r := n.get("R-1"); r.Repeats != 1 || r.Actor != "" {
			t.Errorf("%+v", r)
		}
		if r := n.get("R-2"); r.RepeatOf != "R-1" || r.Text != "" {
			t.Errorf("%+v", r)
		}
	})
}

func TestWhatIsErasedCanBeToldAgain(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		first := n.submit(told())
		words, identity := report.Keys("R-1")
		at := n.get("R-1").Identity
		var who report.Identity
		if _, err := n.OpenProtected(t.Context(), record.By{Person: "P-2", Purpose: "to ask for a second account"}, at, &who); err != nil || who.Contact != "canary@example.org" {
			t.Errorf("opened %+v, %v", who, err)
		}
		n.Look(func(v *record.View) error {
			if err := v.Unseal(at, &who); fault.KindOf(err) != fault.KindDenied {
				t.Errorf("read without a purpose: %v", err)
			}
			return nil
		})
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, identity, "her request"); err != nil {
			t.Fatal(err)
		}
		if _, err := n.OpenProtected(t.Context(), record.By{Person: "P-2", Purpose: "again"}, at, &who); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("an erased identity: %v", err)
		}
		if r := n.get("R-1"); r.Erased || r.Text == "" {
			t.Errorf("the words went with the identity: %+v", r)
		}
		n.Sound()
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.Assess(tx, "R-1", "C", 3, "quotes Canary"); return err })
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, words, "her request"); err != nil {
			t.Fatal(err)
		}
		r := n.get("R-1")
		if !r.Erased || r.Text != "" || r.Title != "" || r.Position != nil || r.Country != "XAA" || r.Reliability != "C" {
			t.Errorf("erased %+v", r)
		}
		n.Look(func(v *record.View) error {
			if why, err := report.NoteOf(v, r.Assessment); why != "" || err != nil {
				t.Errorf("the note about her words: %q, %v", why, err)
			}
			if f, err := report.New(n.Record).Fate(v, first.Code); err != nil || len(f.Steps) != 2 {
				t.Errorf("her receipt %+v, %v", f, err)
			}
			return nil
		})
		if again := n.submit(told()); again.Report != "R-2" {
			t.Errorf("told again %+v", again)
		}
		if err := n.Try("P-1", func(tx *record.Tx) error { _, err := report.New(n.Record).Submit(tx, told()); return err }); fault.KindOf(err) != fault.KindExists || !strings.Contains(err.Error(), "R-2") {
			t.Errorf("and a third time: %v", err)
		}
	})
}

func TestListsArePagesOfWhatIsAsked(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.submit(told())
		for i := range 5 {
			in := short(fmt.Sprint("news ", i))
			in.Occurred = day.AddDate(0, 0, -i)
			n.submit(in)
		}
		n.Must("P-1", func(tx *record.Tx) error {
			if _, err := report.Link(tx, "R-2", "S-1"); err != nil {
				return err
			}
			if _, err := report.Link(tx, "R-2", "S-1"); err != nil {
				return err
			}
			if _, err := report.Unlink(tx, "R-1", "S-2"); err != nil {
				return err
			}
			_, err := report.Withdraw(tx, "R-6", "told in error")
			return err
		})
		at := n.get("R-4").Entry
		may := func(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }
		for want, f := range map[string]report.Filter{
			"R-6 R-5 R-4 R-3 R-2 R-1": {},
			"R-6 R-5":                 {Limit: 2},
			"R-3 R-2":                 {Limit: 2, Before: at},
			"R-2 R-1":                 {Situation: "S-1"},
			"":                        {Situation: "S-2"},
			"R-6":                     {State: report.Withdrawn},
			"R-1":                     {SourceType: "civil-society", Country: "XAA"},
			"R-6 R-5 R-4 R-3":         {Unlinked: true},
			"R-4 R-3":                 {From: may(1), To: may(2)},
		} {
			n.Look(func(v *record.View) error {
				all, err := report.List(v, f)
				var ids []string
				for _, r := range all {
					ids = append(ids, r.ID)
				}
				if got := strings.Join(ids, " "); got != want {
					t.Errorf("%+v selects %s, not %s", f, got, want)
				}
				return err
			})
		}
		n.Look(func(v *record.View) error {
			c, err := report.Count(v, report.Filter{Country: "XAB", Limit: 1, Before: at})
			if err != nil || c[report.Received] != 4 || c[report.Withdrawn] != 1 {
				t.Errorf("counts %v, %v", c, err)
			}
			return nil
		})
	})
}

func TestBadInputSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.submit(told())
		n.submit(short("gone"))
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.Withdraw(tx, "R-2", "x"); return err })
		submit := func(change func(*report.SubmitInput)) func(*record.Tx) error {
			return func(tx *record.Tx) error {
				in := short("something new")
				change(&in)
				_, err := report.New(n.Record).Submit(tx, in)
				return err
			}
		}
		minus := -1
		for name, c := range map[string]struct {
			kind  fault.Kind
			field string
			f     func(*record.Tx) error
		}{
			"no such source":   {fault.KindInvalid, "source_type", submit(func(in *report.SubmitInput) { in.SourceType = "spy" })},
			"no such channel":  {fault.KindInvalid, "channel", submit(func(in *report.SubmitInput) { in.Channel = "pigeon" })},
			"no day":           {fault.KindInvalid, "occurred", submit(func(in *report.SubmitInput) { in.Occurred = time.Time{} })},
			"tomorrow":         {fault.KindInvalid, "occurred", submit(func(in *report.SubmitInput) { in.Occurred = time.Now().Add(48 * time.Hour) })},
			"country by name":  {fault.KindInvalid, "country", submit(func(in *report.SubmitInput) { in.Country = "Atlantis" })},
			"nowhere":          {fault.KindInvalid, "place", submit(func(in *report.SubmitInput) { in.Country = "" })},
			"no text":          {fault.KindInvalid, "text", submit(func(in *report.SubmitInput) { in.Text = " \n " })},
			"long text":        {fault.KindInvalid, "text", submit(func(in *report.SubmitInput) { in.Text = strings.Repeat("é", 50_001) })},
			"unprintable":      {fault.KindInvalid, "text", submit(func(in *report.SubmitInput) { in.Text = "a\x00" })},
			"long title":       {fault.KindInvalid, "title", submit(func(in *report.SubmitInput) { in.Title = strings.Repeat("x", 301) })},
			"off the globe":    {fault.KindInvalid, "position", submit(func(in *report.SubmitInput) { in.Position = &report.Position{Lat: 91} })},
			"fewer than none":  {fault.KindInvalid, "killed", submit(func(in *report.SubmitInput) { in.Killed = &minus })},
			"no choice":        {fault.KindInvalid, "what", submit(func(in *report.SubmitInput) { in.What = []string{"<b>"} })},
			"file without sum": {fault.KindInvalid, "attachments", submit(func(in *report.SubmitInput) { in.Attachments = []report.Attachment{{Name: "a"}} })},
			"situation":        {fault.KindInvalid, "situations", submit(func(in *report.SubmitInput) { in.Situations = []string{"north"} })},
			"marking":          {fault.KindInvalid, "marking", submit(func(in *report.SubmitInput) { in.Marking = "TOP" })},
			"reliability":      {fault.KindInvalid, "reliability", func(tx *record.Tx) error { _, err := report.Assess(tx, "R-1", "G", 1, ""); return err }},
			"credibility":      {fault.KindInvalid, "credibility", func(tx *record.Tx) error { _, err := report.Assess(tx, "R-1", "A", 7, ""); return err }},
			"no such report":   {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := report.Assess(tx, "R-9", "A", 1, ""); return err }},
			"withdrawn":        {fault.KindStale, "", func(tx *record.Tx) error { _, err := report.MarkUsed(tx, "R-2", "W-1"); return err }},
			"no warning":       {fault.KindInvalid, "warning", func(tx *record.Tx) error { _, err := report.MarkUsed(tx, "R-1", "x"); return err }},
			"no decision":      {fault.KindInvalid, "decision", func(tx *record.Tx) error { _, err := report.MarkLed(tx, "R-1", "W-1"); return err }},
			"no reason":        {fault.KindInvalid, "reason", func(tx *record.Tx) error { _, err := report.Withdraw(tx, "R-1", ""); return err }},
			"not linked":       {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := report.Unlink(tx, "R-1", "S-9"); return err }},
			"no such instance": {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := report.New(n.Record).ByInstance(tx.View, "x"); return err }},
			"nobody":           {fault.KindInvalid, "identity", func(tx *record.Tx) error { return report.SetIdentity(tx, "R-1", report.Identity{Name: " "}) }},
		} {
			if err := n.Try("P-1", c.f); fault.KindOf(err) != c.kind || fault.Field(err) != c.field {
				t.Errorf("%s: %v (%s, field %q)", name, err, fault.KindOf(err), fault.Field(err))
			}
		}
	})
}

// TestEveryReporterHasAReceipt: whoever tells what somebody else has told gets a
// report and a receipt of her own, once; what she says beside the words stays.
func TestEveryReporterHasAReceipt(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		send := func(person string, in report.SubmitInput) (r report.Receipt, err error) {
			err = n.Do(t.Context(), record.By{Person: person}, func(tx *record.Tx) (err error) { r, err = report.New(n.Record).Submit(tx, in); return err })
			return r, err
		}
		in := short("Canary said twice")
		a, err := send("P-1", in)
		if err != nil {
			t.Fatal(err)
		}
		in.Population = "Canary people"
		b, err := send("P-2", in)
		if err != nil || b.Report == a.Report || b.Code == "" || b.Code == a.Code || b.Repeated {
			t.Fatalf("%+v, then %+v, %v", a, b, err)
		}
		if again, err := send("P-2", in); fault.KindOf(err) != fault.KindExists || again.Report != b.Report || again.Code != "" {
			t.Errorf("her own again: %+v, %v", again, err)
		}
		in.Channel = "csv"
		if again, err := send("P-3", in); fault.KindOf(err) != fault.KindExists || again.Report != a.Report {
			t.Errorf("by a file: %+v, %v", again, err)
		}
		n.Look(func(v *record.View) error {
			r, err := report.Get(v, b.Report)
			if err != nil || r.Population != "Canary people" || r.Text != "" || r.RepeatOf != a.Report {
				t.Errorf("%+v, %v", r, err)
			}
			f, err := report.New(n.Record).Fate(v, b.Code)
			if err != nil || f.Report != b.Report {
				t.Errorf("%+v, %v", f, err)
			}
			return nil
		})
	})
}

// TestAFormSentTwice: the second sending has the answer of the first, and a form
// that was changed is another report.
func TestAFormSentTwice(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		for _, person := range []string{"P-1", ""} {
			send := func(in report.SubmitInput) (r report.Receipt) {
				if err := n.Do(t.Context(), record.By{Person: person}, func(tx *record.Tx) (err error) { r, err = report.New(n.Record).Submit(tx, in); return err }); err != nil {
					t.Fatal(err)
				}
				return r
			}
			in := short("Canary on a form " + person)
			in.Once = "secret of the form " + person
			a, b := send(in), send(in)
			if b.Report != a.Report || b.Code != a.Code || a.Code == "" || a.Repeated || !b.Repeated || b.Entry != a.Entry {
				t.Errorf("%q: %+v, then %+v", person, a, b)
			}
			in.Text += ", changed"
			if c := send(in); c.Report == a.Report || c.Code == a.Code || c.Repeated {
				t.Errorf("%q, changed: %+v", person, c)
			}
			other := short("Canary on a form " + person)
			other.Once = "secret of another form " + person
			if person == "" {
				if d := send(other); d.Report == a.Report || d.Code == a.Code || n.get(d.Report).RepeatOf != a.Report {
					t.Errorf("another's form: %+v", d)
				} else if e := send(other); e.Report != d.Report || e.Code != d.Code {
					t.Errorf("another's form again: %+v, %+v", d, e)
				}
			}
		}
	})
}
