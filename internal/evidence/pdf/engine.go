package pdf

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// versions are those of what is compiled: a test compares them with go.mod.
const versions = "pdfium-v1.21.4-wazero-v1.12.0"

// build names what was compiled: a newer PDFium is compiled anew. A program without
// a list of its modules, such as a test, is told apart, because wazero does so.
func build() string {
	listed := "-unlisted"
	if info, ok := debug.ReadBuildInfo(); ok && slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return m.Path == "github.com/tetratelabs/wazero" }) {
		listed = ""
	}
	return versions + "-" + runtime.GOOS + "-" + runtime.GOARCH + listed
}

// mostMemory is what PDFium may use, in pages of 64 KiB: 1 GiB.
const mostMemory = 16384

// Compiled returns the folder below dir that holds PDFium as machine code, or
// nothing where Compile has not made it.
func Compiled(dir string) string {
	if dir == "" {
		return ""
	}
	made := filepath.Join(dir, build())
	if entries, err := os.ReadDir(made); err != nil || len(entries) == 0 {
		return ""
	}
	return made
}

// Compile turns PDFium into machine code and keeps it below dir, which is made. It takes
// some seconds and some hundred megabytes, once; nothing of anybody's file is looked
// at. Two that do it at once end with one whole result.
func Compile(dir string) error {
	if Compiled(dir) != "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep compiled code: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, ".making-*")
	if err != nil {
		return fmt.Errorf("keep compiled code: %w", err)
	}
	defer os.RemoveAll(tmp)
	e, err := start(tmp)
	if err != nil {
		return err
	}
	e.close()
	if err := os.Rename(tmp, filepath.Join(dir, build())); err != nil && Compiled(dir) == "" {
		return fmt.Errorf("keep compiled code: %w", err)
	}
	return nil
}

// engine is PDFium, running in its own memory: it has no files, no clock that tells
// the time, and no network.
type engine struct {
	pdfium.Pdfium
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

// start starts PDFium: out of compiled code where a folder of it is named, else
// word by word, which starts sooner than compiling and draws fifty times slower.
func start(code string) (*engine, error) {
	e := &engine{}
	c := wazero.NewRuntimeConfigInterpreter()
	if code != "" {
		var err error
		if e.cache, err = wazero.NewCompilationCacheWithDir(code); err != nil {
			return nil, fmt.Errorf("start PDFium: %w", err)
		}
		c = wazero.NewRuntimeConfig().WithCompilationCache(e.cache)
	}
	c = c.WithMemoryLimitPages(mostMemory).WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	var err error
	e.pool, err = webassembly.Init(webassembly.Config{MinIdle: 0, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: c, FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	if e.Pdfium, err = e.pool.GetInstance(time.Minute); err != nil {
		e.close()
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	return e, nil
}

// close gives the memory back.
func (e *engine) close() {
	if e.Pdfium != nil {
		e.Pdfium.Close()
	}
	if e.pool != nil {
		e.pool.Close()
	}
	if e.cache != nil {
		e.cache.Close(context.Background())
	}
}
