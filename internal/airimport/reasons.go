package airimport

// reason says why a key is not carried over.
type reason struct {
	text string
	lost bool // the user must look at it
}

// reasons are for keys whose value does not matter.
var reasons = map[string]reason{
	"tmp_dir":                         {"executables go to the user's cache directory, not into the project; watch.exclude leaves out this directory, like air", false},
	"testdata_dir":                    {"watch.exclude leaves out this directory, like air", false},
	"build.log":                       {"compiler errors are on the screen; --events FILE records them and everything else", false},
	"build.exclude_unchanged":         {"an identical build restarts nothing", false},
	"build.ignore_dangerous_root_dir": {"the module and the package graph decide what is watched", false},
	"build.delay":                     {"the build starts at the first change; watch.quiet says when a batch of changes is settled", false},
	"build.follow_symlink":            {"symbolic links to directories are followed, except to a system or home directory", false},
	"build.stop_on_error":             {"when a build fails, the last good version keeps serving; no setting stops it", true},
	"build.rerun":                     {"an app that exits on its own is restarted at the next change, not before; use a service manager or a loop in a script", true},
	"build.rerun_delay":               {"an app that exits on its own is not restarted before the next change", false},
	"build.post_cmd":                  {"hotreload runs nothing when it ends; run this after hotreload, in a script. It need not stop processes of the app: hotreload leaves none behind", true},
	"color.main":                      {"the screen's colours are hotreload's own", false},
	"color.watcher":                   {"the screen's colours are hotreload's own", false},
	"color.build":                     {"the screen's colours are hotreload's own", false},
	"color.runner":                    {"the screen's colours are hotreload's own", false},
	"color.app":                       {"the app's output passes through unchanged", false},
	"color.mode":                      {"the screen's colours are hotreload's own", false},
	"log.time":                        {"--ui json and --events record the time of each event", false},
	"log.main_only":                   {"--ui json has everything, for a script to filter", false},
	"log.silent":                      {"redirect stderr; the app's lines are on its own streams", false},
	"misc.clean_on_exit":              {"nothing is written into the project", false},
	"misc.startup_banner":             {"there is no banner", false},
	"screen.clear_on_rebuild":         {"the screen is not cleared", false},
	"screen.keep_scroll":              {"the screen is not cleared", false},
}

// defaults are air's defaults, as the TOML decoder returns them.
var defaults = map[string]any{
	"root":                    ".",
	"tmp_dir":                 "tmp",
	"testdata_dir":            "testdata",
	"build.log":               "build-errors.log",
	"build.exclude_regex":     []any{"_test.go"},
	"build.include_ext":       []any{"go", "tpl", "tmpl", "html"},
	"build.delay":             int64(1000),
	"build.rerun_delay":       int64(500),
	"build.poll_interval":     int64(500),
	"color.main":              "magenta",
	"color.watcher":           "cyan",
	"color.build":             "yellow",
	"color.runner":            "green",
	"color.mode":              "auto",
	"screen.keep_scroll":      true,
	"proxy.app_start_timeout": int64(5000),
}
