package docs_test

import (
	"strings"
	"testing"
)

// block is one fenced block of a document.
type block struct {
	lang   string   // the first word behind the fence, "" for none
	marks  []string // the words behind it, which no reader sees
	text   string
	line   int  // of the fence
	follow bool // nothing but blank lines stands between it and the block before
}

// mark returns the value of the mark name=value, and whether name is there.
func (b *block) mark(name string) (string, bool) {
	for _, m := range b.marks {
		if n, value, _ := strings.Cut(m, "="); n == name {
			return value, true
		}
	}
	return "", false
}

// blocks reads the fenced blocks of a document.
func blocks(t *testing.T, file string) []block {
	t.Helper()
	var out []block
	var open *block
	follow := false
	for i, line := range strings.Split(read(t, file), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			words := append(strings.Fields(info), "")
			open = &block{lang: words[0], marks: words[1:], line: i + 1, follow: follow}
		case fence:
			out = append(out, *open)
			open, follow = nil, true
		case open != nil:
			open.text += line + "\n"
		case strings.TrimSpace(line) != "":
			follow = false
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", file, open.line)
	}
	return out
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	file := write(t, t.TempDir(), "x.md", "a\n```sh terminal=x once\nls\n```\n\n```\nb\n```\ntext\n```\nc\n```\n")
	got := blocks(t, file)
	if len(got) != 3 || got[0].lang != "sh" || got[0].text != "ls\n" || got[0].line != 2 || got[0].follow {
		t.Fatalf("read %+v", got)
	}
	if v, ok := got[0].mark("terminal"); v != "x" || !ok {
		t.Errorf("terminal is %q, %t", v, ok)
	}
	if _, ok := got[0].mark("once"); !ok {
		t.Error("once is not seen")
	}
	if !got[1].follow || got[2].follow {
		t.Errorf("follow is %t, %t", got[1].follow, got[2].follow)
	}
}
