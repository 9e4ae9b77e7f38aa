package example

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// material is what is taken in during the exercise: invented files about the
// fictional region.
type material struct {
	ago       float64 // days before the present
	by        string
	situation int // index of the situation it is about
	authority string
	note      string
	files     []file
}

type file struct{ name, text string } // a text "" is a drawn picture

var materials = []material{
	{45, "custodian", 0, "Provisional: preservation at the request of the field presence, before any mandate", "Handed over on a memory card at the border post.",
		[]file{{"well-keeper-notebook.txt", "Day 3. The trucks came before light. I counted eleven. The well at the ford is closed.\n"},
			{"bridge-morning.png", ""}, {"bridge-evening.png", ""}, {"list-of-families.csv", "house,people,left\n1,6,yes\n2,4,yes\n3,7,no\n"}}},
	{20, "custodian", 1, "Order of the office of 3 May on the preservation of material", "Received by post, one envelope.",
		[]file{{"radio-log.txt", "06:10 carrier wave. 06:12 the word is given twice. 06:15 silence.\n"}, {"market-square.png", ""}}},
	{6, "custodian", 0, "Order of the office of 3 May on the preservation of material", "",
		[]file{{"clinic-register.txt", "Nine admitted. Two from the ford, seven from the upper road.\n"}}},
}

// planEvidence has material taken in, looked at, reviewed and held.
func (b *build) planEvidence() {
	for n, m := range materials {
		b.plan(b.before(m.ago*24), func() error { return b.takeIn(n, m) })
	}
}

func (b *build) takeIn(n int, m material) error {
	in := heed.EvidenceInput{Authority: m.authority, Note: m.note, Via: "upload"}
	if w := b.watched[b.world.Situations[m.situation].Key]; w != nil && w.id != "" {
		in.Links = []evidence.Link{{Kind: "situation", To: w.id}}
	}
	if id := b.ids["mandate"]; id != "" {
		in.Links = append(in.Links, evidence.Link{Kind: "mandate", To: id})
	}
	var sources []evidence.Source
	for k, f := range m.files {
		data := []byte(f.text)
		if f.text == "" {
			data = picture(n*10 + k)
		}
		sources = append(sources, evidence.Source{Name: f.name, Size: int64(len(data)), Modified: b.at,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	taken, err := b.h.AddEvidence(b.ctx, b.who(m.by), in, sources, nil)
	if err != nil {
		return err
	}
	if _, err := b.h.ReadTaken(b.ctx, b.who(m.by), taken.Intake, taken.Items); err != nil {
		return err
	}
	item := taken.Items[0].ID
	b.plan(b.at.Add(2*day), func() error { return b.lookAt(item) })
	if n == 0 {
		b.permitted = []string{taken.Items[0].ID, taken.Items[1].ID}
		if err := b.permit(b.permitted); err != nil {
			return err
		}
		b.plan(b.at.Add(3*day), func() error { return b.openCases(taken.Items) })
		b.plan(b.at.Add(5*day), func() error {
			return b.h.HoldEvidence(b.ctx, b.who(m.by), []string{item}, "HOLD-1", "Letter of the prosecutor", "It may be asked for in court.")
		})
	}
	return nil
}

// lookAt opens an item for a purpose and reviews it.
func (b *build) lookAt(item string) error {
	who := b.who("focal")
	who.Purpose = "To compare it with the reports of the same week."
	if _, _, err := b.h.OpenEvidence(b.ctx, who, item, io.Discard); err != nil {
		return err
	}
	in := coding.Input{Terms: []coding.Term{{Field: "shows", Code: "statement"}}, Content: coding.Content{Note: "Read by one, reviewed by another."}}
	if _, err := b.h.CodeEvidence(b.ctx, b.who("focal"), item, in); err != nil {
		return err
	}
	if _, err := b.h.ReviewCoding(b.ctx, b.who("director"), item, coding.Accepted, ""); err != nil {
		return err
	}
	return b.h.ReviewEvidence(b.ctx, b.who("director"), item, evidence.Reviewed, "Agrees with two other sources.")
}

// picture draws bands of colour: no place and nobody.
func picture(seed int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			img.Set(x, y, color.RGBA{uint8(80 + y + seed*7), uint8(120 + x/2), uint8(90 + (x*y+seed*31)%60), 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // memory takes everything
	}
	return out.Bytes()
}
