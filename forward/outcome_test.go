package forward

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestEveryStatusHasItsOutcome writes the table down a second time, by ranges.
func TestEveryStatusHasItsOutcome(t *testing.T) {
	t.Parallel()
	eventsFault := map[int]bool{400: true, 409: true, 413: true, 415: true, 422: true}
	for code := 100; code <= 599; code++ {
		want := down
		switch {
		case code >= 200 && code <= 299:
			want = taken
		case eventsFault[code]:
			want = refused
		case code == 410:
			want = gone
		}
		if got := byStatus(code); got != want {
			t.Errorf("%d: %v, want %v", code, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		"-5":                            0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Mon, 23 Nov 2026 10:01:30 GMT": 90 * time.Second,
		"Mon, 23 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestSecretsAreDecodedOrRefusedWithoutBeingShown(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"whsec_not base64!", "whsec_", ""} {
		_, err := decodeSecrets([]string{"good", bad})
		if err == nil || err.Error() != fmt.Sprintf("secret 2: %s", map[bool]string{
			true: "it is not whsec_ and base64", false: "empty",
		}[bad == "whsec_not base64!"]) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSigningAllocatesOnlyTheHeader(t *testing.T) {
	s := newSigner([][]byte{[]byte("one"), []byte("two")})
	body := make([]byte, 600)
	if n := testing.AllocsPerRun(100, func() { s.sign("rcpt_1", 1700000000, body) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
