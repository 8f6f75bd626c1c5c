package receipt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pattern, body string
		want          want
		extra         []Extra
	}{
		"whole body": {
			pattern: `^(?P<stat>\d\d),(?P<id>\d+),(?P<err>\d*),(?P<msg>.*)$`,
			body:    "01,4711,,said id:5 sub:3",
			want:    want{"stat": "01", "id": "4711", "err": ""},
			extra:   []Extra{{"msg", "said id:5 sub:3"}},
		},
		"part of the body adds to the general rules": {
			pattern: `stat:\w+ (?P<err>\d{3})$`,
			body:    "id:11f8 sub:001 stat:DELIVRD 000",
			want:    want{"id": "11f8", "sub": "001", "stat": "DELIVRD", "err": "000"},
		},
		"pattern before the general rules": {
			pattern: `err:\d+/(?P<err>\d+)`,
			body:    "id:1 err:8/27 stat:UNDELIV",
			want:    want{"id": "1", "err": "27", "stat": "UNDELIV"},
		},
		"group that takes no part": {
			pattern: `^(?P<id>\d+);(?:(?P<err>\d+))?;(?P<stat>\w+)$`,
			body:    "5;;OK",
			want:    want{"id": "5", "stat": "OK"},
		},
		"no match": {
			pattern: `^(?P<id>\d+);$`,
			body:    "id:1 stat:DELIVRD",
			want:    want{"id": "1", "stat": "DELIVRD"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &Dialect{Pattern: mustPattern(t, test.pattern)}
			r := d.Parse(&Input{ESMClass: esmReceipt, Body: []byte(test.body)})
			if diff := cmp.Diff(map[string]string(test.want), fields(r)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.extra, r.Extra); diff != "" {
				t.Errorf("extra (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompilePatternRefuses(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`(?P<id>\d+`:             "missing closing )",
		`^\d+$`:                  "names no field",
		`(\d+),(?P<price>\d+)`:   "names no field",
		`(?P<ID>\d+)`:            `"ID" of the pattern: did you mean "id"`,
		`(?P<id>.)(?P<error>.)`:  `did you mean "err"`,
		`(?P<id>.)(?P<status>.)`: `did you mean "stat"`,
		`(?P<submitdate>.)`:      `did you mean "submit_date"`,
	} {
		if _, err := CompilePattern(expr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CompilePattern(%q): %v, want %q", expr, err, want)
		}
	}
}

func TestCompileIDPattern(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{`^\d+$`: "no group", `(`: "missing closing )"} {
		if _, err := CompileIDPattern(expr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CompileIDPattern(%q): %v, want %q", expr, err, want)
		}
	}
	pattern, err := CompileIDPattern(`^(\w+)@`)
	if err != nil {
		t.Fatal(err)
	}
	r := (&Dialect{IDPattern: pattern}).Parse(&Input{ESMClass: esmReceipt, Body: []byte("id:ab@cd")})
	if r.MessageID != "ab" || r.ID.Value != "ab@cd" {
		t.Errorf("message id %q of %q, want ab of ab@cd", r.MessageID, r.ID.Value)
	}
}

func TestBCD(t *testing.T) {
	t.Parallel()
	d := &Dialect{IDBCD: true}
	raw := "\x01`\x17\x12)\x14$\x10\x00\x07"
	r := d.Parse(&Input{
		ESMClass: esmReceipt, Body: []byte("id:" + raw + " stat:DELIVRD"),
		TLVs: []TLV{{tagReceiptedMessageID, []byte(raw)}},
	})
	const id = "01601712291424100007"
	if r.ID.Value != id || r.TLVID.Value != id || r.Stat.Value != "DELIVRD" || r.RawIsText {
		t.Errorf("id %q, TLV id %q, stat %q, text %v", r.ID.Value, r.TLVID.Value, r.Stat.Value, r.RawIsText)
	}
	if r := d.Parse(&Input{ESMClass: esmReceipt, Body: []byte("id:abc")}); r.ID.Value != "616263" || len(r.Problems) != 1 {
		t.Errorf("short id %q, problems %q", r.ID.Value, r.Problems)
	}
}
