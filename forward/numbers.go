package forward

import "bytes"

// leastDigits make a number of digits that stand together.
const leastDigits = 6

// withoutNumbers hides what may be somebody's number in an answer to a batch. An
// answer is kept with one receipt and erased with it; what it says of others would
// stay when they are erased.
func withoutNumbers(answer []byte) []byte {
	const apart = 3 // octets at most between two digits: people, and UTF-16, put some there
	out := bytes.Clone(answer)
	for i := 0; i < len(out); i++ {
		digits, last := 0, i
		for j := i; j < len(out) && j-last <= apart+1 && !isLetter(out[j]) && isDigit(out[i]); j++ {
			if isDigit(out[j]) {
				digits, last = digits+1, j
			}
		}
		for ; i <= last && digits >= leastDigits; i++ {
			if isDigit(out[i]) {
				out[i] = '*'
			}
		}
		i = max(i, last)
	}
	return out
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
