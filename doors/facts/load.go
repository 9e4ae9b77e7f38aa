package facts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var code = regexp.MustCompile(`^[A-Z]{3}$`)

func (f *Facts) readStates(rows map[string][]row) error {
	for _, r := range rows["states.csv"] {
		from, to, err := r.span()
		if err != nil {
			return err
		}
		o, err := r.origin()
		if err != nil {
			return err
		}
		if !code.MatchString(r.cell["iso3"]) {
			return r.fail("iso3", "%q is no code of three capital letters (ISO 3166)", r.cell["iso3"])
		}
		s := State{r.cell["iso3"], r.cell["name"], from, to, o}
		f.States = append(f.States, s)
		f.names[s.ISO3] = append(f.names[s.ISO3], s)
	}
	return nil
}

func (f *Facts) readNeighbours(rows map[string][]row) error {
	for _, r := range rows["neighbours.csv"] {
		near := words(r.cell["near"])
		for _, s := range append([]string{r.cell["iso3"]}, near...) {
			if !f.Known(s) {
				return r.fail("near", "%q is in no row of states.csv", s)
			}
		}
		if slices.Contains(near, r.cell["iso3"]) {
			return r.fail("near", "%s is no neighbour of itself", r.cell["iso3"])
		}
		f.Near[r.cell["iso3"]] = near
	}
	return nil
}

func (f *Facts) readBodies(rows map[string][]row) error {
	for _, r := range rows["bodies.csv"] {
		o, err := r.origin()
		if err != nil {
			return err
		}
		seats, err := r.number("seats")
		if err != nil {
			return err
		}
		b := Body{r.cell["body"], r.cell["name"], r.cell["members"], seats, r.cell["outsiders"] == "yes", r.cell["scope"], o}
		if x := r.cell["outsiders"]; x != "" && x != "yes" && x != "no" {
			return r.fail("outsiders", "%q is neither yes nor no", x)
		}
		f.Bodies[b.Code] = b
	}
	return nil
}

func (f *Facts) readMeasures(rows map[string][]row) error {
	for _, r := range rows["measures.csv"] {
		o, err := r.origin()
		if err != nil {
			return err
		}
		r.evidence(&o)
		f.Measures = append(f.Measures, Measure{
			ID: r.cell["id"], Venue: r.cell["venue"], Name: r.cell["measure"], Who: r.cell["who_can_trigger"],
			Threshold: r.cell["threshold_text"], Rule: r.cell["threshold_rule"], Time: r.cell["typical_time_to_act"],
			Precedents: strings.Trim(r.cell["precedents"], "-"), Since: Always, Origin: o,
		})
	}
	return nil
}

// sourceOf makes a source out of an evidence cell: what follows S, or the words
// that say that there is none yet.
func sourceOf(evidence string) string {
	switch rest := strings.TrimSpace(strings.TrimPrefix(evidence, "S ")); rest {
	case "K", "S":
		return "general knowledge, not yet verified"
	default:
		return rest
	}
}

func (f *Facts) readDoors(rows map[string][]row) error {
	for _, r := range rows["doors.csv"] {
		i := slices.IndexFunc(f.Measures, func(m Measure) bool { return m.ID == r.cell["measure"] })
		if i < 0 {
			return r.fail("measure", "%q is in no row of measures.csv", r.cell["measure"])
		}
		m := &f.Measures[i]
		if c := r.cell["requires"]; c != "" {
			m.Requires, m.RequiresWhy = append(m.Requires, c), append(m.RequiresWhy, r.cell["source"])
		}
		if w := r.cell["window"]; w != "" {
			if m.Window != "" && m.Window != w {
				return r.fail("window", "%s has the window %s already", m.ID, m.Window)
			}
			m.Window = w
		}
		since, err := r.date("since", Always) // a column that older files lack
		if err != nil {
			return err
		}
		if since > m.Since {
			m.Since, m.SinceMark = since, ParseMark(r.cell["mark"])
		}
		if r.cell["requires"] != "" || r.cell["window"] != "" {
			m.Mark = m.Mark.Worse(ParseMark(r.cell["mark"]))
		}
	}
	return nil
}

func (f *Facts) readCalendars(rows map[string][]row) error {
	for _, r := range rows["calendars.csv"] {
		from, to, err := r.span()
		if err != nil {
			return err
		}
		o, err := r.origin()
		if err != nil {
			return err
		}
		f.Sessions = append(f.Sessions, Session{r.cell["body"], r.cell["name"], from, to, r.cell["what"], o})
	}
	slices.SortStableFunc(f.Sessions, func(a, b Session) int {
		return cmp.Or(cmp.Compare(a.Body, b.Body), cmp.Compare(a.From, b.From))
	})
	for _, r := range rows["holidays.csv"] {
		day, err := r.date("day", 0)
		if err != nil {
			return err
		}
		if r.cell["place"] == "New York" {
			f.Holidays[day] = r.cell["name"]
		}
	}
	return nil
}

func (f *Facts) readVetoes(rows map[string][]row) error {
	for _, r := range rows["vetoes.csv"] {
		day, err := r.date("day", 0)
		if err != nil {
			return err
		}
		debated, err := r.date("debated", 0)
		if err != nil {
			return err
		}
		if debated != 0 && debated < day {
			return r.fail("debated", "the debate is before the veto")
		}
		o, err := r.origin()
		if err != nil {
			return err
		}
		v := Veto{day, r.cell["draft"], words(r.cell["situations"]), words(r.cell["by"]), debated, r.cell["note"], o}
		for _, s := range append(slices.Clone(v.Situations), v.By...) {
			if !f.Known(s) {
				return r.fail("situations", "%q is in no row of states.csv", s)
			}
		}
		f.Vetoes = append(f.Vetoes, v)
	}
	slices.SortStableFunc(f.Vetoes, func(a, b Veto) int { return cmp.Compare(a.Day, b.Day) })
	return nil
}

func (f *Facts) readStanding(rows map[string][]row) error {
	for _, r := range rows["situations.csv"] {
		from, to, err := r.span()
		if err != nil {
			return err
		}
		o, err := r.origin()
		if err != nil {
			return err
		}
		if !f.Known(r.cell["iso3"]) {
			return r.fail("iso3", "%q is in no row of states.csv", r.cell["iso3"])
		}
		f.Standing = append(f.Standing, Standing{r.cell["kind"], r.cell["iso3"], from, to, r.cell["name"], r.cell["note"], o})
	}
	return nil
}

func (f *Facts) readSpells(rows map[string][]row) error {
	standings := words("member permanent observer suspended")
	for _, r := range rows["members"] {
		from, to, err := r.span()
		if err != nil {
			return err
		}
		o, err := r.origin()
		if err != nil {
			return err
		}
		s := Spell{r.cell["body"], r.cell["iso3"], from, to, r.cell["standing"], r.cell["note"], o}
		if !f.Known(s.State) {
			return r.fail("iso3", "%q is in no row of states.csv", s.State)
		}
		if !slices.Contains(standings, s.Standing) && s.Standing != "reservation IX" {
			return r.fail("standing", "%q is none of %s, reservation IX", s.Standing, strings.Join(standings, ", "))
		}
		if f.Spells = append(f.Spells, s); s.seated() && s.To == Forever {
			f.open[s.Body]++
		} else if s.seated() {
			f.ended[s.Body]++
		}
		f.index[[2]string{s.Body, s.State}] = append(f.index[[2]string{s.Body, s.State}], s)
	}
	return nil
}

// list splits a cell at semicolons.
func list(s string) (out []string) {
	for part := range strings.SplitSeq(s, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (f *Facts) readPlays(rows map[string][]row) error {
	for _, r := range rows["objectives.csv"] {
		o, err := r.origin()
		if err != nil {
			return err
		}
		f.Aims = append(f.Aims, Objective{r.cell["objective"], r.cell["title"], list(r.cell["wants"]), o})
	}
	for _, r := range rows["plays.csv"] {
		o, err := r.origin()
		if err != nil {
			return err
		}
		days, err := r.number("days")
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Measures, func(m Measure) bool { return m.ID == r.cell["measure"] }) {
			return r.fail("measure", "%q is in no row of measures.csv", r.cell["measure"])
		}
		f.Plays = append(f.Plays, Play{
			ID: r.cell["play"], Measure: r.cell["measure"], Title: r.cell["title"], Objectives: list(r.cell["objectives"]),
			Gives: list(r.cell["gives"]), Needs: list(r.cell["needs"]), Days: days, Creative: r.cell["creative"] == "yes", Precedent: r.cell["precedent"], Origin: o,
		})
	}
	return nil
}
