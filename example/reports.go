package example

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
)

// words are the sentences of which texts are put together.
type words struct {
	EN        language            `json:"en"`
	FR        language            `json:"fr"`
	AR        language            `json:"ar"`
	Judged    map[string][]string `json:"judged"`
	Done      map[string][]string `json:"done"` // answers by key of duty
	Summary   []string            `json:"summary"`
	Review    []string            `json:"review"`
	Note      []string            `json:"note"`
	Ack       []string            `json:"ack"`
	Incidents []string            `json:"incidents"`
}

// language holds the sentences of reports in one language.
type language struct {
	Themes map[string]theme    `json:"themes"`
	Known  map[string][]string `json:"known"` // by type of source
}

type theme struct{ Titles, Openings, Details []string }

// sources are the types of source, and who brings their reports to the desk.
// All have equal standing: each is drawn as often.
var sources = [...]struct{ kind, by string }{
	{"embassy", "ennivar"}, {"un-field", "rights"}, {"regional", "council"}, {"civil-society", "lantern"}, {"media", "duty"}, {"anonymous", ""},
	{"embassy", "vardune"}, {"un-field", "coordinator"}, {"regional", "council"}, {"civil-society", "names"}, {"media", "analyst2"}, {"anonymous", ""},
	{"civil-society", "lantern2"}, {"embassy", "ennivar"}, {"un-field", "rights"}, {"regional", "council"}, {"media", "duty"}, {"anonymous", ""},
}

// themes are what reports are about, by how bad it is.
var themes = [...][]string{
	1: {"calm", "calm", "speech", "detention", "blockade"},
	2: {"speech", "speech", "detention", "calm", "blockade", "militia"},
	3: {"speech", "militia", "detention", "displacement", "blockade", "denial"},
	4: {"militia", "displacement", "attack", "detention", "blockade", "denial"},
	5: {"attack", "displacement", "attack", "militia", "blockade", "denial"},
}

// known are the choices of the form for how a source knows.
var known = map[string]string{"embassy": "witness", "un-field": "witness", "regional": "seen", "civil-society": "witness", "media": "told", "anonymous": "seen"}

// planReports has reports come in for each situation, more of them where it is
// worse, and most of them assessed within days.
func (b *build) planReports() {
	n := 0
	for _, s := range b.world.Situations {
		w := b.watched[s.Key]
		until := max(s.Closed, 0)
		for i := range s.Reports {
			ago := b.when(s, until, float64(i)/float64(s.Reports))
			if i < 4 {
				ago = s.Open - 2 - 5*float64(i) - b.rng.Float64() // what it was opened for
			}
			n++
			k := n
			b.plan(b.before(ago*24), func() error { return b.report(w, k) })
		}
	}
}

// when draws the day of the report that stands at a share of all: evenly, and
// then once more in the part in which it is worse.
func (b *build) when(s situation, until, share float64) float64 {
	from := s.Open - 2
	if h := len(s.Heat); h > 1 && b.rng.IntN(2) == 0 {
		i := 1 + b.rng.IntN(h-1)
		end := until
		if i+1 < h {
			end = s.Heat[i+1][0]
		}
		return s.Heat[i][0] - b.rng.Float64()*(s.Heat[i][0]-end)
	}
	return from - share*(from-until) - b.rng.Float64()
}

// report has one report come in, and plans that somebody assesses it.
func (b *build) report(w *watched, n int) error {
	src := sources[n%len(sources)]
	ago := b.daysAgo()
	heat := w.heat(ago)
	in := heed.ReportInput{SourceType: src.kind, Occurred: b.at.Add(-b.hours(2, 60)), Country: w.Country, Channel: channel(src.kind, n)}
	if in.Country == "" {
		in.Country = w.ReportsFrom
	}
	where := b.place(w, b.rng.IntN(len(w.Places)))
	in.Place = where.name
	in.Position = &report.Position{Lat: round(where.lat + (b.rng.Float64()-0.5)/20), Lon: round(where.lon + (b.rng.Float64()-0.5)/20), Accuracy: float64(b.between(5, 400))}
	in.Population = w.Populations[b.rng.IntN(len(w.Populations))]
	in.KnownBy = known[src.kind]
	topic := one(b, themes[max(1, heat)])
	b.write(&in, src.kind, topic)
	in.Marking = w.Marking
	if n%5 == 0 && (src.kind == "civil-society" || src.kind == "anonymous") {
		in.Identity = &report.Identity{Name: "Source " + strconv.Itoa(n), Contact: "source-" + strconv.Itoa(n) + "@exercise.example",
			Safety: "Write only on weekdays, before noon. Do not call.", FollowUp: n%2 == 0}
	}
	who := b.who(src.by)
	if src.by == "" {
		who = heed.Who{Via: "web", At: b.at}
	}
	got, err := b.h.AddReport(b.ctx, who, in)
	if fault.KindOf(err) == fault.KindExists {
		return nil // two sources wrote the same words: the desk has them once
	}
	if err != nil {
		return err
	}
	b.sum.Reports++
	if in.Identity != nil {
		b.sealed = append(b.sealed, got.Report)
	}
	wait := b.hours(1, 50)
	if heat >= 4 {
		wait = b.hours(0.3, 8)
	}
	if n%23 == 7 && ago > 3 && len(w.assessed) > 1 {
		wait += 40 * day // one that lay too long on somebody's desk
	}
	b.plan(b.at.Add(wait), func() error { return b.judge(w, got.Report, n, heat) })
	return nil
}

// judge assesses a report and links it, or sets it aside.
func (b *build) judge(w *watched, id string, n, heat int) error {
	by := w.Analyst
	if n%7 == 3 {
		by = "duty"
	}
	if n%61 == 17 && len(w.assessed) > 1 {
		return b.h.WithdrawReport(b.ctx, b.who(w.Analyst), id, "The source took it back: it had been told about another village, and another year.")
	}
	if w.Closed > 0 && b.daysAgo() < w.Closed {
		return nil
	}
	words, reliability, credibility := "good", "B", 2
	switch d := b.rng.IntN(10); {
	case d < 3:
		reliability, credibility = "A", 1
	case d < 6:
	case d < 8, len(w.assessed) < 2:
		words, reliability, credibility = "fair", "C", 3
	default:
		words, reliability, credibility = "poor", "F", 4+b.rng.IntN(3)
	}
	err := b.h.AssessReport(b.ctx, b.who(by), id, reliability, credibility, w.id, one(b, b.words.Judged[words]))
	if err == nil && credibility <= 3 {
		w.assessed = append(w.assessed, id)
	}
	return err
}

// channel is how a report comes.
func channel(kind string, n int) string {
	switch {
	case kind == "anonymous":
		return "web"
	case kind == "un-field" && n%2 == 0, kind == "civil-society" && n%3 == 0:
		return "field"
	case n%4 == 0:
		return "api"
	}
	return "desk"
}

// write puts the words of a report together, most in English.
func (b *build) write(in *heed.ReportInput, kind, topic string) {
	lang, l := "en", b.words.EN
	switch d := b.rng.IntN(10); {
	case d >= 9:
		lang, l = "ar", b.words.AR
	case d >= 7:
		lang, l = "fr", b.words.FR
	}
	t := l.Themes[topic]
	fill := strings.NewReplacer("{place}", in.Place, "{pop}", within(in.Population), "{n}", strconv.Itoa(b.between(2, 9)),
		"{m}", strconv.Itoa(10*b.between(2, 30)), "{spot}", one(b, b.world.Places))
	in.Language = lang
	in.Title = fill.Replace(one(b, t.Titles))
	sentences := []string{fill.Replace(one(b, t.Openings)), fill.Replace(one(b, t.Details)), one(b, l.Known[kind])}
	if b.rng.IntN(3) == 0 {
		sentences = append(sentences, fill.Replace(one(b, t.Details)))
		if sentences[3] == sentences[1] {
			sentences = sentences[:3]
		}
	}
	in.Text = strings.Join(sentences, " ")
	switch topic {
	case "attack":
		n := b.between(1, 9)
		in.Killed, in.What = &n, []string{"killing"}
	case "displacement":
		in.What = []string{"displacement"}
	case "detention":
		in.What = []string{"detention"}
	case "speech":
		in.What = []string{"incitement"}
	}
}

// peoples are first words of a population's name that are names themselves.
const peoples = "Teshi Halvi Ruo-speaking Quell Lantern Salt"

// within is a population's name within a sentence.
func within(population string) string {
	first, rest, _ := strings.Cut(population, " ")
	if strings.Contains(peoples, first) {
		return population
	}
	return strings.ToLower(first) + " " + rest
}

// round keeps four places of a degree, some ten metres.
func round(degrees float64) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(degrees, 'f', 4, 64), 64)
	if err != nil {
		return degrees
	}
	return f
}
