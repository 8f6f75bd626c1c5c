package admin

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// dumpOf shows octets in hex beside their characters, sixteen a line.
func dumpOf(octets []byte) string {
	more := ""
	if n := len(octets) - shownOctets; n > 0 {
		octets, more = octets[:shownOctets], fmt.Sprintf("… and %s more octets\n", count(n))
	}
	return strings.TrimRight(hex.Dump(octets)+more, "\n")
}

// RuleLine is a line for an operator's rules that gives an unmapped code a
// status: the one that it has now, to be changed.
func (u UnmappedCode) RuleLine() string {
	var keys []string
	add := func(key, value string) {
		if value != "" { // what Go escapes in a string of valid UTF-8, YAML escapes in the same way
			keys = append(keys, key+": "+strconv.Quote(strings.ToValidUTF8(value, "\uFFFD")))
		}
	}
	add("stat", u.Stat)
	add("err", u.Err)
	if u.NetworkErrorCode >= 0 {
		if u.NetworkErrorType >= 0 {
			keys = append(keys, fmt.Sprintf("network_error_type: %d", u.NetworkErrorType))
		}
		keys = append(keys, fmt.Sprintf("network_error_code: %d", u.NetworkErrorCode))
	}
	return "- {" + strings.Join(append(keys, "status: "+u.Status), ", ") + "}"
}
