package gateway

import (
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/journal"
)

// numbersAt are the terms of a number: of all operators at "", and what only those
// with a country code mean by it.
func (d desk) numbersAt(number string) map[string][]journal.Term {
	numbers := map[string][]journal.Term{"": recipientTerms(number)}
	cfg, _, _ := d.running()
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		numbers[o.Name] = otherTerms(digitsOf(number), o.Receipts.CountryCode)
	}
	return numbers
}

func unique(terms []journal.Term) []journal.Term {
	slices.SortFunc(terms, func(a, b journal.Term) int { return strings.Compare(a.Key, b.Key) })
	return slices.Compact(terms)
}

func isAmong(terms []journal.Term, key string) bool {
	return slices.ContainsFunc(terms, func(t journal.Term) bool { return t.Key == key })
}

// recipientTerms find a number with and without a plus sign, or two zeros.
func recipientTerms(number string) []journal.Term {
	digits := digitsOf(number)
	return termsOf(termRecipient, []string{digits, "+" + digits, "00" + digits})
}

// digitsOf is a number without what stands before a country code.
func digitsOf(number string) string { return strings.TrimPrefix(strings.TrimPrefix(number, "+"), "00") }

// otherTerms find a number where an operator of that country wrote it the other
// way: nationally, or with the country code. Without a code there is none.
func otherTerms(number, countryCode string) []journal.Term {
	if countryCode == "" {
		return nil
	}
	if national, is := strings.CutPrefix(number, countryCode); is {
		return termsOf(termRecipient, []string{national, "0" + national})
	}
	if national, is := strings.CutPrefix(number, "0"); is {
		return append(recipientTerms(countryCode+national), termsOf(termRecipient, []string{national})...)
	}
	return nil
}
