package admin

import (
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlrgate/dlrgate/mapping"
)

// words are the functions that templates write with.
func words(m *media) template.FuncMap {
	return template.FuncMap{
		"asset": m.address, "ago": ago, "lasting": func(since, now time.Time) string { return lasting(now.Sub(since)) }, "clock": clock, "count": count[int], "count64": count[int64], "countu": count[uint64],
		"rate": rateWords, "percent": percentWords, "millis": millisWords, "bytes": bytesWords, "free": freeWords,
		"shown": shown, "mark": mark, "status": statusByName, "sum": sum, "tone": tone,
		"map": dict, "part": url.PathEscape,
	}
}

// dict lets a template hand several values to another.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// ago says how long before now t was: "12 s ago".
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return lasting(now.Sub(t)) + " ago"
}

func lasting(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// count writes a number with thin gaps between thousands, which no language
// takes for a decimal sign.
func count[N int | int64 | uint64](n N) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func rateWords(perSecond float64) string {
	switch {
	case perSecond == 0:
		return "0"
	case perSecond < 10:
		return fmt.Sprintf("%.2f", perSecond)
	case perSecond < 100:
		return fmt.Sprintf("%.1f", perSecond)
	}
	return count(int64(math.Round(perSecond)))
}

func percentWords(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// millisWords writes a bound of a time in seconds.
func millisWords(seconds float64) string {
	switch {
	case math.IsNaN(seconds):
		return "–"
	case math.IsInf(seconds, 0):
		return "over 10 s"
	}
	return fmt.Sprintf("≤ %g ms", seconds*1000)
}

func bytesWords(n int64) string {
	switch {
	case n < 0:
		return "–"
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// freeWords is what is left of a disk, "" when nothing is known of it.
func freeWords(n int64) string {
	if n == math.MaxInt64 {
		return ""
	}
	return bytesWords(n)
}

// shownOctets is how much of a text a page shows.
const shownOctets = 4096

// piece is a run of text: readable, or characters that would change how what is
// around them is read, written as escapes.
type piece struct {
	Text string
	Odd  bool
}

// shown cuts a text, which may be hostile, into what can be shown as it is and
// what is shown as escapes: controls, marks of direction, broken UTF-8.
func shown(s string) []piece {
	var all []piece
	add := func(text string, odd bool) {
		if n := len(all); n > 0 && all[n-1].Odd == odd {
			all[n-1].Text += text
			return
		}
		all = append(all, piece{text, odd})
	}
	more := 0
	if len(s) > shownOctets {
		s, more = s[:shownOctets], len(s)-shownOctets
	}
	plain := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isOdd(r, size) {
			i += size
			continue
		}
		if plain < i {
			add(s[plain:i], false)
		}
		add(escapeOf(s[i:i+size], r), true)
		i += size
		plain = i
	}
	if plain < len(s) {
		add(s[plain:], false)
	}
	if more > 0 {
		add(fmt.Sprintf(" … and %s more octets", count(more)), true)
	}
	return all
}

func isOdd(r rune, size int) bool {
	broken := r == utf8.RuneError && size == 1
	return broken || r != '\n' && r != '\t' && !unicode.IsPrint(r) && r != '\u00a0'
}

func escapeOf(octets string, r rune) string {
	if r == utf8.RuneError && len(octets) == 1 {
		return fmt.Sprintf(`\x%02x`, octets[0])
	}
	if r > 0xFFFF {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// mark is a category's own shape, so that none is told by its colour alone.
func mark(category string) string {
	return map[string]string{"general": "●", "temporary": "▲", "permanent": "■", "other": "◆"}[category]
}

func statusByName(name string) mapping.Info {
	s, _ := mapping.StatusByName(name)
	return s.Info()
}

// tone says how a state of a bind or an endpoint is to be felt: ok, warn, bad
// or idle.
func tone(state string) string {
	switch state {
	case bindBound, EndpointDelivering, "taken":
		return "ok"
	case "connecting", "binding", "unbinding", "idle", "waiting", EndpointFailing, EndpointPaused, bindHeld, "silent", "parked":
		return "warn"
	case "not_wanted", EndpointRemoved, Standby:
		return "idle"
	}
	return "bad"
}
