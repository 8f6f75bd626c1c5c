package event

import "strings"

// The type of number of SMPP 3.4 §5.2.5.
const (
	tonInternational = 1
	tonNational      = 2
)

// An international number has at most 15 digits (ITU-T E.164 §6.2.1); no
// handset's has fewer than 8, country code included.
const (
	minE164 = 8
	maxE164 = 15
)

// e164 returns the international number of a handset, digits alone, or "" when
// the address is none or no country code is configured.
func e164(a Address, countryCode string) string {
	if countryCode == "" {
		return ""
	}
	number, international := a.Addr, a.TON == tonInternational
	for _, prefix := range [...]string{"+", "00"} {
		if rest, ok := strings.CutPrefix(number, prefix); ok {
			number, international = rest, true
			break
		}
	}
	if !international && (a.TON == tonNational || !isWhole(number, countryCode)) {
		number = countryCode + strings.TrimPrefix(number, "0")
	}
	if len(number) < minE164 || len(number) > maxE164 || number[0] == '0' || !isAll(number, isDigit) {
		return ""
	}
	return number
}

// isWhole reports whether a number of unknown type already begins with the
// country code. Where national numbers may begin so too, only a type of number
// that says so (national) tells them apart.
func isWhole(number, countryCode string) bool {
	const shortestNational = 7
	return strings.HasPrefix(number, countryCode) && len(number) >= len(countryCode)+shortestNational
}
