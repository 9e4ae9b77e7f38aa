package api

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// policy lets a page of this face load nothing from anywhere.
const policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

//go:embed api.html
var pageHTML string

var pageTemplate = template.Must(template.New("api").Parse(pageHTML))

// row is an operation as the page lists it.
type row struct{ Tag, Method, Path, ID, Summary, Scope string }

// documents serves the description of the face. It is the same for everyone,
// and tells nothing of the node but its address.
func (f *face) documents(mux *http.ServeMux) {
	serve := func(path, media string, make func() ([]byte, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			b, err := make()
			if err != nil {
				f.log.Error("api: document", "error", err)
				http.Error(w, "the document cannot be written", http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", media)
			w.Write(b)
		})
	}
	doc := f.api.OpenAPI()
	serve(base+"/openapi.json", "application/vnd.oai.openapi+json", doc.MarshalJSON)
	serve(base+"/openapi.yaml", "application/vnd.oai.openapi", doc.YAML)
	serve("/api/{$}", "text/html; charset=utf-8", f.page)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte(`{"status":404,"title":"Not Found","detail":"there is no such operation; GET /api/ lists them"}`))
	})
}

// page lists the operations for people.
func (f *face) page() ([]byte, error) {
	doc := f.api.OpenAPI()
	var rows []row
	for path, item := range doc.Paths {
		for method, o := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post} {
			if o != nil {
				rows = append(rows, row{o.Tags[0], method, base + path, o.OperationID, o.Summary, o.Security[0]["token"][0]})
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		About, Base string
		Rows        []row
	}{doc.Info.Description, base, rows})
	return b.Bytes(), err
}
