package web

import "github.com/heed-project/heed/internal/web/page"

func more(w *page.Words) map[string]shown { return nil }
