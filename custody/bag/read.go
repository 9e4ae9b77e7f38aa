package bag

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// list finds every file of the bag.
func (c *checker) list() error {
	return fs.WalkDir(c.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return fmt.Errorf("list the bag: %w", err)
		case err != nil:
			c.wrong(name, 0, "cannot be read: %v", err)
			return nil
		case d.IsDir():
			c.dir = c.dir || name == "data"
			return nil
		case !d.Type().IsRegular():
			c.wrong(name, 0, "is neither a file nor a folder: a link may lead out of the bag, a device is no content")
			return nil
		case !utf8.ValidString(name):
			c.wrong(strings.ToValidUTF8(name, "\uFFFD"), 0, "its name is not UTF-8")
			return nil
		case len(c.sizes) >= MaxFiles:
			c.wrong("", 0, "more than %d files", MaxFiles)
			return fs.SkipAll
		}
		at, err := d.Info()
		if err != nil {
			c.wrong(name, 0, "cannot be read: %v", err)
			return nil
		}
		c.sizes[name] = at.Size()
		if !ascii(name) {
			composed := norm.NFC.String(name)
			c.folded[composed] = append(c.folded[composed], name)
		}
		if strings.HasPrefix(name, "data/") {
			c.rep.Files++
			c.rep.Bytes += at.Size()
		}
		return nil
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// declared is the form of the two lines of bagit.txt.
var declared = []*regexp.Regexp{
	regexp.MustCompile(`^BagIt-Version: ([0-9]+\.[0-9]+)([ \t]*)$`),
	regexp.MustCompile(`^Tag-File-Character-Encoding: (\S+)([ \t]*)$`),
}

// declaration reads bagit.txt. Without it nothing else can be read rightly.
func (c *checker) declaration() bool {
	const name = "bagit.txt"
	var lines []string
	err := c.read(name, decoder{}, func(_ int, line string) error {
		if lines = append(lines, line); len(lines) > 100 {
			return errStop
		}
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.wrong(name, 0, "is missing: without it this is no bag")
		return false
	case err != nil && !errors.Is(err, errStop):
		c.wrong(name, 0, "%v", err)
		return false
	case len(lines) < 2:
		c.wrong(name, 0, "has %d lines, must have two: BagIt-Version and Tag-File-Character-Encoding", len(lines))
		return false
	}
	if strings.HasPrefix(lines[0], "\uFEFF") {
		c.wrong(name, 1, "begins with a byte order mark")
		lines[0] = strings.TrimPrefix(lines[0], "\uFEFF")
	}
	var values [2]string
	for i, form := range declared {
		m := form.FindStringSubmatch(lines[i])
		if m == nil {
			c.wrong(name, i+1, "%q is not of the form %s", lines[i], []string{`"BagIt-Version: M.N"`, `"Tag-File-Character-Encoding: ENCODING"`}[i])
			return false
		}
		values[i] = m[1]
		if i == 0 && !c.setVersion(m[1]) {
			return false
		}
		if m[2] != "" {
			c.strict(name, i+1, "ends in white space")
		}
	}
	if len(lines) > 2 {
		c.strict(name, 3, "has more than two lines")
	}
	c.rep.Encoding = values[1]
	if c.text, err = encodingOf(values[1]); err != nil {
		c.wrong(name, 2, "%v", err)
		return false
	}
	return true
}

// setVersion takes the version declared, if it is one of those that exist.
func (c *checker) setVersion(v string) bool {
	c.rep.Version = v
	if !slices.Contains([]string{"0.93", "0.94", "0.95", "0.96", "0.97", "1.0"}, v) {
		c.wrong("bagit.txt", 1, "version %s: known are 0.93 to 0.97 and 1.0", v)
		return false
	}
	major, minor, _ := strings.Cut(v, ".")
	c.version[0], _ = strconv.Atoi(major)
	c.version[1], _ = strconv.Atoi(minor)
	return true
}

// read reads a tag file line by line.
func (c *checker) read(name string, d decoder, f func(n int, line string) error) error {
	if _, ok := c.sizes[name]; !ok {
		return fs.ErrNotExist
	}
	r, err := c.fsys.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	return d.lines(io.Reader(r), f)
}

// infoName is the name of the file of metadata, which was renamed with 0.96.
func (c *checker) infoName() string {
	if c.version[0] == 0 && c.version[1] < 96 {
		if _, ok := c.sizes["bag-info.txt"]; !ok {
			return "package-info.txt"
		}
	}
	return "bag-info.txt"
}

// info reads the metadata and holds the payload against its sum.
func (c *checker) info() {
	name := c.infoName()
	err := c.read(name, c.text, func(n int, line string) error {
		c.field(name, n, c.unmarked(name, n, line))
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.wrong(name, 0, "%v", err)
	}
	sums := 0
	for _, f := range c.rep.Info {
		if strings.EqualFold(f.Label, "Payload-Oxum") {
			sums++
			c.oxum(name, f.Value)
		}
	}
	if sums > 1 {
		c.strict(name, 0, "Payload-Oxum stands %d times", sums)
	}
}

// unmarked takes a byte order mark from the first line of a tag file: in UTF-8,
// which needs none, 1.0 forbids it.
func (c *checker) unmarked(name string, n int, line string) string {
	if n > 1 || !strings.HasPrefix(line, "\uFEFF") {
		return line
	}
	c.strict(name, 1, "begins with a byte order mark")
	return strings.TrimPrefix(line, "\uFEFF")
}

// field reads one line of metadata.
func (c *checker) field(name string, n int, line string) {
	if strings.TrimSpace(line) == "" {
		if line != "" || n > 1 {
			c.note(name, n, "an empty line")
		}
		return
	}
	if line[0] == ' ' || line[0] == '\t' {
		if len(c.rep.Info) == 0 {
			c.wrong(name, n, "goes on with a line that was never begun")
			return
		}
		last := &c.rep.Info[len(c.rep.Info)-1]
		last.Value += " " + strings.TrimSpace(line)
		return
	}
	label, value, ok := strings.Cut(line, ":")
	switch {
	case !ok:
		c.wrong(name, n, "%q has no colon: a line is \"Label: value\"", line)
		return
	case strings.TrimSpace(label) == "":
		c.wrong(name, n, "has no label before the colon")
		return
	case c.v1() && label != strings.TrimSpace(label):
		c.wrong(name, n, "the label %q ends in white space", label)
	case c.v1() && value != "" && value[0] != ' ' && value[0] != '\t':
		c.wrong(name, n, "no space after the colon of %s", label)
	}
	c.rep.Info = append(c.rep.Info, Field{strings.TrimSpace(label), strings.TrimSpace(value)})
}

// oxum holds the payload against "octets.files".
func (c *checker) oxum(name, value string) {
	octets, files, ok := strings.Cut(value, ".")
	size, err1 := strconv.ParseInt(octets, 10, 64)
	count, err2 := strconv.Atoi(files)
	if !ok || err1 != nil || err2 != nil || size < 0 || count < 0 {
		c.wrong(name, 0, "Payload-Oxum is %q, must be OCTETS.FILES", value)
		return
	}
	if size != c.rep.Bytes || count != c.rep.Files {
		c.wrong(name, 0, "Payload-Oxum says %d bytes in %d files, the payload has %d in %d", size, count, c.rep.Bytes, c.rep.Files)
	}
}

// notes says what is worth knowing and changes no verdict.
func (c *checker) notes() {
	for name := range c.sizes {
		if strings.HasPrefix(name, "data/") && path.Base(name) == "bagit.txt" {
			c.note(path.Dir(name), 0, "is a bag in the bag; it was not judged by itself")
		}
	}
	if c.rep.Version == "" {
		return
	}
	if !c.v1() {
		c.note("bagit.txt", 1, "version %s is older than RFC 8493, which is 1.0", c.rep.Version)
	}
	if len(c.tags) == 0 {
		c.note("", 0, "no tag manifest: nothing protects the manifests and the metadata")
	}
	if c.text.enc != nil {
		c.note("bagit.txt", 2, "tag files in %s, UTF-8 is recommended", c.rep.Encoding)
	}
	for _, m := range c.payload {
		if m.alg == "md5" || m.alg == "sha1" {
			c.note(m.name, 0, "%s protects against damage, not against forgery", m.alg)
		}
	}
}
