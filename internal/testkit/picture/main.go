// Command picture photographs the board of a running exercise, for README.md:
//
//	go run ./internal/testkit/picture LINK FILE.png
//
// LINK is the sign-in link that `heed demo` prints. script/picture does both.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: picture LINK FILE.png")
		os.Exit(2)
	}
	if err := take(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// take signs in by the link, puts the first visit's guide aside, and keeps the
// upper part of the board.
func take(link, file string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(link), chromedp.Click("form.reply button"), chromedp.WaitVisible("main svg"),
		chromedp.Click(`.guide button`), chromedp.WaitNotPresent(`.guide`), chromedp.WaitVisible("main svg"))
	if err != nil {
		return fmt.Errorf("the board of %s: %w", link, err)
	}
	whole, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	page, err := png.Decode(bytes.NewReader(whole))
	if err != nil {
		return err
	}
	upper := image.NewRGBA(image.Rect(0, 0, page.Bounds().Dx(), min(1330, page.Bounds().Dy())))
	draw.Draw(upper, upper.Bounds(), page, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, upper); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
