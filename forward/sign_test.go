package forward

import (
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestCompressedBodyIsSignedInBothForms verifies what came as a receiver behind
// an unpacking proxy does, and as one without.
func TestCompressedBodyIsSignedInBothForms(t *testing.T) {
	t.Parallel()
	const secret, older = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.GzipAbove, o.Secrets = 100, []string{secret, older}
	plain := []byte(`{"text":"` + strings.Repeat("x", 200) + `"}`)
	if a := newTestSender(t, o).post(t.Context(), "rcpt_1", plain); a.outcome != taken {
		t.Fatalf("%+v", a)
	}
	h := hook.got()[0]
	for _, key := range o.Secrets {
		w, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{string(plain), h.body} {
			if err := w.Verify([]byte(body), h.header); err != nil {
				t.Errorf("%.9q…: %v", body, err)
			}
		}
	}
	if n := len(strings.Fields(h.header.Get("Webhook-Signature"))); n != 4 {
		t.Errorf("%d signatures", n)
	}
}
