// Package wording compares the texts that roll calls were taken on.
//
// The record of a vote does not hold the text that was voted on. It holds a
// title, or what the President said when the question was put, in the styles
// of eight decades. Read takes out of that what the vote was about: the title
// of the whole, the paragraph if it was one, whether it was a motion or an
// amendment. An Index then finds earlier texts by the cosine of their words,
// each weighted by how rare it is among the texts before.
//
//	ix := wording.NewIndex()
//	ix.Add(wording.Read(title, subject, "")) // once for each text, in order of date
//	near := ix.Near(wording.Read(draft, "", ""), 20)
//
// Promises: what an Index answers depends only on the texts that were added
// before, so whoever adds a text after asking has looked at nothing that came
// later. A similarity of 1 is the same set of words.
//
// Sources: G. Salton and C. Buckley, Term-weighting approaches in automatic
// text retrieval, 1988. Spelling mistakes of the sources are not corrected;
// rare words of three letters and more are compared without their plural s.
package wording

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A Text is what a vote was about.
type Text struct {
	Title     string   // of the whole, cleaned
	Part      string   // the paragraph, "operative 5"; empty for a whole
	Amendment bool     // a change that was proposed
	Motion    bool     // a question of procedure
	Words     []string // distinct words of the title, sorted
	Heading   []string // distinct words of the subject that are not in the title
}

var (
	tail       = regexp.MustCompile(`(?i)\s*[:;,]?\s*:?\s*(revised )?(draft )?(resol\w*|decision)\s*(/|\badopted\b|\bsubmitted\b|$).*$`)
	entitled   = regexp.MustCompile(`(?i)entitled\s*["“_]?\s*([^"”<]{6,300}?)\s*(["”<]|\.\s|\.$|$)`)
	spoken     = regexp.MustCompile(`(?i)\b(president|put to the vote|recorded vote|now take a decision|the assembly (has|will))\b`)
	paragraphs = regexp.MustCompile(`(?i)\b(operative|preambular)\s*(?:paragraphs?|parag\w*)\.?\s*([0-9]{1,2})?`)
	ordinal    = regexp.MustCompile(`(?i)\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last|penultimate)\b[^.]{0,60}\bpreambular`)
	amending   = regexp.MustCompile(`(?i)\bamendments?\b`)
	motion     = regexp.MustCompile(`(?i)\b(no action|motion|adjourn\w*|rule 7[0-9]|competence)\b`)
	mark       = regexp.MustCompile(`<[0-9a-f]{2}>`)
)

// Read takes a text out of what the source says: what stands as its title,
// the librarian's subject, and the title of the whole if that is known from
// another roll call on the same resolution.
func Read(title, subject, whole string) Text {
	said := mark.ReplaceAllString(title, " ")
	t := Text{Title: clean(said)}
	if spoken.MatchString(said) {
		end := said
		if len(end) > 700 {
			end = end[len(end)-700:] // the question is put at the end
		}
		t.Part, t.Amendment, t.Motion = part(end), amending.MatchString(end), motion.MatchString(end)
		t.Title = quoted(said)
	} else if len(said) > 0 {
		t.Part = part(said)
		t.Amendment = strings.HasPrefix(strings.ToUpper(said), "TO ADOPT") && amending.MatchString(said)
	}
	if whole != "" && (t.Part != "" || t.Title == "" || spoken.MatchString(said)) {
		t.Title = clean(mark.ReplaceAllString(whole, " "))
	}
	t.Words = words(t.Title)
	for _, w := range words(subject) {
		if _, twice := slices.BinarySearch(t.Words, w); !twice {
			t.Heading = append(t.Heading, w)
		}
	}
	return t
}

// clean cuts off what the librarian added to a title.
func clean(s string) string {
	return strings.TrimSpace(tail.ReplaceAllString(strings.Join(strings.Fields(s), " "), ""))
}

// quoted returns the title that was read out last, or the last sentences.
func quoted(s string) string {
	if all := entitled.FindAllStringSubmatch(strings.ReplaceAll(s, "_", "“"), -1); len(all) > 0 {
		return strings.TrimSpace(all[len(all)-1][1])
	}
	if len(s) > 300 {
		s = s[len(s)-300:]
	}
	return strings.TrimSpace(s)
}

// part names the paragraph that a question is about.
func part(s string) string {
	all := paragraphs.FindAllStringSubmatch(s, -1)
	if len(all) == 0 {
		return ""
	}
	last := all[len(all)-1]
	name := strings.ToLower(last[1])
	if last[2] != "" {
		return name + " " + last[2]
	}
	if o := ordinal.FindAllStringSubmatch(s, -1); len(o) > 0 {
		return name + " " + strings.ToLower(o[len(o)-1][1])
	}
	return name
}

// idle are words that say nothing about a text.
var idle = []string{
	"all", "and", "any", "are", "from", "for", "has", "into", "its", "not", "other", "that", "the", "their", "this", "which", "with", "resolution", "adopted",
	"general", "assembly", "draft", "united", "nation", "adopt", "resol", "vote", "recorded", "president", "acting", "committee", "paragraph", "operative", "now", "put",
}

func words(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if len(w) > 4 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
			w = w[:len(w)-1]
		}
		if len(w) > 2 && !slices.Contains(idle, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// An Index finds texts among those that were added to it.
type Index struct {
	texts  []Text
	byWord map[string][]int32
	norms  []float64 // at the number of texts in fresh
	fresh  int
}

// NewIndex returns an empty index.
func NewIndex() *Index { return &Index{byWord: map[string][]int32{}} }

// Len returns how many texts the index holds.
func (ix *Index) Len() int { return len(ix.texts) }

// Text returns a text by its place.
func (ix *Index) Text(i int) Text { return ix.texts[i] }

// Add adds a text and returns its place.
func (ix *Index) Add(t Text) int {
	at := len(ix.texts)
	ix.texts = append(ix.texts, t)
	for _, list := range [][]string{t.Words, t.Heading} {
		for _, w := range list {
			ix.byWord[w] = append(ix.byWord[w], int32(at))
		}
	}
	return at
}

// subjectWeight is what a word of the heading counts beside one of the title.
const subjectWeight = 0.35

// weight says how rare a word is.
func (ix *Index) weight(w string) float64 {
	return math.Log(float64(len(ix.texts)+2)/float64(len(ix.byWord[w])+1)) + 0.3
}

// norm returns the length of a text's vector.
func (ix *Index) norm(t Text) float64 {
	sum := 0.0
	for _, w := range t.Words {
		x := ix.weight(w)
		sum += x * x
	}
	for _, w := range t.Heading {
		x := ix.weight(w) * subjectWeight
		sum += x * x
	}
	return math.Sqrt(sum)
}

// refresh computes the lengths anew when the index has grown by a twentieth.
func (ix *Index) refresh() {
	if len(ix.texts) > ix.fresh+ix.fresh/20+50 || len(ix.norms) == 0 {
		ix.norms, ix.fresh = ix.norms[:0], len(ix.texts)
	}
	for i := len(ix.norms); i < len(ix.texts); i++ {
		ix.norms = append(ix.norms, ix.norm(ix.texts[i]))
	}
}

// A Match is an earlier text and how similar it is, 0 to 1.
type Match struct {
	At         int
	Similarity float64
}

// Near returns the most similar texts, best first, at most n.
func (ix *Index) Near(t Text, n int) []Match {
	ix.refresh()
	length := ix.norm(t)
	if length == 0 || len(ix.texts) == 0 {
		return nil
	}
	dot := make([]float64, len(ix.texts))
	add := func(w string, mine float64) {
		x := ix.weight(w)
		for _, at := range ix.byWord[w] {
			theirs := 1.0
			if _, title := slices.BinarySearch(ix.texts[at].Words, w); !title {
				theirs = subjectWeight
			}
			dot[at] += x * x * mine * theirs
		}
	}
	for _, w := range t.Words {
		add(w, 1)
	}
	for _, w := range t.Heading {
		add(w, subjectWeight)
	}
	var out []Match
	for at, d := range dot {
		if d > 0 && ix.norms[at] > 0 {
			if sim := min(1, d/(length*ix.norms[at])); sim > 0.05 {
				out = append(out, Match{at, sim})
			}
		}
	}
	slices.SortFunc(out, func(a, b Match) int {
		switch {
		case a.Similarity > b.Similarity+1e-9:
			return -1
		case b.Similarity > a.Similarity+1e-9:
			return 1
		}
		return b.At - a.At // of two alike the later
	})
	return out[:min(n, len(out))]
}
