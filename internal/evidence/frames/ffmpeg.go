package frames

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"strings"
)

// The size to which ffmpeg brings a frame, and how many key frames it gives at most.
const (
	eyeSide = 256
	eyeMost = 300
)

// Installed returns an [Eye] that runs ffmpeg, or nil where it is not installed.
func Installed() Eye {
	path := installed()
	if path == "" {
		return nil
	}
	return func(film []byte) ([]image.Image, error) { return run(path, film) }
}

// installed is where ffmpeg is. It is looked for where systems put it: a child has no
// search path.
func installed() string {
	for _, dir := range []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"} {
		if path, err := exec.LookPath(dir + "/ffmpeg"); err == nil {
			return path
		}
	}
	return ""
}

// demultiplexed names the one demultiplexer that is for a film, and gives the film as it
// is read from front to back.
func demultiplexed(film []byte) (kind string, _ []byte) {
	switch {
	case bytes.HasPrefix(film, []byte("RIFF")):
		return "avi", film
	case bytes.HasPrefix(film, []byte("\x1a\x45\xdf\xa3")):
		return "matroska", film
	}
	return "mov", headFirst(film)
}

// run has the key frames of a film decoded.
func run(path string, film []byte) (out []image.Image, err error) {
	frames, err := ffmpeg(path, film, "-frames:v", fmt.Sprint(eyeMost), "-vf", fmt.Sprintf("scale=%d:%d:flags=area,format=gray", eyeSide, eyeSide), "-f", "rawvideo")
	const size = eyeSide * eyeSide
	for ; len(frames) >= size; frames = frames[size:] {
		out = append(out, &image.Gray{Pix: frames[:size], Stride: eyeSide, Rect: image.Rect(0, 0, eyeSide, eyeSide)})
	}
	if len(out) > 0 { // what was decoded before it broke off
		return out, nil
	}
	return nil, missing(err)
}

// ffmpeg has the key frames of a film decoded, and returns what args have it write,
// as far as it came. The program is given the film as its input and one demultiplexer for
// it: a film that names other files or addresses gets none.
func ffmpeg(path string, film []byte, args ...string) ([]byte, error) {
	kind, film := demultiplexed(film)
	given := []string{"-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "pipe", "-skip_frame", "nokey", "-f", kind, "-i", "pipe:0", "-an", "-sn", "-dn", "-vsync", "passthrough", "-filter_threads", "1"}
	cmd := exec.Command(path, append(append(given, args...), "pipe:1")...)
	cmd.Env = []string{}
	cmd.Stdin = bytes.NewReader(film)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if err != nil {
		words, _, _ := strings.Cut(strings.TrimSpace(strings.ToValidUTF8(said.String(), "?")), "\n")
		err = fmt.Errorf("ffmpeg cannot decode it: %.200s (%w)", words, err)
	}
	return out.Bytes(), err
}

// missing is why nothing was decoded.
func missing(err error) error {
	if err == nil {
		return errors.New("ffmpeg found no key frame in it")
	}
	return err
}

// headFirst puts the box that says where everything is before what it says it of: a
// program that reads a film from front to back needs it first. What is not laid out as
// a camera does it stays as it is.
func headFirst(film []byte) []byte {
	var before, head, after []byte
	for rest := film; len(rest) > 0; {
		n := boxSize(rest)
		if n == 0 {
			return film
		}
		switch kind := string(rest[4:8]); {
		case kind == "moov" && head == nil:
			head = bytes.Clone(rest[:n])
		case kind == "ftyp" && len(after) == 0:
			before = append(before, rest[:n]...)
		default:
			if head != nil { // it stands before what it is about already
				return film
			}
			after = append(after, rest[:n]...)
		}
		rest = rest[n:]
	}
	if head == nil || len(after) == 0 {
		return film
	}
	moved := uint64(len(head))
	boxes(head, 0, func(kind string, body []byte) {
		if len(body) < 8 || kind != "stco" && kind != "co64" {
			return
		}
		size := map[string]int{"stco": 4, "co64": 8}[kind]
		for at := body[8:]; len(at) >= size; at = at[size:] { // a slice of the head
			if size == 4 {
				binary.BigEndian.PutUint32(at, binary.BigEndian.Uint32(at)+uint32(moved))
			} else {
				binary.BigEndian.PutUint64(at, binary.BigEndian.Uint64(at)+moved)
			}
		}
	})
	return append(append(before, head...), after...)
}

// boxSize is how long the first box is, or 0 where there is none.
func boxSize(data []byte) uint64 {
	if len(data) < 8 {
		return 0
	}
	n, least := uint64(binary.BigEndian.Uint32(data)), uint64(8)
	switch {
	case n == 0:
		n = uint64(len(data))
	case n == 1 && len(data) < 16:
		return 0
	case n == 1:
		n, least = binary.BigEndian.Uint64(data[8:]), 16
	}
	if n < least || n > uint64(len(data)) {
		return 0
	}
	return n
}
