// Package webarchive reads and judges archives of the web: WARC files, and WACZ
// bundles that hold them together with an index and, perhaps, a signature.
//
// Of a WARC (1.0, 1.1; plain, or compressed record by record) every record is
// read to its end and its block and payload digests are compared. Of a WACZ every
// file is held against datapackage.json, that against datapackage-digest.json, and
// the signature in there is judged: anonymous (a bare key) or by a domain (a
// certificate as web servers have it), with a time stamp over it in either of the
// forms in use (a token or a response, over the signature as text or as bytes;
// its certificates inside or beside it).
//
// A WARC says itself when and by what it was made: nobody vouches for that. A
// domain's signature vouches that the domain's key signed the list, not that the
// pages were so on the web.
//
// Sources: ISO 28500, WACZ 1.1.1 and WACZ signing and verification 0.1.0.
//
//	f := webarchive.JudgeWACZ(z, options)
package webarchive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
)

// Limits on a WARC.
const (
	maxHeader  = 1 << 20
	maxRecords = 10 << 20
)

// A Record is one record's header.
type Record struct {
	Type    string
	ID      string
	URI     string
	Date    time.Time
	Length  int64
	Headers textproto.MIMEHeader
}

// Checked is what was found in a WARC.
type Checked struct {
	Records  int
	Digests  int // compared and right
	First    time.Time
	Last     time.Time
	Software string
}

// ReadWARC reads every record, compares the digests and calls f, which may be
// nil, with each record and its block, which need not be read.
func ReadWARC(r io.Reader, f func(Record, io.Reader) error) (*Checked, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	c := &Checked{}
	head, _ := br.Peek(2)
	if len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		return c, c.compressed(br, f)
	}
	return c, c.records(br, f)
}

// compressed reads a file of gzip members, each of which holds whole records.
func (c *Checked) compressed(br *bufio.Reader, f func(Record, io.Reader) error) error {
	z, err := gzip.NewReader(br)
	if err != nil {
		return fmt.Errorf("record 1: %w", err)
	}
	for {
		z.Multistream(false)
		if err := c.records(bufio.NewReaderSize(z, 1<<16), f); err != nil {
			return err
		}
		if _, err := br.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		if err := z.Reset(br); err != nil {
			return fmt.Errorf("after record %d: %w", c.Records, err)
		}
	}
}

// records reads records to the end of what there is.
func (c *Checked) records(br *bufio.Reader, f func(Record, io.Reader) error) error {
	for {
		if _, err := br.Peek(1); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("after record %d: %w", c.Records, err)
		}
		if c.Records++; c.Records > maxRecords {
			return fmt.Errorf("more than %d records", maxRecords)
		}
		if err := c.record(br, f); err != nil {
			return fmt.Errorf("record %d: %w", c.Records, err)
		}
	}
}

// readHeader reads a record's header.
func readHeader(br *bufio.Reader) (rec Record, err error) {
	version, err := limitedLine(br)
	if err != nil {
		return rec, err
	}
	if version != "WARC/1.0" && version != "WARC/1.1" && version != "WARC/0.18" && version != "WARC/0.17" {
		return rec, fmt.Errorf("begins with %.40q, no WARC record", version)
	}
	rec.Headers = textproto.MIMEHeader{}
	last, size := "", 0
	for {
		line, err := limitedLine(br)
		if err != nil {
			return rec, err
		}
		if size += len(line) + 2; size > maxHeader {
			return rec, errors.New("the header is too long")
		}
		if line == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && last != "" {
			v := rec.Headers[last]
			v[len(v)-1] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return rec, fmt.Errorf("the header holds %.40q, which is no field", line)
		}
		last = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		rec.Headers[last] = append(rec.Headers[last], strings.TrimSpace(value))
	}
	rec.Type, rec.ID, rec.URI = rec.Headers.Get("Warc-Type"), rec.Headers.Get("Warc-Record-Id"), strings.Trim(rec.Headers.Get("Warc-Target-Uri"), "<>")
	if rec.Length, err = strconv.ParseInt(rec.Headers.Get("Content-Length"), 10, 64); err != nil || rec.Length < 0 {
		return rec, errors.New("the header states no length")
	}
	if rec.Type == "" || rec.ID == "" {
		return rec, errors.New("the header states no type or no number")
	}
	if rec.Date, err = dated(version, rec.Headers.Get("Warc-Date")); err != nil {
		return rec, fmt.Errorf("the date is %q", rec.Headers.Get("Warc-Date"))
	}
	return rec, nil
}

// dated reads a record's date. From 1.1 on it may be as coarse as a year.
func dated(version, s string) (t time.Time, err error) {
	layouts := []string{time.RFC3339Nano}
	if version == "WARC/1.1" {
		layouts = []string{"2006", "2006-01", time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339Nano}
	}
	for _, l := range layouts {
		if t, err = time.Parse(l, s); err == nil {
			break
		}
	}
	return t, err
}

func limitedLine(br *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxHeader {
			return "", errors.New("the header is too long")
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return "", io.ErrUnexpectedEOF
		}
		return strings.TrimRight(string(line), "\r\n"), err
	}
}

// record reads one record to its end.
func (c *Checked) record(br *bufio.Reader, f func(Record, io.Reader) error) error {
	rec, err := readHeader(br)
	if err != nil {
		return err
	}
	if c.First.IsZero() || rec.Date.Before(c.First) {
		c.First = rec.Date
	}
	if rec.Date.After(c.Last) {
		c.Last = rec.Date
	}
	block := io.LimitReader(br, rec.Length)
	counted := &counter{r: block}
	over := io.Reader(counted)
	want, blockHash, err := digestOf(rec.Headers.Get("Warc-Block-Digest"))
	if err != nil {
		return err
	}
	if blockHash != nil {
		over = io.TeeReader(over, blockHash)
	}
	if f != nil {
		var copied bytes.Buffer
		if rec.Length <= judge.MaxMeta {
			over = io.TeeReader(over, &copied)
		}
		if err := c.payload(rec, over); err != nil {
			return err
		}
		if err := f(rec, &copied); err != nil {
			return err
		}
	} else if err := c.payload(rec, over); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, over); err != nil {
		return err
	}
	if counted.n != rec.Length {
		return fmt.Errorf("ends after %d bytes of %d", counted.n, rec.Length)
	}
	if blockHash != nil {
		if !bytes.Equal(blockHash.Sum(nil), want) {
			return fmt.Errorf("%s was changed: the digest of its block is another", rec.ID)
		}
		c.Digests++
	}
	return ending(br)
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// ending reads the two empty lines after a block.
func ending(br *bufio.Reader) error {
	end := make([]byte, 4)
	if n, err := io.ReadFull(br, end); err != nil || string(end) != "\r\n\r\n" {
		return fmt.Errorf("does not end with two empty lines but with %q", end[:n])
	}
	return nil
}

// payload compares the digest of what the server sent, and takes note of what
// made the file.
func (c *Checked) payload(rec Record, block io.Reader) error {
	if rec.Type == "warcinfo" && c.Software == "" {
		b, err := io.ReadAll(io.LimitReader(block, 1<<16))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "software") {
				c.Software = strings.TrimSpace(value)
			}
		}
		return nil
	}
	want, h, err := digestOf(rec.Headers.Get("Warc-Payload-Digest"))
	if err != nil || h == nil || rec.Type == "revisit" || rec.Headers.Get("Warc-Segment-Number") != "" || rec.Headers.Get("Warc-Truncated") != "" {
		return err
	}
	body := block
	var chunked hash.Hash
	if (rec.Type == "response" || rec.Type == "request") && strings.Contains(rec.Headers.Get("Content-Type"), "http") {
		br := bufio.NewReaderSize(block, 1<<16)
		isChunked, err := skipHTTP(br)
		if err != nil {
			return err
		}
		body = br
		if isChunked {
			_, chunked, _ = digestOf(rec.Headers.Get("Warc-Payload-Digest"))
		}
	}
	return c.comparePayload(rec, body, want, h, chunked)
}

// comparePayload compares the digest of a body as it was sent or, where it was
// sent in chunks, put together: programs differ in which they take.
func (c *Checked) comparePayload(rec Record, body io.Reader, want []byte, h, chunked hash.Hash) error {
	if chunked != nil {
		pr, pw := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := io.Copy(chunked, httputil.NewChunkedReader(pr))
			io.Copy(io.Discard, pr)
			done <- err
		}()
		_, err := io.Copy(io.MultiWriter(h, pw), body)
		pw.Close()
		if <-done != nil {
			chunked = nil
		}
		if err != nil {
			return err
		}
	} else if _, err := io.Copy(h, body); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), want) && (chunked == nil || !bytes.Equal(chunked.Sum(nil), want)) {
		return fmt.Errorf("%s was changed: the digest of its payload is another", rec.ID)
	}
	c.Digests++
	return nil
}

// skipHTTP reads an HTTP header and says whether the body is in chunks.
func skipHTTP(br *bufio.Reader) (chunked bool, err error) {
	for size := 0; ; {
		line, err := limitedLine(br)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return chunked, nil
		}
		if err != nil {
			return false, err
		}
		if line == "" {
			return chunked, nil
		}
		if size += len(line); size > maxHeader {
			return false, errors.New("the HTTP header is too long")
		}
		name, value, _ := strings.Cut(line, ":")
		if http.CanonicalHeaderKey(strings.TrimSpace(name)) == "Transfer-Encoding" && strings.Contains(strings.ToLower(value), "chunked") {
			chunked = true
		}
	}
}

// digestOf reads a labelled digest. None, or one of a kind not known here, is no
// error: nothing is compared then.
func digestOf(s string) (want []byte, h hash.Hash, err error) {
	name, value, ok := strings.Cut(s, ":")
	if !ok {
		return nil, nil, nil
	}
	alg, known := judge.HashNamed(name)
	if !known {
		return nil, nil, nil
	}
	h, value = alg.New(), strings.TrimRight(value, "=")
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString,
		func(s string) ([]byte, error) {
			return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(s))
		},
		base64.RawStdEncoding.DecodeString,
		base64.RawURLEncoding.DecodeString,
	} {
		if b, err := decode(value); err == nil && len(b) == h.Size() {
			return b, h, nil
		}
	}
	return nil, nil, fmt.Errorf("the digest %q is none of %s", value, name)
}

// JudgeWARC judges a WARC file.
func JudgeWARC(r io.Reader) *judge.Finding {
	c, err := ReadWARC(r, nil)
	f := judge.New("warc")
	c.judge(f)
	switch {
	case err != nil:
		f.Worsen(&f.Integrity, judge.Bad, "%v", err)
	case c.Records == 0:
		f.Worsen(&f.Integrity, judge.Bad, "holds no record")
	case c.Digests > 0:
		f.Worsen(&f.Integrity, judge.Good, "%d records are whole, %d digests agree", c.Records, c.Digests)
		f.Note("the digests are in the file itself: they protect against damage, not against forgery")
	default:
		f.Worsen(&f.Integrity, judge.Unknown, "%d records are whole; none holds a digest", c.Records)
	}
	return f
}

// judge notes what a WARC states of itself.
func (c *Checked) judge(f *judge.Finding) {
	if !c.First.IsZero() {
		f.StatedAt(c.First)
		f.Worsen(&f.Time, judge.Unknown, "states that it was made %s to %s, by the clock of who made it", c.First.UTC().Format("2 Jan 2006 15:04:05"), c.Last.UTC().Format("2 Jan 2006 15:04:05 MST"))
	}
	if c.Software != "" {
		f.Worsen(&f.Origin, judge.Unknown, "states that it was made by %s", c.Software)
	}
}

// isWARC says whether a name is that of a WARC file.
func isWARC(name string) bool {
	return slices.ContainsFunc([]string{".warc", ".warc.gz"}, func(s string) bool { return strings.HasSuffix(strings.ToLower(name), s) })
}
