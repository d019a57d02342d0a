// Package chromium lets tests look at pages with Debian's chromium.
//
// In go addresses and scripts; out comes what a user would see. What always holds: a test
// binary starts one browser at most, when it first needs it; each test has a profile of its
// own in it; a machine without chromium skips such tests, and so does one where
// HOTRELOAD_SLOW_TESTS is not set. It is for tests alone.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for what must come. It does not measure speed.
const patience = 3 * time.Minute

// Browser is the browser of a test binary. The zero value starts when it is first needed.
type Browser struct {
	once  sync.Once
	ctx   context.Context
	close []context.CancelFunc
	files string // temporary ones: it leaves some when it is ended
	err   error
}

// start starts the browser.
func (b *Browser) start() {
	if b.files, b.err = os.MkdirTemp("", "chromium"); b.err != nil {
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"),
		chromedp.Env("TMPDIR="+b.files), chromedp.UserDataDir(filepath.Join(b.files, "profile")))
	ctx, closeProcess := chromedp.NewExecAllocator(context.Background(), options...)
	b.ctx, b.close = ctx, append(b.close, closeProcess)
	ctx, closeBrowser := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events that it does not know
	b.ctx, b.close = ctx, append(b.close, closeBrowser)
	b.err = chromedp.Do(ctx)
}

// Close ends the browser, if it was started.
func (b *Browser) Close() {
	for n := len(b.close) - 1; n >= 0; n-- {
		b.close[n]()
	}
	if b.files != "" {
		_ = os.RemoveAll(b.files)
	}
}

// Tab is one tab.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	errors *errorPages
}

// errorPages are the pages of the browser's own that a tab has shown in place of those that
// it could not load, by their addresses.
type errorPages struct {
	mu        sync.Mutex
	addresses []string
}

func (p *errorPages) note(event any) {
	e, ok := event.(*page.EventFrameNavigated)
	if !ok || e.Frame.UnreachableURL == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addresses = append(p.addresses, e.Frame.UnreachableURL)
}

// Tab opens a tab in a profile of its own, until the test ends.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	if os.Getenv("HOTRELOAD_SLOW_TESTS") == "" {
		t.Skip("set HOTRELOAD_SLOW_TESTS=1 to look at pages with chromium")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	if b.once.Do(b.start); b.err != nil {
		t.Fatalf("start chromium: %v", b.err)
	}
	return newTab(t, b.ctx, chromedp.WithNewBrowserContext())
}

func newTab(t testing.TB, parent context.Context, o ...chromedp.ContextOption) *Tab {
	errors := &errorPages{}
	ctx, cancel := chromedp.NewContext(parent, append(o, chromedp.WithListener(errors.note))...)
	t.Cleanup(cancel)
	tab := &Tab{t, ctx, errors}
	tab.Do()
	return tab
}

// Another opens another tab in the same profile.
func (tab *Tab) Another() *Tab { return newTab(tab.t, tab.ctx) }

// Window opens another window in the same profile.
func (tab *Tab) Window() *Tab { return newTab(tab.t, tab.ctx, chromedp.WithNewWindow(true)) }

// ErrorPages are the addresses that the tab, or a frame in it, has failed to load.
func (tab *Tab) ErrorPages() []string {
	tab.errors.mu.Lock()
	defer tab.errors.mu.Unlock()
	return slices.Clone(tab.errors.addresses)
}

// Freeze stops the tab's scripts, as browsers do with tabs that are not looked at, until Wake.
func (tab *Tab) Freeze() {
	tab.t.Helper()
	tab.lifecycle(page.SetWebLifecycleStateStateFrozen)
}

// Wake has the scripts of a frozen tab go on.
func (tab *Tab) Wake() {
	tab.t.Helper()
	tab.lifecycle(page.SetWebLifecycleStateStateActive)
}

func (tab *Tab) lifecycle(state page.SetWebLifecycleStateState) {
	tab.t.Helper()
	set := chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		return err
	})
	for {
		err := chromedp.Do(tab.ctx, set)
		if err == nil {
			return
		}
		if !left(err) { // else the next page is just about to come
			tab.t.Fatalf("chromium: make the tab %s: %v", state, err)
		}
	}
}

// Do carries out actions.
func (tab *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatalf("chromium: %v", err)
	}
}

// Open shows a page, and returns when it has been loaded.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(url))
}

// Text evaluates an expression, which may be a promise, to a string.
func (tab *Tab) Text(expression string) string {
	tab.t.Helper()
	text, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("chromium: %s: %v", expression, err)
	}
	return text
}

// Picture is what the tab shows, as PNG.
func (tab *Tab) Picture() ([]byte, error) { return chromedp.Run(tab.ctx, chromedp.CaptureScreenshot()) }

// Until waits until an expression is true, in whatever page the tab shows then. Where it
// throws, the page may not be there yet.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	wait := `new Promise(done => {
		const is = () => { try { return ` + expression + ` } catch { return false } };
		const look = () => { if (is()) done(true); else setTimeout(look, 5); };
		look();
	})`
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise))
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			tab.t.Fatalf("chromium: in %v it did not become true that %s; the page: %s", patience, expression, tab.Text("location + document.documentElement.outerHTML"))
		case left(err): // look in the next page
		default:
			tab.t.Fatalf("chromium: waiting for %s: %v", expression, err)
		}
	}
}

// left reports whether something failed because its page was left.
func left(err error) bool {
	for _, words := range []string{"context was destroyed", "navigated or closed", "Cannot find context", "Promise was collected", "Not attached to an active page"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
