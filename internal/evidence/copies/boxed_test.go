package copies_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence/copies"
)

// TestTheChildRedacts is the child's own work: a picture comes back drawn anew,
// a bomb is refused by what its head claims, and so is what says nothing.
func TestTheChildRedacts(t *testing.T) {
	src := image.NewGray(image.Rect(0, 0, 20, 10))
	for i := range src.Pix {
		src.Pix[i] = 200
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, src); err != nil {
		t.Fatal(err)
	}
	const what = `{"Boxes":[{"Min":{"X":2,"Y":2},"Max":{"X":8,"Y":6}}]}` + "\n"
	child := func(in string) (string, error) {
		var out bytes.Buffer
		err := copies.RedactChild(nil, strings.NewReader(in), &out)
		return out.String(), err
	}
	got, err := child(what + picture.String())
	if err != nil {
		t.Fatal(err)
	}
	about, drawn, _ := strings.Cut(got, "\n")
	p, err := png.Decode(strings.NewReader(drawn))
	if err != nil || about != `{"extension":".png"}` {
		t.Fatalf("%q, %v", about, err)
	}
	if black, rest := color.GrayModel.Convert(p.At(3, 3)), color.GrayModel.Convert(p.At(15, 3)); black != (color.Gray{}) || rest != (color.Gray{Y: 200}) {
		t.Errorf("in the box %v, beside it %v", black, rest)
	}
	bomb := bytes.Clone(picture.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	if out, err := child(what + string(bomb)); err == nil || !strings.Contains(err.Error(), "more than can be drawn") {
		t.Errorf("a bomb gave %d bytes, %v", len(out), err)
	}
	for _, in := range []string{"", "{\n", what, "no line"} {
		if out, err := child(in); err == nil {
			t.Errorf("%q gave %q", in, out)
		}
	}
}
