package receipt

import "testing"

// typical is what most operators send: some 150 octets and three TLVs, the text's
// id in decimal and the TLV's in hexadecimal.
func typical() *Input {
	return &Input{
		ESMClass: esmReceipt,
		Body: []byte("id:0059113978 sub:001 dlvrd:001 submit date:2610021730 done date:2610021731 " +
			"stat:DELIVRD err:000 text:Your code is 4711, valid for five minutes, do not share"),
		TLVs: []TLV{
			{Tag: tagReceiptedMessageID, Value: []byte("38601fa\x00")},
			{Tag: tagMessageState, Value: []byte{2}},
			{Tag: tagNetworkErrorCode, Value: []byte{3, 0, 0}},
		},
	}
}

func BenchmarkParse(b *testing.B) {
	in, d := typical(), &Dialect{}
	b.SetBytes(int64(len(in.Body)))
	b.ReportAllocs()
	for b.Loop() {
		d.Parse(in)
	}
}

func TestParseAllocations(t *testing.T) {
	in, d := typical(), &Dialect{}
	// The receipt, its text, the TLV's id and the network error; the forms of an id
	// whose base is proven are cut out of those.
	const most = 4
	if allocs := testing.AllocsPerRun(100, func() { d.Parse(in) }); allocs > most {
		t.Errorf("%.0f allocations, want at most %d", allocs, most)
	}
}
