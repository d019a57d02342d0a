package airimport

// reason says why a key is not carried over.
type reason struct {
	text string
	lost bool // the user has to look at it
}

// reasons are for the keys whose value does not matter to them.
var reasons = map[string]reason{
	"tmp_dir":                         {"executables are kept in the user's cache directory; nothing is written into the project", false},
	"testdata_dir":                    {"the package graph says what the app is built from", false},
	"build.log":                       {"compiler errors are shown; --events FILE keeps them, and all that happens", false},
	"build.exclude_unchanged":         {"a build that comes out the same restarts nothing", false},
	"build.ignore_dangerous_root_dir": {"what is watched follows from the module and the package graph", false},
	"build.delay":                     {"the build starts at the first change; watch.quiet says when a batch of changes is settled", false},
	"build.follow_symlink":            {"symbolic links to directories are followed, but not out to a whole system or home directory", false},
	"build.stop_on_error":             {"when a build fails, the last good version keeps serving; there is no setting to stop it", true},
	"build.rerun":                     {"an app that exits by itself is started again at the next change, not before; let a service manager or a loop in a script do it", true},
	"build.rerun_delay":               {"an app that exits by itself is not started again before the next change", false},
	"build.post_cmd":                  {"nothing is run when hotreload ends; run it after hotreload, in a script. If it ended processes of the app: hotreload leaves none behind", true},
	"color.main":                      {"the screen's colours are hotreload's own", false},
	"color.watcher":                   {"the screen's colours are hotreload's own", false},
	"color.build":                     {"the screen's colours are hotreload's own", false},
	"color.runner":                    {"the screen's colours are hotreload's own", false},
	"color.app":                       {"the app's output is passed on as it is", false},
	"color.mode":                      {"the screen's colours are hotreload's own", false},
	"log.time":                        {"--ui json and --events give the time of each event", false},
	"log.main_only":                   {"--ui json gives all, for a script to choose from", false},
	"log.silent":                      {"send stderr elsewhere: the app's own lines come on its own streams", false},
	"misc.clean_on_exit":              {"nothing is written into the project", false},
	"misc.startup_banner":             {"there is no banner", false},
	"screen.clear_on_rebuild":         {"the screen is not cleared", false},
	"screen.keep_scroll":              {"the screen is not cleared", false},
}

// defaults are air's own settings, as the TOML decoder gives them.
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
