package config

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax reports what the YAML parser says, which names a line at most, in words
// for who writes a configuration.
func (d *document) syntax(err error) {
	line, text := 1, err.Error()
	if m := syntaxError.FindStringSubmatch(text); m != nil {
		text = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	for _, c := range clearer {
		if !strings.Contains(text, c.said) {
			continue
		}
		switch {
		case strings.HasSuffix(c.means, "check the indentation") && c.above:
			line = d.outOfPlace(line, c.said)
		case c.above && line < bytes.Count(d.data, []byte("\n"))+1:
			line++
		}
		text = c.means
		break
	}
	for _, near := range []int{line, line - 1, line + 1} {
		if col, means := d.oddCharacter(near); means != "" {
			d.misread(near, col, "is no YAML: "+means)
			return
		}
	}
	d.misread(line, 1, "is no YAML: "+text)
}

// clearer says what the parser's words mean. Of some it names the line above the
// right one.
var clearer = []struct {
	said, means string
	above       bool
}{
	{"mapping values are not allowed", `a colon where no key can stand: put text that holds ": " in quotes, or check the indentation`, false},
	{"could not find expected ':'", "a key without its colon: check colon, quotes and indentation", false},
	{"did not find expected key", "a line that belongs to nothing above it: check the indentation", true},
	{"did not find expected '-' indicator", "a line among the items of a list that is none: check the indentation", true},
	{"did not find expected ',' or '}'", "what stands in {…} is separated by commas and ends with }", true},
	{"did not find expected ',' or ']'", "what stands in […] is separated by commas and ends with ]", true},
	{"did not find expected node content", "a value is missing, or […] or {…} does not end", true},
	{"block sequence entries are not allowed", `a list's "- " where none can begin: check the indentation`, false},
	{"found unexpected end of stream", "a quote is opened and not closed", false},
	{"found unknown escape character", `an unknown escape in "…": write the backslash twice, or the text in '…'`, false},
	{"control characters are not allowed", "a control character", false},
	{"UTF-8", "not UTF-8: save the file as UTF-8", false},
}

// oddCharacter names a character of the line that YAML takes for something else
// than it looks like.
func (d *document) oddCharacter(line int) (col int, means string) {
	lines := bytes.SplitN(d.data, []byte("\n"), line+1)
	if line < 1 || line > len(lines) {
		return 0, ""
	}
	text := string(lines[line-1])
	for i, r := range text {
		switch {
		case r == '\t':
			return i + 1, "a tab: YAML indents with blanks"
		case isOddBlank(r):
			return i + 1, fmt.Sprintf("an odd blank (U+%04X): YAML indents with plain ones", r)
		case r == ' ' || r == '-':
			continue
		}
		break
	}
	if m := beginsNothing.FindStringSubmatchIndex(text); m != nil {
		return m[2] + 1, fmt.Sprintf("%q begins no text: put it in quotes", text[m[2]:m[3]])
	}
	return 0, ""
}

// isOddBlank tells blanks that look like one and are not, and what is not seen at
// all.
func isOddBlank(r rune) bool { return r != ' ' && unicode.In(r, unicode.Zs, unicode.Cf) }

// outOfPlace returns the line that the parser stumbled on, where it names the
// list or the keys that it had begun: the first without which all is well.
func (d *document) outOfPlace(line int, said string) int {
	const longest = 256 << 10 // of what is read again and again
	lines := bytes.SplitAfter(d.data, []byte("\n"))
	if len(d.data) > longest {
		return line
	}
	at := sort.Search(len(lines), func(n int) bool {
		err := yaml.Unmarshal(bytes.Join(lines[:n+1], nil), &yaml.Node{})
		return err != nil && strings.Contains(err.Error(), said)
	})
	return min(at, len(lines)-1) + 1
}

// beginsNothing finds a value, an item or a key that begins with what YAML keeps
// for itself.
var beginsNothing = regexp.MustCompile("(?:^|[:,\\[{-] *)([@`%])")
