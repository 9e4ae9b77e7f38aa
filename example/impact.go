package example

import (
	"bytes"
	"fmt"
	"time"

	"github.com/heed-project/heed/internal/impact"
)

// planImpact has an analyst ask what a truce changed, before the counts of the
// road are fetched, and run it; a second question waits for its data.
func (b *build) planImpact() {
	first := b.before(300 * 24)
	date := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC)
	var id string
	b.plan(b.before(40*24), func() error {
		a, err := b.h.RegisterImpact(b.ctx, b.who("analyst"), impact.Plan{Situation: b.watched["teshel"].id, Date: date.Format(time.DateOnly), Tool: "Mediation", Expect: impact.Fewer,
			Question: "Did the truce of the hill road lower the number of attacks on it?",
			Measure:  "Truce of the hill road, mediated by the Council of the Straits",
			Data:     "Attacks a month on the hill road, counted by the district clinics",
			Because:  "Both sides signed, and both tax the road.",
			Design:   impact.Design{Method: impact.Series, Time: "month", Outcome: "attacks", Start: date.Format("2006-01"), Family: "quasipoisson"}})
		id = a.ID
		return err
	})
	b.plan(b.before(38*24), func() error {
		_, err := b.h.RunImpact(b.ctx, b.who("analyst"), id, bytes.NewReader(roadCounts(date)))
		return err
	})
	b.plan(b.before(37*24), func() error {
		return b.h.AnswerRival(b.ctx, b.who("analyst2"), id, "instrumentation",
			"Two of the five clinics closed in the month before the truce. They counted one attack in six, so closing them explains a part and not all.")
	})
	b.plan(b.before(9*24), func() error {
		_, err := b.h.RegisterImpact(b.ctx, b.who("analyst2"), impact.Plan{Situation: b.watched["teshel"].id, Date: date.AddDate(0, 6, 0).Format(time.DateOnly), Expect: impact.None,
			Question: "Did the travel ban on the two commanders change anything on the road?",
			Measure:  "Travel ban on two commanders",
			Data:     "Attacks a month on the hill road and on four roads without a ban, counted by the district clinics",
			Because:  "Neither travels.",
			Design:   impact.Design{Method: impact.Control, Time: "month", Outcome: "attacks", Unit: "road", Treated: []string{"hill road"}, Start: date.AddDate(0, 6, 0).Format("2006-01")}})
		return err
	})
}

// roadCounts are invented counts of two years before the truce and nine months
// after it.
func roadCounts(truce time.Time) []byte {
	var b bytes.Buffer
	b.WriteString("month,attacks\n")
	for i := -24; i < 9; i++ {
		n := 22 + (i*i*7+i*3)%9
		if i >= 0 {
			n -= 9
		}
		fmt.Fprintf(&b, "%s,%d\n", truce.AddDate(0, i, 0).Format("2006-01"), n)
	}
	return b.Bytes()
}
