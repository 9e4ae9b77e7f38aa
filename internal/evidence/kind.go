package evidence

import (
	"path"
	"strings"
)

// The kinds of things that files hold, as a glyph tells them.
const (
	KindPicture  = "picture"
	KindFilm     = "film"
	KindSound    = "sound"
	KindPages    = "pages" // a PDF
	KindDocument = "document"
	KindOther    = "other"
)

var kindsByEnding = func() map[string]string {
	out := map[string]string{}
	for kind, endings := range map[string]string{
		KindPicture:  "jpg jpeg jpe png gif webp tif tiff bmp heic heif avif",
		KindFilm:     "mp4 m4v mov avi mkv webm 3gp mpg mpeg ts",
		KindSound:    "mp3 wav ogg oga opus m4a aac flac amr",
		KindPages:    "pdf",
		KindDocument: "txt md csv tsv json jsonl xml html htm doc docx odt rtf xls xlsx ods ppt pptx eml mbox log dat opt asc sig ots tsr p7s pem zip gz tar wacz warc c2pa",
	} {
		for _, e := range strings.Fields(endings) {
			out["."+e] = kind
		}
	}
	return out
}()

// Kind is what a file holds, as far as its name and the media type that was told with it
// say: nothing is looked at for it, and it may be wrong.
func (w Words) Kind() string {
	media, _, _ := strings.Cut(strings.ToLower(w.Type), ";")
	if media == "application/pdf" {
		return KindPages
	}
	if kind, ok := kindsByEnding[strings.ToLower(path.Ext(w.Name))]; ok {
		return kind
	}
	major, _, _ := strings.Cut(media, "/")
	if kind, ok := map[string]string{"image": KindPicture, "video": KindFilm, "audio": KindSound, "text": KindDocument}[major]; ok {
		return kind
	}
	return KindOther
}
