package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// result is what one subject's rounds gave.
type result struct {
	title   string
	rows    []row
	budgets []budget
}

// row holds the times of one contender, by round.
type row struct {
	name  string
	times []time.Duration
}

// budget bounds hotreload's time against another contender's. Zero: reported,
// not bounded.
type budget struct {
	against string
	ratio   float64
	extra   float64 // milliseconds
}

// WriteTo writes the tables in Markdown. A ratio is the median of the rounds'
// ratios, not the ratio of the medians; in brackets stands the middle half.
func (r result) WriteTo(to io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", r.title)
	b.WriteString("| contender | median, ms | min..max, ms |\n|---|---|---|\n")
	for _, row := range r.rows {
		ms := row.milliseconds()
		fmt.Fprintf(&b, "| %s | %.0f | %.0f..%.0f |\n", row.name, quantile(ms, 0.5), slices.Min(ms), slices.Max(ms))
	}
	b.WriteString("\n| hotreload against | ratio (middle half) | budget | difference, ms | budget |\n|---|---|---|---|---|\n")
	own := r.row(hotreloadDefaults).milliseconds()
	for _, budget := range r.budgets {
		other := r.row(budget.against).milliseconds()
		ratios, differences := pairwise(own, other, divide), pairwise(own, other, subtract)
		ratio, difference := quantile(ratios, 0.5), quantile(differences, 0.5)
		fmt.Fprintf(&b, "| %s | %.2f (%.2f..%.2f) | %s | %+.0f (%+.0f..%+.0f) | %s |\n", budget.against,
			ratio, quantile(ratios, 0.25), quantile(ratios, 0.75), verdict("%.2f", ratio, budget.ratio),
			difference, quantile(differences, 0.25), quantile(differences, 0.75), verdict("%+.0f", difference, budget.extra))
	}
	n, err := io.WriteString(to, b.String())
	return int64(n), err
}

// verdict tells a bound and whether it is kept; without one it is empty.
func verdict(format string, value, bound float64) string {
	switch {
	case bound == 0:
		return ""
	case value <= bound:
		return fmt.Sprintf(format, bound) + ", kept"
	}
	return fmt.Sprintf(format, bound) + ", **missed**"
}

func (r result) row(name string) row {
	return r.rows[slices.IndexFunc(r.rows, func(row row) bool { return row.name == name })]
}

func (r row) milliseconds() []float64 {
	var ms []float64
	for _, t := range r.times {
		ms = append(ms, float64(t)/float64(time.Millisecond))
	}
	return ms
}

// pairwise combines the values of the same round: what disturbs a round
// disturbs both.
func pairwise(a, b []float64, combine func(a, b float64) float64) []float64 {
	var all []float64
	for i := range min(len(a), len(b)) {
		all = append(all, combine(a[i], b[i]))
	}
	return all
}

func divide(a, b float64) float64   { return a / b }
func subtract(a, b float64) float64 { return a - b }

// quantile is the value below which the share q of the values lies; between two
// values it is interpolated. There must be one.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
