package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong, or in a warning doubtful, and where. It
// holds no secret.
type Fault struct {
	// File is the configuration file, or the environment variable.
	File string
	// Line and Col count from 1; 0 when there is no place in a file.
	Line, Col int
	// Path is the key's, as in operators[0].rules[2].err; it may be empty.
	Path string
	// Msg says what is wrong and what would be right.
	Msg string
}

// String returns "file:line:col: path: message", without what is absent.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Col)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path)
		b.WriteString(": ")
	}
	b.WriteString(f.Msg)
	return b.String()
}

// inOrder sorts the faults by their places and leaves each out that repeats one.
func inOrder(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Path, b.Path), cmp.Compare(a.File, b.File))
	})
	return slices.Compact(faults)
}

// nearest returns the name that a typist probably meant, or "". Words of which
// more than half differs have nothing to do with each other.
func nearest(word string, names []string) string {
	best, distance := "", 2+len(word)/3
	for _, name := range names[:min(len(names), mostFaults)] {
		if len(word) > 2*len(name) || len(name) > 2*len(word) {
			continue // more than half differs
		}
		d := editDistance(strings.ToLower(word), strings.ToLower(name))
		if d < distance && 2*d <= max(len(word), len(name)) {
			best, distance = name, d
		}
	}
	if best == "" {
		best = unfinished(word, names)
	}
	return best
}

// unfinished returns the name of which word is the greater part.
func unfinished(word string, names []string) string {
	for _, name := range names {
		if 2*len(word) > len(name) && strings.HasPrefix(name, strings.ToLower(word)) {
			return name
		}
	}
	return ""
}

// oneOf says which names would be right, the nearest first.
func oneOf(word string, names []string) string {
	const few = 8
	var b strings.Builder
	fmt.Fprintf(&b, "%q is not known", word)
	if near := nearest(word, names); near != "" {
		fmt.Fprintf(&b, ": did you mean %q?", near)
	}
	if len(names) <= few {
		fmt.Fprintf(&b, " (one of %s)", strings.Join(names, ", "))
	}
	return b.String()
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours between a and b.
func editDistance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := above[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(above[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
