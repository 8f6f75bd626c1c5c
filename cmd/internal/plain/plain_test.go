package plain

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestEscape shows what cannot be seen, and nothing else, also when characters
// are cut between writes.
func TestEscape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   "",
		"id:1\tstat:É\u00a0漢 \u202f👍\n":      "id:1\tstat:É\u00a0漢 \u202f👍\n",
		"\x1b[2J\r\x7f":                      `\u001b[2J\u000d\u007f`,
		"\u009b2J\u0085":                     `\u009b2J\u0085`,
		"\u202egnp\u2066\u200e\u061c":        `\u202egnp\u2066\u200e\u061c`,
		"\u200b\u200d\ufeff\u00ad\U000e0041": `\u200b\u200d\ufeff\u00ad\udb40\udc41`,
		"\x9b\xff":                           `\x9b\xff`,
	} {
		var once, cut bytes.Buffer
		w := &Writer{Writer: &cut}
		for i := range len(text) {
			if _, err := w.Write([]byte{text[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := (&Writer{Writer: &once}).Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%q: wrote %d, %v", text, n, err)
		}
		if once.String() != want || cut.String() != want {
			t.Errorf("%q becomes %q, and cut %q, want %q", text, once.String(), cut.String(), want)
		}
	}
}

// TestJSONStaysTheSame document.
func TestJSONStaysTheSame(t *testing.T) {
	t.Parallel()
	const text = "a\u009b\u202e\u200b\U000e0041é\u2028\x7f\""
	var out bytes.Buffer
	e := json.NewEncoder(&Writer{Writer: &out})
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got != text {
		t.Errorf("%s is read as %q, %v", out.Bytes(), got, err)
	}
	if bytes.ContainsAny(out.Bytes(), "\u009b\u202e\u200b\u2028\x7f") {
		t.Errorf("%q", out.Bytes())
	}
}
