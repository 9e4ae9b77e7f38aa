package forecast_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/heed-project/heed/forecast"
)

// TestUnpack: a file is read whole or not at all.
func TestUnpack(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte("month_id,outcome\n457,3\n"))
	z.Close()
	packed := b.Bytes()
	for _, data := range [][]byte{packed, []byte("month_id,outcome\n457,3\n")} {
		if got, err := forecast.Unpack(data, 100); err != nil || !strings.HasSuffix(string(got), "457,3\n") {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, c := range []struct {
		data []byte
		most int
		want string
	}{{packed, 10, "more than 10 bytes"}, {packed[:len(packed)-9], 100, "unpack: "}} {
		if got, err := forecast.Unpack(c.data, c.most); err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
	}
}
