package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// shownPatience bounds how long a page may take to show something.
const shownPatience = time.Minute

// openChromium starts a headless browser.
func openChromium(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		return nil, nil, fmt.Errorf("find a browser: %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"))
	ctx, closeProcess := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeBrowser := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events that it does not know
	stop := func() {
		closeBrowser()
		closeProcess()
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start chromium: %w", err)
	}
	return ctx, stop, nil
}

// tab is a tab in a profile of its own.
type tab struct{ ctx context.Context }

func openTab(browser context.Context, url string) (tab, error) {
	ctx, _ := chromedp.NewContext(browser, chromedp.WithNewBrowserContext()) // until the browser is closed
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return tab{}, fmt.Errorf("open %s in chromium: %w", url, err)
	}
	return tab{ctx}, nil
}

// number evaluates an expression.
func (t tab) number(expression string) (float64, error) {
	n, err := chromedp.Run(t.ctx, chromedp.Evaluate[float64](expression))
	if err != nil {
		return 0, fmt.Errorf("evaluate %s in chromium: %w", expression, err)
	}
	return n, nil
}

// until waits until an expression is true, in whatever page the tab shows by then. It returns
// when that was, by the clock of the page, which is the system's.
func (t tab) until(expression string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(t.ctx, shownPatience)
	defer cancel()
	wait := `new Promise(done => {
		const is = () => { try { return ` + expression + ` } catch { return false } };
		const look = () => { if (is()) done(performance.timeOrigin + performance.now()); else setTimeout(look, 1); };
		look();
	})`
	for {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[float64](wait, chromedp.EvalAwaitPromise))
		if err == nil {
			return pageTime(at), nil
		}
		if ctx.Err() != nil || !hasLeft(err) {
			return time.Time{}, fmt.Errorf("wait in chromium until %s: %w", expression, err)
		}
	}
}

// pageTime is a time as pages have it.
func pageTime(ms float64) time.Time { return time.UnixMicro(int64(ms * 1000)) }

// hasLeft reports whether an expression was not evaluated because its page was left.
func hasLeft(err error) bool {
	for _, words := range []string{"context was destroyed", "navigated or closed", "Cannot find context", "Promise was collected"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
