package protocol

import (
	"slices"
	"testing"
)

func TestDiffSaysWhatChanges(t *testing.T) {
	old := small(t)
	if d := Diff(old, old); len(d) != 0 {
		t.Errorf("a protocol differs from itself: %q", d)
	}
	for _, x := range []struct {
		replace []string
		want    []string
	}{
		{[]string{"# The smallest", "# A very small"}, nil},
		{[]string{"allowed: 14 days", "allowed: 10 days"}, []string{
			"At level 4, the time allowed for report is 10 days instead of 14 days.",
			"At level 5, the time allowed for report is 10 days instead of 14 days."}},
		{[]string{"levels: [4, 5]", "levels: 5"}, []string{
			"At level 4, the time allowed for speak is none instead of 2 working hours in new-york."}},
		{[]string{"ladder: down-and-up", "ladder: {1-4: down-and-up, 5: short}"}, []string{
			"At level 5, a lapse of decide climbs ladder short instead of down-and-up."}},
		{[]string{"    four-eyes: director\n", "    four-eyes: minister\n", "refusal: nobody", "refusal: director"}, []string{
			"In acknowledge, the role that may refuse is director instead of nobody.",
			"In speak, the second person is minister instead of director."}},
		{[]string{"    community: true\n", ""}, []string{"In decide, the set of marks is decides instead of community, decides."}},
		{[]string{"    after: [decide]\n    clock: gate\n", "    after: [decide]\n"}, []string{"In report, the start of the clock is the opening instead of the gate."}},
		{[]string{"  speak:\n", "  say:\n"}, []string{"The duty speak is gone.", "The duty say is new."}},
		{[]string{"what: Say who has read it.", "what: Say who read it."}, []string{"The wording of acknowledge has changed."}},
		{[]string{"07-04: Independence", "07-05: Independence"}, []string{"The calendar new-york has changed."}},
		{[]string{"civil-society: [3, 4-5]", "civil-society: 1-5"}, []string{"The standing to open of civil-society has changed."}},
		{[]string{"top: {rungs: [{role: minister, after: 1 working day}]}", "top: {rungs: [{role: minister, after: 2 working days}]}"}, []string{"The ladder top has changed."}},
		{[]string{"by: Dia", "by: Eva"}, []string{"The role director has changed."}},
		{[]string{"agreed-by: [minister]", "agreed-by: [mission]"}, []string{"What closes the protocol has changed."}},
		{[]string{"id: small", "id: tiny"}, []string{"It is another protocol: tiny instead of small."}},
	} {
		p, err := Parse(edit(t, x.replace...))
		if err != nil {
			t.Fatal(err)
		}
		if got := Diff(old, p); !slices.Equal(got, x.want) {
			t.Errorf("%q:\n got %q\nwant %q", x.replace, got, x.want)
		}
	}
}
