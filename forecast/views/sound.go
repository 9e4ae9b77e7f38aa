package views

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A parquet file says how much room it needs, and the reader makes that room
// before it looks. So what a file says of itself is first held against how long
// it is: a file of a kilobyte could ask for gigabytes.
const (
	mostPage  = 64 << 20 // bytes of a page, unpacked
	mostWhole = 4 << 30  // bytes of all pages, unpacked
)

// mostRows is how many rows a file of some bytes is believed to have. One run of
// equal values may stand for very many; a forecast of nothing but zeros
// has some 500 rows for a byte.
func mostRows(size int) int64 { return 4<<20 + 500*int64(size) }

// soundFooter refuses a file whose end is said to be longer than the file.
func soundFooter(data []byte) error {
	n := len(data)
	if n < 12 {
		return errors.New("read the parquet: the file is cut off")
	}
	if long := int64(binary.LittleEndian.Uint32(data[n-8:])); long > int64(n-12) {
		return fmt.Errorf("read the parquet: its last part is said to have %d bytes, and the file has %d", long, n)
	}
	return nil
}

// soundPages walks over the pages of every column, and refuses a file in which
// one is said to reach beyond the file, or to unpack to more than is believed.
func soundPages(f *parquet.File, data []byte) error {
	if n := f.NumRows(); n < 0 || n > mostRows(len(data)) {
		return fmt.Errorf("read the parquet: %d rows are not believed of a file of %d bytes", n, len(data))
	}
	whole := int64(0)
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			m := c.MetaData
			from := m.DataPageOffset
			if d := m.DictionaryPageOffset; d > 0 && d < from {
				from = d
			}
			if from < 0 || m.TotalCompressedSize < 0 || from > int64(len(data)) || m.TotalCompressedSize > int64(len(data))-from {
				return fmt.Errorf("read the parquet: the column %v is said to lie beyond the end of the file", m.PathInSchema)
			}
			n, err := soundChunk(data[from : from+m.TotalCompressedSize])
			if err != nil {
				return fmt.Errorf("read the parquet: the column %v: %w", m.PathInSchema, err)
			}
			if whole += n; whole > mostWhole {
				return fmt.Errorf("read the parquet: it unpacks to more than %d bytes", int64(mostWhole))
			}
		}
	}
	return nil
}

// soundChunk returns how many bytes the pages of one column unpack to.
func soundChunk(data []byte) (whole int64, err error) {
	var protocol thrift.CompactProtocol
	for len(data) > 0 {
		rest := bytes.NewReader(data)
		var h format.PageHeader
		if err := thrift.NewDecoder(protocol.NewReader(rest)).Decode(&h); err != nil {
			return 0, fmt.Errorf("the head of a page: %w", err)
		}
		data = data[len(data)-rest.Len():]
		if h.CompressedPageSize < 0 || int(h.CompressedPageSize) > len(data) {
			return 0, fmt.Errorf("a page is said to have %d bytes, and %d follow", h.CompressedPageSize, len(data))
		}
		if h.UncompressedPageSize < 0 || h.UncompressedPageSize > mostPage {
			return 0, fmt.Errorf("a page is said to unpack to %d bytes; more than %d are not believed", h.UncompressedPageSize, mostPage)
		}
		whole += int64(h.UncompressedPageSize)
		data = data[h.CompressedPageSize:]
	}
	return whole, nil
}
