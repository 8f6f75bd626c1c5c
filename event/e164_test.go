package event

import "testing"

func TestE164(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code string
		address    Address
		want       string
	}{
		{"no country code configured", "", Address{TON: 1, Addr: "33612345678"}, ""},
		{"international", "33", Address{TON: 1, Addr: "447911123456"}, "447911123456"},
		{"plus", "33", Address{Addr: "+447911123456"}, "447911123456"},
		{"two zeros", "33", Address{Addr: "00447911123456"}, "447911123456"},
		{"national by its type", "33", Address{TON: 2, Addr: "612345678"}, "33612345678"},
		{"trunk zero", "33", Address{Addr: "0612345678"}, "33612345678"},
		{"neither zero nor code", "33", Address{Addr: "612345678"}, "33612345678"},
		{"unknown type, whole", "33", Address{Addr: "33612345678"}, "33612345678"},
		{"unknown type, short country", "47", Address{Addr: "4791234567"}, "4791234567"},
		{"national by its type, begins like the code", "91", Address{TON: 2, Addr: "9123456789"}, "919123456789"},
		{"national that begins like the code, too short to be whole", "47", Address{Addr: "47123456"}, "4747123456"},
		{"short code", "33", Address{Addr: "36111"}, ""},
		{"too long", "33", Address{TON: 1, Addr: "3361234567890123"}, ""},
		{"letters", "33", Address{TON: 5, Addr: "ACME"}, ""},
		{"a digit that is none", "33", Address{TON: 1, Addr: "3361234567٣"}, ""},
		{"a zero in front of an international one", "33", Address{TON: 1, Addr: "0612345678"}, ""},
		{"nothing", "33", Address{}, ""},
		{"a plus alone", "33", Address{Addr: "+"}, ""},
	}
	for _, tt := range tests {
		if got := e164(tt.address, tt.code); got != tt.want {
			t.Errorf("%s: e164(%+v, %q) = %q, want %q", tt.name, tt.address, tt.code, got, tt.want)
		}
	}
}
