package votes

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ReadUnvotes reads the three files of unvotes: votes (rcid, country,
// country_code, vote), roll calls (rcid, session, importantvote, date, unres,
// amend, para, short, descr) and issues (rcid, short_name, issue), which may be
// nil. Of the roll calls only rcid and date must be there. Absences are left
// out in that form.
// Source: Erik Voeten, Anton Strezhnev, Michael Bailey, United Nations General
// Assembly Voting Data, as packed by David Robinson.
func ReadUnvotes(ballots, rollCalls, issues io.Reader) (*Set, Notes, error) {
	var b Builder
	var notes Notes
	topics, err := readIssues(issues, &notes)
	if err != nil {
		return nil, notes, err
	}
	if err := readRolls(&b, rollCalls, topics, &notes); err != nil {
		return nil, notes, err
	}
	s, err := open("votes", ballots, "rcid", "vote")
	if err != nil {
		return nil, notes, err
	}
	_, named := s.column["country"]
	_, coded := s.column["country_code"]
	if !named && !coded {
		return nil, notes, errors.New(`votes: line 1: there is neither a column "country" nor "country_code"`)
	}
	at, id := -1, ""
	err = s.each(&notes, func() error {
		if rcid := s.get("rcid"); at < 0 || rcid != id {
			found, ok := b.byID[rcid]
			if !ok {
				return fmt.Errorf("roll call %q is not in the file of roll calls", rcid)
			}
			at, id = found, strings.Clone(rcid)
		}
		state := s.state(b.rolls[at].Date)
		if state < 0 {
			return fmt.Errorf("%q (%s) is no Member that is known", s.get("country"), s.get("country_code"))
		}
		p, err := ParsePosition(s.get("vote"))
		if err != nil {
			return err
		}
		b.Vote(at, state, p)
		return nil
	})
	if err != nil {
		return nil, notes, err
	}
	return finish(&b, notes)
}

// state finds the state of a row, by name before code: "NA" is both Namibia
// and nothing.
func (s *sheet) state(day time.Time) int {
	for _, column := range []string{"country", "country_code", "ccode", "iso3c"} {
		if v := s.get(column); v != "" && v != "NA" {
			if i := Find(v, day); i >= 0 {
				return i
			}
		}
	}
	return -1
}

func finish(b *Builder, notes Notes) (*Set, Notes, error) {
	if err := notes.enough(); err != nil {
		return nil, notes, err
	}
	set := b.Set()
	if len(set.Rolls) == 0 {
		return nil, notes, errors.New("votes: there is not one vote on a roll call that is known")
	}
	return set, notes, nil
}

func readIssues(r io.Reader, notes *Notes) (map[string][]string, error) {
	out := map[string][]string{}
	if r == nil {
		return out, nil
	}
	s, err := open("issues", r, "rcid", "short_name")
	if err != nil {
		return nil, err
	}
	return out, s.each(notes, func() error {
		id := strings.Clone(s.get("rcid"))
		out[id] = append(out[id], strings.Clone(s.get("short_name")))
		return nil
	})
}

func readRolls(b *Builder, r io.Reader, topics map[string][]string, notes *Notes) error {
	s, err := open("roll calls", r, "rcid", "date")
	if err != nil {
		return err
	}
	return s.each(notes, func() error {
		day, err := parseDay(s.get("date"))
		if err != nil {
			return err
		}
		id := strings.Clone(s.get("rcid"))
		b.Roll(RollCall{
			ID: id, Body: "UNGA", Session: strings.Clone(s.has("session")), Date: day,
			Resolution: strings.Clone(s.has("unres")), Title: strings.Clone(s.has("descr")), Subject: strings.Clone(s.has("short")),
			Issues: topics[id], Important: truth(s.get("importantvote")), Amendment: truth(s.get("amend")), Paragraph: truth(s.get("para")),
		})
		return nil
	})
}

// ReadLibrary reads the bulk file of the UN Digital Library, in which a row is
// one Member in one vote (undl_id, ms_code, ms_name, ms_vote, date, session,
// resolution, draft, title, agenda_title, subjects …). It lists adopted
// resolutions only, and says who did not vote.
// Source: digitallibrary.un.org, record 4060887 and the terms stated there.
func ReadLibrary(r io.Reader) (*Set, Notes, error) {
	var b Builder
	var notes Notes
	s, err := open("votes", r, "undl_id", "ms_vote", "date")
	if err != nil {
		return nil, notes, err
	}
	at, id := -1, ""
	err = s.each(&notes, func() error {
		if undl := s.get("undl_id"); at < 0 || undl != id {
			day, err := parseDay(s.get("date"))
			if err != nil {
				return err
			}
			id = strings.Clone(undl)
			at = b.Roll(RollCall{
				ID: id, Body: "UNGA", Session: strings.Clone(s.get("session")), Date: day,
				Resolution: strings.Clone(s.get("resolution")), Draft: strings.Clone(s.get("draft")),
				Title: strings.Clone(s.get("title")), Subject: strings.Clone(s.get("subjects")), Agenda: strings.Clone(s.get("agenda_title")),
			})
		}
		day := b.rolls[at].Date
		state := Find(s.get("ms_code"), day)
		if state < 0 {
			state = Find(s.get("ms_name"), day)
		}
		if state < 0 {
			return fmt.Errorf("%q (%s) is no Member that is known", s.get("ms_name"), s.get("ms_code"))
		}
		p, err := ParsePosition(s.get("ms_vote"))
		if err != nil {
			return err
		}
		b.Vote(at, state, p)
		return nil
	})
	if err != nil {
		return nil, notes, err
	}
	return finish(&b, notes)
}

// ReadCouncil reads voting lists of the Human Rights Council, a row for each
// member and text: symbol, date, title, iso3, vote (Y, A, N or X).
func ReadCouncil(r io.Reader) (*Set, Notes, error) {
	var b Builder
	var notes Notes
	s, err := open("votes", r, "symbol", "date", "iso3", "vote")
	if err != nil {
		return nil, notes, err
	}
	err = s.each(&notes, func() error {
		day, err := parseDay(s.get("date"))
		if err != nil {
			return err
		}
		state := Find(s.get("iso3"), day)
		if state < 0 {
			return fmt.Errorf("%q is no Member that is known", s.get("iso3"))
		}
		p, err := ParsePosition(s.get("vote"))
		if err != nil {
			return err
		}
		symbol := strings.Clone(s.get("symbol"))
		b.Vote(b.Roll(RollCall{ID: symbol, Body: "HRC", Date: day, Resolution: symbol, Title: strings.Clone(s.get("title"))}), state, p)
		return nil
	})
	if err != nil {
		return nil, notes, err
	}
	return finish(&b, notes)
}

// A Signature is one state that asked for a special session.
type Signature struct {
	Session string
	State   int    // -1 for observers that are no Members of the United Nations
	Code    string // as it stands in the file
	Member  bool   // of the Council when it signed; an observer does not count
}

// ReadSignatures reads who signed requests for special sessions: session,
// iso3, role (member or observer).
func ReadSignatures(r io.Reader) (out []Signature, notes Notes, err error) {
	s, err := open("signatures", r, "session", "iso3", "role")
	if err != nil {
		return nil, notes, err
	}
	err = s.each(&notes, func() error {
		state := Find(s.get("iso3"), time.Time{})
		role := s.get("role")
		if state < 0 && (role == "member" || len(s.get("iso3")) != 3) {
			return fmt.Errorf("%q is no Member that is known", s.get("iso3"))
		}
		if role != "member" && role != "observer" {
			return fmt.Errorf("role %q is neither member nor observer", role)
		}
		out = append(out, Signature{strings.Clone(s.get("session")), state, strings.Clone(s.get("iso3")), role == "member"})
		return nil
	})
	if err == nil {
		err = notes.enough()
	}
	return out, notes, err
}

// A Count is the published result of a vote without the list of voters.
type Count struct {
	Symbol, Subject string
	Date            time.Time
	Tally           Tally
	Counted         bool // false: the source has no numbers, as of what was adopted without a vote
	Verified        bool // seen in a source, rather than general knowledge
}

// ReadCounts reads published results: symbol, date, subject, yes, no, abstain,
// and a column that begins with evidence, whose value begins with S or K.
func ReadCounts(r io.Reader) (out []Count, notes Notes, err error) {
	s, err := open("counts", r, "symbol", "date", "yes", "no", "abstain")
	if err != nil {
		return nil, notes, err
	}
	evidence := ""
	for c := range s.column {
		if strings.HasPrefix(c, "evidence") {
			evidence = c
		}
	}
	err = s.each(&notes, func() error {
		c := Count{Symbol: strings.Clone(s.get("symbol")), Subject: strings.Clone(s.get("subject")), Verified: strings.HasPrefix(s.get(evidence), "S")}
		day, err := parseDay(s.get("date"))
		if err != nil {
			return err
		}
		c.Date = day
		if c.Counted = s.get("yes")+s.get("no")+s.get("abstain") != ""; !c.Counted {
			out = append(out, c)
			return nil
		}
		if _, err := fmt.Sscan(s.get("yes")+" "+s.get("no")+" "+s.get("abstain"), &c.Tally.Yes, &c.Tally.No, &c.Tally.Abstain); err != nil {
			return fmt.Errorf("yes, no and abstain must be numbers: %w", err)
		}
		out = append(out, c)
		return nil
	})
	if err == nil {
		err = notes.enough()
	}
	return out, notes, err
}
