package receipt

import (
	"encoding/binary"
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
