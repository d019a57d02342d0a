// Package e2e holds the end-to-end tests: stories of a session, told with the real
// program on real projects.
//
// The harness comes first: tool_test.go is a session under test, event_test.go what it
// reports, project_test.go the files it works on, ports_test.go addresses that are held
// for a test, processes_test.go what is still alive. The other files are the stories.
//
// A quick run tells each kind of story once; HOTRELOAD_SLOW_TESTS=1 adds the other
// variants, HOTRELOAD_REAL_PROJECT=1 the modules that have to be fetched.
//
// The test binary runs itself as hotreload (TestMain), reads the JSON events of the
// session, and compares each stream with the contract. What always holds: when a
// test ends, no process that its session started is left.
//
// testdata/script holds the scripts: what a user types, and what it results in.
//
//	go test ./e2e -run TestPluginUnderLoad -plugin.edits 50
//
// edits the plugin of the example under load, 50 times instead of a few.
package e2e
