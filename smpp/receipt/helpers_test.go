package receipt

import (
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"
	"unicode/utf16"
)

func encodeUTF16(s string, big bool) []byte {
	var octets []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		if big {
			octets = binary.BigEndian.AppendUint16(octets, unit)
		} else {
			octets = binary.LittleEndian.AppendUint16(octets, unit)
		}
	}
	return octets
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// fields gives the fields that are present, under the corpus's names.
func fields(r *Receipt) map[string]string {
	present := map[string]string{}
	for name, field := range map[string]Field{
		"id": r.ID, "sub": r.Sub, "dlvrd": r.Dlvrd, "submit_date": r.SubmitDate, "done_date": r.DoneDate,
		"stat": r.Stat, "err": r.Err, "text": r.Text,
	} {
		if field.Present {
			present[name] = field.Value
		}
	}
	return present
}

func extra(r *Receipt, key string) (value string, ok bool) {
	for _, e := range r.Extra {
		if e.Key == key {
			return e.Value, true
		}
	}
	return "", false
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	octets, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}
