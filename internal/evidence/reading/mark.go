package reading

import (
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/evidence/frames"
	"github.com/heed-project/heed/internal/evidence/near"
)

// Mark looks at the picture, or at the frames of the film, and at the words that were
// read, and keeps what finds others that are nearly the same.
func (r *Reading) Mark(data []byte, eye frames.Eye) {
	marks, notes := frames.Look(data, r.Orientation(), eye)
	for _, n := range notes {
		r.note("%s", n)
	}
	r.Marks = marks
	if r.Kind == "unknown" && !marks.Empty() {
		r.Kind = map[bool]string{true: "film", false: "picture"}[marks.Film]
	}
	r.MarkWords()
}

// captions are the fields in which somebody says what a picture shows.
var captions = []string{"description", "caption", "headline", "comment", "title", "subject"}

// MarkWords is Mark for the words alone: those of the text, or of what a picture says
// of itself.
func (r *Reading) MarkWords() {
	text := r.Text
	if text == "" {
		for _, f := range r.Fields {
			name := strings.ToLower(f.Name)
			if slices.ContainsFunc(captions, func(c string) bool { return strings.Contains(name, c) }) {
				text += f.Value + "\n"
			}
		}
	}
	var words []string
	for _, w := range split(text) {
		words = append(words, w.text)
	}
	kept := near.Words(words)
	if kept == nil {
		return
	}
	if r.Marks == nil {
		r.Marks = &near.Marks{}
	}
	r.Marks.Words = kept
}

// Orientation is how a photograph is to be turned, as it says itself: what EXIF says,
// 1 to 8, or 0 where it says nothing.
func (r *Reading) Orientation() int {
	for _, f := range r.Fields {
		if f.Name == "exif.Orientation" {
			n, err := strconv.Atoi(f.Value)
			if err == nil && n >= 1 && n <= 8 {
				return n
			}
		}
	}
	return 0
}
