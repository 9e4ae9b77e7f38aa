package frames

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/draw"
)

// StillSide is how long the longer side of a still is at most, in pixels.
const StillSide = 320

// errNoPicture says that data are neither a picture nor a film of a known kind.
var errNoPicture = errors.New("it is neither a picture nor a film of a kind that is opened here")

// A Projector runs a program that decodes what is not decoded here. It returns one frame
// of a film, and is nil where there is none: see [Projecting].
type Projector func(film []byte) (image.Image, error)

// Still returns a small picture of a picture, turned as EXIF says, or of one frame of a
// film, and what it is of: "picture" or "frame". It is drawn anew on white, and no side
// is longer than StillSide. The error says why there is none.
func Still(data []byte, orientation int, project Projector) (*image.RGBA, string, error) {
	if isFilm(data) {
		img, err := stillOfFilm(data, project)
		if err != nil {
			return nil, "", err
		}
		return shrink(img), "frame", nil
	}
	img, err := decode(data)
	if err == nil && img == nil {
		err = errNoPicture
	}
	if err != nil {
		return nil, "", err
	}
	return turned(shrink(img), orientation), "picture", nil
}

// stillOfFilm takes the frame a third of the way in: the first is often black.
func stillOfFilm(data []byte, project Projector) (image.Image, error) {
	all := aviFrames(data)
	if len(all) == 0 {
		all = boxFrames(data)
	}
	if len(all) > 0 {
		return all[len(all)/3], nil
	}
	if project == nil {
		return nil, errors.New("it is not Motion JPEG, and ffmpeg, which decodes other films, is not installed here")
	}
	return project(data)
}

// Projecting returns a [Projector] that runs ffmpeg, or nil where it is not installed.
func Projecting() Projector {
	path := installed()
	if path == "" {
		return nil
	}
	return func(film []byte) (image.Image, error) { return project(path, film) }
}

// project has the key frames at the beginning of a film decoded and made small, and the
// one among them that is most like the others returned.
func project(path string, film []byte) (image.Image, error) {
	picture, err := ffmpeg(path, film, "-frames:v", "1", "-vf", fmt.Sprintf("scale=%d:%d:force_original_aspect_ratio=decrease:flags=area,thumbnail=n=12", StillSide, StillSide), "-f", "image2pipe", "-c:v", "png")
	if len(picture) == 0 {
		return nil, missing(err)
	}
	c, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil || c.Width > StillSide || c.Height > StillSide {
		return nil, errors.New("ffmpeg gave no picture")
	}
	return png.Decode(bytes.NewReader(picture))
}

// shrink draws a picture anew on white, small enough for a still.
func shrink(src image.Image) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if long := max(w, h); long > StillSide {
		w, h = max(1, w*StillSide/long), max(1, h*StillSide/long)
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if !src.Bounds().Empty() {
		draw.BiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	}
	return dst
}

// turned turns and mirrors a picture as EXIF says it is to be shown: 1 to 8.
func turned(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			var to image.Point
			switch orientation {
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			dst.SetRGBA(to.X, to.Y, src.RGBAAt(x, y))
		}
	}
	return dst
}
