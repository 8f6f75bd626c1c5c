package forward

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// signer signs as Standard Webhooks 1.0.0 says: HMAC-SHA256 over
// id.timestamp.body. It belongs to one goroutine.
type signer struct {
	macs []hash.Hash // newest secret first
	buf  []byte
	sum  []byte
}

// decodeSecrets reads the secrets as Standard Webhooks' own libraries do: base64,
// after whsec_ or alone.
func decodeSecrets(secrets []string) ([][]byte, error) {
	keys := make([][]byte, 0, len(secrets))
	for i, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil { // whose own words hold a part of it
			return nil, fmt.Errorf("secret %d: it is not whsec_ and base64", i+1)
		}
		if len(key) == 0 {
			return nil, fmt.Errorf("secret %d: empty", i+1)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func newSigner(keys [][]byte) *signer {
	s := &signer{}
	for _, k := range keys {
		s.macs = append(s.macs, hmac.New(sha256.New, k))
	}
	return s
}

// sign returns the webhook-signature header: for each form of the body one v1
// signature a secret, or "" when there is no secret.
func (s *signer) sign(id string, unix int64, forms ...[]byte) string {
	s.buf = append(append(s.buf[:0], id...), '.')
	s.buf = append(strconv.AppendInt(s.buf, unix, 10), '.')
	prefix := len(s.buf)
	for _, body := range forms {
		for _, mac := range s.macs {
			mac.Reset()
			mac.Write(s.buf[:prefix])
			mac.Write(body)
			if len(s.buf) > prefix {
				s.buf = append(s.buf, ' ')
			}
			s.buf = append(s.buf, "v1,"...)
			s.sum = mac.Sum(s.sum[:0])
			s.buf = base64.StdEncoding.AppendEncode(s.buf, s.sum)
		}
	}
	return string(s.buf[prefix:])
}
