package reading

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// jpeg walks the segments up to the picture itself.
func (r *Reading) jpeg(data []byte) {
	for p := 2; p+4 <= len(data) && data[p] == 0xff; {
		kind, n := data[p+1], int(binary.BigEndian.Uint16(data[p+2:]))
		if kind == 0xff {
			p++
			continue
		}
		if kind == 0xda || n < 2 || p+2+n > len(data) {
			return
		}
		body := data[p+4 : p+2+n]
		switch {
		case kind == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			r.exif(body[6:])
		case kind == 0xe1 && bytes.HasPrefix(body, []byte("http://ns.adobe.com/xap/1.0/\x00")):
			r.xmp(body)
		case kind == 0xfe:
			if text, ok := decode(body, ""); ok {
				r.field("jpeg.Comment", text)
			}
		case kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc && len(body) >= 5:
			r.size(int64(binary.BigEndian.Uint16(body[3:])), int64(binary.BigEndian.Uint16(body[1:])))
		}
		p += 2 + n
	}
}

func (r *Reading) size(w, h int64) { r.field("size", fmt.Sprintf("%d × %d", w, h)) }

// exifNames are the tags that are read. Those of positions have names of their own
// tables: their numbers mean something else elsewhere.
var exifNames = map[uint16]string{
	0x010e: "ImageDescription", 0x010f: "Make", 0x0110: "Model", 0x0112: "Orientation", 0x0131: "Software", 0x0132: "DateTime",
	0x013b: "Artist", 0x8298: "Copyright", 0x9003: "DateTimeOriginal", 0x9004: "DateTimeDigitized", 0x9010: "OffsetTime",
	0x9011: "OffsetTimeOriginal", 0x9291: "SubSecTimeOriginal", 0x829a: "ExposureTime", 0x829d: "FNumber", 0x8827: "ISOSpeed", 0x920a: "FocalLength",
	0xa420: "ImageUniqueID", 0xa430: "CameraOwnerName", 0xa431: "BodySerialNumber", 0xa433: "LensMake", 0xa434: "LensModel",
}

// tiff is a block of EXIF.
type tiff struct {
	data  []byte
	order binary.ByteOrder
	seen  map[uint32]bool
}

// exif reads a TIFF block.
func (r *Reading) exif(data []byte) {
	t := tiff{data: data, seen: map[uint32]bool{}}
	switch {
	case len(data) >= 8 && string(data[:2]) == "II":
		t.order = binary.LittleEndian
	case len(data) >= 8 && string(data[:2]) == "MM":
		t.order = binary.BigEndian
	default:
		r.note("the EXIF block is not one")
		return
	}
	r.directory(&t, t.order.Uint32(data[4:]), false)
}

// directory reads one directory of tags, and those it points to.
func (r *Reading) directory(t *tiff, at uint32, gps bool) {
	if t.seen[at] || len(t.seen) > 8 || int64(at)+2 > int64(len(t.data)) {
		return
	}
	t.seen[at] = true
	place := map[uint16][]float64{}
	refs := map[uint16]string{}
	n := int(t.order.Uint16(t.data[at:]))
	for i := range n {
		from := int64(at) + 2 + int64(i)*12
		if from+12 > int64(len(t.data)) {
			r.note("the EXIF block ends early")
			break
		}
		e := t.data[from : from+12]
		tag := t.order.Uint16(e)
		text, nums := t.value(e)
		switch {
		case gps:
			place[tag], refs[tag] = nums, text
		case (tag == 0x8769 || tag == 0x8825) && len(nums) == 1 && nums[0] >= 0 && nums[0] < 1<<32:
			r.directory(t, uint32(nums[0]), tag == 0x8825)
		case exifNames[tag] != "" && text != "":
			r.field("exif."+exifNames[tag], text)
		case exifNames[tag] != "" && len(nums) > 0:
			r.field("exif."+exifNames[tag], fmt.Sprint(nums[0]))
		}
	}
	if gps {
		r.position(place, refs)
	}
}

// position words where a picture says it was taken.
func (r *Reading) position(nums map[uint16][]float64, refs map[uint16]string) {
	degrees := func(tag uint16, minus string) (v float64, ok bool) {
		d := nums[tag]
		if len(d) != 3 {
			return 0, false
		}
		v = d[0] + d[1]/60 + d[2]/3600
		if strings.HasPrefix(refs[tag-1], minus) {
			v = -v
		}
		return v, v >= -180 && v <= 180
	}
	lat, ok1 := degrees(2, "S")
	lon, ok2 := degrees(4, "W")
	if ok1 && ok2 {
		r.field("gps.Position", fmt.Sprintf("%.6f, %.6f", lat, lon))
	}
	if len(nums[6]) == 1 {
		r.field("gps.Altitude", fmt.Sprintf("%.1f m", nums[6][0]))
	}
	if t := nums[7]; len(t) == 3 && refs[29] != "" {
		r.field("gps.Time", fmt.Sprintf("%s %02.0f:%02.0f:%02.0f UTC", refs[29], t[0], t[1], t[2]))
	}
}

// value reads what a tag holds: text, or numbers.
func (t *tiff) value(e []byte) (text string, nums []float64) {
	kind, n := t.order.Uint16(e[2:]), int64(t.order.Uint32(e[4:]))
	width := map[uint16]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}[kind]
	if width == 0 || n > mostValue {
		return "", nil
	}
	raw := e[8:12]
	if size := width * n; size > 4 {
		at := int64(t.order.Uint32(e[8:]))
		if at+size > int64(len(t.data)) {
			return "", nil
		}
		raw = t.data[at : at+size]
	}
	if kind == 2 {
		s, _, _ := strings.Cut(string(raw[:min(int64(len(raw)), n)]), "\x00")
		return strings.TrimSpace(s), nil
	}
	for i := range min(n, 4) {
		b := raw[i*width:]
		switch kind {
		case 1, 7:
			nums = append(nums, float64(b[0]))
		case 3:
			nums = append(nums, float64(t.order.Uint16(b)))
		case 4:
			nums = append(nums, float64(t.order.Uint32(b)))
		case 9:
			nums = append(nums, float64(int32(t.order.Uint32(b))))
		case 5, 10:
			over, under := float64(t.order.Uint32(b)), float64(t.order.Uint32(b[4:]))
			if kind == 10 {
				over, under = float64(int32(t.order.Uint32(b))), float64(int32(t.order.Uint32(b[4:])))
			}
			if under == 0 {
				return "", nil
			}
			nums = append(nums, over/under)
		}
	}
	return "", nums
}

// xmp reads the first XMP packet in some bytes: each leaf by its own name.
func (r *Reading) xmp(data []byte) {
	from := bytes.Index(data, []byte("<x:xmpmeta"))
	if from < 0 {
		return
	}
	data = data[from:]
	if to := bytes.Index(data, []byte("</x:xmpmeta>")); to >= 0 {
		data = data[:to+len("</x:xmpmeta>")]
	}
	d := xml.NewDecoder(bytes.NewReader(data[:min(len(data), 1<<20)]))
	d.Strict = false
	var path []string
	text := ""
	for range 20000 {
		tok, err := d.RawToken()
		if err != nil {
			if err != io.EOF {
				r.note("the XMP packet is damaged")
			}
			return
		}
		switch x := tok.(type) {
		case xml.StartElement:
			path, text = append(path, x.Name.Local), ""
			for _, a := range x.Attr {
				if a.Name.Space != "xmlns" && a.Name.Space != "rdf" && a.Name.Space != "xml" && a.Name.Space != "x" && a.Name.Space != "" {
					r.field("xmp."+a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			text += string(x[:min(len(x), mostValue)])
			text = text[:min(len(text), mostValue)]
		case xml.EndElement:
			for i := len(path) - 1; i >= 0 && strings.TrimSpace(text) != ""; i-- {
				if n := path[i]; n != "li" && n != "Alt" && n != "Seq" && n != "Bag" {
					r.field("xmp."+n, text)
					break
				}
			}
			if text = ""; len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
}

// png reads the chunks that hold text.
func (r *Reading) png(data []byte) {
	for p := int64(8); p+12 <= int64(len(data)); {
		n := int64(binary.BigEndian.Uint32(data[p:]))
		kind := string(data[p+4 : p+8])
		if p+12+n > int64(len(data)) || kind == "IEND" {
			return
		}
		body := data[p+8 : p+8+n]
		switch {
		case kind == "IHDR" && n >= 8:
			r.size(int64(binary.BigEndian.Uint32(body)), int64(binary.BigEndian.Uint32(body[4:])))
		case kind == "tEXt":
			key, value, _ := bytes.Cut(body, []byte{0})
			text, _ := decode(value, "iso-8859-1")
			r.field("png."+clean(string(key[:min(len(key), 79)])), text)
		case kind == "iTXt":
			if bytes.Contains(body, []byte("<x:xmpmeta")) {
				r.xmp(body)
			} else if parts := bytes.SplitN(body, []byte{0}, 6); len(parts) == 6 && len(parts[1])+len(parts[2]) == 0 { // not compressed
				r.field("png."+clean(string(parts[0][:min(len(parts[0]), 79)])), string(parts[5]))
			}
		case kind == "eXIf":
			r.exif(body)
		case kind == "tIME" && n == 7:
			r.field("png.Time", fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", binary.BigEndian.Uint16(body), body[2], body[3], body[4], body[5], body[6]))
		}
		p += 12 + n
	}
}

// webp reads the chunks of a RIFF file.
func (r *Reading) webp(data []byte) {
	for p := int64(12); p+8 <= int64(len(data)); {
		n := int64(binary.LittleEndian.Uint32(data[p+4:]))
		if p+8+n > int64(len(data)) {
			return
		}
		body := data[p+8 : p+8+n]
		switch string(data[p : p+4]) {
		case "VP8X":
			if n >= 10 {
				three := func(b []byte) int64 { return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 }
				r.size(three(body[4:])+1, three(body[7:])+1)
			}
		case "EXIF":
			r.exif(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "XMP ":
			r.xmp(body)
		}
		p += 8 + n + n%2
	}
}

// boxes walks the boxes of a film: times, size and kinds of tracks.
func (r *Reading) boxes(data []byte, depth int) {
	for p := int64(0); p+8 <= int64(len(data)) && len(r.Fields) < mostFields; {
		n, head := int64(binary.BigEndian.Uint32(data[p:])), int64(8)
		if n == 1 && p+16 <= int64(len(data)) {
			n, head = int64(binary.BigEndian.Uint64(data[p+8:])), 16
		} else if n == 0 {
			n = int64(len(data)) - p
		}
		if n < head || n > int64(len(data))-p {
			return
		}
		body := data[p+head : p+n]
		switch kind := string(data[p+4 : p+8]); kind {
		case "moov", "trak", "mdia", "udta":
			if depth < 6 {
				r.boxes(body, depth+1)
			}
		case "ftyp":
			if len(body) >= 4 {
				r.field("film.Brand", string(body[:4]))
			}
		case "mvhd":
			r.movie(body)
		case "tkhd":
			if len(body) >= 8 && len(body) >= map[byte]int{0: 84, 1: 96}[body[0]] {
				end := body[len(body)-8:]
				if w, h := binary.BigEndian.Uint32(end)>>16, binary.BigEndian.Uint32(end[4:])>>16; w > 0 && h > 0 {
					r.size(int64(w), int64(h))
				}
			}
		case "hdlr":
			if len(body) >= 12 && (string(body[8:12]) == "vide" || string(body[8:12]) == "soun") {
				r.field("film.Track", string(body[8:12]))
			}
		case "\xa9xyz", "\xa9mak", "\xa9mod", "\xa9swr", "\xa9day", "\xa9nam":
			if len(body) > 4 {
				r.field("film."+kind[1:], string(body[4:]))
			}
		}
		p += n
	}
}

// movie reads when a film says it was made, and how long it is.
func (r *Reading) movie(b []byte) {
	var made, changed, scale, length uint64
	switch {
	case len(b) >= 20 && b[0] == 0:
		u := func(at int) uint64 { return uint64(binary.BigEndian.Uint32(b[at:])) }
		made, changed, scale, length = u(4), u(8), u(12), u(16)
	case len(b) >= 32 && b[0] == 1:
		made, changed, scale, length = binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint64(b[12:]), uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:])
	default:
		return
	}
	epoch := time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	said := func(name string, at uint64) {
		if at > 0 && at < 1<<34 {
			r.field(name, time.Unix(epoch+int64(at), 0).UTC().Format(time.RFC3339))
		}
	}
	said("film.Created", made)
	said("film.Changed", changed)
	if scale > 0 {
		r.field("film.Seconds", fmt.Sprintf("%.1f", float64(length)/float64(scale)))
	}
}
