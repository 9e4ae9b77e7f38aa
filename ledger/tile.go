package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Entries is the level of a TilePath that names an entry bundle.
const Entries = -1

// A TilePath names a tile of hashes or a bundle of entries, as C2SP
// tlog-tiles does.
type TilePath struct {
	Level int   // 0 to 63, or Entries
	N     int64 // index of the tile in its level
	Width int   // number of hashes or entries: TileWidth, or 1 to 255 for a partial tile
}

// String returns the path: "tile/<level>/<n>" or "tile/entries/<n>", with
// ".p/<width>" behind it for a partial tile. The index is written in groups of
// three digits, all but the last begun with an x: 1234067 is x001/x234/067.
func (p TilePath) String() string {
	b := []byte("tile/entries/")
	if p.Level != Entries {
		b = append(strconv.AppendInt([]byte("tile/"), int64(p.Level), 10), '/')
	}
	b = appendGroups(b, p.N, true)
	if p.Width != TileWidth {
		b = strconv.AppendInt(append(b, ".p/"...), int64(p.Width), 10)
	}
	return string(b)
}

func appendGroups(b []byte, n int64, last bool) []byte {
	if n >= 1000 {
		b = append(appendGroups(b, n/1000, false), '/')
	}
	if !last {
		b = append(b, 'x')
	}
	return fmt.Appendf(b, "%03d", n%1000)
}

// ParseTilePath reads a path that String writes, and refuses every other.
func ParseTilePath(s string) (TilePath, error) {
	bad := func() (TilePath, error) {
		return TilePath{}, fmt.Errorf("%q is not a tile path like tile/0/x001/234.p/5", s)
	}
	if len(s) > 64 {
		return bad()
	}
	rest, ok := strings.CutPrefix(s, "tile/")
	level, rest, cut := strings.Cut(rest, "/")
	index, width, partial := strings.Cut(rest, ".p/")
	if !ok || !cut {
		return bad()
	}
	p := TilePath{Level: Entries, Width: TileWidth}
	var err error
	if level != "entries" {
		if p.Level, err = strconv.Atoi(level); err != nil || p.Level < 0 || p.Level > 63 {
			return bad()
		}
	}
	if partial {
		if p.Width, err = strconv.Atoi(width); err != nil || p.Width < 1 || p.Width >= TileWidth {
			return bad()
		}
	}
	digits := strings.NewReplacer("x", "", "/", "").Replace(index)
	if p.N, err = strconv.ParseInt(digits, 10, 64); err != nil || p.N < 0 || p.String() != s {
		return bad()
	}
	return p, nil
}

// at returns the range of hashes or entries that the path names.
func (p TilePath) at() (from, to int64, err error) {
	if p.Level < Entries || p.Level > maxLevel || p.N < 0 || p.N > 1<<55-1 || p.Width < 1 || p.Width > TileWidth {
		return 0, 0, fmt.Errorf("%v: %w", p, ErrBeyond)
	}
	from = p.N * TileWidth
	return from, from + int64(p.Width), nil
}

// TileData returns what is served at a path: hashes one after another, or an
// entry bundle. A tile wider than the log is an error matching ErrBeyond.
// Whoever serves many tiles keeps a Reader.
func TileData(ctx context.Context, s Store, p TilePath) ([]byte, error) {
	from, to, err := p.at()
	if err != nil {
		return nil, err
	}
	if p.Level == Entries {
		leaves, err := s.Leaves(ctx, from, to)
		if err != nil {
			return nil, fmt.Errorf("read %v: %w", p, err)
		}
		return FormatBundle(leaves)
	}
	hs, err := s.Hashes(ctx, p.Level, from, to)
	if err != nil {
		return nil, fmt.Errorf("read %v: %w", p, err)
	}
	return joinHashes(hs), nil
}

// FormatBundle writes leaves as an entry bundle: each behind its length in 16
// bits, big end first.
func FormatBundle(leaves [][]byte) ([]byte, error) {
	n := 0
	for i, leaf := range leaves {
		if len(leaf) > MaxLeaf {
			return nil, fmt.Errorf("entry %d of a bundle has %d bytes, at most %d are allowed", i, len(leaf), MaxLeaf)
		}
		n += 2 + len(leaf)
	}
	b := make([]byte, 0, n)
	for _, leaf := range leaves {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(leaf))), leaf...)
	}
	return b, nil
}

// ParseBundle reads the leaves of an entry bundle. They point into b.
func ParseBundle(b []byte) ([][]byte, error) {
	var leaves [][]byte
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, fmt.Errorf("entry bundle ends inside entry %d", len(leaves))
		}
		if len(leaves) == TileWidth {
			return nil, fmt.Errorf("entry bundle holds more than %d entries", TileWidth)
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		leaves = append(leaves, b[2:n:n])
		b = b[n:]
	}
	return leaves, nil
}
