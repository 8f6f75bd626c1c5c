package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// stamp shows a time; zero is a dash.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// orDash shows a value that may be missing, or that a hostile receipt filled.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return quoteOdd(s)
}

// printable keeps a text that came over the network from breaking the layout or
// steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// printSection prints a titled table, or that there is nothing.
func printSection(w io.Writer, title string, rows [][]string) error {
	fmt.Fprintf(w, "\n%s\n", title)
	if len(rows) < 2 {
		_, err := fmt.Fprintln(w, "none")
		return err
	}
	return printTable(w, rows)
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
