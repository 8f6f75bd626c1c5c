package receipt

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ids are the forms of the message id in a receipt.
type ids struct{ MessageID, Decimal, Hex string }

// TestMessageIDForm: message_id is written as submit_sm_resp wrote it.
func TestMessageIDForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, tlv string
		dialect   Dialect
		want, key string
	}{
		"as it is":                {text: "0990512718", want: "0990512718", key: "990512718"},
		"upper after decimal":     {text: "9308878062554710043", dialect: Dialect{IDConversion: IDDecimalToHex, IDCase: IDUpper}, want: "812FC7470000001B", key: "812fc7470000001b"},
		"keep after decimal":      {text: "9308878062554710043", dialect: Dialect{IDConversion: IDDecimalToHex}, want: "812fc7470000001b", key: "812fc7470000001b"},
		"padded after decimal":    {text: "581804878909669377", dialect: Dialect{IDConversion: IDDecimalToHex, IDWidth: 16}, want: "0812fc7470000001", key: "0812fc7470000001"},
		"padded, digits":          {text: "990512718", dialect: Dialect{IDWidth: 10}, want: "0990512718", key: "990512718"},
		"wider than that":         {text: "38601fa", dialect: Dialect{IDWidth: 4}, want: "38601fa", key: "38601fa"},
		"stripped":                {text: "0990512718", dialect: Dialect{IDStripZeros: true}, want: "990512718", key: "990512718"},
		"stripped, hexadecimal":   {text: "00AB", dialect: Dialect{IDStripZeros: true}, want: "AB", key: "ab"},
		"stripped, nothing left":  {text: "0000", dialect: Dialect{IDStripZeros: true}, want: "0", key: "0"},
		"stripped, then padded":   {text: "0000000990512718", dialect: Dialect{IDStripZeros: true, IDWidth: 10}, want: "0990512718", key: "990512718"},
		"lower":                   {text: "6E84FC04", dialect: Dialect{IDCase: IDLower}, want: "6e84fc04", key: "6e84fc04"},
		"upper, the TLV's":        {text: "1854209028", tlv: "6e84fc04", dialect: Dialect{IDCase: IDUpper}, want: "6E84FC04", key: "6e84fc04"},
		"lower, no number":        {text: "BC59B8AA-2FD2-4035", dialect: Dialect{IDCase: IDLower}, want: "bc59b8aa-2fd2-4035", key: "bc59b8aa-2fd2-4035"},
		"behind the id pattern":   {text: "0A1B@115", dialect: Dialect{IDPattern: regexp.MustCompile(`^([^@]+)@`), IDStripZeros: true, IDCase: IDLower}, want: "a1b", key: "a1b"},
		"no id, and none made up": {dialect: Dialect{IDWidth: 10, IDStripZeros: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &Input{ESMClass: esmReceipt, Body: []byte("id:" + test.text + " stat:DELIVRD")}
			if test.tlv != "" {
				in.TLVs = []TLV{{Tag: tagReceiptedMessageID, Value: []byte(test.tlv)}}
			}
			r := test.dialect.Parse(in)
			if key := CanonicalID(r.MessageID); r.MessageID != test.want || key != test.key {
				t.Errorf("message id %q with key %q, want %q with %q", r.MessageID, key, test.want, test.key)
			}
		})
	}
}

func TestMessageID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, tlv string
		dialect   Dialect
		want      ids
	}{
		"TLV by default":           {text: "5000", tlv: "6000", want: ids{MessageID: "6000"}},
		"text where asked":         {text: "5000", tlv: "6000", dialect: Dialect{IDSource: IDFromText}, want: ids{MessageID: "5000"}},
		"text where no TLV":        {text: "5000", want: ids{MessageID: "5000"}},
		"TLV where no text":        {tlv: "6000", dialect: Dialect{IDSource: IDFromText}, want: ids{MessageID: "6000"}},
		"proven, text decimal":     {text: "0059113978", tlv: "38601fa", want: ids{"38601fa", "59113978", "38601fa"}},
		"proven, upper case":       {text: "1854209028", tlv: "6E84FC04", want: ids{"6E84FC04", "1854209028", "6e84fc04"}},
		"proven, text hexadecimal": {text: "38601FA", tlv: "59113978", want: ids{"59113978", "59113978", "38601fa"}},
		"proven, above 64 bits": {
			text: "64567564356765435676", tlv: "03800E11B0592D471C",
			want: ids{"03800E11B0592D471C", "64567564356765435676", "3800e11b0592d471c"},
		},
		"not one number":             {text: "9380935605053030457", tlv: "812fc7470000001c", want: ids{MessageID: "812fc7470000001c"}},
		"equal digits prove nothing": {text: "18901234", tlv: "0018901234", want: ids{MessageID: "0018901234"}},
		"hex to decimal": {
			text: "666C7CEC78", dialect: Dialect{IDConversion: IDHexToDecimal},
			want: ids{"439906790520", "439906790520", "666c7cec78"},
		},
		"hex of digits only to decimal": {
			text: "18901234", dialect: Dialect{IDConversion: IDHexToDecimal},
			want: ids{"412095028", "412095028", "18901234"},
		},
		"hex with a prefix to decimal": {
			text: "0x1A2B3C4D", dialect: Dialect{IDConversion: IDHexToDecimal},
			want: ids{"439041101", "439041101", "1a2b3c4d"},
		},
		"decimal to hex": {
			text: "0059113978", dialect: Dialect{IDConversion: IDDecimalToHex},
			want: ids{"38601fa", "59113978", "38601fa"},
		},
		"above 64 bits": {
			text: "64567564356765435676", dialect: Dialect{IDConversion: IDDecimalToHex},
			want: ids{"3800e11b0592d471c", "64567564356765435676", "3800e11b0592d471c"},
		},
		"no number is left alone": {
			text: "BB860-x", dialect: Dialect{IDConversion: IDHexToDecimal}, want: ids{MessageID: "BB860-x"},
		},
		"hex is no decimal": {
			text: "BB860", dialect: Dialect{IDConversion: IDDecimalToHex}, want: ids{MessageID: "BB860"},
		},
		"the TLV's id is never converted": {
			text: "666C7CEC78", tlv: "439906790520", dialect: Dialect{IDConversion: IDHexToDecimal},
			want: ids{"439906790520", "439906790520", "666c7cec78"},
		},
		"decimal is known": {
			text: "862224236", dialect: Dialect{DecimalIDs: true}, want: ids{"862224236", "862224236", "33647f6c"},
		},
		"hex is known": {
			text: "18901234", dialect: Dialect{HexIDs: true}, want: ids{"18901234", "412095028", "18901234"},
		},
		"too long for a number": {
			text: strings.Repeat("9", 65), dialect: Dialect{DecimalIDs: true},
			want: ids{MessageID: strings.Repeat("9", 65)},
		},
		"cut out of the TLV": {
			text: "0A1B", tlv: "0A1B@1154905154", dialect: Dialect{IDPattern: regexp.MustCompile(`^([^@]+)@`)},
			want: ids{MessageID: "0A1B"},
		},
		"pattern that does not match": {
			text: "0A1B", dialect: Dialect{IDPattern: regexp.MustCompile(`^([^@]+)@`)}, want: ids{MessageID: "0A1B"},
		},
		"cut, then converted": {
			text: "SMSC-ff", dialect: Dialect{IDPattern: regexp.MustCompile(`-(.+)$`), IDConversion: IDHexToDecimal},
			want: ids{"255", "255", "ff"},
		},
		"none": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &Input{ESMClass: esmReceipt}
			if test.text != "" {
				in.Body = []byte("id:" + test.text + " stat:DELIVRD")
			}
			if test.tlv != "" {
				in.TLVs = []TLV{{tagReceiptedMessageID, []byte(test.tlv + "\x00")}}
			}
			r := test.dialect.Parse(in)
			if diff := cmp.Diff(test.want, ids{r.MessageID, r.Decimal, r.Hex}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.ID.Value != test.text || r.TLVID.Value != test.tlv {
				t.Errorf("written as %q and %q, want %q and %q", r.ID.Value, r.TLVID.Value, test.text, test.tlv)
			}
		})
	}
}

func TestCanonicalID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"0059113978": "59113978", "000": "0", "0": "0", "": "",
		"6E84FC04": "6e84fc04", "00FFAB10": "00ffab10", "0A1B": "0a1b",
		"0x1A2B": "0x1A2B", "SAR-1EED-2": "SAR-1EED-2", "HW-001": "HW-001",
		"BC59B8AA-2fd2-4035-8113-19301e050079": "BC59B8AA-2fd2-4035-8113-19301e050079",
		"04062581461565934000241":              "4062581461565934000241",
		"362d9701 2":                           "362d9701 2", "id@G": "id@G",
	} {
		if got := CanonicalID(id); got != want {
			t.Errorf("CanonicalID(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"0059113978":           {"0059113978", "59113978", "38601fa", "1494301048"},
		"38601FA":              {"38601FA", "38601fa", "59113978"},
		"00FFAB10":             {"00FFAB10", "00ffab10", "ffab10", "16755472"},
		"0x1A2B":               {"0x1A2B", "1a2b", "6699"},
		"HW-001":               {"HW-001"},
		"+12":                  {"+12"},
		"":                     {""},
		"11041301030001006668": {"11041301030001006668", "993a94c9975d584c", "80355386564139055867496"},
	} {
		if diff := cmp.Diff(want, IDForms(id)); diff != "" {
			t.Errorf("IDForms(%q) (-want +got):\n%s", id, diff)
		}
	}
}

// TestSearchID: whatever form of an id somebody knows, its receipt is found.
func TestSearchID(t *testing.T) {
	t.Parallel()
	for stored, asked := range map[string][]string{
		"0000812fc7": {"812fc7", "812FC7", "0812FC7", "0000812FC7", "0x812fc7", "8466375"},
		"59113978":   {"0059113978", "38601FA", "59113978"},
		"HW-001":     {"HW-001"},
		"0":          {"0", "000"},
	} {
		for _, form := range asked {
			if !slices.Contains(IDForms(form), SearchID(stored)) {
				t.Errorf("a search for %q in %q does not find %q (%q)", form, IDForms(form), stored, SearchID(stored))
			}
		}
	}
}
