package airimport

import (
	"fmt"
	"time"
)

// stop carries over how the app is stopped. Without send_interrupt air kills it at
// once; hotreload always sends a signal first, which costs nothing.
func (c *converter) stop() {
	to := &c.out.Config.Runner
	if !c.air.Build.SendInterrupt {
		c.unneeded("build.kill_delay", "without send_interrupt it has no effect in air; the app gets runner.stop_signal and has runner.stop_timeout")
		return
	}
	to.StopSignal = "SIGINT"
	c.carried("build.send_interrupt")
	if delay := killDelay(c.air.Build.KillDelay); delay > 0 {
		to.StopTimeout = delay
		c.carried("build.kill_delay")
	}
}

// killDelay is a number of milliseconds, or a duration such as "1s"; 0: neither.
func killDelay(value any) time.Duration {
	switch v := value.(type) {
	case int64:
		if d := time.Duration(v); d >= time.Millisecond { // so large a number is nanoseconds, as in air
			return d
		}
		return time.Duration(v) * time.Millisecond
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return 0
		}
		return d
	}
	return 0
}

// proxy carries over the proxy, which reloads pages like air's.
func (c *converter) proxy() {
	p := c.air.Proxy
	if !p.Enabled {
		const off = "the proxy is off"
		c.unneeded("proxy.proxy_port", off)
		c.unneeded("proxy.app_port", off)
		c.unneeded("proxy.app_start_timeout", off)
		return
	}
	c.carried("proxy.enabled")
	if p.ProxyPort == 0 {
		return // a proxy needs a port
	}
	c.carried("proxy.proxy_port")
	// Like air's, on all interfaces: without a host ours is for this machine alone.
	c.out.Set = append(c.out.Set, fmt.Sprintf("proxy.listen=0.0.0.0:%d", p.ProxyPort))
	c.note("proxy.proxy_port", show(p.ProxyPort), fmt.Sprintf("air's proxy can be reached from the network, so proxy.listen is 0.0.0.0:%d; for this machine alone write :%d", p.ProxyPort, p.ProxyPort))
	if p.AppPort != 0 {
		c.carried("proxy.app_port")
		c.out.Set = append(c.out.Set, fmt.Sprintf("proxy.target=localhost:%d", p.AppPort))
	}
	if timeout := time.Duration(p.AppStartTimeout) * time.Millisecond; timeout > 0 {
		c.carried("proxy.app_start_timeout")
		c.out.Config.Runner.ReadyTimeout = timeout
	}
}

// milliseconds writes a duration as the config does.
func milliseconds(n int) string { return (time.Duration(n) * time.Millisecond).String() }
