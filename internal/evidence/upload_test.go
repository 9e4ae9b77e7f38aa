package evidence_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// TestUploadGoesOnWhereItBroke sends a file in parts over a line that breaks,
// one part twice, and one out of order.
func TestUploadGoesOnWhereItBroke(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		parts, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir(), Key: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		whole := strings.Repeat("0123456789", 50)
		u, err := r.BeginUpload(t.Context(), in.ID, "P-1", evidence.File{Name: recordtest.Canary, Size: int64(len(whole)), Modified: recordtest.Start})
		if err != nil {
			t.Fatal(err)
		}
		line := io.MultiReader(strings.NewReader(whole[:123]), iotest.ErrReader(errors.New("the line broke")))
		if u, err = r.AddPart(t.Context(), parts, u.ID, "P-1", 0, line); err != nil || u.Have != 123 {
			t.Fatalf("%+v, %v", u, err)
		}
		if _, err := r.AddPart(t.Context(), parts, u.ID, "P-1", 0, strings.NewReader(whole)); fault.KindOf(err) != fault.KindStale {
			t.Errorf("a part sent twice: %v", err)
		}
		if _, err := r.AddPart(t.Context(), parts, u.ID, "P-1", 200, strings.NewReader(whole[200:])); fault.KindOf(err) != fault.KindStale {
			t.Errorf("a part ahead: %v", err)
		}
		if _, err := r.AddPart(t.Context(), parts, u.ID, "P-2", 123, strings.NewReader(whole[123:])); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("somebody else's upload: %v", err)
		}
		if _, err := u.Source(t.Context(), parts); fault.KindOf(err) != fault.KindStale {
			t.Errorf("taken before it was whole: %v", err)
		}
		again, err := r.BeginUpload(t.Context(), in.ID, "P-1", evidence.File{Name: recordtest.Canary, Size: int64(len(whole)), Modified: recordtest.Start})
		if err != nil || again.ID != u.ID || again.Have != 123 {
			t.Fatalf("announced again: %+v, %v", again, err)
		}
		if u, err = r.AddPart(t.Context(), parts, u.ID, "P-1", 123, strings.NewReader(whole[123:]+"too much")); err != nil || u.Have != u.Size {
			t.Fatalf("%+v, %v", u, err)
		}
		s, err := u.Source(t.Context(), parts)
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, []byte(whole)) {
			t.Fatalf("%q, %v", got, err)
		}
		if err := r.EndUpload(t.Context(), parts, u); err != nil {
			t.Fatal(err)
		}
		parts.List(t.Context(), func(ref blob.Ref) error { t.Errorf("%s is left", ref); return nil })
	})
}
