package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The ways in which a Standard Webhooks signature can be wrong.
var (
	ErrUnsigned     = errors.New("no webhook-id, webhook-timestamp or webhook-signature header")
	ErrStale        = errors.New("webhook-timestamp is too far from now")
	ErrBadSignature = errors.New("no signature fits the body and any secret")
)

// secretKey decodes a Standard Webhooks secret: base64, usually after "whsec_".
func secretKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New(`a webhook secret is base64, usually after "whsec_"`)
	}
	return key, nil
}

// verifier checks Standard Webhooks signatures; any of its keys may have signed.
type verifier struct {
	keys      [][]byte
	tolerance time.Duration
}

// verify checks the headers of a request whose body came at now.
func (v *verifier) verify(h http.Header, body []byte, now time.Time) error {
	id, stamp, signatures := h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature")
	if id == "" || stamp == "" || signatures == "" {
		return ErrUnsigned
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrStale, stamp)
	}
	if age := now.Sub(time.Unix(seconds, 0)); age.Abs() > v.tolerance {
		return fmt.Errorf("%w: %s", ErrStale, age.Round(time.Second))
	}
	for _, key := range v.keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for one := range strings.FieldsSeq(signatures) {
			encoded, ok := strings.CutPrefix(one, "v1,")
			if !ok {
				continue
			}
			if got, err := base64.StdEncoding.DecodeString(encoded); err == nil && hmac.Equal(got, want) {
				return nil
			}
		}
	}
	return ErrBadSignature
}
