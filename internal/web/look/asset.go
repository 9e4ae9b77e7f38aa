package look

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

//go:embed assets
var sources embed.FS

// Policy is the content security policy of every page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// An Asset is a file that pages load. Its path names its content, so that it
// may be kept for ever.
type Asset struct {
	Path, Type string
	Data       []byte
}

// Asset returns what is served under a path, or false.
func (s *Set) Asset(path string) (Asset, bool) {
	a, ok := s.hashed[path]
	return a, ok
}

// sheets are the style sheets in the order of their cascade layers.
var sheets = [...]string{"tokens.css", "base.css", "parts.css", "pages.css", "print.css"}

// bundle joins the style sheets, makes them and the script smaller, and names
// each asset after its content.
func (s *Set) bundle() error {
	s.assets, s.hashed = map[string]Asset{}, map[string]Asset{}
	var css strings.Builder
	for _, name := range sheets {
		b, err := fs.ReadFile(sources, "assets/"+name)
		if err != nil {
			return err
		}
		css.Write(b)
	}
	small, err := minify(css.String(), api.LoaderCSS)
	if err != nil {
		return err
	}
	s.add("app.css", "text/css; charset=utf-8", small)
	for _, name := range []string{"app.js", "passkey.js", "upload.js"} {
		b, err := fs.ReadFile(sources, "assets/"+name)
		if err != nil {
			return err
		}
		if b, err = minify(string(b), api.LoaderJS); err != nil {
			return err
		}
		s.add(name, "text/javascript; charset=utf-8", b)
	}
	for _, name := range []string{"plain.css", "mark.svg", "blank.svg"} {
		b, err := fs.ReadFile(sources, "assets/"+name)
		if err != nil {
			return err
		}
		kind := "image/svg+xml"
		if path.Ext(name) == ".css" {
			kind = "text/css; charset=utf-8"
			if b, err = minify(string(b), api.LoaderCSS); err != nil {
				return err
			}
		}
		s.add(name, kind, b)
	}
	return nil
}

func (s *Set) add(name, kind string, data []byte) {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	a := Asset{"/assets/" + strings.TrimSuffix(name, ext) + "-" + base64.RawURLEncoding.EncodeToString(sum[:9]) + ext, kind, data}
	s.assets[name], s.hashed[a.Path] = a, a
}

func minify(source string, as api.Loader) ([]byte, error) {
	r := api.Transform(source, api.TransformOptions{Loader: as, MinifyWhitespace: true, MinifySyntax: as == api.LoaderJS, Target: api.ESNext})
	if len(r.Errors) > 0 {
		return nil, fmt.Errorf("prepare an asset: line %d: %s", r.Errors[0].Location.Line, r.Errors[0].Text)
	}
	return r.Code, nil
}
