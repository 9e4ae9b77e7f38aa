package frames

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"sync"
)

var jpegHead = []byte("\xff\xd8\xff")

// withTables gives a JPEG the Huffman tables of T.81, Annex K, where it has none: those
// of AVI leave them out.
func withTables(data []byte) []byte {
	scan := bytes.Index(data, []byte("\xff\xda"))
	if scan < 2 || bytes.Contains(data[:scan], []byte("\xff\xc4")) {
		return data
	}
	tables := standardTables()
	out := make([]byte, 0, len(data)+len(tables))
	return append(append(append(out, data[:2]...), tables...), data[2:]...)
}

// standardTables are the tables as the encoder of the standard library writes them.
var standardTables = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio444), nil); err != nil {
		return nil
	}
	var out []byte
	for data := b.Bytes()[2:]; len(data) > 4 && data[0] == 0xff && data[1] != 0xda; {
		n := 2 + int(binary.BigEndian.Uint16(data[2:]))
		if n > len(data) {
			break
		}
		if data[1] == 0xc4 {
			out = append(out, data[:n]...)
		}
		data = data[n:]
	}
	return out
})

// aviFrames takes the frames of a Motion JPEG in AVI.
func aviFrames(data []byte) []image.Image {
	if len(data) < 12 || string(data[8:12]) != "AVI " {
		return nil
	}
	var all [][]byte
	riff(data[12:], 0, func(id string, body []byte) {
		if id[2:] == "dc" && bytes.HasPrefix(body, jpegHead) && len(all) < mostListed {
			all = append(all, body)
		}
	})
	return shown(all)
}

// riff walks the chunks of a RIFF file, and those of its lists.
func riff(data []byte, depth int, f func(id string, body []byte)) {
	for len(data) >= 8 && depth < 6 {
		id, n := string(data[:4]), int64(binary.LittleEndian.Uint32(data[4:]))
		body := data[8:]
		body = body[:min(n, int64(len(body)))]
		if (id == "LIST" || id == "RIFF") && len(body) >= 4 {
			riff(body[4:], depth+1, f)
		} else {
			f(id, body)
		}
		data = data[min(int64(len(data)), 8+n+n%2):]
	}
}

// track is what the boxes of a track say of its samples.
type track struct {
	codec                string
	sizes, chunks, spans []byte // stsz, stco or co64, stsc, each without its first four bytes
	wide                 bool   // the chunks are co64
}

// boxFrames takes the frames of a Motion JPEG in MOV or MP4.
func boxFrames(data []byte) []image.Image {
	var tracks []*track
	boxes(data, 0, func(kind string, body []byte) {
		if kind == "trak" {
			tracks = append(tracks, &track{})
			return
		}
		if len(tracks) > 0 && len(body) >= 4 {
			tracks[len(tracks)-1].box(kind, body)
		}
	})
	for _, t := range tracks {
		if t.codec == "jpeg" || t.codec == "mjpa" || t.codec == "mjpg" {
			if all := shown(t.shots(data)); len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

// boxes walks the boxes that lead to the tables of samples.
func boxes(data []byte, depth int, f func(kind string, body []byte)) {
	for len(data) >= 8 && depth < 8 {
		n := boxSize(data)
		if n == 0 {
			return
		}
		head := 8
		if binary.BigEndian.Uint32(data) == 1 {
			head = 16
		}
		kind, body := string(data[4:8]), data[head:n]
		f(kind, body)
		switch kind {
		case "moov", "trak", "mdia", "minf", "stbl":
			boxes(body, depth+1, f)
		}
		data = data[n:]
	}
}

func (t *track) box(kind string, body []byte) {
	rest := body[4:]
	switch kind {
	case "stsd":
		if len(rest) >= 12 {
			t.codec = string(rest[8:12])
		}
	case "stsz":
		t.sizes = rest
	case "stco", "co64":
		t.chunks, t.wide = rest, kind == "co64"
	case "stsc":
		t.spans = rest
	}
}

// shots finds where each sample stands.
func (t *track) shots(data []byte) (out [][]byte) {
	u32 := func(b []byte, at int) uint64 {
		if at < 0 || at+4 > len(b) {
			return 0
		}
		return uint64(binary.BigEndian.Uint32(b[at:]))
	}
	same, count := u32(t.sizes, 0), u32(t.sizes, 4)
	if count > mostListed {
		count = mostListed
	}
	sample, span := uint64(0), 0
	for c := 0; c < int(min(u32(t.chunks, 0), mostListed)) && sample < count; c++ {
		at := u32(t.chunks, 4+4*c)
		if t.wide {
			at = u32(t.chunks, 4+8*c)<<32 | u32(t.chunks, 8+8*c)
		}
		for span+1 < int(min(u32(t.spans, 0), mostListed)) && u32(t.spans, 4+12*(span+1)) <= uint64(c+1) {
			span++
		}
		for n := u32(t.spans, 4+12*span+4); n > 0 && sample < count; n-- {
			size := same
			if size == 0 {
				size = u32(t.sizes, 8+4*int(sample))
			}
			if at > uint64(len(data)) || size > uint64(len(data))-at {
				return out
			}
			if b := data[at : at+size]; bytes.HasPrefix(b, jpegHead) {
				out = append(out, b)
			}
			at += size
			sample++
		}
	}
	return out
}

// moves tells whether a GIF has more than one frame.
func moves(data []byte) bool {
	frames, _ := gifSize(data)
	return frames > 1
}

// gifSize counts the frames of a GIF and their pixels without decoding them.
func gifSize(data []byte) (frames int, pixels int64) {
	if len(data) < 13 {
		return 0, 0
	}
	screen := int64(binary.LittleEndian.Uint16(data[6:])) * int64(binary.LittleEndian.Uint16(data[8:]))
	p := 13
	if data[10]&0x80 != 0 {
		p += 3 << (data[10]&7 + 1)
	}
	for p+1 < len(data) {
		switch data[p] {
		case 0x21:
			p = afterBlocks(data, p+2)
		case 0x2c:
			if p+10 > len(data) {
				return frames, pixels
			}
			frames++
			pixels += screen + int64(binary.LittleEndian.Uint16(data[p+5:]))*int64(binary.LittleEndian.Uint16(data[p+7:]))
			table := 0
			if data[p+9]&0x80 != 0 {
				table = 3 << (data[p+9]&7 + 1)
			}
			p = afterBlocks(data, p+10+table+1)
		default:
			return frames, pixels
		}
	}
	return frames, pixels
}

// afterBlocks is where the blocks end that begin there.
func afterBlocks(data []byte, p int) int {
	for p < len(data) && data[p] != 0 {
		p += 1 + int(data[p])
	}
	return p + 1
}

// gifFrames decodes a GIF that moves, and draws each frame on those before it.
func gifFrames(data []byte) (out []image.Image, err error) {
	if _, pixels := gifSize(data); pixels > mostMoving {
		return nil, errors.New("it claims more pixels than are decoded")
	}
	g, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	canvas := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	wanted := map[int]bool{}
	numbers := make([]int, len(g.Image))
	for n := range numbers {
		numbers[n] = n
	}
	for _, n := range spaced(numbers, mostFrames) {
		wanted[n] = true
	}
	for n, frame := range g.Image {
		draw.Draw(canvas, frame.Bounds(), frame, frame.Bounds().Min, draw.Over)
		if wanted[n] {
			still := image.NewRGBA(canvas.Bounds())
			copy(still.Pix, canvas.Pix)
			out = append(out, still)
		}
		if g.Disposal[n] == gif.DisposalBackground {
			draw.Draw(canvas, frame.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		}
	}
	return out, nil
}
