package page

import (
	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
)

// Forecasts is the board of movers, and what waits to be judged.
type Forecasts struct {
	Frame
	Issued, Before insight.Issued
	Movers         Table
	Drafts         []ForecastDraft
	Outcome        Field
}

// A ForecastDraft is a draft that a forecast opened, with the form to judge it.
type ForecastDraft struct {
	Row                      heed.ForecastOpened
	Chance, Month            string
	Verdict, Warning, Reason Field
}

// Skill is what forecasts turned out to be worth.
type Skill struct {
	Frame
	Table  Table
	Onsets Table
	Newest *ScoredForecast // nil before the first is scored
}

// Worth is what one forecast turned out to be worth.
type Worth struct {
	Frame
	Scored ScoredForecast
}

// A ScoredForecast is the newest score of a forecast: beside the baselines, by
// country, and how well it was calibrated.
type ScoredForecast struct {
	Row           heed.ForecastRow
	Score         insight.Scored
	Title, Months string
	Better, Worse int // countries, than conflictology
	Marks         Table
	Spread        *chart.Histogram // nil in scores before it was kept
	PIT           Table
	Balance       *chart.Balance // nil where nothing differs
	Areas         Table
	Reliable      Table
	Alarms        Table
}

// Tables are the tables that have an address of their own.
func (s *ScoredForecast) Tables() []*Table {
	return []*Table{&s.Marks, &s.PIT, &s.Areas, &s.Reliable, &s.Alarms}
}

// SituationForecast is what a forecast says of the country of a situation.
type SituationForecast struct {
	Frame
	Row       heed.SituationForecast
	Fan       Series
	Cells     Table
	Sentences []string
	Drivers   []string
	Fusion    *Fused
	SkillText string
	Drafts    []ForecastDraft
	Outcome   Field
	MayWarn   bool
}

// Fused is a forecast joined with an assessment, in words.
type Fused struct {
	Sentence, Sensitivity string
	Bound                 bool
	Factors               Table
}
