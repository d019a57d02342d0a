package session

import (
	"fmt"
	"testing"

	"hotreload/runner"
)

func printed(stream, text string) runner.Output {
	return runner.Output{Gen: 1, Stream: stream, Data: []byte(text)}
}

// The app's output goes on as it came, and as lines.
func TestOutput(t *testing.T) {
	for name, moves := range map[string][]move{
		"a line": {
			{printed("stdout", "one\n"), `1 app.output stdout "one\n" ["one"]`},
		},
		"several": {
			{printed("stderr", "one\n\ntwo\n"), `1 app.output stderr "one\n\ntwo\n" ["one" "" "two"]`},
		},
		"a line in pieces": {
			{printed("stdout", "on"), `1 app.output stdout "on" []`},
			{printed("stdout", "e"), `1 app.output stdout "e" []`},
			{printed("stdout", "\ntwo"), `1 app.output stdout "\ntwo" ["one"]`},
			{printed("stdout", "\n"), `1 app.output stdout "\n" ["two"]`},
		},
		"both streams in turn": {
			{printed("stdout", "o"), `1 app.output stdout "o" []`},
			{printed("stderr", "e"), `1 app.output stderr "e" []`},
			{printed("stdout", "ut\n"), `1 app.output stdout "ut\n" ["out"]`},
			{printed("stderr", "rr\n"), `1 app.output stderr "rr\n" ["err"]`},
		},
		"carriage returns, which stay": {
			{printed("stdout", "one\r\ntwo\rthree\r"), `1 app.output stdout "one\r\ntwo\rthree\r" ["one\r"]`},
			{printed("stdout", "\n"), `1 app.output stdout "\n" ["two\rthree\r"]`},
		},
		"an end without a newline": {
			{printed("stdout", "done\nout"), `1 app.output stdout "done\nout" ["done"]`},
			{printed("stderr", "err"), `1 app.output stderr "err" []`},
			{crashed(1, 3), `
				1 app.output stdout "" ["out"]
				1 app.output stderr "" ["err"]
				1 app.exit 100 with 3: oh no`},
		},
		"the rest of it with the exit": {
			{printed("stdout", "o"), `1 app.output stdout "o" []`},
			{runner.Exited{Gen: 1, PID: 100, Expected: true, Tail: []runner.Output{
				printed("stdout", "ne\ntwo\nthr"), printed("stdout", "ee"), printed("stderr", "err\n"),
			}}, `
				1 app.output stdout "ne\ntwo\nthr" ["one" "two"]
				1 app.output stdout "ee" []
				1 app.output stderr "err\n" ["err"]
				1 app.output stdout "" ["three"]
				1 app.exit 100 with 0, as asked`},
		},
		"nothing of one process in the lines of the next": {
			{printed("stdout", "one"), `1 app.output stdout "one" []`},
			{crashed(1, 3), `
				1 app.output stdout "" ["one"]
				1 app.exit 100 with 3: oh no`},
			{printed("stdout", "two\n"), `1 app.output stdout "two\n" ["two"]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.t = t
			p.play(moves...)
		})
	}
}

// Lines and events are numbered together, without a gap.
func TestSeq(t *testing.T) {
	p := running(t)
	before := p.state.numbers.seq
	var seqs []int64
	for _, in := range []input{
		printed("stdout", "no line yet"), noted{"for people alone"}, printed("stdout", "\ntwo\nthree\n"),
		noted{"for people alone"}, CommandPause, printed("stderr", "last"), crashed(1, 1),
	} {
		switch given := in.(type) {
		case runner.Output:
			in = p.takeLines(given)
		case runner.Exited:
			in = p.endLines(given)
		}
		var effects []effect
		p.state, effects = p.state.apply(p.now, in, nil)
		for _, e := range effects {
			seqs = append(seqs, e.(emit).event.Seq-before)
		}
	}
	// Events that are not lines of the stream have the number 0.
	want := []int64{-before, -before, 1, -before, 4, -before, 5, 6}
	if fmt.Sprint(seqs) != fmt.Sprint(want) {
		t.Errorf("numbers %v, want %v", seqs, want)
	}
}
