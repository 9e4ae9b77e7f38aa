package copies

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"time"

	"github.com/heed-project/heed/internal/evidence/frames"
	"github.com/heed-project/heed/internal/evidence/pdf"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/box"
)

// A Thumbnail is a small picture of what a file shows.
type Thumbnail struct {
	JPEG []byte `json:"-"`
	Of   string `json:"of"` // "picture", "page" (the first of a PDF) or "frame" (of a film)
}

// MostThumbnail is how many bytes a thumbnail has at most.
const MostThumbnail = 256 << 10

// ThumbTask draws a thumbnail.
const ThumbTask = "thumbnail"

// Thumb draws a thumbnail of a picture, the first page of a PDF or a frame of a film, in a
// process of its own, with limits and without a network: whoever made the file may wish
// harm. It is always drawn anew, at most frames.StillSide pixels wide and high, without
// anything that the file says of itself. The error says why there is none.
func (b Box) Thumb(ctx context.Context, name string, data io.Reader) (out Thumbnail, err error) {
	body := bufio.NewReaderSize(data, 4096)
	limits, args := box.Limits{Time: time.Minute, CPU: 30 * time.Second, Memory: 2 << 30, Output: MostThumbnail + 1<<10}, []string(nil)
	if head, _ := body.Peek(1024); pdf.Is(head) {
		limits.Time, limits.CPU = 2*time.Minute, time.Minute
		args = []string{b.compiled(ctx)}
	}
	in, err := box.Asking(name, body)
	if err != nil {
		return out, err
	}
	res, err := box.Run(ctx, limits, ThumbTask, args, in)
	if err != nil {
		return out, fault.Invalid("item", "there is no thumbnail: %w", err)
	}
	line, rest, ok := bytes.Cut(res.Output, []byte{'\n'})
	if !ok {
		return out, errors.New("the child that draws said nothing")
	}
	out.JPEG = rest
	return out, json.Unmarshal(line, &out)
}

// ThumbChild is ThumbTask as the child does it. A line about the picture comes back, and
// its bytes.
func ThumbChild(args []string, in io.Reader, out io.Writer) error {
	name, data, err := given(in)
	if err != nil {
		return err
	}
	t, err := thumb(name, data, firstOf(args))
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(t); err != nil {
		return err
	}
	_, err = out.Write(t.JPEG)
	return err
}

// thumb draws a thumbnail in this process.
func thumb(name string, data []byte, code string) (t Thumbnail, err error) {
	draw := func() error {
		if pdf.Is(data) {
			return t.page(data, code)
		}
		orientation := 0
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width > 0 {
			orientation = reading.Read(name, data).Orientation()
		}
		img, of, err := frames.Still(data, orientation, frames.Projecting())
		if err != nil {
			return err
		}
		t.Of = of
		return t.encode(img)
	}
	if err = draw(); err == nil && len(t.JPEG) > MostThumbnail {
		err = errors.New("the picture is too large")
	}
	return t, err
}

// page draws the first page of a PDF.
func (t *Thumbnail) page(data []byte, code string) error {
	f, err := pdf.Open(data, code)
	if err != nil {
		return err
	}
	defer f.Close()
	w, h, err := f.Size(1)
	if err != nil {
		return err
	}
	const points = 72 // an inch
	img, err := f.Draw(1, points*frames.StillSide/max(w, h, 1), frames.StillSide*frames.StillSide)
	if err != nil {
		return err
	}
	t.Of = "page"
	return t.encode(img)
}

// encode keeps a picture as JPEG, of which the standard library writes nothing but what is seen.
func (t *Thumbnail) encode(img image.Image) error {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80})
	t.JPEG = b.Bytes()
	return err
}

// DrawHere is Box.Thumb in this process: for what this program made itself, and for tests.
func DrawHere(_ context.Context, name string, data io.Reader) (Thumbnail, error) {
	b, err := io.ReadAll(io.LimitReader(data, MostRead))
	if err != nil {
		return Thumbnail{}, err
	}
	return thumb(name, b, "")
}
