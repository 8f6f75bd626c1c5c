package forward

import (
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

func (f *Filter) empty() bool {
	return !f.FinalOnly && len(f.Operators)+len(f.Statuses)+len(f.Categories)+len(f.Recipients)+len(f.Senders) == 0
}

// wants says whether an endpoint with this filter gets the entry. An entry whose
// summary cannot be read is delivered: rather one too many than one lost.
func (f *Filter) wants(e *journal.Entry) bool {
	if !e.Forward {
		return false
	}
	if f.empty() {
		return true
	}
	s, err := event.DecodeSummary(e.Meta)
	return err != nil || f.Match(&s)
}

// Match says whether the filter chooses a receipt with this summary.
func (f *Filter) Match(s *event.Summary) bool {
	return (!f.FinalOnly || s.Final) &&
		among(f.Operators, s.Operator) &&
		among(f.Statuses, s.Status.String()) &&
		among(f.Categories, s.Status.Info().Category) &&
		prefixed(f.Recipients, s.Recipient) &&
		prefixed(f.Senders, s.Sender)
}

func among(list []string, word string) bool { return len(list) == 0 || slices.Contains(list, word) }

// prefixed takes a number with and without a plus sign for the same.
func prefixed(prefixes []string, s string) bool {
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool {
		number := strings.TrimPrefix(p, "+")
		return strings.HasPrefix(s, p) || number != "" && strings.HasPrefix(strings.TrimPrefix(s, "+"), number)
	})
}
