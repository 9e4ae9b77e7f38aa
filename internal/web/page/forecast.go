package page

import (
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
	Chance                   string
	Verdict, Warning, Reason Field
}

// Skill is what forecasts turned out to be worth.
type Skill struct {
	Frame
	Table    Table
	Marks    Table // of the newest score, beside the baselines
	Reliable Table
	Alarms   Table
	Onsets   Table
	Newest   *heed.ForecastRow
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
