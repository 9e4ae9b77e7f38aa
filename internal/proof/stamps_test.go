package proof_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
)

// TestAProvedTimeBeatsAStatedOne: with the header of its block, an OpenTimestamps proof
// that came along proves the time that the phone only states, in either layout; the
// header of another block refutes it.
func TestAProvedTimeBeatsAStatedOne(t *testing.T) {
	const media = "a photograph"
	sum := sha256.Sum256([]byte(media))
	hash := hex.EncodeToString(sum[:])
	stamp := ots.Magic + "\x01\x08" + string(sum[:]) + "\x00\x05\x88\x96\x0d\x73\xd7\x19\x01\x01\x07"
	table := "Manufacturer,File Hash SHA256,Proof Generated\nAcme," + hash + ",2026-05-01T10:00:00Z\n"
	block := slices.Concat(make([]byte, 36), sum[:], []byte("\x00\x00\x00\x60"), make([]byte, 8))
	for _, base := range []string{hash, "photo.jpg"} {
		dir := t.TempDir()
		photo := lay(t, dir, "photo.jpg", media)
		if base == hash {
			photo = dir
		}
		lay(t, dir, base+".proof.csv", table)
		lay(t, dir, base+".ots", stamp)
		for want, headers := range map[judge.Verdict]ots.Headers{judge.Good: {7: block}, judge.Unknown: nil, judge.Bad: {7: make([]byte, 80)}} {
			o := opts
			o.Headers = headers
			f, err := proof.One(photo, nil, o)
			if err != nil || f.Time != want || want != judge.Bad && f.Integrity != judge.Good {
				t.Errorf("%s: want %s: %+v, %v", base, want, f, err)
			}
			if f.Stated == nil || want == judge.Good && !strings.Contains(strings.Join(f.Notes, "\n"), "when block 7 of bitcoin was made") {
				t.Errorf("%s: %+v", base, f)
			}
		}
	}
}
