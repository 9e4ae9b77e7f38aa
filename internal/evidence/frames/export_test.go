package frames

import "encoding/binary"

// Walk goes through a film without decoding its pictures.
func Walk(data []byte) {
	isFilm(data)
	frames, pixels := gifSize(data)
	if frames < 0 || pixels < 0 {
		panic("a GIF of less than nothing")
	}
	if len(data) > 12 {
		riff(data[12:], 0, func(string, []byte) {})
	}
	t := &track{}
	boxes(data, 0, func(kind string, body []byte) {
		if len(body) >= 4 {
			t.box(kind, body)
		}
	})
	for _, b := range t.shots(data) {
		withTables(b)
	}
	if out := headFirst(append([]byte{}, data...)); len(out) != len(data) {
		panic("bytes were lost")
	}
	if n := boxSize(data); n > uint64(len(data)) {
		panic(binary.BigEndian.Uint32(data))
	}
}
