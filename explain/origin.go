package explain

import (
	"fmt"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

var conversions = map[receipt.IDConversion]string{
	receipt.IDHexToDecimal: "hex_to_decimal", receipt.IDDecimalToHex: "decimal_to_hex",
}

// idOrigin says where message_id comes from, and by which keys.
func (x *data) idOrigin(d *receipt.Dialect) string {
	if d == nil {
		return "the one that id_source names"
	}
	ids, source := &x.MessageIDs, "tlv"
	if d.IDSource == receipt.IDFromText {
		source = "text"
	}
	from, as := "text", ids.Text
	if ids.TLV != "" && (source == "tlv" || as == "") {
		from, as = "TLV receipted_message_id", ids.TLV
	}
	if ids.Text != "" && ids.TLV != "" {
		from += ", by id_source: " + source
	}
	if x.MessageID == as {
		return from
	}
	if conversion := conversions[d.IDConversion]; as == ids.Text && conversion != "" {
		from += ", by message_id: " + conversion
	} else if d.IDPattern != nil {
		from += ", by id_pattern"
	}
	return from + formInWords(d)
}

// formInWords names the keys that say how message_id is written.
func formInWords(d *receipt.Dialect) (by string) {
	if d.IDStripZeros {
		by += ", by id_strip_zeros"
	}
	if d.IDWidth > 0 {
		by += fmt.Sprintf(", by id_width: %d", d.IDWidth)
	}
	switch d.IDCase {
	case receipt.IDLower:
		by += ", by id_case: lower"
	case receipt.IDUpper:
		by += ", by id_case: upper"
	case receipt.IDKeepCase:
	}
	return by
}
