// Package archiver reads and judges what Bellingcat's auto-archiver leaves of a page
// that it archived: the files, and about them a row of a CSV whose cells are
// Python literals, a JSON file, or an HTML page with the same in it.
//
// Parse reads any of the three into Results. Judge finds the files that are
// beside, by their keys and names, and compares the digests; it then judges the
// RFC 3161 tokens over the list of those digests, which is taken from hashes.txt
// where that is there and put together again where it is not.
//
//   - integrity: the digests of the files that are here;
//   - time: the tokens, else what the program's clock said;
//   - origin: the address that it says it archived, which nobody vouches for;
//   - identity: the authority of the tokens vouches for the time, not for who
//     archived: nobody signs.
//
// Nothing that a cell holds is evaluated. Sources: the program's own modules csv_db,
// json_enricher, html_formatter, hash_enricher, timestamping_enricher.
//
//	results, err := archiver.Parse("db.csv", b)
package archiver

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
)

// Kind is the name of the format.
const Kind = "auto-archiver"

// A Result is what became of one address.
type Result struct {
	Status    string
	URL       string
	Title     string
	Processed time.Time // zero: not stated
	Metadata  map[string]any
	Media     []Media
}

// Media is one file.
type Media struct {
	Name  string // as the program had it
	Key   string // as it was stored
	URLs  []string
	Type  string // MIME
	Hash  string // "SHA-256:…", or hex alone
	ID    string
	Inner []Media // thumbnails, tokens, certificates
}

// headings are the columns of the CSV.
var headings = []string{"status", "metadata", "media"}

// Is says whether a file is one of the three.
func Is(name string, b []byte) bool {
	start := bytes.TrimSpace(bytes.TrimPrefix(b[:min(len(b), 1<<16)], []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(start, []byte("status,metadata,media")):
		return true
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		var probe struct{ Status, Metadata, Media json.RawMessage }
		if json.Unmarshal(b, &probe) == nil {
			return len(probe.Metadata) > 0 && len(probe.Media) > 0
		}
		return strings.HasSuffix(name, ".json") && bytes.Contains(start, []byte(`"metadata"`)) && bytes.Contains(b, []byte(`"_processed_at"`))
	case bytes.HasPrefix(start, []byte("<")):
		return bytes.Contains(b, []byte("bellingcat/auto-archiver"))
	}
	return false
}

// Parse reads the results in a CSV, JSON or HTML file.
func Parse(_ string, b []byte) ([]Result, error) {
	start := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		r, err := parseJSON(start)
		return []Result{r}, err
	case bytes.HasPrefix(start, []byte("<")):
		return parseHTML(string(start))
	}
	return parseCSV(start)
}

// parseCSV reads rows whose cells are Python literals.
func parseCSV(b []byte) ([]Result, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = len(headings)
	head, err := r.Read()
	if err != nil || !slices.Equal(head, headings) {
		return nil, fmt.Errorf("the first line is %.60q, must be status,metadata,media", head)
	}
	var out []Result
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if slices.Equal(row, headings) {
			continue // written again by a second run
		}
		meta, err1 := ParseLiteral(row[1])
		media, err2 := ParseLiteral(row[2])
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		res, err := makeResult(row[0], meta, media)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if out = append(out, res); len(out) > 100000 {
			return nil, errors.New("more than 100000 rows")
		}
	}
}

// parseJSON reads what json_enricher writes.
func parseJSON(b []byte) (Result, error) {
	if err := judge.Shallow(b, maxNesting); err != nil {
		return Result{}, err
	}
	var v struct {
		Status   string
		Metadata any
		Media    any
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return Result{}, err
	}
	return makeResult(v.Status, v.Metadata, v.Media)
}

var (
	encodedValue = regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`)
	pageURL      = regexp.MustCompile(`(?s)Archived media for <a href="([^"]*)"`)
	pageItem     = regexp.MustCompile(`(?s)<b>key:</b>\s*<span[^>]*>([^<]*)</span>`)
	pageHash     = regexp.MustCompile(`(SHA-256|SHA3-512|SHA-512):([0-9a-f]{64,128})`)
)

// parseHTML reads the page: the JSON that newer ones carry in base64, or what
// stands to be read.
func parseHTML(page string) ([]Result, error) {
	var res Result
	for _, m := range encodedValue.FindAllString(page, 10000) {
		b, err := base64.StdEncoding.DecodeString(m)
		if err != nil || !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) || judge.Shallow(b, maxNesting) != nil {
			continue
		}
		var v map[string]any
		if json.Unmarshal(b, &v) != nil {
			continue
		}
		_, isMedia := v["filename"]
		switch {
		case isMedia:
			res.Media = append(res.Media, makeMedia(v, 0))
		case v["metadata"] != nil && v["media"] != nil:
			r, err := makeResult(fmt.Sprint(v["status"]), v["metadata"], v["media"])
			return []Result{r}, err
		case v["url"] != nil && res.Metadata == nil:
			res.setMetadata(v)
		}
	}
	if m := pageURL.FindStringSubmatch(page); m != nil && res.URL == "" {
		res.URL = html.UnescapeString(m[1])
	}
	if len(res.Media) == 0 {
		items := pageItem.FindAllStringSubmatchIndex(page, 10000)
		for i, at := range items {
			end := len(page)
			if i+1 < len(items) {
				end = items[i+1][0]
			}
			m := Media{Key: html.UnescapeString(page[at[2]:at[3]])}
			if h := pageHash.FindString(page[at[1]:end]); h != "" {
				m.Hash = h
			}
			res.Media = append(res.Media, m)
		}
	}
	if res.URL == "" && len(res.Media) == 0 {
		return nil, errors.New("the page names no address and no file")
	}
	return []Result{res}, nil
}

func makeResult(status string, meta, media any) (Result, error) {
	r := Result{Status: status}
	m, ok := meta.(map[string]any)
	if !ok {
		return r, errors.New("the metadata is no dict")
	}
	list, ok := media.([]any)
	if !ok {
		return r, errors.New("the media is no list")
	}
	r.setMetadata(m)
	for _, v := range list {
		fields, ok := v.(map[string]any)
		if c, isCall := v.(Call); isCall {
			fields, ok = c.Named, true
		}
		if !ok {
			return r, errors.New("a file is described by no dict")
		}
		r.Media = append(r.Media, makeMedia(fields, 0))
	}
	return r, nil
}

func (r *Result) setMetadata(m map[string]any) {
	r.Metadata = m
	r.URL, _ = m["url"].(string)
	r.Title, _ = m["title"].(string)
	r.Processed = timeOf(m["_processed_at"])
}

// timeOf reads a time as repr, str and JSON write it.
func timeOf(v any) time.Time {
	switch v := v.(type) {
	case Call:
		if !strings.HasSuffix(v.Name, "datetime") || len(v.Args) < 3 {
			return time.Time{}
		}
		n := [7]int{}
		for i, a := range v.Args[:min(7, len(v.Args))] {
			f, _ := a.(float64)
			n[i] = int(f)
		}
		return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*1000, time.UTC)
	case string:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999-07:00", "2006-01-02 15:04:05-07:00", "2006-01-02T15:04:05.999999", "2006-01-02 15:04:05"} {
			if t, err := time.Parse(layout, v); err == nil {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}

func makeMedia(m map[string]any, depth int) Media {
	str := func(m map[string]any, k string) string { s, _ := m[k].(string); return s }
	out := Media{Name: str(m, "filename"), Key: cmpOr(str(m, "_key"), str(m, "key")), Type: cmpOr(str(m, "_mimetype"), str(m, "mimetype"))}
	if urls, ok := m["urls"].([]any); ok {
		for _, u := range urls {
			if s, ok := u.(string); ok {
				out.URLs = append(out.URLs, s)
			}
		}
	}
	props, _ := m["properties"].(map[string]any)
	out.Hash, out.ID = str(props, "hash"), str(props, "id")
	for _, k := range slices.Sorted(maps.Keys(props)) {
		list, ok := props[k].([]any)
		if !ok || depth > 8 {
			continue
		}
		for _, in := range list {
			if c, ok := in.(Call); ok {
				in = c.Named
			}
			if fields, ok := in.(map[string]any); ok && fields["filename"] != nil {
				out.Inner = append(out.Inner, makeMedia(fields, depth+1))
			}
		}
	}
	return out
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
