package api_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var parameter = regexp.MustCompile(`\{([^}]+)\}`)

// validate checks a document against the rules of OpenAPI 3.1 that a program
// relies on: what is required is there, references lead somewhere, path
// parameters are declared, and operations have names of their own.
func validate(t *testing.T, b []byte) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	info, _ := doc["info"].(map[string]any)
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") || info["title"] == "" || info["version"] == "" {
		t.Errorf("openapi %v, info %v", doc["openapi"], info)
	}
	names := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, x := range item.(map[string]any) {
			o := x.(map[string]any)
			name, _ := o["operationId"].(string)
			if name == "" || names[name] {
				t.Errorf("%s %s: operationId %q", method, path, name)
			}
			names[name] = true
			if len(o["responses"].(map[string]any)) < 2 || o["security"] == nil || o["summary"] == "" || o["tags"] == nil {
				t.Errorf("%s %s lacks responses, security, a summary or a tag", method, path)
			}
			var declared []string
			for _, p := range list(o["parameters"]) {
				q := p.(map[string]any)
				if q["schema"] == nil {
					t.Errorf("%s %s: parameter %v has no schema", method, path, q["name"])
				}
				if q["in"] == "path" {
					declared = append(declared, q["name"].(string))
				}
			}
			for _, m := range parameter.FindAllStringSubmatch(path, -1) {
				if !slices.Contains(declared, m[1]) {
					t.Errorf("%s %s does not declare %s", method, path, m[1])
				}
			}
			if method == "post" && o["requestBody"] == nil && !slices.Contains([]string{"tick", "take-pack"}, name) {
				t.Errorf("%s %s has no body", method, path)
			}
		}
	}
	references(t, doc, doc)
}

func list(x any) []any { l, _ := x.([]any); return l }

// references makes sure that each leads somewhere in the document.
func references(t *testing.T, doc map[string]any, x any) {
	t.Helper()
	switch x := x.(type) {
	case []any:
		for _, y := range x {
			references(t, doc, y)
		}
	case map[string]any:
		if ref, ok := x["$ref"].(string); ok && !leads(doc, ref) {
			t.Errorf("%s leads nowhere", ref)
		}
		for _, y := range x {
			references(t, doc, y)
		}
	}
}

func leads(doc map[string]any, ref string) bool {
	at := any(doc)
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		m, _ := at.(map[string]any)
		if at = m[step]; at == nil {
			return false
		}
	}
	return strings.HasPrefix(ref, "#/")
}
