package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
	"github.com/heed-project/heed/votes/wording"
)

type votesSimilarCmd struct {
	voteFiles
	Text    string    `required:"" help:"Title of the draft, or what is to be looked for."`
	Subject string    `help:"Its subject, in the words of the Library."`
	On      time.Time `help:"Look only at roll calls before this day." format:"2006-01-02" placeholder:"DATE"`
	Count   int       `help:"How many to show." default:"10"`
}

// similarText is an earlier text, how it fared, and why it was found.
type similarText struct {
	earlierText
	Part   string       `json:"part,omitempty"`
	Shared []sharedWord `json:"shared"`
	Yes    int          `json:"yes"`
	Ab     int          `json:"abstain"`
	No     int          `json:"no"`
}

type sharedWord struct {
	Word  string  `json:"word"`
	Share float64 `json:"share"`
}

// mostShared is how many words are given as the reason of a match.
const mostShared = 5

// Run looks for earlier texts.
func (c *votesSimilarCmd) Run(r *run) error {
	if c.Count < 1 {
		return errUsage{fmt.Errorf("--count %d: ask for at least one", c.Count)}
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	if !c.On.IsZero() {
		set = set.Until(c.On)
	}
	index := wording.NewIndex()
	for _, d := range position.Drafts(set) {
		index.Add(d.Text)
	}
	text := wording.Read(c.Text, c.Subject, "")
	out := []similarText{}
	for _, match := range index.Near(text, c.Count) {
		out = append(out, c.found(set, index, text, match))
	}
	return r.print(out, func(w io.Writer) {
		if len(out) == 0 {
			fmt.Fprintln(w, "no earlier text has a word of it that says anything")
		}
		for _, x := range out {
			var words []string
			for _, s := range x.Shared {
				words = append(words, s.Word)
			}
			fmt.Fprintf(w, "%.2f  %s  %s %s  yes %d, abstain %d, no %d  %.100s\n      shared: %s\n", x.Similarity, x.Date, x.Resolution, x.Part, x.Yes, x.Ab, x.No, x.Title, strings.Join(words, ", "))
		}
	})
}

func (c *votesSimilarCmd) found(set *votes.Set, index *wording.Index, text wording.Text, match wording.Match) similarText {
	roll, earlier := set.Rolls[match.At], index.Text(match.At)
	t := set.Tally(match.At)
	x := similarText{Part: earlier.Part, Yes: t.Yes, Ab: t.Abstain, No: t.No,
		earlierText: earlierText{roll.Date.Format("2006-01-02"), roll.Resolution, earlier.Title, match.Similarity}}
	for _, s := range index.Compare(text, earlier).Shared {
		if len(x.Shared) < mostShared {
			x.Shared = append(x.Shared, sharedWord{s.Word, s.Share})
		}
	}
	return x
}
