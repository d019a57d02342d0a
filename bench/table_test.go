package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	for _, test := range []struct {
		values  []float64
		q, want float64
	}{
		{[]float64{7}, 0.5, 7},
		{[]float64{7}, 0.75, 7},
		{[]float64{9, 1, 5}, 0.5, 5},
		{[]float64{4, 1, 100, 2}, 0.5, 3},
		{[]float64{5, 4, 3, 2, 1}, 0.25, 2},
		{[]float64{4, 0}, 0.75, 3},
		{[]float64{2, 1}, 1, 2},
	} {
		if got := quantile(test.values, test.q); got != test.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", test.values, test.q, got, test.want)
		}
	}
}

func TestQuantileLeavesItsArgument(t *testing.T) {
	values := []float64{3, 1, 2}
	quantile(values, 0.5)
	if !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("the values are %v now", values)
	}
}

// The ratio is the median of the rounds' ratios, not the ratio of the medians:
// here 0.5 against 20/40.
func TestTable(t *testing.T) {
	ms := func(values ...int) (times []time.Duration) {
		for _, v := range values {
			times = append(times, time.Duration(v)*time.Millisecond)
		}
		return times
	}
	r := result{
		title: "An app",
		rows: []row{
			{plainBuild, ms(10, 40, 100)},
			{hotreloadDefaults, ms(9, 20, 30)},
		},
		budgets: []budget{{against: plainBuild, ratio: 0.49, extra: 5}, {against: plainBuild}},
	}
	var got strings.Builder
	if _, err := r.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	want := `
### An app

| contender | median, ms | min..max, ms |
|---|---|---|
| go build, stop, start | 40 | 10..100 |
| hotreload | 20 | 9..30 |

| hotreload against | ratio (middle half) | budget | difference, ms | budget |
|---|---|---|---|---|
| go build, stop, start | 0.50 (0.40..0.70) | 0.49, **missed** | -20 (-45..-10) | +5, kept |
| go build, stop, start | 0.50 (0.40..0.70) |  | -20 (-45..-10) |  |
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}
