package receipt

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const corpusFile = "../../testdata/receipts/receipts.jsonl"

// exampleDialects are what an operator whose receipts no general rule reads is
// configured with; they serve as examples for docs/operators.md too.
func exampleDialects(t testing.TB) map[string]*Dialect {
	t.Helper()
	return map[string]*Dialect{
		// status,status time,accept time,error,destination,originator,reserved
		"csv": {Pattern: mustPattern(t, `^(?P<stat>\d\d),(?P<done_date>\d{10}),(?P<submit_date>\d{10}),`+
			`(?P<err>\d*),(?P<dest>\d*),(?P<orig>\d*),(?P<reserved>.*)$`)},
		// An SMGP body relayed as it is: only the id is special.
		"smgp": {IDBCD: true},
		// The same with the letter s between the fields.
		"smgp-s": {IDBCD: true, Pattern: mustPattern(t, `(?is)^id:(?P<id>.{10})sSub:(?P<sub>\d+)sDlvrd:(?P<dlvrd>\d+)`+
			`sSubmit_Date:(?P<submit_date>\d+)sDone_Date:(?P<done_date>\d+)`+
			`sStat:(?P<stat>[^:]+)sErr:(?P<err>\w+?)sText:(?P<text>.*)$`)},
	}
}

// needsDialect names the dialects of the entries marked needs_profile.
var needsDialect = map[int]string{56: "csv", 57: "csv", 88: "smgp", 89: "smgp-s"}

func mustPattern(t testing.TB, expr string) *regexp.Regexp {
	t.Helper()
	p, err := CompilePattern(expr)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCorpus reads every receipt of the corpus. Where an entry is ambiguous:
//
//   - 16: the bare state word is stat, because no stat: key exists
//   - 34: delivrd: is dlvrd:
//   - 58: text is empty; the fields behind an empty text: are fields
//   - 61: misspelt keys are unknown words, kept as extras
//   - 90: err stays absent; a pattern may take the number
//   - 92: the kind is Intermediate; finality is the mapping's matter
//   - 94, 95: a part says what it holds, never what the whole would say
//   - 125, 126: no receipt unless the dialect is unmarked
func TestCorpus(t *testing.T) {
	t.Parallel()
	dialects := exampleDialects(t)
	for _, e := range readCorpus(t) {
		t.Run(strconv.Itoa(e.N), func(t *testing.T) {
			t.Parallel()
			d := &Dialect{}
			if name := needsDialect[e.N]; name != "" {
				d = dialects[name]
			}
			r := d.Parse(e.input(t))
			if diff := cmp.Diff(e.Expect, fields(r)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			e.checkEffective(t, r)
			e.checkExtra(t, r)
			wantReceipt := e.esmClass() != 0 || e.Effective != nil
			if e.IsReceipt != nil {
				wantReceipt = *e.IsReceipt
			}
			if got := r.Kind != NotReceipt; got != wantReceipt {
				t.Errorf("is receipt: %v, want %v", got, wantReceipt)
			}
		})
	}
}

// TestCorpusUnmarked: with esm_class 0 and no TLV, a full text is a receipt for
// an unmarked dialect, and only for that.
func TestCorpusUnmarked(t *testing.T) {
	t.Parallel()
	want := map[int]Kind{91: Report, 125: Report, 126: Report, 103: NotReceipt, 124: NotReceipt, 127: NotReceipt, 128: NotReceipt}
	got := map[int]Kind{}
	for _, e := range readCorpus(t) {
		if _, ok := want[e.N]; ok {
			got[e.N] = (&Dialect{Unmarked: true}).Parse(e.input(t)).Kind
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
