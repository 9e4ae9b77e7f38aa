package post

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/fault"
)

// A Calendar is an iCalendar object (RFC 5545) of deadlines.
type Calendar struct {
	Name   string
	Events []Event
}

// An Event is one deadline, or one meeting.
type Event struct {
	UID        string    // never changes: D-12@heed.example.org
	Sequence   int       // grows when the event changes, so that calendars take the change
	Stamp      time.Time // when the event was last changed
	Start, End time.Time // of a deadline, End is zero
	Summary    string
	Text       string
	URL        string
	Category   string
	Cancelled  bool
	Alarms     []time.Duration // how long before Start to remind
}

// WriteCalendar writes a calendar, its times in UTC, so that every reader's
// calendar shows them in his own zone.
func WriteCalendar(w io.Writer, c Calendar) error {
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Heed//Heed//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	if c.Name != "" {
		line("NAME", escape(c.Name)) // RFC 7986
		line("X-WR-CALNAME", escape(c.Name))
	}
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	for _, e := range c.Events {
		if err := e.write(line); err != nil {
			return err
		}
	}
	line("END", "VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func (e Event) write(line func(name, value string)) error {
	if e.UID == "" || e.Summary == "" || e.Stamp.IsZero() || e.Start.IsZero() {
		return fault.Invalid("event", "event %q: an event needs a UID, a summary, a stamp and a start", e.UID)
	}
	if !e.End.IsZero() && e.End.Before(e.Start) {
		return fault.Invalid("event", "event %q ends before it starts", e.UID)
	}
	if strings.ContainsFunc(e.URL, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fault.Invalid("event", "event %q: its URL holds a space or a control character", e.UID)
	}
	line("BEGIN", "VEVENT")
	line("UID", escape(e.UID))
	line("DTSTAMP", utc(e.Stamp))
	line("LAST-MODIFIED", utc(e.Stamp))
	line("SEQUENCE", fmt.Sprint(e.Sequence))
	line("DTSTART", utc(e.Start))
	if !e.End.IsZero() {
		line("DTEND", utc(e.End))
	}
	line("SUMMARY", escape(e.Summary))
	if e.Text != "" {
		line("DESCRIPTION", escape(e.Text))
	}
	if e.URL != "" {
		line("URL", e.URL)
	}
	if e.Category != "" {
		line("CATEGORIES", escape(e.Category))
	}
	status := "CONFIRMED"
	if e.Cancelled {
		status = "CANCELLED"
	}
	line("STATUS", status)
	line("TRANSP", "TRANSPARENT") // a deadline does not make a person busy
	for _, before := range e.Alarms {
		line("BEGIN", "VALARM")
		line("ACTION", "DISPLAY")
		line("DESCRIPTION", escape(e.Summary))
		line("TRIGGER", trigger(before))
		line("END", "VALARM")
	}
	line("END", "VEVENT")
	return nil
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// trigger writes how long before the start an alarm sounds.
func trigger(before time.Duration) string {
	s := int64(before.Abs() / time.Second)
	sign := "-"
	if before < 0 {
		sign = ""
	}
	switch {
	case s%86400 == 0:
		return fmt.Sprintf("%sP%dD", sign, s/86400)
	case s%60 == 0:
		return fmt.Sprintf("%sPT%dM", sign, s/60)
	}
	return fmt.Sprintf("%sPT%dS", sign, s)
}

// escape writes a TEXT value (RFC 5545, 3.3.11). Line ends become \n; control
// characters that the format cannot hold are left out, and so is what is not
// UTF-8.
func escape(s string) string {
	s = strings.ToValidUTF8(s, "") // first: it may part a carriage return from its line feed
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\\' || r == ';' || r == ',':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' && r != '\t' || r == 0x7f:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// widest is how many octets a line may have without its end (RFC 5545, 3.1).
const widest = 75

// fold writes a content line, broken where it is too long, never inside a
// character.
func fold(b *strings.Builder, line string) {
	room := widest
	for len(line) > room {
		n := room
		for n > 0 && !utf8.RuneStart(line[n]) {
			n--
		}
		b.WriteString(line[:n] + "\r\n ")
		line, room = line[n:], widest-1 // the space counts
	}
	b.WriteString(line + "\r\n")
}
