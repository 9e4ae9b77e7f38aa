package forecast

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// Unpack returns the bytes of a file that may be gzip-compressed. It refuses
// one that unpacks to more than most bytes, and one that is cut short, rather
// than return a part of it.
func Unpack(data []byte, most int) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if data, err = io.ReadAll(io.LimitReader(z, int64(most)+1)); err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(data) > most {
		return nil, fmt.Errorf("the file unpacks to more than %d bytes", most)
	}
	return data, nil
}
