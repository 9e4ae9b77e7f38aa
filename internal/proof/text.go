package proof

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"

	"github.com/heed-project/heed/internal/proof/archiver"
	"github.com/heed-project/heed/internal/proof/graph"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/proofmode"
)

// proofTable tells the tables of ProofMode by their names.
var proofTable = regexp.MustCompile(`(\.proof\.(csv|json)|batchproof\.csv)$`)

// text judges the kinds that are text, or returns nil.
func (c *check) text(b []byte) *judge.Finding {
	dir, base := filepath.Split(c.path)
	root, err := os.OpenRoot(filepath.Clean(cmpOr(dir, ".")))
	if err != nil {
		return judge.Broken("file", err)
	}
	defer root.Close()
	if proofTable.MatchString(base) {
		for _, s := range proofmode.Find(judge.Beside(root.FS(), base)) {
			for _, table := range s.Tables {
				if table == base {
					return proofmode.Judge(only{root.FS(), append(s.Files(), pool(root, s)...)}, s, c.o.Keys, c.o.Headers, c.o.Options)
				}
			}
		}
		return proofmode.JudgeBatch(root.FS(), base)
	}
	if archiver.Is(base, b) {
		return archiver.Judge(root.FS(), base, b, c.o.Options)
	}
	if kind := graph.Kind(base, b); kind != "" {
		return graph.Judge(kind, root.FS(), base, b)
	}
	if trimmed := bytes.TrimSpace(b); c.ext() == ".json" && len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return c.beside(graph.JSON(trimmed))
	}
	return nil
}

// pool are the files among which the media of a set may be that is named after
// its digest.
func pool(root *os.Root, s proofmode.Set) []string {
	if s.Media != "" {
		return nil
	}
	names := judge.Beside(root.FS(), ".")
	return names[:min(len(names), 1000)]
}
