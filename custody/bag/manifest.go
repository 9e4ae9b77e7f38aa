package bag

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A manifest is one list of digests.
type manifest struct {
	name, alg string
	tag       bool
	digests   map[string]listed // by the name of the file in the bag
	dotted    int               // lines whose path begins with "./"
	lines     int
}

// listed is one line of a manifest.
type listed struct {
	line   int
	path   string // as it is written there
	digest string // lower case hex
}

// manifestName tells manifests by their names.
var manifestName = regexp.MustCompile(`^(tag)?manifest-([A-Za-z0-9_-]+)\.txt$`)

// manifests reads every manifest of the bag.
func (c *checker) manifests() {
	if !c.dir {
		c.wrong("data", 0, "the payload folder is missing")
	}
	readable := 0
	for _, name := range slices.Sorted(maps.Keys(c.sizes)) {
		m := manifestName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		alg := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(m[2]))
		if algorithms[alg] == nil {
			c.doubt(name, 0, "%s is no digest that is known here: this list was not checked", m[2])
			continue
		}
		if alg != m[2] {
			c.strict(name, 0, "the digest in the name is written %s, must be %s", m[2], alg)
		}
		list := &manifest{name: name, alg: alg, tag: m[1] != "", digests: map[string]listed{}}
		c.readManifest(list)
		if list.tag {
			c.tags = append(c.tags, list)
			continue
		}
		readable++
		c.payload = append(c.payload, list)
		c.rep.Algorithms = append(c.rep.Algorithms, alg)
	}
	if readable == 0 {
		c.wrong("", 0, "no payload manifest that can be checked: manifest-ALGORITHM.txt is required")
	}
}

// manifestLine is a digest, white space, perhaps the star of md5sum, a path.
var manifestLine = regexp.MustCompile(`^([0-9A-Fa-f]+)([ \t]+)(\*?)(.+)$`)

func (c *checker) readManifest(m *manifest) {
	err := c.read(m.name, c.text, func(n int, line string) error {
		line = c.unmarked(m.name, n, line)
		if strings.TrimSpace(line) == "" {
			c.doubt(m.name, n, "an empty line")
			return nil
		}
		m.lines++
		c.manifestLine(m, n, line)
		return nil
	})
	if err != nil {
		c.wrong(m.name, 0, "%v", err)
	}
	switch {
	case m.dotted > 0 && m.dotted == m.lines:
		c.doubt(m.name, 0, `every path begins with "./", as checksum tools write them: not every program finds the files`)
	case m.dotted > 0:
		c.note(m.name, 0, `%d paths begin with "./"`, m.dotted)
	}
	c.alike(m)
}

func (c *checker) manifestLine(m *manifest, n int, line string) {
	parts := manifestLine.FindStringSubmatch(line)
	if parts == nil {
		c.wrong(m.name, n, "is not a digest, white space and a path")
		return
	}
	digest, written := strings.ToLower(parts[1]), parts[3]+parts[4]
	if want := algorithms[m.alg]().Size() * 2; len(digest) != want {
		c.wrong(m.name, n, "the digest has %d digits, %s has %d", len(digest), m.alg, want)
		return
	}
	if _, here := c.sizes[written]; parts[3] != "" && !here {
		c.doubt(m.name, n, `a "*" before the path: written by md5sum or a tool like it`)
		written = parts[4]
	}
	if strings.HasPrefix(written, "./") {
		m.dotted++
	}
	name, why := scope(written)
	if why != "" {
		c.wrong(m.name, n, "%s: %s", written, why)
		return
	}
	if why := m.misplaced(name); why != "" {
		c.strictIf(m.tag, m.name, n, "%s: %s", written, why)
		return
	}
	name = c.resolve(m.name, n, name)
	before, twice := m.digests[name]
	switch {
	case twice && before.digest != digest:
		c.wrong(m.name, n, "%s is listed again, with another digest than in line %d", written, before.line)
		return
	case twice:
		c.strict(m.name, n, "%s is listed again, as in line %d", written, before.line)
		return
	}
	if junk(name) {
		c.doubt(m.name, n, "%s was left by an operating system and is no content", written)
	}
	m.digests[name] = listed{n, written, digest}
}

// strictIf is strict where it is a matter of the version, and wrong elsewhere.
func (c *checker) strictIf(lenient bool, file string, line int, format string, a ...any) {
	if lenient {
		c.strict(file, line, format, a...)
	} else {
		c.wrong(file, line, format, a...)
	}
}

// misplaced says why a file may not be in this kind of list.
func (m *manifest) misplaced(name string) string {
	inside := strings.HasPrefix(name, "data/")
	switch {
	case !m.tag && !inside:
		return "a payload manifest lists files under data/ only"
	case m.tag && inside:
		return "a tag manifest does not list the payload"
	case m.tag && strings.HasPrefix(name, "tagmanifest-"):
		return "a tag manifest does not list tag manifests"
	}
	return ""
}

// outside are beginnings of paths that a shell or another system takes for a
// place out of the bag.
var outside = []struct {
	form *regexp.Regexp
	why  string
}{
	{regexp.MustCompile(`^/`), "is an absolute path"},
	{regexp.MustCompile(`^~`), "begins with a home folder"},
	{regexp.MustCompile(`^[A-Za-z]:`), "begins with a drive"},
	{regexp.MustCompile(`^\\`), "begins with a backslash, as absolute and network paths of Windows do"},
	{regexp.MustCompile(`^(%[^%/]+%|\$[A-Za-z_{(])`), "begins with a variable"},
	{regexp.MustCompile(`(^|[/\\])\.\.([/\\]|$)`), "leads upwards"},
	{regexp.MustCompile("\x00"), "holds a zero byte"},
	{regexp.MustCompile(`/$`), "is a folder"},
}

// scope cleans a path of a manifest and says why it is out of bounds.
func scope(written string) (name, why string) {
	for _, o := range outside {
		if o.form.MatchString(written) {
			return "", o.why
		}
	}
	name = path.Clean(written)
	if !fs.ValidPath(name) || name == "." {
		return "", "names no file"
	}
	return name, ""
}

// encoded are the only escapes that BagIt has in paths.
var encoded = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%25", "%")

// escapes takes them out.
var escapes = strings.NewReplacer("%0A", "", "%0a", "", "%0D", "", "%0d", "", "%25", "")

// resolve finds the file that a path means: in 1.0 percent, CR and LF are
// escaped, before it a path is taken as it is first; and a name may have come
// through a system that composes letters and accents otherwise.
func (c *checker) resolve(file string, line int, name string) string {
	tries := []string{name, encoded.Replace(name)}
	if c.v1() {
		slices.Reverse(tries)
	}
	for i, try := range tries {
		if _, ok := c.sizes[try]; ok {
			if c.v1() && (i > 0 || strings.Contains(escapes.Replace(name), "%")) {
				c.doubt(file, line, "%s: a percent sign that is not escaped as %%25", name)
			}
			return try
		}
	}
	if like := c.folded[norm.NFC.String(tries[0])]; len(like) == 1 {
		c.doubt(file, line, "%s: the file's name is composed of other characters that look the same (Unicode normalisation)", name)
		return like[0]
	}
	return tries[0]
}

// alike warns of names that fall together on a system that does not tell
// upper from lower case, or composes letters and accents.
func (c *checker) alike(m *manifest) {
	fold := cases.Fold()
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m.digests)) {
		key := strings.ToLower(name)
		if !ascii(name) {
			key = norm.NFC.String(fold.String(name))
		}
		if other, ok := seen[key]; ok {
			c.doubt(m.name, m.digests[name].line, "%q and %q are one file on some systems: they differ only in case or Unicode normalisation", other, name)
		}
		seen[key] = name
	}
}

// leftovers are files and folders that systems and their file managers leave behind,
// in small letters.
var leftovers = []string{
	".ds_store", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", ".documentrevisions-v100", "__macosx",
	"thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", ".directory",
}

// junk says whether a file was left behind by a system, itself or with the folder
// that it is in.
func junk(name string) bool {
	for part := range strings.SplitSeq(strings.ToLower(name), "/") {
		if slices.Contains(leftovers, part) || strings.HasPrefix(part, "._") || strings.HasPrefix(part, ".trash-") {
			return true
		}
	}
	return false
}

// fetchLine is a URL, a length or "-", and a path.
var fetchLine = regexp.MustCompile(`^(\S+)[ \t]+([0-9]+|-)[ \t]+(.+)$`)

// absolute is the beginning of an absolute URI.
var absolute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// fetchList reads fetch.txt. It says what was to be fetched; nothing is.
func (c *checker) fetchList() {
	const file = "fetch.txt"
	err := c.read(file, c.text, func(n int, line string) error {
		line = c.unmarked(file, n, line)
		if strings.TrimSpace(line) == "" {
			c.doubt(file, n, "an empty line")
			return nil
		}
		m := fetchLine.FindStringSubmatch(line)
		if m == nil {
			c.wrong(file, n, "is not a URL, a length or \"-\", and a path")
			return nil
		}
		name, why := scope(m[3])
		if why == "" && !strings.HasPrefix(name, "data/") {
			why = "only files under data/ are fetched"
		}
		if why != "" {
			c.wrong(file, n, "%s: %s", m[3], why)
			return nil
		}
		if !absolute.MatchString(m[1]) {
			c.strict(file, n, "%s is no absolute URL", m[1])
		}
		c.fetched(file, n, c.resolve(file, n, name), m[2])
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.wrong(file, 0, "%v", err)
	}
}
