package receipt

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestCutCorpus: what is kept of a real receipt, with its TLVs and by its
// dialect, tells the same as the whole.
func TestCutCorpus(t *testing.T) {
	t.Parallel()
	dialects := exampleDialects(t)
	for _, e := range append(readCorpus(t), readEntries(t, publicFile)...) {
		t.Run(strconv.Itoa(e.N), func(t *testing.T) {
			t.Parallel()
			d := &Dialect{}
			if name := needsDialect[e.N]; name != "" {
				d = dialects[name]
			}
			in := e.input(t)
			whole := d.Parse(in)
			if whole.Kind == NotReceipt {
				return
			}
			cut := *in
			cut.Cut = true
			cut.Body, cut.TLVs = d.Cut(in)
			read := d.Parse(&cut)
			told := cmpopts.IgnoreFields(Receipt{},
				"Raw", "RawIsText", "Text", "Extra", "TLVs", "Problems", "Sub", "Dlvrd", "SubmitDate", "DoneDate", "Stat", "Err", "ID", "MCCMNC")
			if diff := cmp.Diff(whole, read, told); diff != "" {
				t.Errorf("kept %q (-whole +cut):\n%s", cut.Body, diff)
			}
			if whole.Text.Value != "" && read.Text.Present {
				t.Errorf("kept the text: %q", cut.Body)
			}
			if stat, err := d.statOf(whole.Stat.Value), d.errOf(whole.Err.Value); read.Stat.Value != stat || read.Err.Value != err {
				t.Errorf("kept %q: stat %v, err %v, want %q, %q", cut.Body, read.Stat, read.Err, stat, err)
			}
			body, tlvs := d.Cut(&cut)
			if !slices.Equal(body, cut.Body) || !cmp.Equal(tlvs, cut.TLVs) {
				t.Errorf("cut to %q, and again to %q", cut.Body, body)
			}
		})
	}
}

// TestCutValues: of a value that is kept, nothing is kept behind the code or
// word, and of another nothing at all.
func TestCutValues(t *testing.T) {
	t.Parallel()
	d := &Dialect{}
	for _, tt := range []struct {
		kind       string
		read       func(string) string
		value, has string
	}{
		{"stat", d.statOf, "DELIVRD", "DELIVRD"},
		{"stat", d.statOf, "MK:0001", "MK:0001"},
		{"stat", d.statOf, "MK:0001 hello", "MK:0001"},
		{"stat", d.statOf, "INVALID-SUB", "INVALID-SUB"},
		{"stat", d.statOf, "UNDELIVERED", "UNDELIVERED"},
		{"stat", d.statOf, "REJECTED_BY_SMSC", "REJECTED_BY_SMSC"},
		{"stat", d.statOf, "DELIVRDPin4711", ""},
		{"stat", d.statOf, "DELIVRD4711", ""},
		{"stat", d.statOf, "FAILED:no route", "FAILED"},
		{"stat", d.statOf, "???", "???"},
		{"stat", d.statOf, "averyveryverylongwordthatnobodysends", ""},
		{"err", d.errOf, "000", "000"},
		{"err", d.errOf, "00A", "00A"},
		{"err", d.errOf, "0x1F", "0x1F"},
		{"err", d.errOf, "000004A6", "000004A6"},
		{"err", d.errOf, "000PIN4711", "000"},
		{"err", d.errOf, "100 (hello)", "100"},
		{"err", d.errOf, "ESME_RSUBMITFAIL", "ESME_RSUBMITFAIL"},
		{"err", d.errOf, "E-11", "E-11"},
		{"err", d.errOf, "null", "null"},
		{"err", d.errOf, "Hello", ""},
		{"id", idOf, "ns:12345", "ns:12345"},
		{"id", idOf, `7"text"`, "7"},
		{"sub", countOf, "001Hello", "001"},
		{"sub", countOf, "4711081542", ""},
	} {
		if got := tt.read(tt.value); got != tt.has {
			t.Errorf("%s %q: kept %q, want %q", tt.kind, tt.value, got, tt.has)
		}
	}
}
